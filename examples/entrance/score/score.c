/* SPDX-License-Identifier: MIT */
/* Joins what was said with what was true. */
#include "score.h"

#include <math.h>
#include <string.h>

#define SPOT_M   0.25
#define GATE_M   0.3 /* a forger, or another's phone, as near as this is on the spot */
#define POCKET_M 1.25
#define ENOUGH   10
#define HOUR_US  (3600 * (gint64)G_USEC_PER_SEC)

static const char *const truth_names[TRUTHS] = {
    "own", "own_few", "dozing", "pocket", "empty", "anothers", "unconfirmed", "deaf", "forger"};
static const char *const said_names[SAIDS] = {"heard", "cannot_tell", "not_heard"};

static const enum worth worths[TRUTHS][SAIDS] = {
    [TRUTH_OWN] = {WORTH_RIGHT, WORTH_MISS, WORTH_FATAL},
    [TRUTH_OWN_FEW] = {WORTH_RIGHT, WORTH_RIGHT, WORTH_WRONG},
    [TRUTH_DOZING] = {WORTH_FATAL, WORTH_RIGHT, WORTH_RIGHT},
    [TRUTH_POCKET] = {WORTH_RIGHT, WORTH_RIGHT, WORTH_WRONG},
    [TRUTH_EMPTY] = {WORTH_FATAL, WORTH_MISS, WORTH_RIGHT},
    [TRUTH_ANOTHERS] = {WORTH_FATAL, WORTH_RIGHT, WORTH_WRONG},
    [TRUTH_UNCONFIRMED] = {WORTH_FATAL, WORTH_RIGHT, WORTH_WRONG},
    [TRUTH_DEAF] = {WORTH_FATAL, WORTH_RIGHT, WORTH_FATAL},
    [TRUTH_FORGER] = {WORTH_RIGHT, WORTH_RIGHT, WORTH_WRONG},
};

const char *truth_name(enum truth truth)
{
    return truth_names[truth];
}

const char *said_name(enum said said)
{
    return said_names[said];
}

enum worth worth_of(enum truth truth, enum said said)
{
    return worths[truth][said];
}

/* ---- What was true of a check ---- */

struct surroundings {
    const struct presence *own;
    gboolean forger, anothers;
};

static struct surroundings look(const struct happening *happening)
{
    struct surroundings around = {0};
    for (guint i = 0; i < happening->presences->len; i++) {
        const struct presence *one = &g_array_index(happening->presences, struct presence, i);
        if (one->device == happening->person)
            around.own = one;
        else if (one->arrived_most > 0 && one->nearest_m <= GATE_M) {
            around.forger = around.forger || one->is_forger;
            around.anothers = around.anothers || one->runs || one->is_unsure;
        }
    }
    return around;
}

static enum truth truth_without_own(const struct happening *happening,
                                    const struct surroundings *around, gint64 window_us)
{
    if (around->forger)
        return TRUTH_FORGER;
    if (around->anothers)
        return TRUTH_ANOTHERS;
    if (happening->deaf_us * 2 > window_us || happening->arrived == 0)
        return TRUTH_DEAF;
    return around->own != NULL && around->own->runs ? TRUTH_DOZING : TRUTH_EMPTY;
}

/* Seconds are coarse: "not heard" is called fatal only for packets that surely came during the
 * check, and any verdict is given the benefit of those that may have. */
static enum truth truth_of(const struct happening *happening, const struct verdict_line *verdict)
{
    struct surroundings around = look(happening);
    const struct presence *own = around.own;
    gint64 window_us = verdict->end_us - verdict->begin_us;
    if (own == NULL || own->arrived_most == 0)
        return truth_without_own(happening, &around, window_us);
    if (own->is_unsure)
        return own->nearest_m <= GATE_M ? TRUTH_UNCONFIRMED
                                        : truth_without_own(happening, &around, window_us);
    if (!own->runs)
        return truth_without_own(happening, &around, window_us);
    if (own->nearest_m > SPOT_M)
        return own->nearest_m <= POCKET_M ? TRUTH_POCKET
                                          : truth_without_own(happening, &around, window_us);
    guint arrived = verdict->said == SAID_HEARD ? own->arrived_most : own->arrived_least;
    return arrived >= ENOUGH ? TRUTH_OWN : TRUTH_OWN_FEW;
}

/* ---- Time to green ---- */

