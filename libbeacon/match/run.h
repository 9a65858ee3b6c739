/* SPDX-License-Identifier: MIT */
/* One run over a batch: what the ways to match have in common. */
#ifndef BCN_MATCH_RUN_H
#define BCN_MATCH_RUN_H

#include "match/matcher.h"

struct bcn_run {
    const beacon_matcher *matcher;
    const struct beacon_match_listener *listener;
    struct beacon_match_counters *counters;
    const struct beacon_published_key *chunk; /* of the batch: what is sorted and matched at once */
    size_t chunk_from;                        /* its place in the batch */
    struct bcn_window window;                 /* where the log was looked at last */
    uint64_t covered;                         /* identifiers, so far and in all */
    uint64_t covered_total;
};

/* Tells of a match of the chunk's key `index`. BEACON_ECANCELED when the listener wants no more. */
int bcn_run_report(struct bcn_run *run, uint32_t index, const struct beacon_sighting *sighting,
                   int64_t slot_start_ms);

/* Tells how far the run is. BEACON_ECANCELED likewise. */
int bcn_run_tell_progress(struct bcn_run *run);

/* How many slots of the day that begins at `day_start_ms` a key asks for; its end does not lie
 * before that day. */
uint32_t bcn_slots_asked(const struct beacon_published_key *key, int64_t day_start_ms);

/*
 * How many of a day's first `slots` slots are worth deriving: if pruning, up to the last with
 * sightings in its window; else all. `day` is moved to the day's window, if that is looked for.
 */
uint32_t bcn_slots_worth(const beacon_matcher *matcher, struct bcn_window *day,
                         int64_t day_start_ms, int64_t length_ms, uint32_t slots);

#endif
