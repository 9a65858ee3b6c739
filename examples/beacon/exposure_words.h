/* SPDX-License-Identifier: MIT */
/* Exposures and encounters in words, for a person. */
#ifndef TOOL_EXPOSURE_WORDS_H
#define TOOL_EXPOSURE_WORDS_H

#include <beacon/encounter.h>

#include <glib.h>

/* On a terminal that has colours. */
enum colour { RED = 31, GREEN = 32, YELLOW = 33 };
void put_coloured(GString *text, enum colour colour, const char *words);

/* Two lines: when; how long, how near, how strong, and whether it was a close contact. */
void put_exposure(GString *text, const struct beacon_encounter *exposure);

/* What minutes rest on where nobody said how the phone listened: its history does not tell. */
void put_listening(GString *text);

/* How many minutes, rounded to tenths, as the lines above have them. */
double exposure_minutes(gint64 ms);

/* The mean of the levels, rounded; BEACON_RSSI_ABSENT where there are none. */
int exposure_mean_dbm(const struct beacon_encounter *exposure);

#endif
