/* SPDX-License-Identifier: MIT */
/* The subcommands. */
#ifndef ENTRANCE_COMMAND_H
#define ENTRANCE_COMMAND_H

#include "command_line.h"

extern const struct command command_run, command_calibrate, command_report, command_poster,
    command_pin, command_check_config, command_diagnose;

/* Says an error, frees it, and returns the code. */
int said(GError *error, int code);

#endif
