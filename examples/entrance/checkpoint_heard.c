/* SPDX-License-Identifier: MIT */
/* Heard: the one phone that lies on the spot, and sends. */
#include "checkpoint_own.h"

#include <sodium.h>

/* Some weaker ones are heard after a longer time. */
#define LONGER_SPANS   4
#define LONGEST_SPANS  6
#define LONGER_PACKETS 8

#define LEAD_DB       8.0
#define OTHERS_AGE_MS 3000

#define VISIT_LIMIT_US    (6 * SECOND_US)
#define VISIT_REMEMBER_US (60 * SECOND_US)

/* How far above its platform's gate: so an iPhone, which sends 15 dB stronger, is as near. */
static double above_gate(const struct checkpoint *checkpoint, const struct transmitter *transmitter,
                         double level)
{
    return level - gates_of(checkpoint, transmitter)->gate_dbm;
}

struct rival {
    const struct transmitter *candidate;
    double above_db;
};

static gboolean is_rival(struct checkpoint *checkpoint, struct transmitter *transmitter,
                         gpointer user)
{
    const struct rival *rival = user;
    if (transmitter == rival->candidate)
        return FALSE;
    double level =
        transmitter_level(transmitter, now_ms(checkpoint), FEW_PACKETS, 0, OTHERS_AGE_MS);
    return level > LEVEL_NONE &&
           above_gate(checkpoint, transmitter, level) > rival->above_db - LEAD_DB;
}

static gboolean has_rival(struct checkpoint *checkpoint, const struct transmitter *candidate,
                          double level)
{
    struct rival rival = {candidate, above_gate(checkpoint, candidate, level)};
    return checkpoint_for_each(checkpoint, OTHERS_AGE_MS, is_rival, &rival);
}

static gboolean is_same_identifier(struct checkpoint *checkpoint, struct transmitter *transmitter,
                                   gpointer user)
{
    const struct transmitter *candidate = user;
    (void)checkpoint;
    return transmitter != candidate && transmitter->is_counted &&
           transmitter->identifier_hash == candidate->identifier_hash;
}

/* An iPhone is asked who it is, once a visit; until it has answered it is not heard. */
static gboolean has_answered(struct checkpoint *checkpoint, struct transmitter *transmitter,
                             const struct beacon_radio_packet *packet)
{
    struct visit *visit = &checkpoint->visit;
    if (transmitter->platform != BEACON_PLATFORM_IPHONE || transmitter->visit == VISIT_ANSWERED)
        return TRUE;
    if (transmitter->visit != VISIT_NOT_ASKED || visit->is_under_way || !packet->connectable ||
        checkpoint->listener.on_visit == NULL)
        return FALSE;
    gint64 now = checkpoint->now.wall_us;
    gint64 left = checkpoint->keys.slot_us - slot_keys_since_edge_us(&checkpoint->keys, now);
    gint64 remember = checkpoint->keys.is_guessed ? 0 : MIN(left, VISIT_REMEMBER_US);
    *visit = (struct visit){TRUE, packet->address, transmitter->hash, transmitter->epoch,
                            checkpoint->now.monotonic_us + VISIT_LIMIT_US};
    transmitter->visit = VISIT_ASKED;
    transmitter->has_left = FALSE;
    if (!checkpoint->listener.on_visit(&packet->address, now + remember,
                                       checkpoint->listener.user)) {
        sodium_memzero(visit, sizeof *visit);
        transmitter->visit = VISIT_FAILED;
        return FALSE;
    }
    hearing_visiting(&checkpoint->hearing, visit->is_under_way, checkpoint->now.monotonic_us);
    return transmitter->visit == VISIT_ANSWERED;
}

static gboolean may_be_heard(const struct checkpoint *checkpoint)
{
    gboolean by_itself = checkpoint->phase == CHECKPOINT_IDLE && !checkpoint->options.waits_for_tap;
    return checkpoint->mode == MODE_ATTENDED && (is_checking(checkpoint) || by_itself) &&
           is_calibrated(checkpoint) && !is_flooded(checkpoint) && checkpoint->hearing.is_ready;
}

static void note_green(struct checkpoint *checkpoint, const struct transmitter *transmitter,
                       double level)
{
    struct greens *greens = &checkpoint->greens[transmitter->platform];
    greens->levels[greens->count % DRIFT_GREENS] = (gint8)CLAMP(level, -127.0, 20.0);
    greens->count++;
    checkpoint->green_us = checkpoint->now.monotonic_us;
}

/* One that was heard elsewhere during this check must hold its level for longer. */
static gboolean was_weak_in_check(const struct checkpoint *checkpoint,
                                  const struct transmitter *transmitter)
{
    return is_checking(checkpoint) && transmitter->weak_check == checkpoint->check.number;
}

