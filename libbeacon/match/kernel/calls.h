/* SPDX-License-Identifier: MIT */
/* The two calls of a kernel and its description, made from its function run (see run.h). */
#ifndef BCN_MATCH_KERNEL_CALLS_H
#define BCN_MATCH_KERNEL_CALLS_H

#include "kernels.h"
#include "sha256.h"

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
