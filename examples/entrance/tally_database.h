/* SPDX-License-Identifier: MIT */
/* The database behind a tally's file: opened for one writer or many readers, made or checked, and
 * what SQLite says of it in words. */
#ifndef ENTRANCE_TALLY_DATABASE_H
#define ENTRANCE_TALLY_DATABASE_H

#include "tally.h"

#include <sqlite3.h>

struct tally_database;

struct tally_database *tally_database_open(const char *path, const struct tally_options *options,
                                           GError **error);
struct tally_database *tally_database_free(struct tally_database *database);
sqlite3 *tally_database_sqlite(struct tally_database *database); /* borrowed */

/* Both set the error and return FALSE: what SQLite said last, and that a value cannot be. */
gboolean tally_database_failed(struct tally_database *database, GError **error);
gboolean tally_database_is_damaged(struct tally_database *database, GError **error);

/* Moves all that the log holds into the file and cuts it to nothing. */
gboolean tally_database_empty_log(struct tally_database *database, GError **error);

#endif
