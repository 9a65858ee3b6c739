/* SPDX-License-Identifier: MIT */
/* A small GATT server of its own making, to hold the client against: a flat list of attributes,
 * replies of at most 23 bytes, and a word for each way it may refuse. */
#ifndef RADIO_PEER_H
#define RADIO_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define PEER_ATTRIBUTES_MAX 256

struct peer_attribute {
    uint16_t handle, group_end;
    uint8_t type[16], type_size;
    uint8_t value[64], value_size;
};

struct peer {
    struct peer_attribute attributes[PEER_ATTRIBUTES_MAX];
    size_t count;
    uint8_t refuses_by_uuid; /* error code for Read By Type with 128 bits; 0: it looks */
    unsigned int requests;
};

static inline unsigned int peer_16(const uint8_t *bytes)
{
    return bytes[0] + 256U * bytes[1];
}

static inline size_t peer_error(const uint8_t *request, unsigned int handle, uint8_t code,
                                uint8_t *reply)
{
    const uint8_t error[] = {0x01, request[0], (uint8_t)(handle & 0xFF), (uint8_t)(handle >> 8),
                             code};

    memcpy(reply, error, sizeof(error));
    return sizeof(error);
}

static inline size_t peer_find_by_type_value(const struct peer *peer, const uint8_t *request,
                                             size_t size, uint8_t *reply)
{
    size_t used = 1;

    for (size_t i = 0; i < peer->count && used + 4 <= 23; i++) {
        const struct peer_attribute *a = &peer->attributes[i];
        const uint8_t pair[] = {(uint8_t)(a->handle & 0xFF), (uint8_t)(a->handle >> 8),
                                (uint8_t)(a->group_end & 0xFF), (uint8_t)(a->group_end >> 8)};

        if (a->handle < peer_16(request + 1) || a->handle > peer_16(request + 3) ||
            a->type_size != 2 || memcmp(a->type, request + 5, 2) != 0 ||
            a->value_size != size - 7 || memcmp(a->value, request + 7, size - 7) != 0)
            continue;
        memcpy(reply + used, pair, 4);
        used += 4;
    }
    reply[0] = 0x07;
    return used > 1 ? used : peer_error(request, peer_16(request + 1), 0x0A, reply);
}

static inline size_t peer_read_by_type(const struct peer *peer, const uint8_t *request, size_t size,
                                       uint8_t *reply)
{
    size_t used = 2, entry = 0;

    if (size == 21 && peer->refuses_by_uuid)
        return peer_error(request, 0, peer->refuses_by_uuid, reply);
    for (size_t i = 0; i < peer->count; i++) {
        const struct peer_attribute *a = &peer->attributes[i];
        size_t shown = a->value_size > 19 ? 19 : a->value_size;

        if (a->handle < peer_16(request + 1) || a->handle > peer_16(request + 3) ||
            a->type_size != size - 5 || memcmp(a->type, request + 5, size - 5) != 0)
            continue;
        if (entry != 0 && (entry != shown + 2 || used + entry > 23))
            break;
        entry = shown + 2;
        reply[used] = (uint8_t)(a->handle & 0xFF);
        reply[used + 1] = (uint8_t)(a->handle >> 8);
        memcpy(reply + used + 2, a->value, shown);
        used += entry;
    }
    reply[0] = 0x09;
    reply[1] = (uint8_t)entry;
    return entry ? used : peer_error(request, peer_16(request + 1), 0x0A, reply);
}

static inline size_t peer_read(const struct peer *peer, const uint8_t *request, uint8_t *reply)
{
    for (size_t i = 0; i < peer->count; i++) {
        const struct peer_attribute *a = &peer->attributes[i];
        size_t shown = a->value_size > 22 ? 22 : a->value_size;

        if (a->handle != peer_16(request + 1))
            continue;
        reply[0] = 0x0B;
        memcpy(reply + 1, a->value, shown);
        return 1 + shown;
    }
    return peer_error(request, peer_16(request + 1), 0x01, reply);
}

/* The reply's size, at most 23 bytes. */
static inline size_t peer_answer(struct peer *peer, const uint8_t *request, size_t size,
                                 uint8_t reply[23])
{
    peer->requests++;
    if (request[0] == 0x02 && size == 3) {
        memcpy(reply, "\x03\x17", 3);
        return 3;
    }
    if (request[0] == 0x06 && size >= 7)
        return peer_find_by_type_value(peer, request, size, reply);
    if (request[0] == 0x08 && (size == 7 || size == 21))
        return peer_read_by_type(peer, request, size, reply);
    if (request[0] == 0x0A && size == 3)
        return peer_read(peer, request, reply);
    return peer_error(request, 0, 0x06, reply);
}

#endif
