/* SPDX-License-Identifier: MIT */
/* A phone's key report: what is taken is sound, and reads the same when encoded twice or put in
 * plain words. */
#define _GNU_SOURCE /* fopencookie */
#include <beacon/exchange.h>

#include "exchange/feed.h"
#include "fuzz/replay.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool read_report(const void *bytes, size_t size, struct beacon_key_report *ret_report)
{
    FILE *stream = feed_bytes(bytes, size);
    GError *error = NULL;
    bool is_read;

    memset(ret_report, 0, sizeof(*ret_report));
    is_read = beacon_key_report_read(stream, "fuzz", ret_report, &error);
    fclose(stream);
    check(is_read == !error);
    if (!error)
        return true;
    check(g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT));
    check(feed_is_clean(error->message));
    g_error_free(error);
    return false;
}

static bool is_believed(int64_t time_ms)
{
    return time_ms >= BEACON_TIME_MIN_MS && time_ms < BEACON_TIME_END_MS;
}

static void check_same(const struct beacon_key_report *a, const struct beacon_key_report *b)
{
    check(memcmp(a->base_key.bytes, b->base_key.bytes, BEACON_KEY_SIZE) == 0);
    check(memcmp(a->daily_key.bytes, b->daily_key.bytes, BEACON_KEY_SIZE) == 0);
    check(a->base_ms == b->base_ms && a->start_ms == b->start_ms);
}

static void check_plain(const struct beacon_key_report *report)
{
    struct beacon_daily_key base;
    struct beacon_key_report again;
    char base_hex[2 * BEACON_KEY_SIZE + 1], daily_hex[2 * BEACON_KEY_SIZE + 1];
    char *text;

    memcpy(base.bytes, report->base_key.bytes, BEACON_KEY_SIZE);
    beacon_daily_key_to_hex(&base, base_hex);
    beacon_daily_key_to_hex(&report->daily_key, daily_hex);
    text = g_strdup_printf("{\"base_id\":\"%s\",\"time\":%lld.%03d,\"daily_key\":\"%s\","
                           "\"time_start\":%llde-3}",
                           base_hex, (long long)(report->base_ms / 1000),
                           (int)(report->base_ms % 1000), daily_hex, (long long)report->start_ms);
    check(read_report(text, strlen(text), &again));
    check_same(report, &again);
    g_free(text);
}

/* A byte order mark, and a report that is a string already, mean something else within a string. */
static bool may_be_encoded(const uint8_t *data, size_t size)
{
    size_t i = 0;

    while (i < size && memchr(" \t\r\n", data[i], 4))
        i++;
    return i == size || (data[i] != '"' && data[i] != 0xEF);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beacon_key_report report, again;
    bool is_read = read_report(data, size, &report);

    if (is_read) {
        check(is_believed(report.base_ms) && is_believed(report.start_ms));
        check(report.start_ms >= report.base_ms);
        check_plain(&report);
    }
    if (may_be_encoded(data, size)) {
        GString *text = feed_encoded(data, size);

        check(read_report(text->str, text->len, &again) == is_read);
        check_same(&report, &again);
        g_string_free(text, TRUE);
    }
    return 0;
}
