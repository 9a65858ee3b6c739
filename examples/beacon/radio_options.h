/* SPDX-License-Identifier: MIT */
/* Options that commands with a radio share, and how they are read. */
#ifndef TOOL_RADIO_OPTIONS_H
#define TOOL_RADIO_OPTIONS_H

#include "command.h"
#include "radio_session.h"

/* Which radio, and for how long, as they were typed: options of each command that has one. */
struct radio_words {
    char **radio, **duration, **speed, **settings;
    gboolean is_taking;
};

#define RADIO_OPTION(words)                                                                        \
    {                                                                                              \
        "radio", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(words).radio,                                \
            N_("which radio (default auto)"), N_("RADIO")                                          \
    }
#define RADIO_RUN_OPTIONS(words)                                                                   \
    {"take",                                                                                       \
     0,                                                                                            \
     0,                                                                                            \
     G_OPTION_ARG_NONE,                                                                            \
     &(words).is_taking,                                                                           \
     N_("take the adapter from bluetoothd for the while"),                                         \
     NULL},                                                                                        \
        {"for",                                                                                    \
         0,                                                                                        \
         0,                                                                                        \
         G_OPTION_ARG_FILENAME_ARRAY,                                                              \
         &(words).duration,                                                                        \
         N_("end after so long"),                                                                  \
         N_("SECONDS")},                                                                           \
        {"speed",                                                                                  \
         0,                                                                                        \
         0,                                                                                        \
         G_OPTION_ARG_FILENAME_ARRAY,                                                              \
         &(words).speed,                                                                           \
         N_("of a replay: times as fast, or max"),                                                 \
         N_("X")},                                                                                 \
    {                                                                                              \
        "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(words).settings,                                 \
            N_("a line that holds over the scenario's own"), N_("LINE")                            \
    }

void radio_words_free(struct radio_words *words);

/* All are false after a message. */

bool option_radio(const struct command *command, const struct radio_words *words,
                  struct radio_place *ret_place);

/* --form: as an Android phone, which it is when it was not given, or as an iPhone. */
bool option_form(const struct command *command, char **values, gboolean *ret_is_iphone);

/* "full", or seconds on and off, "15/15". Says nothing. */
bool cycle_parse(const char *text, struct beacon_cycle *ret_cycle);

/* --cycle: "full", or seconds on and off, "15/15"; all zero when it was not given. */
bool option_cycle(const struct command *command, char **values, struct beacon_cycle *ret_cycle);

/* --cycle of a history: full, which it is when it was not given; phone, as the app scans; or
 * seconds on and off. */
bool option_listening(const struct command *command, char **values, struct beacon_cycle *ret_cycle);

/* Whole milliseconds from min to max, as microseconds; 0 when the option was not given. */
bool option_interval(const struct command *command, const char *option, char **values, guint32 min,
                     guint32 max, guint32 *ret_us);

#endif
