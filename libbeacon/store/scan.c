/* SPDX-License-Identifier: MIT */
/* Walks over the chunks of a database and opens them. */
#include "store/scan.h"

#include "store/fail.h"
#include "store/key.h"
#include "store/text.h"

#include <sodium.h>

#define COLUMNS "SELECT id, kind, day, rows, sealed FROM chunk "

static bool begin(struct bcn_store_scan *scan, const struct bcn_store_database *database,
                  const struct bcn_store_seal *seal, const char *sql, GError **error)
{
    *scan = (struct bcn_store_scan){.database = database, .seal = seal};
    scan->records = bcn_store_guarded(BCN_STORE_RECORDS_SIZE);
    scan->statement = bcn_store_prepare(database, sql, error);
    return scan->statement != NULL;
}

bool bcn_store_scan_days(struct bcn_store_scan *scan, const struct bcn_store_database *database,
                         const struct bcn_store_seal *seal, guint kind, gint64 from, gint64 to,
                         GError **error)
{
    if (!begin(scan, database, seal,
               COLUMNS "WHERE kind = ? AND day BETWEEN ? AND ? ORDER BY day, id", error))
        return false;
    sqlite3_bind_int64(scan->statement, 1, kind);
    sqlite3_bind_int64(scan->statement, 2, from);
    sqlite3_bind_int64(scan->statement, 3, to);
    return true;
}

bool bcn_store_scan_numbers(struct bcn_store_scan *scan, const struct bcn_store_database *database,
                            const struct bcn_store_seal *seal, guint64 from, guint most,
                            GError **error)
{
    if (!begin(scan, database, seal, COLUMNS "WHERE id >= ? ORDER BY id LIMIT ?", error))
        return false;
    sqlite3_bind_int64(scan->statement, 1, (gint64)from);
    sqlite3_bind_int64(scan->statement, 2, most);
    return true;
}

/* True if the row at hand holds what its columns say, under a seal that holds. */
static bool open_row(struct bcn_store_scan *scan)
{
    const guint8 *sealed = sqlite3_column_blob(scan->statement, 4);
    const int size = sqlite3_column_bytes(scan->statement, 4);

    return sealed && bcn_store_head_read(sealed, (gsize)size, &scan->head) &&
           scan->head.id == scan->id &&
           scan->head.kind == sqlite3_column_int64(scan->statement, 1) &&
           scan->head.day == sqlite3_column_int64(scan->statement, 2) &&
           scan->head.count == sqlite3_column_int64(scan->statement, 3) &&
           bcn_store_chunk_open(scan->seal, sealed, &scan->head, scan->records);
}

enum bcn_store_found bcn_store_scan_next(struct bcn_store_scan *scan, GError **error)
{
    const int step = bcn_store_step(scan->database, scan->statement, error);

    if (step <= 0)
        return step < 0 ? BCN_STORE_FAILED : BCN_STORE_END;
    scan->id = (guint64)sqlite3_column_int64(scan->statement, 0);
    return open_row(scan) ? BCN_STORE_CHUNK : BCN_STORE_BROKEN;
}

void bcn_store_scan_end(struct bcn_store_scan *scan)
{
    sqlite3_finalize(scan->statement);
    sodium_free(scan->records);
}

bool bcn_store_fail_damaged(const struct bcn_store_database *database, guint64 id, GError **error)
{
    char *words = g_strdup_printf(_("chunk %llu is damaged; salvage recovers what is whole"),
                                  (unsigned long long)id);

    bcn_store_fail(database->path, BEACON_STORE_ERROR_DAMAGED, words, error);
    g_free(words);
    return false;
}
