/* SPDX-License-Identifier: MIT */
/* The timeline: devices arrive, send, change and leave, and receivers hear some of it. */
#include "air/model.h"

#include <string.h>

GQuark beacon_air_error_quark(void)
{
    return g_quark_from_static_string("beacon-air-error-quark");
}

static void free_device(struct bcn_device *device)
{
    g_free(device->path);
    g_free(device->states);
}

static void free_receiver(struct bcn_receiver *receiver)
{
    g_array_unref(receiver->away);
    g_array_unref(receiver->deaf);
    g_free(receiver->links);
}

beacon_air *beacon_air_free(beacon_air *air)
{
    if (!air)
        return NULL;
    bcn_truth_file_free(air);
    for (guint i = 0; i < air->devices_count; i++)
        free_device(&air->devices[i]);
    for (guint i = 0; i < air->receivers_count; i++)
        free_receiver(&air->receivers[i]);
    g_free(air->devices);
    g_free(air->receivers);
    g_free(air->heap);
    g_free(air->present);
    g_array_unref(air->occasions);
    g_string_chunk_free(air->names);
    g_free(air);
    return NULL;
}

static int64_t draw_delay(struct bcn_device *device)
{
    return bcn_random_below(&device->emission, BCN_ADV_DELAY_US + 1);
}

/* A time on the air, from `time_us` on. */
static int64_t settle(struct bcn_device *device, int64_t time_us)
{
    for (;;) {
        int64_t burst_us, on_us = bcn_device_on_air(device, time_us, &burst_us);

        if (on_us == time_us || on_us == BCN_FOREVER)
            return on_us;
        time_us = on_us + draw_delay(device);
    }
}

/* The first advertisement of one who arrives, who may have been advertising for long. */
static int64_t first_send(struct bcn_device *device, int64_t time_us)
{
    int64_t interval_us = device->states[device->state_now].tuning.interval_us;

    if (device->states[device->state_now].kind == BEACON_AIR_NODE)
        return device->given_us > 0 ? time_us + draw_delay(device) : BCN_FOREVER;
    if (interval_us > 0)
        time_us += bcn_random_below(&device->emission, interval_us);
    return settle(device, time_us);
}

/* A forger sends when it likes; others keep their interval and a delay that is drawn. */
static int64_t draw_gap(struct bcn_device *device, const struct bcn_state *state)
{
    if (state->kind == BEACON_AIR_NODE)
        return device->given_us + draw_delay(device);
    if (state->kind == BEACON_AIR_FORGER)
        return state->tuning.interval_us / 2 +
               bcn_random_below(&device->emission, state->tuning.interval_us + 1);
    return state->tuning.interval_us + draw_delay(device);
}

static int64_t next_send(struct bcn_device *device, int64_t time_us)
{
    const struct bcn_state *state = &device->states[device->state_now];
    int64_t then_us = time_us + MAX(draw_gap(device, state), 1);
    int64_t burst_us, then_burst_us, on_us;

    if (state->kind == BEACON_AIR_NODE)
        return then_us;
    bcn_device_on_air(device, time_us, &burst_us);
    on_us = bcn_device_on_air(device, then_us, &then_burst_us);
    if (on_us == BCN_FOREVER)
        return BCN_FOREVER;
    if (then_burst_us == burst_us)
        return then_us;
    return settle(device, MAX(then_burst_us, time_us + 1) + draw_delay(device));
}

static int64_t leaves_us(const struct bcn_device *device)
{
    return device->path[device->path_length - 1].time_us;
}

static int64_t changes_us(const struct bcn_device *device)
{
    return device->state_now + 1 < device->states_count
               ? device->states[device->state_now + 1].from_us
               : BCN_FOREVER;
}

static void schedule(struct beacon_air *air, struct bcn_device *device)
{
    device->next_us = MIN(MIN(device->send_us, changes_us(device)), leaves_us(device));
    bcn_heap_moved(air, device);
}

static void arrive(struct beacon_air *air, struct bcn_device *device, int64_t time_us)
{
    air->present[air->present_count++] = device;
    device->present_at = air->present_count;
    while (changes_us(device) <= time_us)
        device->state_now++;
    device->send_us = first_send(device, time_us);
    schedule(air, device);
    if (air->truth_file)
        bcn_truth_file_arrive(air, device, true);
}

static void leave(struct beacon_air *air, struct bcn_device *device)
{
    struct bcn_device *last = air->present[air->present_count - 1];

    if (air->truth_file)
        bcn_truth_file_arrive(air, device, false);
    air->present[device->present_at - 1] = last;
    last->present_at = device->present_at;
    air->present_count--;
    device->present_at = 0;
    bcn_heap_remove(air, device);
}

