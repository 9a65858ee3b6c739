/* SPDX-License-Identifier: MIT */
/* What a program says to whoever started it: translated, made safe to show, in the locale's
 * character set. */
#include "say.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

char *say_safe(const char *text)
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

/* What stands for a character that the locale's set lacks: "Đ" is read as "D", "–" as "-". */
static const char *likeness(gunichar c)
{
    switch (c) {
    case 0x0110:
        return "D";
    case 0x0111:
        return "d";
    case 0x2013:
        return "-";
    case 0x2026:
        return "...";
    case 0x2713:
        return "+";
    case 0x00B7:
        return "|";
    default:
        return "?";
    }
}

/* What stands for a character: itself in the character set, where that is not ASCII (NULL) and has
 * it; else without its marks; else something like it. */
static void append_local(GString *local, gunichar c, const char *charset)
{
    char utf8[6];
    gssize size = g_unichar_to_utf8(c, utf8);
    g_autofree char *same = NULL;
    gunichar base, mark;

    if (c < 0x80) { /* in every set that a terminal has */
        g_string_append_c(local, (char)c);
        return;
    }
    if (charset != NULL)
        same = g_convert(utf8, size, charset, "UTF-8", NULL, NULL, NULL);
    if (same != NULL)
        g_string_append(local, same);
    else if (g_unichar_decompose(c, &base, &mark))
        append_local(local, base, charset);
    else if (g_unichar_type(c) != G_UNICODE_NON_SPACING_MARK)
        g_string_append(local, likeness(c));
}

static char *in_charset(const char *text, const char *charset)
{
    GString *local = g_string_new(NULL);

    for (const char *at = text; *at != '\0'; at += g_utf8_skip[(guchar)*at])
        append_local(local, g_utf8_get_char(at), charset);
    return g_string_free(local, FALSE);
}

char *say_local(const char *text)
{
    const char *charset;

    return g_get_charset(&charset) ? g_strdup(text) : in_charset(text, charset);
}

char *say_ascii(const char *text)
{
    return in_charset(text, NULL);
}

void say_as_it_is(const char *text)
{
    g_autofree char *local = say_local(text);

    fputs(local, stderr);
    fflush(stderr);
}

void say(const char *format, ...)
{
    g_autofree char *text = NULL, *safe = NULL, *line = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    safe = say_safe(text);
    line = g_strdup_printf(PROGRAM ": %s\n", safe);
    say_as_it_is(line);
}

/* Waits until a standard output that was made non-blocking takes more. */
static void wait_writable(void)
{
    struct pollfd poller = {.fd = STDOUT_FILENO, .events = POLLOUT};

    poll(&poller, 1, -1);
}

gboolean say_out_bytes(const char *bytes, gsize size, gsize *ret_written)
{
    gsize written = 0;
    gboolean is_good = TRUE;

    while (written < size && is_good) {
        ssize_t count = write(STDOUT_FILENO, bytes + written, size - written);

        if (count >= 0) {
            written += (gsize)count;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_writable();
        } else if (errno != EINTR) {
            say(_("cannot write to standard output: %s"), g_strerror(errno));
            is_good = FALSE;
        }
    }
    if (ret_written != NULL)
        *ret_written = written;
    return is_good;
}

gboolean say_out(const char *text)
{
    g_autofree char *local = say_local(text);

    return say_out_bytes(local, strlen(local), NULL);
}
