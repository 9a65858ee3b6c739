/* SPDX-License-Identifier: MIT */
/* Bytes typed as hexadecimal digits, or read from standard input. */
#include "hex_operand.h"

#include "command.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_separator(char c)
{
    return c != '\0' && strchr(" \t\r\n:-", c) != NULL;
}

static int parse(const char *text, size_t max, uint8_t ret_bytes[], size_t *ret_size)
{
    size_t size = 0;

    for (;;) {
        int high, low;

        while (is_separator(*text))
            text++;
        if (*text == '\0')
            break;
        high = g_ascii_xdigit_value(text[0]);
        low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);
        if (low < 0) {
            say(_("byte %zu: expected two hexadecimal digits"), size + 1);
            return EXIT_INPUT;
        }
        if (size == max) {
            say(_("expected at most %zu bytes"), max);
            return EXIT_INPUT;
        }
        ret_bytes[size++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (size == 0) {
        say(_("expected hexadecimal digits"));
        return EXIT_INPUT;
    }
    *ret_size = size;
    return EXIT_RAN;
}

static int parse_input(size_t max, uint8_t ret_bytes[], size_t *ret_size)
{
    size_t room = 4 * max + 1; /* digits, a separator and a line's end for each byte */
    g_autofree char *text = g_malloc(room + 1);
    size_t length = fread(text, 1, room, stdin);

    if (ferror(stdin)) {
        say(_("standard input: %s"), g_strerror(errno));
        return EXIT_IO;
    }
    text[length] = '\0';
    if (length == room || strlen(text) != length) {
        say(_("standard input: expected at most %zu bytes in hexadecimal digits"), max);
        return EXIT_INPUT;
    }
    return parse(text, max, ret_bytes, ret_size);
}

int hex_operand(const char *operand, size_t max, uint8_t ret_bytes[], size_t *ret_size)
{
    return strcmp(operand, "-") == 0 ? parse_input(max, ret_bytes, ret_size)
                                     : parse(operand, max, ret_bytes, ret_size);
}
