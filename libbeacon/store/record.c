/* SPDX-License-Identifier: MIT */
/* Rows as bytes of fixed size, little-endian, as they lie in a chunk. */
#include "store/record.h"

#include <string.h>

#define OWN_AT      8
#define CONTACT_AT  20
#define RSSI_AT     32
#define TX_POWER_AT 33
#define PLATFORM_AT 34
#define BOOT_AT     36

#define ENCOUNTER_PLATFORM_AT 12
#define ENCOUNTER_CLOSE_AT    13
#define ENCOUNTER_RSSI_AT     14
#define ENCOUNTER_NUMBERS_AT  16
#define ENCOUNTER_END_AT      24

gsize bcn_store_record_size(guint kind)
{
    static const gsize sizes[] = {BCN_STORE_SIGHTING_SIZE, BCN_STORE_ENCOUNTER_SIZE,
                                  BCN_STORE_UNDATED_SIZE};

    return sizes[kind];
}

static void put_number(guint8 *bytes, gint64 number)
{
    const gint64 little = GINT64_TO_LE(number);

    memcpy(bytes, &little, sizeof(little));
}

static gint64 get_number(const guint8 *bytes)
{
    gint64 little;

    memcpy(&little, bytes, sizeof(little));
    return GINT64_FROM_LE(little);
}

void bcn_store_put_row(const struct beacon_store_row *row, guint8 record[BCN_STORE_SIGHTING_SIZE])
{
    put_number(record, row->sighting.time_ms);
    memcpy(record + OWN_AT, row->own.bytes, BEACON_IDENTIFIER_SIZE);
    memcpy(record + CONTACT_AT, row->sighting.identifier.bytes, BEACON_IDENTIFIER_SIZE);
    record[RSSI_AT] = (guint8)row->sighting.rssi_dbm;
    record[TX_POWER_AT] = (guint8)row->sighting.tx_power_dbm;
    record[PLATFORM_AT] = row->sighting.platform;
    record[PLATFORM_AT + 1] = 0;
}

void bcn_store_put_undated(const struct beacon_store_boot *boot, const struct beacon_store_row *row,
                           guint8 record[BCN_STORE_UNDATED_SIZE])
{
    bcn_store_put_row(row, record);
    memcpy(record + BOOT_AT, boot->id, BEACON_STORE_BOOT_SIZE);
}

void bcn_store_put_encounter(const struct beacon_store_encounter *encounter,
                             guint8 record[BCN_STORE_ENCOUNTER_SIZE])
{
    const struct beacon_encounter *e = &encounter->encounter;
    const gint64 numbers[] = {
        e->start_ms,           e->end_ms,      e->duration_ms, e->near_ms, (gint64)e->sightings,
        (gint64)e->rssi_count, e->rssi_sum_dbm};

    memcpy(record, encounter->identifier.bytes, BEACON_IDENTIFIER_SIZE);
    record[ENCOUNTER_PLATFORM_AT] = encounter->platform;
    record[ENCOUNTER_CLOSE_AT] = e->close ? 1 : 0;
    record[ENCOUNTER_RSSI_AT] = (guint8)e->rssi_max_dbm;
    record[ENCOUNTER_RSSI_AT + 1] = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        put_number(record + ENCOUNTER_NUMBERS_AT + 8 * i, numbers[i]);
}

void bcn_store_get_sighting(const guint8 record[BCN_STORE_SIGHTING_SIZE],
                            struct beacon_sighting *ret_sighting)
{
    ret_sighting->time_ms = get_number(record);
    memcpy(ret_sighting->identifier.bytes, record + CONTACT_AT, BEACON_IDENTIFIER_SIZE);
    ret_sighting->rssi_dbm = (gint8)record[RSSI_AT];
    ret_sighting->tx_power_dbm = (gint8)record[TX_POWER_AT];
    ret_sighting->platform = record[PLATFORM_AT];
    ret_sighting->reserved = 0;
}

void bcn_store_get_row(const guint8 record[BCN_STORE_SIGHTING_SIZE],
                       struct beacon_store_row *ret_row)
{
    memcpy(ret_row->own.bytes, record + OWN_AT, BEACON_IDENTIFIER_SIZE);
    bcn_store_get_sighting(record, &ret_row->sighting);
}

void bcn_store_get_undated(const guint8 record[BCN_STORE_UNDATED_SIZE],
                           struct beacon_store_boot *ret_boot, struct beacon_store_row *ret_row)
{
    memcpy(ret_boot->id, record + BOOT_AT, BEACON_STORE_BOOT_SIZE);
    bcn_store_get_row(record, ret_row);
}

void bcn_store_get_encounter(const guint8 record[BCN_STORE_ENCOUNTER_SIZE],
                             struct beacon_store_encounter *ret_encounter)
{
    const guint8 *numbers = record + ENCOUNTER_NUMBERS_AT;

    *ret_encounter = (struct beacon_store_encounter){
        .platform = record[ENCOUNTER_PLATFORM_AT],
        .encounter = {.start_ms = get_number(numbers),
                      .end_ms = get_number(numbers + 8),
                      .duration_ms = get_number(numbers + 16),
                      .near_ms = get_number(numbers + 24),
                      .sightings = (guint64)get_number(numbers + 32),
                      .rssi_count = (guint64)get_number(numbers + 40),
                      .rssi_sum_dbm = get_number(numbers + 48),
                      .rssi_max_dbm = (gint8)record[ENCOUNTER_RSSI_AT],
                      .close = record[ENCOUNTER_CLOSE_AT] != 0},
    };
    memcpy(ret_encounter->identifier.bytes, record, BEACON_IDENTIFIER_SIZE);
}

gint64 bcn_store_record_ms(guint kind, const guint8 *record)
{
    return get_number(kind == BCN_STORE_ENCOUNTER ? record + ENCOUNTER_END_AT : record);
}
