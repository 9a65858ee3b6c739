/* SPDX-License-Identifier: MIT */
/* Keys against a log: the engine, its pure hashing, and what one would do without it. */
#include "bench.h"

#include "kernels.h"
#include "match_subject.h"
#include "peer.h"

#include <stdlib.h>

#define USUAL_KEYS     10000  /* where the peers take part, whose speed does not hang on it */
#define KERNELS_LOG    100000 /* where every kernel takes part */
#define OTHER_KEYS     2000   /* that kernels get which are not the one in use */
#define HASH_ONLY_KEYS 65536  /* more of them would only repeat */
#define HEAP_KEYS      40000

struct variant {
    const char *name;
    enum workload_shape shape;
    int64_t tolerance_ms;
    bool pruned;
    bool plain;
};

static const struct variant variants[] = {
    {.name = "plain", .plain = true},
    {.name = "pruned", .pruned = true},
    {.name = "tolerance", .tolerance_ms = BEACON_TOLERANCE_MS},
    {.name = "clustered", .shape = WORKLOAD_CLUSTERED},
    {.name = "clustered pruned", .shape = WORKLOAD_CLUSTERED, .pruned = true},
    {.name = "waking pruned", .shape = WORKLOAD_WAKING, .pruned = true},
    {.name = "sparse", .shape = WORKLOAD_SPARSE},
    {.name = "sparse pruned", .shape = WORKLOAD_SPARSE, .pruned = true},
    {.name = "unaligned", .shape = WORKLOAD_UNALIGNED},
    {.name = "unaligned tolerance",
     .shape = WORKLOAD_UNALIGNED,
     .tolerance_ms = BEACON_TOLERANCE_MS},
    {.name = "unaligned day", .shape = WORKLOAD_UNALIGNED, .tolerance_ms = BEACON_DAY_MS},
};

static const char unordered[] = "unordered";

const char *bench_match_variant(size_t number)
{
    if (number == G_N_ELEMENTS(variants))
        return unordered;
    return number < G_N_ELEMENTS(variants) ? variants[number].name : NULL;
}

/* One size in one variant: what its contenders share. */
struct setting {
    struct session *session;
    const struct variant *variant;
    struct workload *workload;
    struct truth truth;
    char *case_name;
    GString *samples; /* of those that are not given all keys, in words */
    GString *ready;   /* what was done before the timing, in words */
};

static void say_sample(struct setting *setting, const char *subject, struct sample sample)
{
    g_string_append_printf(setting->samples, "%s %s %zu key%s",
                           setting->samples->len > 0 ? "," : "", subject, sample.keys,
                           sample.keys == 1 ? "" : "s");
    if (sample.slots < WORKLOAD_SLOTS)
        g_string_append_printf(setting->samples, " × %u slots", sample.slots);
}

static void say_ready(struct setting *setting, const char *what, double start)
{
    char *number = report_number(1e3 * (machine_seconds() - start));

    g_string_append_printf(setting->ready, "%s %s %s ms", setting->ready->len > 0 ? "," : "", what,
                           number);
    g_free(number);
}

/* The engine as a contender. */
struct engine_state {
    struct engine engine;
    beacon_matcher *matcher;
    struct sample sample;
};

static void engine_state_run(void *state)
{
    engine_run(&((struct engine_state *)state)->engine);
}

static bool engine_state_check(void *state)
{
    const struct engine_state *engine = state;

    return truth_is(engine->engine.truth, engine->sample, engine->engine.all,
                    engine->engine.first) &&
           engine->engine.counters.identifiers == (uint64_t)engine->sample.keys * WORKLOAD_SLOTS;
}

static void engine_state_free(void *state)
{
    struct engine_state *engine = state;

    beacon_matcher_free(engine->matcher);
    g_free(engine);
}

static struct engine_state *engine_state_new(const struct setting *setting, const char *kernel,
                                             size_t keys)
{
    const struct variant *variant = setting->variant;
    const struct beacon_matcher_options options =
        engine_options(kernel, variant->tolerance_ms, variant->pruned);
    struct engine_state *state = g_new0(struct engine_state, 1);

    state->sample = (struct sample){.keys = keys, .slots = WORKLOAD_SLOTS};
    state->matcher = engine_matcher(setting->workload, &options);
    state->engine = (struct engine){
        .truth = &setting->truth, .matcher = state->matcher, .count = state->sample.keys};
    return state;
}

static void add_engine(struct setting *setting, struct group *group, const char *subject,
                       struct engine_state *state)
{
    if (state->sample.keys < setting->workload->keys_count)
        say_sample(setting, subject, state->sample);
    group_add(group, subject, g_strdup(setting->case_name),
              (struct contender){.work = (double)state->sample.keys * WORKLOAD_SLOTS,
                                 .run = engine_state_run,
                                 .check = engine_state_check,
                                 .release = engine_state_free,
                                 .state = state});
}

