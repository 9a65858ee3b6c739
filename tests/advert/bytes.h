/* SPDX-License-Identifier: MIT */
/* Advertising data for tests, from hexadecimal text, in a heap block of exactly its size, so that a
 * sanitizer sees the first byte read past it. */
#ifndef ADVERT_BYTES_H
#define ADVERT_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
    uint8_t *data;
    size_t size;
};

static inline struct bytes bytes_copy(const void *data, size_t size)
{
    struct bytes bytes = {.data = malloc(size), .size = size};

    if (!bytes.data && size > 0)
        abort();
    if (size > 0)
        memcpy(bytes.data, data, size);
    return bytes;
}

/* Digits in pairs; what is neither digit nor space aborts. */
static inline struct bytes bytes_of_hex(const char *hex)
{
    struct bytes bytes = {.data = malloc(strlen(hex) / 2), .size = 0};

    for (const char *at = hex; *at; at++) {
        unsigned int octet;

        if (*at == ' ')
            continue;
        if (sscanf(at, "%2x", &octet) != 1)
            abort();
        bytes.data[bytes.size++] = (uint8_t)octet;
        at++;
    }
    bytes.data = realloc(bytes.data, bytes.size ? bytes.size : 1);
    return bytes;
}

static inline void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    bytes->data = NULL;
}

#endif
