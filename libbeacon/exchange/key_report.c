/* SPDX-License-Identifier: MIT */
/* The report a phone makes of its own keys. It has the base key: nothing of it stays in memory. */
#include <beacon/exchange.h>

#include "exchange/record.h"
#include "exchange/refuse.h"
#include "exchange/text.h"

#include <errno.h>
#include <sodium.h>

#define EXPECTED_KEY   N_("64 hexadecimal digits")
#define EXPECTED_TIME  N_("seconds since 1970, in the years 2020 to 2100")
#define EXPECTED_ORDER N_("a time not before the base key's time")

static bool take_base_key(const struct bcn_json_token *value, void *into)
{
    struct beacon_key_report *report = into;

    return bcn_value_key(value, report->base_key.bytes);
}

static bool take_time(const struct bcn_json_token *value, int64_t *ret_ms)
{
    return bcn_value_decimal_seconds(value, ret_ms) && *ret_ms >= BEACON_TIME_MIN_MS;
}

static bool take_base(const struct bcn_json_token *value, void *into)
{
    struct beacon_key_report *report = into;

    return take_time(value, &report->base_ms);
}

static bool take_daily_key(const struct bcn_json_token *value, void *into)
{
    struct beacon_key_report *report = into;

    return bcn_value_key(value, report->daily_key.bytes);
}

static bool take_start(const struct bcn_json_token *value, void *into)
{
    struct beacon_key_report *report = into;

    return take_time(value, &report->start_ms);
}

static const struct bcn_field fields[] = {
    {"base_id", EXPECTED_KEY, take_base_key},
    {"time", EXPECTED_TIME, take_base},
    {"daily_key", EXPECTED_KEY, take_daily_key},
    {"time_start", EXPECTED_TIME, take_start},
};

static bool take_token(struct bcn_json *json, const struct bcn_json_token *token, void *user)
{
    struct bcn_record *record = user;

    if (token->depth == 1)
        bcn_record_token(record, token);
    if (token->depth > 0)
        return true;
    if (token->kind == BCN_JSON_END)
        return bcn_record_end(record);
    bcn_json_record_begin(json);
    return token->kind == BCN_JSON_OBJECT ||
           bcn_record_problem(record, NULL,
                              N_("an object with base_id, time, daily_key and time_start"));
}

/* Reads into `report`, which the caller wipes. */
static bool read_report(const struct bcn_reader *reader, FILE *stream,
                        struct beacon_key_report *report)
{
    struct bcn_record record = {.fields = fields, .count = G_N_ELEMENTS(fields), .into = report};
    char *expected;

    switch (bcn_json_read(stream, take_token, &record, &expected)) {
    case BCN_JSON_UNREADABLE:
        return bcn_fail_reading(reader, errno);
    case BCN_JSON_BROKEN:
        bcn_refuse(reader, 0, 0, NULL, expected);
        g_free(expected);
        return false;
    case BCN_JSON_COMPLETE:
    case BCN_JSON_STOPPED:
        break;
    }
    if (!record.problem && report->start_ms < report->base_ms)
        bcn_record_problem(&record, "time_start", EXPECTED_ORDER);
    if (record.problem)
        return bcn_refuse(reader, 0, 0, record.problem_field, _(record.problem));
    return true;
}

gboolean beacon_key_report_read(FILE *stream, const char *name,
                                struct beacon_key_report *ret_report, GError **error)
{
    const struct bcn_reader reader = {.name = name, .error = error};
    struct beacon_key_report report = {0};
    bool is_read = read_report(&reader, stream, &report);

    if (is_read)
        *ret_report = report;
    sodium_memzero(&report, sizeof(report));
    return is_read;
}