static void hash_only_state_prepare(void *state)
{
    hash_only_prepare(state);
}

static void hash_only_state_run(void *state)
{
    hash_only_run(state);
}

static bool hash_only_state_check(void *state)
{
    return hash_only_check(state);
}

static void hash_only_state_free(void *state)
{
    hash_only_free(state);
}

static void add_hash_only(struct setting *setting, struct group *group, const char *kernel,
                          size_t most_keys)
{
    const struct workload *workload = setting->workload;
    const struct sample sample = {.keys = MIN(workload->keys_count, most_keys),
                                  .slots = WORKLOAD_SLOTS};
    char *subject = g_strdup_printf("%s hash only", kernel);

    if (session_wants(setting->session, subject)) {
        if (sample.keys < workload->keys_count)
            say_sample(setting, subject, sample);
        group_add(group, subject, g_strdup(setting->case_name),
                  (struct contender){.work = (double)sample.keys * WORKLOAD_SLOTS,
                                     .prepare = hash_only_state_prepare,
                                     .run = hash_only_state_run,
                                     .check = hash_only_state_check,
                                     .release = hash_only_state_free,
                                     .state = hash_only_new(kernel, workload->keys, sample.keys)});
    }
    g_free(subject);
}

/* A kernel that was not chosen takes part where it is asked for by name, on all keys, and where
 * kernels are compared, on some. */
static void add_other_kernel(struct setting *setting, struct group *group, const char *kernel)
{
    const struct options *options = &setting->session->options;
    const size_t all = setting->workload->keys_count;
    const bool compared =
        setting->variant->plain && setting->workload->log_count == KERNELS_LOG && all == USUAL_KEYS;
    const bool named = options->subjects->len > 0;

    if (options->kernel || !kernel_runs_here(kernel) || (!compared && !named))
        return;
    if (session_wants(setting->session, kernel))
        add_engine(setting, group, kernel,
                   engine_state_new(setting, kernel, named ? all : MIN(all, OTHER_KEYS)));
    if (named && !setting->variant->pruned)
        add_hash_only(setting, group, kernel, HASH_ONLY_KEYS);
}

static void add_kernels(struct setting *setting, struct group *group)
{
    struct session *session = setting->session;
    const char *chosen = session->options.kernel ? session->options.kernel : session->best;
    const size_t all = setting->workload->keys_count;

    if (session_wants(session, chosen))
        add_engine(setting, group, chosen, engine_state_new(setting, chosen, all));
    if (!setting->variant->pruned)
        add_hash_only(setting, group, chosen, HASH_ONLY_KEYS);
    for (size_t i = 0; kernel_name(i); i++)
        if (strcmp(kernel_name(i), chosen) != 0)
            add_other_kernel(setting, group, kernel_name(i));
    if (session->with_wrong && session_wants(session, "wrong")) {
        struct engine_state *state = engine_state_new(setting, chosen, all);

        state->engine.loses = true;
        add_engine(setting, group, "wrong", state);
    }
}

/* A peer as a contender. */
struct peer_state {
    const struct setting *setting;
    const struct peer *peer;
    void *index;
    bool borrowed; /* the index is another's */
    struct sample sample;
    struct findings findings;
};

static void peer_state_run(void *state)
{
    struct peer_state *peer = state;

    peer->findings = (struct findings){0};
    peer->peer->run(peer->index, peer_hash(peer->peer), peer->setting->workload, peer->sample,
                    &peer->findings);
}

/* Peers are given fewer keys than the portable kernel. */
static bool peer_state_check(void *state)
{
    const struct peer_state *peer = state;

    return truth_is(&peer->setting->truth, peer->sample, peer->findings, peer->findings);
}

static void peer_state_free(void *state)
{
    struct peer_state *peer = state;

    if (!peer->borrowed)
        peer->peer->close(peer->index);
    g_free(peer);
}

/* The index, made, or taken from the last peer that made one in the same way. */
static struct peer_state *peer_state_new(struct setting *setting, const struct peer *peer,
                                         const struct peer_state *last)
{
    struct peer_state *state = g_new0(struct peer_state, 1);

    state->setting = setting;
    state->peer = peer;
    state->sample = peer_sample(peer, setting->workload);
    state->borrowed = last && last->peer->open == peer->open;
    if (state->borrowed) {
        state->index = last->index;
    } else {
        const double start = machine_seconds();

        state->index = peer->open(setting->workload);
        say_ready(setting, peer->name, start);
    }
    return state;
}

