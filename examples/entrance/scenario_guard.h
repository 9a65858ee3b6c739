/* SPDX-License-Identifier: MIT */
/* The guard of a scenario: taps where its events say that a person steps up or opens the app. */
#ifndef ENTRANCE_SCENARIO_GUARD_H
#define ENTRANCE_SCENARIO_GUARD_H

#include <beacon/clock.h>
#include <glib.h>

/* Reads the events from a handle of the air of its own, beside the radio's, on the same clock. */
struct scenario_guard;

struct scenario_taps {
    /* A person stands at the spot. FALSE: a check is under way; it is put off by `later`, and this
     * one asked for again. */
    gboolean (*begin)(gpointer user);
    void (*opened)(gpointer user); /* the guard saw the app open, 0.7 s after it did */
    void (*later)(gpointer user);  /* the next is due, and this one undecided: sent aside */
    gpointer user;
};

/*
 * path: the scenario; settings as for beacon_air_load. The scenario's start is the clock's
 * monotonic time at this call, as it is of a radio opened on the same clock in the same moment.
 * NULL and an error of BEACON_AIR_ERROR.
 */
struct scenario_guard *scenario_guard_new(const char *path, const char *const *settings,
                                          beacon_clock *clock, const struct scenario_taps *taps,
                                          GError **error);
struct scenario_guard *scenario_guard_free(struct scenario_guard *guard); /* NULL, NULL */

#endif
