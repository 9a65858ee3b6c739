/* SPDX-License-Identifier: MIT */
/* Runs a scenario's checks without a person: the real radio face, the real checkpoint, a guard who
 * taps as the scenario says. */
#ifndef ENTRANCE_AUTO_H
#define ENTRANCE_AUTO_H

#include "calibration.h"
#include "words.h"

#include <stdio.h>

/*
 * Calibration: that of `calibration`, or else one assumed from the scenario's own statements (tray,
 * levels, fading), never from what will happen. A device named "reference" is the door's reference
 * beacon.
 */
struct auto_options {
    gsize size;                            /* of this struct */
    const char *radio;                     /* "sim:FILE"; another is misuse */
    const char *const *settings;           /* more statements, ended by NULL; or NULL */
    const struct calibration *calibration; /* NULL: assumed */
    enum check_mode mode;
    gboolean json; /* lines of lines.h; else a line of words a verdict, and the sums */
    FILE *output;  /* NULL: stdout */
    enum language language;
    double speed; /* virtual seconds to a real one; 0 or less: at once */
};

/* Runs to the scenario's end. Errors: BEACON_AIR_ERROR and BEACON_RADIO_ERROR of the scenario,
 * G_FILE_ERROR where not all could be written. */
gboolean auto_run(const struct auto_options *options, GError **error);

#endif
