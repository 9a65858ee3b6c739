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

/* Writes a chunk, new or over an older one of its number. */
bool bcn_store_chunk_put(const struct bcn_store_database *database,
                         const struct bcn_store_seal *seal, const struct bcn_store_head *head,
                         const guint8 *records, GError **error);

bool bcn_store_chunk_delete(const struct bcn_store_database *database, guint64 id, GError **error);

#endif
