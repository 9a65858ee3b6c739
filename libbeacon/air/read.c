/* SPDX-License-Identifier: MIT */
/* GATT reads: who has an address, whether a connection comes about, and what is answered. */
#include "air/model.h"

#include "air/arithmetic.h"

#include <string.h>

/* So long a connection is waited for: longer than anybody's patience. */
#define WAIT_US BCN_MINUTE

/* The device that may be connected to at an address; a forger's change too quickly for it. */
static struct bcn_device *find_device(const struct beacon_air *air,
                                      const struct bcn_receiver *receiver, const uint8_t address[6],
                                      int64_t time_us)
{
    for (guint i = 0; i < air->present_count; i++) {
        struct bcn_device *device = air->present[i];
        const struct bcn_state *state = bcn_device_state(device, time_us);
        uint8_t own[6];
        int64_t burst_us;

        if (device == receiver->carrier || !bcn_kinds[state->kind].is_connectable ||
            state->kind == BEACON_AIR_FORGER || !bcn_device_is_there(device, time_us))
            continue;
        if (state->kind == BEACON_AIR_NODE && device->given_us > 0)
            memcpy(own, device->given.address, sizeof(own));
        else if (bcn_device_on_air(device, time_us, &burst_us) != BCN_FOREVER)
            bcn_device_address(device, state, time_us, burst_us, 0, own);
        else
            continue;
        if (memcmp(own, address, sizeof(own)) == 0)
            return device;
    }
    return NULL;
}

/* Whether one advertisement gets through, by the same law as any other but with draws of its own.
 */
static bool gets_through(const struct beacon_air *air, const struct bcn_receiver *receiver,
                         const struct bcn_device *device, int64_t time_us,
                         struct bcn_random *random)
{
    const struct bcn_law *law = &air->law;
    double spread = bcn_sqrt(law->body_db * law->body_db + law->fast_db * law->fast_db);
    double fading = spread * bcn_random_normal(random);
    struct bcn_point here, there;

    if (bcn_random_unit(random) < law->loss || bcn_receiver_is_away(receiver, time_us) ||
        !bcn_receiver_place(receiver, time_us, &here) || !bcn_device_place(device, time_us, &there))
        return false;
    return fading + bcn_level_dbm(law, receiver, device, bcn_device_state(device, time_us),
                                  bcn_distance_m(here, there), time_us) >=
           receiver->floor_dbm;
}

/* When the connection is made; BCN_FOREVER: never. */
static int64_t connect_at(const struct beacon_air *air, const struct bcn_receiver *receiver,
                          const struct bcn_device *device, int64_t time_us)
{
    struct bcn_random random = bcn_random_stream(device->key, BCN_STREAM_READ);
    int64_t end_us = time_us + WAIT_US, burst_us;

    random.state = bcn_mix_in(random.state, (uint64_t)time_us);
    random.state = bcn_mix_in(random.state, bcn_hash_text(receiver->name, strlen(receiver->name)));
    while (time_us < end_us) {
        const struct bcn_state *state = bcn_device_state(device, time_us);
        int64_t interval_us =
            state->kind == BEACON_AIR_NODE ? device->given_us : state->tuning.interval_us;

        time_us += bcn_random_below(&random, MAX(interval_us, 1)) + BCN_ADV_DELAY_US / 2;
        if (state->kind != BEACON_AIR_NODE)
            time_us = bcn_device_on_air(device, time_us, &burst_us);
        if (time_us >= end_us || !bcn_device_is_there(device, time_us))
            return BCN_FOREVER;
        if (gets_through(air, receiver, device, time_us, &random))
            return time_us;
    }
    return BCN_FOREVER;
}

static enum beacon_air_read_outcome outcome_of(enum beacon_air_kind kind)
{
    switch (kind) {
    case BEACON_AIR_IPHONE_OPEN:
    case BEACON_AIR_IPHONE_BACKGROUND:
        return BEACON_AIR_READ_ANSWERED;
    case BEACON_AIR_IPHONE_STALLING:
        return BEACON_AIR_READ_STALLED;
    case BEACON_AIR_IPHONE_REFUSING:
        return BEACON_AIR_READ_REFUSED;
    default:
        return BEACON_AIR_READ_NO_CHARACTERISTIC;
    }
}

static void answer(const struct beacon_air *air, struct bcn_device *device,
                   struct beacon_air_read *read)
{
    const struct bcn_state *state = bcn_device_state(device, read->connected_us);
    struct beacon_identifier identifier;
    struct beacon_slot slot;

    read->device = bcn_device_index(air, device);
    read->answered_us = read->connected_us + state->tuning.answer_us;
    read->outcome = bcn_device_is_there(device, read->answered_us) ? outcome_of(state->kind)
                                                                   : BEACON_AIR_READ_STALLED;
    if (read->outcome == BEACON_AIR_READ_STALLED)
        read->answered_us = 0;
    if (read->outcome != BEACON_AIR_READ_ANSWERED)
        return;
    bcn_device_identifier(device, read->answered_us + device->clock_us, air->slots_per_day,
                          &identifier, &slot);
    read->size = BEACON_IDENTIFIER_SIZE;
    memcpy(read->value, identifier.bytes, BEACON_IDENTIFIER_SIZE);
}

void beacon_air_read(beacon_air *air, guint32 number, const guint8 address[6], gint64 time_us,
                     struct beacon_air_read *ret_read)
{
    struct bcn_receiver *receiver = &air->receivers[number];
    struct bcn_device *device;

    g_return_if_fail(number < air->receivers_count);
    memset(ret_read, 0, sizeof(*ret_read));
    ret_read->outcome = BEACON_AIR_READ_UNREACHABLE;
    device = find_device(air, receiver, address, time_us);
    if (device)
        ret_read->connected_us = connect_at(air, receiver, device, time_us);
    if (device && ret_read->connected_us != BCN_FOREVER)
        answer(air, device, ret_read);
    else
        ret_read->connected_us = 0;
    if (air->truth_file)
        bcn_truth_file_read(air, number, time_us, ret_read);
}
