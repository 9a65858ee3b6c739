/* SPDX-License-Identifier: MIT */
/* SQLite as the store uses it: connections that distrust the file, statements, errors as GErrors.
 */
#include "store/database.h"

#include "store/fail.h"
#include "store/files.h"
#include "store/text.h"

#include <errno.h>
#include <sys/stat.h>

#define BUSY_MS  10000
#define BLOB_MAX 1000000

static BeaconStoreError code_of(int result, int error_number)
{
    switch (result & 0xFF) {
    case SQLITE_FULL:
        return BEACON_STORE_ERROR_NO_SPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
        return BEACON_STORE_ERROR_DAMAGED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return BEACON_STORE_ERROR_BUSY;
    case SQLITE_READONLY:
        return BEACON_STORE_ERROR_READ_ONLY;
    case SQLITE_IOERR:
        if (result == SQLITE_IOERR_SHORT_READ || result == SQLITE_IOERR_CORRUPTFS)
            return BEACON_STORE_ERROR_DAMAGED;
        return error_number == ENOSPC || error_number == EDQUOT ? BEACON_STORE_ERROR_NO_SPACE
                                                                : BEACON_STORE_ERROR_IO;
    default:
        return BEACON_STORE_ERROR_IO;
    }
}

static const char *words_of(BeaconStoreError code, int result, int error_number)
{
    switch (code) {
    case BEACON_STORE_ERROR_NO_SPACE:
        return _("the disk is full");
    case BEACON_STORE_ERROR_DAMAGED:
        return _("damaged, or not a store; salvage recovers what is whole");
    case BEACON_STORE_ERROR_BUSY:
        return _("in use by another program for too long");
    case BEACON_STORE_ERROR_READ_ONLY:
        return _("may only be read here");
    default:
        return error_number != 0 ? g_strerror(error_number) : sqlite3_errstr(result);
    }
}

bool bcn_store_database_fail(const struct bcn_store_database *database, GError **error)
{
    const int result = database->handle ? sqlite3_extended_errcode(database->handle) : SQLITE_NOMEM;
    const int primary = result & 0xFF;
    int error_number = 0;
    BeaconStoreError code;

    if (database->handle && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN))
        error_number = sqlite3_system_errno(database->handle);
    code = code_of(result, error_number);
    return bcn_store_fail(database->path, code, words_of(code, result, error_number), error);
}

bool bcn_store_run(const struct bcn_store_database *database, const char *sql, GError **error)
{
    return sqlite3_exec(database->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           bcn_store_database_fail(database, error);
}

sqlite3_stmt *bcn_store_prepare(const struct bcn_store_database *database, const char *sql,
                                GError **error)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK)
        bcn_store_database_fail(database, error);
    return statement;
}

int bcn_store_step(const struct bcn_store_database *database, sqlite3_stmt *statement,
                   GError **error)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        bcn_store_database_fail(database, error);
        return -1;
    }
}

bool bcn_store_number(const struct bcn_store_database *database, const char *sql, gint64 first,
                      gint64 second, gint64 absent, gint64 *ret_number, GError **error)
{
    sqlite3_stmt *statement = bcn_store_prepare(database, sql, error);
    int step;

    if (!statement)
        return false;
    if (sqlite3_bind_parameter_count(statement) >= 1)
        sqlite3_bind_int64(statement, 1, first);
    if (sqlite3_bind_parameter_count(statement) >= 2)
        sqlite3_bind_int64(statement, 2, second);
    step = bcn_store_step(database, statement, error);
    if (step == 1 && sqlite3_column_type(statement, 0) == SQLITE_INTEGER)
        *ret_number = sqlite3_column_int64(statement, 0);
    else
        *ret_number = absent;
    sqlite3_finalize(statement);
    return step >= 0;
}

bool bcn_store_begin(const struct bcn_store_database *database, GError **error)
{
    return bcn_store_run(database, "BEGIN IMMEDIATE", error);
}

