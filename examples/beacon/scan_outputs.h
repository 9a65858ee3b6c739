/* SPDX-License-Identifier: MIT */
/* How a scan is shown: as JSON, as lines, or as a table; and what it came to. */
#ifndef TOOL_SCAN_OUTPUTS_H
#define TOOL_SCAN_OUTPUTS_H

#include "live_output.h"
#include "scan_heard.h"

/* Each gives one line to the output. Addresses are shortened unless is_full. */
void scan_put_json(struct live_output *output, const struct reception *reception, bool is_full);
void scan_put_line(struct live_output *output, const struct reception *reception, bool is_full);

/* What was heard in all; the caller frees it. */
char *scan_summary(const struct heard *heard, const struct beacon_radio_health *health,
                   gint64 duration_us);

#endif
