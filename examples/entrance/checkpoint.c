/* SPDX-License-Identifier: MIT */
/* The rule of the check at the door: when a phone on the spot is heard, when it is not, and when
 * nobody can tell. */
#include "checkpoint.h"
#include "hearing.h"
#include "transmitters.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

#define SECOND_US ((gint64)G_USEC_PER_SEC)

/* The flow of an attended check. */
#define LISTENING_US (2 * SECOND_US)
#define OPENED_US    (8 * SECOND_US)
#define LONGEST_US   (35 * SECOND_US)
#define SHOWING_US   (2500 * (gint64)1000)
/* A receiver that was off part of the time is waited for, and not for ever. */
#define OPENED_AT_MOST_US (20 * SECOND_US)

/* What makes a level: so many packets over so long, none older. */
#define LEVEL_PACKETS 5
#define LEVEL_SPAN_MS 800
#define LEVEL_AGE_MS  6000
/* Some weaker ones are heard after a longer time. */
#define LONGER_SPANS   4
#define LONGEST_SPANS  6
#define BEST_SPANS     7 /* about the app's 15 s */
#define LONGER_PACKETS 8
/* Fewer will do to say that it may be here, or that it is in another's way. */
#define FEW_PACKETS 3
/* To leave takes more than a moment's fading. */
#define EXIT_PACKETS 8
#define EXIT_SPAN_MS 1500

#define LEAD_DB       8.0
#define RISE_FROM_MS  15000
#define RISE_TO_MS    4000
#define OTHERS_AGE_MS 3000

/* The silent half of the app's cycle is 15 s (protocol 2.3), and alarms come late. */
#define SILENT_MS 20000

/* Around a slot's edge an identifier goes and another comes from the same phone: after the silent
 * half of its cycle, or, with the app on screen, after 5 s. Clocks are off by a minute. */
#define EDGE_BEFORE_US   (65 * SECOND_US)
#define EDGE_BURST_US    (35 * SECOND_US)
#define EDGE_GAP_MS      17000
#define EDGE_OPEN_GAP_MS 7000
/* An iPhone's address changes at any time, and it pauses for nothing. */
#define ADDRESS_GAP_MS 2000

/* Who was heard at the line before a check, and has not risen since, is not on the spot. */
#define BASE_FROM_MS   46000
#define BASE_TO_MS     2000
#define AGAIN_US       (10 * SECOND_US) /* a check so soon after one that could not tell: the same */
#define AGAIN_LIMIT_US (120 * SECOND_US)

#define VISIT_LIMIT_US    (6 * SECOND_US)
#define VISIT_REMEMBER_US (60 * SECOND_US)

#define FLOOD_MADE   300 /* new transmitters within */
#define FLOOD_PUSHED 20  /* or such as had to push out others, within */
#define FLOOD_US     (10 * SECOND_US)
#define FLOOD_LONG   (30 * SECOND_US)

#define GREEN_LATELY_US (600 * SECOND_US)
#define DRIFT_GREENS    20
#define DRIFT_LEAST     8

/* Fewer than so many packets, and a radio without levels may have been unlucky. */
#define NO_LEVELS_PACKETS 3
#define NO_LEVELS_US      (60 * SECOND_US)

#define GHOSTS 8

/* What remains of one that was counted when its name is forgotten or changes: nothing but that it
 * was here. */
struct ghost {
    guint8 platform;
    gboolean is_here;
    guint32 last_ms;
};

/* The read that is under way. */
struct visit {
    gboolean is_under_way;
    struct beacon_address address;
    guint64 hash;
    guint32 epoch;
    gint64 until_us;
};

struct check {
    guint64 number;
    gint64 begin_us, opened_us; /* monotonic; opened_us 0: not yet */
    gint64 begin_wall_us, opened_wall_us;
    gint64 anchor_us; /* begin of the first of several checks of one person */
    gboolean by_itself;
    gboolean was_flooded;
};

struct greens {
    gint8 levels[DRIFT_GREENS];
    guint count;
};