static bool peer_takes_part(struct session *session, const struct peer *peer, size_t log_count)
{
    if (!session_wants(session, peer->name))
        return false;
    if (!peer_hash(peer)) {
        report_note(session->report, "%s: absent, its library was not there when this was built",
                    peer->name);
        return false;
    }
    if (peer->log_max > 0 && log_count > peer->log_max) {
        report_note(session->report, "%s: not run with logs above %zu", peer->name, peer->log_max);
        return false;
    }
    return true;
}

static void add_peers(struct setting *setting, struct group *group)
{
    const struct peer_state *last = NULL;

    for (size_t i = 0; peer_at(i); i++) {
        const struct peer *peer = peer_at(i);
        struct peer_state *state;

        if (!peer_takes_part(setting->session, peer, setting->workload->log_count))
            continue;
        state = peer_state_new(setting, peer, last);
        last = state;
        report_note(setting->session->report, "%s: %s", peer->name, peer->about);
        say_sample(setting, peer->name, state->sample);
        group_add(group, peer->name, g_strdup(setting->case_name),
                  (struct contender){.work = (double)state->sample.keys * state->sample.slots,
                                     .run = peer_state_run,
                                     .check = peer_state_check,
                                     .release = peer_state_free,
                                     .state = state});
    }
}

/* What the engine needs: time to make a matcher, memory of its own, and as many compressions as
 * hash only. */
static void watch_engine(struct setting *setting)
{
    struct session *session = setting->session;
    const char *kernel = session->options.kernel;
    const double start = machine_seconds();
    struct engine_state *state =
        engine_state_new(setting, kernel, MIN(setting->workload->keys_count, HEAP_KEYS));
    const unsigned long before = machine_heap();
    struct engine *engine = &state->engine;
    const uint64_t compressions =
        (uint64_t)state->sample.keys * (WORKLOAD_SLOTS + WORKLOAD_DAYS - 1);

    say_ready(setting, "a matcher", start);
    engine->watch_heap = true;
    engine_run(engine);
    if (before > 0)
        report_note(session->report, "%s: the engine takes %.2f MiB beside the caller's arrays",
                    setting->case_name, (double)(engine->heap - before) / 1048576);
    if (engine->counters.compressions != compressions)
        report_note(session->report, "%s: the engine does %.3f times the compressions of hash only",
                    setting->case_name,
                    (double)engine->counters.compressions / (double)compressions);
    engine_state_free(state);
}

static void setting_measure(struct setting *setting, bool with_peers)
{
    struct session *session = setting->session;
    struct group *group = group_new("match", "M/s");

    add_kernels(setting, group);
    if (with_peers)
        add_peers(setting, group);
    group_measure(session, group);
    if (setting->samples->len > 0)
        report_note(session->report, "%s: on a sample,%s", setting->case_name,
                    setting->samples->str);
    group_free(group);
    if (with_peers)
        watch_engine(setting);
    if (setting->ready->len > 0)
        report_note(session->report, "%s: made ready before the timing,%s", setting->case_name,
                    setting->ready->str);
}

static void bench_setting(struct session *session, const struct variant *variant, size_t log_count,
                          size_t keys_count, bool with_peers)
{
    struct setting setting = {.session = session,
                              .variant = variant,
                              .workload = workload_new(variant->shape, log_count, keys_count),
                              .case_name = g_strdup_printf("log=%zu keys=%zu%s%s", log_count,
                                                           keys_count, variant->plain ? "" : " ",
                                                           variant->plain ? "" : variant->name),
                              .samples = g_string_new(NULL),
                              .ready = g_string_new(NULL)};

    if (truth_init(&setting.truth, setting.workload, variant->tolerance_ms))
        setting_measure(&setting, with_peers);
    else
        report_error(session->report,
                     "match, %s: the portable kernel does not find what was planted: no figures",
                     setting.case_name);
    truth_clear(&setting.truth);
    workload_free(setting.workload);
    g_free(setting.case_name);
    g_string_free(setting.samples, TRUE);
    g_string_free(setting.ready, TRUE);
}

/* A log in random order, put in order in its own array. */
struct sorting {
    const struct beacon_sighting *shuffled;
    struct beacon_sighting *log;
    size_t count;
    uint64_t sum; /* over the sightings, whatever their order */
    void (*sort)(struct beacon_sighting log[], size_t count);
};

