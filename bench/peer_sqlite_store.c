/* SPDX-License-Identifier: MIT */
/* A plain table of sightings, one a row, nothing sealed: what a store is compared with. */
#include "peer_sqlite_store.h"

#include "options.h"

#include <sqlite3.h>
#include <string.h>

struct plain_store {
    sqlite3 *connection;
};

static void must(const struct plain_store *store, int result)
{
    if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW)
        fail("SQLite: %s", sqlite3_errmsg(store->connection));
}

static void execute(const struct plain_store *store, const char *sql)
{
    must(store, sqlite3_exec(store->connection, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *statement(const struct plain_store *store, const char *sql)
{
    sqlite3_stmt *made = NULL;

    must(store, sqlite3_prepare_v2(store->connection, sql, -1, &made, NULL));
    return made;
}

struct plain_store *plain_store_open(const char *path)
{
    struct plain_store *store = g_new0(struct plain_store, 1);

    must(store, sqlite3_open(path, &store->connection));
    execute(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA secure_delete = ON;"
                   "CREATE TABLE IF NOT EXISTS sighting (id INTEGER PRIMARY KEY, time_ms INTEGER,"
                   " own BLOB, contact BLOB, rssi_dbm INTEGER, tx_power_dbm INTEGER,"
                   " platform INTEGER);"
                   "CREATE INDEX IF NOT EXISTS sighting_by_time ON sighting (time_ms)");
    return store;
}

void plain_store_add(struct plain_store *store, const struct beacon_store_row rows[], gsize count)
{
    sqlite3_stmt *insert = statement(store, "INSERT INTO sighting VALUES (NULL, ?, ?, ?, ?, ?, ?)");

    execute(store, "BEGIN");
    for (gsize i = 0; i < count; i++) {
        const struct beacon_sighting *sighting = &rows[i].sighting;

        sqlite3_bind_int64(insert, 1, sighting->time_ms);
        sqlite3_bind_blob(insert, 2, &rows[i].own, BEACON_IDENTIFIER_SIZE, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 3, &sighting->identifier, BEACON_IDENTIFIER_SIZE, SQLITE_STATIC);
        sqlite3_bind_int(insert, 4, sighting->rssi_dbm);
        sqlite3_bind_int(insert, 5, sighting->tx_power_dbm);
        sqlite3_bind_int(insert, 6, sighting->platform);
        must(store, sqlite3_step(insert));
        sqlite3_reset(insert);
    }
    execute(store, "COMMIT");
    sqlite3_finalize(insert);
}

guint64 plain_store_count(struct plain_store *store)
{
    sqlite3_stmt *count = statement(store, "SELECT count(*) FROM sighting");
    guint64 rows;

    must(store, sqlite3_step(count));
    rows = (guint64)sqlite3_column_int64(count, 0);
    sqlite3_finalize(count);
    return rows;
}

GArray *plain_store_load(struct plain_store *store, gint64 from_ms, gint64 to_ms)
{
    GArray *log = g_array_new(FALSE, FALSE, sizeof(struct beacon_sighting));
    sqlite3_stmt *select =
        statement(store, "SELECT time_ms, contact, rssi_dbm, tx_power_dbm, platform FROM sighting "
                         "WHERE time_ms >= ? AND time_ms < ? ORDER BY time_ms");

    sqlite3_bind_int64(select, 1, from_ms);
    sqlite3_bind_int64(select, 2, to_ms);
    while (sqlite3_step(select) == SQLITE_ROW) {
        struct beacon_sighting sighting = {.time_ms = sqlite3_column_int64(select, 0),
                                           .rssi_dbm = (gint8)sqlite3_column_int(select, 2),
                                           .tx_power_dbm = (gint8)sqlite3_column_int(select, 3),
                                           .platform = (guint8)sqlite3_column_int(select, 4)};

        memcpy(&sighting.identifier, sqlite3_column_blob(select, 1), BEACON_IDENTIFIER_SIZE);
        g_array_append_val(log, sighting);
    }
    sqlite3_finalize(select);
    return log;
}

void plain_store_purge(struct plain_store *store, gint64 before_ms)
{
    sqlite3_stmt *purge = statement(store, "DELETE FROM sighting WHERE time_ms < ?");

    sqlite3_bind_int64(purge, 1, before_ms);
    must(store, sqlite3_step(purge));
    sqlite3_finalize(purge);
    execute(store, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
}

void plain_store_close(struct plain_store *store)
{
    must(store, sqlite3_close(store->connection));
    g_free(store);
}
