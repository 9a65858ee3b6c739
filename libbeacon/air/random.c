/* SPDX-License-Identifier: MIT */
/* Numbers that look random and are the same on every machine. */
#include "air/random.h"

#include "air/arithmetic.h"

/* Marsaglia's polar method; the second number of a pair is dropped, so that a stream is its state
 * alone. */
double bcn_random_normal(struct bcn_random *random)
{
    double x, y, square;

    do {
        x = 2.0 * bcn_random_unit(random) - 1.0;
        y = 2.0 * bcn_random_unit(random) - 1.0;
        square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    return x * bcn_sqrt(-2.0 * bcn_ln(square) / square);
}

void bcn_random_fill(struct bcn_random *random, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 8) {
        uint64_t number = bcn_random_next(random);

        for (size_t j = i; j < size && j < i + 8; j++, number >>= 8)
            bytes[j] = (uint8_t)number;
    }
}

/* FNV-1a, 64 bits (RFC 9923). */
uint64_t bcn_hash_text(const char *text, size_t length)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001B3);
    return hash;
}
