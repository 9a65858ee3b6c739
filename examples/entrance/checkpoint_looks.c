/* SPDX-License-Identifier: MIT */
/* All that was heard of a phone during a check, against what it would be on the spot and at the
 * line. */
#include "checkpoint_own.h"

#include <math.h>

/*
 * How far a level is from the one that is expected, in sigma. What is expected is known from before
 * the check: of how strong a phone is, its level at the line tells as much as that outweighs what
 * bodies did there. The more of the check it was heard, the less do bodies do to the mean.
 */
struct expectation {
    double dbm;
    double phone_db;  /* how far phones differ, and where they are put; one sigma */
    double weaker_db; /* before the check, at most so much of it is believed to be the phone's own:
                         the rest is where it was */
};

#define FAST_DB 4.0 /* one packet, beside what bodies do */

/* Of a phone at the line: by the model. On the spot the place matters as much: 5 to 20 cm. */
#define LINE_PHONE_DB 4.0
#define SPOT_PHONE_DB 6.0

/* Who waits behind the first may step up by a place, from 2.4 m to 1.5 m. */
#define STEP_UP_DB 4.0

/* Where the way from the line is longer there is room for more certainty. */
#define ABOVE_LINE_LEAST 2.9
#define ABOVE_LINE_WAY   0.15 /* for each dB of the way, */
#define ABOVE_LINE_LESS  2.05
#define STEADY_PACKETS   8

/* One phone in some ten thousand is weaker. Where the way is long, what is not surely at the line
 * is in doubt too. */
#define BELOW_SPOT     3.7
#define SURELY_AT_LINE 2.0

#define STRONGER_DB    10.0
#define WEAKER_DB      10.0
#define WEAKER_SPOT_DB 60.0 /* in doubt, all of it: then it may be a weak phone */
/* Some put it there late: what was heard in the end counts apart. */
#define LATE_MS 26000

static double square(double value)
{
    return value * value;
}

static double error_of(const struct calibration_gates *gates, const struct transmitter_looks *looks)
{
    return square(gates->body_db) / looks->count + square(FAST_DB) / looks->packets;
}

static double sigmas(const struct calibration_gates *gates, const struct transmitter *transmitter,
                     const struct transmitter_looks *looks, const struct expectation *expected)
{
    const struct transmitter_looks *base = &transmitter->base;
    double dbm = expected->dbm, phone = square(expected->phone_db), known = 0;
    if (base->packets >= FEW_PACKETS) {
        known = phone / (phone + error_of(gates, base));
        dbm += known * CLAMP(base->dbm - gates->line_dbm, -expected->weaker_db, STRONGER_DB);
    }
    return (looks->dbm - dbm) / sqrt(error_of(gates, looks) + phone * (1 - known));
}

/* In whole spans of time, if it was heard in any: the first has packets from before. */
static struct transmitter_looks look_since(const struct checkpoint *checkpoint,
                                           const struct transmitter *transmitter, guint32 from_ms)
{
    guint32 now = now_ms(checkpoint);
    struct transmitter_looks looks =
        transmitter_look(transmitter, from_ms + TRANSMITTER_SPAN_MS - 1, now);
    return looks.packets >= FEW_PACKETS ? looks : transmitter_look(transmitter, from_ms, now);
}

gboolean checkpoint_is_above_line(const struct checkpoint *checkpoint,
                                  const struct transmitter *transmitter)
{
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    const struct transmitter_looks looks =
        look_since(checkpoint, transmitter, to_ms(checkpoint, checkpoint->check.begin_us));
    const struct expectation at_line = {gates->line_dbm + STEP_UP_DB, LINE_PHONE_DB, WEAKER_DB};
    double way = gates->spot_dbm - gates->line_dbm;
    return looks.packets >= STEADY_PACKETS &&
           checkpoint_rises(checkpoint, transmitter, looks.dbm) &&
           sigmas(gates, transmitter, &looks, &at_line) >=
               MAX(ABOVE_LINE_LEAST, ABOVE_LINE_WAY * way - ABOVE_LINE_LESS);
}

static gboolean may_be_since(const struct checkpoint *checkpoint,
                             const struct transmitter *transmitter, guint32 from_ms)
{
    const struct calibration_gates *gates = gates_of(checkpoint, transmitter);
    const struct transmitter_looks looks = look_since(checkpoint, transmitter, from_ms);
    const struct expectation at_line = {gates->line_dbm + STEP_UP_DB, LINE_PHONE_DB, WEAKER_DB};
    const struct expectation on_spot = {gates->spot_dbm, SPOT_PHONE_DB, WEAKER_SPOT_DB};
    return looks.packets >= FEW_PACKETS &&
           (sigmas(gates, transmitter, &looks, &on_spot) >= -BELOW_SPOT ||
            sigmas(gates, transmitter, &looks, &at_line) >= SURELY_AT_LINE);
}

gboolean checkpoint_may_be_on_spot(const struct checkpoint *checkpoint,
                                   const struct transmitter *transmitter)
{
    guint32 begin = to_ms(checkpoint, checkpoint->check.begin_us);
    guint32 late = MAX(begin, before(now_ms(checkpoint), LATE_MS));
    return transmitter->has_risen ||
           transmitter->best_dbm >= gates_of(checkpoint, transmitter)->exit_dbm ||
           may_be_since(checkpoint, transmitter, begin) ||
           may_be_since(checkpoint, transmitter, late);
}
