/* SPDX-License-Identifier: MIT */
/* The history that a scan adds to a file, row by row, as the app keeps its own. */
#ifndef TOOL_SCAN_TRACE_H
#define TOOL_SCAN_TRACE_H

#include "scan_heard.h"

#include <beacon/exchange.h>
#include <beacon/identity.h>

struct scan_trace {
    const char *path;
    beacon_identity *identity; /* whose identifiers the first column holds; NULL: zeros */
    int descriptor;
    BeaconTraceUnit unit; /* as the file has it */
    bool has_no_own;      /* it was said that the identity has none for this time */
    bool has_unfit;       /* it was said that a time is not believed */
};

/* Opens the file, or makes it; one that is no trace is refused. An exit code, after a message. */
int scan_trace_open(struct scan_trace *trace, const char *path, beacon_identity *identity);

/* Writes one row with one call, so that no reader and no end ever sees half of it. An exit code.
 */
int scan_trace_add(struct scan_trace *trace, const struct reception *reception);

int scan_trace_close(struct scan_trace *trace);

#endif
