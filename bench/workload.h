/* SPDX-License-Identifier: MIT */
/* Logs and key lists to match: made from a seed, with hits planted whose matches are known. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <beacon/match.h>

#include "findings.h"

#define WORKLOAD_DAYS     14
#define WORKLOAD_SLOTS    (WORKLOAD_DAYS * BEACON_SLOTS_PER_DAY) /* identifiers a key */
#define WORKLOAD_SLOT_MS  (BEACON_DAY_MS / BEACON_SLOTS_PER_DAY)
#define WORKLOAD_START_MS INT64_C(1596844800000) /* 2020-08-08T00:00:00Z */

/* When the log's phone was among people. */
enum workload_shape {
    WORKLOAD_SPREAD,    /* always, evenly */
    WORKLOAD_CLUSTERED, /* two or three stays a day */
    WORKLOAD_WAKING,    /* 7 to 22 o'clock */
    WORKLOAD_SPARSE,    /* on 4 of the 14 days, 7 to 22 o'clock */
    WORKLOAD_UNALIGNED, /* always, evenly; and each key begins at a time of day of its own */
};

/* A sighting of a key's identifier, put near or on one of its window's edges. */
struct plant {
    struct beacon_sighting sighting;
    uint32_t key_index;
    uint32_t slot;  /* 0 … WORKLOAD_SLOTS - 1 */
    bool near_miss; /* one bit of the identifier is wrong: must not be found */
};

struct workload {
    struct beacon_sighting *log; /* in order of time */
    size_t log_count;
    struct beacon_published_key *keys; /* all of 14 days, from WORKLOAD_START_MS or that day on */
    size_t keys_count;
    struct plant *plants;
    size_t plants_count;
};

/* The same numbers give the same workload everywhere. */
struct workload *workload_new(enum workload_shape shape, size_t log_count, size_t keys_count);

/* Takes NULL. */
void workload_free(struct workload *workload);

/* Some of the keys, from the first on, and some of their slots: what a slow subject is given. */
struct sample {
    size_t keys;
    uint32_t slots; /* of each */
};

/* What is to be found with the keys of the sample. */
struct findings workload_planted(const struct workload *workload, struct sample sample,
                                 int64_t tolerance_ms);

/* When a slot of a key begins, 0 being its first; and the slot that begins at a time. */
int64_t workload_slot_start(const struct workload *workload, size_t key_index, uint32_t slot);
uint32_t workload_slot(const struct workload *workload, size_t key_index, int64_t start_ms);

/* Puts the log in a random order. */
void workload_shuffle(struct beacon_sighting log[], size_t count);

#endif
