/* SPDX-License-Identifier: MIT */
/* Not heard, or cannot tell, and why. */
#include "checkpoint_own.h"

#define GREEN_LATELY_US (600 * SECOND_US)

/* Fewer than so many packets, and a radio without levels may have been unlucky. */
#define NO_LEVELS_PACKETS 3
#define NO_LEVELS_US      (60 * SECOND_US)

static gboolean has_no_levels(const struct checkpoint *checkpoint)
{
    return checkpoint->levelless >= NO_LEVELS_PACKETS &&
           (checkpoint->level_us < 0 ||
            checkpoint->now.monotonic_us - checkpoint->level_us > NO_LEVELS_US);
}

/* What stands against "not heard". */
struct doubts {
    guint counted;  /* counted before, and not seen to leave */
    guint silent;   /* iPhones that did not answer */
    guint at_gate;  /* at the gate, and more than one of them or not clear enough */
    guint possible; /* weaker than the gate, and perhaps a weak phone on it */
};

static gboolean doubt(struct checkpoint *checkpoint, struct transmitter *transmitter, gpointer user)
{
    struct doubts *doubts = user;
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    guint32 now = now_ms(checkpoint);
    gboolean is_of_check = transmitter->best_check == checkpoint->check.number;
    if (transmitter->is_counted && now - transmitter->last_ms < SILENT_MS) {
        doubts->counted++;
        return FALSE;
    }
    if (!is_of_check || !checkpoint_may_be_on_spot(checkpoint, transmitter))
        return FALSE;
    if (transmitter->visit == VISIT_FAILED || transmitter->visit == VISIT_ASKED)
        doubts->silent++;
    else if (transmitter->best_dbm >= gates->gate_dbm)
        doubts->at_gate++;
    else
        doubts->possible++;
    return FALSE;
}

static enum reason reason_of_doubts(struct checkpoint *checkpoint)
{
    struct doubts doubts = {0};
    checkpoint_for_each(checkpoint, LONGEST_US / 1000 + SILENT_MS, doubt, &doubts);
    if (doubts.counted > 0 || doubts.at_gate > 1)
        return REASON_ONE_AT_A_TIME;
    if (doubts.silent > 0)
        return REASON_IPHONE_SILENT;
    if (doubts.at_gate > 0 || doubts.possible > 0)
        return REASON_OPEN_THE_APP;
    return REASON_NONE;
}

static gboolean green_lately(const struct checkpoint *checkpoint)
{
    return checkpoint->green_us >= 0 &&
           checkpoint->now.monotonic_us - checkpoint->green_us < GREEN_LATELY_US;
}

static gint64 wanted_us(const struct checkpoint *checkpoint)
{
    return checkpoint->phase == CHECKPOINT_OPENED ? OPENED_US : LONGEST_US;
}

static enum proof proof_now(const struct checkpoint *checkpoint)
{
    return hearing_proof(&checkpoint->hearing, &checkpoint->calibration, green_lately(checkpoint));
}

/* Why it cannot be "not heard"; REASON_NONE: it is. */
static enum reason reason_now(struct checkpoint *checkpoint, enum proof proof)
{
    if (!is_calibrated(checkpoint))
        return REASON_UNCALIBRATED;
    if (checkpoint->is_lost) /* whatever was wrong with what came before */
        return REASON_NOT_HEARING;
    if (has_no_levels(checkpoint))
        return REASON_NO_LEVELS;
    if (is_flooded(checkpoint) || checkpoint->check.was_flooded)
        return REASON_TOO_MANY;
    if (hearing_is_deaf(&checkpoint->hearing))
        return REASON_NOT_HEARING;
    enum reason reason = reason_of_doubts(checkpoint);
    if (reason != REASON_NONE)
        return reason;
    if (effective_us(checkpoint) < wanted_us(checkpoint))
        return REASON_NOT_HEARING;
    if (proof == PROOF_NONE)
        return checkpoint->calibration.has_reference ? REASON_NOT_HEARING : REASON_OPEN_THE_APP;
    return REASON_NONE;
}

void checkpoint_decide(struct checkpoint *checkpoint)
{
    enum proof proof = proof_now(checkpoint);
    enum reason reason = reason_now(checkpoint, proof);
    checkpoint_end(checkpoint, reason == REASON_NONE ? VERDICT_NOT_HEARD : VERDICT_CANNOT_TELL,
                   reason, BEACON_PLATFORM_UNKNOWN, reason == REASON_NONE ? proof : PROOF_NONE);
}

/* What waiting does not mend is said at once. */
gboolean checkpoint_is_hopeless(const struct checkpoint *checkpoint)
{
    return !is_calibrated(checkpoint) || has_no_levels(checkpoint) || checkpoint->is_lost;
}

/* What would hold back "not heard" if it were decided now, apart from time and proof. */
enum reason checkpoint_reason_in_between(struct checkpoint *checkpoint)
{
    enum reason reason = checkpoint_is_hopeless(checkpoint) || is_flooded(checkpoint)
                             ? reason_now(checkpoint, PROOF_NONE)
                             : reason_of_doubts(checkpoint);
    return reason == REASON_NONE ? REASON_OPEN_THE_APP : reason;
}
