/* SPDX-License-Identifier: MIT */
/* Advertising: address and payload change in one act, between an "off" and an "on". */
#include "radio/host.h"

#include "radio/text.h"
#include <string.h>

enum {
    CONNECTABLE = 0x00,
    NON_CONNECTABLE = 0x03,
    OWN_ADDRESS_RANDOM = 0x01,
    ALL_CHANNELS = 0x07,
    LEGACY_CONNECTABLE = 0x0013, /* legacy PDU, connectable, scannable */
    LEGACY_NON_CONNECTABLE = 0x0010,
    NO_TX_POWER_PREFERENCE = 0x7F,
    PHY_1M = 0x01,
    WHOLE_DATA = 0x03,
    UNFRAGMENTED = 0x01,
    OUR_SET = 0,
};

/* ---- Whether it may be on ---- */

static gboolean scan_allows(const struct bcn_host *host)
{
    if (!host->scan.on)
        return TRUE;
    gboolean connectable = host->advert.order.connectable;
    if (host->scan.as.active)
        return bcn_host_can_be(host, connectable ? BCN_STATE_CONNECTABLE_AND_ACTIVE
                                                 : BCN_STATE_NON_CONNECTABLE_AND_ACTIVE);
    return bcn_host_can_be(host, connectable ? BCN_STATE_CONNECTABLE_AND_PASSIVE
                                             : BCN_STATE_NON_CONNECTABLE_AND_PASSIVE);
}

static gboolean should_be_on(const struct bcn_host *host)
{
    return host->advert.wanted && host->advert.order.on && bcn_host_link_lets_advertise(host);
}

static gboolean is_another(const struct bcn_advert_order *one, const struct bcn_advert_order *other)
{
    return one->generation != other->generation || one->interval != other->interval ||
           one->connectable != other->connectable;
}

/* ---- On and off ---- */

static void refused(struct bcn_host *host, const char *what, guint8 status)
{
    char *text = g_strdup_printf(_("the controller refused to %s: status 0x%02X"), what, status);
    bcn_host_trouble(host, BEACON_RADIO_STEP_RESTART, text);
    g_free(text);
}

static gboolean enable(struct bcn_host *host, gboolean on,
                       void (*then)(struct bcn_host *host, guint8 status))
{
    if (host->controller.extended) {
        const guint8 parameters[6] = {on ? 1 : 0, 1, OUR_SET, 0, 0, 0};
        return bcn_host_command(host, BCN_HCI_LE_SET_EXT_ADVERTISE_ENABLE, parameters,
                                sizeof parameters, then);
    }
    const guint8 parameters[1] = {on ? 1 : 0};
    return bcn_host_command(host, BCN_HCI_LE_SET_ADVERTISE_ENABLE, parameters, sizeof parameters,
                            then);
}

static void went_off_again(struct bcn_host *host, guint8 status)
{
    if (status != BCN_HCI_SUCCESS && status != BCN_HCI_DISALLOWED)
        refused(host, _("stop advertising"), status);
    else
        bcn_host_advert_stopped(host);
}

/* "Disallowed" is how some controllers say that it was off already; asked twice, to be sure. */
static void went_off(struct bcn_host *host, guint8 status)
{
    if (status == BCN_HCI_DISALLOWED)
        enable(host, FALSE, went_off_again);
    else
        went_off_again(host, status);
}

void bcn_host_advert_stopped(struct bcn_host *host)
{
    if (!host->advert.on)
        return;
    host->advert.on = FALSE;
    host->advert.off_since_us = host->advert.order.on ? bcn_host_now_us(host) : -1;
}

static void went_on(struct bcn_host *host, guint8 status)
{
    struct bcn_host_advert *advert = &host->advert;
    if (status != BCN_HCI_SUCCESS) {
        refused(host, _("advertise"), status);
        return;
    }
    gint64 gap = advert->off_since_us >= 0 ? bcn_host_now_us(host) - advert->off_since_us : 0;
    advert->on = TRUE;
    advert->off_since_us = -1;
    if (advert->told)
        return;
    advert->told = TRUE;
    bcn_face_rotated(host->base.face, &advert->as, &advert->address, gap);
}

/* ---- The roll, one command after the other ---- */

static void roll_refused(struct bcn_host *host, guint8 status)
{
    refused(host, _("take a new address and payload"), status);
}

static void advance(struct bcn_host *host, guint8 status, enum bcn_roll reached)
{
    if (status != BCN_HCI_SUCCESS)
        roll_refused(host, status);
    else
        host->advert.roll = reached;
}

static void register_was_set(struct bcn_host *host, guint8 status)
{
    host->register_set = status == BCN_HCI_SUCCESS;
    advance(host, status, BCN_ROLL_REGISTER);
}

static void parameters_were_set(struct bcn_host *host, guint8 status)
{
    advance(host, status, BCN_ROLL_PARAMETERS);
}

static void address_was_set(struct bcn_host *host, guint8 status)
{
    advance(host, status, BCN_ROLL_ADDRESS);
}

static void data_was_set(struct bcn_host *host, guint8 status)
{
    advance(host, status, BCN_ROLL_DATA);
}

/* The address of a generation is drawn once: a recovery sends the identifier from where it was
 * before. */
static void choose_address(struct bcn_host *host)
{
    struct bcn_host_advert *advert = &host->advert;
    if (advert->address_generation == advert->order.generation &&
        advert->as.connectable == advert->order.connectable)
        return;
    advert->address.type = BEACON_ADDRESS_RANDOM;
    bcn_host_draw_address(advert->address.bytes, advert->order.connectable
                                                     ? BEACON_ADDRESS_FORM_RESOLVABLE
                                                     : BEACON_ADDRESS_FORM_NON_RESOLVABLE);
    advert->address_generation = advert->order.generation;
    advert->told = FALSE;
    host->register_set = FALSE; /* what else we ask from changes its address too */
}

