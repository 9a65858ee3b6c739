/* SPDX-License-Identifier: MIT */
/* The matcher: its options, its log in order of time, and how a stretch of that log is found. */
#include "match/matcher.h"

#include "base/cpu.h"

#include <stdlib.h>

static const struct beacon_matcher_options defaults = {.size = sizeof(defaults)};

static int check_options(const struct beacon_matcher_options *options)
{
    if (options->size < sizeof(*options) || options->tolerance_ms < 0 ||
        options->tolerance_ms > BEACON_DAY_MS || (options->strict && options->tolerance_ms != 0))
        return BEACON_EINVAL;
    return 0;
}

static int64_t tolerance_of(const struct beacon_matcher_options *options)
{
    if (options->strict)
        return 0;
    return options->tolerance_ms ? options->tolerance_ms : BEACON_TOLERANCE_MS;
}

int beacon_matcher_new(struct beacon_sighting sightings[], size_t count,
                       const struct beacon_matcher_options *options, beacon_matcher **ret_matcher)
{
    const struct bcn_kernel *kernel;
    beacon_matcher *matcher;

    if (!options)
        options = &defaults;
    if (check_options(options) != 0)
        return BEACON_EINVAL;
    kernel = bcn_kernel_choose(bcn_cpu_detect(), options->kernel);
    if (!kernel)
        return BEACON_ENOTSUP;
    matcher = malloc(sizeof(*matcher));
    if (!matcher)
        return BEACON_ENOMEM;
    beacon_sightings_sort(sightings, count);
    *matcher = (struct beacon_matcher){.sightings = sightings,
                                       .count = count,
                                       .tolerance_ms = tolerance_of(options),
                                       .kernel = kernel,
                                       .prune = !options->no_pruning};
    *ret_matcher = matcher;
    return 0;
}

beacon_matcher *beacon_matcher_free(beacon_matcher *matcher)
{
    free(matcher);
    return NULL;
}

const char *beacon_matcher_kernel(const beacon_matcher *matcher)
{
    return matcher->kernel->name;
}

/* The first sighting at or after `time_ms` in [low, high). */
static size_t search(const beacon_matcher *matcher, size_t low, size_t high, int64_t time_ms)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (matcher->sightings[middle].time_ms < time_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The same in the whole log, in steps that double from a guess, so that a near answer is found
 * without touching far memory. */
static size_t search_from(const beacon_matcher *matcher, size_t guess, int64_t time_ms)
{
    size_t step = 1, low = guess;

    if (guess > 0 && matcher->sightings[guess - 1].time_ms >= time_ms)
        return search(matcher, 0, guess, time_ms);
    while (low + step < matcher->count && matcher->sightings[low + step].time_ms < time_ms) {
        low += step;
        step *= 2;
    }
    return search(matcher, low, low + step < matcher->count ? low + step : matcher->count, time_ms);
}

void bcn_window_move(const beacon_matcher *matcher, struct bcn_window *window, int64_t from_ms,
                     int64_t to_ms)
{
    window->first = search_from(matcher, window->first, from_ms);
    window->end = search_from(matcher, window->end, to_ms + 1);
}
