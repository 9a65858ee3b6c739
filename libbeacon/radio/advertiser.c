/* SPDX-License-Identifier: MIT */
/* Being heard: asks for each payload when the last runs out, and draws the phase of its cycle anew.
 */
#include "radio/face.h"
#include "radio/text.h"

#include <string.h>

#define UNIT_US 625

enum { INTERVAL_US = 100000, INTERVAL_MIN_US = 20000, INTERVAL_MAX_US = 10240000 };

/* A source that says "until now" is asked again after this, not without end. */
#define SHORTEST_US (10 * G_TIME_SPAN_MILLISECOND)

static void order(gpointer user)
{
    beacon_radio *radio = user;
    struct bcn_advertiser *advertiser = &radio->advertiser;
    bcn_face_enter(radio);
    gboolean sends = advertiser->wanted && advertiser->has_payload;
    advertiser->order.on = advertiser->cycle.on;
    radio->backend->class->advertise(radio->backend, sends ? &advertiser->order : NULL);
    bcn_face_leave(radio);
}

static void take_payload(beacon_radio *radio, const struct beacon_advert *advert)
{
    struct bcn_advertiser *advertiser = &radio->advertiser;
    struct bcn_advert_order *last = &advertiser->order;
    if (advertiser->has_payload && last->advert.size == advert->size &&
        memcmp(last->advert.bytes, advert->bytes, advert->size) == 0)
        return;
    advertiser->has_payload = TRUE;
    last->advert = *advert;
    last->generation++;
    bcn_cycle_start(&advertiser->cycle, advertiser->params.cycle,
                    bcn_cycle_random_phase(advertiser->params.cycle));
}

static void renew(gpointer user)
{
    beacon_radio *radio = user;
    struct bcn_advertiser *advertiser = &radio->advertiser;
    gint64 now = beacon_clock_wall_us(radio->clock);
    struct beacon_advert advert = {0};
    gint64 until = 0;
    guint wish = advertiser->wish;
    bcn_face_enter(radio);
    gboolean has = advertiser->params.payload(now, &advert, &until, advertiser->params.user);
    if (!radio->freed && advertiser->wanted && advertiser->wish == wish) {
        beacon_clock_cancel(radio->clock, &advertiser->renewal);
        advertiser->renewal =
            beacon_clock_at(radio->clock, until > now ? until : now + SHORTEST_US, renew, radio);
        advertiser->until_us = until;
        if (has)
            take_payload(radio, &advert);
        else
            advertiser->has_payload = FALSE;
        order(radio);
    }
    bcn_face_leave(radio);
}

/* What holds until some moment need not hold at a moment before. */
static void clock_was_set(gpointer user)
{
    beacon_radio *radio = user;
    radio->advertiser.clock_set = beacon_clock_when_set(radio->clock, clock_was_set, radio);
    if (radio->advertiser.wanted)
        renew(radio);
}

void bcn_advertiser_init(beacon_radio *radio)
{
    radio->advertiser.cycle =
        (struct bcn_cycle){.clock = radio->clock, .turned = order, .user = radio};
    radio->advertiser.clock_set = beacon_clock_when_set(radio->clock, clock_was_set, radio);
}

static void quieten(beacon_radio *radio)
{
    radio->advertiser.wanted = FALSE;
    radio->advertiser.wish++;
    radio->advertiser.has_payload = FALSE;
    bcn_cycle_stop(&radio->advertiser.cycle);
    beacon_clock_cancel(radio->clock, &radio->advertiser.renewal);
}

void bcn_advertiser_stop(beacon_radio *radio)
{
    quieten(radio);
    beacon_clock_cancel(radio->clock, &radio->advertiser.clock_set);
}

static guint16 interval_units(guint32 interval_us)
{
    guint32 interval = interval_us != 0 ? interval_us : INTERVAL_US;
    return (guint16)(CLAMP(interval, INTERVAL_MIN_US, INTERVAL_MAX_US) / UNIT_US);
}

gboolean beacon_radio_advertise(beacon_radio *radio, const struct beacon_radio_advertise *advertise,
                                GError **error)
{
    quieten(radio);
    if (advertise == NULL) {
        order(radio);
        return TRUE;
    }
    g_return_val_if_fail(advertise->size == sizeof *advertise && advertise->payload != NULL, FALSE);
    if (!bcn_face_can(radio, BEACON_RADIO_CAN_ADVERTISE, _("the radio %s cannot advertise"),
                      error) ||
        (!advertise->not_connectable && !advertise->or_not_connectable &&
         !bcn_face_can(radio, BEACON_RADIO_CAN_BE_CONNECTABLE,
                       _("the radio %s cannot be connectable"), error))) {
        order(radio); /* what was on the air before is not what is wished now */
        return FALSE;
    }
    radio->advertiser.wanted = TRUE;
    radio->advertiser.params = *advertise;
    radio->advertiser.order.interval = interval_units(advertise->interval_us);
    radio->advertiser.order.connectable = !advertise->not_connectable;
    radio->advertiser.order.or_not = advertise->or_not_connectable;
    renew(radio);
    return TRUE;
}