/* Somewhat weaker than the gate, and for longer: of late, or since the check began. */
static gboolean is_steady(const struct checkpoint *checkpoint,
                          const struct transmitter *transmitter)
{
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    guint32 now = now_ms(checkpoint);
    if (is_checking(checkpoint) && checkpoint_is_above_line(checkpoint, transmitter))
        return TRUE;
    double longer = transmitter_mean(transmitter, now, LONGER_SPANS, LONGER_SPANS, LONGER_PACKETS);
    if (longer >= gates->longer_dbm && checkpoint_rises(checkpoint, transmitter, longer))
        return TRUE;
    double longest =
        transmitter_mean(transmitter, now, LONGEST_SPANS, LONGEST_SPANS, LONGER_PACKETS);
    return longest >= gates->longest_dbm && checkpoint_rises(checkpoint, transmitter, longest);
}

/* At the gate by its latest packets, or steady. */
static gboolean is_at_gate(const struct checkpoint *checkpoint,
                           const struct transmitter *transmitter, double level)
{
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    if (transmitter->is_counted || level < gates->exit_dbm)
        return FALSE;
    if (level >= gates->gate_dbm && transmitter->has_risen &&
        !was_weak_in_check(checkpoint, transmitter))
        return TRUE;
    return is_steady(checkpoint, transmitter);
}

/* Who was put off, or declined, is left in peace until there is a tap, or it has left. */
static gboolean is_left_in_peace(const struct checkpoint *checkpoint,
                                 const struct transmitter *transmitter)
{
    return transmitter->is_put_off && !is_checking(checkpoint);
}

/* A packet has come from it: is it the one on the spot? */
void checkpoint_judge(struct checkpoint *checkpoint, struct transmitter *transmitter, double level,
                      const struct beacon_radio_packet *packet)
{
    if (!may_be_heard(checkpoint) || is_left_in_peace(checkpoint, transmitter) ||
        !is_at_gate(checkpoint, transmitter, level) || has_rival(checkpoint, transmitter, level) ||
        !has_answered(checkpoint, transmitter, packet))
        return;
    if (transmitter->identifier_hash != 0 &&
        checkpoint_for_each(checkpoint, 2 * SILENT_MS, is_same_identifier, transmitter)) {
        transmitter->is_counted = TRUE;
        return;
    }
    if (checkpoint->phase == CHECKPOINT_IDLE)
        checkpoint_start(checkpoint, TRUE);
    transmitter->is_counted = TRUE;
    note_green(checkpoint, transmitter, level);
    checkpoint_end(checkpoint, VERDICT_HEARD, REASON_NONE,
                   (enum beacon_platform)transmitter->platform, PROOF_NONE);
}

/* ---- An iPhone's answer ---- */

void checkpoint_end_visit(struct checkpoint *checkpoint)
{
    sodium_memzero(&checkpoint->visit, sizeof checkpoint->visit);
    hearing_visiting(&checkpoint->hearing, FALSE, checkpoint->now.monotonic_us);
}

struct asked {
    const struct visit *visit;
    struct transmitter *found;
};

static gboolean is_asked(struct checkpoint *checkpoint, struct transmitter *transmitter,
                         gpointer user)
{
    struct asked *asked = user;
    (void)checkpoint;
    if (transmitter->hash != asked->visit->hash || transmitter->epoch != asked->visit->epoch)
        return FALSE;
    asked->found = transmitter;
    return TRUE;
}

void checkpoint_take_answer(struct checkpoint *checkpoint, const struct beacon_visit *visit)
{
    struct asked asked = {&checkpoint->visit, NULL};
    if (!checkpoint->visit.is_under_way ||
        !beacon_address_equal(&visit->address, &checkpoint->visit.address))
        return;
    checkpoint_for_each(checkpoint, G_MAXUINT32, is_asked, &asked);
    checkpoint_end_visit(checkpoint);
    if (asked.found == NULL || asked.found->visit != VISIT_ASKED)
        return;
    asked.found->visit = visit->result == BEACON_VISIT_READ ? VISIT_ANSWERED : VISIT_FAILED;
    if (visit->result != BEACON_VISIT_READ)
        return;
    asked.found->identifier_hash = slot_keys_hash(&checkpoint->keys, FALSE, visit->identifier.bytes,
                                                  sizeof visit->identifier.bytes);
    counts_read(checkpoint->counts, &visit->identifier, checkpoint->now.wall_us);
    /* It was at the gate when it was asked, and is: its answer is heard as a packet is. */
    const struct beacon_radio_packet packet = {.address = visit->address, .connectable = TRUE};
    if (!asked.found->is_put_off) /* else its packets must tell that it is here still */
        checkpoint_judge(checkpoint, asked.found, level_of(checkpoint, asked.found), &packet);
}
