/* SPDX-License-Identifier: MIT */
/*
 * The engine: takes a batch chunk by chunk, and each chunk phase by phase.
 *
 * Keys whose slots begin at the same instants of a day (same slots a day, same start within the
 * day) share a phase. Many keys of one phase march through the log together; those of phases that
 * few share are swept, all phases together. choice.c says which is which.
 */
#include "match/choice.h"
#include "match/march.h"
#include "match/sweep.h"

#include <stdlib.h>
#include <string.h>

/* Keys that march together at most: 64 bytes each that fit in a second-level cache; twice that when
 * rebuilding filters of a huge log would cost more. */
#define CHUNK_KEYS      16384
#define CHUNK_KEYS_HUGE 32768
#define HUGE_LOG        4000000

/* What both ways work in, one after the other. */
struct room {
    size_t block_keys;
    struct bcn_sweep_room sweep;
    void *memory;
    uint32_t *indices; /* of the chunk's keys */
};

typedef int compare_fn(const struct beacon_published_key *a, const struct beacon_published_key *b);

static int compare_starts(const struct beacon_published_key *a,
                          const struct beacon_published_key *b)
{
    return (a->start_ms > b->start_ms) - (a->start_ms < b->start_ms);
}

/* By phase, then by start. */
static int compare_phases(const struct beacon_published_key *a,
                          const struct beacon_published_key *b)
{
    const int64_t phase_a = a->start_ms % BEACON_DAY_MS, phase_b = b->start_ms % BEACON_DAY_MS;

    if (a->slots_per_day != b->slots_per_day)
        return a->slots_per_day < b->slots_per_day ? -1 : 1;
    if (phase_a != phase_b)
        return phase_a < phase_b ? -1 : 1;
    return compare_starts(a, b);
}

static bool same_phase(const struct beacon_published_key *a, const struct beacon_published_key *b)
{
    return a->slots_per_day == b->slots_per_day && (a->start_ms - b->start_ms) % BEACON_DAY_MS == 0;
}

/* Lets the index at `root` sink to where a heap wants it. */
static void sift_down(const struct beacon_published_key keys[], compare_fn *compare,
                      uint32_t heap[], size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; root = child, child = 2 * root + 1) {
        uint32_t swap = heap[root];

        if (child + 1 < count && compare(&keys[heap[child]], &keys[heap[child + 1]]) < 0)
            child++;
        if (compare(&keys[swap], &keys[heap[child]]) >= 0)
            return;
        heap[root] = heap[child];
        heap[child] = swap;
    }
}

/* Sorts indices by `compare`: a heap sort, which needs no memory and has no bad case. */
static void sort_indices(const struct beacon_published_key keys[], compare_fn *compare,
                         uint32_t indices[], size_t count)
{
    bool sorted = true;

    for (size_t i = 1; i < count && sorted; i++)
        sorted = compare(&keys[indices[i - 1]], &keys[indices[i]]) <= 0;
    if (sorted)
        return;
    for (size_t root = count / 2; root-- > 0;)
        sift_down(keys, compare, indices, root, count);
    for (size_t end = count - 1; end > 0; end--) {
        uint32_t greatest = indices[0];

        indices[0] = indices[end];
        indices[end] = greatest;
        sift_down(keys, compare, indices, 0, end);
    }
}

/* Lets those of the chunk's keys march that are many of a phase. What is left goes to the front of
 * the indices; returns how many these are. */
static int march_phases(struct bcn_run *run, struct room *room, size_t count, size_t *ret_left)
{
    uint32_t *indices = room->indices;
    struct bcn_block block;
    size_t left = 0;
    int error = 0;

    bcn_block_place(&block, room->memory, room->block_keys);
    for (size_t first = 0, end; error == 0 && first < count; first = end) {
        for (end = first + 1; end < count; end++)
            if (!same_phase(&run->chunk[indices[first]], &run->chunk[indices[end]]))
                break;
        if (!bcn_choose_sweep(run, indices + first, end - first)) {
            error = bcn_march(run, &block, indices + first, end - first);
            continue;
        }
        memmove(indices + left, indices + first, (end - first) * sizeof(indices[0]));
        left += end - first;
    }
    *ret_left = left;
    return error;
}

static int sweep_keys(struct bcn_run *run, struct room *room, size_t count)
{
    int error = 0;

    sort_indices(run->chunk, compare_starts, room->indices, count);
    for (size_t from = 0, keys; error == 0 && from < count; from += keys) {
        keys = count - from < room->sweep.keys ? count - from : room->sweep.keys;
        error = bcn_sweep(run, &room->sweep, room->memory, room->indices + from, keys);
    }
    return error;
}

static int match_chunk(struct bcn_run *run, struct room *room, size_t count)
{
    size_t left;
    int error;

    for (size_t i = 0; i < count; i++)
        room->indices[i] = (uint32_t)i;
    sort_indices(run->chunk, compare_phases, room->indices, count);
    error = march_phases(run, room, count, &left);
    return error != 0 ? error : sweep_keys(run, room, left);
}

static int room_alloc(struct room *room, const struct bcn_run *run, size_t keys)
{
    size_t size = bcn_block_size(keys), sweep;

    room->block_keys = keys;
    room->sweep = bcn_sweep_room(keys, run->covered_total, run->matcher->count);
    sweep = bcn_sweep_size(&room->sweep);
    if (size < sweep)
        size = sweep;
    room->memory = aligned_alloc(64, (size + 63) / 64 * 64);
    room->indices = malloc(keys * sizeof(room->indices[0]));
    return room->memory && room->indices ? 0 : BEACON_ENOMEM;
}

static int match_batch(struct bcn_run *run, const struct beacon_published_key batch[], size_t count)
{
    const size_t most = run->matcher->count < HUGE_LOG ? CHUNK_KEYS : CHUNK_KEYS_HUGE;
    const size_t size = count < most ? count : most;
    struct room room;
    int error = room_alloc(&room, run, size);

    for (size_t from = 0; error == 0 && from < count; from += size) {
        run->chunk = batch + from;
        run->chunk_from = from;
        error = match_chunk(run, &room, count - from < size ? count - from : size);
    }
    free(room.memory);
    free(room.indices);
    return error;
}

int beacon_matcher_run(const beacon_matcher *matcher, const struct beacon_published_key batch[],
                       size_t count, const struct beacon_match_listener *listener,
                       struct beacon_match_counters *counters)
{
    struct beacon_match_counters unread = {0};
    struct bcn_run run = {
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
        error = match_batch(&run, batch, count);
    run.counters->identifiers += run.covered;
    return error;
}
