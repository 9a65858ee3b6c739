/* SPDX-License-Identifier: MIT */
/* Judges what was on the air: who sent what, from which address, and when. */
#include "radio/on_air.h"

#include <string.h>

enum { IDENTIFIER_AT = 7, ANDROID_SIZE = 23 };

static gboolean same_data(const struct scripted_air *a, const struct scripted_air *b)
{
    return a->data.size == b->data.size && memcmp(a->data.bytes, b->data.bytes, a->data.size) == 0;
}

static const char *form_violation(const struct scripted_air *air)
{
    guint top = air->address.bytes[0] >> 6;
    if (air->address.type != BEACON_ADDRESS_RANDOM)
        return "a public address";
    if (air->connectable)
        return top != 1 ? "connectable from an address that is not of resolvable form" : NULL;
    return top != 0 ? "not connectable, from an address that is not of non-resolvable form" : NULL;
}

static const char *pair_violation(const struct scripted_air *airs, gsize index)
{
    for (gsize i = 0; i < index; i++) {
        if (!airs[i].on)
            continue;
        gboolean address = beacon_address_equal(&airs[i].address, &airs[index].address);
        gboolean data = same_data(&airs[i], &airs[index]);
        if (address && !data)
            return "an address with two identifiers";
        if (data && !address)
            return "an identifier with two addresses";
    }
    return NULL;
}

/* `end_us`: when it went off the air, or changed; -1: never. */
static const char *time_violation(const struct scripted_air *air, gint64 end_us,
                                  const struct on_air_rules *rules)
{
    gint64 slot;
    if (air->data.size != ANDROID_SIZE)
        return "a payload that nobody gave";
    memcpy(&slot, air->data.bytes + IDENTIFIER_AT, sizeof slot);
    gint64 begin = rules->start_us + slot * rules->slot_us;
    if (air->time_us < begin)
        return "an identifier before its slot";
    if (air->time_us >= begin + rules->slot_us + rules->tolerance_us ||
        end_us > begin + rules->slot_us + rules->tolerance_us)
        return "an identifier after its slot";
    return NULL;
}

const char *on_air_violation(const struct scripted_air *airs, gsize count,
                             const struct on_air_rules *rules, gsize *ret_index)
{
    for (gsize i = 0; i < count; i++) {
        const char *text = NULL;
        if (!airs[i].on)
            continue;
        *ret_index = i;
        if ((text = form_violation(&airs[i])) != NULL || (text = pair_violation(airs, i)) != NULL ||
            (text = time_violation(&airs[i], i + 1 < count ? airs[i + 1].time_us : -1, rules)) !=
                NULL)
            return text;
    }
    return NULL;
}