struct checkpoint {
    struct checkpoint_options options;
    struct checkpoint_listener listener;
    struct calibration calibration;
    struct calibration_gates gates[CALIBRATION_PLATFORMS];
    struct checkpoint_time now;
    gint64 start_us, ticked_us;
    struct slot_keys keys;
    struct transmitters transmitters;
    struct hearing hearing;
    struct counts *counts;
    enum checkpoint_phase phase;
    enum check_mode mode;
    struct check check;
    struct checkpoint_result last;
    gint64 last_end_us;
    gint64 green_us;  /* the last; -1: none */
    gboolean is_lost; /* the radio, and not for a moment */
    struct ghost ghosts[GHOSTS];
    struct visit visit;
    struct greens greens[CALIBRATION_PLATFORMS];
    guint64 made_before, pushed_before;
    gint64 flood_us; /* when its measure began */
    gint64 flooded_until_us;
    guint levelless; /* packets without a level since the last with one */
    gint64 level_us; /* the last with one; -1: none */
};

static guint32 to_ms(const struct checkpoint *checkpoint, gint64 monotonic_us)
{
    return (guint32)((monotonic_us - checkpoint->start_us) / 1000 + RISE_FROM_MS + BASE_FROM_MS);
}

static guint32 now_ms(const struct checkpoint *checkpoint)
{
    return to_ms(checkpoint, checkpoint->now.monotonic_us);
}

static guint32 before(guint32 ms, guint32 less)
{
    return ms > less ? ms - less : 0;
}

static gboolean is_checking(const struct checkpoint *checkpoint)
{
    return checkpoint->phase == CHECKPOINT_LISTENING || checkpoint->phase == CHECKPOINT_ASKING ||
           checkpoint->phase == CHECKPOINT_OPENED;
}

static gboolean is_calibrated(const struct checkpoint *checkpoint)
{
    return checkpoint->calibration.number > 0;
}

static gboolean is_flooded(const struct checkpoint *checkpoint)
{
    return checkpoint->now.monotonic_us < checkpoint->flooded_until_us;
}

static gboolean has_no_levels(const struct checkpoint *checkpoint)
{
    return checkpoint->levelless >= NO_LEVELS_PACKETS &&
           (checkpoint->level_us < 0 ||
            checkpoint->now.monotonic_us - checkpoint->level_us > NO_LEVELS_US);
}

static const struct calibration_gates *gates_of(const struct checkpoint *checkpoint,
                                                const struct transmitter *transmitter)
{
    return &checkpoint->gates[transmitter->platform];
}

static double level_of(const struct checkpoint *checkpoint, const struct transmitter *transmitter)
{
    return transmitter_level(transmitter, now_ms(checkpoint), LEVEL_PACKETS, LEVEL_SPAN_MS,
                             LEVEL_AGE_MS);
}

/* Calls for each transmitter heard within age_ms, until it answers TRUE. */
typedef gboolean each_fn(struct checkpoint *checkpoint, struct transmitter *transmitter,
                         gpointer user);

static gboolean for_each(struct checkpoint *checkpoint, guint32 age_ms, each_fn *fn, gpointer user)
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

/* ---- Coming to the spot, and leaving it ---- */

/* What it answered, or that it did not, holds until the next check: levels fade for seconds. */
static void leave(struct transmitter *transmitter)
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
};

/* Was counted, went silent just before the other was first heard, and was not seen to leave. */
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
    return transmitter != heir->transmitter && transmitter->is_counted &&
           precedes(transmitter->platform, transmitter->last_ms, heir);
}

/* One that was counted, and now has another name: it lies on the spot since its first packet. */
static gboolean inherits(struct checkpoint *checkpoint, const struct transmitter *transmitter)
{
    struct heir heir = {transmitter, ghost_gap_ms(checkpoint, transmitter->platform)};
    if (transmitter->was_below_exit || heir.gap_ms == 0)
        return FALSE;
    for (guint i = 0; i < GHOSTS; i++)
        if (checkpoint->ghosts[i].is_here &&
            precedes(checkpoint->ghosts[i].platform, checkpoint->ghosts[i].last_ms, &heir))
            return TRUE;
    return for_each(checkpoint, 2 * SILENT_MS, is_predecessor, &heir);
}

