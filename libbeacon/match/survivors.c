/* SPDX-License-Identifier: MIT */
/* The few identifiers that a filter let pass, to be compared whole with those it was made of. */
#include "match/survivors.h"

#include "match/filter.h"

#include <string.h>

static unsigned int heads_log2_of(size_t capacity)
{
    unsigned int log2 = 6;

    while (((size_t)1 << log2) < capacity)
        log2++;
    return log2;
}

size_t bcn_survivors_size(size_t capacity)
{
    return BCN_SEEN_WORDS * sizeof(uint64_t) + capacity * sizeof(struct bcn_survivor) +
           (sizeof(uint32_t) << heads_log2_of(capacity));
}

void bcn_survivors_place(struct bcn_survivors *survivors, void *memory, size_t capacity)
{
    survivors->seen = memory;
    survivors->entries = (struct bcn_survivor *)(survivors->seen + BCN_SEEN_WORDS);
    survivors->heads = (uint32_t *)(survivors->entries + capacity);
    survivors->heads_log2 = heads_log2_of(capacity);
    survivors->count = 1; /* so that the first clearing clears */
    bcn_survivors_clear(survivors);
}

void bcn_survivors_clear(struct bcn_survivors *survivors)
{
    if (survivors->count == 0)
        return;
    survivors->count = 0;
    memset(survivors->seen, 0, BCN_SEEN_WORDS * sizeof(survivors->seen[0]));
    memset(survivors->heads, 0, sizeof(survivors->heads[0]) << survivors->heads_log2);
}

/* A fingerprint's chain; its low bits, since the filter has used the high ones. */
static uint32_t *head_of(const struct bcn_survivors *survivors, uint32_t fingerprint)
{
    return &survivors->heads[(fingerprint * 0x9E3779B1u) >> (32 - survivors->heads_log2)];
}

void bcn_survivors_add(struct bcn_survivors *survivors, const struct beacon_identifier *identifier,
                       uint32_t tag)
{
    struct bcn_survivor *entry = &survivors->entries[survivors->count++];
    uint32_t *head;

    entry->identifier = *identifier;
    entry->fingerprint = bcn_fingerprint_of(identifier);
    entry->tag = tag;
    head = head_of(survivors, entry->fingerprint);
    entry->next = *head;
    *head = (uint32_t)survivors->count;
    survivors->seen[entry->fingerprint / 64 % BCN_SEEN_WORDS] |= UINT64_C(1)
                                                                 << entry->fingerprint % 64;
}

uint32_t bcn_survivors_find(const struct bcn_survivors *survivors,
                            const struct beacon_identifier *identifier, uint32_t after)
{
    const uint32_t fingerprint = bcn_fingerprint_of(identifier);
    uint32_t at;

    if (after != 0)
        at = survivors->entries[after - 1].next;
    else if (bcn_survivors_may_have(survivors, fingerprint))
        at = *head_of(survivors, fingerprint);
    else
        return 0;
    while (at != 0) {
        const struct bcn_survivor *entry = &survivors->entries[at - 1];

        if (entry->fingerprint == fingerprint &&
            memcmp(&entry->identifier, identifier, sizeof(*identifier)) == 0)
            break;
        at = entry->next;
    }
    return at;
}
