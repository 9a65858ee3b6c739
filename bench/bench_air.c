/* SPDX-License-Identifier: MIT */
/* The simulated air: advertisements a second that it makes, of ten thousand phones at once. */
#include "bench.h"

#include "exchange_file.h"

#include <beacon/air.h>

#define PHONES  10000
#define SECONDS 20

struct sky {
    char *scenario;
    beacon_air *air;
    guint64 sent, arrived; /* in a run */
    guint64 right_sent, right_arrived;
};

static void count_sent(const struct beacon_air_emission *emission, gpointer user)
{
    (void)emission;
    ++*(guint64 *)user;
}

static void sky_prepare(void *state)
{
    struct sky *sky = state;
    GError *error = NULL;

    beacon_air_free(sky->air);
    sky->air = beacon_air_parse(sky->scenario, strlen(sky->scenario), "bench", NULL, &error);
    must(sky->air != NULL, error);
    sky->arrived = 0;
}

static void sky_run(void *state)
{
    struct sky *sky = state;
    struct beacon_air_event event;

    while (beacon_air_next(sky->air, &event))
        sky->arrived++;
}

static bool sky_check(void *state)
{
    const struct sky *sky = state;

    return sky->arrived == sky->right_arrived;
}

static void sky_release(void *state)
{
    struct sky *sky = state;

    beacon_air_free(sky->air);
    g_free(sky->scenario);
    g_free(sky);
}

/* Half of the background phones are off at any time, as people's are. */
static struct sky *sky_make(size_t phones)
{
    struct sky *sky = g_new0(struct sky, 1);

    sky->scenario =
        g_strdup_printf("length %d s\n%zu people staying at 1 m to 30 m: 60 %% android-background, "
                        "10 %% android-open, 30 %% iphone-background\n",
                        SECONDS, phones);
    sky_prepare(sky);
    beacon_air_set_truth(sky->air, count_sent, &sky->right_sent);
    sky_run(sky);
    sky->right_arrived = sky->arrived;
    return sky;
}

void bench_air(struct session *session)
{
    struct group *group = group_new("air", "M/s");
    size_t phones = options_size(session->options.logs, PHONES);

    if (session_wants(session, SUBJECT_AIR)) {
        struct sky *sky = sky_make(phones);

        group_add(group, SUBJECT_AIR, g_strdup_printf("phones=%zu", phones),
                  (struct contender){.work = (double)sky->right_sent,
                                     .prepare = sky_prepare,
                                     .run = sky_run,
                                     .check = sky_check,
                                     .release = sky_release,
                                     .state = sky});
    }
    group_measure(session, group);
    group_free(group);
}