static void become_ghost(const struct transmitter *transmitter, gpointer user)
{
    struct checkpoint *checkpoint = user;
    struct ghost *oldest = checkpoint->ghosts;
    if (!transmitter->is_counted)
        return;
    for (guint i = 1; i < GHOSTS; i++)
        if (!checkpoint->ghosts[i].is_here || checkpoint->ghosts[i].last_ms < oldest->last_ms)
            oldest = &checkpoint->ghosts[i];
    *oldest = (struct ghost){transmitter->platform, TRUE, transmitter->last_ms};
}

static void drop_ghosts(struct checkpoint *checkpoint)
{
    for (guint i = 0; i < GHOSTS; i++)
        if (now_ms(checkpoint) - checkpoint->ghosts[i].last_ms > 2 * SILENT_MS)
            checkpoint->ghosts[i].is_here = FALSE;
}

/* What it was before it came to the spot: before the check, or else some seconds earlier, or before
 * a silence. LEVEL_NONE: unheard. */
static double level_before(const struct checkpoint *checkpoint,
                           const struct transmitter *transmitter)
{
    guint32 now = now_ms(checkpoint), appeared = transmitter->appeared_ms;
    double past = transmitter->base_dbm;
    if (past > LEVEL_NONE && is_checking(checkpoint))
        return past;
    past = transmitter_past(transmitter, before(now, RISE_FROM_MS), before(now, RISE_TO_MS));
    return past > LEVEL_NONE
               ? past
               : transmitter_past(transmitter, before(appeared, BASE_FROM_MS), appeared);
}

static gboolean rises(const struct checkpoint *checkpoint, const struct transmitter *transmitter,
                      double level)
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
static void follow(struct checkpoint *checkpoint, struct transmitter *transmitter, double level)
{
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    guint32 now = now_ms(checkpoint);
    if (level < gates->exit_dbm) {
        if (checkpoint->phase == CHECKPOINT_ASKING || checkpoint->phase == CHECKPOINT_OPENED)
            transmitter->weak_check = checkpoint->check.number;
        double longer = transmitter_level(transmitter, now, EXIT_PACKETS, EXIT_SPAN_MS, SILENT_MS);
        if (longer > LEVEL_NONE && longer < gates->exit_dbm) {
            transmitter->was_below_exit = TRUE;
            leave(transmitter);
        }
        return;
    }
    if (level < gates->gate_dbm || transmitter->has_risen || !rises(checkpoint, transmitter, level))
        return;
    transmitter->has_risen = TRUE;
    if (inherits(checkpoint, transmitter))
        transmitter->is_counted = TRUE;
}

/* The best level that it had during this check; few packets are enough to be in doubt. */
static void note_best(struct checkpoint *checkpoint, struct transmitter *transmitter)
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

/* ---- Heard ---- */

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
    return for_each(checkpoint, OTHERS_AGE_MS, is_rival, &rival);
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

static void begin(struct checkpoint *checkpoint, gboolean by_itself);
static void end(struct checkpoint *checkpoint, enum verdict verdict, enum reason reason,
                enum beacon_platform platform, enum proof proof);

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

/* At the gate by its latest packets, or, somewhat weaker, for longer. */
static gboolean is_at_gate(const struct checkpoint *checkpoint,
                           const struct transmitter *transmitter, double level)
{
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    guint32 now = now_ms(checkpoint);
    if (transmitter->is_counted || level < gates->exit_dbm)
        return FALSE;
    if (level >= gates->gate_dbm && transmitter->has_risen &&
        !was_weak_in_check(checkpoint, transmitter))
        return TRUE;
    double longer = transmitter_mean(transmitter, now, LONGER_SPANS, LONGER_SPANS, LONGER_PACKETS);
    if (longer >= gates->longer_dbm && rises(checkpoint, transmitter, longer))
        return TRUE;
    double longest =
        transmitter_mean(transmitter, now, LONGEST_SPANS, LONGEST_SPANS, LONGER_PACKETS);
    return longest >= gates->longest_dbm && rises(checkpoint, transmitter, longest);
}

/* Who was put off, or declined, is left in peace until there is a tap, or it has left. */
static gboolean is_left_in_peace(const struct checkpoint *checkpoint,
                                 const struct transmitter *transmitter)
{
    return transmitter->is_put_off && !is_checking(checkpoint);
}

