/* SPDX-License-Identifier: MIT */
/* Links: one at a time, ours to an iPhone or a visitor's to us; nobody is paired with, nobody
 * stays. */
#include "radio/host.h"

#include "radio/text.h"
#include <string.h>

enum {
    ROLE_CENTRAL = 0,
    OWN_ADDRESS_RANDOM = 1,
    PHY_1M = 1,
    SCAN_INTERVAL = 0x0060,     /* 60 ms, listening all the time */
    LINK_INTERVAL_MIN = 0x0018, /* 30 ms */
    LINK_INTERVAL_MAX = 0x0028, /* 50 ms */
    LINK_TIMEOUT = 0x00C8,      /* 2 s */
    ACL_HEAD = 5,
    ACL_SIZE_MIN = 27,
    FIRST_FROM_CONTROLLER = 2, /* packet boundary flags (Core 5.3, vol 4 part E, 5.4.2) */
    CONTINUES = 1,
    VISITOR_S = 10, /* ample for a slow central's discovery and read */
    ENDING_S = 5,
};

/* ---- What else may go on meanwhile ---- */

/* We come from an address of this visit's own; where legacy commands advertise, from the
 * advertisement's. */
static gboolean needs_register(const struct bcn_host *host)
{
    gboolean shared = !host->controller.extended && host->advert.wanted;
    return !shared && !host->visit.register_fresh;
}

gboolean bcn_host_link_lets_scan(const struct bcn_host *host)
{
    gboolean active = host->scan.order.active;
    if (host->link.up)
        return bcn_host_can_be(
            host,
            host->link.is_visitor
                ? (active ? BCN_STATE_ACTIVE_AND_PERIPHERAL : BCN_STATE_PASSIVE_AND_PERIPHERAL)
                : (active ? BCN_STATE_ACTIVE_AND_CENTRAL : BCN_STATE_PASSIVE_AND_CENTRAL));
    switch (host->visit.phase) {
    case BCN_VISIT_NONE:
        return TRUE;
    case BCN_VISIT_WANTED:
        if (needs_register(host))
            return FALSE;
        break;
    default:
        break;
    }
    return bcn_host_can_be(host, active ? BCN_STATE_ACTIVE_AND_INITIATING
                                        : BCN_STATE_PASSIVE_AND_INITIATING);
}

gboolean bcn_host_link_lets_advertise(const struct bcn_host *host)
{
    gboolean connectable = host->advert.order.connectable;
    if (host->link.up && host->link.is_visitor)
        return bcn_host_can_be(host, connectable ? BCN_STATE_CONNECTABLE_AND_PERIPHERAL
                                                 : BCN_STATE_NON_CONNECTABLE_AND_PERIPHERAL);
    if (host->link.up)
        return bcn_host_can_be(host, connectable ? BCN_STATE_CONNECTABLE_AND_CENTRAL
                                                 : BCN_STATE_NON_CONNECTABLE_AND_CENTRAL);
    if (host->visit.phase == BCN_VISIT_NONE)
        return TRUE;
    return bcn_host_can_be(host, connectable ? BCN_STATE_CONNECTABLE_AND_INITIATING
                                             : BCN_STATE_NON_CONNECTABLE_AND_INITIATING);
}

/* ---- Data ---- */

static void send_waiting(struct bcn_host *host)
{
    struct bcn_host_link *link = &host->link;
    while (link->underway < host->controller.acl_packets && link->waiting.length > 0) {
        GBytes *packet = g_queue_pop_head(&link->waiting);
        gsize size;
        const guint8 *bytes = g_bytes_get_data(packet, &size);
        link->underway++;
        if (host->tapped)
            bcn_face_passed(host->base.face, FALSE, bytes, size);
        host->transport->class->send(host->transport, bytes, size);
        g_bytes_unref(packet);
    }
}

