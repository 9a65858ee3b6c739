/* SPDX-License-Identifier: MIT */
/* Error texts, the version, and the checks and conversions of plain types. */
#include <beacon/base.h>

#include "base/hex.h"
#include "base/text.h"

#include <string.h>

const char *beacon_version(void)
{
    return BEACON_VERSION;
}

const char *beacon_error_text(int error)
{
    switch (error) {
    case 0:
        return N_("success");
    case BEACON_EINVAL:
        return N_("a wrong argument");
    case BEACON_ENOMEM:
        return N_("not enough memory, or not enough memory may be locked (ulimit -l)");
    case BEACON_EHEX:
        return N_("not hexadecimal text of the right length");
    case BEACON_ESLOTS:
        return N_("the slots a day must be 1 to 1440 and divide the day evenly");
    case BEACON_EPAST:
        return N_("the day lies before the key's day, and a key cannot be turned back");
    case BEACON_ERANGE:
        return N_("the time lies outside the years 2020 to 2100, or too far from the key's day");
    case BEACON_ETRUNCATED:
        return N_("the data is cut in the middle");
    case BEACON_EFORMAT:
        return N_("the data is not of the form expected");
    case BEACON_ESPAN:
        return N_("the end lies before the start, or more than 400 days after it");
    case BEACON_ECANCELED:
        return N_("stopped on request");
    case BEACON_ENOTSUP:
        return N_("not possible on this machine or in this build");
    case BEACON_ENOSPACE:
        return N_("the buffer is too small");
    default:
        return N_("unknown error");
    }
}

int beacon_identifier_from_hex(const char *text, size_t length,
                               struct beacon_identifier *ret_identifier)
{
    struct beacon_identifier identifier;

    if (!bcn_hex_decode(text, length, identifier.bytes, sizeof(identifier.bytes)))
        return BEACON_EHEX;
    *ret_identifier = identifier;
    return 0;
}

int beacon_daily_key_from_hex(const char *text, size_t length, struct beacon_daily_key *ret_key)
{
    return bcn_hex_decode(text, length, ret_key->bytes, sizeof(ret_key->bytes)) ? 0 : BEACON_EHEX;
}

void beacon_identifier_to_hex(const struct beacon_identifier *identifier,
                              char ret_text[2 * BEACON_IDENTIFIER_SIZE + 1])
{
    bcn_hex_encode(identifier->bytes, sizeof(identifier->bytes), ret_text);
}

void beacon_daily_key_to_hex(const struct beacon_daily_key *key,
                             char ret_text[2 * BEACON_KEY_SIZE + 1])
{
    bcn_hex_encode(key->bytes, sizeof(key->bytes), ret_text);
}