/* A packet has come from it: is it the one on the spot? */
static void judge(struct checkpoint *checkpoint, struct transmitter *transmitter, double level,
                  const struct beacon_radio_packet *packet)
{
    if (!may_be_heard(checkpoint) || is_left_in_peace(checkpoint, transmitter) ||
        !is_at_gate(checkpoint, transmitter, level) || has_rival(checkpoint, transmitter, level) ||
        !has_answered(checkpoint, transmitter, packet))
        return;
    if (transmitter->identifier_hash != 0 &&
        for_each(checkpoint, 2 * SILENT_MS, is_same_identifier, transmitter)) {
        transmitter->is_counted = TRUE;
        return;
    }
    if (checkpoint->phase == CHECKPOINT_IDLE)
        begin(checkpoint, TRUE);
    transmitter->is_counted = TRUE;
    note_green(checkpoint, transmitter, level);
    end(checkpoint, VERDICT_HEARD, REASON_NONE, (enum beacon_platform)transmitter->platform,
        PROOF_NONE);
}

/* ---- Not heard, or cannot tell ---- */

/* What stands against "not heard". */
struct doubts {
    guint counted;  /* counted before, and not seen to leave */
    guint silent;   /* iPhones that did not answer */
    guint at_gate;  /* at the gate, and more than one of them or not clear enough */
    guint possible; /* weaker than the gate, and perhaps a weak phone on it */
};

/* Neither strong enough, nor so much stronger than before the check, to be on the spot. */
static gboolean is_elsewhere(const struct checkpoint *checkpoint,
                             const struct transmitter *transmitter)
{
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    double best = transmitter->best_dbm, base = transmitter->base_dbm;
    if (base > LEVEL_NONE && base < gates->exit_dbm)
        return best < gates->beyond_dbm && best + (best - base) < gates->doubt_sum;
    return best < gates->doubt_dbm;
}

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
    if (!is_of_check || is_elsewhere(checkpoint, transmitter))
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
    for_each(checkpoint, LONGEST_US / 1000 + SILENT_MS, doubt, &doubts);
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

static gint64 effective_us(const struct checkpoint *checkpoint)
{
    return hearing_window_us(&checkpoint->hearing);
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

static void decide(struct checkpoint *checkpoint)
{
    enum proof proof = proof_now(checkpoint);
    enum reason reason = reason_now(checkpoint, proof);
    end(checkpoint, reason == REASON_NONE ? VERDICT_NOT_HEARD : VERDICT_CANNOT_TELL, reason,
        BEACON_PLATFORM_UNKNOWN, reason == REASON_NONE ? proof : PROOF_NONE);
}

/* ---- The flow ---- */

static gboolean note_base(struct checkpoint *checkpoint, struct transmitter *transmitter,
                          gpointer user)
{
    guint32 anchor = to_ms(checkpoint, *(const gint64 *)user);
    transmitter->base_dbm =
        transmitter_past(transmitter, before(anchor, BASE_FROM_MS), before(anchor, BASE_TO_MS));
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

static void begin(struct checkpoint *checkpoint, gboolean by_itself)
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
    for_each(checkpoint, G_MAXUINT32, forget_visit, NULL);
    if (!again)
        for_each(checkpoint, G_MAXUINT32, note_base, &checkpoint->check.anchor_us);
    if (checkpoint->listener.on_begin != NULL)
        checkpoint->listener.on_begin(checkpoint->check.number, by_itself, checkpoint->now.wall_us,
                                      checkpoint->listener.user);
}

static void tell(struct checkpoint *checkpoint)
{
    if (checkpoint->listener.on_result != NULL)
        checkpoint->listener.on_result(&checkpoint->last, checkpoint->listener.user);
}

static void end(struct checkpoint *checkpoint, enum verdict verdict, enum reason reason,
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

static void put_off(struct checkpoint *checkpoint)
{
    for_each(checkpoint, LONGEST_US / 1000, note_put_off, NULL);
    end(checkpoint, VERDICT_NONE, REASON_PUT_OFF, BEACON_PLATFORM_UNKNOWN, PROOF_NONE);
}

/* What waiting does not mend is said at once. */
static gboolean is_hopeless(const struct checkpoint *checkpoint)
{
    return !is_calibrated(checkpoint) || has_no_levels(checkpoint) || checkpoint->is_lost;
}

static void go_on(struct checkpoint *checkpoint)
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
        if (since_begin >= LONGEST_US || is_hopeless(checkpoint))
            decide(checkpoint);
        return;
    case CHECKPOINT_OPENED:
        if (effective_us(checkpoint) >= OPENED_US ||
            now - checkpoint->check.opened_us >= OPENED_AT_MOST_US ||
            (is_hopeless(checkpoint) && since_begin >= LISTENING_US))
            decide(checkpoint);
        return;
    case CHECKPOINT_SHOWING:
        if (now - checkpoint->last_end_us >= SHOWING_US)
            checkpoint->phase = CHECKPOINT_IDLE;
        return;
    case CHECKPOINT_IDLE:
        return;
    }
}

