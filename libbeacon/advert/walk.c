/* SPDX-License-Identifier: MIT */
/* The walk over advertising data: a length byte, a type, a value, and again. */
#include "advert/walk.h"

struct beacon_ad_walk beacon_ad_walk(const uint8_t *data, size_t size)
{
    return (struct beacon_ad_walk){.data = data, .size = size, .offset = 0};
}

int beacon_ad_next(struct beacon_ad_walk *walk, struct beacon_ad_field *ret_field)
{
    return bcn_ad_step(walk, ret_field);
}
