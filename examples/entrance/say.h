/* SPDX-License-Identifier: MIT */
/* What the program says to whoever started it: translated, made safe to show, in the locale's
 * character set. */
#ifndef ENTRANCE_SAY_H
#define ENTRANCE_SAY_H

#include <glib.h>
#include <libintl.h>

/* The tests and the bench link this without main, and get English. */
#define _(text)  dgettext("beacon-entrance", text)
#define N_(text) (text)

/* One line on standard error, "beacon-entrance: …", made safe as a whole. */
void say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* A copy without anything a terminal would obey: control characters, characters that turn the
 * direction of writing, and bytes that are not UTF-8 appear as \xNN. The caller frees it. */
char *say_safe(const char *text);

/* A copy in the character set of the locale; letters that it lacks lose their marks, and what has
 * no likeness there becomes '?'. The caller frees it. */
char *say_local(const char *text);

/* The same for a terminal that knows ASCII alone: "ĐÃ NGHE THẤY" becomes "DA NGHE THAY". */
char *say_ascii(const char *text);

/* Writes text to standard output, in the locale's character set, or bytes as they are. FALSE, after
 * a message, when it could not. */
gboolean say_out(const char *text);
gboolean say_out_bytes(const char *bytes, gsize size);

#endif