static void measure_flood(struct checkpoint *checkpoint)
{
    const struct transmitters *transmitters = &checkpoint->transmitters;
    gint64 now = checkpoint->now.monotonic_us;
    if (transmitters->made - checkpoint->made_before > FLOOD_MADE ||
        transmitters->pushed - checkpoint->pushed_before > FLOOD_PUSHED) {
        checkpoint->flooded_until_us = now + FLOOD_LONG;
        hearing_flood(&checkpoint->hearing);
    }
    if (is_flooded(checkpoint))
        checkpoint->check.was_flooded = TRUE;
    if (now - checkpoint->flood_us < FLOOD_US)
        return;
    checkpoint->flood_us = now;
    checkpoint->made_before = transmitters->made;
    checkpoint->pushed_before = transmitters->pushed;
}

static void keep_time(struct checkpoint *checkpoint)
{
    const struct checkpoint_time *now = &checkpoint->now;
    gboolean hears = checkpoint->hearing.is_ready && checkpoint->hearing.scans;
    guint events = slot_keys_tick(&checkpoint->keys, now->monotonic_us, now->wall_us, now->clock);
    if ((events & (SLOT_FORGOT | SLOT_TURNED)) != 0)
        transmitters_forget(&checkpoint->transmitters, &checkpoint->keys, become_ghost, checkpoint);
    drop_ghosts(checkpoint);
    hearing_tick(&checkpoint->hearing, now->monotonic_us);
    counts_tick(checkpoint->counts, now->monotonic_us, now->wall_us, now->clock, hears);
    measure_flood(checkpoint);
    if (checkpoint->visit.is_under_way && now->monotonic_us >= checkpoint->visit.until_us) {
        sodium_memzero(&checkpoint->visit, sizeof checkpoint->visit);
        hearing_visiting(&checkpoint->hearing, FALSE, now->monotonic_us);
    }
    checkpoint->ticked_us = now->monotonic_us;
}

/* Between packets that come close together nothing is due but the phases. */
static void advance(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    gint64 earliest = MAX(now->monotonic_us, checkpoint->now.monotonic_us);
    checkpoint->now = *now;
    checkpoint->now.monotonic_us = earliest;
    if (earliest - checkpoint->ticked_us >= SECOND_US / 4)
        keep_time(checkpoint);
    hearing_tick(&checkpoint->hearing, earliest);
    go_on(checkpoint);
}

/* ---- In ---- */

static enum nearness nearness_of(const struct checkpoint *checkpoint, guint8 platform, gint8 dbm)
{
    if (!is_calibrated(checkpoint) || dbm == BEACON_RSSI_ABSENT)
        return NEARNESS_FAR;
    if (dbm >= checkpoint->gates[platform].gate_dbm)
        return NEARNESS_NEAR;
    return dbm >= checkpoint->calibration.platform[platform].line_dbm - 15.0 ? NEARNESS_MIDDLE
                                                                             : NEARNESS_FAR;
}

