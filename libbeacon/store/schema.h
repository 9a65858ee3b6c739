/* SPDX-License-Identifier: MIT */
/* The tables of a store, and how one is told from what is not. */
#ifndef BCN_STORE_SCHEMA_H
#define BCN_STORE_SCHEMA_H

#include "store/database.h"
#include "store/key.h"

/* 0 for an empty file, else 1 … BEACON_STORE_VERSION; false for everything else. */
bool bcn_store_version(const struct bcn_store_database *database, guint *ret_version,
                       GError **error);

/* Within a transaction: makes the tables, and writes what the seal and its check are. */
bool bcn_store_schema_create(const struct bcn_store_database *database,
                             const struct bcn_store_seal *seal,
                             const guint8 check[BCN_STORE_CHECK_SIZE], GError **error);

/* Reads the seal, all but its key, and what it is checked by. */
bool bcn_store_schema_seal(const struct bcn_store_database *database, struct bcn_store_seal *seal,
                           guint8 ret_check[BCN_STORE_CHECK_SIZE], GError **error);

/* Writes a chunk, over the one of its number that had rows_before; 0: there was none. Its rows are
 * not counted yet. */
bool bcn_store_chunk_write(const struct bcn_store_database *database,
                           const struct bcn_store_seal *seal, const struct bcn_store_head *head,
                           const guint8 *records, GError **error);

/* The same, and counts its rows. */
bool bcn_store_chunk_put(const struct bcn_store_database *database,
                         const struct bcn_store_seal *seal, const struct bcn_store_head *head,
                         const guint8 *records, guint rows_before, GError **error);

/* Deletes the chunk of that number or place, which has so many rows. */
bool bcn_store_chunk_delete(const struct bcn_store_database *database, guint64 id, guint rows,
                            GError **error);

/* Deletes all chunks of a kind and of days before that one, unopened. */
bool bcn_store_days_delete(const struct bcn_store_database *database, guint kind, gint64 before,
                           guint64 *ret_rows, GError **error);

#endif
