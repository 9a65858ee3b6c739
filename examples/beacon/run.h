/* SPDX-License-Identifier: MIT */
/* What beacon run is asked for. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include "radio_session.h"
#include "store_place.h"

struct run_request {
    struct radio_place radio;
    const char *identity;
    struct store_place place;
    struct beacon_cycle scan, advertise;
    gint64 status_us;
    guint64 retention_days; /* 0: the store's own */
    const char *clock_flag; /* believe this file alone; or NULL */
    gboolean is_iphone, is_json, is_clock_trusted;
};

/* Runs a node until it ends. Returns an exit code. */
int run_node(const struct run_request *request);

#endif
