/* SPDX-License-Identifier: MIT */
/* A line on the terminal that says how far a long command has come. */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

struct progress {
    gint64 start_us;
    gint64 delay_us; /* nothing is shown before it has passed */
    gint64 shown_us;
    bool is_enabled;
    bool is_visible;
};

/* Shows something only when standard error is a terminal. */
void progress_begin(struct progress *progress, gint64 delay_ms);

/* `text` says what is being done; how far `stream` was read is added when its size is known. */
void progress_show(struct progress *progress, const char *text, FILE *stream);

/* Clears the line, before anything else is said. */
void progress_end(struct progress *progress);

#endif
