/* SPDX-License-Identifier: MIT */
/* A device as a function of time: where it is, what it does, when it is on the air, as whom. */
#include "air/model.h"

#include <string.h>

/* The last waypoint at or before a time; the path is not empty and has begun. */
static guint find_waypoint(const struct bcn_device *device, int64_t time_us)
{
    guint low = 0, high = device->path_length;

    while (high - low > 1) {
        guint middle = low + (high - low) / 2;

        if (device->path[middle].time_us <= time_us)
            low = middle;
        else
            high = middle;
    }
    return low;
}

bool bcn_device_is_there(const struct bcn_device *device, int64_t time_us)
{
    return time_us >= device->path[0].time_us &&
           time_us < device->path[device->path_length - 1].time_us;
}

bool bcn_device_place(const struct bcn_device *device, int64_t time_us, struct bcn_point *ret_point)
{
    const struct bcn_waypoint *from, *to;
    double share;

    if (!bcn_device_is_there(device, time_us))
        return false;
    from = &device->path[find_waypoint(device, time_us)];
    to = from + 1;
    share = (double)(time_us - from->time_us) / (double)(to->time_us - from->time_us);
    ret_point->x_m = from->point.x_m + (to->point.x_m - from->point.x_m) * share;
    ret_point->y_m = from->point.y_m + (to->point.y_m - from->point.y_m) * share;
    return true;
}

const struct bcn_state *bcn_device_state(const struct bcn_device *device, int64_t time_us)
{
    guint i = device->states_count - 1;

    while (i > 0 && device->states[i].from_us > time_us)
        i--;
    return &device->states[i];
}

static int64_t state_end(const struct bcn_device *device, const struct bcn_state *state)
{
    const struct bcn_state *last = &device->states[device->states_count - 1];

    return state == last ? BCN_FOREVER : state[1].from_us;
}

/* Rounded down; the divisor is positive. */
static int64_t divide_down(int64_t number, int64_t by)
{
    return number / by - (number % by < 0 ? 1 : 0);
}

/* Within one state: the first time on the air from `time_us` on. */
static int64_t on_air_by_cycle(const struct bcn_state *state, int64_t time_us,
                               int64_t *ret_burst_us)
{
    const struct bcn_tuning *tuning = &state->tuning;
    int64_t period_us = tuning->on_us + tuning->off_us;
    int64_t burst_us;

    if (tuning->interval_us == 0)
        return BCN_FOREVER;
    if (tuning->on_us == 0) {
        *ret_burst_us = state->origin_us;
        return time_us;
    }
    burst_us = state->origin_us + divide_down(time_us - state->origin_us, period_us) * period_us;
    if (time_us >= burst_us + tuning->on_us) {
        burst_us += period_us;
        time_us = burst_us;
    }
    *ret_burst_us = burst_us;
    return time_us;
}

int64_t bcn_device_on_air(const struct bcn_device *device, int64_t time_us, int64_t *ret_burst_us)
{
    const struct bcn_state *state = bcn_device_state(device, time_us);

    for (;;) {
        int64_t end_us = state_end(device, state);
        int64_t on_us = on_air_by_cycle(state, time_us, ret_burst_us);

        if (on_us < end_us)
            return on_us;
        if (end_us == BCN_FOREVER)
            return BCN_FOREVER;
        time_us = end_us;
        state++;
    }
}

/* The daily key of a day, by the ratchet; back to the base key for a clock that was turned back. */
static void advance_chain(struct bcn_device *device, int64_t day)
{
    if (device->chain.daily.day > day || device->chain.daily.day == INT64_MIN) {
        device->chain.daily.day = device->base_day;
        memcpy(device->chain.daily.key.bytes, device->base_key.bytes, BEACON_KEY_SIZE);
        device->chain.slot = 0;
    }
    if (device->chain.daily.day != day) {
        int result = beacon_dated_key_advance(&device->chain.daily, day);

        g_assert(result == 0); /* the scenario keeps base days before its start */
        device->chain.slot = 0;
    }
}

void bcn_device_identifier(struct bcn_device *device, int64_t clock_us, uint32_t slots_per_day,
                           struct beacon_identifier *ret_identifier, struct beacon_slot *ret_slot)
{
    /* A clock from before the base day has that day's identifiers, as the original app
     * (protocol 1.3). */
    int64_t clock_ms = MAX(divide_down(clock_us, 1000), device->base_day * BEACON_DAY_MS);
    int result = beacon_slot_at(clock_ms, slots_per_day, ret_slot);

    g_assert(result == 0);
    advance_chain(device, ret_slot->day);
    if (device->chain.slot == 0 || device->chain.slot > ret_slot->index + 1) {
        beacon_sub_key_first(&device->chain.daily.key, &device->chain.sub_key);
        device->chain.slot = 1;
    }
    for (; device->chain.slot < ret_slot->index + 1; device->chain.slot++)
        beacon_sub_key_next(&device->chain.sub_key, &device->chain.sub_key);
    beacon_sub_key_identifier(&device->chain.sub_key, ret_identifier);
}

/* Which of its addresses a device has: a number that changes with the address. */
static int64_t address_number(const struct bcn_device *device, const struct bcn_state *state,
                              int64_t time_us, int64_t burst_us, int64_t number)
{
    int64_t every_us = state->tuning.address_us;

    if (state->kind == BEACON_AIR_FORGER && device->forgery.identifiers > 0)
        return number % device->forgery.identifiers;
    if (state->kind == BEACON_AIR_FORGER && !device->forgery.replayed)
        return number;
    if (every_us == BCN_ADDRESS_NEVER)
        return 0;
    if (every_us == BCN_ADDRESS_BURST)
        return burst_us;
    return divide_down(time_us - device->address_origin_us, every_us);
}

/* The two most significant bits tell the form (Bluetooth Core 5.3, vol 6 part B, 1.3.2). */
static void mark_address(enum beacon_air_address_type type, uint8_t address[6])
{
    switch (type) {
    case BEACON_AIR_ADDRESS_STATIC:
        address[5] |= 0xC0;
        break;
    case BEACON_AIR_ADDRESS_RESOLVABLE:
        address[5] = (uint8_t)((address[5] & 0x3F) | 0x40);
        break;
    case BEACON_AIR_ADDRESS_NON_RESOLVABLE:
        address[5] &= 0x3F;
        break;
    case BEACON_AIR_ADDRESS_PUBLIC:
        break;
    }
}

void bcn_device_address(const struct bcn_device *device, const struct bcn_state *state,
                        int64_t time_us, int64_t burst_us, int64_t number, uint8_t ret_address[6])
{
    struct bcn_random random = bcn_random_stream(device->key, BCN_STREAM_ADDRESS);

    if (device->has_address) {
        memcpy(ret_address, device->address, sizeof(device->address));
        return;
    }
    random.state = bcn_mix_in(random.state,
                              (uint64_t)address_number(device, state, time_us, burst_us, number));
    bcn_random_fill(&random, ret_address, sizeof(device->address));
    mark_address(bcn_kinds[state->kind].address_type, ret_address);
}
