/* SPDX-License-Identifier: MIT */
/* Hexadecimal text without branches or look-ups that depend on the digits, since keys pass through
 * here. */
#ifndef BCN_BASE_HEX_H
#define BCN_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes exactly 2 * size digits; false, with `ret_bytes` untouched, if length differs or a digit
 * is none. */
bool bcn_hex_decode(const char *text, size_t length, uint8_t *ret_bytes, size_t size);

/* Writes 2 * size upper-case digits and a NUL. */
void bcn_hex_encode(const uint8_t *bytes, size_t size, char *ret_text);

#endif
