/* SPDX-License-Identifier: MIT */
/* Published daily keys against a log of sightings: which sightings were of those phones. */
#ifndef BEACON_MATCH_H
#define BEACON_MATCH_H

#include <beacon/base.h>
#include <beacon/encounter.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A record of a published list (protocol 6.1): the phone's identifiers from start_ms on, slot by
 * slot, the daily key turning once every slots_per_day slots. The start is usually midnight UTC but
 * need not be: slot 0 begins there. The last slot tested is the one that holds end_ms, or starts
 * exactly at it.
 */
struct beacon_published_key {
    struct beacon_daily_key daily_key; /* of the first day */
    uint32_t slots_per_day;
    uint32_t reserved; /* 0; not looked at. It makes the struct a bundle's record, without a gap */
    int64_t start_ms;
    int64_t end_ms;
};

#define BEACON_SPAN_MAX_MS (400 * BEACON_DAY_MS)

/*
 * 0 if the engine takes it: BEACON_ESLOTS; BEACON_ERANGE (start or end outside 2020 … 2100);
 * BEACON_ESPAN (the end before the start, or more than BEACON_SPAN_MAX_MS after it).
 */
BEACON_API int beacon_published_key_check(const struct beacon_published_key *key);

/* Slots that are tested for a key: floor((end - start) / slot length) + 1; 0 for a key that fails
 * the check. */
BEACON_API uint64_t beacon_published_key_slots(const struct beacon_published_key *key);

/* What a burst still running over a slot's edge can reach (protocol 2.3). */
#define BEACON_TOLERANCE_MS 150000

struct beacon_matcher_options {
    size_t size;          /* sizeof(struct beacon_matcher_options) */
    bool strict;          /* the original app's rule: tolerance 0 (protocol 6.3) */
    int64_t tolerance_ms; /* 1 … BEACON_DAY_MS; 0: BEACON_TOLERANCE_MS; must be 0 if strict */
    bool no_pruning;      /* derive every identifier, also where no sighting could meet it */
    const char *kernel;   /* the kernel to use, by name; NULL: the best that runs here */
};

/*
 * A log made ready to be matched. It does not change while matching: threads may share one and run
 * on it at once.
 *
 * A sighting matches a key when its identifier is that of one of the key's slots and its time lies
 * in [slot start - tolerance, slot end + tolerance], both ends inclusive, whatever the key's own
 * end. Tolerance widens windows; it adds no slot.
 */
typedef struct beacon_matcher beacon_matcher;

/*
 * `sightings` are borrowed until the matcher is freed, and sorted by time here if they are not in
 * that order already. options may be NULL. BEACON_EINVAL for a tolerance out of its range;
 * BEACON_ENOTSUP for a kernel that is not known or does not run here; BEACON_ENOMEM.
 *
 * Sorting is in place and takes longer than matching few keys; a log in order costs one pass.
 */
BEACON_API int beacon_matcher_new(struct beacon_sighting sightings[], size_t count,
                                  const struct beacon_matcher_options *options,
                                  beacon_matcher **ret_matcher);

/* Takes NULL; returns NULL. The sightings stay the caller's. */
BEACON_API beacon_matcher *beacon_matcher_free(beacon_matcher *matcher);

/* The kernel in use, such as "avx512"; static. */
BEACON_API const char *beacon_matcher_kernel(const beacon_matcher *matcher);

/* One sighting that is of one key. */
struct beacon_match {
    size_t key_index;                       /* in the batch */
    const struct beacon_sighting *sighting; /* in the matcher's array */
    int64_t slot_start_ms;                  /* of the slot whose identifier it carries */
};

/* Work done, for whoever asks; added to, never reset, by beacon_matcher_run. */
struct beacon_match_counters {
    uint64_t identifiers;  /* slots covered */
    uint64_t compressions; /* SHA-256 compressions done */
    uint64_t candidates; /* identifiers and sightings that passed a filter, to be compared whole */
    uint64_t matches;    /* callbacks made */
    uint64_t sightings;  /* sightings looked at, each as often as it was */
};

/* Called for each match, in no order; each sighting once for each key it matches. Nonzero stops. */
typedef int beacon_match_fn(const struct beacon_match *match, void *user);

/* Called now and then with the identifiers covered, of all in the batch. Nonzero stops. */
typedef int beacon_match_progress_fn(uint64_t covered, uint64_t total, void *user);

/* Who is told. */
struct beacon_match_listener {
    size_t size; /* sizeof(struct beacon_match_listener) */
    beacon_match_fn *on_match;
    beacon_match_progress_fn *on_progress; /* or NULL */
    void *user;                            /* handed to both */
};

/*
 * Tests a batch of any size. The whole batch is checked first: a key that fails
 * beacon_published_key_check is answered with that error before any callback. Keys that are equal
 * are each matched. Memory beyond the caller's stays below 4 MiB, whatever the log and the batch.
 * counters may be NULL. BEACON_ECANCELED when a callback stopped it; BEACON_ENOMEM.
 *
 * What it costs: one compression for each slot, and one for each further day, whenever keys begin;
 * less where pruning applies. Of the log, keys that begin at times of their own read each sighting
 * once for every 8,192 keys, and for every 131,072 slots (or 8,192 days of keys, if that is less)
 * those of a day and of twice the tolerance once more: a nanosecond or two each, so that it weighs
 * where a day holds some hundred thousand sightings. Keys that share slots a day and time of day
 * are matched together when that is estimated to cost less.
 */
BEACON_API int beacon_matcher_run(const beacon_matcher *matcher,
                                  const struct beacon_published_key batch[], size_t count,
                                  const struct beacon_match_listener *listener,
                                  struct beacon_match_counters *counters);

#ifdef __cplusplus
}
#endif

#endif