static bool send_fragment(void *user, bool is_first, const uint8_t *bytes, size_t size)
{
    struct bcn_host *host = user;
    if (!host->link.up || host->link.waiting.length >= BCN_ACL_QUEUE_MAX)
        return false;
    guint8 *packet = g_malloc(ACL_HEAD + size);
    packet[0] = BCN_H4_ACL;
    bcn_put16(packet + 1, (guint16)(host->link.handle | (is_first ? 0 : CONTINUES) << 12));
    bcn_put16(packet + 3, (guint16)size);
    memcpy(packet + ACL_HEAD, bytes, size);
    g_queue_push_tail(&host->link.waiting, g_bytes_new_take(packet, ACL_HEAD + size));
    return true;
}

static bool value_for_visitor(void *user, struct beacon_identifier *ret_identifier)
{
    struct bcn_host *host = user;
    return host->serves && bcn_face_value(host->base.face, ret_identifier);
}

void bcn_host_packets_sent(struct bcn_host *host, const guint8 *parameters, gsize size)
{
    if (size < 1 || size < 1u + 4u * parameters[0]) {
        host->counters->malformed++;
        return;
    }
    for (gsize i = 0; i < parameters[0]; i++) {
        const guint8 *each = parameters + 1 + 4 * i;
        if (host->link.up && bcn_get16(each) == host->link.handle)
            host->link.underway -= MIN(host->link.underway, bcn_get16(each + 2));
    }
    send_waiting(host);
}

/* ---- The end of a visit ---- */

static void finish_visit(struct bcn_host *host, enum beacon_visit_result result,
                         const struct beacon_identifier *identifier)
{
    gboolean told = host->visit.told;
    host->visit.told = TRUE;
    beacon_clock_cancel(host->clock, &host->visit.timer);
    if (!told && host->visit.phase != BCN_VISIT_NONE)
        bcn_face_visited(host->base.face, result, identifier);
}

static void begin_to_visit(struct bcn_host *host, const struct beacon_address *address);

/* Nothing of it is left: the next may begin. */
static void visit_is_over(struct bcn_host *host)
{
    struct beacon_address next = host->visit.next;
    host->visit.phase = BCN_VISIT_NONE;
    if (host->visit.has_next && host->phase != BCN_HOST_STOPPED)
        begin_to_visit(host, &next);
}

static void link_is_down(struct bcn_host *host)
{
    struct bcn_host_link *link = &host->link;
    beacon_clock_cancel(host->clock, &link->timer);
    g_queue_clear_full(&link->waiting, (GDestroyNotify)g_bytes_unref);
    link->up = link->ending = link->end = FALSE;
    link->underway = 0;
}

void bcn_host_forget_links(struct bcn_host *host)
{
    link_is_down(host);
    if (host->visit.phase == BCN_VISIT_NONE)
        return;
    finish_visit(host, BEACON_VISIT_DROPPED, NULL);
    visit_is_over(host);
}

static enum beacon_visit_result result_of(enum bcn_att_outcome outcome)
{
    switch (outcome) {
    case BCN_ATT_IDENTIFIER:
        return BEACON_VISIT_READ;
    case BCN_ATT_DEMANDS_SECURITY:
        return BEACON_VISIT_PROTECTED;
    default:
        return BEACON_VISIT_FOREIGN;
    }
}

static void look_at_link(struct bcn_host *host)
{
    struct bcn_host_link *link = &host->link;
    const struct bcn_att_client *client = &link->gatt.client;
    gboolean broken = link->gatt.l2cap.end != BCN_L2CAP_ALIVE;
    gboolean read = !link->is_visitor && client->outcome != BCN_ATT_UNDERWAY;
    if (!broken && !read)
        return;
    link->end = TRUE;
    if (!link->is_visitor)
        finish_visit(host, read ? result_of(client->outcome) : BEACON_VISIT_FOREIGN,
                     &client->identifier);
}

void bcn_host_acl(struct bcn_host *host, const guint8 *packet, gsize size)
{
    guint16 head = bcn_get16(packet + 1);
    if (!host->link.up || (head & 0x0FFF) != host->link.handle || host->link.end)
        return;
    guint boundary = head >> 12 & 3;
    bcn_gatt_receive(&host->link.gatt, boundary == FIRST_FROM_CONTROLLER, packet + ACL_HEAD,
                     size - ACL_HEAD);
    send_waiting(host);
    look_at_link(host);
    bcn_host_reconcile(host);
}