bool bcn_store_end(const struct bcn_store_database *database, bool is_good, GError **error)
{
    if (is_good && bcn_store_run(database, "COMMIT", error))
        return true;
    if (!sqlite3_get_autocommit(database->handle))
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool bcn_store_checkpoint(const struct bcn_store_database *database, bool is_truncating,
                          GError **error)
{
    const int mode = is_truncating ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;

    return sqlite3_wal_checkpoint_v2(database->handle, NULL, mode, NULL, NULL) == SQLITE_OK ||
           bcn_store_database_fail(database, error);
}

bool bcn_store_scrub(const struct bcn_store_database *database, GError **error)
{
    return bcn_store_run(database, "VACUUM", error) &&
           bcn_store_checkpoint(database, true, error) &&
           bcn_store_run(database, "UPDATE store SET purge_is_due = 0", error);
}

/* The file may have been made by an enemy: nothing in it runs, and every page is looked at twice.
 */
static bool distrust(const struct bcn_store_database *database, GError **error)
{
    sqlite3 *handle = database->handle;

    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, BUSY_MS);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, BLOB_MAX);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM needs one */
    return bcn_store_run(database, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", error);
}

/* Syncing: FULL, so that a commit is durable; checkpoints when the writer says so. */
static bool set_up_writer(const struct bcn_store_database *database, GError **error)
{
    return bcn_store_run(database,
                         "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;"
                         "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
                         "PRAGMA secure_delete = ON",
                         error);
}

/* Some file systems, such as those of a network, know no WAL; SQLite then goes on without it. */
static bool check_wal(const struct bcn_store_database *database, GError **error)
{
    sqlite3_stmt *statement = bcn_store_prepare(database, "PRAGMA journal_mode", error);
    const char *mode = NULL;
    bool is_wal;
    int step;

    if (!statement)
        return false;
    step = bcn_store_step(database, statement, error);
    if (step == 1)
        mode = (const char *)sqlite3_column_text(statement, 0);
    is_wal = mode && g_ascii_strcasecmp(mode, "wal") == 0;
    sqlite3_finalize(statement);
    if (!is_wal && step >= 0)
        bcn_store_fail(database->path, BEACON_STORE_ERROR_IO,
                       _("this file system does not allow a write-ahead log"), error);
    return is_wal;
}

/* True for a store that nobody has open and nobody can write to, and that was closed properly. */
static bool is_still(const char *path)
{
    char *wal = bcn_store_beside(path, "-wal");
    struct stat status;
    bool has_wal = stat(wal, &status) == 0 && status.st_size > 0;

    g_free(wal);
    return !has_wal;
}

/* On a read-only file system SQLite cannot make its shared memory, and needs none. */
static bool open_still(struct bcn_store_database *database, const char *vfs, GError **error)
{
    char *uri = g_filename_to_uri(database->path, NULL, NULL);
    char *immutable = g_strconcat(uri, "?immutable=1", NULL);
    int result = sqlite3_open_v2(immutable, &database->handle,
                                 SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, vfs);

    g_free(uri);
    g_free(immutable);
    if (result != SQLITE_OK)
        return bcn_store_database_fail(database, error);
    return distrust(database, error);
}

static bool try_open(struct bcn_store_database *database, const char *vfs, bool is_writer,
                     GError **error)
{
    const int mode = is_writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    gint64 version;

    if (sqlite3_open_v2(database->path, &database->handle, mode | SQLITE_OPEN_NOMUTEX, vfs) !=
        SQLITE_OK)
        return bcn_store_database_fail(database, error);
    return distrust(database, error) &&
           (!is_writer || (set_up_writer(database, error) && check_wal(database, error))) &&
           bcn_store_number(database, "PRAGMA user_version", 0, 0, 0, &version, error);
}

bool bcn_store_database_open(struct bcn_store_database *database, const char *path, const char *vfs,
                             bool is_writer, GError **error)
{
    GError *first = NULL;
    int primary;

    database->path = path;
    database->handle = NULL;
    if (try_open(database, vfs, is_writer, &first))
        return true;
    primary = database->handle ? sqlite3_errcode(database->handle) & 0xFF : SQLITE_NOMEM;
    if (is_writer || (primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY) ||
        !is_still(path)) {
        g_propagate_error(error, first);
        return false;
    }
    g_clear_error(&first);
    bcn_store_database_close(database);
    return open_still(database, vfs, error);
}

void bcn_store_database_close(struct bcn_store_database *database)
{
    sqlite3_close_v2(database->handle);
    database->handle = NULL;
}
