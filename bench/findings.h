/* SPDX-License-Identifier: MIT */
/* What a matching found, as two numbers that do not depend on the order in which it was found. */
#ifndef BENCH_FINDINGS_H
#define BENCH_FINDINGS_H

#include <beacon/base.h>

#include "random.h"

struct findings {
    uint64_t count;
    uint64_t digest; /* sum over the matches of a hash of (key, time, identifier) */
};

static inline void findings_add(struct findings *findings, size_t key_index, int64_t time_ms,
                                const struct beacon_identifier *identifier)
{
    uint64_t head, tail = 0;

    memcpy(&head, identifier->bytes, sizeof(head));
    memcpy(&tail, identifier->bytes + sizeof(head), sizeof(*identifier) - sizeof(head));
    findings->count++;
    findings->digest +=
        random_mix(key_index ^ random_mix((uint64_t)time_ms ^ random_mix(head ^ random_mix(tail))));
}

static inline bool findings_equal(struct findings a, struct findings b)
{
    return a.count == b.count && a.digest == b.digest;
}

#endif
