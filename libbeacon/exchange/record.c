/* SPDX-License-Identifier: MIT */
/* A JSON object with known members: each there once and of its type; others are skipped. */
#include "exchange/record.h"

#include "base/hex.h"
#include "base/text.h"

#include <beacon/base.h>

#include <string.h>

void bcn_record_begin(struct bcn_record *record)
{
    record->seen = 0;
    record->current = NULL;
    record->problem_field = NULL;
    record->problem = NULL;
}

bool bcn_record_problem(struct bcn_record *record, const char *field, const char *expected)
{
    if (!record->problem) {
        record->problem_field = field;
        record->problem = expected;
    }
    return false;
}

bool bcn_token_is(const struct bcn_json_token *token, const char *text)
{
    return token->length == strlen(text) && memcmp(token->text, text, token->length) == 0;
}

static void take_name(struct bcn_record *record, const struct bcn_json_token *name)
{
    record->current = NULL;
    for (size_t i = 0; i < record->count; i++) {
        const struct bcn_field *field = &record->fields[i];

        if (!bcn_token_is(name, field->name))
            continue;
        if (record->seen & UINT32_C(1) << i)
            bcn_record_problem(record, field->name, N_("one value; the member is given twice"));
        else
            record->current = field;
        record->seen |= UINT32_C(1) << i;
    }
}

void bcn_record_token(struct bcn_record *record, const struct bcn_json_token *token)
{
    const struct bcn_field *field = record->current;

    if (token->kind == BCN_JSON_NAME) {
        take_name(record, token);
        return;
    }
    record->current = NULL;
    if (field && !field->take(token, record->into))
        bcn_record_problem(record, field->name, field->expected);
}

bool bcn_record_end(struct bcn_record *record)
{
    for (size_t i = 0; i < record->count; i++)
        if (!(record->seen & UINT32_C(1) << i))
            bcn_record_problem(record, record->fields[i].name,
                               N_("a value; the member is missing"));
    return !record->problem;
}

bool bcn_value_key(const struct bcn_json_token *value, uint8_t ret_bytes[32])
{
    return value->kind == BCN_JSON_STRING &&
           bcn_hex_decode(value->text, value->length, ret_bytes, 32);
}

/* Digits of a number that has no more of them than 64 bits hold. */
#define DIGITS_MAX 18

bool bcn_value_integer(const struct bcn_json_token *value, int64_t *ret_number)
{
    int64_t number = 0;
    bool is_negative;

    if (value->kind != BCN_JSON_NUMBER || value->length == 0)
        return false;
    is_negative = value->text[0] == '-';
    if (value->length - is_negative > DIGITS_MAX)
        return false;
    for (size_t i = is_negative; i < value->length; i++) {
        if (value->text[i] < '0' || value->text[i] > '9')
            return false;
        number = number * 10 + (value->text[i] - '0');
    }
    *ret_number = is_negative ? -number : number;
    return true;
}

bool bcn_value_seconds(const struct bcn_json_token *value, int64_t *ret_ms)
{
    int64_t seconds;

    if (!bcn_value_integer(value, &seconds) || seconds > INT64_MAX / 1000 ||
        seconds < INT64_MIN / 1000)
        return false;
    *ret_ms = seconds * 1000;
    return true;
}

/* The number after 'e' or 'E'; what is beyond four digits is as good as their largest. */
static long exponent_of(const char *text, size_t length)
{
    long exponent = 0;
    bool is_negative = length > 0 && text[0] == '-';

    for (size_t i = 0; i < length; i++)
        if (text[i] >= '0' && text[i] <= '9' && exponent < 1000)
            exponent = exponent * 10 + (text[i] - '0');
    return is_negative ? -exponent : exponent;
}

bool bcn_value_decimal_seconds(const struct bcn_json_token *value, int64_t *ret_ms)
{
    size_t mantissa = 0, whole = 0, at = 0;
    int64_t ms = 0;
    long digits;

    if (value->kind != BCN_JSON_NUMBER || value->length == 0 || value->text[0] == '-')
        return false;
    while (mantissa < value->length && (value->text[mantissa] | 0x20) != 'e')
        mantissa++;
    while (whole < mantissa && value->text[whole] != '.')
        whole++;
    /* How many digits of the mantissa make milliseconds: those before the point, the exponent's and
     * three more. */
    digits = (long)whole + 3;
    if (mantissa < value->length)
        digits += exponent_of(value->text + mantissa + 1, value->length - mantissa - 1);
    for (; digits > 0; digits--) {
        if (at == whole)
            at++;
        ms = ms * 10 + (at < mantissa ? value->text[at++] - '0' : 0);
        if (ms >= BEACON_TIME_END_MS)
            return false;
    }
    *ret_ms = ms;
    return true;
}
