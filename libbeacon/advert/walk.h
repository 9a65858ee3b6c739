/* SPDX-License-Identifier: MIT */
/* One step of the walk, inline: the recogniser takes several for each of millions of packets. */
#ifndef BCN_ADVERT_WALK_H
#define BCN_ADVERT_WALK_H

#include <beacon/advert.h>

static inline int bcn_ad_step(struct beacon_ad_walk *walk, struct beacon_ad_field *ret_field)
{
    const uint8_t *structure;
    size_t length; /* of type and value */

    if (walk->offset >= walk->size)
        return 0;
    structure = walk->data + walk->offset;
    length = structure[0];
    if (length == 0)
        return 0;
    if (length > walk->size - walk->offset - 1)
        return BEACON_ETRUNCATED;
    ret_field->type = structure[1];
    ret_field->value = structure + 2;
    ret_field->size = length - 1;
    walk->offset += 1 + length;
    return 1;
}

#endif
