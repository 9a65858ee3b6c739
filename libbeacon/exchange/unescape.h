/* SPDX-License-Identifier: MIT */
/* Turns the inside of one JSON string into the text it stands for, piece by piece, for lists that
 * come encoded twice. */
#ifndef BCN_EXCHANGE_UNESCAPE_H
#define BCN_EXCHANGE_UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A plain value; zero just after the opening quote. */
struct bcn_unescape {
    bool ended;    /* the closing quote was seen */
    uint8_t state; /* within an escape: see unescape.c */
    uint8_t digits;
    uint16_t unit; /* of \uXXXX, as far as it was seen */
    uint16_t high; /* the first half of a surrogate pair, or 0 */
};

/* Room that a piece needs beyond its own size: an escape begun earlier may end in it. */
#define BCN_UNESCAPE_EXTRA 4

/*
 * Takes a piece, up to the closing quote. Returns how many bytes of it were taken; less than `size`
 * without `ended` means that the next one does not belong in a string. `text` has room for
 * size + BCN_UNESCAPE_EXTRA bytes.
 */
size_t bcn_unescape(struct bcn_unescape *unescape, const uint8_t *piece, size_t size, uint8_t *text,
                    size_t *ret_length);

#endif
