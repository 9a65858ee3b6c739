/* SPDX-License-Identifier: MIT */
/* What a link under test sends, put together again by other means than its own, and compared with
 * hexadecimal text. */
#ifndef RADIO_PACKETS_H
#define RADIO_PACKETS_H

#include "advert/bytes.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>

#define PACKETS_MAX 512

struct packets {
    uint8_t bytes[PACKETS_MAX]; /* frames with their headers, one after the other */
    size_t size;
    size_t fragments;
    size_t longest;   /* fragment */
    size_t refuse_at; /* this fragment is refused, counted from 1; 0: none */
};

/* A send callback. */
static inline bool packets_add(void *user, bool is_first, const uint8_t *bytes, size_t size)
{
    struct packets *packets = user;
    size_t whole = 0;

    packets->fragments++;
    if (packets->fragments == packets->refuse_at)
        return false;
    ck_assert_uint_gt(size, 0);
    ck_assert_uint_le(size, PACKETS_MAX - packets->size);
    while (whole + 4 <= packets->size)
        whole += 4U + packets->bytes[whole] + 256U * packets->bytes[whole + 1];
    ck_assert_int_eq(is_first, whole == packets->size);
    memcpy(packets->bytes + packets->size, bytes, size);
    packets->size += size;
    if (size > packets->longest)
        packets->longest = size;
    return true;
}

static inline void packets_format(const uint8_t *bytes, size_t size,
                                  char ret_text[2 * PACKETS_MAX + 1])
{
    ret_text[0] = '\0';
    for (size_t i = 0; i < size; i++)
        snprintf(ret_text + 2 * i, 3, "%02X", bytes[i]);
}

/* All that was sent since the last time is this, in hexadecimal: "" for nothing. */
static inline void packets_assert(struct packets *packets, const char *hex)
{
    struct bytes expected = bytes_of_hex(hex);

    if (packets->size != expected.size ||
        memcmp(packets->bytes, expected.data, expected.size) != 0) {
        char got[2 * PACKETS_MAX + 1], wanted[2 * PACKETS_MAX + 1];

        packets_format(packets->bytes, packets->size, got);
        packets_format(expected.data, expected.size, wanted);
        ck_assert_str_eq(got, wanted);
    }
    packets->size = 0;
    bytes_free(&expected);
}

#endif
