/* SPDX-License-Identifier: MIT */
/* What a subcommand is, the exit codes, and how its options are read. */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

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

struct command {
    const char *group;       /* the word before the name, or NULL */
    const char *name;        /* the last word */
    const char *operands;    /* as the usage line shows what follows */
    const char *summary;     /* one line for the list of commands */
    const char *description; /* paragraphs for its own help */
    const char *examples;    /* lines to type, not translated */
    int (*run)(const struct command *command, int argc, char *argv[]);
};

extern const struct command command_identity_new, command_identity_show, command_identity_table,
    command_identity_report, command_derive, command_advert_encode, command_advert_decode,
    command_match, command_keys_new, command_keys_pack, command_keys_unpack, command_keys_info,
    command_keys_sign, command_keys_verify, command_advertise, command_scan, command_radio_list,
    command_radio_diagnose, command_sim, command_run, command_log_show, command_log_export,
    command_log_import, command_log_purge, command_log_check, command_log_salvage;

/* Says what the core library refused, `what` being the thing; returns an exit code. */
int library_error(const char *what, int error);

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

/* Says what is wrong with the call and where help is; returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * The value of an option that may be given once. False, after a message, when it was given twice.
 * *ret_value is NULL when it was not given.
 */
bool option_once(const struct command *command, const char *option, char **values,
                 const char **ret_value);

/* What an option's whole number may be, and what it is when the option is not given. */
struct range {
    guint64 min, max, otherwise;
};

/* An option's instant, or the present one; its whole number; its slots a day. False after a message
 * "OPTION: expected ...", without the value, which may be a key that was meant for another. */
bool option_time(const struct command *command, const char *option, char **values, gint64 *ret_ms);
bool option_number(const struct command *command, const char *option, char **values,
                   const struct range *range, guint64 *ret_number);
bool option_slots(const struct command *command, char **values, guint32 *ret_slots_per_day);

/* "beacon identity new"; the caller frees it. */
char *command_title(const struct command *command);

#endif