static int compare_times(const void *a, const void *b)
{
    const struct beacon_sighting *x = a, *y = b;

    return (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
}

static void sort_with_qsort(struct beacon_sighting log[], size_t count)
{
    qsort(log, count, sizeof(log[0]), compare_times);
}

static uint64_t sum_of(const struct beacon_sighting log[], size_t count)
{
    struct findings findings = {0};

    for (size_t i = 0; i < count; i++)
        findings_add(&findings, 0, log[i].time_ms, &log[i].identifier);
    return findings.digest;
}

static void sorting_prepare(void *state)
{
    struct sorting *sorting = state;

    memcpy(sorting->log, sorting->shuffled, sorting->count * sizeof(sorting->log[0]));
}

static void sorting_run(void *state)
{
    struct sorting *sorting = state;

    sorting->sort(sorting->log, sorting->count);
}

static bool sorting_check(void *state)
{
    const struct sorting *sorting = state;

    for (size_t i = 1; i < sorting->count; i++)
        if (sorting->log[i - 1].time_ms > sorting->log[i].time_ms)
            return false;
    return sum_of(sorting->log, sorting->count) == sorting->sum;
}

static void add_sorting(struct session *session, struct group *group, const char *subject,
                        struct sorting *sorting)
{
    if (session_wants(session, subject))
        group_add(group, subject, g_strdup_printf("log=%zu keys=0 %s", sorting->count, unordered),
                  (struct contender){.work = (double)sorting->count,
                                     .prepare = sorting_prepare,
                                     .run = sorting_run,
                                     .check = sorting_check,
                                     .state = sorting});
}

static void bench_unordered(struct session *session, size_t count)
{
    struct workload *workload = workload_new(WORKLOAD_SPREAD, count, 0);
    struct group *group = group_new("match", "M/s");
    struct sorting ours = {.shuffled = workload->log,
                           .log = g_new(struct beacon_sighting, count),
                           .count = count,
                           .sum = sum_of(workload->log, count),
                           .sort = beacon_sightings_sort};
    struct sorting theirs = ours;
    const struct row *row;

    theirs.sort = sort_with_qsort;
    workload_shuffle(workload->log, count);
    add_sorting(session, group, SUBJECT_SORT, &ours);
    add_sorting(session, group, SUBJECT_QSORT, &theirs);
    group_measure(session, group);
    row = group_row(group, SUBJECT_SORT);
    if (row)
        report_note(session->report, "%s: M/s of sightings; in place in %.1f ms", row->case_name,
                    1e-3 * (double)count / row->median);
    group_free(group);
    g_free(ours.log);
    workload_free(workload);
}

/* The sizes to go through: those asked for, or the usual ones. */
static GArray *sizes_of(const GArray *asked, size_t least, size_t most)
{
    GArray *sizes = g_array_new(FALSE, FALSE, sizeof(size_t));

    if (asked->len > 0)
        g_array_append_vals(sizes, asked->data, asked->len);
    else
        for (size_t size = least; size <= most; size *= 10)
            g_array_append_val(sizes, size);
    return sizes;
}

/* Of a million keys only some logs, unless they are asked for: it takes long and says little. */
static bool is_usual(const struct options *options, size_t log_count, size_t keys_count)
{
    if (options->logs->len > 0 || options->keys->len > 0)
        return true;
    return keys_count < 1000000 || log_count == 100000 || log_count == 10000000;
}

/* Variants are shown with two logs, unless sizes are asked for. */
static bool is_usual_variant(const struct options *options, size_t log_count, size_t keys_count)
{
    const bool log = options->logs->len > 0 || log_count == 100000 || log_count == 1000000;

    return log && (options->keys->len > 0 || keys_count == USUAL_KEYS);
}

static void bench_size(struct session *session, size_t log_count, size_t keys_count)
{
    const struct options *options = &session->options;

    for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
        const struct variant *variant = &variants[i];

        if (!options_want(options->variants, variant->name))
            continue;
        if (variant->plain ? is_usual(options, log_count, keys_count)
                           : is_usual_variant(options, log_count, keys_count))
            bench_setting(session, variant, log_count, keys_count,
                          variant->plain && (options->keys->len > 0 || keys_count == USUAL_KEYS));
    }
}

void bench_match(struct session *session)
{
    const struct options *options = &session->options;
    GArray *logs = sizes_of(options->logs, 1000, 10000000);
    GArray *keys = sizes_of(options->keys, 100, 1000000);

    for (guint i = 0; i < logs->len; i++) {
        const size_t log_count = g_array_index(logs, size_t, i);

        for (guint j = 0; j < keys->len; j++)
            bench_size(session, log_count, g_array_index(keys, size_t, j));
        if (options_want(options->variants, unordered) &&
            (options->logs->len > 0 || log_count >= 100000))
            bench_unordered(session, log_count);
    }
    g_array_free(logs, TRUE);
    g_array_free(keys, TRUE);
}
