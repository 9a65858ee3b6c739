/* SPDX-License-Identifier: MIT */
/* The tables of a store, and how one is told from what is not. */
#include "store/schema.h"

#include "store/fail.h"
#include "store/text.h"

#include <sodium.h>
#include <string.h>

#define APPLICATION_ID 0x42434E53 /* "BCNS" */

#define STORE_TABLE                                                                                \
    "CREATE TABLE store (id INTEGER PRIMARY KEY, identifier BLOB, key_check BLOB, passes "         \
    "INTEGER, "                                                                                    \
    "memory_log2 INTEGER, purge_is_due INTEGER)"
#define CHUNK_TABLE "CREATE TABLE chunk (id INTEGER PRIMARY KEY, sealed BLOB)"
#define ASIDE_TABLE "CREATE TABLE aside (id INTEGER PRIMARY KEY, sealed BLOB)"
#define DAY_TABLE   "CREATE TABLE day (id INTEGER PRIMARY KEY, chunks INTEGER, rows INTEGER)"
#define PLAIN_TABLE                                                                                \
    "CREATE TABLE sighting (time_ms INTEGER, own BLOB, contact BLOB, rssi_dbm INTEGER, "           \
    "tx_power_dbm INTEGER, platform INTEGER)"

/* By version, what the database must consist of, in the order in which it was made. */
static const char *const tables[BEACON_STORE_VERSION + 1][5] = {
    {NULL},
    {PLAIN_TABLE, NULL},
    {STORE_TABLE, CHUNK_TABLE, DAY_TABLE, ASIDE_TABLE, NULL},
};

static bool fail_format(const struct bcn_store_database *database, GError **error)
{
    return bcn_store_fail(database->path, BEACON_STORE_ERROR_FORMAT, _("not a store"), error);
}

/* True if the tables are those of a version, no more and no less. */
static bool check_tables(const struct bcn_store_database *database, guint version, GError **error)
{
    const char *const *expected = tables[version];
    sqlite3_stmt *statement =
        bcn_store_prepare(database, "SELECT sql FROM sqlite_schema ORDER BY rowid", error);
    int step;

    if (!statement)
        return false;
    while ((step = bcn_store_step(database, statement, error)) == 1 && *expected) {
        const char *sql = (const char *)sqlite3_column_text(statement, 0);

        if (!sql || strcmp(sql, *expected) != 0)
            break;
        expected++;
    }
    sqlite3_finalize(statement);
    if (step < 0)
        return false;
    return (step == 0 && !*expected) || fail_format(database, error);
}

bool bcn_store_version(const struct bcn_store_database *database, guint *ret_version,
                       GError **error)
{
    gint64 application, version;

    if (!bcn_store_number(database, "PRAGMA application_id", 0, 0, 0, &application, error) ||
        !bcn_store_number(database, "PRAGMA user_version", 0, 0, 0, &version, error))
        return false;
    if (application != APPLICATION_ID && (application != 0 || version != 0))
        return fail_format(database, error);
    if (version < 0 || version > BEACON_STORE_VERSION)
        return bcn_store_fail(database->path, BEACON_STORE_ERROR_FORMAT,
                              _("of a newer version than this program knows"), error);
    *ret_version = (guint)version;
    return check_tables(database, *ret_version, error);
}

static bool put_seal(const struct bcn_store_database *database, const struct bcn_store_seal *seal,
                     const guint8 check[BCN_STORE_CHECK_SIZE], GError **error)
{
    sqlite3_stmt *statement =
        bcn_store_prepare(database, "INSERT INTO store VALUES (1, ?, ?, ?, ?, 0)", error);
    bool is_put;

    if (!statement)
        return false;
    sqlite3_bind_blob(statement, 1, seal->store_id, BCN_STORE_ID_SIZE, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, check, BCN_STORE_CHECK_SIZE, SQLITE_STATIC);
    sqlite3_bind_int(statement, 3, seal->passes);
    sqlite3_bind_int(statement, 4, seal->memory_log2);
    is_put = bcn_store_step(database, statement, error) == 0;
    sqlite3_finalize(statement);
    return is_put;
}

bool bcn_store_schema_create(const struct bcn_store_database *database,
                             const struct bcn_store_seal *seal,
                             const guint8 check[BCN_STORE_CHECK_SIZE], GError **error)
{
    char *pragmas = g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                    APPLICATION_ID, BEACON_STORE_VERSION);
    bool is_created =
        bcn_store_run(database, pragmas, error) &&
        bcn_store_run(database, STORE_TABLE ";" CHUNK_TABLE ";" DAY_TABLE ";" ASIDE_TABLE, error) &&
        put_seal(database, seal, check, error);

    g_free(pragmas);
    return is_created;
}

static bool get_blob(sqlite3_stmt *statement, int column, guint8 *bytes, int size)
{
    if (sqlite3_column_type(statement, column) != SQLITE_BLOB ||
        sqlite3_column_bytes(statement, column) != size)
        return false;
    memcpy(bytes, sqlite3_column_blob(statement, column), (size_t)size);
    return true;
}

static bool get_byte(sqlite3_stmt *statement, int column, guint8 *ret_byte)
{
    const gint64 number = sqlite3_column_int64(statement, column);

    *ret_byte = (guint8)number;
    return number >= 0 && number <= G_MAXUINT8;
}

