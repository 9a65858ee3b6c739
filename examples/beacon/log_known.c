/* SPDX-License-Identifier: MIT */
/* Which rows of a history a log has already. */
#include "log_known.h"

#include <sodium.h>
#include <string.h>

#define SECOND_MS 1000

struct known {
    GArray *rows;  /* struct beacon_store_row, of a day, by what a history says */
    GArray *frees; /* guint: a row from here on that stands for none yet, or nearer to it */
};

static int compare_senders(const struct beacon_store_row *one, const struct beacon_store_row *other)
{
    int order = memcmp(&one->own, &other->own, sizeof one->own);

    if (order == 0)
        order = memcmp(&one->sighting.identifier, &other->sighting.identifier,
                       sizeof one->sighting.identifier);
    return order != 0 ? order : one->sighting.rssi_dbm - other->sighting.rssi_dbm;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const struct beacon_store_row *one = a, *other = b;
    int order = compare_senders(one, other);

    if (order != 0 || one->sighting.time_ms == other->sighting.time_ms)
        return order;
    return one->sighting.time_ms < other->sighting.time_ms ? -1 : 1;
}

static gboolean on_row(const struct beacon_store_row *row, gpointer user)
{
    struct known *known = user;

    g_array_append_val(known->rows, *row);
    return TRUE;
}

static const struct beacon_store_row *row_at(const struct known *known, guint at)
{
    return &g_array_index(known->rows, struct beacon_store_row, at);
}

/* The first that does not lie before the row, had that this time. */
static guint search(const struct known *known, const struct beacon_store_row *row, gint64 time_ms)
{
    struct beacon_store_row wanted = *row;
    guint from = 0, to = known->rows->len;

    wanted.sighting.time_ms = time_ms;
    while (from < to) {
        guint middle = from + (to - from) / 2;

        if (compare(row_at(known, middle), &wanted) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* The first from there on that stands for none; shortens the way for the next. */
static guint first_free(const struct known *known, guint at)
{
    guint *frees = &g_array_index(known->frees, guint, 0);

    while (frees[at] != at)
        at = frees[at] = frees[frees[at]];
    return at;
}

/* The row becomes the first of the log's from that time on, for so long, that stands for none. */
static bool recall(const struct known *known, struct beacon_store_row *row, gint64 from_ms,
                   gint64 span_ms)
{
    guint at = first_free(known, search(known, row, from_ms));

    if (at == known->rows->len || compare_senders(row_at(known, at), row) != 0 ||
        row_at(known, at)->sighting.time_ms >= from_ms + span_ms)
        return false;
    *row = *row_at(known, at);
    g_array_index(known->frees, guint, at) = at + 1;
    return true;
}

/* Of a row in seconds, any of its second. */
static void recall_seconds(const struct known *known, struct beacon_store_row rows[], guint count)
{
    for (guint i = 0; i < count; i++)
        recall(known, &rows[i], rows[i].sighting.time_ms, SECOND_MS);
}

/* Of a row in milliseconds, the same; what is left over, the one that a history in seconds has of
 * it. The first go first, so that none loses its own to another of its second. */
static void recall_milliseconds(const struct known *known, struct beacon_store_row rows[],
                                guint count)
{
    GArray *rest = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < count; i++)
        if (!recall(known, &rows[i], rows[i].sighting.time_ms, 1))
            g_array_append_val(rest, i);
    for (guint i = 0; i < rest->len; i++) {
        struct beacon_store_row *row = &rows[g_array_index(rest, guint, i)];

        recall(known, row, row->sighting.time_ms / SECOND_MS * SECOND_MS, 1);
    }
    g_array_unref(rest);
}

bool log_known(beacon_store *store, struct beacon_store_row rows[], guint count, bool is_in_seconds,
               GError **error)
{
    gint64 from_ms = rows[0].sighting.time_ms / BEACON_DAY_MS * BEACON_DAY_MS;
    struct known known = {.rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_row)),
                          .frees = g_array_new(FALSE, FALSE, sizeof(guint))};
    bool is_read =
        beacon_store_read(store, from_ms, from_ms + BEACON_DAY_MS, on_row, &known, error);

    g_array_sort(known.rows, compare);
    for (guint i = 0; i <= known.rows->len; i++)
        g_array_append_val(known.frees, i);
    if (is_read && is_in_seconds)
        recall_seconds(&known, rows, count);
    else if (is_read)
        recall_milliseconds(&known, rows, count);
    sodium_memzero(known.rows->data, known.rows->len * sizeof(struct beacon_store_row));
    g_array_unref(known.rows);
    g_array_unref(known.frees);
    return is_read;
}
