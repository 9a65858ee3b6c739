/* SPDX-License-Identifier: MIT */
/* A simulated air: a scenario file becomes a timeline of advertisements, and the truth about it. In
 * libbeacon-radio. */
#ifndef BEACON_AIR_H
#define BEACON_AIR_H

#include <beacon/advert.h>
#include <beacon/base.h>

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/*
 * Nothing here has a clock, a thread or a radio. Times are in microseconds since 1970 (`time_us`);
 * a timeline begins at the scenario's start and ends at its end. The same scenario gives the same
 * timeline, to the bit, on every machine. One handle belongs to one thread at a time.
 */

#define BEACON_AIR_ERROR (beacon_air_error_quark())
BEACON_API GQuark beacon_air_error_quark(void);

typedef enum {
    BEACON_AIR_ERROR_SCENARIO, /* not as it should be: "FILE:LINE: expected …, found …" */
    BEACON_AIR_ERROR_IO,       /* a file could not be read or written; the system's words */
} BeaconAirError;

/* What a device on the air is and does. The words of the scenario are those of
 * beacon_air_kind_name.
 */
enum beacon_air_kind {
    BEACON_AIR_ANDROID_OPEN,       /* app on screen: 150 s on, 5 s off (protocol 2.3) */
    BEACON_AIR_ANDROID_BACKGROUND, /* 15 s on, 15 s off */
    BEACON_AIR_ANDROID_DOZE,       /* nine minutes on, nine minutes off */
    BEACON_AIR_ANDROID_SILENT,     /* app not opened since the phone started: nothing */
    BEACON_AIR_IPHONE_OPEN,        /* name and service; identifier by GATT */
    BEACON_AIR_IPHONE_BACKGROUND,  /* or locked: the overflow bit; identifier by GATT */
    BEACON_AIR_IPHONE_STALLING,    /* the same, but a read is never answered */
    BEACON_AIR_IPHONE_REFUSING,    /* the same, but a read is answered by an error */
    BEACON_AIR_IPHONE_SAME_BIT,  /* another app that sets Bluezone's bit: no such characteristic */
    BEACON_AIR_IPHONE_OTHER_BIT, /* another app, another bit: not recognised */
    BEACON_AIR_NO_APP,           /* a phone without the app: nothing */
    BEACON_AIR_BLUETOOTH_OFF,    /* the app, but Bluetooth is off: nothing */
    BEACON_AIR_NO_PHONE,         /* a person without a smartphone: nothing */
    BEACON_AIR_GAEN,             /* another tracing app: Exposure Notification, 0xFD6F */
    BEACON_AIR_IBEACON,
    BEACON_AIR_EDDYSTONE,
    BEACON_AIR_EARBUDS,
    BEACON_AIR_FORGER, /* made-up or replayed identifiers in Android's form */
};
#define BEACON_AIR_KINDS 18

/* "android-background"; NULL for a number that is no kind. Static. */
BEACON_API const char *beacon_air_kind_name(enum beacon_air_kind kind);

/* Radio addresses by form (Bluetooth Core 5.3, vol 6 part B, 1.3). */
enum beacon_air_address_type {
    BEACON_AIR_ADDRESS_PUBLIC,
    BEACON_AIR_ADDRESS_STATIC,
    BEACON_AIR_ADDRESS_RESOLVABLE,
    BEACON_AIR_ADDRESS_NON_RESOLVABLE,
};

/* An advertisement as one receiver heard it. */
struct beacon_air_packet {
    uint8_t address[6]; /* least significant byte first, as on the air */
    enum beacon_air_address_type address_type;
    bool is_connectable; /* and scannable; a scan response would be empty */
    int8_t rssi_dbm;     /* or BEACON_RSSI_ABSENT, of a receiver that has none */
    int8_t tx_power_dbm; /* BEACON_TX_POWER_ABSENT: legacy reports carry none */
    struct beacon_advert advert;
};

G_END_DECLS

#endif