/* ---- A visit's course ---- */

static void cancel_is_late(gpointer user)
{
    struct bcn_host *host = user;
    host->visit.timer = 0;
    bcn_host_trouble(host, BEACON_RADIO_STEP_RESET, _("the controller did not give up connecting"));
}

static void give_up_connecting(struct bcn_host *host, enum beacon_visit_result result)
{
    host->visit.phase = BCN_VISIT_CANCELLING;
    bcn_commands_send(&host->commands, BCN_HCI_LE_CREATE_CONNECTION_CANCEL, NULL, 0, NULL, NULL);
    finish_visit(host, result, NULL);
    if (host->phase == BCN_HOST_RUNNING)
        host->visit.timer =
            beacon_clock_after(host->clock, ENDING_S * G_TIME_SPAN_SECOND, cancel_is_late, host);
}

gboolean bcn_host_yield_address(struct bcn_host *host)
{
    if (host->visit.phase == BCN_VISIT_CONNECTING)
        give_up_connecting(host, BEACON_VISIT_DROPPED);
    return host->visit.phase != BCN_VISIT_CANCELLING && host->phase == BCN_HOST_RUNNING;
}

gboolean bcn_host_is_initiating(const struct bcn_host *host)
{
    return host->visit.phase == BCN_VISIT_CONNECTING || host->visit.phase == BCN_VISIT_CANCELLING;
}

static void visit_is_late(gpointer user)
{
    struct bcn_host *host = user;
    host->visit.timer = 0;
    if (host->visit.phase == BCN_VISIT_CONNECTED) {
        host->link.end = TRUE;
        finish_visit(host, BEACON_VISIT_STALLED, NULL);
    } else if (host->visit.phase == BCN_VISIT_CONNECTING) {
        give_up_connecting(host, BEACON_VISIT_UNREACHABLE);
    } else {
        finish_visit(host, BEACON_VISIT_DROPPED, NULL); /* it was never tried */
        visit_is_over(host);
    }
    bcn_host_reconcile(host);
}

static void drop_soon(gpointer user)
{
    struct bcn_host *host = user;
    host->visit.timer = 0;
    finish_visit(host, BEACON_VISIT_DROPPED, NULL);
    visit_is_over(host);
}

static void begin_to_visit(struct bcn_host *host, const struct beacon_address *address)
{
    gboolean can = host->phase == BCN_HOST_RUNNING;
    host->visit = (struct bcn_host_visit){.phase = BCN_VISIT_WANTED, .address = *address};
    host->visit.timer = beacon_clock_after(host->clock, can ? host->options.visit_ms * 1000LL : 0,
                                           can ? visit_is_late : drop_soon, host);
}

void bcn_host_visit(struct bcn_host *host, const struct beacon_address *address)
{
    if (host->visit.phase != BCN_VISIT_NONE) {
        host->visit.has_next = TRUE;
        host->visit.next = *address;
        return;
    }
    begin_to_visit(host, address);
    bcn_host_reconcile(host);
}

static void connection_was_asked_for(struct bcn_host *host, guint8 status)
{
    if (status == BCN_HCI_SUCCESS)
        return;
    finish_visit(host, BEACON_VISIT_DROPPED, NULL);
    visit_is_over(host);
}

static gsize put_link_parameters(guint8 *bytes)
{
    bcn_put16(bytes, LINK_INTERVAL_MIN);
    bcn_put16(bytes + 2, LINK_INTERVAL_MAX);
    bcn_put16(bytes + 4, 0);
    bcn_put16(bytes + 6, LINK_TIMEOUT);
    memset(bytes + 8, 0, 4);
    return 12;
}

