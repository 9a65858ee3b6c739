/* SPDX-License-Identifier: MIT */
/* What a handle holds. */
#ifndef BCN_STORE_STORE_H
#define BCN_STORE_STORE_H

#include "store/scan.h"
#include "store/writer.h"

struct beacon_store {
    char *path; /* absolute */
    guint retention_days;
    struct bcn_store_seal seal;
    struct bcn_store_database reader;
    GMutex reading;                  /* the reader is one thread's at a time */
    struct bcn_store_writer *writer; /* NULL: this handle only reads */
    int lock;                        /* descriptor, -1 for none */
    struct {
        bool has_lock, has_database;
        char *key;
    } made; /* by this handle: what was not there before */
};

/* Fails with READ_ONLY unless the handle writes. */
bool bcn_store_check_writer(const beacon_store *store, GError **error);

/* The sightings of a day as an array of struct beacon_store_row, in the order in which they were
 * added. NULL on an error. bcn_store_rows_free. */
GArray *bcn_store_rows_of_day(beacon_store *store, gint64 day, GError **error);

/* Wipes and frees. Takes NULL. */
void bcn_store_rows_free(GArray *rows);

/* Marks in a transaction that bytes of what was deleted are left, until bcn_store_scrub. */
bool bcn_store_mark_due(const struct bcn_store_database *database, GError **error);

/* From version 1: seals its rows, in one transaction, and then leaves no byte of them. */
bool bcn_store_upgrade(const struct bcn_store_database *database, const struct bcn_store_seal *seal,
                       const guint8 check[BCN_STORE_CHECK_SIZE], GError **error);

#endif
