/* SPDX-License-Identifier: MIT */
/* A duty cycle on a clock: on for a while, off for a while. */
#include "radio/cycle.h"

#include <errno.h>
#include <sys/random.h>

static void turn(gpointer user);

static void turn_after(struct bcn_cycle *cycle, guint32 delay_ms)
{
    cycle->timer = beacon_clock_after(cycle->clock, (gint64)delay_ms * 1000, turn, cycle);
}

static void turn(gpointer user)
{
    struct bcn_cycle *cycle = user;
    cycle->on = !cycle->on;
    turn_after(cycle, cycle->on ? cycle->lengths.on_ms : cycle->lengths.off_ms);
    cycle->turned(cycle->user);
}

void bcn_cycle_start(struct bcn_cycle *cycle, struct beacon_cycle lengths, guint32 phase_ms)
{
    bcn_cycle_stop(cycle);
    cycle->lengths = lengths;
    cycle->on = lengths.off_ms == 0 || phase_ms < lengths.on_ms;
    if (lengths.off_ms == 0)
        return;
    guint32 end_ms = cycle->on ? lengths.on_ms : lengths.on_ms + lengths.off_ms;
    turn_after(cycle, end_ms > phase_ms ? end_ms - phase_ms : 0);
}

void bcn_cycle_stop(struct bcn_cycle *cycle)
{
    beacon_clock_cancel(cycle->clock, &cycle->timer);
    cycle->on = FALSE;
}

void bcn_random(void *ret_bytes, gsize size)
{
    guint8 *bytes = ret_bytes;
    while (size > 0) {
        gssize got = getrandom(bytes, size, 0);
        if (got < 0 && errno != EINTR)
            g_error("getrandom: %s", g_strerror(errno));
        if (got > 0) {
            bytes += got;
            size -= (gsize)got;
        }
    }
}

guint32 bcn_cycle_random_phase(struct beacon_cycle lengths)
{
    guint64 random;
    bcn_random(&random, sizeof random);
    guint64 whole = (guint64)lengths.on_ms + lengths.off_ms;
    return whole == 0 ? 0 : (guint32)(random % whole);
}
