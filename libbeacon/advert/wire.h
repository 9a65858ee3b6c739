/* SPDX-License-Identifier: MIT */
/* What the encoders and the recogniser both know of the wire: AD types and UUIDs. */
#ifndef BCN_ADVERT_WIRE_H
#define BCN_ADVERT_WIRE_H

#include <beacon/advert.h>

/* Types of AD structures (Bluetooth Assigned Numbers, 2.3). */
enum bcn_ad_type {
    BCN_AD_FLAGS = 0x01,
    BCN_AD_UUIDS16_SOME = 0x02, /* "incomplete list": there are more than fit */
    BCN_AD_UUIDS16_ALL = 0x03,
    BCN_AD_UUIDS32_SOME = 0x04,
    BCN_AD_UUIDS32_ALL = 0x05,
    BCN_AD_UUIDS128_SOME = 0x06,
    BCN_AD_UUIDS128_ALL = 0x07,
    BCN_AD_NAME_ALL = 0x09,
    BCN_AD_TX_POWER = 0x0A,
    BCN_AD_MANUFACTURER = 0xFF,
};

/* Numbers go over the air with their low byte first. */
#define BCN_LITTLE_ENDIAN_16(number) (number) & 0xFF, (number) >> 8

#define BCN_COMPANY_SIZE      2
#define BCN_OVERFLOW_MAP_SIZE 16

/* BEACON_IPHONE_SERVICE as it goes over the air. */
#define BCN_IPHONE_SERVICE_BYTES                                                                   \
    0x67, 0xA6, 0x07, 0xAD, 0xD1, 0x17, 0x2F, 0xA1, 0xC4, 0x4B, 0xF5, 0x73,                        \
        BCN_LITTLE_ENDIAN_16(BEACON_SERVICE_UUID16), 0x00, 0x00

/* 00004E56-0000-1000-8000-00805F9B34FB likewise: the short UUID in full (Core 5.3, vol 3 part B,
 * 2.5.1). */
#define BCN_SERVICE_128_BYTES                                                                      \
    0xFB, 0x34, 0x9B, 0x5F, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00,                        \
        BCN_LITTLE_ENDIAN_16(BEACON_SERVICE_UUID16), 0x00, 0x00

#endif
