/* SPDX-License-Identifier: MIT */
/* What somebody else does to a store's file with SQLite. */
#ifndef STORE_RUN_SQL_H
#define STORE_RUN_SQL_H

#include <check.h>
#include <sqlite3.h>

static inline void run_sql(const char *path, const char *sql)
{
    sqlite3 *database;

    ck_assert_int_eq(sqlite3_open(path, &database), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK, "%s",
                  sqlite3_errmsg(database));
    sqlite3_close(database);
}

#endif
