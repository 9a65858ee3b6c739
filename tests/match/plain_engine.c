/* SPDX-License-Identifier: MIT */
/* The rule of matching with nothing clever in it: key by key, slot by slot, through the public
 * calls of identity. */
#include "match/plain_engine.h"

#include <beacon/identity.h>

#include <string.h>

/* The first sighting at or after a time. */
static size_t lower_bound(const struct beacon_sighting log[], size_t count, int64_t time_ms)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (log[middle].time_ms < time_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void plain_match(const struct beacon_sighting log[], size_t count, int64_t tolerance_ms,
                 const struct beacon_published_key *key, size_t key_index,
                 const struct beacon_match_listener *listener)
{
    const int64_t length_ms = BEACON_DAY_MS / key->slots_per_day;
    struct beacon_daily_key daily_key = key->daily_key;
    struct beacon_sub_key sub_key;
    uint32_t slot = 0;

    beacon_sub_key_first(&daily_key, &sub_key);
    for (int64_t start_ms = key->start_ms; start_ms <= key->end_ms; start_ms += length_ms) {
        struct beacon_identifier identifier;

        beacon_sub_key_identifier(&sub_key, &identifier);
        for (size_t i = lower_bound(log, count, start_ms - tolerance_ms);
             i < count && log[i].time_ms <= start_ms + length_ms + tolerance_ms; i++) {
            const struct beacon_match match = {
                .key_index = key_index, .sighting = &log[i], .slot_start_ms = start_ms};

            if (memcmp(&log[i].identifier, &identifier, sizeof(identifier)) == 0)
                listener->on_match(&match, listener->user);
        }
        if (++slot == key->slots_per_day) {
            slot = 0;
            beacon_daily_key_next(&daily_key, &daily_key);
            beacon_sub_key_first(&daily_key, &sub_key);
        } else {
            beacon_sub_key_next(&sub_key, &sub_key);
        }
    }
}
