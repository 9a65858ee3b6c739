/* SPDX-License-Identifier: MIT */
/* Recognises advertising data a second time, slowly and another way: one question after the other,
 * each over all the data, written from the protocol's text alone. */
#ifndef ADVERT_ORACLE_H
#define ADVERT_ORACLE_H

#include <beacon/advert.h>

#include <string.h>

struct oracle_field {
    uint8_t type;
    const uint8_t *value;
    size_t size;
};

/* The structure at `*at`, which moves behind it; false if there is none, and whether it is cut. */
static inline bool oracle_field(const uint8_t *data, size_t size, size_t *at,
                                struct oracle_field *ret, bool *ret_cut)
{
    size_t start = *at;

    *ret_cut = false;
    if (start == size || data[start] == 0)
        return false;
    *at += 1 + (size_t)data[start];
    *ret_cut = *at > size;
    if (*ret_cut)
        return false;
    *ret = (struct oracle_field){data[start + 1], &data[start + 2], *at - (start + 2)};
    return true;
}

/* A list of type `some` or `some` + 1 holds these bytes at a multiple of their number. */
static inline bool oracle_lists(const uint8_t *data, size_t size, uint8_t some, const char *uuid,
                                size_t width)
{
    struct oracle_field field;
    size_t at = 0;
    bool cut;

    while (oracle_field(data, size, &at, &field, &cut)) {
        if (field.type != some && field.type != some + 1)
            continue;
        for (size_t entry = 0; entry < field.size / width; entry++)
            if (memcmp(field.value + entry * width, uuid, width) == 0)
                return true;
    }
    return false;
}

static inline bool oracle_service(const uint8_t *data, size_t size)
{
    return oracle_lists(data, size, 0x02, "VN", 2) || oracle_lists(data, size, 0x04, "VN\0\0", 4) ||
           oracle_lists(data, size, 0x06,
                        "\xFB\x34\x9B\x5F\x80\0\0\x80\0\x10\0\0"
                        "VN\0\0",
                        16);
}

static inline const uint8_t *oracle_identifier(const uint8_t *data, size_t size)
{
    struct oracle_field field;
    size_t at = 0;
    bool cut;

    while (oracle_field(data, size, &at, &field, &cut))
        if (field.type == 0xFF && field.size == 14 && memcmp(field.value, "\xB5\x22", 2) == 0)
            return field.value + 2;
    return NULL;
}

static inline bool oracle_overflow(const uint8_t *data, size_t size)
{
    struct oracle_field field;
    size_t at = 0;
    bool cut;

    while (oracle_field(data, size, &at, &field, &cut))
        if (field.type == 0xFF && field.size >= 19 && memcmp(field.value, "\x4C\x00\x01", 3) == 0 &&
            (field.value[3] & 0x08))
            return true;
    return false;
}

static inline int8_t oracle_tx_power(const uint8_t *data, size_t size)
{
    struct oracle_field field;
    size_t at = 0;
    bool cut;

    while (oracle_field(data, size, &at, &field, &cut))
        if (field.type == 0x0A && field.size == 1 && field.value[0] != 127)
            return (int8_t)field.value[0];
    return 127;
}

static inline bool oracle_cut(const uint8_t *data, size_t size)
{
    struct oracle_field field;
    size_t at = 0;
    bool cut;

    while (oracle_field(data, size, &at, &field, &cut))
        ;
    return cut;
}

static inline struct beacon_advert_info oracle_recognise(const uint8_t *data, size_t size)
{
    static const char iphone[] = "\x67\xA6\x07\xAD\xD1\x17\x2F\xA1\xC4\x4B\xF5\x73VN\0";
    const uint8_t *identifier = oracle_identifier(data, size);
    struct beacon_advert_info info = {.kind = BEACON_ADVERT_OTHER};

    if (identifier && oracle_service(data, size)) {
        info.kind = BEACON_ADVERT_ANDROID;
        memcpy(info.identifier.bytes, identifier, 12);
    } else if (oracle_lists(data, size, 0x06, iphone, 16)) {
        info.kind = BEACON_ADVERT_IPHONE_OPEN;
    } else if (oracle_overflow(data, size)) {
        info.kind = BEACON_ADVERT_IPHONE_BACKGROUND;
    }
    info.tx_power_dbm = oracle_tx_power(data, size);
    info.truncated = oracle_cut(data, size);
    return info;
}

static inline bool oracle_same(const struct beacon_advert_info *a,
                               const struct beacon_advert_info *b)
{
    return a->kind == b->kind &&
           memcmp(&a->identifier, &b->identifier, sizeof(a->identifier)) == 0 &&
           a->tx_power_dbm == b->tx_power_dbm && a->truncated == b->truncated;
}

#endif