static void hear_phone(struct checkpoint *checkpoint, const struct beacon_radio_packet *packet,
                       const struct beacon_advert_info *info)
{
    gboolean is_android = info->kind == BEACON_ADVERT_ANDROID;
    enum beacon_platform platform = is_android ? BEACON_PLATFORM_ANDROID : BEACON_PLATFORM_IPHONE;
    if (is_android)
        counts_heard(checkpoint->counts, &info->identifier, packet->time_us,
                     nearness_of(checkpoint, (guint8)platform, packet->rssi_dbm));
    if (packet->rssi_dbm == BEACON_RSSI_ABSENT)
        return;
    struct transmitter *transmitter =
        transmitters_hear(&checkpoint->transmitters, &checkpoint->keys,
                          is_android ? info->identifier.bytes : packet->address.bytes,
                          is_android ? sizeof info->identifier.bytes : sizeof packet->address.bytes,
                          platform, now_ms(checkpoint), packet->rssi_dbm, SILENT_MS);
    if (transmitter->came_back) {
        leave(transmitter);
        transmitter->visit = VISIT_NOT_ASKED;
    }
    if (!is_calibrated(checkpoint))
        return;
    double level = level_of(checkpoint, transmitter);
    if (is_checking(checkpoint))
        note_best(checkpoint, transmitter);
    if (level == LEVEL_NONE)
        return;
    follow(checkpoint, transmitter, level);
    judge(checkpoint, transmitter, level, packet);
}

static void note_level(struct checkpoint *checkpoint, gint8 dbm)
{
    if (dbm == BEACON_RSSI_ABSENT) {
        checkpoint->levelless++;
        return;
    }
    checkpoint->levelless = 0;
    checkpoint->level_us = checkpoint->now.monotonic_us;
}

void checkpoint_packet(struct checkpoint *checkpoint, const struct beacon_radio_packet *packet)
{
    struct checkpoint_time now = {packet->monotonic_us, packet->time_us, checkpoint->now.clock};
    const struct calibration *calibration = &checkpoint->calibration;
    struct beacon_advert_info info;
    advance(checkpoint, &now);
    note_level(checkpoint, packet->rssi_dbm);
    gint64 monotonic_us = checkpoint->now.monotonic_us;
    if (!is_flooded(checkpoint))
        hearing_packet(&checkpoint->hearing, monotonic_us,
                       slot_keys_hash(&checkpoint->keys, FALSE, packet->address.bytes,
                                      sizeof packet->address.bytes),
                       checkpoint->keys.epoch);
    if (calibration->has_reference && packet->rssi_dbm != BEACON_RSSI_ABSENT &&
        beacon_address_equal(&packet->address, &calibration->reference))
        hearing_reference(&checkpoint->hearing, monotonic_us, packet->rssi_dbm);
    beacon_advert_recognise(packet->data, packet->size, &info);
    if (info.kind != BEACON_ADVERT_OTHER)
        hear_phone(checkpoint, packet, &info);
    sodium_memzero(&info.identifier, sizeof info.identifier);
}