/* LE Create Connection (7.8.12), LE Extended Create Connection (7.8.66). */
static gboolean connect_to(struct bcn_host *host, const struct beacon_address *address)
{
    guint8 parameters[26] = {0};
    host->visit.phase = BCN_VISIT_CONNECTING;
    if (host->controller.extended) {
        parameters[1] = OWN_ADDRESS_RANDOM;
        parameters[2] = address->type;
        bcn_put_address(parameters + 3, address->bytes);
        parameters[9] = PHY_1M;
        bcn_put16(parameters + 10, SCAN_INTERVAL);
        bcn_put16(parameters + 12, SCAN_INTERVAL);
        gsize size = 14 + put_link_parameters(parameters + 14);
        return bcn_host_command(host, BCN_HCI_LE_EXT_CREATE_CONNECTION, parameters, size,
                                connection_was_asked_for);
    }
    bcn_put16(parameters, SCAN_INTERVAL);
    bcn_put16(parameters + 2, SCAN_INTERVAL);
    parameters[5] = address->type;
    bcn_put_address(parameters + 6, address->bytes);
    parameters[12] = OWN_ADDRESS_RANDOM;
    gsize size = 13 + put_link_parameters(parameters + 13);
    return bcn_host_command(host, BCN_HCI_LE_CREATE_CONNECTION, parameters, size,
                            connection_was_asked_for);
}

static void register_was_set(struct bcn_host *host, guint8 status)
{
    host->register_set = host->visit.register_fresh = status == BCN_HCI_SUCCESS;
    if (status == BCN_HCI_SUCCESS)
        return;
    finish_visit(host, BEACON_VISIT_UNREACHABLE, NULL);
    visit_is_over(host);
}

/* Sets out as soon as what must not go on meanwhile has ended. */
static gboolean visit_step(struct bcn_host *host)
{
    if ((host->scan.on && !bcn_host_link_lets_scan(host)) || bcn_host_wants_register(host) ||
        (host->advert.on && !bcn_host_link_lets_advertise(host)))
        return FALSE;
    if (needs_register(host)) {
        guint8 address[6];
        bcn_host_draw_address(address, BEACON_ADDRESS_FORM_RESOLVABLE);
        return bcn_host_register(host, address, register_was_set);
    }
    return connect_to(host, &host->visit.address);
}

/* ---- Ends ---- */

static void end_is_late(gpointer user)
{
    struct bcn_host *host = user;
    host->link.timer = 0;
    bcn_host_trouble(host, BEACON_RADIO_STEP_RESET, _("the controller did not end a link"));
}

static void visitor_is_late(gpointer user)
{
    struct bcn_host *host = user;
    host->link.timer = 0;
    host->link.end = TRUE;
    bcn_host_reconcile(host);
}

static gboolean disconnect(struct bcn_host *host, guint16 handle)
{
    guint8 parameters[3] = {0, 0, BCN_HCI_REMOTE_USER_ENDED};
    bcn_put16(parameters, handle);
    return bcn_host_command(host, BCN_HCI_DISCONNECT, parameters, sizeof parameters, NULL);
}

static gboolean end_link(struct bcn_host *host)
{
    host->link.ending = TRUE;
    beacon_clock_cancel(host->clock, &host->link.timer);
    host->link.timer =
        beacon_clock_after(host->clock, ENDING_S * G_TIME_SPAN_SECOND, end_is_late, host);
    return disconnect(host, host->link.handle);
}

void bcn_host_end_visitor(struct bcn_host *host)
{
    if (host->link.up && host->link.is_visitor)
        host->link.end = TRUE;
}

gboolean bcn_host_link_step(struct bcn_host *host)
{
    if (host->link.up && host->link.end && !host->link.ending)
        return end_link(host);
    if (!host->link.up && host->visit.phase == BCN_VISIT_WANTED)
        return visit_step(host);
    return FALSE;
}

/* ---- Events ---- */

