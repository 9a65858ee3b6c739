/* SPDX-License-Identifier: MIT */
/* The calibration that a scenario's door would have: from what it says of levels, tray and fading,
 * never from who comes. */
#ifndef ENTRANCE_SCENARIO_CALIBRATION_H
#define ENTRANCE_SCENARIO_CALIBRATION_H

#include "calibration.h"

/*
 * Assumes one phone of mean strength on the spot and at 1.5 m, with the scenario's tray and body
 * fading. A device named "reference" is the office's beacon; its level is what it would be without
 * fading, its address and interval those of its first packets. `settings` are further statements
 * that hold over the file's, ended by NULL, or NULL. An error of BEACON_AIR_ERROR or G_FILE_ERROR.
 */
gboolean scenario_calibration(const char *path, const char *const *settings,
                              struct calibration *ret_calibration, GError **error);

#endif
