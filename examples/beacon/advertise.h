/* SPDX-License-Identifier: MIT */
/* What to advertise. */
#ifndef TOOL_ADVERTISE_H
#define TOOL_ADVERTISE_H

#include <beacon/radio.h>

struct advertise_request {
    const char *address, *identity;
    struct beacon_radio_options options;
    struct beacon_cycle cycle;
    guint32 interval_us;
    gint64 duration_us;
    gboolean is_iphone, is_serving, is_not_connectable, is_json;
};

/* Advertises until it ends. Returns an exit code. */
int advertise_run(const struct advertise_request *request);

#endif
