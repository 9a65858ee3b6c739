/* SPDX-License-Identifier: MIT */
/* The few identifiers that a filter let pass, compared whole with the stretch of the log they may
 * be in. */
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
    return capacity * sizeof(struct bcn_survivor) + (sizeof(uint32_t) << heads_log2_of(capacity));
}

void bcn_survivors_place(struct bcn_survivors *survivors, void *memory, size_t capacity)
{
    survivors->entries = memory;
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
    memset(survivors->seen, 0, sizeof(survivors->seen));
    memset(survivors->heads, 0, sizeof(survivors->heads[0]) << survivors->heads_log2);
}

/* A fingerprint's chain; its low bits, since the filter has used the high ones. */
static uint32_t *head_of(const struct bcn_survivors *survivors, uint32_t fingerprint)
{
    return &survivors->heads[(fingerprint * 0x9E3779B1u) >> (32 - survivors->heads_log2)];
}

static struct beacon_identifier identifier_of(const struct bcn_group *group, size_t lane)
{
    struct beacon_identifier identifier;

    for (size_t word = 0; word < 4; word++) {
        identifier.bytes[word] = (uint8_t)(group->word[word][lane] >> 24);
        identifier.bytes[4 + 2 * word] = (uint8_t)(group->word[4 + word][lane] >> 24);
        identifier.bytes[5 + 2 * word] = (uint8_t)(group->word[4 + word][lane] >> 8);
    }
    return identifier;
}

void bcn_survivors_add(struct bcn_survivors *survivors, const struct bcn_group chains[],
                       uint32_t lane)
{
    struct bcn_survivor *entry = &survivors->entries[survivors->count++];
    uint32_t *head;

    entry->identifier = identifier_of(&chains[lane / BCN_GROUP_LANES], lane % BCN_GROUP_LANES);
    entry->fingerprint = bcn_fingerprint_of(&entry->identifier);
    entry->lane = lane;
    head = head_of(survivors, entry->fingerprint);
    entry->next = *head;
    *head = (uint32_t)survivors->count;
    survivors->seen[(entry->fingerprint >> 6) % 64] |= UINT64_C(1) << (entry->fingerprint % 64);
}

uint32_t bcn_survivors_find(const struct bcn_survivors *survivors,
                            const struct beacon_sighting *sighting, uint32_t after)
{
    uint32_t fingerprint = bcn_fingerprint_of(&sighting->identifier);
    uint32_t at;

    if (after != 0)
        at = survivors->entries[after - 1].next;
    else if (survivors->seen[(fingerprint >> 6) % 64] >> (fingerprint % 64) & 1)
        at = *head_of(survivors, fingerprint);
    else
        return 0;
    while (at != 0) {
        const struct bcn_survivor *entry = &survivors->entries[at - 1];

        if (entry->fingerprint == fingerprint &&
            memcmp(&entry->identifier, &sighting->identifier, sizeof(entry->identifier)) == 0)
            break;
        at = entry->next;
    }
    return at;
}
