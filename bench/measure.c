/* SPDX-License-Identifier: MIT */
/* Subjects timed in turns, each result checked. */
#include "measure.h"

#include <string.h>

#define USUAL_RUNS    7
#define FEWEST_RUNS   3
#define GROUP_SECONDS 12.0 /* fewer runs when the usual number would take longer */
#define LONG_RUN      1.5  /* seconds: a run this long warms itself up and counts at once */

struct group *group_new(const char *bench, const char *unit)
{
    struct group *group = g_new0(struct group, 1);

    group->bench = bench;
    group->unit = unit;
    group->contenders = g_array_new(FALSE, FALSE, sizeof(struct contender));
    return group;
}

static struct contender *contender_at(const struct group *group, guint i)
{
    return &((struct contender *)(void *)group->contenders->data)[i];
}

void group_free(struct group *group)
{
    for (guint i = 0; i < group->contenders->len; i++) {
        struct contender *contender = contender_at(group, i);

        if (contender->release)
            contender->release(contender->state);
        g_free(contender->subject);
        g_free(contender->case_name);
    }
    g_array_free(group->contenders, TRUE);
    g_free(group);
}

bool session_wants(const struct session *session, const char *subject)
{
    return options_want(session->options.subjects, subject);
}

void group_add(struct group *group, const char *subject, char *case_name_taken,
               struct contender contender)
{
    contender.subject = g_strdup(subject);
    contender.case_name = case_name_taken;
    contender.row = NULL;
    g_array_append_val(group->contenders, contender);
}

static int compare_doubles(gconstpointer a, gconstpointer b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double median_of(GArray *numbers)
{
    const double *sorted = (const double *)(void *)numbers->data;
    const guint middle = numbers->len / 2;

    if (numbers->len == 0)
        return 0;
    g_array_sort(numbers, compare_doubles);
    return numbers->len % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/* One run; its seconds, or a negative number when its result is wrong. */
static double run_once(const struct group *group, struct contender *contender)
{
    double (*const now)(void) = group->wall ? machine_wall_seconds : machine_seconds;
    double start, seconds;

    if (contender->prepare)
        contender->prepare(contender->state);
    start = now();
    contender->run(contender->state);
    seconds = now() - start;
    return contender->check(contender->state) ? seconds : -1;
}

/* A run that counts, unless the contender has been wrong; its seconds. */
static double run_and_keep(struct session *session, struct group *group, guint i, GArray *speeds[],
                           bool keep)
{
    struct contender *contender = contender_at(group, i);
    double seconds, speed;

    if (!speeds[i])
        return 0;
    seconds = run_once(group, contender);
    if (seconds < 0) {
        report_error(session->report, "%s, %s: %s gave a wrong result: no figure", group->bench,
                     contender->case_name, contender->subject);
        g_array_free(speeds[i], TRUE);
        speeds[i] = NULL;
        return 0;
    }
    speed = 1e-6 * contender->work / MAX(seconds, 1e-9);
    if (keep || seconds >= LONG_RUN)
        g_array_append_val(speeds[i], speed);
    return seconds;
}

static unsigned int runs_for(const struct session *session, double round_seconds)
{
    double fit = GROUP_SECONDS / MAX(round_seconds, 1e-9);

    if (session->options.runs > 0)
        return (unsigned int)session->options.runs;
    return (unsigned int)CLAMP(fit, FEWEST_RUNS, USUAL_RUNS);
}

/* Turns a contender's speeds into its row. */
static void post(struct session *session, struct group *group, struct contender *contender,
                 GArray *speeds)
{
    struct row *row = g_new0(struct row, 1);

    *row = (struct row){.bench = group->bench,
                        .case_name = g_strdup(contender->case_name),
                        .subject = g_strdup(contender->subject),
                        .unit = group->unit,
                        .median = median_of(speeds), /* and they are sorted */
                        .runs = speeds->len,
                        .group = session->groups};
    row->min = g_array_index(speeds, double, 0);
    row->max = g_array_index(speeds, double, speeds->len - 1);
    contender->row = row;
    g_ptr_array_add(session->report->rows, row);
}

static void post_all(struct session *session, struct group *group, GArray *speeds[])
{
    double first = 0;

    session->groups++;
    for (guint i = 0; i < group->contenders->len; i++) {
        struct contender *contender = contender_at(group, i);

        if (!speeds[i])
            continue;
        post(session, group, contender, speeds[i]);
        if (first == 0)
            first = contender->row->median;
        contender->row->ratio = first / contender->row->median;
    }
}

static void announce(const struct session *session, const struct group *group)
{
    const char *last = NULL;

    if (session->options.quiet)
        return;
    g_printerr("%s", group->bench);
    for (guint i = 0; i < group->contenders->len; i++) {
        const struct contender *contender = contender_at(group, i);

        if (g_strcmp0(last, contender->case_name) != 0)
            g_printerr(" %s:", contender->case_name);
        g_printerr(" %s%s", contender->subject, i + 1 < group->contenders->len ? "," : "");
        last = contender->case_name;
    }
    g_printerr(" ... ");
}

void group_measure(struct session *session, struct group *group)
{
    const guint count = group->contenders->len;
    GArray **speeds = g_new0(GArray *, count);
    GArray *clocks = g_array_new(FALSE, FALSE, sizeof(double));
    double round_seconds = 0;
    unsigned int runs;

    if (count > 0)
        announce(session, group);
    for (guint i = 0; i < count; i++)
        speeds[i] = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < count; i++)
        round_seconds += run_and_keep(session, group, i, speeds, false);
    runs = count > 0 ? runs_for(session, round_seconds) : 0;
    for (unsigned int run = 0; run < runs; run++) {
        double clock_ghz = machine_clock_ghz();

        g_array_append_val(clocks, clock_ghz);
        g_array_append_val(session->clocks_ghz, clock_ghz);
        for (guint i = 0; i < count; i++)
            if (speeds[i] && speeds[i]->len <= run)
                run_and_keep(session, group, i, speeds, true);
    }
    group->clock_ghz = median_of(clocks);
    if (count > 0)
        post_all(session, group, speeds);
    if (count > 0 && !session->options.quiet)
        g_printerr("%u runs\n", runs);
    for (guint i = 0; i < count; i++)
        if (speeds[i])
            g_array_free(speeds[i], TRUE);
    g_array_free(clocks, TRUE);
    g_free(speeds);
}

const struct row *group_row(const struct group *group, const char *subject)
{
    for (guint i = 0; i < group->contenders->len; i++)
        if (strcmp(contender_at(group, i)->subject, subject) == 0)
            return contender_at(group, i)->row;
    return NULL;
}
