/* SPDX-License-Identifier: MIT */
/*
 * The engine: blocks of keys march through the log slot by slot.
 *
 * Keys whose slots begin at the same instants of a day (same slots a day, same start within the
 * day) share a phase and march together, side by side in the lanes of a kernel. For each slot the
 * sightings of its window are gathered into a small filter; the kernel moves every chain on by one
 * identifier and probes the filter as it goes; the few that pass are compared whole. Nothing is
 * kept of the log but the window at hand, so memory does not grow with it.
 */
#include "match/filter.h"
#include "match/matcher.h"
#include "match/survivors.h"

#include <stdlib.h>
#include <string.h>

/* Keys that march together at most: 64 bytes each that fit in a second-level cache; twice that when
 * rebuilding filters of a huge log would cost more. */
#define BLOCK_KEYS      16384
#define BLOCK_KEYS_HUGE 32768
#define HUGE_LOG        4000000

/* The keys of one march, lane by lane. */
struct block {
    struct bcn_group *keys;   /* daily keys of the day at hand */
    struct bcn_group *chains; /* sub-keys of the slot at hand */
    uint32_t *indices;        /* of each lane's key in the chunk */
    uint32_t *hits;
    uint32_t *filter;
    struct bcn_survivors survivors;
    size_t capacity;
    size_t active; /* lanes in use: 0 … active - 1 */
    void *memory;
};

/* One run over a batch. */
struct run {
    const beacon_matcher *matcher;
    const struct beacon_match_listener *listener;
    struct beacon_match_counters *counters;
    const struct beacon_published_key *chunk; /* of the batch: what is sorted and marched at once */
    size_t chunk_from;                        /* its place in the batch */
    struct block block;
    struct bcn_window window;
    uint64_t covered; /* identifiers, so far and in all */
    uint64_t covered_total;
};

static size_t round_up(size_t number, size_t multiple)
{
    return (number + multiple - 1) / multiple * multiple;
}

/* Lays a block out in one piece of memory. */
static int block_alloc(struct block *block, size_t keys)
{
    const size_t capacity = round_up(keys, BCN_PAD_LANES);
    const size_t groups = capacity / BCN_GROUP_LANES * sizeof(struct bcn_group);
    const size_t words = capacity * sizeof(uint32_t);
    const size_t filter = BCN_FILTER_DWORDS_MAX * sizeof(uint32_t);
    const size_t size = 2 * groups + filter + 2 * words + bcn_survivors_size(capacity);
    unsigned char *memory = aligned_alloc(64, round_up(size, 64));

    if (!memory)
        return BEACON_ENOMEM;
    memset(memory, 0, 2 * groups);
    block->memory = memory;
    block->keys = (struct bcn_group *)memory;
    block->chains = (struct bcn_group *)(memory + groups);
    block->filter = (uint32_t *)(memory + 2 * groups);
    block->indices = (uint32_t *)(memory + 2 * groups + filter);
    block->hits = block->indices + capacity;
    bcn_survivors_place(&block->survivors, block->hits + capacity, capacity);
    block->capacity = capacity;
    block->active = 0;
    return 0;
}

static uint32_t load_be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void block_add(struct block *block, const struct beacon_daily_key *key, uint32_t index)
{
    const size_t lane = block->active++;
    struct bcn_group *group = &block->keys[lane / BCN_GROUP_LANES];

    for (size_t word = 0; word < 8; word++)
        group->word[word][lane % BCN_GROUP_LANES] = load_be32(key->bytes + 4 * word);
    block->indices[lane] = index;
}

/* Fills a lane's place with the last lane. */
static void block_remove(struct block *block, size_t lane)
{
    const size_t last = --block->active;

    for (size_t word = 0; word < 8; word++)
        block->keys[lane / BCN_GROUP_LANES].word[word][lane % BCN_GROUP_LANES] =
            block->keys[last / BCN_GROUP_LANES].word[word][last % BCN_GROUP_LANES];
    block->indices[lane] = block->indices[last];
}

static int report(struct run *run, uint32_t lane, const struct beacon_sighting *sighting,
                  int64_t slot_start_ms)
{
    const struct beacon_match match = {.key_index = run->chunk_from + run->block.indices[lane],
                                       .sighting = sighting,
                                       .slot_start_ms = slot_start_ms};

    run->counters->matches++;
    return run->listener->on_match(&match, run->listener->user) == 0 ? 0 : BEACON_ECANCELED;
}

