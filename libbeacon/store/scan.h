/* SPDX-License-Identifier: MIT */
/* Walks over the chunks of a database, opens them, and misses those that are missing. */
#ifndef BCN_STORE_SCAN_H
#define BCN_STORE_SCAN_H

#include "store/chunk.h"
#include "store/database.h"

struct bcn_store_scan {
    const struct bcn_store_database *database;
    const struct bcn_store_seal *seal;
    sqlite3_stmt *statement;
    bool has_begun; /* a transaction of its own */
    guint kind;
    gint64 day;
    gint64 chunks, rows; /* that the day is said to have; negative: not asked */
    gint64 met_chunks, met_rows;
    bool is_aside; /* at the chunks that were set aside, which come last */
    bool is_at_end;
    /* The chunk at hand: */
    guint64 id; /* as the database has it, also of a broken one */
    struct bcn_store_head head;
    guint8 *records; /* guarded */
};

enum bcn_store_found {
    BCN_STORE_FAILED = -1,
    BCN_STORE_END = 0,
    BCN_STORE_CHUNK = 1,
    BCN_STORE_BROKEN = 2,  /* there is a chunk, and it is not as it was written */
    BCN_STORE_MISSING = 3, /* the end, and there should have been more, or less */
};

/* All chunks of a kind and day in the order of writing, in one transaction that lasts until _end.
 * Ended also after a failure. */
bool bcn_store_scan_day(struct bcn_store_scan *scan, const struct bcn_store_database *database,
                        const struct bcn_store_seal *seal, guint kind, gint64 day, GError **error);

enum bcn_store_found bcn_store_scan_next(struct bcn_store_scan *scan, GError **error);

/* The chunk at that place, read once and for all: it may be written to while it is at hand. */
enum bcn_store_found bcn_store_scan_one(struct bcn_store_scan *scan,
                                        const struct bcn_store_database *database,
                                        const struct bcn_store_seal *seal, guint64 id,
                                        GError **error);

void bcn_store_scan_end(struct bcn_store_scan *scan);

/* Says what is broken or missing. Returns false. */
bool bcn_store_scan_fail(const struct bcn_store_scan *scan, enum bcn_store_found found,
                         GError **error);

/* The places of a kind's and day's chunks, guint64; NULL on an error. */
GArray *bcn_store_list(const struct bcn_store_database *database, guint kind, gint64 day,
                       GError **error);

/* The first day from `day` on that has such chunks, or should have; G_MAXINT64 if there is none. */
bool bcn_store_next_day(const struct bcn_store_database *database, guint kind, gint64 day,
                        gint64 *ret_day, GError **error);

#endif
