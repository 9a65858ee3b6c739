/* SPDX-License-Identifier: MIT */
/* Standard output: what a command has to say is collected, then written at once, and checked. */
#ifndef TOOL_OUTPUT_H
#define TOOL_OUTPUT_H

#include <glib.h>

/* Asks that what was written to a file be on the disk. FALSE, after a message, when it is not. */
gboolean output_sync(void);

/* Writes text for a person, in the character set of the locale; returns the exit code. */
int output_text(const GString *text);

/* Writes for a machine, as it is; both return the exit code. */
int output_json(const GString *text);
int output_data(const char *bytes, gsize size);

#endif