/* Compares the identifiers that passed the filter with the window, whole. */
static int compare_survivors(struct run *run, size_t hits, int64_t slot_start_ms)
{
    struct bcn_survivors *survivors = &run->block.survivors;

    bcn_survivors_clear(survivors);
    for (size_t i = 0; i < hits; i++) {
        uint32_t lane = run->block.hits[i];

        if (slot_start_ms <= run->chunk[run->block.indices[lane]].end_ms)
            bcn_survivors_add(survivors, run->block.chains, lane);
    }
    run->counters->candidates += survivors->count;
    for (size_t i = run->window.first; survivors->count > 0 && i < run->window.end; i++) {
        const struct beacon_sighting *sighting = &run->matcher->sightings[i];
        uint32_t found = 0;

        while ((found = bcn_survivors_find(survivors, sighting, found)) != 0) {
            int error = report(run, survivors->entries[found - 1].lane, sighting, slot_start_ms);

            if (error != 0)
                return error;
        }
    }
    return 0;
}

/* Moves every chain to its next slot, or to the day's first, and compares it with the slot's
 * window. */
static int march_slot(struct run *run, uint32_t slot, int64_t slot_start_ms, int64_t length_ms)
{
    const beacon_matcher *matcher = run->matcher;
    struct block *block = &run->block;
    struct bcn_filter filter, *probe = NULL;
    size_t hits;

    bcn_window_move(matcher, &run->window, slot_start_ms - matcher->tolerance_ms,
                    slot_start_ms + length_ms + matcher->tolerance_ms);
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
    return hits > 0 ? compare_survivors(run, hits, slot_start_ms) : 0;
}

/* How many of a day's slots the lanes ask for at most; all that they ask for is counted as covered.
 */
static uint32_t slots_asked(struct run *run, int64_t day_start_ms, int64_t length_ms,
                            uint32_t slots_per_day)
{
    int64_t most = 0;

    for (size_t lane = 0; lane < run->block.active; lane++) {
        int64_t end_ms = run->chunk[run->block.indices[lane]].end_ms;
        int64_t slots = (end_ms - day_start_ms) / length_ms + 1;

        if (slots > slots_per_day)
            slots = slots_per_day;
        if (slots > most)
            most = slots;
        run->covered += (uint64_t)slots;
    }
    return (uint32_t)most;
}

/* How many of a day's slots are worth deriving: up to the last with sightings in its window, if
 * pruning. */
static uint32_t slots_worth(struct run *run, int64_t day_start_ms, int64_t length_ms,
                            uint32_t slots)
{
    const beacon_matcher *matcher = run->matcher;
    const int64_t reach_ms = matcher->tolerance_ms + length_ms;
    struct bcn_window day = run->window;
    int64_t last_ms;

    if (!matcher->prune)
        return slots;
    bcn_window_move(matcher, &day, day_start_ms - matcher->tolerance_ms,
                    day_start_ms + (int64_t)(slots - 1) * length_ms + reach_ms);
    if (day.first == day.end)
        return 0;
    /* The last slot whose window, opening at slot start - tolerance, holds the last sighting. */
    last_ms = matcher->sightings[day.end - 1].time_ms + matcher->tolerance_ms - day_start_ms;
    return last_ms / length_ms + 1 < slots ? (uint32_t)(last_ms / length_ms + 1) : slots;
}

static int march_day(struct run *run, int64_t day_start_ms, uint32_t slots_per_day)
{
    const int64_t length_ms = BEACON_DAY_MS / slots_per_day;
    uint32_t slots = slots_asked(run, day_start_ms, length_ms, slots_per_day);

    slots = slots_worth(run, day_start_ms, length_ms, slots);
    for (uint32_t slot = 0; slot < slots; slot++) {
        int error = march_slot(run, slot, day_start_ms + slot * length_ms, length_ms);

        if (error != 0)
            return error;
    }
    return 0;
}

/* Lets the keys go whose end lies before the day, and turns those that stay on to it. */
static void turn_day(struct run *run, int64_t day_start_ms)
{
    struct block *block = &run->block;

    for (size_t lane = block->active; lane-- > 0;)
        if (run->chunk[block->indices[lane]].end_ms < day_start_ms)
            block_remove(block, lane);
    if (block->active == 0)
        return;
    run->matcher->kernel->next(block->keys, block->active, NULL, NULL);
    run->counters->compressions += block->active;
}

static int tell_progress(struct run *run)
{
    const struct beacon_match_listener *listener = run->listener;

    if (!listener->on_progress)
        return 0;
    if (listener->on_progress(run->covered, run->covered_total, listener->user) != 0)
        return BEACON_ECANCELED;
    return 0;
}

/* Marches keys of one phase, given as indices in the order of their starts, through all their days.
 */
