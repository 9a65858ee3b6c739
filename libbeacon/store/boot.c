/* SPDX-License-Identifier: MIT */
/* Which boot of the machine this is. */
#include "store/fail.h"
#include "store/text.h"

#include "base/hex.h"

#include <string.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* A UUID's text without its hyphens. */
static bool parse(const char *text, struct beacon_store_boot *ret_boot)
{
    char digits[2 * BEACON_STORE_BOOT_SIZE];
    gsize count = 0;

    for (; *text && *text != '\n'; text++) {
        if (*text == '-')
            continue;
        if (count == sizeof(digits))
            return false;
        digits[count++] = *text;
    }
    return bcn_hex_decode(digits, count, ret_boot->id, BEACON_STORE_BOOT_SIZE);
}

gboolean beacon_store_boot_current(struct beacon_store_boot *ret_boot, GError **error)
{
    GError *failure = NULL;
    char *text;
    bool is_known;

    if (!g_file_get_contents(BOOT_ID, &text, NULL, &failure)) {
        bcn_store_fail(BOOT_ID, BEACON_STORE_ERROR_IO, failure->message, error);
        g_error_free(failure);
        return FALSE;
    }
    is_known = parse(text, ret_boot);
    if (!is_known)
        bcn_store_fail(BOOT_ID, BEACON_STORE_ERROR_IO, _("expected a UUID"), error);
    g_free(text);
    return is_known;
}
