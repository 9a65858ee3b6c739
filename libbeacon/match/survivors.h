/* SPDX-License-Identifier: MIT */
/* The few identifiers that a filter let pass, compared whole with the stretch of the log they may
 * be in. */
#ifndef BCN_MATCH_SURVIVORS_H
#define BCN_MATCH_SURVIVORS_H

#include <beacon/encounter.h>

#include "match/kernel.h"

/* A small hash table of identifiers by fingerprint; sized once for the most there can be. */
struct bcn_survivors {
    struct bcn_survivor *entries;
    uint32_t *heads; /* by fingerprint: index of an entry + 1, or 0 */
    size_t count;
    unsigned int heads_log2;
    uint64_t seen[64]; /* bitmap by fingerprint, which most sightings fail at once */
};

struct bcn_survivor {
    struct beacon_identifier identifier;
    uint32_t fingerprint;
    uint32_t lane;
    uint32_t next; /* in its chain, as heads */
};

/* Bytes that a table for `capacity` survivors needs, and the table laid out in such memory. */
size_t bcn_survivors_size(size_t capacity);
void bcn_survivors_place(struct bcn_survivors *survivors, void *memory, size_t capacity);

void bcn_survivors_clear(struct bcn_survivors *survivors);

/* Adds the identifier of one lane of `chains`. */
void bcn_survivors_add(struct bcn_survivors *survivors, const struct bcn_group chains[],
                       uint32_t lane);

/* The survivors with a sighting's identifier, one after the other: start with 0; 0 when there are
 * no more. */
uint32_t bcn_survivors_find(const struct bcn_survivors *survivors,
                            const struct beacon_sighting *sighting, uint32_t after);

#endif