static void put24(guint8 *bytes, guint16 value)
{
    bcn_put16(bytes, value);
    bytes[2] = 0;
}

/* LE Set Extended Advertising Parameters (7.8.53). */
static gboolean set_extended_parameters(struct bcn_host *host)
{
    const struct bcn_advert_order *order = &host->advert.as;
    guint8 parameters[25] = {OUR_SET};
    bcn_put16(parameters + 1, order->connectable ? LEGACY_CONNECTABLE : LEGACY_NON_CONNECTABLE);
    put24(parameters + 3, order->interval);
    put24(parameters + 6, order->interval);
    parameters[9] = ALL_CHANNELS;
    parameters[10] = OWN_ADDRESS_RANDOM;
    parameters[19] = NO_TX_POWER_PREFERENCE;
    parameters[20] = PHY_1M;
    parameters[22] = PHY_1M;
    return bcn_host_command(host, BCN_HCI_LE_SET_EXT_ADVERTISING_PARAMETERS, parameters,
                            sizeof parameters, parameters_were_set);
}

/* LE Set Advertising Parameters (7.8.5). */
static gboolean set_legacy_parameters(struct bcn_host *host)
{
    const struct bcn_advert_order *order = &host->advert.as;
    guint8 parameters[15] = {0};
    bcn_put16(parameters, order->interval);
    bcn_put16(parameters + 2, order->interval);
    parameters[4] = order->connectable ? CONNECTABLE : NON_CONNECTABLE;
    parameters[5] = OWN_ADDRESS_RANDOM;
    parameters[13] = ALL_CHANNELS;
    return bcn_host_command(host, BCN_HCI_LE_SET_ADVERTISING_PARAMETERS, parameters,
                            sizeof parameters, parameters_were_set);
}

static gboolean set_address_of_set(struct bcn_host *host)
{
    guint8 parameters[7] = {OUR_SET};
    bcn_put_address(parameters + 1, host->advert.address.bytes);
    return bcn_host_command(host, BCN_HCI_LE_SET_SET_RANDOM_ADDRESS, parameters, sizeof parameters,
                            address_was_set);
}

static gboolean set_data(struct bcn_host *host)
{
    const struct beacon_advert *advert = &host->advert.as.advert;
    guint8 parameters[4 + BEACON_ADVERT_SIZE_MAX] = {OUR_SET, WHOLE_DATA, UNFRAGMENTED,
                                                     advert->size};
    if (host->controller.extended) {
        memcpy(parameters + 4, advert->bytes, advert->size);
        return bcn_host_command(host, BCN_HCI_LE_SET_EXT_ADVERTISING_DATA, parameters,
                                4u + advert->size, data_was_set);
    }
    parameters[0] = advert->size;
    memcpy(parameters + 1, advert->bytes, advert->size);
    memset(parameters + 1 + advert->size, 0, (gsize)BEACON_ADVERT_SIZE_MAX - advert->size);
    return bcn_host_command(host, BCN_HCI_LE_SET_ADVERTISING_DATA, parameters,
                            1 + BEACON_ADVERT_SIZE_MAX, data_was_set);
}

gboolean bcn_host_wants_register(const struct bcn_host *host)
{
    const struct bcn_host_advert *advert = &host->advert;
    gboolean begins = advert->wanted && (advert->roll == BCN_ROLL_NOTHING ||
                                         advert->as.generation != advert->order.generation);
    return begins && !host->controller.extended;
}

/* A legacy controller takes a new address only while it neither advertises, scans nor connects
 * (7.8.4). */
static gboolean roll_legacy(struct bcn_host *host)
{
    switch (host->advert.roll) {
    case BCN_ROLL_NOTHING:
        return !host->scan.on && bcn_host_yield_address(host) &&
               bcn_host_register(host, host->advert.address.bytes, register_was_set);
    case BCN_ROLL_REGISTER:
        return set_legacy_parameters(host);
    default:
        return set_data(host);
    }
}

static gboolean roll_extended(struct bcn_host *host)
{
    switch (host->advert.roll) {
    case BCN_ROLL_NOTHING:
        return set_extended_parameters(host);
    case BCN_ROLL_PARAMETERS:
        return set_address_of_set(host);
    default:
        return set_data(host);
    }
}

/* Begins anew when another order came meanwhile. */
static gboolean roll(struct bcn_host *host)
{
    struct bcn_host_advert *advert = &host->advert;
    if (advert->roll == BCN_ROLL_NOTHING || is_another(&advert->as, &advert->order)) {
        choose_address(host);
        advert->roll = BCN_ROLL_NOTHING;
        advert->as = advert->order;
    }
    return host->controller.extended ? roll_extended(host) : roll_legacy(host);
}

gboolean bcn_host_advert_step(struct bcn_host *host)
{
    struct bcn_host_advert *advert = &host->advert;
    if (!advert->order.on)
        advert->off_since_us = -1; /* off because it is to be off: no gap */
    gboolean rolls = advert->wanted &&
                     (advert->roll != BCN_ROLL_DATA || is_another(&advert->as, &advert->order));
    if (rolls)
        bcn_host_end_visitor(host); /* or it would see two identifiers behind one address */
    if (advert->on && (rolls || !should_be_on(host)))
        return enable(host, FALSE, went_off);
    if (rolls && host->link.up && host->link.is_visitor)
        return bcn_host_link_step(host);
    if (rolls)
        return roll(host);
    if (!advert->on && should_be_on(host) && scan_allows(host))
        return enable(host, TRUE, went_on);
    return FALSE;
}
