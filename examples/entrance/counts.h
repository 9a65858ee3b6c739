/* SPDX-License-Identifier: MIT */
/* Counts visits through the quarter hour's rotation without linking anyone: nothing is matched by
 * address, phase or level. */
#ifndef ENTRANCE_COUNTS_H
#define ENTRANCE_COUNTS_H

#include "words.h"

#include <beacon/base.h>
#include <glib.h>

struct counts;

/* Visits of one slot: of Androids. An iPhone's identifier is not on the air; those that were read
 * are counted apart, a lower bound. */
struct counts_slot {
    gint64 start_us; /* wall */
    gint64 length_us;
    double visits;       /* estimate */
    double variance;     /* of it */
    guint first_heard;   /* identifiers first heard in the counting window */
    guint still_heard;   /* of the slot before, heard into this one: not visits */
    guint live;          /* on the air at the slot's begin */
    guint iphones;       /* identifiers read */
    gboolean is_counted; /* false: the receiver was off, the clock set, or a flood came */
};

/* Called when a slot's counting window has closed. */
typedef void counts_slot_fn(const struct counts_slot *slot, gpointer user);

/* How near what is heard seems to be. */
enum nearness { NEARNESS_FAR, NEARNESS_MIDDLE, NEARNESS_NEAR };

/* Identifiers heard in the last 35 s. */
struct counts_now {
    guint near, middle, far;
    gboolean is_counting; /* false: clock unknown, receiver off, flood */
};

/* Visits of a span, and half the width of its band: 1.96 standard deviations. */
struct counts_sum {
    double visits, band;
    guint slots, slots_missed;
};

/* random: for the keys of hashes, may be NULL: the machine's. */
struct counts *counts_new(guint slots_per_day, counts_slot_fn *fn, gpointer user,
                          void (*random)(void *bytes, gsize size, gpointer user),
                          gpointer random_user);
struct counts *counts_free(struct counts *counts); /* takes NULL, returns NULL */
gsize counts_size(void);                           /* bytes, whatever is heard */

/* An identifier was heard, or read from an iPhone. time_us is the wall's. */
void counts_read(struct counts *counts, const struct beacon_identifier *identifier, gint64 time_us);
void counts_heard(struct counts *counts, const struct beacon_identifier *identifier, gint64 time_us,
                  enum nearness nearness);

/* Time passes; call at least once a second. hears: the receiver works. */
void counts_tick(struct counts *counts, gint64 monotonic_us, gint64 wall_us,
                 enum clock_quality clock, gboolean hears);

struct counts_now counts_now(const struct counts *counts);

/* Of the last 25 hours' slots, those that begin in [from_us, to_us); the slot under way is counted
 * in as far as it is. */
struct counts_sum counts_sum(const struct counts *counts, gint64 from_us, gint64 to_us);

/* A sum that the caller keeps over longer: variance is summed apart. */
struct counts_sum counts_band(double visits, double variance);
/* The same, with what came after the slot that begins at last_us, the last in the caller's sum. */
struct counts_sum counts_after(const struct counts *counts, gint64 last_us, double visits,
                               double variance);

/* The share running the app, as bounds; exempt are left out of `counted`. Both 0 when nobody was
 * counted. */
struct counts_share {
    double low, high;
};
struct counts_share counts_share(guint64 heard, guint64 cannot_tell, guint64 unchecked,
                                 guint64 counted);

#endif
