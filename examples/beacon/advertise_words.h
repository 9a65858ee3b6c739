/* SPDX-License-Identifier: MIT */
/* What beacon advertise tells of itself, as lines or as JSON. */
#ifndef TOOL_ADVERTISE_WORDS_H
#define TOOL_ADVERTISE_WORDS_H

#include "live_output.h"

#include <beacon/radio.h>
#include <stdbool.h>

struct rotation {
    gint64 time_ms;
    struct beacon_identifier identifier;
    struct beacon_address address;
    gint64 gap_us; /* off the air before it */
    bool is_first; /* there was nothing before */
};

void advertise_put_rotation(struct live_output *output, const struct rotation *rotation,
                            bool is_json);

/* JSON. */
void advertise_put_health(struct live_output *output, const struct beacon_radio_health *health,
                          gint64 time_ms);

#endif
