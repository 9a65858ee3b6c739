/* SPDX-License-Identifier: MIT */
/* Scanning: on and off, and out of the way of what a controller cannot do at the same time. */
#include "radio/host.h"

#include "radio/text.h"
#include <string.h>

enum { OWN_ADDRESS_PUBLIC = 0, OWN_ADDRESS_RANDOM = 1, PHY_1M = 1 };

/* Advertising comes first where a controller cannot do both. */
static gboolean advert_allows(const struct bcn_host *host)
{
    const struct bcn_host_advert *advert = &host->advert;
    if (!advert->wanted || !advert->order.on)
        return TRUE;
    gboolean connectable = advert->order.connectable;
    if (host->scan.order.active)
        return bcn_host_can_be(host, connectable ? BCN_STATE_CONNECTABLE_AND_ACTIVE
                                                 : BCN_STATE_NON_CONNECTABLE_AND_ACTIVE);
    return bcn_host_can_be(host, connectable ? BCN_STATE_CONNECTABLE_AND_PASSIVE
                                             : BCN_STATE_NON_CONNECTABLE_AND_PASSIVE);
}

static gboolean should_be_on(const struct bcn_host *host)
{
    return host->scan.wanted && advert_allows(host) && !bcn_host_wants_register(host) &&
           bcn_host_link_lets_scan(host);
}

static gboolean is_another(const struct bcn_scan_order *one, const struct bcn_scan_order *other)
{
    return one->active != other->active || one->interval != other->interval ||
           one->window != other->window;
}

static void refused(struct bcn_host *host, guint8 status)
{
    char *text = g_strdup_printf(_("the controller refused to scan: status 0x%02X"), status);
    bcn_host_trouble(host, BEACON_RADIO_STEP_RESTART, text);
    g_free(text);
}

static gboolean enable(struct bcn_host *host, gboolean on,
                       void (*then)(struct bcn_host *host, guint8 status))
{
    const guint8 parameters[6] = {on ? 1 : 0, 0, 0,
                                  0,          0, 0}; /* every packet: no filter of duplicates */
    gboolean extended = host->controller.extended;
    return bcn_host_command(host,
                            extended ? BCN_HCI_LE_SET_EXT_SCAN_ENABLE : BCN_HCI_LE_SET_SCAN_ENABLE,
                            parameters, extended ? 6 : 2, then);
}

static void went_off_again(struct bcn_host *host, guint8 status)
{
    host->scan.on = FALSE;
    host->scan.configured = FALSE;
    bcn_host_watch_silence(host);
    if (status != BCN_HCI_SUCCESS && status != BCN_HCI_DISALLOWED)
        refused(host, status);
}

/* "Disallowed" is how some controllers say that it was off already; asked twice, to be sure. */
static void went_off(struct bcn_host *host, guint8 status)
{
    if (status == BCN_HCI_DISALLOWED)
        enable(host, FALSE, went_off_again);
    else
        went_off_again(host, status);
}

static void went_on(struct bcn_host *host, guint8 status)
{
    if (status != BCN_HCI_SUCCESS) {
        host->scan.configured = FALSE;
        refused(host, status);
        return;
    }
    host->scan.on = TRUE;
    bcn_host_watch_silence(host);
}

static void was_configured(struct bcn_host *host, guint8 status)
{
    host->scan.configured = status == BCN_HCI_SUCCESS;
    if (status != BCN_HCI_SUCCESS)
        refused(host, status);
}

static void register_was_set(struct bcn_host *host, guint8 status)
{
    host->register_set = status == BCN_HCI_SUCCESS;
    if (status != BCN_HCI_SUCCESS)
        refused(host, status);
}

/* LE Set Scan Parameters (7.8.10), LE Set Extended Scan Parameters (7.8.64). */
static gboolean configure(struct bcn_host *host)
{
    const struct bcn_scan_order *order = &host->scan.order;
    guint8 own = order->active ? OWN_ADDRESS_RANDOM : OWN_ADDRESS_PUBLIC;
    guint8 parameters[8] = {0};
    gsize at = 0;
    host->scan.as = *order;
    if (host->controller.extended) {
        parameters[0] = own;
        parameters[2] = PHY_1M;
        at = 3;
    }
    parameters[at] = order->active ? 1 : 0;
    bcn_put16(parameters + at + 1, order->interval);
    bcn_put16(parameters + at + 3, order->window);
    if (host->controller.extended)
        return bcn_host_command(host, BCN_HCI_LE_SET_EXT_SCAN_PARAMETERS, parameters, 8,
                                was_configured);
    parameters[5] = own;
    return bcn_host_command(host, BCN_HCI_LE_SET_SCAN_PARAMETERS, parameters, 7, was_configured);
}

gboolean bcn_host_scan_step(struct bcn_host *host)
{
    struct bcn_host_scan *scan = &host->scan;
    gboolean should = should_be_on(host);
    gboolean shows_old_address = scan->order.active && !host->register_set;
    if (scan->on && (!should || shows_old_address || is_another(&scan->as, &scan->order)))
        return enable(host, FALSE, went_off);
    if (scan->on || !should)
        return FALSE;
    if (shows_old_address && bcn_host_is_initiating(host))
        return FALSE; /* the address cannot change now (7.8.4) */
    if (shows_old_address) {
        guint8 address[6];
        bcn_host_draw_address(address, BEACON_ADDRESS_FORM_NON_RESOLVABLE);
        return bcn_host_register(host, address, register_was_set);
    }
    if (!scan->configured || is_another(&scan->as, &scan->order))
        return configure(host);
    return enable(host, TRUE, went_on);
}
