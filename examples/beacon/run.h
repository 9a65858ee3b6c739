/* SPDX-License-Identifier: MIT */
/* What beacon run is asked for. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include "store_place.h"

#include <beacon/radio.h>

struct run_request {
    const char *address, *identity;
    struct store_place place;
    struct beacon_radio_options options;
    struct beacon_cycle scan, advertise;
    gint64 duration_us, status_us;
    guint64 retention_days; /* 0: the store's own */
    const char *clock_flag; /* believe this file alone; or NULL */
    gboolean is_iphone, is_json, is_clock_trusted;
};

/* Runs a node until it ends. Returns an exit code. */
int run_node(const struct run_request *request);

#endif
