/* SPDX-License-Identifier: MIT */
/* When an identifier is on air: days, slots a day, the slot of a time. */
#include <beacon/identity.h>

int beacon_slots_per_day_check(uint32_t slots_per_day)
{
    if (slots_per_day < 1 || slots_per_day > BEACON_SLOTS_PER_DAY_MAX ||
        BEACON_DAY_MS % slots_per_day != 0)
        return BEACON_ESLOTS;
    return 0;
}

int64_t beacon_day_of(int64_t time_ms)
{
    int64_t day = time_ms / BEACON_DAY_MS;

    return time_ms % BEACON_DAY_MS < 0 ? day - 1 : day;
}

int beacon_slot_at(int64_t time_ms, uint32_t slots_per_day, struct beacon_slot *ret_slot)
{
    int64_t day, day_start_ms, length_ms, index;

    if (beacon_slots_per_day_check(slots_per_day) != 0)
        return BEACON_ESLOTS;
    if (time_ms < INT64_MIN + BEACON_DAY_MS || time_ms > INT64_MAX - BEACON_DAY_MS)
        return BEACON_ERANGE;
    day = beacon_day_of(time_ms);
    day_start_ms = day * BEACON_DAY_MS;
    length_ms = BEACON_DAY_MS / slots_per_day;
    index = (time_ms - day_start_ms) / length_ms;
    ret_slot->day = day;
    ret_slot->index = (uint32_t)index;
    ret_slot->start_ms = day_start_ms + index * length_ms;
    ret_slot->end_ms = ret_slot->start_ms + length_ms;
    return 0;
}
