/* SPDX-License-Identifier: MIT */
/* In which language messages are: the program's own, or that of whoever is answered. */
#include "tongue.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/*
 * In the plain locale nothing is translated, and that is English; in another it is the variable's
 * language, which is set once and stays. Of these the first that the system has will do; the last
 * counts as plain since glibc 2.39.
 */
static const char *const translated[] = {"", "vi_VN.UTF-8", "en_GB.UTF-8", "en_US.UTF-8",
                                         "C.UTF-8"};

static gboolean is_plain(const char *name)
{
    return name == NULL || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0 ||
           g_str_has_prefix(name, "C.");
}

void tongue_own(enum language language)
{
    setenv("LANGUAGE", "vi", 1);
    if (language == LANGUAGE_EN) {
        setlocale(LC_MESSAGES, "C");
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(translated) && is_plain(setlocale(LC_MESSAGES, NULL)); i++)
        setlocale(LC_MESSAGES, translated[i]);
}

static locale_t new_locale(const char *name)
{
    locale_t copy = duplocale(LC_GLOBAL_LOCALE);
    locale_t locale = newlocale(LC_MESSAGES_MASK, name, copy);

    if (locale == (locale_t)0)
        freelocale(copy);
    return locale;
}

static locale_t new_translated(void)
{
    locale_t locale = (locale_t)0;

    for (gsize i = 1; i < G_N_ELEMENTS(translated) && locale == (locale_t)0; i++)
        locale = new_locale(translated[i]);
    return locale;
}

gpointer tongue_of(enum language language)
{
    static locale_t locales[2]; /* by language, made when first needed */
    locale_t *locale = &locales[language == LANGUAGE_EN];

    if (*locale == (locale_t)0)
        *locale = language == LANGUAGE_EN ? new_locale("C") : new_translated();
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
