/* SPDX-License-Identifier: MIT */
/* A stretch of the log, and the small filter that tells which fingerprints may be in it. */
#ifndef BCN_MATCH_FILTER_H
#define BCN_MATCH_FILTER_H

#include <beacon/encounter.h>

#include "match/chain.h"
#include "match/kernel.h"

#define BCN_FILTER_DWORDS_MIN 1024u
#define BCN_FILTER_DWORDS_MAX (1u << 17)

/* The fingerprint of an identifier, equal to that of the digest it was taken from. */
static inline uint32_t bcn_fingerprint_of(const struct beacon_identifier *identifier)
{
    const uint32_t bytes = bcn_load_be32(identifier->bytes + 4);

    return (bytes & UINT32_C(0xFF0000FF)) | (bytes << 8 & UINT32_C(0x00FF0000)) |
           (bytes >> 8 & UINT32_C(0x0000FF00));
}

/* The bits that stand for a fingerprint in its dword. */
static inline uint32_t bcn_filter_bits(uint32_t fingerprint)
{
    return UINT32_C(1) << (fingerprint & 31) | UINT32_C(1) << (fingerprint >> 5 & 31) |
           UINT32_C(1) << (fingerprint >> 10 & 31);
}

/* An empty filter for `count` fingerprints, in `dwords`, which has room for BCN_FILTER_DWORDS_MAX.
 */
struct bcn_filter bcn_filter_clear(uint32_t dwords[], size_t count);

/*
 * Fills `dwords` (room for BCN_FILTER_DWORDS_MAX) with a filter of all the sightings. Never answers
 * "absent" for one that is present; with more than BCN_FILTER_DWORDS_MAX sightings it answers
 * "maybe" ever more often, and memory stays.
 */
struct bcn_filter bcn_filter_build(uint32_t dwords[], const struct beacon_sighting sightings[],
                                   size_t count);

#endif
