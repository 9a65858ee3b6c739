/* SPDX-License-Identifier: MIT */
/* The library's kernels, seen from outside, and their pure speed on a matching's work. */
#include "kernels.h"

#include "options.h"
#include "workload.h"

#include "base/cpu.h"
#include "match/kernel.h"

#include <beacon/identity.h>

#include <glib.h>
#include <stdlib.h>

#define BLOCK_KEYS 16384 /* as the engine's */

const char *kernel_name(size_t number)
{
    size_t count;
    const struct bcn_kernel *const *kernels = bcn_kernels(&count);

    return number < count ? kernels[number]->name : NULL;
}

bool kernel_is_known(const char *name)
{
    for (size_t i = 0; kernel_name(i); i++)
        if (strcmp(kernel_name(i), name) == 0)
            return true;
    return false;
}

bool kernel_runs_here(const char *name)
{
    return bcn_kernel_choose(bcn_cpu_detect(), name) != NULL;
}

const char *kernel_best(void)
{
    return bcn_kernel_choose(bcn_cpu_detect(), NULL)->name;
}

struct hash_only {
    const struct bcn_kernel *kernel;
    const struct beacon_published_key *published;
    size_t count;
    struct bcn_group *keys; /* of one block */
    struct bcn_group *chains;
};

static size_t block_of(const struct hash_only *only)
{
    return MIN(only->count, BLOCK_KEYS);
}

static struct bcn_group *groups_new(size_t lanes)
{
    const size_t padded = (lanes + BCN_PAD_LANES - 1) / BCN_PAD_LANES * BCN_PAD_LANES;
    const size_t size = padded / BCN_GROUP_LANES * sizeof(struct bcn_group);
    struct bcn_group *groups = aligned_alloc(64, size);

    if (!groups)
        fail("no memory");
    memset(groups, 0, size);
    return groups;
}

struct hash_only *hash_only_new(const char *kernel, const struct beacon_published_key keys[],
                                size_t count)
{
    struct hash_only *only = g_new0(struct hash_only, 1);

    only->kernel = bcn_kernel_choose(bcn_cpu_detect(), kernel);
    only->published = keys;
    only->count = count;
    only->keys = groups_new(block_of(only));
    only->chains = groups_new(block_of(only));
    return only;
}

void hash_only_free(struct hash_only *only)
{
    free(only->keys);
    free(only->chains);
    g_free(only);
}

uint64_t hash_only_compressions(const struct hash_only *only)
{
    return (uint64_t)only->count * (WORKLOAD_SLOTS + WORKLOAD_DAYS - 1);
}

static uint32_t *word_of(struct bcn_group groups[], size_t lane, size_t word)
{
    return &groups[lane / BCN_GROUP_LANES].word[word][lane % BCN_GROUP_LANES];
}

void hash_only_prepare(struct hash_only *only)
{
    for (size_t lane = 0; lane < block_of(only); lane++)
        for (size_t word = 0; word < 8; word++) {
            uint32_t number;

            memcpy(&number, only->published[lane].daily_key.bytes + 4 * word, sizeof(number));
            *word_of(only->keys, lane, word) = GUINT32_FROM_BE(number);
        }
}

static void run_block(const struct hash_only *only, size_t lanes)
{
    const struct bcn_kernel *kernel = only->kernel;

    for (int day = 0; day < WORKLOAD_DAYS; day++) {
        if (day > 0)
            kernel->next(only->keys, lanes, NULL, NULL);
        kernel->first(only->keys, only->chains, lanes, NULL, NULL);
        for (int slot = 1; slot < BEACON_SLOTS_PER_DAY; slot++)
            kernel->next(only->chains, lanes, NULL, NULL);
    }
}

/* Later blocks go on with the keys that the first left, which saves laying them out. */
void hash_only_run(struct hash_only *only)
{
    for (size_t from = 0; from < only->count; from += BLOCK_KEYS)
        run_block(only, MIN(only->count - from, BLOCK_KEYS));
}

/* The first lanes took part in every block. */
static bool lane_is_right(struct hash_only *only, size_t lane)
{
    const size_t blocks = (only->count + BLOCK_KEYS - 1) / BLOCK_KEYS;
    struct beacon_daily_key key = only->published[lane].daily_key;
    struct beacon_sub_key sub_key;

    for (size_t day = 0; day < blocks * (WORKLOAD_DAYS - 1); day++)
        beacon_daily_key_next(&key, &key);
    beacon_sub_key_first(&key, &sub_key);
    for (int slot = 1; slot < BEACON_SLOTS_PER_DAY; slot++)
        beacon_sub_key_next(&sub_key, &sub_key);
    for (size_t word = 0; word < 8; word++) {
        uint32_t number;

        memcpy(&number, sub_key.bytes + 4 * word, sizeof(number));
        if (GUINT32_FROM_BE(number) != *word_of(only->chains, lane, word))
            return false;
    }
    return true;
}

bool hash_only_check(struct hash_only *only)
{
    const size_t last = (only->count - 1) % BLOCK_KEYS; /* of the last block */

    return lane_is_right(only, 0) && lane_is_right(only, last / 2) && lane_is_right(only, last);
}
