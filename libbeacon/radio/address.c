/* SPDX-License-Identifier: MIT */
/* Addresses of devices, and the words for states and steps. */
#include <beacon/radio.h>
#include <stdio.h>
#include <string.h>

gboolean beacon_address_equal(const struct beacon_address *a, const struct beacon_address *b)
{
    return a->type == b->type && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void beacon_address_to_text(const struct beacon_address *address,
                            char ret_text[BEACON_ADDRESS_TEXT_SIZE])
{
    const guint8 *b = address->bytes;
    snprintf(ret_text, BEACON_ADDRESS_TEXT_SIZE, "%02X:%02X:%02X:%02X:%02X:%02X", b[0], b[1], b[2],
             b[3], b[4], b[5]);
}

enum beacon_address_form beacon_address_form(const struct beacon_address *address)
{
    static const enum beacon_address_form forms[4] = {
        BEACON_ADDRESS_FORM_NON_RESOLVABLE,
        BEACON_ADDRESS_FORM_RESOLVABLE,
        BEACON_ADDRESS_FORM_RESERVED,
        BEACON_ADDRESS_FORM_STATIC,
    };
    if (address->type == BEACON_ADDRESS_PUBLIC)
        return BEACON_ADDRESS_FORM_PUBLIC;
    return forms[address->bytes[0] >> 6];
}

const char *beacon_radio_state_text(enum beacon_radio_state state)
{
    switch (state) {
    case BEACON_RADIO_STARTING:
        return "starting";
    case BEACON_RADIO_READY:
        return "ready";
    case BEACON_RADIO_RECOVERING:
        return "recovering";
    case BEACON_RADIO_LOST:
        return "lost";
    case BEACON_RADIO_ENDED:
        return "ended";
    }
    return "unknown";
}

const char *beacon_radio_step_text(enum beacon_radio_step step)
{
    switch (step) {
    case BEACON_RADIO_STEP_NONE:
        return "none";
    case BEACON_RADIO_STEP_RESTART:
        return "restart";
    case BEACON_RADIO_STEP_RESET:
        return "reset";
    case BEACON_RADIO_STEP_CYCLE:
        return "cycle";
    case BEACON_RADIO_STEP_WAIT:
        return "wait";
    }
    return "unknown";
}
