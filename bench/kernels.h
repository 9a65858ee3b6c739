/* SPDX-License-Identifier: MIT */
/* The library's kernels, seen from outside, and their pure speed on a matching's work. */
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include <beacon/match.h>

/* The kernels compiled in, best first: NULL behind the last. */
const char *kernel_name(size_t number);
bool kernel_is_known(const char *name);
bool kernel_runs_here(const char *name);
const char *kernel_best(void);

/*
 * What a matching's hashing costs without a log: the same number of compressions over blocks of the
 * same size, nothing probed, nothing compared, keys laid out beforehand.
 */
struct hash_only;

struct hash_only *hash_only_new(const char *kernel, const struct beacon_published_key keys[],
                                size_t count);
void hash_only_free(struct hash_only *only);

/* Compressions that a run does: each key's daily keys and identifiers. */
uint64_t hash_only_compressions(const struct hash_only *only);

void hash_only_prepare(struct hash_only *only);
void hash_only_run(struct hash_only *only);

/* Whether the chains ended where libsodium's end. */
bool hash_only_check(struct hash_only *only);

#endif
