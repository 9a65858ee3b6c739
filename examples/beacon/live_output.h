/* SPDX-License-Identifier: MIT */
/* Standard output of a command that goes on: written as it comes, without ever waiting long for
 * whoever reads it. */
#ifndef TOOL_LIVE_OUTPUT_H
#define TOOL_LIVE_OUTPUT_H

#include <glib.h>
#include <stdbool.h>

struct live_output {
    bool is_patient; /* a full output is waited for: the world may be stopped, as in a replay */
    void (*on_broken)(void *user); /* after a message: nothing more can be written */
    void *user;
    guint64 lost; /* lines that nobody took in time */

    GString *waiting;
    guint writable, closed; /* sources */
    bool is_broken;
};

/* Takes is_patient, on_broken and user as they are set. */
void live_output_begin(struct live_output *output);

/* A line, or several, whole or not at all. `bytes` are written as they are; `text` is for a person.
 */
void live_output_bytes(struct live_output *output, const char *bytes, gsize size);
void live_output_text(struct live_output *output, const char *text);

/* Whether all that was given has been written. */
bool live_output_is_idle(const struct live_output *output);

/* Writes what is left, for a second at most, says how much was lost, frees. Returns an exit code.
 */
int live_output_end(struct live_output *output);

#endif
