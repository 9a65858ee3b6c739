/* SPDX-License-Identifier: MIT */
/* The engine as a contender, and what every contender's matches are held against. */
#ifndef BENCH_MATCH_SUBJECT_H
#define BENCH_MATCH_SUBJECT_H

#include "measure.h"
#include "workload.h"

#define PORTABLE_KEYS 500 /* from the first: those that the portable kernel matches as well */

/* What is right for a workload. */
struct truth {
    const struct workload *workload;
    int64_t tolerance_ms;
    GArray *portable; /* of struct portable_match: the engine's, with the portable kernel */
};

/* Lets the portable kernel match the first keys, which has to find what was planted in them: else
 * false. */
bool truth_init(struct truth *truth, const struct workload *workload, int64_t tolerance_ms);
void truth_clear(struct truth *truth);

/* Whether findings with a sample are what was planted in it, and those with its first
 * PORTABLE_KEYS keys what the portable kernel found. */
bool truth_is(const struct truth *truth, struct sample sample, struct findings all,
              struct findings first);

/* The matcher options of a variant. */
struct beacon_matcher_options engine_options(const char *kernel, int64_t tolerance_ms, bool pruned);

/* A matcher of the workload's log; ends the program when there cannot be one. */
beacon_matcher *engine_matcher(const struct workload *workload,
                               const struct beacon_matcher_options *options);

/* One run of the engine over a stretch of the keys, and what it found. */
struct engine {
    const struct truth *truth;
    const beacon_matcher *matcher;
    size_t from;
    size_t count;
    struct beacon_match_counters counters;
    struct findings all;
    struct findings first; /* with the first PORTABLE_KEYS keys */
    unsigned long heap;    /* most in use while it ran; measured when `watch_heap` */
    bool watch_heap;
    bool loses; /* a test: lets the first match of each run go */
    bool lost;
};

void engine_run(struct engine *engine);

#endif
