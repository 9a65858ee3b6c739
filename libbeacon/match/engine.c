/* SPDX-License-Identifier: MIT */
/*
 * The engine: takes a batch chunk by chunk, and lets the keys of each phase march.
 *
 * Keys whose slots begin at the same instants of a day (same slots a day, same start within the
 * day) share a phase.
 */
#include "match/march.h"

#include <stdlib.h>

/* Keys that march together at most: 64 bytes each that fit in a second-level cache; twice that when
 * rebuilding filters of a huge log would cost more. */
#define BLOCK_KEYS      16384
#define BLOCK_KEYS_HUGE 32768
#define HUGE_LOG        4000000

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
static int march_chunk(struct bcn_run *run, struct bcn_block *block, uint32_t indices[],
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        indices[i] = (uint32_t)i;
    sort_indices(run->chunk, indices, count);
    for (size_t first = 0, end; first < count; first = end) {
        int error;

        for (end = first + 1; end < count; end++)
            if (!same_phase(&run->chunk[indices[first]], &run->chunk[indices[end]]))
                break;
        error = bcn_march(run, block, indices + first, end - first);
        if (error != 0)
            return error;
    }
    return 0;
}

static int march_batch(struct bcn_run *run, const struct beacon_published_key batch[], size_t count)
{
    const size_t most = run->matcher->count < HUGE_LOG ? BLOCK_KEYS : BLOCK_KEYS_HUGE;
    const size_t size = count < most ? count : most;
    uint32_t *indices = malloc(size * sizeof(indices[0]));
    void *memory = aligned_alloc(64, (bcn_block_size(size) + 63) / 64 * 64);
    int error = indices && memory ? 0 : BEACON_ENOMEM;
    struct bcn_block block;

    if (error == 0)
        bcn_block_place(&block, memory, size);
    for (size_t from = 0; error == 0 && from < count; from += size) {
        run->chunk = batch + from;
        run->chunk_from = from;
        error = march_chunk(run, &block, indices, count - from < size ? count - from : size);
    }
    free(memory);
    free(indices);
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
        error = march_batch(&run, batch, count);
    run.counters->identifiers += run.covered;
    return error;
}
