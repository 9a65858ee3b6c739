/* SPDX-License-Identifier: MIT */
/* A plain table of sightings, one a row, nothing sealed: what a store is compared with. */
#ifndef BENCH_PEER_SQLITE_STORE_H
#define BENCH_PEER_SQLITE_STORE_H

#include <beacon/store.h>

struct plain_store;

/* The file is made if it is missing. As durable as the store: WAL, a sync a transaction. */
struct plain_store *plain_store_open(const char *path);
void plain_store_add(struct plain_store *store, const struct beacon_store_row rows[], gsize count);
guint64 plain_store_count(struct plain_store *store);

/* A GArray of struct beacon_sighting in order of time. */
GArray *plain_store_load(struct plain_store *store, gint64 from_ms, gint64 to_ms);

/* Deletes as certainly: overwritten, rebuilt, the WAL emptied. */
void plain_store_purge(struct plain_store *store, gint64 before_ms);
void plain_store_close(struct plain_store *store);

#endif
