/* SPDX-License-Identifier: MIT */
/* What one would do without the engine: identifiers one by one, looked up in an index of the log.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "hasher.h"
#include "workload.h"

struct peer {
    const char *name;
    const char *about;
    bool openssl;      /* hashes with it, else with libsodium */
    size_t log_max;    /* larger logs would take too long or too much memory; 0: any */
    size_t keys;       /* that it is given, of all; a run should take a tenth of a second */
    uint64_t rows_max; /* it reads the whole log for each slot: slots a key * log; 0: all slots */

    /* Makes an index of the log, which stays as it is; NULL where it was not built. */
    void *(*open)(const struct workload *workload);
    void (*run)(void *index, hash_fn *hash, const struct workload *workload, struct sample sample,
                struct findings *findings);
    void (*close)(void *index);
};

/* NULL behind the last. */
const struct peer *peer_at(size_t number);

/* Its hash, or NULL where it was not built. */
hash_fn *peer_hash(const struct peer *peer);

struct sample peer_sample(const struct peer *peer, const struct workload *workload);

extern const struct peer peer_table_libsodium;
extern const struct peer peer_table_openssl;
extern const struct peer peer_sorted;
extern const struct peer peer_sqlite_indexed;
extern const struct peer peer_sqlite_app;

/* A walk along a key's identifiers, hash by hash as the protocol tells it (1.3, 1.4). */
struct walk {
    hash_fn *hash;
    uint8_t daily_key[BEACON_KEY_SIZE + 13]; /* with the salt behind it */
    uint8_t sub_key[BEACON_KEY_SIZE];
    uint32_t slot; /* the next */
    int64_t start_ms;
    struct beacon_identifier identifier;
};

struct walk walk_begin(hash_fn *hash, const struct beacon_published_key *key);

/* Takes the walk to its next slot. */
void walk_next(struct walk *walk);

#endif
