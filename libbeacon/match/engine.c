/* SPDX-License-Identifier: MIT */
/* The matcher: a log in order of time, and keys tested against it slot by slot. */
#include <beacon/identity.h>
#include <beacon/match.h>

#include <stdlib.h>
#include <string.h>

struct beacon_matcher {
    const struct beacon_sighting *sightings; /* in order of time */
    size_t count;
    int64_t tolerance_ms;
};

/* The options as a tolerance, or BEACON_EINVAL. */
static int64_t tolerance_of(const struct beacon_matcher_options *options)
{
    if (!options)
        return BEACON_TOLERANCE_MS;
    if (options->size < sizeof(*options) || options->tolerance_ms < 0 ||
        options->tolerance_ms > BEACON_DAY_MS || (options->strict && options->tolerance_ms != 0))
        return BEACON_EINVAL;
    if (options->strict)
        return 0;
    return options->tolerance_ms ? options->tolerance_ms : BEACON_TOLERANCE_MS;
}

int beacon_matcher_new(struct beacon_sighting sightings[], size_t count,
                       const struct beacon_matcher_options *options, beacon_matcher **ret_matcher)
{
    int64_t tolerance_ms = tolerance_of(options);
    beacon_matcher *matcher;

    if (tolerance_ms < 0)
        return (int)tolerance_ms;
    matcher = malloc(sizeof(*matcher));
    if (!matcher)
        return BEACON_ENOMEM;
    beacon_sightings_sort(sightings, count);
    matcher->sightings = sightings;
    matcher->count = count;
    matcher->tolerance_ms = tolerance_ms;
    *ret_matcher = matcher;
    return 0;
}

beacon_matcher *beacon_matcher_free(beacon_matcher *matcher)
{
    free(matcher);
    return NULL;
}

/* The first sighting at or after a time. */
static size_t lower_bound(const beacon_matcher *matcher, int64_t time_ms)
{
    size_t low = 0, high = matcher->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (matcher->sightings[middle].time_ms < time_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* One run over a batch. */
struct run {
    const beacon_matcher *matcher;
    beacon_match_fn *on_match;
    void *user;
    struct beacon_match_counters *counters;
};

/* Compares one identifier with the sightings of its slot's window. */
static int match_slot(const struct run *run, size_t key_index, int64_t start_ms, int64_t end_ms,
                      const struct beacon_identifier *identifier)
{
    const beacon_matcher *matcher = run->matcher;

    for (size_t i = lower_bound(matcher, start_ms - matcher->tolerance_ms);
         i < matcher->count && matcher->sightings[i].time_ms <= end_ms + matcher->tolerance_ms;
         i++) {
        struct beacon_match match = {
            .key_index = key_index, .sighting = &matcher->sightings[i], .slot_start_ms = start_ms};

        if (memcmp(&matcher->sightings[i].identifier, identifier, sizeof(*identifier)) != 0)
            continue;
        run->counters->matches++;
        if (run->on_match(&match, run->user) != 0)
            return BEACON_ECANCELED;
    }
    return 0;
}

/* One key through all its slots, days turning every slots_per_day slots from its start. */
static int match_key(const struct run *run, const struct beacon_published_key *key,
                     size_t key_index)
{
    const int64_t length_ms = BEACON_DAY_MS / key->slots_per_day;
    const uint64_t slots = beacon_published_key_slots(key);
    struct beacon_daily_key daily_key = key->daily_key;
    struct beacon_sub_key sub_key;

    for (uint64_t slot = 0; slot < slots; slot++) {
        int64_t start_ms = key->start_ms + (int64_t)slot * length_ms;
        struct beacon_identifier identifier;
        int error;

        if (slot > 0 && slot % key->slots_per_day == 0) {
            beacon_daily_key_next(&daily_key, &daily_key);
            run->counters->compressions++;
        }
        if (slot % key->slots_per_day == 0)
            beacon_sub_key_first(&daily_key, &sub_key);
        else
            beacon_sub_key_next(&sub_key, &sub_key);
        run->counters->compressions++;
        run->counters->identifiers++;
        beacon_sub_key_identifier(&sub_key, &identifier);
        error = match_slot(run, key_index, start_ms, start_ms + length_ms, &identifier);
        if (error != 0)
            return error;
    }
    return 0;
}

int beacon_matcher_run(const beacon_matcher *matcher, const struct beacon_published_key keys[],
                       size_t count, beacon_match_fn *on_match, void *user,
                       struct beacon_match_counters *counters)
{
    struct beacon_match_counters unread = {0};
    struct run run = {.matcher = matcher,
                      .on_match = on_match,
                      .user = user,
                      .counters = counters ? counters : &unread};

    for (size_t i = 0; i < count; i++) {
        int error = beacon_published_key_check(&keys[i]);

        if (error != 0)
            return error;
    }
    for (size_t i = 0; i < count; i++) {
        int error = match_key(&run, &keys[i], i);

        if (error != 0)
            return error;
    }
    return 0;
}
