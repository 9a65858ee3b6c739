/* SPDX-License-Identifier: MIT */
/* iPhones do not send their identifier: each is asked once, and remembered until its slot ends. */
#ifndef TOOL_SCAN_VISITS_H
#define TOOL_SCAN_VISITS_H

#include "scan_heard.h"

struct scan_visits {
    beacon_radio *radio; /* NULL: nobody is asked */
    /* An iPhone has answered: the reception that made us ask, with its identifier and the time of
     * the answer, at which it held. */
    void (*on_read)(const struct reception *reception, void *user);
    void *user;

    GHashTable *known; /* by address */
    guint clock_set;
};

/* Takes radio, on_read and user as they are set. */
void scan_visits_begin(struct scan_visits *visits);
void scan_visits_end(struct scan_visits *visits); /* before the radio is freed */

/* A packet as what was received, before anything is known of an iPhone. */
struct reception scan_visits_reception(const struct beacon_radio_packet *packet);

/*
 * Fills in what is known of an iPhone by its address: its identifier; or that it is none of ours,
 * since an overflow bit can be another app's. Asks where nothing is known.
 */
void scan_visits_complete(struct scan_visits *visits, struct reception *reception);

#endif
