/* SPDX-License-Identifier: MIT */
/* Rows as bytes of fixed size, little-endian, as they lie in a chunk. */
#ifndef BCN_STORE_RECORD_H
#define BCN_STORE_RECORD_H

#include <beacon/store.h>

/* The kinds of rows, as numbers in the database. */
enum bcn_store_kind {
    BCN_STORE_SIGHTING = 0,
    BCN_STORE_ENCOUNTER = 1,
    BCN_STORE_UNDATED = 2,
    BCN_STORE_KINDS,
};

/*
 *   sighting   8 time, 12 own identifier, 12 contact's, 1 RSSI, 1 TX power, 1 platform, 1 zero
 *   undated    a sighting with time since boot, 16 boot
 *   encounter  12 identifier, 1 platform, 1 close, 1 highest RSSI, 1 zero; 8 each: start, end,
 *              duration, near, sightings, count and sum of RSSI
 */
#define BCN_STORE_SIGHTING_SIZE   36
#define BCN_STORE_UNDATED_SIZE    52
#define BCN_STORE_ENCOUNTER_SIZE  72
#define BCN_STORE_RECORD_SIZE_MAX 72

/* The size of a kind's record; the kind is one of the three. */
gsize bcn_store_record_size(guint kind);

void bcn_store_put_row(const struct beacon_store_row *row, guint8 record[BCN_STORE_SIGHTING_SIZE]);
void bcn_store_put_undated(const struct beacon_store_boot *boot, const struct beacon_store_row *row,
                           guint8 record[BCN_STORE_UNDATED_SIZE]);
void bcn_store_put_encounter(const struct beacon_store_encounter *encounter,
                             guint8 record[BCN_STORE_ENCOUNTER_SIZE]);

void bcn_store_get_row(const guint8 record[BCN_STORE_SIGHTING_SIZE],
                       struct beacon_store_row *ret_row);
void bcn_store_get_sighting(const guint8 record[BCN_STORE_SIGHTING_SIZE],
                            struct beacon_sighting *ret_sighting);
void bcn_store_get_undated(const guint8 record[BCN_STORE_UNDATED_SIZE],
                           struct beacon_store_boot *ret_boot, struct beacon_store_row *ret_row);
void bcn_store_get_encounter(const guint8 record[BCN_STORE_ENCOUNTER_SIZE],
                             struct beacon_store_encounter *ret_encounter);

/* What retention goes by: a sighting's time, an encounter's end. */
gint64 bcn_store_record_ms(guint kind, const guint8 *record);

#endif
