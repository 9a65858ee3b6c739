/* SPDX-License-Identifier: MIT */
/* In which language messages are: the program's own, or that of whoever is answered. */
#include "tongue.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* In the plain locale nothing is translated, and that is English; in any other it is the
 * variable's language, which is set once and stays. */
#define TRANSLATED "C.UTF-8"

void tongue_own(enum language language)
{
    const char *now = setlocale(LC_MESSAGES, NULL);
    gboolean is_plain = now == NULL || strcmp(now, "C") == 0 || strcmp(now, "POSIX") == 0;

    setenv("LANGUAGE", "vi", 1);
    if (language == LANGUAGE_EN)
        setlocale(LC_MESSAGES, "C");
    else if (is_plain)
        setlocale(LC_MESSAGES, TRANSLATED);
}

gpointer tongue_of(enum language language)
{
    static const char *const names[] = {[LANGUAGE_VI] = TRANSLATED, [LANGUAGE_EN] = "C"};
    static locale_t locales[G_N_ELEMENTS(names)]; /* made when first needed */
    locale_t *locale = &locales[language];

    if (*locale == (locale_t)0)
        *locale = newlocale(LC_MESSAGES_MASK, names[language], duplocale(LC_GLOBAL_LOCALE));
    return uselocale(*locale); /* where there is none, nothing changes */
}

gpointer tongue_of_program(void)
{
    return uselocale(LC_GLOBAL_LOCALE);
}

void tongue_back(gpointer before)
{
    uselocale(before);
}
