/* SPDX-License-Identifier: MIT */
/* What a program says to whoever started it: translated, made safe to show, in the locale's
 * character set. PROGRAM is its name and the domain of its translations. */
#ifndef COMMON_SAY_H
#define COMMON_SAY_H

#include <glib.h>
#include <libintl.h>

/* Where main has not begun the program, as in tests, this is English. */
#define _(text)  dgettext(PROGRAM, text)
#define N_(text) (text)

/* One line on standard error, "beacon: …", made safe as a whole. */
void say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* A copy without anything a terminal would obey: control characters, characters that turn the
 * direction of writing, and bytes that are not UTF-8 appear as \xNN. The caller frees it. */
char *say_safe(const char *text);

/* A copy in the character set of the locale; letters that it lacks lose their marks, and what has
 * no likeness there becomes '?'. The caller frees it. */
char *say_local(const char *text);

/* The same for a terminal that knows ASCII alone: "ĐÃ NGHE THẤY" becomes "DA NGHE THAY". */
char *say_ascii(const char *text);

/* Text to standard error in the character set of the locale, otherwise as it is. */
void say_as_it_is(const char *text);

/* Writes text to standard output, in the locale's character set, or bytes as they are. FALSE, after
 * a message, when it could not; then ret_written, which may be NULL, says how many bytes were taken
 * before. */
gboolean say_out(const char *text);
gboolean say_out_bytes(const char *bytes, gsize size, gsize *ret_written);

#endif
