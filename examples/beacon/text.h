/* SPDX-License-Identifier: MIT */
/* What is said to people: translation marks, and text from strangers made safe to show. */
#ifndef TOOL_TEXT_H
#define TOOL_TEXT_H

#include <glib.h>
#include <libintl.h>

#define _(text)  gettext(text)
#define N_(text) (text)

/* A number for ngettext, which takes an unsigned long: the last digits decide, and no number
 * becomes 1. */
static inline unsigned long plural(guint64 number)
{
    return (unsigned long)(number < 1000000 ? number : 1000000 + number % 1000000);
}

/* What an error of the core library means, translated. */
const char *error_text(int error);

/*
 * A copy without anything a terminal would obey: control characters, characters that turn the
 * direction of writing, and bytes that are not UTF-8 appear as \xNN. The caller frees it.
 */
char *text_safe(const char *text);

/* One line on standard error, "beacon: …", made safe as a whole. */
void message(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* A copy in the character set of the locale, '?' for what it lacks. The caller frees it. */
char *text_for_locale(const char *text);

/* Text to standard error in the character set of the locale, otherwise as it is. */
void put_error_stream(const char *text);

#endif
