/* SPDX-License-Identifier: MIT */
/*
 * Keys of one phase march through the log slot by slot, side by side in the lanes of a kernel.
 *
 * For each slot the sightings of its window are gathered into a small filter; the kernel moves
 * every chain on by one identifier and probes the filter as it goes; the few that pass are compared
 * whole. Nothing is kept of the log but the window at hand, so memory does not grow with it.
 */
#include "match/march.h"

#include "match/chain.h"
#include "match/filter.h"

#include <string.h>

static size_t lanes_of(size_t keys)
{
    return (keys + BCN_PAD_LANES - 1) / BCN_PAD_LANES * BCN_PAD_LANES;
}

static size_t groups_size(size_t lanes)
{
    return lanes / BCN_GROUP_LANES * sizeof(struct bcn_group);
}

size_t bcn_block_size(size_t keys)
{
    const size_t lanes = lanes_of(keys);

    return 2 * groups_size(lanes) + BCN_FILTER_DWORDS_MAX * sizeof(uint32_t) +
           2 * lanes * sizeof(uint32_t) + bcn_survivors_size(lanes);
}

void bcn_block_place(struct bcn_block *block, void *memory, size_t keys)
{
    const size_t lanes = lanes_of(keys), groups = lanes / BCN_GROUP_LANES;

    block->keys = memory;
    block->chains = block->keys + groups;
    block->filter = (uint32_t *)(block->chains + groups);
    block->indices = block->filter + BCN_FILTER_DWORDS_MAX;
    block->hits = block->indices + lanes;
    bcn_survivors_place(&block->survivors, block->hits + lanes, lanes);
    block->active = 0;
    memset(memory, 0, 2 * groups_size(lanes));
}

static void block_add(struct bcn_block *block, const struct beacon_daily_key *key, uint32_t index)
{
    const size_t lane = block->active++;
    uint32_t words[8];

    bcn_key_to_words(key, words);
    bcn_lane_put(block->keys, lane, words);
    block->indices[lane] = index;
}

/* Fills a lane's place with the last lane. */
static void block_remove(struct bcn_block *block, size_t lane)
{
    const size_t last = --block->active;
    uint32_t words[8];

    bcn_lane_get(block->keys, last, words);
    bcn_lane_put(block->keys, lane, words);
    block->indices[lane] = block->indices[last];
}

/* Compares the identifiers that passed the filter with the window, whole. */
static int compare_survivors(struct bcn_run *run, struct bcn_block *block, size_t hits,
                             int64_t slot_start_ms)
{
    struct bcn_survivors *survivors = &block->survivors;

    bcn_survivors_clear(survivors);
    for (size_t i = 0; i < hits; i++) {
        const uint32_t lane = block->hits[i];
        const struct beacon_identifier identifier = bcn_lane_identifier(block->chains, lane);

        if (slot_start_ms <= run->chunk[block->indices[lane]].end_ms)
            bcn_survivors_add(survivors, &identifier, lane);
    }
    run->counters->candidates += survivors->count;
    for (size_t i = run->window.first; survivors->count > 0 && i < run->window.end; i++) {
        const struct beacon_sighting *sighting = &run->matcher->sightings[i];
        uint32_t found = 0;

        while ((found = bcn_survivors_find(survivors, &sighting->identifier, found)) != 0) {
            int error = bcn_run_report(run, block->indices[survivors->entries[found - 1].tag],
                                       sighting, slot_start_ms);

            if (error != 0)
                return error;
        }
    }
    return 0;
}

/* Moves every chain to its next slot, or to the day's first, and compares it with the slot's
 * window. */
static int march_slot(struct bcn_run *run, struct bcn_block *block, uint32_t slot,
                      int64_t slot_start_ms, int64_t length_ms)
{
    const beacon_matcher *matcher = run->matcher;
    struct bcn_filter filter, *probe = NULL;
    size_t hits;

    bcn_window_move(matcher, &run->window, slot_start_ms - matcher->tolerance_ms,
                    slot_start_ms + length_ms + matcher->tolerance_ms);
    run->counters->sightings += run->window.end - run->window.first;
    if (run->window.first < run->window.end) {
        filter = bcn_filter_build(block->filter, matcher->sightings + run->window.first,
                                  run->window.end - run->window.first);
        probe = &filter;
    }
    if (slot == 0)
        hits =
            matcher->kernel->first(block->keys, block->chains, block->active, probe, block->hits);
    else
        hits = matcher->kernel->next(block->chains, block->active, probe, block->hits);
    run->counters->compressions += block->active;
    return hits > 0 ? compare_survivors(run, block, hits, slot_start_ms) : 0;
}

/* How many of a day's slots the lanes ask for at most; all that they ask for is counted as covered.
 */
static uint32_t slots_asked(struct bcn_run *run, struct bcn_block *block, int64_t day_start_ms)
{
    uint32_t most = 0;

    for (size_t lane = 0; lane < block->active; lane++) {
        uint32_t slots = bcn_slots_asked(&run->chunk[block->indices[lane]], day_start_ms);

        if (slots > most)
            most = slots;
        run->covered += slots;
    }
    return most;
}

static int march_day(struct bcn_run *run, struct bcn_block *block, int64_t day_start_ms,
                     uint32_t slots_per_day)
{
    const int64_t length_ms = BEACON_DAY_MS / slots_per_day;
    struct bcn_window day = run->window;
    uint32_t slots = slots_asked(run, block, day_start_ms);

    slots = bcn_slots_worth(run->matcher, &day, day_start_ms, length_ms, slots);
    for (uint32_t slot = 0; slot < slots; slot++) {
        int error = march_slot(run, block, slot, day_start_ms + slot * length_ms, length_ms);

        if (error != 0)
            return error;
    }
    return 0;
}

/* Lets the keys go whose end lies before the day, and turns those that stay on to it. */
static void turn_day(struct bcn_run *run, struct bcn_block *block, int64_t day_start_ms)
{
    for (size_t lane = block->active; lane-- > 0;)
        if (run->chunk[block->indices[lane]].end_ms < day_start_ms)
            block_remove(block, lane);
    if (block->active == 0)
        return;
    run->matcher->kernel->next(block->keys, block->active, NULL, NULL);
    run->counters->compressions += block->active;
}

int bcn_march(struct bcn_run *run, struct bcn_block *block, const uint32_t indices[], size_t count)
{
    const struct beacon_published_key *keys = run->chunk;
    const uint32_t slots_per_day = keys[indices[0]].slots_per_day;
    int64_t day_start_ms = keys[indices[0]].start_ms;
    size_t next = 0;
    int error = 0;

    block->active = 0;
    while (error == 0 && (next < count || block->active > 0)) {
        if (block->active == 0)
            day_start_ms = keys[indices[next]].start_ms;
        for (; next < count && keys[indices[next]].start_ms == day_start_ms; next++)
            block_add(block, &keys[indices[next]].daily_key, indices[next]);
        error = march_day(run, block, day_start_ms, slots_per_day);
        if (error == 0)
            error = bcn_run_tell_progress(run);
        day_start_ms += BEACON_DAY_MS;
        turn_day(run, block, day_start_ms);
    }
    return error;
}
