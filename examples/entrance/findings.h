/* SPDX-License-Identifier: MIT */
/* What is wrong at a door, or good to know, in plain words. */
#ifndef ENTRANCE_FINDINGS_H
#define ENTRANCE_FINDINGS_H

#include "settings.h"

#include <beacon/radio.h>

/* Adds struct beacon_finding to a list that frees them; text is taken. */
void findings_add(GPtrArray *findings, enum beacon_finding_level level, const char *subject,
                  char *text);

/* Each looks, without changing anything, and adds what it found. */
void findings_of_clock(GPtrArray *findings);
void findings_of_disk(GPtrArray *findings, const struct settings *settings);
void findings_of_calibration(GPtrArray *findings, const struct settings *settings);
void findings_of_page(GPtrArray *findings, const struct settings *settings);

#endif
