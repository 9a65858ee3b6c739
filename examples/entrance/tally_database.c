/* SPDX-License-Identifier: MIT */
/* The database behind a tally's file: opened for one writer or many readers, made or checked, and
 * what SQLite says of it in words. */
#include "tally_database.h"

#include "say.h"
#include "tally_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct tally_database {
    sqlite3 *sqlite;
    char *name; /* for messages */
    int lock;   /* held by the one that writes; -1: none */
};

G_DEFINE_QUARK(tally - error - quark, tally_error)

gboolean tally_database_is_damaged(struct tally_database *database, GError **error)
{
    g_set_error(error, TALLY_ERROR, TALLY_ERROR_FORMAT,
                _("%s: the tally is damaged; move it away, with its -wal file, and a new one is "
                  "begun"),
                database->name);
    return FALSE;
}

static gboolean is_full(sqlite3 *sqlite, int code)
{
    int system = sqlite3_system_errno(sqlite);

    return code == SQLITE_FULL || (code == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT));
}

gboolean tally_database_failed(struct tally_database *database, GError **error)
{
    int code = sqlite3_errcode(database->sqlite) & 0xFF;

    if (code == SQLITE_CORRUPT)
        return tally_database_is_damaged(database, error);
    if (is_full(database->sqlite, code))
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_IO, _("%s: the disk is full"), database->name);
    else if (code == SQLITE_NOTADB)
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_FORMAT, _("%s: this is not a tally"),
                    database->name);
    else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_BUSY, _("%s: another program uses it"),
                    database->name);
    else if (code == SQLITE_CANTOPEN)
        g_set_error(
            error, TALLY_ERROR, TALLY_ERROR_IO,
            _("%s: it cannot be opened here; who runs beacon-entrance can, and anybody while "
              "it is running"),
            database->name);
    else if (code == SQLITE_READONLY)
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_IO, _("%s: it cannot be written"),
                    database->name);
    else
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_IO, "%s: %s", database->name,
                    sqlite3_errmsg(database->sqlite));
    return FALSE;
}

static gboolean run(struct tally_database *database, const char *sql, GError **error)
{
    return sqlite3_exec(database->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ||
           tally_database_failed(database, error);
}

/* The first column of the first row as text, which the caller frees; NULL with an error. */
static char *ask(struct tally_database *database, const char *sql, GError **error)
{
    sqlite3_stmt *statement = NULL;
    char *answer = NULL;

    if (sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);

        answer = g_strdup(text != NULL ? text : "");
    } else {
        tally_database_failed(database, error);
    }
    sqlite3_finalize(statement);
    return answer;
}

static gboolean ask_number(struct tally_database *database, const char *sql, gint64 *ret_number,
                           GError **error)
{
    g_autofree char *answer = ask(database, sql, error);

    if (answer == NULL)
        return FALSE;
    *ret_number = g_ascii_strtoll(answer, NULL, 10);
    return TRUE;
}

gboolean tally_database_empty_log(struct tally_database *database, GError **error)
{
    int code =
        sqlite3_wal_checkpoint_v2(database->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return code == SQLITE_OK || tally_database_failed(database, error);
}

/* ---- Making and checking ---- */

static gboolean make(struct tally_database *database, GError **error)
{
    g_autofree char *tables = tally_schema_sql();
    g_autofree char *sql =
        g_strdup_printf("BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d;"
                        " COMMIT",
                        tables, TALLY_APPLICATION_ID, TALLY_SCHEMA_VERSION);

    return run(database, sql, error);
}

#define SCHEMA_TEXT                                                                                \
    "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)"

/* The tables as SQLite remembers them when they are made anew; the caller frees it. */
static char *expected_schema(GError **error)
{
    struct tally_database blank = {.lock = -1};
    g_autofree char *tables = tally_schema_sql();
    char *schema = NULL;

    blank.name = g_strdup(":memory:");
    if (sqlite3_open(":memory:", &blank.sqlite) == SQLITE_OK && run(&blank, tables, error))
        schema = ask(&blank, SCHEMA_TEXT, error);
    sqlite3_close(blank.sqlite);
    g_free(blank.name);
    return schema;
}

/* Tables, triggers and conditions are ours to the letter: nothing else is run, or was let in. */
static gboolean check_schema(struct tally_database *database, GError **error)
{
    g_autofree char *expected = expected_schema(error);
    g_autofree char *found = expected != NULL ? ask(database, SCHEMA_TEXT, error) : NULL;

    if (found == NULL)
        return FALSE;
    if (g_strcmp0(expected, found) != 0)
        return tally_database_is_damaged(database, error);
    return TRUE;
}

static gboolean check_version(struct tally_database *database, GError **error)
{
    gint64 application, version;

    if (!ask_number(database, "PRAGMA application_id", &application, error) ||
        !ask_number(database, "PRAGMA user_version", &version, error))
        return FALSE;
    if (application != TALLY_APPLICATION_ID) {
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_FORMAT,
                    _("%s: this is another program's database, not a tally"), database->name);
        return FALSE;
    }
    if (version > TALLY_SCHEMA_VERSION) {
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_FORMAT,
                    _("%s: a later version of this program made the tally (its form is %d, and %d "
                      "is known here); use that version"),
                    database->name, (int)version, TALLY_SCHEMA_VERSION);
        return FALSE;
    }
    return version == TALLY_SCHEMA_VERSION || tally_database_is_damaged(database, error);
}

