/* SPDX-License-Identifier: MIT */
/* Walks over the chunks of a database and opens them. */
#ifndef BCN_STORE_SCAN_H
#define BCN_STORE_SCAN_H

#include "store/chunk.h"
#include "store/database.h"

struct bcn_store_scan {
    const struct bcn_store_database *database;
    const struct bcn_store_seal *seal;
    sqlite3_stmt *statement;
    /* The chunk at hand: */
    struct bcn_store_head head;
    guint8 *records; /* guarded */
    guint64 id;      /* as the database has it, also of a damaged one */
};

enum bcn_store_found {
    BCN_STORE_FAILED = -1,
    BCN_STORE_END = 0,
    BCN_STORE_CHUNK = 1,
    BCN_STORE_BROKEN = 2, /* there is a chunk, and it is not as it was written */
};

/* Chunks of a kind and of days from … to, by day and number. Ended also after a failure. */
bool bcn_store_scan_days(struct bcn_store_scan *scan, const struct bcn_store_database *database,
                         const struct bcn_store_seal *seal, guint kind, gint64 from, gint64 to,
                         GError **error);

/* Up to `most` chunks of any kind with numbers from `from` on. */
bool bcn_store_scan_numbers(struct bcn_store_scan *scan, const struct bcn_store_database *database,
                            const struct bcn_store_seal *seal, guint64 from, guint most,
                            GError **error);

enum bcn_store_found bcn_store_scan_next(struct bcn_store_scan *scan, GError **error);
void bcn_store_scan_end(struct bcn_store_scan *scan);

/* Says that a chunk is damaged. Returns false. */
bool bcn_store_fail_damaged(const struct bcn_store_database *database, guint64 id, GError **error);

#endif
