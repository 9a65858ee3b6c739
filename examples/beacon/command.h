/* SPDX-License-Identifier: MIT */
/* The subcommands, and what their options may be. */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include "command_line.h"

extern const struct command command_identity_new, command_identity_show, command_identity_table,
    command_identity_report, command_derive, command_advert_encode, command_advert_decode,
    command_match, command_keys_new, command_keys_pack, command_keys_unpack, command_keys_info,
    command_keys_sign, command_keys_verify, command_advertise, command_scan, command_radio_list,
    command_radio_diagnose, command_sim, command_run, command_log_show, command_log_export,
    command_log_import, command_log_purge, command_log_check, command_log_salvage;

/* Says what the core library refused, `what` being the thing; returns an exit code. */
int library_error(const char *what, int error);

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

#endif
