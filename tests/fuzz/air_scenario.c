/* SPDX-License-Identifier: MIT */
/* Scenarios: any text is refused in words fit for a terminal, or gives a timeline in order. */
#include <beacon/air.h>

#include "fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_refusal(const GError *error)
{
    check(error && error->domain == BEACON_AIR_ERROR && error->code == BEACON_AIR_ERROR_SCENARIO);
    for (const char *c = error->message; *c; c++)
        check(*c >= ' ' && *c <= '~');
}

static void check_event(beacon_air *air, const struct beacon_air_event *event)
{
    struct beacon_air_read read;

    if (event->type != BEACON_AIR_PACKET)
        return;
    check(event->packet.advert.size <= BEACON_ADVERT_SIZE_MAX);
    check(event->device < beacon_air_devices(air) && event->receiver < beacon_air_receivers(air));
    beacon_air_read(air, event->receiver, event->packet.address, event->time_us, &read);
    check(read.size == 0 || read.size == BEACON_IDENTIFIER_SIZE);
}

static void check_timeline(beacon_air *air)
{
    enum { EVENTS = 500 };
    struct beacon_air_event event;
    gint64 last_us = beacon_air_start_us(air);

    for (int i = 0; i < EVENTS && beacon_air_next(air, &event); i++) {
        check(event.time_us >= last_us && event.time_us < beacon_air_end_us(air));
        last_us = event.time_us;
        check_event(air, &event);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GError *error = NULL;
    beacon_air *air = beacon_air_parse((const char *)data, size, "fuzz", NULL, &error);

    if (air)
        check_timeline(air);
    else
        check_refusal(error);
    check((air != NULL) == (error == NULL));
    g_clear_error(&error);
    beacon_air_free(air);
    return 0;
}
