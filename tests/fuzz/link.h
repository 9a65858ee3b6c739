/* SPDX-License-Identifier: MIT */
/* A link for the fuzz targets of GATT: the input is its ACL packets, and what it sends is looked at
 * from outside. */
#ifndef FUZZ_LINK_H
#define FUZZ_LINK_H

#include "radio/gatt.h"

#include <stdlib.h>
#include <string.h>

struct fuzz_link {
    struct bcn_gatt gatt;
    uint8_t frame[4 + BCN_L2CAP_PAYLOAD_MAX]; /* being sent */
    size_t size;
    size_t fragment_size;
    size_t room;         /* fragments that may still be sent */
    unsigned int frames; /* sent, of which requests */
    unsigned int requests;
    bool has_identifier;
};

static inline void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static inline void fuzz_look_at_att(struct fuzz_link *link, const uint8_t *pdu, size_t size)
{
    static const uint8_t requests[] = {0x02, 0x06, 0x08, 0x0A};
    static const uint8_t answers[] = {0x01, 0x03, 0x05, 0x07, 0x09, 0x0B, 0x0D, 0x11, 0x1E};

    fuzz_require(size >= 1);
    if (memchr(requests, pdu[0], sizeof(requests))) {
        link->requests++;
        fuzz_require(size <= 23);
    } else {
        fuzz_require(memchr(answers, pdu[0], sizeof(answers)) != NULL);
        fuzz_require(size <= link->gatt.server.mtu);
        fuzz_require(pdu[0] != 0x01 || size == 5);
    }
}

/* Of the other channels: nothing but rejections, and never pairing. */
static inline void fuzz_look_at_frame(struct fuzz_link *link)
{
    const uint8_t *payload = link->frame + 4;
    size_t size = link->size - 4;

    link->frames++;
    fuzz_require(link->frame[3] == 0);
    switch (link->frame[2]) {
    case 4:
        fuzz_look_at_att(link, payload, size);
        break;
    case 5:
        fuzz_require(size >= 6 && size <= 23 && payload[2] == size - 4 && payload[1] != 0);
        fuzz_require(payload[0] == 0x01 || (payload[0] == 0x13 && payload[4] == 1) ||
                     (payload[0] == 0x15 && payload[12] == 2));
        break;
    case 6:
        fuzz_require(size == 2 && payload[0] == 0x05 && payload[1] == 0x05);
        break;
    default:
        abort();
    }
    link->size = 0;
}

static inline bool fuzz_send(void *user, bool is_first, const uint8_t *bytes, size_t size)
{
    struct fuzz_link *link = user;

    fuzz_require(link->gatt.l2cap.end == BCN_L2CAP_ALIVE);
    fuzz_require(size > 0 && size <= link->fragment_size);
    fuzz_require(is_first == (link->size == 0));
    if (link->room == 0)
        return false;
    link->room--;
    fuzz_require(size <= sizeof(link->frame) - link->size);
    memcpy(link->frame + link->size, bytes, size);
    link->size += size;
    if (link->size >= 4 && link->size == 4U + link->frame[0] + 256U * link->frame[1])
        fuzz_look_at_frame(link);
    return true;
}

static inline bool fuzz_identifier(void *user, struct beacon_identifier *ret_identifier)
{
    const struct fuzz_link *link = user;

    memset(ret_identifier, 0xA5, sizeof(*ret_identifier));
    return link->has_identifier;
}

/* The first byte of an input says what kind of link it is. */
static inline void fuzz_link_begin(struct fuzz_link *link, enum bcn_l2cap_role role,
                                   unsigned int kind)
{
    struct bcn_gatt_config config = {.role = role, .send = fuzz_send, .user = link};

    memset(link, 0, sizeof(*link));
    link->has_identifier = (kind & 1) == 0;
    link->fragment_size = kind & 2 ? 1 + (kind >> 4) : 27;
    link->room = kind & 4 ? 5 : SIZE_MAX;
    config.identifier = kind & 8 ? NULL : fuzz_identifier;
    config.fragment_size = link->fragment_size;
    bcn_gatt_init(&link->gatt, &config);
}

/* The next packet of an input, a byte of flags, one of size, and its bytes; returns how much of it
 * was used. Each packet received is answered by one frame at most. */
static inline size_t fuzz_link_packet(struct fuzz_link *link, const uint8_t *data, size_t size)
{
    unsigned int frames = link->frames;
    size_t length;
    uint8_t *packet;

    if (size < 2)
        return size;
    length = data[1] < size - 2 ? data[1] : size - 2;
    packet = malloc(length ? length : 1);
    fuzz_require(packet != NULL);
    if (length > 0)
        memcpy(packet, data + 2, length);
    bcn_gatt_receive(&link->gatt, (data[0] & 1) == 0, packet, length);
    free(packet);
    fuzz_require(link->frames <= frames + 1);
    fuzz_require(link->size == 0 || link->gatt.l2cap.end == BCN_L2CAP_CONGESTED);
    return 2 + length;
}

#endif
