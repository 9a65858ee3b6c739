/* SPDX-License-Identifier: MIT */
/* What a subcommand is, the exit codes, and how its options are read. */
#ifndef ENTRANCE_COMMAND_H
#define ENTRANCE_COMMAND_H

#include "words.h"

#include <stdbool.h>

enum {
    EXIT_RAN = 0,   /* it ran, whatever it found */
    EXIT_NO = 1,    /* the answer is no: commands that verify, check or measure */
    EXIT_USAGE = 2, /* not how the command is called */
    EXIT_INPUT = 3, /* what it was given to read is not as it should be */
    EXIT_IO = 4,    /* it could not read, write or listen, or had no memory */
    EXIT_RADIO = 5, /* the radio failed */
};

struct command {
    const char *name;
    const char *summary;     /* one line for the list of commands */
    const char *description; /* paragraphs for its own help */
    const char *examples;    /* lines to type, not translated */
    int (*run)(const struct command *command, int argc, char *argv[]);
};

extern const struct command command_run, command_calibrate, command_report, command_poster,
    command_pin, command_check_config, command_diagnose;

/*
 * Reads the options of a command, which takes nothing else. Options with a value are arrays
 * (G_OPTION_ARG_FILENAME_ARRAY), so that one given twice can be noticed. False when the command
 * ends here, with the exit code in ret_exit: its help was shown, or it was not called rightly.
 */
bool command_parse(const struct command *command, const GOptionEntry options[], int argc,
                   char *argv[], int *ret_exit);

/* Says what is wrong with the call and where help is; returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Both are false after a message. The value of an option that may be given once, NULL when it was
 * not; and --speed, as beacon_radio_options has it. */
bool option_once(const struct command *command, const char *option, char **values,
                 const char **ret_value);
bool option_speed(const struct command *command, char **values, double *ret_speed);

/* Says an error, frees it, and returns the code. */
int said(GError *error, int code);

#endif
