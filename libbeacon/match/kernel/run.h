/* SPDX-License-Identifier: MIT */
/*
 * The two calls of a kernel, made from what its file says before it includes this:
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

#include "kernels.h"
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

static size_t next(struct bcn_group *chains, size_t count, const struct bcn_filter *filter,
                   uint32_t *ret_hits)
{
    return run(chains, chains, count, &bcn_tail_next, filter, ret_hits);
}

static size_t first(const struct bcn_group *keys, struct bcn_group *chains, size_t count,
                    const struct bcn_filter *filter, uint32_t *ret_hits)
{
    return run(keys, chains, count, &bcn_tail_first, filter, ret_hits);
}

/* What a file ends with. */
#define BCN_KERNEL(kernel, lanes_in_flight, features_needed)                                       \
    const struct bcn_kernel bcn_kernel_##kernel = {                                                \
        .name = #kernel,                                                                           \
        .lanes = lanes_in_flight,                                                                  \
        .features = features_needed,                                                               \
        .next = next,                                                                              \
        .first = first,                                                                            \
    }

#endif
