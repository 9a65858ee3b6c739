/* SPDX-License-Identifier: MIT */
/* SQLite as the store uses it: connections that distrust the file, statements, errors as GErrors.
 */
#ifndef BCN_STORE_DATABASE_H
#define BCN_STORE_DATABASE_H

#include <beacon/store.h>

#include <sqlite3.h>

struct bcn_store_database {
    sqlite3 *handle;
    const char *path; /* borrowed */
};

/* Opens a file that is there. The connection is closed by _close, also after a failure. */
bool bcn_store_database_open(struct bcn_store_database *database, const char *path, const char *vfs,
                             bool is_writer, GError **error);
void bcn_store_database_close(struct bcn_store_database *database);

/* What SQLite said last, as an error. Returns false. */
bool bcn_store_database_fail(const struct bcn_store_database *database, GError **error);

/* One or more statements that answer nothing. */
bool bcn_store_run(const struct bcn_store_database *database, const char *sql, GError **error);

/* NULL on an error. sqlite3_finalize. */
sqlite3_stmt *bcn_store_prepare(const struct bcn_store_database *database, const char *sql,
                                GError **error);

/* 1: a row; 0: the end; -1: an error. */
int bcn_store_step(const struct bcn_store_database *database, sqlite3_stmt *statement,
                   GError **error);

/* The one number that a statement answers, with up to two numbers bound; absent is NULL. */
bool bcn_store_number(const struct bcn_store_database *database, const char *sql, gint64 first,
                      gint64 second, gint64 absent, gint64 *ret_number, GError **error);

/* BEGIN IMMEDIATE; COMMIT, or ROLLBACK after a failure; what a failure left of an error is kept. */
bool bcn_store_begin(const struct bcn_store_database *database, GError **error);
bool bcn_store_end(const struct bcn_store_database *database, bool is_good, GError **error);

/* Brings the WAL into the database, and with is_truncating leaves none of its bytes. */
bool bcn_store_checkpoint(const struct bcn_store_database *database, bool is_truncating,
                          GError **error);

/* Rebuilds the database so that it holds nothing but its rows, empties the WAL, and forgets that a
 * purge was due. */
bool bcn_store_scrub(const struct bcn_store_database *database, GError **error);

#endif
