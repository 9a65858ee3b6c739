/* SPDX-License-Identifier: MIT */
/* How the store says what went wrong: "file: words", as a GError. */
#include "store/fail.h"

#include "store/text.h"

#include <errno.h>

GQuark beacon_store_error_quark(void)
{
    return g_quark_from_static_string("beacon-store-error-quark");
}

/* What could steer a terminal becomes '?'. */
static void append_name(GString *message, const char *name)
{
    while (*name) {
        gunichar c = g_utf8_get_char_validated(name, -1);
        bool is_character = c != (gunichar)-1 && c != (gunichar)-2;

        if (is_character && g_unichar_isprint(c))
            g_string_append_unichar(message, c);
        else
            g_string_append_c(message, '?');
        name += is_character ? g_unichar_to_utf8(c, NULL) : 1;
    }
}

bool bcn_store_fail(const char *path, BeaconStoreError code, const char *words, GError **error)
{
    GString *message = g_string_new(NULL);

    append_name(message, path);
    g_string_append(message, ": ");
    append_name(message, words);
    g_set_error_literal(error, BEACON_STORE_ERROR, (int)code, message->str);
    g_string_free(message, TRUE);
    return false;
}

bool bcn_store_fail_system(const char *path, int error_number, GError **error)
{
    BeaconStoreError code = BEACON_STORE_ERROR_IO;

    if (error_number == ENOSPC || error_number == EDQUOT)
        code = BEACON_STORE_ERROR_NO_SPACE;
    else if (error_number == EROFS)
        code = BEACON_STORE_ERROR_READ_ONLY;
    return bcn_store_fail(path, code, g_strerror(error_number), error);
}