void checkpoint_health(struct checkpoint *checkpoint, const struct beacon_radio_health *health,
                       const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    checkpoint->is_lost = health->state == BEACON_RADIO_LOST || health->state == BEACON_RADIO_ENDED;
    hearing_health(&checkpoint->hearing, health->state == BEACON_RADIO_READY, health->scanning,
                   checkpoint->now.monotonic_us);
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

void checkpoint_visited(struct checkpoint *checkpoint, const struct beacon_visit *visit,
                        const struct checkpoint_time *now)
{
    struct asked asked = {&checkpoint->visit, NULL};
    advance(checkpoint, now);
    if (!checkpoint->visit.is_under_way ||
        !beacon_address_equal(&visit->address, &checkpoint->visit.address))
        return;
    for_each(checkpoint, G_MAXUINT32, is_asked, &asked);
    sodium_memzero(&checkpoint->visit, sizeof checkpoint->visit);
    hearing_visiting(&checkpoint->hearing, FALSE, checkpoint->now.monotonic_us);
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
        judge(checkpoint, asked.found, level_of(checkpoint, asked.found), &packet);
}

void checkpoint_visits_deafen(struct checkpoint *checkpoint, gboolean deafen)
{
    checkpoint->hearing.visits_deafen = deafen;
}

void checkpoint_tick(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    checkpoint->now.clock = now->clock;
    advance(checkpoint, now);
}

void checkpoint_calibrate(struct checkpoint *checkpoint, const struct calibration *calibration)
{
    memset(&checkpoint->calibration, 0, sizeof checkpoint->calibration);
    memset(checkpoint->greens, 0, sizeof checkpoint->greens);
    if (calibration == NULL)
        return;
    checkpoint->calibration = *calibration;
    for (int i = 0; i < CALIBRATION_PLATFORMS; i++)
        calibration_gates(calibration, (enum beacon_platform)i, &checkpoint->gates[i]);
}

void checkpoint_set_mode(struct checkpoint *checkpoint, enum check_mode mode,
                         const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    if (is_checking(checkpoint))
        put_off(checkpoint);
    checkpoint->mode = mode;
    checkpoint->phase = CHECKPOINT_IDLE;
}

/* Walk-through: one person more, of whom nothing is said. */
static void count_person(struct checkpoint *checkpoint)
{
    checkpoint->check = (struct check){
        .number = checkpoint->check.number + 1,
        .begin_us = checkpoint->now.monotonic_us,
        .begin_wall_us = checkpoint->now.wall_us,
        .opened_wall_us = -1,
    };
    hearing_begin(&checkpoint->hearing, checkpoint->now.monotonic_us);
    end(checkpoint, VERDICT_NONE, REASON_NONE, BEACON_PLATFORM_UNKNOWN, PROOF_NONE);
}

gboolean checkpoint_begin(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    if (is_checking(checkpoint))
        return FALSE;
    if (checkpoint->mode != MODE_ATTENDED)
        count_person(checkpoint);
    else
        begin(checkpoint, FALSE);
    return TRUE;
}

gboolean checkpoint_opened(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    if (!is_checking(checkpoint))
        return FALSE;
    if (checkpoint->phase == CHECKPOINT_OPENED)
        return TRUE;
    checkpoint->phase = CHECKPOINT_OPENED;
    checkpoint->check.opened_us = checkpoint->now.monotonic_us;
    checkpoint->check.opened_wall_us = checkpoint->now.wall_us;
    hearing_begin(&checkpoint->hearing, checkpoint->now.monotonic_us);
    return TRUE;
}

gboolean checkpoint_later(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    if (!is_checking(checkpoint))
        return FALSE;
    put_off(checkpoint);
    return TRUE;
}

/* ---- Out ---- */

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

/* What would hold back "not heard" if it were decided now, apart from time and proof. */
static enum reason reason_in_between(struct checkpoint *checkpoint)
{
    enum reason reason = is_hopeless(checkpoint) || is_flooded(checkpoint)
                             ? reason_now(checkpoint, PROOF_NONE)
                             : reason_of_doubts(checkpoint);
    return reason == REASON_NONE ? REASON_OPEN_THE_APP : reason;
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
        ret_view->reason = reason_in_between(checkpoint);
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

/* ---- Made and unmade ---- */

static void on_slot(const struct counts_slot *slot, gpointer user)
{
    const struct checkpoint *checkpoint = user;
    if (checkpoint->listener.on_slot != NULL)
        checkpoint->listener.on_slot(slot, checkpoint->listener.user);
}

struct checkpoint *checkpoint_new(const struct checkpoint_options *options,
                                  const struct calibration *calibration,
                                  const struct checkpoint_listener *listener,
                                  const struct checkpoint_time *now)
{
    struct checkpoint *checkpoint = g_new0(struct checkpoint, 1);
    if (options != NULL)
        memcpy(&checkpoint->options, options, MIN(options->size, sizeof *options));
    options = &checkpoint->options;
    checkpoint->listener = *listener;
    checkpoint->now = *now;
    checkpoint->start_us = checkpoint->flood_us = now->monotonic_us;
    checkpoint->green_us = checkpoint->level_us = -1;
    checkpoint->mode = options->mode;
    slot_keys_init(&checkpoint->keys, options->slots_per_day, options->random,
                   options->random_user);
    hearing_init(&checkpoint->hearing, now->monotonic_us);
    checkpoint->counts = counts_new(options->slots_per_day, on_slot, checkpoint, options->random,
                                    options->random_user);
    checkpoint_calibrate(checkpoint, calibration);
    keep_time(checkpoint);
    return checkpoint;
}

struct checkpoint *checkpoint_free(struct checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return NULL;
    counts_free(checkpoint->counts);
    sodium_memzero(checkpoint, sizeof *checkpoint);
    g_free(checkpoint);
    return NULL;
}

gsize checkpoint_size(void)
{
    return sizeof(struct checkpoint) + counts_size();
}
