/* SPDX-License-Identifier: MIT */
/* A stretch of the log, and the small filter that tells which fingerprints may be in it. */
#ifndef BCN_MATCH_FILTER_H
#define BCN_MATCH_FILTER_H

#include <beacon/encounter.h>

#include "match/kernel.h"

#define BCN_FILTER_DWORDS_MIN 1024u
#define BCN_FILTER_DWORDS_MAX (1u << 17)

/* The fingerprint of a sighting's identifier, equal to that of the digest it was taken from. */
uint32_t bcn_fingerprint_of(const struct beacon_identifier *identifier);

/*
 * Fills `dwords` (room for BCN_FILTER_DWORDS_MAX) with a filter of all the sightings. Never answers
 * "absent" for one that is present; with more than BCN_FILTER_DWORDS_MAX sightings it answers
 * "maybe" ever more often, and memory stays.
 */
struct bcn_filter bcn_filter_build(uint32_t dwords[], const struct beacon_sighting sightings[],
                                   size_t count);

#endif
