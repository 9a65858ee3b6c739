/* SPDX-License-Identifier: MIT */
/* The benches there are. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "measure.h"

struct bench {
    const char *name;
    void (*run)(struct session *session);
    const char *subjects[4]; /* beside kernels and peers; NULL behind the last */
};

/* NULL if there is none of that name. */
const struct bench *bench_named(const char *name);

void bench_hash(struct session *session);
void bench_match(struct session *session);
void bench_scaling(struct session *session);

/* The variants of match, by the words they append to a case. */
const char *bench_match_variant(size_t number); /* NULL behind the last; the plain one is "plain" */

#endif