static gint by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double score_percentile(const GArray *seconds, double percent)
{
    if (seconds->len == 0)
        return NAN;
    guint at = (guint)ceil(seconds->len * percent / 100.0);
    return g_array_index(seconds, double, at == 0 ? 0 : at - 1);
}

/* From the tap; or, where nobody tapped, from when the person stepped up. */
static void note_time(struct score *score, const struct happening *happening,
                      const struct verdict_line *verdict)
{
    gint64 from_us = verdict->by_itself ? happening->stepped_us : verdict->begin_us;
    double seconds = (double)(verdict->end_us - from_us) / 1e6;
    const struct presence *own = look(happening).own;
    if (own != NULL)
        g_array_append_val(own->is_open ? score->open_s : score->background_s, seconds);
}

/* ---- Counts ---- */

struct sums {
    double truth, visits, variance;
};

static guint arrivals_in(const GArray *arrivals, gint64 from_us, gint64 to_us)
{
    guint count = 0;
    for (guint i = 0; i < arrivals->len; i++) {
        gint64 time_us = g_array_index(arrivals, gint64, i);
        count += time_us >= from_us && time_us < to_us ? 1 : 0;
    }
    return count;
}

static double relative_error(const struct sums *sums)
{
    return fabs(sums->visits - sums->truth) / MAX(sums->truth, 1);
}

static void add(struct sums *sums, const struct slot_line *slot, guint truth)
{
    sums->truth += truth;
    sums->visits += slot->visits;
    sums->variance += slot->variance;
}

/* Of the slots that the tool counted: the whole, and each full hour of them. */
static void score_counts(struct score *score, const struct verdicts *verdicts,
                         const struct truths *truths)
{
    struct sums day = {0}, hour = {0};
    gint64 hour_us = 0;
    GArray *errors = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < verdicts->slots->len; i++) {
        const struct slot_line *slot = &g_array_index(verdicts->slots, struct slot_line, i);
        if (!slot->is_counted || slot->start_us + slot->length_us > truths->end_us)
            continue;
        guint truth =
            arrivals_in(truths->arrivals, slot->start_us, slot->start_us + slot->length_us);
        add(&day, slot, truth);
        add(&hour, slot, truth);
        hour_us += slot->length_us;
        if (hour_us < HOUR_US)
            continue;
        double error = relative_error(&hour);
        g_array_append_val(errors, error);
        score->hours_beyond += error > SCORE_HOUR_BEYOND ? 1 : 0;
        hour = (struct sums){0};
        hour_us = 0;
    }
    g_array_sort(errors, by_value);
    score->has_counts = day.truth > 0;
    score->hours = errors->len;
    score->hour_p95 = score_percentile(errors, 95);
    score->day_error = relative_error(&day);
    score->counted = day.visits;
    score->visits = day.truth;
    score->band = 1.96 * sqrt(day.variance);
    score->is_covered = fabs(day.visits - day.truth) <= score->band;
    g_array_unref(errors);
}

void score_make(struct score *score, const struct verdicts *verdicts, const struct truths *truths)
{
    memset(score, 0, sizeof *score);
    score->open_s = g_array_new(FALSE, FALSE, sizeof(double));
    score->background_s = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < verdicts->verdicts->len; i++) {
        const struct verdict_line *verdict =
            &g_array_index(verdicts->verdicts, struct verdict_line, i);
        const struct happening *happening = &g_array_index(truths->happenings, struct happening, i);
        if (!happening->has_check || verdict->put_off) {
            score->put_off += verdict->put_off ? 1 : 0;
            score->unmatched += verdict->put_off ? 0 : 1;
            continue;
        }
        enum truth truth = truth_of(happening, verdict);
        enum worth worth = worth_of(truth, verdict->said);
        score->cells[truth][verdict->said]++;
        score->checks++;
        score->fatal += worth == WORTH_FATAL ? 1 : 0;
        score->wrong += worth == WORTH_WRONG ? 1 : 0;
        if (verdict->said == SAID_HEARD && worth == WORTH_RIGHT)
            note_time(score, happening, verdict);
    }
    g_array_sort(score->open_s, by_value);
    g_array_sort(score->background_s, by_value);
    score_counts(score, verdicts, truths);
}

void score_clear(struct score *score)
{
    g_array_unref(score->open_s);
    g_array_unref(score->background_s);
}
