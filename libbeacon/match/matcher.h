/* SPDX-License-Identifier: MIT */
/* The matcher's inside, for the files of this room. */
#ifndef BCN_MATCH_MATCHER_H
#define BCN_MATCH_MATCHER_H

#include <beacon/match.h>

#include "match/kernel.h"

struct beacon_matcher {
    const struct beacon_sighting *sightings; /* in order of time */
    size_t count;
    int64_t tolerance_ms;
    const struct bcn_kernel *kernel;
    bool prune;
};

/* A stretch of the log: sightings[first … end - 1]. */
struct bcn_window {
    size_t first;
    size_t end;
};

/*
 * The sightings of [from_ms, to_ms], both inclusive. `window` is where the last search ended; a
 * search forward in time from there takes few steps, any other is as right.
 */
void bcn_window_move(const beacon_matcher *matcher, struct bcn_window *window, int64_t from_ms,
                     int64_t to_ms);

#endif
