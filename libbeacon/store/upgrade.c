/* SPDX-License-Identifier: MIT */
/* From version 1, a plain table of sightings, to sealed chunks. */
#include "store/fail.h"
#include "store/store.h"
#include "store/text.h"

#include <sodium.h>
#include <string.h>

#define ROWS_AT_ONCE 4096

enum column { TIME, OWN, CONTACT, RSSI, TX_POWER, PLATFORM };

static bool get_identifier(sqlite3_stmt *statement, int column,
                           struct beacon_identifier *ret_identifier)
{
    if (sqlite3_column_type(statement, column) != SQLITE_BLOB ||
        sqlite3_column_bytes(statement, column) != BEACON_IDENTIFIER_SIZE)
        return false;
    memcpy(ret_identifier->bytes, sqlite3_column_blob(statement, column), BEACON_IDENTIFIER_SIZE);
    return true;
}

static bool get_whole(sqlite3_stmt *statement, int column, gint64 min, gint64 max,
                      gint64 *ret_number)
{
    *ret_number = sqlite3_column_int64(statement, column);
    return sqlite3_column_type(statement, column) == SQLITE_INTEGER && *ret_number >= min &&
           *ret_number <= max;
}

static bool get_row(sqlite3_stmt *statement, struct bcn_store_item *ret_item)
{
    struct beacon_store_row row = {0};
    gint64 rssi, tx_power, platform;

    if (!get_whole(statement, TIME, G_MININT64, G_MAXINT64, &row.sighting.time_ms) ||
        !get_identifier(statement, OWN, &row.own) ||
        !get_identifier(statement, CONTACT, &row.sighting.identifier) ||
        !get_whole(statement, RSSI, G_MININT8, G_MAXINT8, &rssi) ||
        !get_whole(statement, TX_POWER, G_MININT8, G_MAXINT8, &tx_power) ||
        !get_whole(statement, PLATFORM, BEACON_PLATFORM_UNKNOWN, BEACON_PLATFORM_IPHONE, &platform))
        return false;
    row.sighting.rssi_dbm = (gint8)rssi;
    row.sighting.tx_power_dbm = (gint8)tx_power;
    row.sighting.platform = (guint8)platform;
    return bcn_store_item_of_row(&row, ret_item);
}

static bool fail_row(const struct bcn_store_database *database, gint64 rowid, GError **error)
{
    char *words = g_strdup_printf(
        _("row %lld of version 1 is no sighting; the store was left as it is"), (long long)rowid);

    bcn_store_fail(database->path, BEACON_STORE_ERROR_DAMAGED, words, error);
    g_free(words);
    return false;
}

/* Reads up to a block of rows; the statement goes on where it stood. */
static bool read_block(const struct bcn_store_database *database, sqlite3_stmt *statement,
                       struct bcn_store_item items[ROWS_AT_ONCE], gsize *ret_count, GError **error)
{
    gsize count = 0;
    int step = 1;

    while (count < ROWS_AT_ONCE && (step = bcn_store_step(database, statement, error)) == 1)
        if (!get_row(statement, &items[count++]))
            return fail_row(database, sqlite3_column_int64(statement, PLATFORM + 1), error);
    *ret_count = count;
    return step >= 0;
}

static bool move_rows(struct bcn_store_filer *filer, sqlite3_stmt *statement, GError **error)
{
    struct bcn_store_item *items = bcn_store_guarded(ROWS_AT_ONCE * sizeof(struct bcn_store_item));
    GPtrArray *pointers = g_ptr_array_new();
    gsize count = ROWS_AT_ONCE;
    bool is_good = true;

    while (is_good && count == ROWS_AT_ONCE) {
        is_good = read_block(filer->database, statement, items, &count, error);
        g_ptr_array_set_size(pointers, 0);
        for (gsize i = 0; is_good && i < count; i++)
            g_ptr_array_add(pointers, &items[i]);
        is_good = is_good && bcn_store_filer_put(filer, pointers, error);
    }
    g_ptr_array_unref(pointers);
    sodium_free(items);
    return is_good;
}

static bool seal_rows(const struct bcn_store_database *database, const struct bcn_store_seal *seal,
                      GError **error)
{
    struct bcn_store_filer filer;
    sqlite3_stmt *statement =
        bcn_store_prepare(database,
                          "SELECT time_ms, own, contact, rssi_dbm, tx_power_dbm, platform, rowid "
                          "FROM sighting ORDER BY rowid",
                          error);
    bool is_good;

    bcn_store_filer_make(&filer, database, seal);
    is_good = statement && move_rows(&filer, statement, error);
    sqlite3_finalize(statement);
    bcn_store_filer_clear(&filer);
    return is_good;
}

bool bcn_store_upgrade(const struct bcn_store_database *database, const struct bcn_store_seal *seal,
                       const guint8 check[BCN_STORE_CHECK_SIZE], GError **error)
{
    bool is_good;

    if (!bcn_store_begin(database, error))
        return false;
    is_good = bcn_store_schema_create(database, seal, check, error) &&
              seal_rows(database, seal, error) &&
              bcn_store_run(database, "DROP TABLE sighting", error) &&
              bcn_store_mark_due(database, error);
    return bcn_store_end(database, is_good, error) && bcn_store_scrub(database, error);
}
