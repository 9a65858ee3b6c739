/* SPDX-License-Identifier: MIT */
/* Options that commands with a radio share, and how they are read. */
#ifndef TOOL_RADIO_OPTIONS_H
#define TOOL_RADIO_OPTIONS_H

#include "command.h"

#include <beacon/radio.h>

/* All are false after a message. */

/* --radio, or the best that there is. */
bool option_radio(const struct command *command, char **values, const char **ret_address);

/* "full", or seconds on and off, "15/15". Says nothing. */
bool cycle_parse(const char *text, struct beacon_cycle *ret_cycle);

/* --cycle: "full", or seconds on and off, "15/15"; all zero when it was not given. */
bool option_cycle(const struct command *command, char **values, struct beacon_cycle *ret_cycle);

/* --cycle of a history: full, which it is when it was not given; phone, as the app scans; or
 * seconds on and off. */
bool option_listening(const struct command *command, char **values, struct beacon_cycle *ret_cycle);

/* --for, in seconds; 0 when it was not given: without end. */
bool option_duration(const struct command *command, char **values, gint64 *ret_us);

/* Whole milliseconds from min to max, as microseconds; 0 when the option was not given. */
bool option_interval(const struct command *command, const char *option, char **values, guint32 min,
                     guint32 max, guint32 *ret_us);

/* --speed, as struct beacon_radio_options has it; for radios that replay only. */
bool option_speed(const struct command *command, char **values, const char *address,
                  double *ret_speed);

/* --set, lines of a scenario, borrowed; for sim: only. */
bool option_settings(const struct command *command, char **values, const char *address,
                     struct beacon_radio_options *options);

#endif
