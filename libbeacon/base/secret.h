/* SPDX-License-Identifier: MIT */
/* Moves secrets without vector registers, which the dynamic linker may save on the stack at the
 * next call. */
#ifndef BCN_BASE_SECRET_H
#define BCN_BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

static inline void bcn_secret_copy(void *to, const void *from, size_t size)
{
    volatile uint8_t *target = to;
    const volatile uint8_t *source = from;

    for (size_t i = 0; i < size; i++)
        target[i] = source[i];
}

#endif
