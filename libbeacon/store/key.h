/* SPDX-License-Identifier: MIT */
/* Where a store's key comes from, and what is derived from it. */
#ifndef BCN_STORE_KEY_H
#define BCN_STORE_KEY_H

#include "store/chunk.h"

#define BCN_STORE_CHECK_SIZE 32

/* What Argon2id may cost when a file says so: passes, and the logarithm of bytes (8 MiB … 1 GiB).
 */
#define BCN_STORE_PASSES_MAX      16
#define BCN_STORE_MEMORY_LOG2_MIN 23
#define BCN_STORE_MEMORY_LOG2_MAX 30
/* What it costs in new stores: 3 passes over 64 MiB. */
#define BCN_STORE_PASSES      3
#define BCN_STORE_MEMORY_LOG2 26

struct bcn_store_key {
    BeaconStoreKey source;
    const char *text; /* a path, a name, a passphrase, or NULL; borrowed */
};

/* Makes the key file of a new store, where the source is one and it is missing; durable before the
 * store has a row. *ret_made is its name if it was made, for g_free, otherwise NULL. */
bool bcn_store_key_prepare(const char *path, const struct bcn_store_key *key, char **ret_made,
                           GError **error);

/* The salt and limits of a new store: all but the key. */
void bcn_store_seal_begin(const struct bcn_store_key *key, struct bcn_store_seal *seal);

/*
 * Gets the key for a seal whose other members are set (and may come from a hostile file: they are
 * bounded), and a value by which it is known again. The key is freed by bcn_store_seal_clear.
 */
bool bcn_store_seal_unlock(const char *path, const struct bcn_store_key *key,
                           struct bcn_store_seal *seal, guint8 ret_check[BCN_STORE_CHECK_SIZE],
                           GError **error);

void bcn_store_seal_clear(struct bcn_store_seal *seal);

/* Guarded memory, zeroed; a process without it ends, as with GLib. sodium_free. */
void *bcn_store_guarded(gsize size);

#endif
