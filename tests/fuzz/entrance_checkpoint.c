/* SPDX-License-Identifier: MIT */
/* Any order of packets, taps, health, answers and clocks: nothing is said that cannot be known. */
#include "checkpoint.h"

#include "fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

struct door {
    struct checkpoint *checkpoint;
    struct checkpoint_time now;
    guint64 last_check;
    gboolean under_way, is_calibrated, has_levels;
    gboolean is_asked;
    struct beacon_address asked;
};

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

static void on_begin(guint64 check, gboolean by_itself, gint64 time_us, gpointer user)
{
    struct door *door = user;
    (void)by_itself;
    require(!door->under_way && check > door->last_check);
    require(time_us == door->now.wall_us);
    door->under_way = TRUE;
}

static void on_result(const struct checkpoint_result *result, gpointer user)
{
    struct door *door = user;
    gboolean judges = result->verdict != VERDICT_NONE || result->reason != REASON_NONE;
    require(result->check > door->last_check && result->seconds >= 0 && result->effective_s >= 0);
    require(judges == door->under_way);
    require(result->verdict != VERDICT_HEARD ||
            (door->is_calibrated && door->has_levels && result->platform != 0));
    require((result->verdict == VERDICT_NOT_HEARD) == (result->proof != PROOF_NONE));
    require(result->verdict != VERDICT_NOT_HEARD ||
            (result->effective_s >= 8 && result->reason == REASON_NONE && door->is_calibrated));
    require(result->verdict != VERDICT_CANNOT_TELL || result->reason != REASON_NONE);
    door->last_check = result->check;
    door->under_way = FALSE;
}

static gboolean on_visit(const struct beacon_address *address, gint64 remember_until_us,
                         gpointer user)
{
    struct door *door = user;
    require(remember_until_us >= door->now.wall_us);
    door->is_asked = TRUE;
    door->asked = *address;
    return address->bytes[5] % 4 != 0;
}

static void on_slot(const struct counts_slot *slot, gpointer user)
{
    (void)user;
    require(slot->visits >= 0 && slot->variance >= 0 && slot->length_us > 0);
}

static void send_packet(struct door *door, const uint8_t *bytes)
{
    struct beacon_identifier identifier = {{bytes[1]}};
    struct beacon_advert advert = {0};
    if (bytes[2] % 4 == 0)
        beacon_advert_android(&identifier, &advert);
    else if (bytes[2] % 4 == 1)
        beacon_advert_iphone_open(&advert);
    else if (bytes[2] % 4 == 2)
        beacon_advert_iphone_background(NULL, &advert);
    const struct beacon_radio_packet packet = {
        .time_us = door->now.wall_us,
        .monotonic_us = door->now.monotonic_us,
        .address = {{0x40, 0, 0, 0, 0, bytes[1]}, BEACON_ADDRESS_RANDOM},
        .rssi_dbm = (gint8)bytes[3],
        .tx_power_dbm = BEACON_TX_POWER_ABSENT,
        .connectable = bytes[2] % 8 < 6,
        .data = advert.bytes,
        .size = advert.size,
    };
    door->has_levels = door->has_levels || packet.rssi_dbm != BEACON_RSSI_ABSENT;
    checkpoint_packet(door->checkpoint, &packet);
}

/* Ten times a second for up to 25 s, as a phone sends. */
static void send_burst(struct door *door, const uint8_t *bytes)
{
    for (int i = 0; i < bytes[0]; i++) {
        door->now.monotonic_us += 100000;
        door->now.wall_us += 100000;
        send_packet(door, bytes);
    }
}

static void be_healthy(struct door *door, uint8_t byte)
{
    const struct beacon_radio_health health = {.state = (enum beacon_radio_state)(byte % 5),
                                               .scanning = byte & 0x80 ? TRUE : FALSE,
                                               .text = ""};
    checkpoint_health(door->checkpoint, &health, &door->now);
}

static void answer(struct door *door, uint8_t byte)
{
    struct beacon_visit visit = {.address = door->asked,
                                 .result = (enum beacon_visit_result)(byte % 7)};
    if (visit.result == BEACON_VISIT_READ)
        visit.identifier.bytes[0] = byte;
    checkpoint_visited(door->checkpoint, &visit, &door->now);
}

static void calibrate(struct door *door, uint8_t byte)
{
    const struct calibration_assumption assumption = {.tray_db = byte % 32};
    struct calibration calibration;
    calibration_assume(&assumption, &calibration);
    calibration.has_reference = byte & 0x80 ? TRUE : FALSE;
    calibration.reference = (struct beacon_address){{0x40}, BEACON_ADDRESS_RANDOM};
    calibration.reference_dbm = -60;
    calibration.reference_interval_ms = 100;
    door->is_calibrated = byte % 32 != 31;
    checkpoint_calibrate(door->checkpoint, door->is_calibrated ? &calibration : NULL);
}

static void pass(struct door *door, guint tenths)
{
    door->now.monotonic_us += (gint64)tenths * 100000;
    door->now.wall_us += (gint64)tenths * 100000;
    checkpoint_tick(door->checkpoint, &door->now);
}

static void set_clock(struct door *door, const uint8_t *bytes)
{
    door->now.clock = bytes[0] % 2 == 0 ? CLOCK_SET : CLOCK_UNKNOWN;
    door->now.wall_us += ((gint64)(gint8)bytes[1]) * 3600 * 1000000 / (bytes[2] + 1);
    checkpoint_tick(door->checkpoint, &door->now);
}

static void act(struct door *door, const uint8_t *bytes)
{
    switch (bytes[0] % 12) {
    case 0:
        checkpoint_begin(door->checkpoint, &door->now);
        break;
    case 1:
        checkpoint_opened(door->checkpoint, &door->now);
        break;
    case 2:
        checkpoint_later(door->checkpoint, &door->now);
        break;
    case 3:
        checkpoint_set_mode(door->checkpoint, (enum check_mode)(bytes[1] % MODES), &door->now);
        break;
    case 4:
        be_healthy(door, bytes[1]);
        break;
    case 5:
        answer(door, bytes[1]);
        break;
    case 6:
        calibrate(door, bytes[1]);
        break;
    case 7:
        set_clock(door, bytes + 1);
        break;
    case 8:
        pass(door, (guint)bytes[1] * 16 + bytes[2]);
        break;
    case 9:
        send_packet(door, bytes);
        break;
    default:
        send_burst(door, bytes);
    }
}

static void look(struct door *door)
{
    struct checkpoint_view view;
    checkpoint_view(door->checkpoint, &view);
    require(view.progress >= 0 && view.progress <= 1);
    require((view.phase == CHECKPOINT_SHOWING) == (view.verdict != VERDICT_NONE));
    require(checkpoint_due_us(door->checkpoint) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct door door = {.now = {1, INT64_C(1597019400000000), CLOCK_SET}};
    const struct checkpoint_listener listener = {on_begin, on_result, on_visit, on_slot, &door};
    const struct checkpoint_options options = {.size = sizeof options,
                                               .waits_for_tap = size > 0 && data[0] % 2 == 0};
    door.checkpoint = checkpoint_new(&options, NULL, &listener, &door.now);
    if (size > 4096)
        size = 4096;
    for (size_t at = 0; at + 4 <= size; at += 4) {
        act(&door, data + at);
        look(&door);
    }
    checkpoint_free(door.checkpoint);
    return 0;
}