bool bcn_store_schema_seal(const struct bcn_store_database *database, struct bcn_store_seal *seal,
                           guint8 ret_check[BCN_STORE_CHECK_SIZE], GError **error)
{
    sqlite3_stmt *statement = bcn_store_prepare(
        database, "SELECT identifier, key_check, passes, memory_log2 FROM store WHERE id = 1",
        error);
    bool is_whole = false;
    int step;

    if (!statement)
        return false;
    step = bcn_store_step(database, statement, error);
    if (step == 1)
        is_whole = get_blob(statement, 0, seal->store_id, BCN_STORE_ID_SIZE) &&
                   get_blob(statement, 1, ret_check, BCN_STORE_CHECK_SIZE) &&
                   get_byte(statement, 2, &seal->passes) &&
                   get_byte(statement, 3, &seal->memory_log2);
    sqlite3_finalize(statement);
    if (!is_whole && step >= 0)
        bcn_store_fail(database->path, BEACON_STORE_ERROR_DAMAGED,
                       _("damaged: it does not say how it is sealed"), error);
    return is_whole;
}

/* Runs a statement with up to three numbers. */
static bool run_with(const struct bcn_store_database *database, const char *sql, gint64 first,
                     gint64 second, gint64 third, GError **error)
{
    sqlite3_stmt *statement = bcn_store_prepare(database, sql, error);
    bool is_run;

    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, first);
    sqlite3_bind_int64(statement, 2, second);
    sqlite3_bind_int64(statement, 3, third);
    is_run = bcn_store_step(database, statement, error) == 0;
    sqlite3_finalize(statement);
    return is_run;
}

/* What a day has, so that what is missing is missed. */
static bool count_day(const struct bcn_store_database *database, guint64 id, gint chunks, gint rows,
                      GError **error)
{
    return run_with(database,
                    "INSERT INTO day VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                    "chunks = chunks + excluded.chunks, rows = rows + excluded.rows",
                    bcn_store_day_id(id), chunks, rows, error);
}

#define REPLACED "ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed"

static bool put_sealed(const struct bcn_store_database *database, guint64 id, const guint8 *sealed,
                       gsize size, GError **error)
{
    const guint64 place = bcn_store_place_of(id);
    sqlite3_stmt *statement =
        bcn_store_prepare(database,
                          place & BCN_STORE_ASIDE ? "INSERT INTO aside VALUES (?, ?) " REPLACED
                                                  : "INSERT INTO chunk VALUES (?, ?) " REPLACED,
                          error);
    bool is_put;

    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, (gint64)place);
    sqlite3_bind_blob(statement, 2, sealed, (int)size, SQLITE_STATIC);
    is_put = bcn_store_step(database, statement, error) == 0;
    sqlite3_finalize(statement);
    return is_put;
}

bool bcn_store_chunk_write(const struct bcn_store_database *database,
                           const struct bcn_store_seal *seal, const struct bcn_store_head *head,
                           const guint8 *records, GError **error)
{
    guint8 sealed[BCN_STORE_CHUNK_MAX];

    bcn_store_chunk_seal(seal, head, records, sealed);
    return put_sealed(database, head->id, sealed, bcn_store_chunk_size(head->kind, head->count),
                      error);
}

bool bcn_store_chunk_put(const struct bcn_store_database *database,
                         const struct bcn_store_seal *seal, const struct bcn_store_head *head,
                         const guint8 *records, guint rows_before, GError **error)
{
    return bcn_store_chunk_write(database, seal, head, records, error) &&
           count_day(database, head->id, rows_before == 0 ? 1 : 0,
                     (gint)head->count - (gint)rows_before, error);
}

bool bcn_store_chunk_delete(const struct bcn_store_database *database, guint64 id, guint rows,
                            GError **error)
{
    const guint64 place = bcn_store_place_of(id);

    return run_with(database,
                    place & BCN_STORE_ASIDE ? "DELETE FROM aside WHERE id = ?"
                                            : "DELETE FROM chunk WHERE id = ?",
                    (gint64)place, 0, 0, error) &&
           count_day(database, id, -1, -(gint)rows, error) &&
           run_with(database, "DELETE FROM day WHERE id = ? AND chunks = 0", bcn_store_day_id(id),
                    0, 0, error);
}

bool bcn_store_days_delete(const struct bcn_store_database *database, guint kind, gint64 before,
                           guint64 *ret_rows, GError **error)
{
    const gint64 first = (gint64)bcn_store_number_of(kind, 0, 0),
                 end = (gint64)bcn_store_number_of(kind, before, 0);
    gint64 rows;

    if (!bcn_store_number(database, "SELECT sum(rows) FROM day WHERE id >= ? AND id < ?",
                          first >> 32, end >> 32, 0, &rows, error))
        return false;
    *ret_rows = (guint64)rows;
    return run_with(database, "DELETE FROM chunk WHERE id >= ? AND id < ?", first, end, 0, error) &&
           run_with(database, "DELETE FROM aside WHERE id >= ? AND id < ?",
                    (gint64)((guint64)first | BCN_STORE_ASIDE),
                    (gint64)((guint64)end | BCN_STORE_ASIDE), 0, error) &&
           run_with(database, "DELETE FROM day WHERE id >= ? AND id < ?", first >> 32, end >> 32, 0,
                    error);
}
