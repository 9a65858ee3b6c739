/* SPDX-License-Identifier: MIT */
/* What a scan is asked for. */
#ifndef TOOL_SCAN_H
#define TOOL_SCAN_H

#include "radio_session.h"

/* What was asked for on the command line. */
struct scan_request {
    struct radio_place radio;
    const char *trace, *record, *identity;
    struct beacon_radio_scan scan;
    gboolean is_json, is_all, is_active, has_no_visits, is_monitoring;
};

/* Scans until it ends. Returns an exit code. */
int scan_run(const struct scan_request *request);

#endif
