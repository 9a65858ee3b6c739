/* SPDX-License-Identifier: MIT */
/* What the parts of beacon match share: the phone's log, what was found in it, what was refused. */
#ifndef TOOL_MATCH_H
#define TOOL_MATCH_H

#include "exposure_words.h"

#include <beacon/encounter.h>
#include <beacon/exchange.h>
#include <beacon/match.h>

#include <glib.h>

/* A listed record some of whose identifiers are in the log. */
struct met {
    uint64_t record; /* counted from 1 through all lists */
    struct beacon_daily_key daily_key;
    uint64_t sightings;
    int64_t first_ms, last_ms;
    uint64_t first_slot, last_slot; /* counted from 0 at the record's start */
    guint exposures_at, exposures;  /* where its exposures stand in found.exposures */
};

struct refused {
    uint64_t record, line; /* one is 0, or both: the whole file */
    const char *path;      /* as it was typed; these three are kept once each, in found.texts */
    const char *field;     /* or NULL */
    const char *expected;
    char *message;
};

struct found {
    uint64_t keys;        /* records accepted */
    uint64_t identifiers; /* that they stand for */
    uint64_t sightings;   /* rows of the log */
    int64_t tolerance_ms;
    struct beacon_encounter_rule rule; /* by which sightings become exposures */
    GArray *met;                       /* struct met, in the order of records */
    GArray *exposures;                 /* struct beacon_encounter */
    bool is_listening_assumed;         /* nobody said how the phone listened */
    GArray *refused;                   /* struct refused */
    GStringChunk *texts;
};

void found_begin(struct found *found);
void found_free(struct found *found);

/* More than this many refusals mean that the file is not what it was taken for. */
#define REFUSED_MAX 100000

/* Keeps a refusal; FALSE when there are too many. */
gboolean found_refuse(struct found *found, const char *path, const struct beacon_refusal *refusal);

/* The sentence that matters, and its colour. */
const char *found_headline(const struct found *found, enum colour *ret_colour);

/* A page to read, without identifiers, keys or names of files, at `path`; an exit code. */
int found_write_html(const struct found *found, const char *path);

/* Both return an exit code. */
int found_print_json(const struct found *found);
int found_print_verdict(const struct found *found);

#define THREADS_MAX 64

/* Where the keys of a list meet the log. */
struct batch {
    const beacon_matcher *matcher;
    const struct beacon_sighting *sightings;
    guint threads;
    struct found *found;
    GArray *keys;         /* struct beacon_published_key */
    GArray *records;      /* uint64_t, one a key */
    uint64_t identifiers; /* that the keys stand for */
};

void batch_begin(struct batch *batch, const beacon_matcher *matcher,
                 const struct beacon_sighting *sightings, guint threads, struct found *found);
void batch_free(struct batch *batch);

/* Adds a key; when the batch is full it is matched. Both return 0 or an error of the library. */
int batch_add(struct batch *batch, const struct beacon_published_key *key, uint64_t record);
int batch_flush(struct batch *batch);

#endif
