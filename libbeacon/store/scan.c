/* SPDX-License-Identifier: MIT */
/* Walks over the chunks of a database, opens them, and misses those that are missing. */
#include "store/scan.h"

#include "store/fail.h"
#include "store/key.h"
#include "store/text.h"

#include <sodium.h>

static bool fail_order(const struct bcn_store_database *database, GError **error)
{
    return bcn_store_fail(database->path, BEACON_STORE_ERROR_DAMAGED,
                          _("its pages are in disorder; salvage recovers what is whole"), error);
}

/* Prepares a statement about chunks, from a place to another. */
static sqlite3_stmt *select_chunks(const struct bcn_store_database *database, const char *columns,
                                   guint64 first, guint64 last, GError **error)
{
    char *sql = g_strdup_printf("SELECT %s FROM %s WHERE id BETWEEN ? AND ? ORDER BY id", columns,
                                first & BCN_STORE_ASIDE ? "aside" : "chunk");
    sqlite3_stmt *statement = bcn_store_prepare(database, sql, error);

    g_free(sql);
    if (statement) {
        sqlite3_bind_int64(statement, 1, (gint64)first);
        sqlite3_bind_int64(statement, 2, (gint64)last);
    }
    return statement;
}

/* The same about those of a kind and day, or about those of it that were set aside. */
static sqlite3_stmt *select_day(const struct bcn_store_database *database, const char *columns,
                                guint kind, gint64 day, bool is_aside, GError **error)
{
    const guint64 side = is_aside ? BCN_STORE_ASIDE : 0;

    return select_chunks(database, columns, bcn_store_number_of(kind, day, 0) | side,
                         bcn_store_number_of(kind, day, BCN_STORE_COUNT_MAX) | side, error);
}

static void make(struct bcn_store_scan *scan, const struct bcn_store_database *database,
                 const struct bcn_store_seal *seal)
{
    *scan = (struct bcn_store_scan){.database = database, .seal = seal, .chunks = -1, .rows = -1};
    scan->records = bcn_store_guarded(BCN_STORE_RECORDS_SIZE);
}

/* A transaction, so that the chunks are those that were counted; within another that is so. */
static bool begin(struct bcn_store_scan *scan, GError **error)
{
    if (!sqlite3_get_autocommit(scan->database->handle))
        return true;
    scan->has_begun = bcn_store_run(scan->database, "BEGIN", error);
    return scan->has_begun;
}

static bool ask_counts(struct bcn_store_scan *scan, GError **error)
{
    const gint64 id = bcn_store_day_id(bcn_store_number_of(scan->kind, scan->day, 0));

    return bcn_store_number(scan->database, "SELECT chunks FROM day WHERE id = ?", id, 0, 0,
                            &scan->chunks, error) &&
           bcn_store_number(scan->database, "SELECT rows FROM day WHERE id = ?", id, 0, 0,
                            &scan->rows, error);
}

bool bcn_store_scan_day(struct bcn_store_scan *scan, const struct bcn_store_database *database,
                        const struct bcn_store_seal *seal, guint kind, gint64 day, GError **error)
{
    make(scan, database, seal);
    scan->kind = kind;
    scan->day = day;
    if (!begin(scan, error) || !ask_counts(scan, error))
        return false;
    scan->statement = select_day(database, "id, sealed", kind, day, false, error);
    return scan->statement != NULL;
}

/* 1: at another chunk; 0: there is none. */
static int step_on(struct bcn_store_scan *scan, GError **error)
{
    int step = bcn_store_step(scan->database, scan->statement, error);

    if (step != 0 || scan->is_aside)
        return step;
    sqlite3_finalize(scan->statement);
    scan->is_aside = true;
    scan->statement = select_day(scan->database, "id, sealed", scan->kind, scan->day, true, error);
    return scan->statement ? bcn_store_step(scan->database, scan->statement, error) : -1;
}

static bool is_of_day(const struct bcn_store_scan *scan)
{
    const guint64 side = scan->is_aside ? BCN_STORE_ASIDE : 0;

    return scan->id == (bcn_store_number_of(scan->kind, scan->day, (guint32)scan->id) | side);
}

/* True if the row at hand is a chunk of its number under a seal that holds. */
static bool open_row(struct bcn_store_scan *scan)
{
    const guint8 *sealed = sqlite3_column_blob(scan->statement, 1);
    const int size = sqlite3_column_bytes(scan->statement, 1);

    return sealed && bcn_store_head_read(sealed, (gsize)size, &scan->head) &&
           bcn_store_place_of(scan->head.id) == scan->id &&
           bcn_store_chunk_open(scan->seal, sealed, &scan->head, scan->records);
}

static enum bcn_store_found open_next(struct bcn_store_scan *scan)
{
    scan->met_chunks++;
    if (!open_row(scan)) {
        scan->rows = -1; /* that some are missing is told already */
        return BCN_STORE_BROKEN;
    }
    scan->met_rows += scan->head.count;
    return BCN_STORE_CHUNK;
}

static enum bcn_store_found reach_end(struct bcn_store_scan *scan)
{
    const bool is_missing = (scan->chunks >= 0 && scan->met_chunks != scan->chunks) ||
                            (scan->rows >= 0 && scan->met_rows != scan->rows);

