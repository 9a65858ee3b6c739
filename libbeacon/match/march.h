/* SPDX-License-Identifier: MIT */
/* Matching keys whose slots begin together: they march through the log side by side. */
#ifndef BCN_MATCH_MARCH_H
#define BCN_MATCH_MARCH_H

#include "match/kernel.h"
#include "match/run.h"
#include "match/survivors.h"

/* The keys of one march, lane by lane. */
struct bcn_block {
    struct bcn_group *keys;   /* daily keys of the day at hand */
    struct bcn_group *chains; /* sub-keys of the slot at hand */
    uint32_t *indices;        /* of each lane's key in the chunk */
    uint32_t *hits;
    uint32_t *filter;
    struct bcn_survivors survivors;
    size_t active; /* lanes in use: 0 … active - 1 */
};

/* Bytes that a block of so many keys needs, and the block laid out in such memory, which is aligned
 * to 64 bytes. */
size_t bcn_block_size(size_t keys);
void bcn_block_place(struct bcn_block *block, void *memory, size_t keys);

/* Marches keys of one phase, given as indices in the order of their starts, through all their days.
 */
int bcn_march(struct bcn_run *run, struct bcn_block *block, const uint32_t indices[], size_t count);

#endif
