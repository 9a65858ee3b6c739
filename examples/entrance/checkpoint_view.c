/* SPDX-License-Identifier: MIT */
/* What is seen of it. */
#include "checkpoint_own.h"

#include <math.h>
#include <string.h>

#define DRIFT_LEAST 8

static double share(gint64 part_us, gint64 whole_us)
{
    return CLAMP((double)part_us / (double)whole_us, 0.0, 1.0);
}

static double progress(const struct checkpoint *checkpoint)
{
    gint64 now = checkpoint->now.monotonic_us;
    switch (checkpoint->phase) {
    case CHECKPOINT_LISTENING:
    case CHECKPOINT_ASKING:
        return share(now - checkpoint->check.begin_us, LONGEST_US);
    case CHECKPOINT_OPENED:
        return share(effective_us(checkpoint), OPENED_US);
    case CHECKPOINT_SHOWING:
        return share(now - checkpoint->last_end_us, SHOWING_US);
    default:
        return 0.0;
    }
}

static enum checkpoint_lamp lamp(const struct checkpoint *checkpoint)
{
    if (is_checking(checkpoint))
        return CHECKPOINT_LAMP_WHITE;
    if (checkpoint->phase != CHECKPOINT_SHOWING)
        return CHECKPOINT_LAMP_OFF;
    switch (checkpoint->last.verdict) {
    case VERDICT_HEARD:
        return CHECKPOINT_LAMP_GREEN;
    case VERDICT_CANNOT_TELL:
        return CHECKPOINT_LAMP_AMBER;
    case VERDICT_NOT_HEARD:
        return CHECKPOINT_LAMP_BLUE;
    default:
        return CHECKPOINT_LAMP_OFF;
    }
}

static int by_level(const void *a, const void *b)
{
    return *(const gint8 *)a - *(const gint8 *)b;
}

static double drift_of(const struct greens *greens, double spot_dbm)
{
    gint8 sorted[DRIFT_GREENS];
    guint count = MIN(greens->count, DRIFT_GREENS);
    if (count < DRIFT_LEAST)
        return 0.0;
    memcpy(sorted, greens->levels, sizeof sorted);
    qsort(sorted, count, sizeof *sorted, by_level);
    return sorted[count / 2] - spot_dbm;
}

static double drift(const struct checkpoint *checkpoint)
{
    double most = 0.0;
    for (int i = 0; i < CALIBRATION_PLATFORMS; i++) {
        double one = drift_of(&checkpoint->greens[i], checkpoint->calibration.platform[i].spot_dbm);
        most = fabs(one) > fabs(most) ? one : most;
    }
    return most;
}

void checkpoint_view(struct checkpoint *checkpoint, struct checkpoint_view *ret_view)
{
    gboolean shows = checkpoint->phase == CHECKPOINT_SHOWING;
    gboolean is_deaf = hearing_is_deaf(&checkpoint->hearing);
    gboolean has_reference = hearing_has_reference(&checkpoint->hearing, &checkpoint->calibration);
    gint64 silence = checkpoint->now.monotonic_us - checkpoint->hearing.last_packet_us;
    *ret_view = (struct checkpoint_view){
        .phase = checkpoint->phase,
        .lamp = lamp(checkpoint),
        .progress = progress(checkpoint),
        .verdict = shows ? checkpoint->last.verdict : VERDICT_NONE,
        .platform = shows ? checkpoint->last.platform : BEACON_PLATFORM_UNKNOWN,
        .check = checkpoint->check.number,
        .is_deaf = is_deaf,
        .is_flooded = is_flooded(checkpoint),
        .has_reference = has_reference,
        .hears = !is_deaf && (checkpoint->calibration.has_reference
                                  ? has_reference
                                  : silence < 5 * SECOND_US && !is_flooded(checkpoint)),
        .green_drift_db = drift(checkpoint),
        .now = counts_now(checkpoint->counts),
    };
    if (shows)
        ret_view->reason = checkpoint->last.reason;
    else if (is_checking(checkpoint))
        ret_view->reason = checkpoint_reason_in_between(checkpoint);
}

gint64 checkpoint_due_us(const struct checkpoint *checkpoint)
{
    gint64 soon = checkpoint->ticked_us + SECOND_US, now = checkpoint->now.monotonic_us;
    switch (checkpoint->phase) {
    case CHECKPOINT_LISTENING:
        return MIN(soon, checkpoint->check.begin_us + LISTENING_US);
    case CHECKPOINT_ASKING:
        return MIN(soon, checkpoint->check.begin_us + LONGEST_US);
    case CHECKPOINT_OPENED:
        return checkpoint->hearing.is_on ? MIN(soon, now + OPENED_US - effective_us(checkpoint))
                                         : soon;
    case CHECKPOINT_SHOWING:
        return MIN(soon, checkpoint->last_end_us + SHOWING_US);
    default:
        return soon;
    }
}

const struct counts *checkpoint_counts(const struct checkpoint *checkpoint)
{
    return checkpoint->counts;
}