static void begin_link(struct bcn_host *host, guint16 handle, gboolean is_visitor)
{
    struct bcn_host_link *link = &host->link;
    link->up = TRUE;
    link->handle = handle;
    link->is_visitor = is_visitor;
    const struct bcn_gatt_config config = {
        .role = is_visitor ? BCN_L2CAP_PERIPHERAL : BCN_L2CAP_CENTRAL,
        .fragment_size = MAX(host->controller.acl_size, ACL_SIZE_MIN),
        .send = send_fragment,
        .identifier = is_visitor && host->serves ? value_for_visitor : NULL,
        .user = host,
    };
    bcn_gatt_init(&link->gatt, &config);
}

static void begin_visit(struct bcn_host *host, guint16 handle)
{
    begin_link(host, handle, FALSE);
    if (host->visit.phase == BCN_VISIT_CANCELLING) {
        host->link.end = TRUE; /* it came too late */
        beacon_clock_cancel(host->clock, &host->visit.timer);
        return;
    }
    host->visit.phase = BCN_VISIT_CONNECTED;
    bcn_gatt_read(&host->link.gatt, false);
    send_waiting(host);
    look_at_link(host);
}

static void begin_visitor(struct bcn_host *host, guint16 handle)
{
    begin_link(host, handle, TRUE);
    host->counters->visitors++;
    host->link.end = !host->serves;
    if (!host->serves)
        host->counters->visitors_refused++;
    host->link.timer =
        beacon_clock_after(host->clock, VISITOR_S * G_TIME_SPAN_SECOND, visitor_is_late, host);
}

/* A link that nobody wanted is ended; what comes of that does not matter. */
static void refuse_link(struct bcn_host *host, guint16 handle)
{
    guint8 parameters[3] = {0, 0, BCN_HCI_REMOTE_USER_ENDED};
    bcn_put16(parameters, handle);
    bcn_commands_send(&host->commands, BCN_HCI_DISCONNECT, parameters, sizeof parameters, NULL,
                      NULL);
}

static void not_connected(struct bcn_host *host, enum beacon_visit_result result)
{
    if (!bcn_host_is_initiating(host))
        return;
    finish_visit(host, result, NULL);
    visit_is_over(host);
}

static void visitor_came(struct bcn_host *host, guint16 handle)
{
    bcn_host_advert_stopped(host); /* the controller ends it when somebody connects */
    if (!host->link.up) {
        begin_visitor(host, handle);
        return;
    }
    host->counters->visitors++;
    host->counters->visitors_refused++;
    refuse_link(host, handle);
}

static void we_came(struct bcn_host *host, guint16 handle)
{
    if (!host->link.up && bcn_host_is_initiating(host)) {
        begin_visit(host, handle);
        return;
    }
    refuse_link(host, handle);
    not_connected(host, BEACON_VISIT_DROPPED); /* a visitor was faster */
}

/* LE Connection Complete (7.7.65.1), and its enhanced form, whose beginning is the same. */
void bcn_host_connected(struct bcn_host *host, const guint8 *parameters, gsize size)
{
    if (size < 19) {
        host->counters->malformed++;
        return;
    }
    guint8 status = parameters[1];
    guint16 handle = bcn_get16(parameters + 2) & 0x0FFF;
    gboolean is_visitor = parameters[4] != ROLE_CENTRAL;
    if (host->phase != BCN_HOST_RUNNING)
        return;
    if (status != BCN_HCI_SUCCESS)
        not_connected(host, BEACON_VISIT_UNREACHABLE);
    else if (is_visitor)
        visitor_came(host, handle);
    else
        we_came(host, handle);
    bcn_host_reconcile(host);
}

void bcn_host_disconnected(struct bcn_host *host, const guint8 *parameters, gsize size)
{
    if (size < 4) {
        host->counters->malformed++;
        return;
    }
    if (!host->link.up || (bcn_get16(parameters + 1) & 0x0FFF) != host->link.handle)
        return;
    gboolean was_visitor = host->link.is_visitor;
    link_is_down(host);
    if (!was_visitor) {
        finish_visit(host, BEACON_VISIT_LOST, NULL);
        visit_is_over(host);
    }
    bcn_host_reconcile(host);
}
