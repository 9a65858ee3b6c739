/* SPDX-License-Identifier: MIT */
/* Coming to the spot, and leaving it. */
#include "checkpoint_own.h"

/* To leave takes more than a moment's fading. */
#define EXIT_PACKETS 8
#define EXIT_SPAN_MS 1500

#define BEST_SPANS 7 /* about the app's 15 s */

/* Around a slot's edge an identifier goes and another comes from the same phone: after the silent
 * half of its cycle, or, with the app on screen, after 5 s. Clocks are off by a minute. */
#define EDGE_BEFORE_US   (65 * SECOND_US)
#define EDGE_BURST_US    (35 * SECOND_US)
#define EDGE_GAP_MS      17000
#define EDGE_OPEN_GAP_MS 7000
/* An iPhone's address changes at any time, and it pauses for nothing. */
#define ADDRESS_GAP_MS 2000

gboolean checkpoint_for_each(struct checkpoint *checkpoint, guint32 age_ms, checkpoint_each_fn *fn,
                             gpointer user)
{
    guint32 now = now_ms(checkpoint);
    for (guint set = 0; set < TRANSMITTER_SETS; set++)
        for (guint way = 0; way < TRANSMITTER_WAYS; way++) {
            struct transmitter *one = &checkpoint->transmitters.table[set][way];
            if (one->hash != 0 && now - one->last_ms <= age_ms && fn(checkpoint, one, user))
                return TRUE;
        }
    return FALSE;
}

/* What it answered, or that it did not, holds until the next check: levels fade for seconds. */
void checkpoint_leave(struct transmitter *transmitter)
{
    transmitter->has_left = TRUE;
    transmitter->has_risen = FALSE;
    transmitter->is_counted = FALSE;
    transmitter->is_put_off = FALSE;
}

/* How long the phone of a ghost may have been silent before it comes back under another name. */
static guint32 ghost_gap_ms(const struct checkpoint *checkpoint, enum beacon_platform platform)
{
    if (platform == BEACON_PLATFORM_IPHONE)
        return ADDRESS_GAP_MS;
    gint64 since = slot_keys_since_edge_us(&checkpoint->keys, checkpoint->now.wall_us);
    if (checkpoint->keys.is_guessed || since < EDGE_BURST_US ||
        since >= checkpoint->keys.slot_us - EDGE_BEFORE_US)
        return EDGE_GAP_MS;
    return since < SLOT_KEY_GRACE_US + EDGE_OPEN_GAP_MS * 1000 ? EDGE_OPEN_GAP_MS : 0;
}

struct heir {
    const struct transmitter *transmitter;
    guint32 gap_ms;
    gboolean of_put_off; /* else of one that was counted */
};

/* Was here, went silent just before the other was first heard, and was not seen to leave. */
static gboolean precedes(guint8 platform, guint32 last_ms, const struct heir *heir)
{
    const struct transmitter *new_one = heir->transmitter;
    return platform == new_one->platform && last_ms <= new_one->first_ms + ADDRESS_GAP_MS / 4 &&
           last_ms + heir->gap_ms >= new_one->first_ms;
}

static gboolean is_predecessor(struct checkpoint *checkpoint, struct transmitter *transmitter,
                               gpointer user)
{
    const struct heir *heir = user;
    (void)checkpoint;
    return transmitter != heir->transmitter &&
           (heir->of_put_off ? transmitter->is_put_off : transmitter->is_counted) &&
           precedes(transmitter->platform, transmitter->last_ms, heir);
}

/* One that was counted, or put off, and now has another name: it lies on the spot since its first
 * packet. */
static gboolean inherits(struct checkpoint *checkpoint, const struct transmitter *transmitter,
                         gboolean of_put_off)
{
    struct heir heir = {transmitter, ghost_gap_ms(checkpoint, transmitter->platform), of_put_off};
    if (transmitter->was_below_exit || heir.gap_ms == 0)
        return FALSE;
    for (guint i = 0; i < GHOSTS; i++) {
        const struct ghost *ghost = &checkpoint->ghosts[i];
        if ((of_put_off ? ghost->is_put_off : ghost->is_counted) &&
            precedes(ghost->platform, ghost->last_ms, &heir))
            return TRUE;
    }
    return checkpoint_for_each(checkpoint, 2 * SILENT_MS, is_predecessor, &heir);
}

