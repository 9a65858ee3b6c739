/* SPDX-License-Identifier: MIT */
/* The Attribute Protocol's numbers that the server and the client share (Bluetooth Core 5.3, vol 3:
 * part F is ATT, part G is GATT). */
#ifndef BCN_RADIO_ATT_H
#define BCN_RADIO_ATT_H

#include "advert/wire.h"

/* An MTU bounds a PDU from its opcode on. Every link begins with the default, which already holds
 * all that the protocol needs: 12 bytes of value, or one declaration with a 128-bit UUID. */
#define BCN_ATT_MTU_DEFAULT 23
/* What we take, and say so when asked: with L2CAP's header, one data packet of the longest kind
 * that a link layer has (251 bytes, vol 6 part B, 2.4). */
#define BCN_ATT_MTU 247

/* The link's MTU when the peer takes PDUs of up to `theirs`: the lesser (3.4.2.2). */
static inline uint16_t bcn_att_mtu_with(uint16_t theirs)
{
    if (theirs < BCN_ATT_MTU_DEFAULT)
        return BCN_ATT_MTU_DEFAULT;
    return theirs < BCN_ATT_MTU ? theirs : BCN_ATT_MTU;
}

/* Attribute opcodes (part F, 3.4.8). Bit 6 marks a command, which is never answered. */
enum bcn_att_opcode {
    BCN_ATT_ERROR_RESPONSE = 0x01,
    BCN_ATT_MTU_REQUEST = 0x02,
    BCN_ATT_MTU_RESPONSE = 0x03,
    BCN_ATT_FIND_INFORMATION_REQUEST = 0x04,
    BCN_ATT_FIND_INFORMATION_RESPONSE = 0x05,
    BCN_ATT_FIND_BY_TYPE_VALUE_REQUEST = 0x06,
    BCN_ATT_FIND_BY_TYPE_VALUE_RESPONSE = 0x07,
    BCN_ATT_READ_BY_TYPE_REQUEST = 0x08,
    BCN_ATT_READ_BY_TYPE_RESPONSE = 0x09,
    BCN_ATT_READ_REQUEST = 0x0A,
    BCN_ATT_READ_RESPONSE = 0x0B,
    BCN_ATT_READ_BLOB_REQUEST = 0x0C,
    BCN_ATT_READ_BLOB_RESPONSE = 0x0D,
    BCN_ATT_READ_BY_GROUP_TYPE_REQUEST = 0x10,
    BCN_ATT_READ_BY_GROUP_TYPE_RESPONSE = 0x11,
    BCN_ATT_NOTIFICATION = 0x1B,
    BCN_ATT_INDICATION = 0x1D,
    BCN_ATT_CONFIRMATION = 0x1E,
    BCN_ATT_MULTIPLE_NOTIFICATION = 0x23,
};
#define BCN_ATT_COMMAND_BIT 0x40

/* What a server sends on its own account: responses, notifications, indications. A client takes
 * them; a server that gets them leaves them alone, or two would answer each other for ever. */
static inline bool bcn_att_is_from_server(uint8_t opcode)
{
    return opcode < 0x24 && (opcode & 1) != 0 && opcode != 0x15 && opcode != 0x1F;
}

/* Error codes (part F, 3.4.1.1). */
enum bcn_att_error {
    BCN_ATT_ERROR_INVALID_HANDLE = 0x01,
    BCN_ATT_ERROR_INVALID_PDU = 0x04,
    BCN_ATT_ERROR_AUTHENTICATION = 0x05,
    BCN_ATT_ERROR_REQUEST_NOT_SUPPORTED = 0x06,
    BCN_ATT_ERROR_INVALID_OFFSET = 0x07,
    BCN_ATT_ERROR_AUTHORIZATION = 0x08,
    BCN_ATT_ERROR_ATTRIBUTE_NOT_FOUND = 0x0A,
    BCN_ATT_ERROR_KEY_SIZE = 0x0C,
    BCN_ATT_ERROR_UNLIKELY = 0x0E,
    BCN_ATT_ERROR_ENCRYPTION = 0x0F,
    BCN_ATT_ERROR_UNSUPPORTED_GROUP_TYPE = 0x10,
};

/* Attribute types, as short UUIDs (Assigned Numbers, 3.4, 3.5 and 3.8). */
enum bcn_att_type {
    BCN_ATT_TYPE_PRIMARY_SERVICE = 0x2800,
    BCN_ATT_TYPE_SECONDARY_SERVICE = 0x2801,
    BCN_ATT_TYPE_CHARACTERISTIC = 0x2803,
    BCN_ATT_TYPE_DEVICE_NAME = 0x2A00,
    BCN_ATT_TYPE_APPEARANCE = 0x2A01,
};

#define BCN_ATT_UUID_SIZE 16 /* of a UUID in full; a short one has two bytes */

/* BEACON_IPHONE_CHARACTERISTIC as it goes over the air; the service's are in advert/wire.h. */
#define BCN_IPHONE_CHARACTERISTIC_BYTES                                                            \
    0x89, 0xA6, 0x07, 0xAD, 0xD1, 0x17, 0x2F, 0xA1, 0xC4, 0x4B, 0xF5, 0x73,                        \
        BCN_LITTLE_ENDIAN_16(BEACON_SERVICE_UUID16), 0x00, 0x00

#endif
