/* SPDX-License-Identifier: MIT */
/*
 * What both calls of a kernel do, made from what its file says before it includes this:
 *
 *   GROUPS                  how many groups `hash` takes at once
 *   hash(messages, digests, lanes, tail)
 *                           makes the digests of at least the first `lanes` chains of GROUPS groups
 *   probe(group, k, count, filter, ret_hits)
 *                           probes the digests of a group whose first chain is k, as far as they
 * are less than count, and returns the number of hits; bcn_probe is one
 */
#ifndef BCN_MATCH_KERNEL_RUN_H
#define BCN_MATCH_KERNEL_RUN_H

#include "match/kernel.h"
#include "sha256.h"

static inline __attribute__((always_inline)) size_t run(const struct bcn_group *messages,
                                                        struct bcn_group *digests, size_t count,
                                                        const struct bcn_tail *tail,
                                                        const struct bcn_filter *filter,
                                                        uint32_t *ret_hits)
{
    const size_t step = GROUPS * BCN_GROUP_LANES;
    size_t hits = 0;

    for (size_t k = 0; k < count; k += step) {
        const struct bcn_group *in = &messages[k / BCN_GROUP_LANES];
        struct bcn_group *out = &digests[k / BCN_GROUP_LANES];

        hash(in, out, count - k < step ? count - k : step, tail);
        for (size_t g = 0; filter && g < step && k + g < count; g += BCN_GROUP_LANES)
            hits += probe(&out[g / BCN_GROUP_LANES], k + g, count, filter, ret_hits + hits);
    }
    return hits;
}

#include "calls.h"

#endif
