/* SPDX-License-Identifier: MIT */
/* Hexadecimal text without branches or look-ups that depend on the digits, since keys pass through
 * here. */
#include "base/hex.h"

/* All ones if low <= c <= high, else zero. */
static unsigned int in_range(unsigned int c, unsigned int low, unsigned int high)
{
    return ((low - 1 - c) & (c - high - 1)) >> 31 ? ~0u : 0u;
}

/* The digit's value, or a number with bit 8 set. */
static unsigned int digit_value(unsigned char c)
{
    unsigned int lower = c | 0x20u;
    unsigned int is_decimal = in_range(c, '0', '9');
    unsigned int is_letter = in_range(lower, 'a', 'f');

    return (is_decimal & (c - '0')) | (is_letter & (lower - 'a' + 10)) |
           (~(is_decimal | is_letter) & 0x100u);
}

bool bcn_hex_decode(const char *text, size_t length, uint8_t *ret_bytes, size_t size)
{
    unsigned int bad = 0;

    if (length != 2 * size)
        return false;
    for (size_t i = 0; i < length; i++)
        bad |= digit_value((unsigned char)text[i]);
    if (bad & 0x100u)
        return false;
    for (size_t i = 0; i < size; i++)
        ret_bytes[i] = (uint8_t)(digit_value((unsigned char)text[2 * i]) << 4 |
                                 digit_value((unsigned char)text[2 * i + 1]));
    return true;
}

static char digit_of(unsigned int nibble)
{
    unsigned int is_letter = 0u - ((9u - nibble) >> 31);

    return (char)('0' + nibble + (is_letter & ('A' - '0' - 10)));
}

void bcn_hex_encode(const uint8_t *bytes, size_t size, char *ret_text)
{
    for (size_t i = 0; i < size; i++) {
        ret_text[2 * i] = digit_of(bytes[i] >> 4);
        ret_text[2 * i + 1] = digit_of(bytes[i] & 15u);
    }
    ret_text[2 * size] = '\0';
}
