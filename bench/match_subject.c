/* SPDX-License-Identifier: MIT */
/* The engine as a contender, and what every contender's matches are held against. */
#include "match_subject.h"

struct portable_match {
    size_t key_index;
    uint32_t slot;
    int64_t time_ms;
    struct beacon_identifier identifier;
};

static int keep_match(const struct beacon_match *match, void *user)
{
    struct truth *truth = user;
    const struct portable_match kept = {
        .key_index = match->key_index,
        .slot = workload_slot(truth->workload, match->key_index, match->slot_start_ms),
        .time_ms = match->sighting->time_ms,
        .identifier = match->sighting->identifier};

    g_array_append_val(truth->portable, kept);
    return 0;
}

static void run_or_die(const beacon_matcher *matcher, const struct beacon_published_key keys[],
                       size_t count, const struct beacon_match_listener *listener,
                       struct beacon_match_counters *counters)
{
    const int error = beacon_matcher_run(matcher, keys, count, listener, counters);

    if (error != 0)
        fail("matching failed: %s", beacon_error_text(error));
}

struct beacon_matcher_options engine_options(const char *kernel, int64_t tolerance_ms, bool pruned)
{
    return (struct beacon_matcher_options){.size = sizeof(struct beacon_matcher_options),
                                           .strict = tolerance_ms == 0,
                                           .tolerance_ms = tolerance_ms,
                                           .no_pruning = !pruned,
                                           .kernel = kernel};
}

beacon_matcher *engine_matcher(const struct workload *workload,
                               const struct beacon_matcher_options *options)
{
    beacon_matcher *matcher = NULL;
    const int error = beacon_matcher_new(workload->log, workload->log_count, options, &matcher);

    if (error != 0)
        fail("no matcher: %s", beacon_error_text(error));
    return matcher;
}

/* What the portable kernel found with a sample, within the first `keys` keys. */
static struct findings portable_findings(const struct truth *truth, struct sample sample)
{
    struct findings findings = {0};

    for (guint i = 0; i < truth->portable->len; i++) {
        const struct portable_match *match =
            &g_array_index(truth->portable, struct portable_match, i);

        if (match->key_index < sample.keys && match->slot < sample.slots)
            findings_add(&findings, match->key_index, match->time_ms, &match->identifier);
    }
    return findings;
}

bool truth_init(struct truth *truth, const struct workload *workload, int64_t tolerance_ms)
{
    const struct beacon_matcher_options options = engine_options("portable", tolerance_ms, false);
    const struct sample sample = {.keys = MIN(PORTABLE_KEYS, workload->keys_count),
                                  .slots = WORKLOAD_SLOTS};
    struct beacon_match_listener listener = {.size = sizeof(listener), .on_match = keep_match};
    beacon_matcher *matcher = engine_matcher(workload, &options);

    truth->workload = workload;
    truth->tolerance_ms = tolerance_ms;
    truth->portable = g_array_new(FALSE, FALSE, sizeof(struct portable_match));
    listener.user = truth;
    run_or_die(matcher, workload->keys, sample.keys, &listener, NULL);
    beacon_matcher_free(matcher);
    return findings_equal(portable_findings(truth, sample),
                          workload_planted(workload, sample, tolerance_ms));
}

void truth_clear(struct truth *truth)
{
    g_array_free(truth->portable, TRUE);
}

bool truth_is(const struct truth *truth, struct sample sample, struct findings all,
              struct findings first)
{
    return findings_equal(all, workload_planted(truth->workload, sample, truth->tolerance_ms)) &&
           findings_equal(first, portable_findings(truth, sample));
}

static int count_match(const struct beacon_match *match, void *user)
{
    struct engine *engine = user;
    const size_t index = engine->from + match->key_index;

    if (engine->loses && !engine->lost) {
        engine->lost = true;
        return 0;
    }
    findings_add(&engine->all, index, match->sighting->time_ms, &match->sighting->identifier);
    if (index < PORTABLE_KEYS)
        findings_add(&engine->first, index, match->sighting->time_ms, &match->sighting->identifier);
    return 0;
}

static int watch_heap(uint64_t covered, uint64_t total, void *user)
{
    struct engine *engine = user;
    const unsigned long heap = machine_heap();

    (void)covered;
    (void)total;
    engine->heap = MAX(engine->heap, heap);
    return 0;
}

void engine_run(struct engine *engine)
{
    const struct beacon_match_listener listener = {.size = sizeof(listener),
                                                   .on_match = count_match,
                                                   .on_progress =
                                                       engine->watch_heap ? watch_heap : NULL,
                                                   .user = engine};

    engine->all = engine->first = (struct findings){0};
    engine->counters = (struct beacon_match_counters){0};
    engine->lost = false;
    run_or_die(engine->matcher, engine->truth->workload->keys + engine->from, engine->count,
               &listener, &engine->counters);
}
