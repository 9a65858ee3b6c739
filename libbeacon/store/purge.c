/* SPDX-License-Identifier: MIT */
/* Deletes what has expired, and then every byte of it. */
#include "store/fail.h"
#include "store/store.h"
#include "store/text.h"

#include <beacon/identity.h>
#include <sodium.h>
#include <string.h>

/* Days have so many bits in a chunk's number. */
#define DAY_MAX 0xFFFFFF

struct purging {
    beacon_store *store;
    gint64 before_ms;
    bool is_of_undated;
    const struct beacon_store_boot *except; /* or NULL */
    guint64 rows[BCN_STORE_KINDS];          /* deleted */
};

bool bcn_store_mark_due(const struct bcn_store_database *database, GError **error)
{
    return bcn_store_run(database, "UPDATE store SET purge_is_due = 1", error);
}

static bool is_expired(const struct purging *purging, guint kind, const guint8 *record)
{
    struct beacon_store_boot boot;
    struct beacon_store_row row;

    if (kind != BCN_STORE_UNDATED)
        return bcn_store_record_ms(kind, record) < purging->before_ms;
    bcn_store_get_undated(record, &boot, &row);
    return !purging->except || memcmp(&boot, purging->except, sizeof(boot)) != 0;
}

/* Moves the records that stay to the front; how many. */
static guint keep(const struct purging *purging, struct bcn_store_scan *scan)
{
    const gsize size = bcn_store_record_size(scan->head.kind);
    guint kept = 0;

    for (guint i = 0; i < scan->head.count; i++) {
        const guint8 *record = scan->records + i * size;

        if (!is_expired(purging, scan->head.kind, record))
            memmove(scan->records + kept++ * size, record, size);
    }
    return kept;
}

/* A chunk that may hold both what stays and what goes. One that is damaged stays, and goes with its
 * day. */
static bool purge_chunk(struct bcn_store_writer *writer, struct purging *purging, guint64 id,
                        GError **error)
{
    struct bcn_store_scan scan;
    const enum bcn_store_found found =
        bcn_store_scan_one(&scan, &writer->database, &purging->store->seal, id, error);
    bool is_good = found != BCN_STORE_FAILED;

    if (found == BCN_STORE_CHUNK) {
        const guint before = scan.head.count, kept = keep(purging, &scan);

        purging->rows[scan.head.kind] += before - kept;
        scan.head.count = kept;
        scan.head.generation++;
        if (kept == 0)
            is_good = bcn_store_chunk_delete(&writer->database, id, before, error);
        else if (kept < before)
            is_good = bcn_store_chunk_put(&writer->database, scan.seal, &scan.head, scan.records,
                                          before, error);
    }
    bcn_store_scan_end(&scan);
    return is_good;
}

/* Of the day that the border lies in, or of those undated. */
static bool purge_in_day(struct bcn_store_writer *writer, struct purging *purging, guint kind,
                         gint64 day, GError **error)
{
    GArray *ids = bcn_store_list(&writer->database, kind, day, error);
    bool is_good = ids != NULL;

    for (guint i = 0; is_good && i < ids->len; i++)
        is_good = purge_chunk(writer, purging, g_array_index(ids, guint64, i), error);
    if (ids)
        g_array_unref(ids);
    return is_good;
}

/* Whole days need not be opened. */
static bool purge_days(struct bcn_store_writer *writer, struct purging *purging, guint kind,
                       gint64 day, GError **error)
{
    return bcn_store_days_delete(&writer->database, kind, CLAMP(day, 0, DAY_MAX),
                                 &purging->rows[kind], error);
}

static bool purge_rows(struct bcn_store_writer *writer, struct purging *purging, GError **error)
{
    const gint64 day = beacon_day_of(purging->before_ms);

    if (purging->is_of_undated && !purging->except)
        return purge_days(writer, purging, BCN_STORE_UNDATED, 1, error);
    if (purging->is_of_undated)
        return purge_in_day(writer, purging, BCN_STORE_UNDATED, 0, error);
    return purge_days(writer, purging, BCN_STORE_SIGHTING, day, error) &&
           purge_days(writer, purging, BCN_STORE_ENCOUNTER, day, error) &&
           purge_in_day(writer, purging, BCN_STORE_SIGHTING, day, error) &&
           purge_in_day(writer, purging, BCN_STORE_ENCOUNTER, day, error);
}

/* Whatever was counted of what is gone, if anything is gone its bytes are due. */
static bool purge_and_mark(struct bcn_store_writer *writer, struct purging *purging, GError **error)
{
    const int before = sqlite3_total_changes(writer->database.handle);

    return purge_rows(writer, purging, error) &&
           (sqlite3_total_changes(writer->database.handle) == before ||
            bcn_store_mark_due(&writer->database, error));
}

static bool purge(struct bcn_store_writer *writer, gpointer user, GError **error)
{
    struct purging *purging = user;
    gint64 is_due;
    bool is_good;

    bcn_store_filer_forget(&writer->filer);
    if (!bcn_store_begin(&writer->database, error))
        return false;
    is_good = purge_and_mark(writer, purging, error);
    if (!bcn_store_end(&writer->database, is_good, error) ||
        !bcn_store_number(&writer->database, "SELECT purge_is_due FROM store", 0, 0, 1, &is_due,
                          error))
        return false;
    return is_due == 0 || bcn_store_scrub(&writer->database, error);
}

static gboolean start(beacon_store *store, struct purging *purging,
                      struct beacon_store_purged *ret_purged, GError **error)
{
    purging->store = store;
    if (!bcn_store_check_writer(store, error) ||
        !bcn_store_writer_call(store->writer, BCN_STORE_AT_ONCE, purge, purging, error))
        return FALSE;
    if (ret_purged)
        *ret_purged = (struct beacon_store_purged){.sightings = purging->rows[BCN_STORE_SIGHTING],
                                                   .encounters = purging->rows[BCN_STORE_ENCOUNTER],
                                                   .undated = purging->rows[BCN_STORE_UNDATED]};
    return TRUE;
}

gboolean beacon_store_purge(beacon_store *store, gint64 before_ms,
                            struct beacon_store_purged *ret_purged, GError **error)
{
    struct purging purging = {.before_ms = before_ms};

    return start(store, &purging, ret_purged, error);
}

gboolean beacon_store_purge_expired(beacon_store *store, gint64 now_ms,
                                    struct beacon_store_purged *ret_purged, GError **error)
{
    if (now_ms < BEACON_TIME_MIN_MS || now_ms >= BEACON_TIME_END_MS)
        return bcn_store_fail(store->path, BEACON_STORE_ERROR_INVALID,
                              _("the time lies outside the years 2020 to 2100: is the clock set?"),
                              error);
    return beacon_store_purge(store, now_ms - (gint64)store->retention_days * BEACON_DAY_MS,
                              ret_purged, error);
}

gboolean beacon_store_purge_undated(beacon_store *store, const struct beacon_store_boot *except,
                                    struct beacon_store_purged *ret_purged, GError **error)
{
    struct purging purging = {.is_of_undated = true, .except = except};

    return start(store, &purging, ret_purged, error);
}