static void change(struct beacon_air *air, struct bcn_device *device, int64_t time_us)
{
    device->state_now++;
    device->send_us = settle(device, time_us);
    schedule(air, device);
}

/* Makes the emission that is due, and has it heard by every receiver in turn. */
static void send(struct beacon_air *air, struct bcn_device *device, int64_t time_us)
{
    if (bcn_emission_make(device, time_us, air->slots_per_day, &air->emission))
        air->receivers_done = 0;
    device->sent++;
    device->send_us = next_send(device, time_us);
    schedule(air, device);
}

static void act(struct beacon_air *air, struct bcn_device *device)
{
    int64_t time_us = device->next_us;

    if (device->present_at == 0)
        arrive(air, device, time_us);
    else if (time_us >= leaves_us(device))
        leave(air, device);
    else if (time_us >= changes_us(device))
        change(air, device, time_us);
    else
        send(air, device, time_us);
}

static void tell_truth(struct beacon_air *air, uint32_t receiver, enum beacon_air_fate fate,
                       double distance_m, int8_t rssi_dbm)
{
    const struct bcn_emission *sent = &air->emission;
    struct beacon_air_emission truth = {
        .time_us = sent->time_us,
        .device = bcn_device_index(air, sent->device),
        .receiver = receiver,
        .kind = sent->state->kind,
        .fate = fate,
        .distance_m = distance_m,
        .rssi_dbm = rssi_dbm,
        .has_identifier = sent->has_identifier,
    };
    int64_t time_ms = sent->time_us / 1000;

    memcpy(truth.address, sent->packet.address, sizeof(truth.address));
    if (sent->has_identifier) {
        truth.identifier = sent->identifier;
        truth.slot = sent->slot;
        truth.is_stale = time_ms < sent->slot.start_ms || time_ms >= sent->slot.end_ms;
    }
    if (air->truth_file)
        bcn_truth_file_emission(air, &truth);
    if (air->on_truth)
        air->on_truth(&truth, air->truth_user);
}

/* Whether one receiver hears the emission. */
static bool receive(struct beacon_air *air, uint32_t number, struct beacon_air_event *ret_event)
{
    struct bcn_receiver *receiver = &air->receivers[number];
    struct bcn_emission *sent = &air->emission;
    struct bcn_link *link = &receiver->links[bcn_device_index(air, sent->device)];
    struct bcn_point here, there;
    enum beacon_air_fate fate;
    double distance_m;
    int8_t rssi_dbm = BEACON_RSSI_ABSENT;

    if (receiver->carrier == sent->device || !bcn_receiver_place(receiver, sent->time_us, &here) ||
        !bcn_device_place(sent->device, sent->time_us, &there))
        return false;
    distance_m = bcn_distance_m(here, there);
    fate = bcn_link_carry(&air->law, receiver, link, sent, distance_m, &rssi_dbm);
    if (air->on_truth || air->truth_file)
        tell_truth(air, number, fate, distance_m, rssi_dbm);
    if (fate != BEACON_AIR_ARRIVED)
        return false;
    ret_event->type = BEACON_AIR_PACKET;
    ret_event->time_us = sent->time_us;
    ret_event->receiver = number;
    ret_event->device = bcn_device_index(air, sent->device);
    ret_event->packet = sent->packet;
    ret_event->packet.rssi_dbm = receiver->has_rssi ? rssi_dbm : BEACON_RSSI_ABSENT;
    return true;
}

static void tell_occasion(struct beacon_air *air, const struct bcn_occasion *occasion,
                          struct beacon_air_event *ret_event)
{
    ret_event->type = occasion->type;
    ret_event->time_us = occasion->time_us;
    ret_event->until_us = occasion->until_us;
    ret_event->receiver = occasion->receiver;
    ret_event->device = occasion->phone;
    ret_event->kind = occasion->kind;
    if (air->truth_file)
        bcn_truth_file_occasion(air, occasion);
}

static const struct bcn_occasion *next_occasion(const struct beacon_air *air)
{
    return air->occasions_done < air->occasions->len
               ? &g_array_index(air->occasions, struct bcn_occasion, air->occasions_done)
               : NULL;
}

/* The time of what comes next, which is no later than the end. */
static int64_t next_time(const struct beacon_air *air)
{
    const struct bcn_occasion *occasion = next_occasion(air);
    int64_t time_us = air->heap_count > 0 ? air->heap[0]->next_us : BCN_FOREVER;

    if (occasion && occasion->time_us < time_us)
        time_us = occasion->time_us;
    return MIN(time_us, air->end_us);
}

gint64 beacon_air_next_us(const beacon_air *air)
{
    return air->receivers_done < air->receivers_count ? air->now_us : next_time(air);
}

