/* SPDX-License-Identifier: MIT */
/* SQLite in memory, asked with a proper index, and as the original app asks it. */
#include "peer.h"

#include "options.h"

#ifdef BENCH_SQLITE
#include <glib.h>
#include <sqlite3.h>

struct database {
    sqlite3 *connection;
    sqlite3_stmt *select;
};

static void must(const struct database *database, int result)
{
    if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW)
        fail("SQLite: %s", sqlite3_errmsg(database->connection));
}

static void execute(const struct database *database, const char *sql)
{
    must(database, sqlite3_exec(database->connection, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *statement(const struct database *database, const char *sql)
{
    sqlite3_stmt *made = NULL;

    must(database, sqlite3_prepare_v2(database->connection, sql, -1, &made, NULL));
    return made;
}

/* Fills a table that takes an identifier, a time and a row's number. */
static void fill(const struct database *database, const char *insert,
                 const struct workload *workload)
{
    sqlite3_stmt *row = statement(database, insert);

    execute(database, "BEGIN");
    for (size_t i = 0; i < workload->log_count; i++) {
        const struct beacon_sighting *sighting = &workload->log[i];

        sqlite3_bind_blob(row, 1, &sighting->identifier, BEACON_IDENTIFIER_SIZE, SQLITE_STATIC);
        sqlite3_bind_int64(row, 2, sighting->time_ms);
        sqlite3_bind_int64(row, 3, (sqlite3_int64)i);
        must(database, sqlite3_step(row));
        sqlite3_reset(row);
    }
    execute(database, "COMMIT");
    sqlite3_finalize(row);
}

static struct database *database_open(const char *schema, const char *insert, const char *select,
                                      const struct workload *workload)
{
    struct database *database = g_new0(struct database, 1);

    must(database,
         sqlite3_open_v2(":memory:", &database->connection,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    execute(database, schema);
    fill(database, insert, workload);
    database->select = statement(database, select);
    return database;
}

static void database_close(void *index)
{
    struct database *database = index;

    sqlite3_finalize(database->select);
    sqlite3_close(database->connection);
    g_free(database);
}

/* The rows of a slot; the statement's first parameter is bound already. */
static void look_up(const struct database *database, const struct walk *walk, size_t key_index,
                    struct findings *findings)
{
    sqlite3_bind_int64(database->select, 2, walk->start_ms);
    sqlite3_bind_int64(database->select, 3, walk->start_ms + WORKLOAD_SLOT_MS);
    while (sqlite3_step(database->select) == SQLITE_ROW)
        findings_add(findings, key_index, sqlite3_column_int64(database->select, 0),
                     &walk->identifier);
    sqlite3_reset(database->select);
}

static void *indexed_open(const struct workload *workload)
{
    return database_open("CREATE TABLE sighting (identifier BLOB, time INTEGER, number INTEGER,"
                         " PRIMARY KEY (identifier, time, number)) WITHOUT ROWID",
                         "INSERT INTO sighting VALUES (?, ?, ?)",
                         "SELECT time FROM sighting WHERE identifier = ? AND time BETWEEN ? AND ?",
                         workload);
}

static void indexed_run(void *index, hash_fn *hash, const struct workload *workload,
                        struct sample sample, struct findings *findings)
{
    struct database *database = index;

    for (size_t i = 0; i < sample.keys; i++) {
        struct walk walk = walk_begin(hash, &workload->keys[i]);

        while (walk.slot < sample.slots) {
            walk_next(&walk);
            sqlite3_bind_blob(database->select, 1, &walk.identifier, BEACON_IDENTIFIER_SIZE,
                              SQLITE_STATIC);
            look_up(database, &walk, i, findings);
        }
    }
}

/* The app's table (protocol 5), without an index; it compares hexadecimal text (protocol 6.3). */
static void *app_open(const struct workload *workload)
{
    return database_open(
        "CREATE TABLE trace_info (_id INTEGER PRIMARY KEY AUTOINCREMENT, blid BLOB,"
        " blid_contact BLOB, macid TEXT, rssi INTEGER, tx_power INTEGER, state INTEGER,"
        " timestamp INTEGER)",
        "INSERT INTO trace_info (blid, blid_contact, rssi, tx_power, timestamp)"
        " VALUES (x'000102030405060708090A0B', ?, -71, 0, ? + 0 * ?)",
        "SELECT timestamp FROM trace_info WHERE hex(blid_contact) = ?"
        " AND timestamp >= ? AND timestamp <= ?",
        workload);
}

static void app_run(void *index, hash_fn *hash, const struct workload *workload,
                    struct sample sample, struct findings *findings)
{
    struct database *database = index;

    for (size_t i = 0; i < sample.keys; i++) {
        struct walk walk = walk_begin(hash, &workload->keys[i]);

        while (walk.slot < sample.slots) {
            char text[2 * BEACON_IDENTIFIER_SIZE + 1];

            walk_next(&walk);
            beacon_identifier_to_hex(&walk.identifier, text);
            sqlite3_bind_text(database->select, 1, text, -1, SQLITE_STATIC);
            look_up(database, &walk, i, findings);
        }
    }
}

#define OPEN(open) open
#else
#define OPEN(open)     NULL
#define indexed_run    NULL
#define app_run        NULL
#define database_close NULL
#endif

const struct peer peer_sqlite_indexed = {
    .name = "SQLite indexed",
    .about =
        "in memory, WITHOUT ROWID by identifier and time, prepared statement, crypto_hash_sha256",
    .log_max = 1000000,
    .keys = 50,
    .open = OPEN(indexed_open),
    .run = indexed_run,
    .close = database_close};

const struct peer peer_sqlite_app = {
    .name = "SQLite as the app",
    .about = "in memory, no index, hex() of every row for each slot; going on after a hit",
    .log_max = 1000000,
    .keys = 1,
    .rows_max = 1000000,
    .open = OPEN(app_open),
    .run = app_run,
    .close = database_close};
