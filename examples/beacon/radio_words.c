/* SPDX-License-Identifier: MIT */
/* What a radio says, in the words and exit codes of this tool. */
#include "radio_words.h"

#include "command.h"
#include "text.h"

#include <string.h>

static int exit_code(const GError *error)
{
    if (error->domain != BEACON_RADIO_ERROR)
        return EXIT_RADIO;
    switch ((enum beacon_radio_error)error->code) {
    case BEACON_RADIO_ERROR_ADDRESS:
        return EXIT_USAGE;
    case BEACON_RADIO_ERROR_FORMAT:
        return EXIT_INPUT;
    default:
        return EXIT_RADIO;
    }
}

int radio_error(GError *error)
{
    int code = exit_code(error);

    say("%s", error->message);
    g_error_free(error);
    return code;
}

bool address_is_replay(const char *address)
{
    return g_str_has_prefix(address, "capture:") || g_str_has_prefix(address, "sim:");
}

bool address_is_known(const struct beacon_address *address)
{
    static const guint8 zeros[sizeof address->bytes] = {0};

    return memcmp(address->bytes, zeros, sizeof zeros) != 0;
}

char *address_words(const struct beacon_address *address, bool is_full)
{
    const guint8 *b = address->bytes;
    char text[BEACON_ADDRESS_TEXT_SIZE];

    if (!address_is_known(address))
        return g_strdup("?");
    if (!is_full)
        return g_strdup_printf("%02X:%02X:..:%02X", b[0], b[1], b[5]);
    beacon_address_to_text(address, text);
    return g_strdup(text);
}

const char *kind_name(enum beacon_advert_kind kind)
{
    static const char *const names[] = {
        [BEACON_ADVERT_OTHER] = "other",
        [BEACON_ADVERT_ANDROID] = "android",
        [BEACON_ADVERT_IPHONE_OPEN] = "iphone",
        [BEACON_ADVERT_IPHONE_BACKGROUND] = "iphone-background",
    };

    return names[kind];
}

const char *kind_words(enum beacon_advert_kind kind)
{
    static const char *const words[] = {
        [BEACON_ADVERT_OTHER] = N_("other"),
        [BEACON_ADVERT_ANDROID] = N_("Android"),
        [BEACON_ADVERT_IPHONE_OPEN] = N_("iPhone"),
        [BEACON_ADVERT_IPHONE_BACKGROUND] = N_("iPhone, background"),
    };

    return _(words[kind]);
}
