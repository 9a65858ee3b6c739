/* SPDX-License-Identifier: MIT */
/* Probing a filter one digest at a time, for kernels that gain little from doing it side by side.
 */
#ifndef BCN_MATCH_KERNEL_PROBE_H
#define BCN_MATCH_KERNEL_PROBE_H

#include "match/kernel.h"

/*
 * Probes a group's digests; see run.h. Without a branch for hits, which come too seldom to be
 * foreseen: every index is written, and stays if it hits.
 */
static inline size_t bcn_probe(const struct bcn_group *group, size_t k, size_t count,
                               const struct bcn_filter *filter, uint32_t *ret_hits)
{
    const uint32_t *dwords = filter->dwords;
    unsigned shift = filter->shift;
    size_t lanes = count - k < BCN_GROUP_LANES ? count - k : BCN_GROUP_LANES, hits = 0;

    for (size_t lane = 0; lane < lanes; lane++) {
        uint32_t f = bcn_fingerprint(group->word[4][lane], group->word[5][lane]);
        uint32_t dword = dwords[f >> shift];

        ret_hits[hits] = (uint32_t)(k + lane);
        hits += dword >> (f & 31) & dword >> ((f >> 5) & 31) & dword >> ((f >> 10) & 31) & 1;
    }
    return hits;
}

#endif
