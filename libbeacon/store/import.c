/* SPDX-License-Identifier: MIT */
/* Adds many rows, and rows that may be there already. */
#include "store/fail.h"
#include "store/store.h"
#include "store/text.h"

#include <beacon/identity.h>
#include <sodium.h>
#include <string.h>

static bool fail_time(const beacon_store *store, gsize number, GError **error)
{
    char *words = g_strdup_printf(_("row %llu: the time lies outside the years 2020 to 2100"),
                                  (unsigned long long)number + 1);

    bcn_store_fail(store->path, BEACON_STORE_ERROR_INVALID, words, error);
    g_free(words);
    return false;
}

/* Nothing is added of rows that would be refused midway. */
static bool check_rows(const beacon_store *store, const struct beacon_store_row rows[], gsize count,
                       GError **error)
{
    struct bcn_store_item item;

    for (gsize i = 0; i < count; i++)
        if (!bcn_store_item_of_row(&rows[i], &item))
            return fail_time(store, i, error);
    sodium_memzero(&item, sizeof(item));
    return true;
}

static bool add_row(beacon_store *store, const struct beacon_store_row *row, GError **error)
{
    struct bcn_store_item item;
    const bool is_put =
        bcn_store_item_of_row(row, &item) && bcn_store_writer_put(store->writer, &item, error);

    sodium_memzero(&item, sizeof(item));
    return is_put;
}

gboolean beacon_store_add_all(beacon_store *store, const struct beacon_store_row rows[],
                              gsize count, gsize *ret_added, GError **error)
{
    gsize added = 0;
    bool is_good = bcn_store_check_writer(store, error) && check_rows(store, rows, count, error);

    while (is_good && added < count) {
        is_good = add_row(store, &rows[added], error);
        added += is_good;
    }
    if (ret_added)
        *ret_added = added;
    return is_good && beacon_store_flush(store, error);
}

/* How often each record is in the store and not yet met in what is imported. */
static guint hash_record(gconstpointer key)
{
    static guint8 hash_key[crypto_shorthash_KEYBYTES];
    static gsize has_key; /* random, so that no trace can be made to collide */
    guint8 digest[crypto_shorthash_BYTES];
    guint hash;

    if (g_once_init_enter(&has_key)) {
        randombytes_buf(hash_key, sizeof(hash_key));
        g_once_init_leave(&has_key, 1);
    }
    crypto_shorthash(digest, key, BCN_STORE_SIGHTING_SIZE, hash_key);
    memcpy(&hash, digest, sizeof(hash));
    return hash;
}

static gboolean equal_records(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, BCN_STORE_SIGHTING_SIZE) == 0;
}

static void free_record(gpointer record)
{
    sodium_memzero(record, BCN_STORE_SIGHTING_SIZE);
    g_free(record);
}

static GHashTable *count_day(beacon_store *store, gint64 day, GError **error)
{
    GArray *rows = bcn_store_rows_of_day(store, day, error);
    GHashTable *counts;

    if (!rows)
        return NULL;
    counts = g_hash_table_new_full(hash_record, equal_records, free_record, NULL);
    for (guint i = 0; i < rows->len; i++) {
        guint8 *record = g_malloc(BCN_STORE_SIGHTING_SIZE);
        guint count;

        bcn_store_put_row(&g_array_index(rows, struct beacon_store_row, i), record);
        count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, record));
        g_hash_table_insert(counts, record, GUINT_TO_POINTER(count + 1));
    }
    bcn_store_rows_free(rows);
    return counts;
}

/* True if the store has one that was not met yet; it is met now. */
static bool meet(GHashTable *counts, const struct beacon_store_row *row)
{
    guint8 record[BCN_STORE_SIGHTING_SIZE];
    gpointer known, count;
    bool is_met;

    bcn_store_put_row(row, record);
    is_met =
        g_hash_table_lookup_extended(counts, record, &known, &count) && GPOINTER_TO_UINT(count) > 0;
    sodium_memzero(record, sizeof(record));
    if (!is_met)
        return false;
    g_hash_table_steal(counts, known);
    g_hash_table_insert(counts, known, GUINT_TO_POINTER(GPOINTER_TO_UINT(count) - 1));
    return true;
}

static gint compare_days(gconstpointer a, gconstpointer b)
{
    const gint64 first =
                     beacon_day_of((*(const struct beacon_store_row *const *)a)->sighting.time_ms),
                 second =
                     beacon_day_of((*(const struct beacon_store_row *const *)b)->sighting.time_ms);

    return first < second ? -1 : first > second;
}

/* Rows of one day, `from` on; the number behind the last. */
static bool import_day(beacon_store *store, const GPtrArray *rows, guint *from, gsize *added,
                       GError **error)
{
    const struct beacon_store_row *row = rows->pdata[*from];
    const gint64 day = beacon_day_of(row->sighting.time_ms);
    GHashTable *counts = count_day(store, day, error);
    bool is_good = counts != NULL;

    while (is_good && *from < rows->len) {
        row = rows->pdata[*from];
        if (beacon_day_of(row->sighting.time_ms) != day)
            break;
        if (!meet(counts, row)) {
            is_good = add_row(store, row, error);
            *added += is_good;
        }
        (*from)++;
    }
    if (counts)
        g_hash_table_unref(counts);
    return is_good;
}

gboolean beacon_store_import(beacon_store *store, const struct beacon_store_row rows[], gsize count,
                             gsize *ret_added, GError **error)
{
    GPtrArray *sorted;
    gsize added = 0;
    guint next = 0;
    bool is_good;

    if (!bcn_store_check_writer(store, error) || !check_rows(store, rows, count, error) ||
        !beacon_store_flush(store, error))
        return FALSE;
    sorted = g_ptr_array_sized_new((guint)count);
    for (gsize i = 0; i < count; i++)
        g_ptr_array_add(sorted, (gpointer)(guintptr)&rows[i]);
    g_ptr_array_sort(sorted, compare_days); /* stable */
    is_good = true;
    while (is_good && next < sorted->len)
        is_good = import_day(store, sorted, &next, &added, error);
    g_ptr_array_unref(sorted);
    if (ret_added)
        *ret_added = added;
    return is_good && beacon_store_flush(store, error);
}
