/* SPDX-License-Identifier: MIT */
/* A stretch of the log, and the small filter that tells which fingerprints may be in it. */
#include "match/filter.h"

#include <string.h>

/* The logarithm of a size that keeps wrong answers rare: two dwords a sighting while that is cheap,
 * one after. */
static unsigned int size_log2(size_t count)
{
    unsigned int log2 = 10;

    while ((1u << log2) < BCN_FILTER_DWORDS_MAX && (1u << log2) < (log2 < 13 ? 2 * count : count))
        log2++;
    return log2;
}

struct bcn_filter bcn_filter_clear(uint32_t dwords[], size_t count)
{
    const unsigned int log2 = size_log2(count);

    memset(dwords, 0, sizeof(dwords[0]) << log2);
    return (struct bcn_filter){.dwords = dwords, .shift = 32 - log2};
}

struct bcn_filter bcn_filter_build(uint32_t dwords[], const struct beacon_sighting sightings[],
                                   size_t count)
{
    const struct bcn_filter filter = bcn_filter_clear(dwords, count);

    for (size_t i = 0; i < count; i++) {
        const uint32_t fingerprint = bcn_fingerprint_of(&sightings[i].identifier);

        dwords[fingerprint >> filter.shift] |= bcn_filter_bits(fingerprint);
    }
    return filter;
}
