/* SPDX-License-Identifier: MIT */
/* Which rows of a history a log has already. */
#include "log_known.h"

#include <sodium.h>
#include <string.h>

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

/* The first that does not lie before the row. */
static guint search(const struct known *known, const struct beacon_store_row *row)
{
    guint from = 0, to = known->rows->len;

    while (from < to) {
        guint middle = from + (to - from) / 2;

        if (compare(row_at(known, middle), row) < 0)
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

static void recall(const struct known *known, struct beacon_store_row *row, gint64 span_ms)
{
    guint at = first_free(known, search(known, row));

    if (at == known->rows->len || compare_senders(row_at(known, at), row) != 0 ||
        row_at(known, at)->sighting.time_ms >= row->sighting.time_ms + span_ms)
        return;
    *row = *row_at(known, at);
    g_array_index(known->frees, guint, at) = at + 1;
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
    for (guint i = 0; is_read && i < count; i++)
        recall(&known, &rows[i], is_in_seconds ? 1000 : 1);
    sodium_memzero(known.rows->data, known.rows->len * sizeof(struct beacon_store_row));
    g_array_unref(known.rows);
    g_array_unref(known.frees);
    return is_read;
}
