/* SPDX-License-Identifier: MIT */
/* A duty cycle on a clock: on for a while, off for a while. */
#ifndef BCN_RADIO_CYCLE_H
#define BCN_RADIO_CYCLE_H

#include <beacon/radio.h>

struct bcn_cycle {
    beacon_clock *clock; /* borrowed */
    void (*turned)(gpointer user);
    gpointer user;
    struct beacon_cycle lengths;
    gboolean on;
    guint timer;
};

/* Begins phase_ms into the cycle: on if that lies within its first part. `turned` is called at each
 * change after that. */
void bcn_cycle_start(struct bcn_cycle *cycle, struct beacon_cycle lengths, guint32 phase_ms);

/* Off, and no further change. */
void bcn_cycle_stop(struct bcn_cycle *cycle);

/* A moment of the cycle, any as likely as any other. */
guint32 bcn_cycle_random_phase(struct beacon_cycle lengths);

/* Random bytes from the kernel; never fails, or ends the process. */
void bcn_random(void *ret_bytes, gsize size);

#endif
