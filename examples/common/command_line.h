/* SPDX-License-Identifier: MIT */
/* What a subcommand is, the exit codes, and how its options are read; of both programs. */
#ifndef COMMON_COMMAND_LINE_H
#define COMMON_COMMAND_LINE_H

#include <glib.h>
#include <stdbool.h>

enum {
    EXIT_RAN = 0,   /* it ran, whatever it found */
    EXIT_NO = 1,    /* the answer is no: commands that verify, check or measure */
    EXIT_USAGE = 2, /* not how the command is called */
    EXIT_INPUT = 3, /* what it was given to read is not as it should be */
    EXIT_IO = 4,    /* it could not read, write or listen, or had no memory */
    EXIT_RADIO = 5, /* the radio failed */
};

/* The same in words, a line each, for a program's help. */
const char *exit_codes_text(void);

struct command {
    const char *group;       /* the word before the name, or NULL */
    const char *name;        /* the last word */
    const char *operands;    /* as the usage line shows what follows */
    const char *summary;     /* one line for the list of commands */
    const char *description; /* paragraphs for its own help */
    const char *examples;    /* lines to type, not translated */
    int (*run)(const struct command *command, int argc, char *argv[]);
};

/* What stands on a command's line besides options. */
struct operands {
    int count;
    char **values;
};

/*
 * Reads the options of a command and asks for `min` to `max` operands. Options with a value are
 * arrays (G_OPTION_ARG_FILENAME_ARRAY), so that one given twice can be noticed. False when the
 * command ends here, with the exit code in ret_exit: its help was shown, or it was not called
 * rightly.
 */
bool command_parse(const struct command *command, const GOptionEntry options[], int argc,
                   char *argv[], int min, int max, struct operands *ret_operands, int *ret_exit);

/* The same for a command that takes nothing but options. */
bool command_parse_options(const struct command *command, const GOptionEntry options[], int argc,
                           char *argv[], int *ret_exit);

/* Says what is wrong with the call and where help is; returns EXIT_USAGE. The second, of a program
 * without a command that is known: `word` is NULL, or goes into the format. */
int usage_error(const struct command *command, const char *format, ...) G_GNUC_PRINTF(2, 3);
int wrong_call(const char *format, const char *word);

/*
 * The value of an option that may be given once. False, after a message, when it was given twice.
 * *ret_value is NULL when it was not given.
 */
bool option_once(const struct command *command, const char *option, char **values,
                 const char **ret_value);

/* --speed, as struct beacon_radio_options has it; 0 when it was not given. False after a message.
 */
bool option_speed(const struct command *command, char **values, double *ret_speed);

/* "beacon identity new"; the caller frees it. */
char *command_title(const struct command *command);

/* Whether a word asks for help. */
bool asks_for_help(const char *word);

#endif