void checkpoint_become_ghost(const struct transmitter *transmitter, gpointer user)
{
    struct checkpoint *checkpoint = user;
    struct ghost *oldest = checkpoint->ghosts;
    if (!transmitter->is_counted && !transmitter->is_put_off)
        return;
    for (guint i = 1; i < GHOSTS; i++)
        if (checkpoint->ghosts[i].last_ms < oldest->last_ms)
            oldest = &checkpoint->ghosts[i];
    *oldest = (struct ghost){transmitter->platform, transmitter->is_counted,
                             transmitter->is_put_off, transmitter->last_ms};
}

void checkpoint_drop_ghosts(struct checkpoint *checkpoint)
{
    for (guint i = 0; i < GHOSTS; i++)
        if (now_ms(checkpoint) - checkpoint->ghosts[i].last_ms > 2 * SILENT_MS)
            checkpoint->ghosts[i] = (struct ghost){0};
}

/* What it was before it came to the spot: before the check, or else some seconds earlier, or before
 * a silence. LEVEL_NONE: unheard. */
static double level_before(const struct checkpoint *checkpoint,
                           const struct transmitter *transmitter)
{
    guint32 now = now_ms(checkpoint), appeared = transmitter->appeared_ms;
    double past = transmitter->base.dbm;
    if (past > LEVEL_NONE && is_checking(checkpoint))
        return past;
    past = transmitter_past(transmitter, before(now, RISE_FROM_MS), before(now, RISE_TO_MS));
    return past > LEVEL_NONE
               ? past
               : transmitter_past(transmitter, before(appeared, BASE_FROM_MS), appeared);
}

gboolean checkpoint_rises(const struct checkpoint *checkpoint,
                          const struct transmitter *transmitter, double level)
{
    guint32 appeared = transmitter->appeared_ms;
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    double until = transmitter_past(transmitter, before(appeared, BASE_FROM_MS), appeared);
    double level_earlier = level_before(checkpoint, transmitter);
    if (until == LEVEL_NONE && level >= gates->unheard_dbm)
        return TRUE;
    return level_earlier > LEVEL_NONE && level - level_earlier >= gates->rise_db;
}

/* After each of its packets: whether it is on the spot, or has left. */
void checkpoint_follow(struct checkpoint *checkpoint, struct transmitter *transmitter, double level)
{
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    guint32 now = now_ms(checkpoint);
    if (level < gates->exit_dbm) {
        if (checkpoint->phase == CHECKPOINT_ASKING || checkpoint->phase == CHECKPOINT_OPENED)
            transmitter->weak_check = checkpoint->check.number;
        double longer = transmitter_level(transmitter, now, EXIT_PACKETS, EXIT_SPAN_MS, SILENT_MS);
        if (longer > LEVEL_NONE && longer < gates->exit_dbm) {
            transmitter->was_below_exit = TRUE;
            checkpoint_leave(transmitter);
        }
        return;
    }
    if (!transmitter->is_known)
        transmitter->is_put_off |= inherits(checkpoint, transmitter, TRUE);
    transmitter->is_known = TRUE;
    if (level < gates->gate_dbm || transmitter->has_risen ||
        !checkpoint_rises(checkpoint, transmitter, level))
        return;
    transmitter->has_risen = TRUE;
    if (inherits(checkpoint, transmitter, FALSE))
        transmitter->is_counted = TRUE;
}

/* The best level that it had during this check; few packets are enough to be in doubt. */
void checkpoint_note_best(struct checkpoint *checkpoint, struct transmitter *transmitter)
{
    guint32 now = now_ms(checkpoint);
    guint32 begin_span = to_ms(checkpoint, checkpoint->check.begin_us) / TRANSMITTER_SPAN_MS;
    guint spans = MIN(now / TRANSMITTER_SPAN_MS - begin_span, BEST_SPANS);
    double level = transmitter_mean(transmitter, now, spans, 1, FEW_PACKETS);
    if (transmitter->best_check != checkpoint->check.number) {
        transmitter->best_check = checkpoint->check.number;
        transmitter->best_dbm = LEVEL_NONE;
    }
    transmitter->best_dbm = MAX(transmitter->best_dbm, level);
}
