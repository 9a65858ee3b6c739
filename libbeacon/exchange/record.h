/* SPDX-License-Identifier: MIT */
/* A JSON object with known members: each there once and of its type; others are skipped. */
#ifndef BCN_EXCHANGE_RECORD_H
#define BCN_EXCHANGE_RECORD_H

#include "exchange/json.h"

#include <stdint.h>

struct bcn_field {
    const char *name;
    const char *expected; /* in words, marked for translation */
    /* Puts a value into its place; false if it is not what is expected. */
    bool (*take)(const struct bcn_json_token *value, void *into);
};

struct bcn_record {
    const struct bcn_field *fields;
    size_t count; /* at most 32 */
    void *into;
    uint32_t seen;
    const struct bcn_field *current; /* whose value comes next, or NULL */
    const char *problem_field;
    const char *problem; /* the first: what was expected, marked for translation; or NULL */
};

/* Starts over. */
void bcn_record_begin(struct bcn_record *record);

/* One token from directly within the object. */
void bcn_record_token(struct bcn_record *record, const struct bcn_json_token *token);

/* The object has ended; true if nothing is wrong with its members. */
bool bcn_record_end(struct bcn_record *record);

/* Notes a problem, unless there is one already. Returns false. */
bool bcn_record_problem(struct bcn_record *record, const char *field, const char *expected);

bool bcn_token_is(const struct bcn_json_token *token, const char *text);

/* What a value may be. Each is false, and writes nothing, if it is not. */
bool bcn_value_key(const struct bcn_json_token *value, uint8_t ret_bytes[32]);
bool bcn_value_integer(const struct bcn_json_token *value, int64_t *ret_number);

/* Whole seconds, as milliseconds. Not checked against the years that are believed. */
bool bcn_value_seconds(const struct bcn_json_token *value, int64_t *ret_ms);

/* Seconds that may have a fraction or an exponent, rounded down to milliseconds; exact. */
bool bcn_value_decimal_seconds(const struct bcn_json_token *value, int64_t *ret_ms);

#endif
