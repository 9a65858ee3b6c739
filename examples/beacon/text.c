/* SPDX-License-Identifier: MIT */
/* What is said to people: messages on standard error, and text from strangers made safe to show. */
#include "text.h"

#include <beacon/base.h>

#include <stdbool.h>
#include <stdio.h>

const char *error_text(int error)
{
    return dgettext("libbeacon", beacon_error_text(error));
}

/* Characters that move, hide or reorder what stands around them. */
static bool is_unsafe(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return true;
    default:
        return false;
    }
}

char *text_safe(const char *text)
{
    GString *safe = g_string_new(NULL);

    while (*text != '\0') {
        gunichar c = g_utf8_get_char_validated(text, -1);
        bool is_valid = c != (gunichar)-1 && c != (gunichar)-2;
        const char *next = text + (is_valid ? g_utf8_skip[(guchar)*text] : 1);

        if (is_valid && !is_unsafe(c))
            g_string_append_len(safe, text, next - text);
        else
            for (const char *byte = text; byte < next; byte++)
                g_string_append_printf(safe, "\\x%02X", (unsigned int)(unsigned char)*byte);
        text = next;
    }
    return g_string_free(safe, FALSE);
}

char *text_for_locale(const char *text)
{
    const char *charset;
    char *local;

    if (g_get_charset(&charset))
        return g_strdup(text);
    local = g_convert_with_fallback(text, -1, charset, "UTF-8", "?", NULL, NULL, NULL);
    return local != NULL ? local : g_strdup("?\n");
}

void put_error_stream(const char *text)
{
    g_autofree char *local = text_for_locale(text);

    fputs(local, stderr);
    fflush(stderr);
}

void message(const char *format, ...)
{
    g_autofree char *text = NULL, *safe = NULL, *line = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    safe = text_safe(text);
    line = g_strdup_printf("beacon: %s\n", safe);
    put_error_stream(line);
}
