/* SPDX-License-Identifier: MIT */
/* One chain among those side by side: in and out of its lane, and the identifier it stands at. */
#ifndef BCN_MATCH_CHAIN_H
#define BCN_MATCH_CHAIN_H

#include <beacon/base.h>

#include "match/kernel.h"

static inline uint32_t bcn_load_be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void bcn_key_to_words(const struct beacon_daily_key *key, uint32_t ret_words[8])
{
    for (size_t word = 0; word < 8; word++)
        ret_words[word] = bcn_load_be32(key->bytes + 4 * word);
}

static inline void bcn_lane_put(struct bcn_group groups[], size_t lane, const uint32_t words[8])
{
    for (size_t word = 0; word < 8; word++)
        groups[lane / BCN_GROUP_LANES].word[word][lane % BCN_GROUP_LANES] = words[word];
}

static inline void bcn_lane_get(const struct bcn_group groups[], size_t lane, uint32_t ret_words[8])
{
    for (size_t word = 0; word < 8; word++)
        ret_words[word] = groups[lane / BCN_GROUP_LANES].word[word][lane % BCN_GROUP_LANES];
}

/* The identifier of a lane's digest (protocol 1.4). */
static inline struct beacon_identifier bcn_lane_identifier(const struct bcn_group groups[],
                                                           size_t lane)
{
    struct beacon_identifier identifier;
    uint32_t words[8];

    bcn_lane_get(groups, lane, words);
    for (size_t word = 0; word < 4; word++) {
        identifier.bytes[word] = (uint8_t)(words[word] >> 24);
        identifier.bytes[4 + 2 * word] = (uint8_t)(words[4 + word] >> 24);
        identifier.bytes[5 + 2 * word] = (uint8_t)(words[4 + word] >> 8);
    }
    return identifier;
}

#endif
