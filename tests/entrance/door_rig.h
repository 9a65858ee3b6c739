/* SPDX-License-Identifier: MIT */
/* A checkpoint among phones that do as they are told, in time that is a number. */
#ifndef TESTS_DOOR_RIG_H
#define TESTS_DOOR_RIG_H

#include "checkpoint.h"

#include <string.h>

#define RIG_PHONES   8
#define RIG_START_US (INT64_C(1597019400) * 1000000) /* 2020-08-10T00:30:00Z, an edge */
#define SECOND_US    INT64_C(1000000)

/* Behind a tray of 25 dB (calibration_assume): well on the spot, and well at the line. */
#define ON_SPOT_DBM (-45)
#define AT_LINE_DBM (-90)

#define REFERENCE_DBM (-63)

enum sends { SENDS_NOTHING, SENDS_ANDROID, SENDS_IPHONE, SENDS_REFERENCE, SENDS_FOREIGN };

struct rig_phone {
    enum sends sends;
    guint8 name; /* of its identifier and its address */
    int dbm;
    gint64 every_us, next_us;
};

struct rig {
    struct checkpoint *checkpoint;
    struct calibration calibration;
    struct checkpoint_time now;
    struct rig_phone phones[RIG_PHONES];
    guint results, begins, visits;
    struct checkpoint_result last;
    struct counts_slot slot;
    guint slots;
    struct beacon_address visited;
    gboolean refuses_visits;
    gint64 ticked_us;
};

static void rig_on_begin(guint64 check, gboolean by_itself, gint64 time_us, gpointer user)
{
    struct rig *rig = user;
    (void)check, (void)by_itself, (void)time_us;
    rig->begins++;
}

static void rig_on_result(const struct checkpoint_result *result, gpointer user)
{
    struct rig *rig = user;
    rig->results++;
    rig->last = *result;
}

static gboolean rig_on_visit(const struct beacon_address *address, gint64 remember_until_us,
                             gpointer user)
{
    struct rig *rig = user;
    (void)remember_until_us;
    rig->visits++;
    rig->visited = *address;
    return !rig->refuses_visits;
}

static void rig_on_slot(const struct counts_slot *slot, gpointer user)
{
    struct rig *rig = user;
    rig->slot = *slot;
    rig->slots++;
}

static inline struct beacon_address rig_address(guint8 name)
{
    return (struct beacon_address){{0x40, 1, 2, 3, 4, name}, BEACON_ADDRESS_RANDOM};
}

static inline void rig_health(struct rig *rig, enum beacon_radio_state state, gboolean scans)
{
    const struct beacon_radio_health health = {.state = state, .scanning = scans, .text = ""};
    checkpoint_health(rig->checkpoint, &health, &rig->now);
}

static inline void rig_begin(struct rig *rig, const struct checkpoint_options *options,
                             gboolean has_reference)
{
    const struct calibration_assumption assumption = {.tray_db = 25};
    const struct checkpoint_listener listener = {rig_on_begin, rig_on_result, rig_on_visit,
                                                 rig_on_slot, rig};
    memset(rig, 0, sizeof *rig);
    rig->now = (struct checkpoint_time){5 * SECOND_US, RIG_START_US, CLOCK_SET};
    calibration_assume(&assumption, &rig->calibration);
    rig->calibration.has_reference = has_reference;
    rig->calibration.reference = rig_address(0xFE);
    rig->calibration.reference_dbm = REFERENCE_DBM;
    rig->calibration.reference_interval_ms = 100;
    rig->checkpoint = checkpoint_new(options, &rig->calibration, &listener, &rig->now);
    rig_health(rig, BEACON_RADIO_READY, TRUE);
}

static inline void rig_end(struct rig *rig)
{
    rig->checkpoint = checkpoint_free(rig->checkpoint);
}

/* One packet now. dbm BEACON_RSSI_ABSENT: without a level. */
static inline void rig_packet(struct rig *rig, enum sends sends, const struct beacon_identifier *id,
                              const struct beacon_address *address, int dbm)
{
    struct beacon_advert advert = {4, {3, 0xFF, 0xFF, 0xFF}};
    if (sends == SENDS_ANDROID)
        beacon_advert_android(id, &advert);
    if (sends == SENDS_IPHONE)
        beacon_advert_iphone_background(NULL, &advert);
    const struct beacon_radio_packet packet = {
        .time_us = rig->now.wall_us,
        .monotonic_us = rig->now.monotonic_us,
        .address = *address,
        .rssi_dbm = (gint8)dbm,
        .tx_power_dbm = BEACON_TX_POWER_ABSENT,
        .connectable = TRUE,
        .data = advert.bytes,
        .size = advert.size,
    };
    checkpoint_packet(rig->checkpoint, &packet);
}

static inline void rig_send(struct rig *rig, const struct rig_phone *phone)
{
    struct beacon_identifier id = {{1, 2, 3}};
    struct beacon_address address = rig_address(phone->name);
    id.bytes[11] = phone->name;
    rig_packet(rig, phone->sends, &id, &address, phone->dbm);
}

/* What a phone does from now on, ten times a second. */
static inline void rig_does(struct rig *rig, guint number, enum sends sends, guint8 name, int dbm)
{
    struct rig_phone *phone = &rig->phones[number];
    *phone = (struct rig_phone){sends, name, dbm, 100000,
                                rig->now.monotonic_us + 1000 * (1 + 7 * (gint64)number)};
}

static inline void rig_move(struct rig *rig, guint number, int dbm)
{
    rig->phones[number].dbm = dbm;
}

/* The office's own beacon, and a stranger's. */
static inline void rig_reference(struct rig *rig)
{
    rig_does(rig, RIG_PHONES - 1, SENDS_REFERENCE, 0xFE, REFERENCE_DBM);
}

static inline void rig_step(struct rig *rig, gint64 us)
{
    rig->now.monotonic_us += us;
    rig->now.wall_us += us;
    for (guint i = 0; i < RIG_PHONES; i++) {
        struct rig_phone *phone = &rig->phones[i];
        if (phone->sends == SENDS_NOTHING || phone->next_us > rig->now.monotonic_us)
            continue;
        phone->next_us += phone->every_us;
        rig_send(rig, phone);
    }
    if (rig->now.monotonic_us < rig->ticked_us + 50000)
        return;
    rig->ticked_us = rig->now.monotonic_us;
    checkpoint_tick(rig->checkpoint, &rig->now);
}

static inline void rig_pass(struct rig *rig, double seconds)
{
    gint64 until = rig->now.monotonic_us + (gint64)(seconds * 1e6);
    while (rig->now.monotonic_us < until)
        rig_step(rig, 5000);
}

/* Until a result comes, at most so long. */
static inline void rig_await(struct rig *rig, double seconds)
{
    gint64 until = rig->now.monotonic_us + (gint64)(seconds * 1e6);
    guint results = rig->results;
    while (rig->now.monotonic_us < until && rig->results == results)
        rig_step(rig, 5000);
}

static inline void rig_answer(struct rig *rig, enum beacon_visit_result result, guint8 name)
{
    struct beacon_visit visit = {
        .address = rig->visited, .result = result, .time_us = rig->now.wall_us};
    if (result == BEACON_VISIT_READ)
        visit.identifier = (struct beacon_identifier){{9, 9, 9, name}};
    checkpoint_visited(rig->checkpoint, &visit, &rig->now);
}

#endif
