/* SPDX-License-Identifier: MIT */
/* A door as the settings have it, for the commands that open one. */
#ifndef ENTRANCE_RUN_DOOR_H
#define ENTRANCE_RUN_DOOR_H

#include "door.h"
#include "settings.h"

struct run_door_wishes {
    const char *radio;
    gboolean is_memory;  /* no row is written to disk */
    gboolean is_made_up; /* the air is: the place's calibration does not hold, nor is one kept */
    gboolean waits_for_tap, waits_for_radio;
    double speed;
    struct lines *lines;
};

/* Returns an exit code, after a message when it is not EXIT_RAN. */
int run_door_open(const struct run_door_wishes *wishes, const struct settings *settings,
                  struct door **ret_door);

/* Says why a scenario could not be read, frees the error, and returns the exit code. */
int scenario_error(GError *error);

#endif
