/* SPDX-License-Identifier: MIT */
/* What to advertise. */
#ifndef TOOL_ADVERTISE_H
#define TOOL_ADVERTISE_H

#include "radio_session.h"

struct advertise_request {
    struct radio_place radio;
    const char *identity;
    struct beacon_cycle cycle;
    guint32 interval_us;
    gboolean is_iphone, is_serving, is_not_connectable, is_json;
};

/* Advertises until it ends. Returns an exit code. */
int advertise_run(const struct advertise_request *request);

#endif
