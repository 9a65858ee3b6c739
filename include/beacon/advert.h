/* SPDX-License-Identifier: MIT */
/* Advertising data: walk it, build it, and say what it is. Pure bytes, no allocation, any input. */
#ifndef BEACON_ADVERT_H
#define BEACON_ADVERT_H

#include <beacon/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Assigned and squatted numbers of the protocol (2.1, 2.2, 3.1, 3.3). */
#define BEACON_SERVICE_UUID16        0x4E56
#define BEACON_COMPANY_ID            0x22B5
#define BEACON_APPLE_COMPANY_ID      0x004C
#define BEACON_APPLE_OVERFLOW        0x01 /* Apple's block with hidden services as a bitmap */
#define BEACON_OVERFLOW_BYTE         0    /* where Bluezone's bit stands in that bitmap */
#define BEACON_OVERFLOW_MASK         0x08
#define BEACON_IPHONE_SERVICE        "00004E56-73F5-4BC4-A12F-17D1AD07A667"
#define BEACON_IPHONE_CHARACTERISTIC "00004E56-73F5-4BC4-A12F-17D1AD07A689"

/* One AD structure: a type and its value, which points into the caller's bytes. */
struct beacon_ad_field {
    uint8_t type;
    const uint8_t *value;
    size_t size; /* of the value: 0 … 254 bytes */
};

/* Where a walk stands. A plain value; start with beacon_ad_walk. */
struct beacon_ad_walk {
    const uint8_t *data;
    size_t size;
    size_t offset;
};

/* Starts a walk over `size` bytes, which are borrowed; data may be NULL when size is 0. */
BEACON_API struct beacon_ad_walk beacon_ad_walk(const uint8_t *data, size_t size);

/*
 * The next AD structure: 1 and a field; 0 at the end (also at a zero length byte, which ends the
 * significant part: Bluetooth Core 5.3, vol 3 part C, 11); BEACON_ETRUNCATED when a structure says
 * it is longer than what is left. After 0 or an error every further call answers the same.
 */
BEACON_API int beacon_ad_next(struct beacon_ad_walk *walk, struct beacon_ad_field *ret_field);

/* Advertising data of the legacy form. */
#define BEACON_ADVERT_SIZE_MAX 31

struct beacon_advert {
    uint8_t size;
    uint8_t bytes[BEACON_ADVERT_SIZE_MAX];
};

/* What an Android phone sends: 23 bytes, its system's flags, 0x02, first (protocol 2.2). */
BEACON_API void beacon_advert_android(const struct beacon_identifier *identifier,
                                      struct beacon_advert *ret_advert);

/* What an iPhone sends with the app open: 31 bytes, service UUID and the name "Bluezone"
 * (protocol 3.2). */
BEACON_API void beacon_advert_iphone_open(struct beacon_advert *ret_advert);

/*
 * What an iPhone sends with the app in the background or the screen locked: 24 bytes
 * (protocol 3.3). `others` are 16 bytes of other apps' bits to set too, or NULL.
 */
BEACON_API void beacon_advert_iphone_background(const uint8_t others[16],
                                                struct beacon_advert *ret_advert);

enum beacon_advert_kind {
    BEACON_ADVERT_OTHER = 0,         /* not ours */
    BEACON_ADVERT_ANDROID,           /* carries an identifier */
    BEACON_ADVERT_IPHONE_OPEN,       /* the service UUID: the identifier must be read over GATT */
    BEACON_ADVERT_IPHONE_BACKGROUND, /* the overflow bit, perhaps another app's: ask over GATT */
};

struct beacon_advert_info {
    enum beacon_advert_kind kind;
    struct beacon_identifier identifier; /* all zero unless kind is BEACON_ADVERT_ANDROID */
    int8_t tx_power_dbm; /* as the data states it, whatever the kind; or BEACON_TX_POWER_ABSENT */
    bool truncated;      /* the last structure was cut; what stood before it was judged */
};

/*
 * Says what advertising data is. Order, flags and unknown types do not matter. Android: UUID 0x4E56
 * (in a 16-bit list, or its 32- or 128-bit form) and a block of company 0x22B5 of exactly 12 bytes
 * (protocol 13). iPhone in background: the bit by mask, whatever other bits are set, in a block
 * that holds the whole bitmap. If several hold, the first in the order of the enumeration's kinds
 * wins; of several identifiers, or TX powers, the first counts. What is left over at the end of a
 * list, too short for a UUID, is ignored. Any size is taken: 31 bytes, extended advertising's 1650,
 * none at all.
 */
BEACON_API void beacon_advert_recognise(const uint8_t *data, size_t size,
                                        struct beacon_advert_info *ret_info);

#ifdef __cplusplus
}
#endif

#endif
