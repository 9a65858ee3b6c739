/* SPDX-License-Identifier: MIT */
/* A stretch of the log, and the small filter that tells which fingerprints may be in it. */
#include "match/filter.h"

#include <string.h>

uint32_t bcn_fingerprint_of(const struct beacon_identifier *identifier)
{
    const uint8_t *bytes = identifier->bytes;

    return (uint32_t)bytes[4] << 24 | (uint32_t)bytes[6] << 16 | (uint32_t)bytes[5] << 8 | bytes[7];
}

/* The logarithm of a size that keeps wrong answers rare: two dwords a sighting while that is cheap,
 * one after. */
static unsigned int size_log2(size_t count)
{
    unsigned int log2 = 10;

    while ((1u << log2) < BCN_FILTER_DWORDS_MAX && (1u << log2) < (log2 < 13 ? 2 * count : count))
        log2++;
    return log2;
}

struct bcn_filter bcn_filter_build(uint32_t dwords[], const struct beacon_sighting sightings[],
                                   size_t count)
{
    const unsigned int log2 = size_log2(count);
    const unsigned int shift = 32 - log2;

    memset(dwords, 0, sizeof(dwords[0]) << log2);
    for (size_t i = 0; i < count; i++) {
        uint32_t fingerprint = bcn_fingerprint_of(&sightings[i].identifier);

        dwords[fingerprint >> shift] |= UINT32_C(1) << (fingerprint & 31) |
                                        UINT32_C(1) << (fingerprint >> 5 & 31) |
                                        UINT32_C(1) << (fingerprint >> 10 & 31);
    }
    return (struct bcn_filter){.dwords = dwords, .shift = shift};
}