static int march(struct run *run, const uint32_t indices[], size_t count)
{
    const struct beacon_published_key *keys = run->chunk;
    const uint32_t slots_per_day = keys[indices[0]].slots_per_day;
    int64_t day_start_ms = keys[indices[0]].start_ms;
    struct block *block = &run->block;
    size_t next = 0;
    int error = 0;

    block->active = 0;
    while (error == 0 && (next < count || block->active > 0)) {
        if (block->active == 0)
            day_start_ms = keys[indices[next]].start_ms;
        for (; next < count && keys[indices[next]].start_ms == day_start_ms; next++)
            block_add(block, &keys[indices[next]].daily_key, indices[next]);
        error = march_day(run, day_start_ms, slots_per_day);
        if (error == 0)
            error = tell_progress(run);
        day_start_ms += BEACON_DAY_MS;
        turn_day(run, day_start_ms);
    }
    return error;
}

/* Negative, zero or positive as key a marches before, with or after key b: by phase, then by start.
 */
static int compare_keys(const struct beacon_published_key *a, const struct beacon_published_key *b)
{
    const int64_t phase_a = a->start_ms % BEACON_DAY_MS, phase_b = b->start_ms % BEACON_DAY_MS;

    if (a->slots_per_day != b->slots_per_day)
        return a->slots_per_day < b->slots_per_day ? -1 : 1;
    if (phase_a != phase_b)
        return phase_a < phase_b ? -1 : 1;
    return (a->start_ms > b->start_ms) - (a->start_ms < b->start_ms);
}

static bool same_phase(const struct beacon_published_key *a, const struct beacon_published_key *b)
{
    return a->slots_per_day == b->slots_per_day && (a->start_ms - b->start_ms) % BEACON_DAY_MS == 0;
}

/* Lets the index at `root` sink to where a heap wants it. */
static void sift_down(const struct beacon_published_key keys[], uint32_t heap[], size_t root,
                      size_t count)
{
    for (size_t child = 2 * root + 1; child < count; root = child, child = 2 * root + 1) {
        uint32_t swap = heap[root];

        if (child + 1 < count && compare_keys(&keys[heap[child]], &keys[heap[child + 1]]) < 0)
            child++;
        if (compare_keys(&keys[swap], &keys[heap[child]]) >= 0)
            return;
        heap[root] = heap[child];
        heap[child] = swap;
    }
}

/* Sorts indices by compare_keys: a heap sort, which needs no memory and has no bad case. */
static void sort_indices(const struct beacon_published_key keys[], uint32_t indices[], size_t count)
{
    bool sorted = true;

    for (size_t i = 1; i < count && sorted; i++)
        sorted = compare_keys(&keys[indices[i - 1]], &keys[indices[i]]) <= 0;
    if (sorted)
        return;
    for (size_t root = count / 2; root-- > 0;)
        sift_down(keys, indices, root, count);
    for (size_t end = count - 1; end > 0; end--) {
        uint32_t greatest = indices[0];

        indices[0] = indices[end];
        indices[end] = greatest;
        sift_down(keys, indices, 0, end);
    }
}

/* Marches a chunk of the batch, phase by phase. `indices` has room for it. */
static int march_chunk(struct run *run, uint32_t indices[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        indices[i] = (uint32_t)i;
    sort_indices(run->chunk, indices, count);
    for (size_t first = 0, end; first < count; first = end) {
        int error;

        for (end = first + 1; end < count; end++)
            if (!same_phase(&run->chunk[indices[first]], &run->chunk[indices[end]]))
                break;
        error = march(run, indices + first, end - first);
        if (error != 0)
            return error;
    }
    return 0;
}

static int march_batch(struct run *run, const struct beacon_published_key batch[], size_t count)
{
    const size_t most = run->matcher->count < HUGE_LOG ? BLOCK_KEYS : BLOCK_KEYS_HUGE;
    const size_t size = count < most ? count : most;
    uint32_t *indices = malloc(size * sizeof(indices[0]));
    int error = indices ? block_alloc(&run->block, size) : BEACON_ENOMEM;

    for (size_t from = 0; error == 0 && from < count; from += size) {
        run->chunk = batch + from;
        run->chunk_from = from;
        error = march_chunk(run, indices, count - from < size ? count - from : size);
    }
    free(run->block.memory);
    free(indices);
    return error;
}

int beacon_matcher_run(const beacon_matcher *matcher, const struct beacon_published_key batch[],
                       size_t count, const struct beacon_match_listener *listener,
                       struct beacon_match_counters *counters)
{
    struct beacon_match_counters unread = {0};
    struct run run = {
        .matcher = matcher, .listener = listener, .counters = counters ? counters : &unread};
    int error = 0;

    if (listener->size < sizeof(*listener) || !listener->on_match)
        return BEACON_EINVAL;
    for (size_t i = 0; i < count; i++) {
        error = beacon_published_key_check(&batch[i]);
        if (error != 0)
            return error;
        run.covered_total += beacon_published_key_slots(&batch[i]);
    }
    if (count > 0)
        error = march_batch(&run, batch, count);
    run.counters->identifiers += run.covered;
    return error;
}
