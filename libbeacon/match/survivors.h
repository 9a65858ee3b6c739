/* SPDX-License-Identifier: MIT */
/* The few identifiers that a filter let pass, to be compared whole with those it was made of. */
#ifndef BCN_MATCH_SURVIVORS_H
#define BCN_MATCH_SURVIVORS_H

#include <beacon/base.h>

#include <stddef.h>

/* 2^16 bits of a fingerprint's lowest: a few thousand survivors leave most of them clear. */
#define BCN_SEEN_WORDS 1024

/* A small hash table of identifiers by fingerprint; sized once for the most there can be. */
struct bcn_survivors {
    struct bcn_survivor *entries;
    uint32_t *heads; /* by fingerprint: index of an entry + 1, or 0 */
    size_t count;
    unsigned int heads_log2;
    uint64_t *seen; /* bitmap by fingerprint, which most others fail at once */
};

struct bcn_survivor {
    struct beacon_identifier identifier;
    uint32_t fingerprint;
    uint32_t tag;  /* the caller's: where the identifier comes from */
    uint32_t next; /* in its chain, as heads */
};

/* Bytes that a table for `capacity` survivors needs, and the table laid out in such memory, which
 * is aligned to 8. */
size_t bcn_survivors_size(size_t capacity);
void bcn_survivors_place(struct bcn_survivors *survivors, void *memory, size_t capacity);

void bcn_survivors_clear(struct bcn_survivors *survivors);

/* Adds an identifier; there is room for `capacity`. */
void bcn_survivors_add(struct bcn_survivors *survivors, const struct beacon_identifier *identifier,
                       uint32_t tag);

/* False if no survivor has the fingerprint. */
static inline bool bcn_survivors_may_have(const struct bcn_survivors *survivors,
                                          uint32_t fingerprint)
{
    return survivors->seen[fingerprint / 64 % BCN_SEEN_WORDS] >> fingerprint % 64 & 1;
}

/* The survivors that are equal to an identifier, one after the other, the last added first: start
 * with 0; 0 when there are no more. */
uint32_t bcn_survivors_find(const struct bcn_survivors *survivors,
                            const struct beacon_identifier *identifier, uint32_t after);

#endif
