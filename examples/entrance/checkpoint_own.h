/* SPDX-License-Identifier: MIT */
/* What a checkpoint consists of; for the files named checkpoint alone. */
#ifndef ENTRANCE_CHECKPOINT_OWN_H
#define ENTRANCE_CHECKPOINT_OWN_H

#include "checkpoint.h"
#include "hearing.h"
#include "transmitters.h"

#define SECOND_US ((gint64)G_USEC_PER_SEC)

/* The flow of an attended check. */
#define LISTENING_US (2 * SECOND_US)
#define OPENED_US    (8 * SECOND_US)
#define LONGEST_US   (35 * SECOND_US)
#define SHOWING_US   (2500 * (gint64)1000)

/* What makes a level: so many packets over so long, none older. */
#define LEVEL_PACKETS 5
#define LEVEL_SPAN_MS 800
#define LEVEL_AGE_MS  6000
/* Fewer will do to say that it may be here, or that it is in another's way. */
#define FEW_PACKETS 3

/* Before it came to the spot. */
#define RISE_FROM_MS 15000
#define RISE_TO_MS   4000
/* Who was heard at the line before a check, and has not risen since, is not on the spot. */
#define BASE_FROM_MS 46000
#define BASE_TO_MS   2000

/* The silent half of the app's cycle is 15 s (protocol 2.3), and alarms come late. */
#define SILENT_MS 20000

#define DRIFT_GREENS 20
#define GHOSTS       8

/* What remains of one that was counted or put off when its name is forgotten or changes: nothing
 * but that it was here. */
struct ghost {
    guint8 platform;
    gboolean is_counted, is_put_off; /* neither: none */
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

static inline guint32 to_ms(const struct checkpoint *checkpoint, gint64 monotonic_us)
{
    return (guint32)((monotonic_us - checkpoint->start_us) / 1000 + RISE_FROM_MS + BASE_FROM_MS);
}

static inline guint32 now_ms(const struct checkpoint *checkpoint)
{
    return to_ms(checkpoint, checkpoint->now.monotonic_us);
}

static inline guint32 before(guint32 ms, guint32 less)
{
    return ms > less ? ms - less : 0;
}

static inline gboolean is_checking(const struct checkpoint *checkpoint)
{
    return checkpoint->phase == CHECKPOINT_LISTENING || checkpoint->phase == CHECKPOINT_ASKING ||
           checkpoint->phase == CHECKPOINT_OPENED;
}

static inline gboolean is_calibrated(const struct checkpoint *checkpoint)
{
    return checkpoint->calibration.number > 0;
}

static inline gboolean is_flooded(const struct checkpoint *checkpoint)
{
    return checkpoint->now.monotonic_us < checkpoint->flooded_until_us;
}

static inline const struct calibration_gates *gates_of(const struct checkpoint *checkpoint,
                                                       const struct transmitter *transmitter)
{
    return &checkpoint->gates[transmitter->platform];
}

static inline double level_of(const struct checkpoint *checkpoint,
                              const struct transmitter *transmitter)
{
    return transmitter_level(transmitter, now_ms(checkpoint), LEVEL_PACKETS, LEVEL_SPAN_MS,
                             LEVEL_AGE_MS);
}

static inline gint64 effective_us(const struct checkpoint *checkpoint)
{
    return hearing_window_us(&checkpoint->hearing);
}

/* Calls for each transmitter heard within age_ms, until it answers TRUE. */
typedef gboolean checkpoint_each_fn(struct checkpoint *checkpoint, struct transmitter *transmitter,
                                    gpointer user);
gboolean checkpoint_for_each(struct checkpoint *checkpoint, guint32 age_ms, checkpoint_each_fn *fn,
                             gpointer user);

/* ---- Coming to the spot, and leaving it ---- */

void checkpoint_leave(struct transmitter *transmitter);
gboolean checkpoint_rises(const struct checkpoint *checkpoint,
                          const struct transmitter *transmitter, double level);
/* After each of its packets: whether it is on the spot, or has left. */
void checkpoint_follow(struct checkpoint *checkpoint, struct transmitter *transmitter,
                       double level);
/* The best level that it had during this check; few packets are enough to be in doubt. */
void checkpoint_note_best(struct checkpoint *checkpoint, struct transmitter *transmitter);
/* Of one that is forgotten: for transmitters_forget. */
void checkpoint_become_ghost(const struct transmitter *transmitter, gpointer user);
void checkpoint_drop_ghosts(struct checkpoint *checkpoint);

/* ---- By all that was heard of it during the check ---- */

/* It is stronger, for as long as it was heard, than one at the line would be. */
gboolean checkpoint_is_above_line(const struct checkpoint *checkpoint,
                                  const struct transmitter *transmitter);
/* It may be on the spot, as a weak phone, or one in bodies' way. */
gboolean checkpoint_may_be_on_spot(const struct checkpoint *checkpoint,
                                   const struct transmitter *transmitter);

/* ---- Heard, not heard, or cannot tell ---- */

/* A packet has come from it: is it the one on the spot? */
void checkpoint_judge(struct checkpoint *checkpoint, struct transmitter *transmitter, double level,
                      const struct beacon_radio_packet *packet);
/* What an iPhone answered, or that it did not. */
void checkpoint_take_answer(struct checkpoint *checkpoint, const struct beacon_visit *visit);
/* The read that is under way is given up, or over. */
void checkpoint_end_visit(struct checkpoint *checkpoint);

/* What waiting does not mend is said at once. */
gboolean checkpoint_is_hopeless(const struct checkpoint *checkpoint);
/* Time is up: not heard, or cannot tell. */
void checkpoint_decide(struct checkpoint *checkpoint);
/* What would hold back "not heard" if it were decided now, apart from time and proof. */
enum reason checkpoint_reason_in_between(struct checkpoint *checkpoint);

/* ---- The flow ---- */

void checkpoint_start(struct checkpoint *checkpoint, gboolean by_itself);
void checkpoint_end(struct checkpoint *checkpoint, enum verdict verdict, enum reason reason,
                    enum beacon_platform platform, enum proof proof);
void checkpoint_put_off(struct checkpoint *checkpoint);
/* Walk-through: one person more, of whom nothing is said. */
void checkpoint_count_person(struct checkpoint *checkpoint);
/* What is due by now. */
void checkpoint_go_on(struct checkpoint *checkpoint);

#endif
