/* SPDX-License-Identifier: MIT */
/* The flow of a check: how it begins, goes on and ends. */
#include "checkpoint_own.h"

/* A receiver that was off part of the time is waited for, and not for ever. */
#define OPENED_AT_MOST_US (20 * SECOND_US)

#define AGAIN_US       (10 * SECOND_US) /* a check so soon after one that could not tell: the same */
#define AGAIN_LIMIT_US (120 * SECOND_US)

static gboolean note_base(struct checkpoint *checkpoint, struct transmitter *transmitter,
                          gpointer user)
{
    guint32 anchor = to_ms(checkpoint, *(const gint64 *)user);
    transmitter->base =
        transmitter_look(transmitter, before(anchor, BASE_FROM_MS), before(anchor, BASE_TO_MS));
    return FALSE;
}

/* One that could not be told just now is the same person's, who has not moved. */
static gboolean is_again(const struct checkpoint *checkpoint)
{
    gint64 now = checkpoint->now.monotonic_us;
    return checkpoint->last.check > 0 && checkpoint->last.verdict == VERDICT_CANNOT_TELL &&
           now - checkpoint->last_end_us < AGAIN_US &&
           now - checkpoint->check.anchor_us < AGAIN_LIMIT_US;
}

static gboolean forget_visit(struct checkpoint *checkpoint, struct transmitter *transmitter,
                             gpointer user)
{
    (void)checkpoint, (void)user;
    if (transmitter->has_left)
        transmitter->visit = VISIT_NOT_ASKED;
    return FALSE;
}

void checkpoint_start(struct checkpoint *checkpoint, gboolean by_itself)
{
    gboolean again = is_again(checkpoint);
    gint64 now = checkpoint->now.monotonic_us;
    checkpoint->check = (struct check){
        .number = checkpoint->check.number + 1,
        .begin_us = now,
        .begin_wall_us = checkpoint->now.wall_us,
        .opened_wall_us = -1,
        .anchor_us = again ? checkpoint->check.anchor_us : now,
        .by_itself = by_itself,
        .was_flooded = is_flooded(checkpoint),
    };
    checkpoint->phase = CHECKPOINT_LISTENING;
    hearing_begin(&checkpoint->hearing, now);
    checkpoint_for_each(checkpoint, G_MAXUINT32, forget_visit, NULL);
    if (!again)
        checkpoint_for_each(checkpoint, G_MAXUINT32, note_base, &checkpoint->check.anchor_us);
    if (checkpoint->listener.on_begin != NULL)
        checkpoint->listener.on_begin(checkpoint->check.number, by_itself, checkpoint->now.wall_us,
                                      checkpoint->listener.user);
}

static void tell(struct checkpoint *checkpoint)
{
    if (checkpoint->listener.on_result != NULL)
        checkpoint->listener.on_result(&checkpoint->last, checkpoint->listener.user);
}

void checkpoint_end(struct checkpoint *checkpoint, enum verdict verdict, enum reason reason,
                    enum beacon_platform platform, enum proof proof)
{
    const struct check *check = &checkpoint->check;
    gint64 now = checkpoint->now.monotonic_us;
    checkpoint->last = (struct checkpoint_result){
        .check = check->number,
        .verdict = verdict,
        .reason = reason,
        .platform = platform,
        .proof = proof,
        .mode = checkpoint->mode,
        .by_itself = check->by_itself,
        .begin_us = check->begin_wall_us,
        .opened_us = check->opened_wall_us,
        .end_us = checkpoint->now.wall_us,
        .seconds = (double)(now - check->begin_us) / 1e6,
        .effective_s = (double)effective_us(checkpoint) / 1e6,
        .calibration = checkpoint->calibration.number,
    };
    checkpoint->last_end_us = now;
    checkpoint->phase = verdict == VERDICT_NONE ? CHECKPOINT_IDLE : CHECKPOINT_SHOWING;
    tell(checkpoint);
}

/* May be the phone of whoever the check was of. */
static gboolean note_put_off(struct checkpoint *checkpoint, struct transmitter *transmitter,
                             gpointer user)
{
    (void)user;
    if (transmitter->has_risen || transmitter->visit == VISIT_ASKED ||
        (transmitter->best_check == checkpoint->check.number &&
         transmitter->best_dbm >= gates_of(checkpoint, transmitter)->exit_dbm))
        transmitter->is_put_off = TRUE;
    return FALSE;
}

void checkpoint_put_off(struct checkpoint *checkpoint)
{
    checkpoint_for_each(checkpoint, LONGEST_US / 1000, note_put_off, NULL);
    checkpoint_end(checkpoint, VERDICT_NONE, REASON_PUT_OFF, BEACON_PLATFORM_UNKNOWN, PROOF_NONE);
}

/* Walk-through: one person more, of whom nothing is said. */
void checkpoint_count_person(struct checkpoint *checkpoint)
{
    checkpoint->check = (struct check){
        .number = checkpoint->check.number + 1,
        .begin_us = checkpoint->now.monotonic_us,
        .begin_wall_us = checkpoint->now.wall_us,
        .opened_wall_us = -1,
    };
    hearing_begin(&checkpoint->hearing, checkpoint->now.monotonic_us);
    checkpoint_end(checkpoint, VERDICT_NONE, REASON_NONE, BEACON_PLATFORM_UNKNOWN, PROOF_NONE);
}

void checkpoint_go_on(struct checkpoint *checkpoint)
{
    gint64 now = checkpoint->now.monotonic_us;
    gint64 since_begin = now - checkpoint->check.begin_us;
    switch (checkpoint->phase) {
    case CHECKPOINT_LISTENING:
        if (since_begin < LISTENING_US)
            return;
        checkpoint->phase = CHECKPOINT_ASKING;
        G_GNUC_FALLTHROUGH;
    case CHECKPOINT_ASKING:
        if (since_begin >= LONGEST_US || checkpoint_is_hopeless(checkpoint))
            checkpoint_decide(checkpoint);
        return;
    case CHECKPOINT_OPENED:
        if (effective_us(checkpoint) >= OPENED_US ||
            now - checkpoint->check.opened_us >= OPENED_AT_MOST_US ||
            (checkpoint_is_hopeless(checkpoint) && since_begin >= LISTENING_US))
            checkpoint_decide(checkpoint);
        return;
    case CHECKPOINT_SHOWING:
        if (now - checkpoint->last_end_us >= SHOWING_US)
            checkpoint->phase = CHECKPOINT_IDLE;
        return;
    case CHECKPOINT_IDLE:
        return;
    }
}
