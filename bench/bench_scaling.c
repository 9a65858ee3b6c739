/* SPDX-License-Identifier: MIT */
/* Threads that share one matcher, each with its part of the keys. */
#include "bench.h"

#include "match_subject.h"

#include <pthread.h>

#define LOG_COUNT   100000
#define KEYS_COUNT  40000 /* in all; so that two threads have whole blocks */
#define THREADS_MAX 64

struct team {
    const struct truth *truth;
    beacon_matcher *matcher;
    unsigned int threads;
    struct engine members[THREADS_MAX];
};

static void *member_run(void *member)
{
    engine_run(member);
    return NULL;
}

static void team_run(void *state)
{
    struct team *team = state;
    pthread_t threads[THREADS_MAX];

    for (unsigned int i = 1; i < team->threads; i++)
        if (pthread_create(&threads[i], NULL, member_run, &team->members[i]) != 0)
            fail("no thread");
    member_run(&team->members[0]);
    for (unsigned int i = 1; i < team->threads; i++)
        pthread_join(threads[i], NULL);
}

static void findings_join(struct findings *all, struct findings some)
{
    all->count += some.count;
    all->digest += some.digest;
}

static bool team_check(void *state)
{
    const struct team *team = state;
    const struct sample sample = {.keys = team->truth->workload->keys_count,
                                  .slots = WORKLOAD_SLOTS};
    struct findings all = {0}, first = {0};

    for (unsigned int i = 0; i < team->threads; i++) {
        findings_join(&all, team->members[i].all);
        findings_join(&first, team->members[i].first);
    }
    return truth_is(team->truth, sample, all, first);
}

static struct team *team_new(const struct truth *truth, beacon_matcher *matcher,
                             unsigned int threads)
{
    const size_t keys = truth->workload->keys_count;
    struct team *team = g_new0(struct team, 1);

    team->truth = truth;
    team->matcher = matcher;
    team->threads = threads;
    for (unsigned int i = 0; i < threads; i++) {
        const size_t from = keys * i / threads, end = keys * (i + 1) / threads;

        team->members[i] =
            (struct engine){.truth = truth, .matcher = matcher, .from = from, .count = end - from};
    }
    return team;
}

static void add_team(struct session *session, struct group *group, const struct truth *truth,
                     beacon_matcher *matcher, unsigned int threads)
{
    const struct workload *workload = truth->workload;
    const char *kernel = beacon_matcher_kernel(matcher);

    if (session_wants(session, kernel))
        group_add(group, kernel,
                  g_strdup_printf("log=%zu keys=%zu threads=%u", workload->log_count,
                                  workload->keys_count, threads),
                  (struct contender){.work = (double)workload->keys_count * WORKLOAD_SLOTS,
                                     .run = team_run,
                                     .check = team_check,
                                     .release = g_free,
                                     .state = team_new(truth, matcher, threads)});
}

static void add_teams(struct session *session, struct group *group, const struct truth *truth,
                      beacon_matcher *matcher)
{
    const unsigned int cores = MIN(session->report->machine.cores, THREADS_MAX);

    add_team(session, group, truth, matcher, 1);
    add_team(session, group, truth, matcher, 2);
    if (cores > 2)
        add_team(session, group, truth, matcher, cores);
    if (cores < 2)
        report_note(session->report, "scaling: one core only, so two threads cannot gain");
}

void bench_scaling(struct session *session)
{
    struct workload *workload =
        workload_new(WORKLOAD_SPREAD, options_size(session->options.logs, LOG_COUNT),
                     options_size(session->options.keys, KEYS_COUNT));
    const struct beacon_matcher_options options = engine_options(session->options.kernel, 0, false);
    beacon_matcher *matcher = engine_matcher(workload, &options);
    struct group *group = group_new("scaling", "M/s");
    struct truth truth;

    group->wall = true;
    if (truth_init(&truth, workload, 0)) {
        add_teams(session, group, &truth, matcher);
        group_measure(session, group);
    } else {
        report_error(session->report,
                     "scaling: the portable kernel does not find what was planted: no figures");
    }
    group_free(group);
    truth_clear(&truth);
    beacon_matcher_free(matcher);
    workload_free(workload);
}
