/* SPDX-License-Identifier: MIT */
/* The log copied and sorted by identifier, and binary search. */
#include "peer.h"

#include <glib.h>
#include <stdlib.h>

struct sorted {
    struct beacon_sighting *log;
    size_t count;
};

static int compare_identifiers(const void *a, const void *b)
{
    const struct beacon_sighting *x = a, *y = b;

    return memcmp(&x->identifier, &y->identifier, sizeof(x->identifier));
}

static void *sorted_open(const struct workload *workload)
{
    struct sorted *sorted = g_new(struct sorted, 1);

    sorted->count = workload->log_count;
    sorted->log = g_memdup2(workload->log, workload->log_count * sizeof(workload->log[0]));
    qsort(sorted->log, sorted->count, sizeof(sorted->log[0]), compare_identifiers);
    return sorted;
}

static void look_up(const struct sorted *sorted, const struct walk *walk, size_t key_index,
                    struct findings *findings)
{
    size_t low = 0, high = sorted->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (memcmp(&sorted->log[middle].identifier, &walk->identifier, BEACON_IDENTIFIER_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < sorted->count; low++) {
        const struct beacon_sighting *sighting = &sorted->log[low];

        if (memcmp(&sighting->identifier, &walk->identifier, BEACON_IDENTIFIER_SIZE) != 0)
            break;
        if (sighting->time_ms >= walk->start_ms &&
            sighting->time_ms <= walk->start_ms + WORKLOAD_SLOT_MS)
            findings_add(findings, key_index, sighting->time_ms, &sighting->identifier);
    }
}

static void sorted_run(void *index, hash_fn *hash, const struct workload *workload,
                       struct sample sample, struct findings *findings)
{
    for (size_t i = 0; i < sample.keys; i++) {
        struct walk walk = walk_begin(hash, &workload->keys[i]);

        while (walk.slot < sample.slots) {
            walk_next(&walk);
            look_up(index, &walk, i, findings);
        }
    }
}

static void sorted_close(void *index)
{
    struct sorted *sorted = index;

    g_free(sorted->log);
    g_free(sorted);
}

const struct peer peer_sorted = {
    .name = "sorted array",
    .about = "a copy of the log sorted by identifier, binary search, SHA256_Init, _Update, _Final",
    .openssl = true,
    .keys = 250,
    .open = sorted_open,
    .run = sorted_run,
    .close = sorted_close};