static gboolean check(struct tally_database *database, gboolean is_writer, GError **error)
{
    g_autofree char *sound = NULL;

    if (!check_version(database, error) || !check_schema(database, error))
        return FALSE;
    if (!is_writer)
        return TRUE;
    sound = ask(database, "PRAGMA quick_check(1)", error);
    if (sound == NULL)
        return FALSE;
    return g_strcmp0(sound, "ok") == 0 || tally_database_is_damaged(database, error);
}

/* Nothing was ever written to it, or not so much that it was made. */
static gboolean is_blank(struct tally_database *database, gboolean *ret_blank, GError **error)
{
    gint64 tables, application;

    if (!ask_number(database, "SELECT count(*) FROM sqlite_schema", &tables, error) ||
        !ask_number(database, "PRAGMA application_id", &application, error))
        return FALSE;
    *ret_blank = tables == 0 && application == 0;
    return TRUE;
}

/* ---- Opening ---- */

/*
 * A lock of its own beside the file: SQLite's would keep readers out, and the system drops locks on
 * a file when any of its descriptors is closed.
 */
static gboolean lock(struct tally_database *database, const char *path, GError **error)
{
    g_autofree char *name = g_strconcat(path, "-writer", NULL);

    database->lock = open(name, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (database->lock < 0) {
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_IO, "%s: %s", name, g_strerror(errno));
        return FALSE;
    }
    if (flock(database->lock, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    if (errno == EWOULDBLOCK)
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_BUSY,
                    _("%s: another program writes this tally; is beacon-entrance running already?"),
                    path);
    else
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_IO, "%s: %s", name, g_strerror(errno));
    return FALSE;
}

/* Said better than SQLite does: what is there is no file, or nothing is there to be read. */
static gboolean check_path(const char *path, gboolean is_writer, GError **error)
{
    struct stat status;

    if (stat(path, &status) < 0) {
        if (errno == ENOENT && is_writer)
            return TRUE;
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_IO, "%s: %s", path, g_strerror(errno));
        return FALSE;
    }
    if (S_ISREG(status.st_mode))
        return TRUE;
    g_set_error(error, TALLY_ERROR, TALLY_ERROR_FORMAT, _("%s: this is not a file"), path);
    return FALSE;
}

/* The file is not trusted: no function is called that a table asks for, no page believed. */
static gboolean configure(struct tally_database *database, GError **error)
{
    enum { BUSY_MS = 2000 };

    sqlite3_extended_result_codes(database->sqlite, 1);
    sqlite3_busy_timeout(database->sqlite, BUSY_MS);
    sqlite3_db_config(database->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(database->sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    return run(database, "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY", error);
}

/*
 * Log and index stay when the last program closes, else a clerk who may read but not write in that
 * folder could not open the tally. The log is kept short, for it is read whole after a power cut.
 */
static gboolean configure_writer(struct tally_database *database, gboolean is_file, GError **error)
{
    g_autofree char *mode = NULL;
    int persist = 1;

    if (!run(database, "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL", error))
        return FALSE;
    if (!is_file)
        return TRUE;
    mode = ask(database, "PRAGMA journal_mode = WAL", error);
    if (mode == NULL)
        return FALSE;
    if (g_strcmp0(mode, "wal") != 0) {
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_IO,
                    _("%s: the file system there does not allow a write-ahead log"),
                    database->name);
        return FALSE;
    }
    sqlite3_file_control(database->sqlite, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    return run(database, "PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 0", error);
}

static gboolean open_sqlite(struct tally_database *database, const char *path,
                            const struct tally_options *options, GError **error)
{
    gboolean is_writer = !options->read_only;
    int flags = is_writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

    if (path != NULL && !check_path(path, is_writer, error))
        return FALSE;
    if (path != NULL && is_writer && !lock(database, path, error))
        return FALSE;
    if (sqlite3_open_v2(path != NULL ? path : ":memory:", &database->sqlite, flags,
                        path != NULL ? options->vfs : NULL) != SQLITE_OK)
        return tally_database_failed(database, error);
    return configure(database, error);
}

/* A database of somebody else's is left as it is. */
static gboolean prepare(struct tally_database *database, gboolean is_file, GError **error)
{
    gboolean is_new;

    return is_blank(database, &is_new, error) && (is_new || check_version(database, error)) &&
           configure_writer(database, is_file, error) &&
           (is_new ? make(database, error) : check(database, TRUE, error));
}

struct tally_database *tally_database_open(const char *path, const struct tally_options *options,
                                           GError **error)
{
    struct tally_database *database = g_new0(struct tally_database, 1);

    database->lock = -1;
    database->name = g_strdup(path != NULL ? path : _("tally in memory"));
    if (open_sqlite(database, path, options, error) &&
        (options->read_only ? check(database, FALSE, error)
                            : prepare(database, path != NULL, error)))
        return database;
    return tally_database_free(database);
}

struct tally_database *tally_database_free(struct tally_database *database)
{
    if (database == NULL)
        return NULL;
    sqlite3_close(database->sqlite);
    if (database->lock >= 0)
        close(database->lock);
    g_free(database->name);
    g_free(database);
    return NULL;
}

sqlite3 *tally_database_sqlite(struct tally_database *database)
{
    return database->sqlite;
}
