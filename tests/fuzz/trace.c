/* SPDX-License-Identifier: MIT */
/* Traces: what is taken is sound and survives being written; what is refused is said in words fit
 * for a terminal. */
#define _GNU_SOURCE /* fopencookie */
#include <beacon/exchange.h>

#include "exchange/feed.h"
#include "fuzz/replay.h"

struct taken {
    GArray *rows;
    uint64_t refused;
    uint64_t last_line;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static gboolean take_row(const struct beacon_trace_row *row, uint64_t line, gpointer user)
{
    struct taken *taken = user;
    const struct beacon_sighting *sighting = &row->sighting;

    check(line > taken->last_line);
    taken->last_line = line;
    check(sighting->time_ms >= BEACON_TIME_MIN_MS && sighting->time_ms < BEACON_TIME_END_MS);
    check((sighting->rssi_dbm >= -127 && sighting->rssi_dbm <= 20) ||
          sighting->rssi_dbm == BEACON_RSSI_ABSENT);
    check(sighting->tx_power_dbm == BEACON_TX_POWER_ABSENT && sighting->platform == 0);
    g_array_append_val(taken->rows, *row);
    return TRUE;
}

static gboolean take_refusal(const struct beacon_refusal *refusal, gpointer user)
{
    struct taken *taken = user;

    check(refusal->record == 0 && refusal->line > taken->last_line);
    taken->last_line = refusal->line;
    check(feed_is_clean(refusal->message));
    taken->refused++;
    return TRUE;
}

/* Closes the stream. */
static bool read_all(FILE *stream, beacon_refused_fn *on_refused, struct taken *ret_taken,
                     BeaconTraceUnit *ret_unit)
{
    GError *error = NULL;
    bool is_read;

    *ret_taken = (struct taken){.rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_trace_row))};
    is_read = beacon_trace_read(stream, "fuzz", take_row, on_refused, ret_taken, ret_unit, &error);
    fclose(stream);
    check(is_read == !error);
    check(!error || g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT));
    check(!error || feed_is_clean(error->message));
    g_clear_error(&error);
    return is_read;
}

static void check_written(const struct taken *taken, BeaconTraceUnit unit)
{
    struct taken back;
    BeaconTraceUnit unit_back;
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    for (guint i = 0; i < taken->rows->len; i++)
        check(beacon_trace_write(
            stream, "fuzz", &g_array_index(taken->rows, struct beacon_trace_row, i), unit, NULL));
    fclose(stream);
    check(read_all(feed_bytes(text, size), NULL, &back, &unit_back));
    check(unit_back == (taken->rows->len > 0 ? unit : BEACON_TRACE_EMPTY));
    check(back.rows->len == taken->rows->len);
    check(back.rows->len == 0 || memcmp(back.rows->data, taken->rows->data,
                                        back.rows->len * sizeof(struct beacon_trace_row)) == 0);
    g_array_unref(back.rows);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taken taken, strict;
    BeaconTraceUnit unit, strict_unit;
    bool is_read = read_all(feed_bytes(data, size), take_refusal, &taken, &unit);

    check(read_all(feed_bytes(data, size), NULL, &strict, &strict_unit) ==
          (is_read && taken.refused == 0));
    check(strict.rows->len <= taken.rows->len);
    if (is_read) {
        check((unit == BEACON_TRACE_EMPTY) == (taken.rows->len == 0));
        check_written(&taken, unit);
    }
    g_array_unref(taken.rows);
    g_array_unref(strict.rows);
    return 0;
}