gboolean beacon_air_next_until(beacon_air *air, gint64 until_us, struct beacon_air_event *ret_event)
{
    memset(ret_event, 0, sizeof(*ret_event));
    for (;;) {
        const struct bcn_occasion *occasion = next_occasion(air);

        while (air->receivers_done < air->receivers_count)
            if (receive(air, air->receivers_done++, ret_event))
                return TRUE;
        if (next_time(air) > until_us)
            return FALSE;
        air->now_us = next_time(air);
        if (air->truth_file)
            bcn_truth_file_tick(air, air->now_us);
        if (air->now_us >= air->end_us)
            return FALSE;
        if (occasion && occasion->time_us <= air->now_us) {
            air->occasions_done++;
            tell_occasion(air, occasion, ret_event);
            return TRUE;
        }
        act(air, air->heap[0]);
    }
}

gboolean beacon_air_next(beacon_air *air, struct beacon_air_event *ret_event)
{
    return beacon_air_next_until(air, air->end_us, ret_event);
}

void beacon_air_transmit(beacon_air *air, guint32 number, gint64 time_us,
                         const struct beacon_air_packet *packet, gint64 interval_us)
{
    struct bcn_device *device = &air->devices[number];

    g_return_if_fail(number < air->devices_count && device->states[0].kind == BEACON_AIR_NODE);
    g_return_if_fail(!packet || interval_us >= 20000);
    device->given_us = packet ? interval_us : 0;
    if (packet)
        device->given = *packet;
    if (device->present_at == 0)
        return;
    device->send_us = packet ? MAX(time_us, air->now_us) + draw_delay(device) : BCN_FOREVER;
    schedule(air, device);
}

void beacon_air_set_truth(beacon_air *air, beacon_air_truth_fn *fn, gpointer user)
{
    air->on_truth = fn;
    air->truth_user = user;
}

gint64 beacon_air_start_us(const beacon_air *air)
{
    return air->start_us;
}

gint64 beacon_air_end_us(const beacon_air *air)
{
    return air->end_us;
}

guint32 beacon_air_slots_per_day(const beacon_air *air)
{
    return air->slots_per_day;
}

guint32 beacon_air_receivers(const beacon_air *air)
{
    return air->receivers_count;
}

guint32 beacon_air_devices(const beacon_air *air)
{
    return air->devices_count;
}

const char *beacon_air_receiver_name(const beacon_air *air, guint32 receiver)
{
    g_return_val_if_fail(receiver < air->receivers_count, NULL);
    return air->receivers[receiver].name;
}

const char *beacon_air_device_name(const beacon_air *air, guint32 device)
{
    g_return_val_if_fail(device < air->devices_count, NULL);
    return air->devices[device].name;
}

gboolean beacon_air_find_device(const beacon_air *air, const char *name, guint32 *ret_device)
{
    for (guint i = 0; i < air->devices_count; i++)
        if (strcmp(air->devices[i].name, name) == 0) {
            *ret_device = i;
            return TRUE;
        }
    return FALSE;
}

gboolean beacon_air_find_receiver(const beacon_air *air, const char *name, guint32 *ret_receiver)
{
    for (guint i = 0; i < air->receivers_count; i++)
        if (strcmp(air->receivers[i].name, name) == 0) {
            *ret_receiver = i;
            return TRUE;
        }
    return FALSE;
}

gboolean beacon_air_receiver_carrier(const beacon_air *air, guint32 receiver, guint32 *ret_device)
{
    g_return_val_if_fail(receiver < air->receivers_count, FALSE);
    if (air->receivers[receiver].carrier == NULL)
        return FALSE;
    *ret_device = bcn_device_index(air, air->receivers[receiver].carrier);
    return TRUE;
}

enum beacon_air_kind beacon_air_kind_at(const beacon_air *air, guint32 device, gint64 time_us)
{
    g_return_val_if_fail(device < air->devices_count, BEACON_AIR_NO_PHONE);
    return bcn_device_state(&air->devices[device], time_us)->kind;
}

gboolean beacon_air_distance(const beacon_air *air, guint32 receiver, guint32 device,
                             gint64 time_us, double *ret_distance_m)
{
    struct bcn_point here, there;

    g_return_val_if_fail(receiver < air->receivers_count && device < air->devices_count, FALSE);
    if (!bcn_receiver_place(&air->receivers[receiver], time_us, &here) ||
        !bcn_device_place(&air->devices[device], time_us, &there))
        return FALSE;
    *ret_distance_m = bcn_distance_m(here, there);
    return TRUE;
}

void beacon_air_base_key(const beacon_air *air, guint32 device, struct beacon_base_key *ret_key,
                         gint64 *ret_base_day)
{
    g_return_if_fail(device < air->devices_count);
    *ret_key = air->devices[device].base_key;
    *ret_base_day = air->devices[device].base_day;
}
