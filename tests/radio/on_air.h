/* SPDX-License-Identifier: MIT */
/* Judges what was on the air: who sent what, from which address, and when. */
#ifndef RADIO_ON_AIR_H
#define RADIO_ON_AIR_H

#include "radio/scripted.h"

struct on_air_rules {
    gint64 start_us,
        slot_us;         /* payloads carry their slot's number, little-endian, from byte 7 on */
    gint64 tolerance_us; /* that a payload may stay after its slot's end */
};

/* NULL when all is well, or static words for the first violation; ret_index: where. */
const char *on_air_violation(const struct scripted_air *airs, gsize count,
                             const struct on_air_rules *rules, gsize *ret_index);

#endif
