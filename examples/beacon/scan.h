/* SPDX-License-Identifier: MIT */
/* What a scan is asked for. */
#ifndef TOOL_SCAN_H
#define TOOL_SCAN_H

#include <beacon/radio.h>

/* What was asked for on the command line. */
struct scan_request {
    const char *address, *trace, *record, *identity;
    struct beacon_radio_scan scan;
    struct beacon_radio_options options;
    gint64 duration_us;
    gboolean is_json, is_all, is_active, has_no_visits, is_monitoring, is_taking;
};

/* Scans until it ends. Returns an exit code. */
int scan_run(const struct scan_request *request);

#endif
