/* SPDX-License-Identifier: MIT */
/* The clock has arrived: sightings of a boot get their date. */
#include "store/fail.h"
#include "store/store.h"
#include "store/text.h"

#include <sodium.h>
#include <string.h>

struct dating {
    beacon_store *store;
    const struct beacon_store_boot *boot;
    gint64 offset_ms;
    guint64 rows;
};

/* A chunk's records parted: those of the boot become sightings, the others stay. */
struct parted {
    struct bcn_store_head head;
    guint8 *others; /* guarded */
};

static bool add_dated(struct dating *dating, const struct beacon_store_row *undated,
                      GPtrArray *items)
{
    struct bcn_store_item *item = g_new(struct bcn_store_item, 1);
    struct beacon_store_row row = *undated;

    g_ptr_array_add(items, item);
    return !__builtin_add_overflow(row.sighting.time_ms, dating->offset_ms,
                                   &row.sighting.time_ms) &&
           bcn_store_item_of_row(&row, item);
}

static bool part(struct dating *dating, const struct bcn_store_scan *scan, struct parted *parted,
                 GPtrArray *items)
{
    parted->head = scan->head;
    parted->head.count = 0;
    for (guint i = 0; i < scan->head.count; i++) {
        const guint8 *record = scan->records + i * BCN_STORE_UNDATED_SIZE;
        struct beacon_store_boot boot;
        struct beacon_store_row row;

        bcn_store_get_undated(record, &boot, &row);
        if (memcmp(&boot, dating->boot, sizeof(boot)) != 0)
            memcpy(parted->others + parted->head.count++ * BCN_STORE_UNDATED_SIZE, record,
                   BCN_STORE_UNDATED_SIZE);
        else if (!add_dated(dating, &row, items))
            return false;
    }
    return true;
}

static bool keep_others(const struct bcn_store_writer *writer, const struct dating *dating,
                        struct parted *parted, guint before, GError **error)
{
    if (parted->head.count == 0)
        return bcn_store_chunk_delete(&writer->database, parted->head.id, before, error);
    parted->head.generation++;
    return bcn_store_chunk_put(&writer->database, &dating->store->seal, &parted->head,
                               parted->others, before, error);
}

/* One chunk of undated rows; they are dated, those of other boots are written back. */
static bool date_chunk(struct bcn_store_writer *writer, struct dating *dating,
                       const struct bcn_store_scan *scan, GPtrArray *items, GError **error)
{
    struct parted parted = {.others = bcn_store_guarded(BCN_STORE_RECORDS_SIZE)};
    const guint before = items->len;
    bool is_good = part(dating, scan, &parted, items);

    if (!is_good)
        bcn_store_fail(dating->store->path, BEACON_STORE_ERROR_INVALID,
                       _("a sighting would lie outside the years 2020 to 2100"), error);
    else if (items->len > before)
        is_good = keep_others(writer, dating, &parted, scan->head.count, error);
    sodium_free(parted.others);
    return is_good;
}

static bool date_one(struct bcn_store_writer *writer, struct dating *dating, guint64 id,
                     GPtrArray *items, GError **error)
{
    struct bcn_store_scan scan;
    const enum bcn_store_found found =
        bcn_store_scan_one(&scan, &writer->database, &dating->store->seal, id, error);
    bool is_good = found != BCN_STORE_FAILED; /* a broken one is told by whoever reads it */

    if (found == BCN_STORE_CHUNK)
        is_good = date_chunk(writer, dating, &scan, items, error);
    bcn_store_scan_end(&scan);
    return is_good;
}

static void free_item(gpointer item)
{
    sodium_memzero(item, sizeof(struct bcn_store_item));
    g_free(item);
}

static bool date_all(struct bcn_store_writer *writer, struct dating *dating, GError **error)
{
    GArray *ids = bcn_store_list(&writer->database, BCN_STORE_UNDATED, 0, error);
    GPtrArray *items = g_ptr_array_new_with_free_func(free_item);
    bool is_good = ids != NULL;

    bcn_store_filer_forget(&writer->filer); /* its last chunk of undated rows may go */
    for (guint i = 0; is_good && i < ids->len; i++)
        is_good = date_one(writer, dating, g_array_index(ids, guint64, i), items, error);
    is_good = is_good && bcn_store_filer_put(&writer->filer, items, error);
    dating->rows = items->len;
    if (ids)
        g_array_unref(ids);
    g_ptr_array_unref(items);
    return is_good;
}

static bool date(struct bcn_store_writer *writer, gpointer user, GError **error)
{
    bool is_good;

    if (!bcn_store_begin(&writer->database, error))
        return false;
    is_good = date_all(writer, user, error);
    is_good = bcn_store_end(&writer->database, is_good, error);
    if (!is_good)
        bcn_store_filer_forget(&writer->filer);
    return is_good;
}

gboolean beacon_store_date_boot(beacon_store *store, const struct beacon_store_boot *boot,
                                gint64 offset_ms, guint64 *ret_rows, GError **error)
{
    struct dating dating = {.store = store, .boot = boot, .offset_ms = offset_ms};

    if (!bcn_store_check_writer(store, error) ||
        !bcn_store_writer_call(store->writer, BCN_STORE_AFTER_ROWS, date, &dating, error))
        return FALSE;
    if (ret_rows)
        *ret_rows = dating.rows;
    return TRUE;
}
