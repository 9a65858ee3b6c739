/* SPDX-License-Identifier: MIT */
/* Turns the inside of one JSON string into the text it stands for, piece by piece, for lists that
 * come encoded twice. */
#include "exchange/unescape.h"

#include <string.h>

enum state {
    TEXT = 0,
    ESCAPE,   /* after a backslash */
    DIGITS,   /* within the four digits of \u */
    LOW_HALF, /* after a first surrogate: its other half must follow */
    LOW_HALF_U,
};

static bool is_high(unsigned int unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(unsigned int unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

static size_t put_utf8(uint8_t *text, uint32_t c)
{
    if (c < 0x80) {
        text[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        text[0] = (uint8_t)(0xC0 | c >> 6);
        text[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        text[0] = (uint8_t)(0xE0 | c >> 12);
        text[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        text[2] = (uint8_t)(0x80 | (c & 0x3F));
        return 3;
    }
    text[0] = (uint8_t)(0xF0 | c >> 18);
    text[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
    text[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    text[3] = (uint8_t)(0x80 | (c & 0x3F));
    return 4;
}

/* A whole \uXXXX was read. False for half a surrogate pair. */
static bool take_unit(struct bcn_unescape *unescape, uint8_t *text, size_t *length)
{
    const uint16_t unit = unescape->unit, high = unescape->high;

    unescape->high = 0;
    if (high != 0 && !is_low(unit))
        return false;
    if (high == 0 && is_low(unit))
        return false;
    if (is_high(unit)) {
        unescape->high = unit;
        unescape->state = LOW_HALF;
        return true;
    }
    unescape->state = TEXT;
    *length +=
        put_utf8(text + *length,
                 high ? 0x10000u + ((uint32_t)(high - 0xD800) << 10) + (unit - 0xDC00u) : unit);
    return true;
}

static bool take_digit(struct bcn_unescape *unescape, uint8_t c, uint8_t *text, size_t *length)
{
    unsigned int value;

    if (c >= '0' && c <= '9')
        value = c - '0';
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        value = (c | 0x20u) - 'a' + 10;
    else
        return false;
    unescape->unit = (uint16_t)((unsigned int)unescape->unit << 4 | value);
    return ++unescape->digits < 4 || take_unit(unescape, text, length);
}

/* The character after a backslash. */
static bool take_escape(struct bcn_unescape *unescape, uint8_t c, uint8_t *text, size_t *length)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *name = memchr(names, c, sizeof(names) - 1);

    if (c == 'u') {
        unescape->state = DIGITS;
        unescape->digits = 0;
        unescape->unit = 0;
        return true;
    }
    if (!name)
        return false;
    unescape->state = TEXT;
    text[(*length)++] = (uint8_t)meanings[name - names];
    return true;
}

/* Any character outside an escape. */
static bool take_plain(struct bcn_unescape *unescape, uint8_t c, uint8_t *text, size_t *length)
{
    if (c < 0x20)
        return false;
    if (c == '"')
        unescape->ended = true;
    else if (c == '\\')
        unescape->state = ESCAPE;
    else
        text[(*length)++] = c;
    return true;
}

static bool take(struct bcn_unescape *unescape, uint8_t c, uint8_t *text, size_t *length)
{
    switch ((enum state)unescape->state) {
    case TEXT:
        return take_plain(unescape, c, text, length);
    case ESCAPE:
        return take_escape(unescape, c, text, length);
    case DIGITS:
        return take_digit(unescape, c, text, length);
    case LOW_HALF:
        unescape->state = LOW_HALF_U;
        return c == '\\';
    case LOW_HALF_U:
        return c == 'u' && take_escape(unescape, c, text, length);
    }
    return false;
}

size_t bcn_unescape(struct bcn_unescape *unescape, const uint8_t *piece, size_t size, uint8_t *text,
                    size_t *ret_length)
{
    size_t length = 0, taken = 0;

    while (taken < size && !unescape->ended && take(unescape, piece[taken], text, &length))
        taken++;
    *ret_length = length;
    return taken;
}