    scan->is_at_end = true;
    return is_missing ? BCN_STORE_MISSING : BCN_STORE_END;
}

enum bcn_store_found bcn_store_scan_next(struct bcn_store_scan *scan, GError **error)
{
    const guint64 before = scan->id;
    int step;

    if (scan->is_at_end) /* SQLite would begin again */
        return BCN_STORE_END;
    step = step_on(scan, error);
    if (step < 0)
        return BCN_STORE_FAILED;
    if (step == 0)
        return reach_end(scan);
    scan->id = (guint64)sqlite3_column_int64(scan->statement, 0);
    /* Pages that lead back to one another must not lead on for ever. */
    if ((scan->met_chunks > 0 && scan->id <= before) || !is_of_day(scan)) {
        fail_order(scan->database, error);
        return BCN_STORE_FAILED;
    }
    return open_next(scan);
}

enum bcn_store_found bcn_store_scan_one(struct bcn_store_scan *scan,
                                        const struct bcn_store_database *database,
                                        const struct bcn_store_seal *seal, guint64 id,
                                        GError **error)
{
    enum bcn_store_found found = BCN_STORE_FAILED;
    int step;

    make(scan, database, seal);
    scan->statement = select_chunks(database, "id, sealed", id, id, error);
    if (!scan->statement)
        return BCN_STORE_FAILED;
    step = bcn_store_step(database, scan->statement, error);
    scan->id = id;
    if (step >= 0)
        found = step == 1 ? open_next(scan) : BCN_STORE_BROKEN;
    sqlite3_reset(scan->statement);
    return found;
}

void bcn_store_scan_end(struct bcn_store_scan *scan)
{
    sqlite3_finalize(scan->statement);
    if (scan->has_begun)
        sqlite3_exec(scan->database->handle, "COMMIT", NULL, NULL, NULL);
    sodium_free(scan->records);
}

bool bcn_store_scan_fail(const struct bcn_store_scan *scan, enum bcn_store_found found,
                         GError **error)
{
    const guint count = (guint)(scan->id & G_MAXUINT32);
    char *words;

    if (found == BCN_STORE_BROKEN)
        words =
            g_strdup_printf(_("chunk %u of day %lld is damaged; salvage recovers what is whole"),
                            count, (long long)scan->day);
    else
        words =
            g_strdup_printf(_("of day %lld something is missing; salvage recovers what is whole"),
                            (long long)scan->day);
    bcn_store_fail(scan->database->path, BEACON_STORE_ERROR_DAMAGED, words, error);
    g_free(words);
    return false;
}

/* Appends the places of a day's chunks. */
static bool list(const struct bcn_store_database *database, guint kind, gint64 day, bool is_aside,
                 GArray *ids, GError **error)
{
    sqlite3_stmt *statement = select_day(database, "id", kind, day, is_aside, error);
    guint64 before = 0;
    int step = -1;

    while (statement && (step = bcn_store_step(database, statement, error)) == 1) {
        const guint64 id = (guint64)sqlite3_column_int64(statement, 0);

        if (ids->len > 0 && id <= before) {
            fail_order(database, error);
            step = -1;
            break;
        }
        before = id;
        g_array_append_val(ids, id);
    }
    sqlite3_finalize(statement);
    return step == 0;
}

GArray *bcn_store_list(const struct bcn_store_database *database, guint kind, gint64 day,
                       GError **error)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(guint64));

    if (list(database, kind, day, false, ids, error) && list(database, kind, day, true, ids, error))
        return ids;
    g_array_unref(ids);
    return NULL;
}

bool bcn_store_next_day(const struct bcn_store_database *database, guint kind, gint64 day,
                        gint64 *ret_day, GError **error)
{
    const gint64 first = (gint64)bcn_store_number_of(kind, CLAMP(day, 0, 0xFFFFFF), 0),
                 last = (gint64)bcn_store_number_of(kind, 0xFFFFFF, BCN_STORE_COUNT_MAX);
    gint64 chunk, aside, counted, next;

    *ret_day = G_MAXINT64;
    if (day > 0xFFFFFF)
        return true;
    if (!bcn_store_number(database, "SELECT min(id) FROM chunk WHERE id BETWEEN ? AND ?", first,
                          last, G_MAXINT64, &chunk, error) ||
        !bcn_store_number(database, "SELECT min(id) FROM aside WHERE id BETWEEN ? AND ?",
                          (gint64)((guint64)first | BCN_STORE_ASIDE),
                          (gint64)((guint64)last | BCN_STORE_ASIDE), G_MAXINT64, &aside, error) ||
        !bcn_store_number(database, "SELECT min(id) FROM day WHERE id BETWEEN ? AND ?", first >> 32,
                          last >> 32, G_MAXINT64, &counted, error))
        return false;
    next = MIN(chunk == G_MAXINT64 ? chunk : bcn_store_day_id((guint64)chunk), counted);
    next = MIN(aside == G_MAXINT64 ? aside : bcn_store_day_id((guint64)aside), next);
    if (next < first >> 32)
        return fail_order(database, error);
    if (next != G_MAXINT64)
        *ret_day = bcn_store_day_of_number((guint64)next << 32);
    return true;
}
