/* SPDX-License-Identifier: MIT */
/* The benches there are. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "measure.h"

struct bench {
    const char *name;
    void (*run)(struct session *session);
    const char *subjects[8]; /* beside kernels and peers; NULL behind the last */
    gboolean waits;          /* for others, most of the time */
};

/* NULL if there is none of that name. */
const struct bench *bench_named(const char *name);

void bench_hash(struct session *session);
void bench_match(struct session *session);
void bench_scaling(struct session *session);
void bench_advert(struct session *session);
void bench_encounter(struct session *session);
void bench_air(struct session *session);
void bench_exchange(struct session *session);
void bench_radio(struct session *session);
void bench_store(struct session *session);
void bench_door(struct session *session);
void bench_bundle(struct session *session, size_t keys); /* a part of exchange */

/* Subjects that are neither kernels nor peers. */
#define SUBJECT_SORT         "beacon_sightings_sort"
#define SUBJECT_QSORT        "qsort"
#define SUBJECT_RECOGNISE    "beacon_advert_recognise"
#define SUBJECT_DEDUPLICATE  "beacon_sightings_deduplicate"
#define SUBJECT_TABLE        "GHashTable"
#define SUBJECT_ENCOUNTER    "beacon_encounter_add"
#define SUBJECT_AIR          "beacon_air_next"
#define SUBJECT_TRACE_READ   "beacon_trace_read"
#define SUBJECT_TRACE_WRITE  "beacon_trace_write"
#define SUBJECT_LIST_READ    "beacon_key_list_read"
#define SUBJECT_LIST_WRITE   "beacon_key_list_add"
#define SUBJECT_BUNDLE_READ  "beacon_bundle_next"
#define SUBJECT_BUNDLE_WRITE "beacon_bundle_add"
#define SUBJECT_RADIO        "beacon_radio"
#define SUBJECT_STORE        "beacon_store"
#define SUBJECT_PLAIN        "SQLite plain"
#define SUBJECT_DOOR         "beacon-entrance"

/* The variants of match, by the words they append to a case. */
const char *bench_match_variant(size_t number); /* NULL behind the last; the plain one is "plain" */

#endif
