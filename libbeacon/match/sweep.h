/* SPDX-License-Identifier: MIT */
/* Matching keys whatever their phases: the log is swept past a table of their identifiers. */
#ifndef BCN_MATCH_SWEEP_H
#define BCN_MATCH_SWEEP_H

#include "match/run.h"

/* Keys that one sweep takes at most. */
#define BCN_SWEEP_KEYS 8192

/* What the table holds at most: the identifiers of so many days of keys, and so many of them. */
#define BCN_SWEEP_DAYS        8192
#define BCN_SWEEP_IDENTIFIERS 131072

/* How much memory sweeps need, by the most they can be given. */
struct bcn_sweep_room {
    size_t keys;
    size_t days;      /* of keys */
    size_t groups;    /* of identifiers */
    size_t survivors; /* sightings */
};

/* For up to `keys` keys with `slots` slots in all, against a log of `sightings`. */
struct bcn_sweep_room bcn_sweep_room(size_t keys, uint64_t slots, size_t sightings);
size_t bcn_sweep_size(const struct bcn_sweep_room *room);

/*
 * Matches keys, given as indices in the order of their starts, at most room->keys, through all
 * their days. `memory` is of bcn_sweep_size bytes, aligned to 64; nothing need be in it.
 */
int bcn_sweep(struct bcn_run *run, const struct bcn_sweep_room *room, void *memory,
              const uint32_t indices[], size_t count);

#endif
