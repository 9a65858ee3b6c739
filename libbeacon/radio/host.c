/* SPDX-License-Identifier: MIT */
/* The host: takes orders and events, and reconciles what is with what is wished. */
#include "radio/host.h"

#include "radio/cycle.h"
#include "radio/report.h"
#include "radio/text.h"
#include <string.h>

gint64 bcn_host_now_us(const struct bcn_host *host)
{
    return beacon_clock_monotonic_us(host->clock);
}

/* ---- Reconcile ---- */

static void tell_on_air(struct bcn_host *host)
{
    bcn_face_on_air(host->base.face, host->scan.on, host->advert.on);
}

void bcn_host_reconcile(struct bcn_host *host)
{
    if (host->phase != BCN_HOST_RUNNING || host->busy)
        return;
    gboolean sent = bcn_host_silence_first_step(host) || bcn_host_link_step(host) ||
                    bcn_host_advert_step(host) || bcn_host_scan_step(host);
    (void)sent;
    tell_on_air(host);
}

static void answered(guint8 status, const guint8 *result, gsize size, gpointer user)
{
    (void)result, (void)size;
    struct bcn_host *host = user;
    void (*then)(struct bcn_host *, guint8) = host->then;
    host->busy = FALSE;
    if (then != NULL)
        then(host, status);
    bcn_host_reconcile(host);
}

gboolean bcn_host_command(struct bcn_host *host, guint16 opcode, const guint8 *parameters,
                          gsize size, void (*then)(struct bcn_host *host, guint8 status))
{
    host->busy = TRUE;
    host->then = then;
    bcn_commands_send(&host->commands, opcode, parameters, size, answered, host);
    return TRUE;
}

gboolean bcn_host_can_be(const struct bcn_host *host, guint state_bit)
{
    return (host->controller.states >> state_bit & 1) != 0;
}

/* ---- Random addresses ---- */

/* A random part of all zeros or all ones is not allowed (Core 5.3, vol 6 part B, 1.3.2). */
static gboolean is_allowed(const guint8 address[6])
{
    static const guint8 zeros[5] = {0, 0, 0, 0, 0};
    static const guint8 ones[5] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    return memcmp(address + 1, zeros, 5) != 0 && memcmp(address + 1, ones, 5) != 0;
}

void bcn_host_draw_address(guint8 ret_address[6], enum beacon_address_form form)
{
    do
        bcn_random(ret_address, 6);
    while (!is_allowed(ret_address));
    ret_address[0] &= 0x3F;
    if (form == BEACON_ADDRESS_FORM_RESOLVABLE)
        ret_address[0] |= 0x40;
}

gboolean bcn_host_register(struct bcn_host *host, const guint8 address[6],
                           void (*then)(struct bcn_host *host, guint8 status))
{
    guint8 parameters[6];
    bcn_put_address(parameters, address);
    return bcn_host_command(host, BCN_HCI_LE_SET_RANDOM_ADDRESS, parameters, sizeof parameters,
                            then);
}

/* ---- Events ---- */

static void give_reports(struct bcn_host *host, const guint8 *parameters, gsize size)
{
    struct bcn_reports reports = bcn_reports_begin(parameters, size);
    struct beacon_radio_packet packet = {
        .time_us = beacon_clock_wall_us(host->clock),
        .monotonic_us = beacon_clock_monotonic_us(host->clock),
    };
    int more;
    while ((more = bcn_reports_next(&reports, &packet)) > 0 && host->phase == BCN_HOST_RUNNING) {
        if (packet.size == 0) {
            host->counters->empty++;
            continue;
        }
        host->recovery.heard_us = packet.monotonic_us;
        if (host->recovery.last != BEACON_RADIO_STEP_NONE)
            bcn_host_heard(host);
        if (host->scan.on)
            bcn_face_packet(host->base.face, &packet);
    }
    if (more < 0)
        host->counters->malformed++;
}

/* Requests of the other side that we always decline: a handle, and for parameters a reason. */
static void decline(struct bcn_host *host, guint16 opcode, const guint8 *event, gsize size)
{
    guint8 parameters[3] = {0, 0, BCN_HCI_UNACCEPTABLE_PARAMETERS};
    if (size < 3) {
        host->counters->malformed++;
        return;
    }
    memcpy(parameters, event + 1, 2);
    gsize length = opcode == BCN_HCI_LE_LTK_NEGATIVE_REPLY ? 2 : 3;
    bcn_commands_send(&host->commands, opcode, parameters, length, NULL, NULL);
}

static void le_event(struct bcn_host *host, const guint8 *parameters, gsize size)
{
    switch (size > 0 ? parameters[0] : 0) {
    case BCN_HCI_LE_REPORT:
    case BCN_HCI_LE_EXT_REPORT:
    case BCN_HCI_LE_DIRECTED_REPORT:
        give_reports(host, parameters, size);
        break;
    case BCN_HCI_LE_CONNECTED:
    case BCN_HCI_LE_CONNECTED_ENHANCED:
        bcn_host_connected(host, parameters, size);
        break;
    case BCN_HCI_LE_LTK_REQUEST:
        decline(host, BCN_HCI_LE_LTK_NEGATIVE_REPLY, parameters, size);
        break;
    case BCN_HCI_LE_PARAMETERS_REQUEST:
        decline(host, BCN_HCI_LE_PARAMETERS_NEGATIVE_REPLY, parameters, size);
        break;
    case BCN_HCI_LE_PARAMETERS_UPDATED:
        break;
    case BCN_HCI_LE_SET_TERMINATED:
        bcn_host_advert_stopped(host);
        bcn_host_reconcile(host);
        break;
    default:
        host->counters->unknown++;
        break;
    }
}

static void hardware_error(struct bcn_host *host)
{
    host->counters->hardware_errors++;
    bcn_host_trouble(host, BEACON_RADIO_STEP_RESET,
                     _("the controller reported an error of its own"));
}

static void event(struct bcn_host *host, guint8 code, const guint8 *parameters, gsize size)
{
    gboolean fits = TRUE;
    switch (code) {
    case BCN_HCI_EVENT_LE:
        le_event(host, parameters, size);
        break;
    case BCN_HCI_EVENT_COMMAND_COMPLETE:
        fits = bcn_commands_complete(&host->commands, parameters, size);
        break;
    case BCN_HCI_EVENT_COMMAND_STATUS:
        fits = bcn_commands_status(&host->commands, parameters, size);
        break;
    case BCN_HCI_EVENT_PACKETS_SENT:
        bcn_host_packets_sent(host, parameters, size);
        break;
    case BCN_HCI_EVENT_DISCONNECTED:
        bcn_host_disconnected(host, parameters, size);
        break;
    case BCN_HCI_EVENT_HARDWARE_ERROR:
        hardware_error(host);
        break;
    default:
        host->counters->unknown++;
        break;
    }
    if (!fits)
        host->counters->malformed++;
}

static void received(gpointer owner, const guint8 *packet, gsize size)
{
    struct bcn_host *host = owner;
    if (host->tapped)
        bcn_face_passed(host->base.face, TRUE, packet, size);
    if (size >= 3 && packet[0] == BCN_H4_EVENT && size == 3u + packet[2])
        event(host, packet[1], packet + 3, packet[2]);
    else if (size >= 5 && packet[0] == BCN_H4_ACL && size == 5u + bcn_get16(packet + 3))
        bcn_host_acl(host, packet, size);
    else
        host->counters->malformed++;
}

static void gone(gpointer owner, const char *text)
{
    struct bcn_host *host = owner;
    bcn_host_trouble(host, BEACON_RADIO_STEP_WAIT, text);
}

static const struct bcn_transport_events transport_events = {received, gone};

static void command_sent(const guint8 *packet, gsize size, gpointer user)
{
    struct bcn_host *host = user;
    if (host->tapped)
        bcn_face_passed(host->base.face, FALSE, packet, size);
}

static void command_late(guint16 opcode, gpointer user)
{
    struct bcn_host *host = user;
    char *text = g_strdup_printf(_("the controller did not answer the command 0x%04X"), opcode);
    bcn_host_trouble(host, BEACON_RADIO_STEP_RESET, text);
    g_free(text);
}

/* ---- Orders ---- */

static void host_scan(struct bcn_backend *backend, const struct bcn_scan_order *order)
{
    struct bcn_host *host = (struct bcn_host *)backend;
    host->scan.wanted = order != NULL;
    if (order != NULL)
        host->scan.order = *order;
    bcn_host_reconcile(host);
}

static void host_advertise(struct bcn_backend *backend, const struct bcn_advert_order *order)
{
    struct bcn_host *host = (struct bcn_host *)backend;
    host->advert.wanted = order != NULL;
    if (order == NULL || order->generation != host->advert.order.generation)
        bcn_host_end_visitor(host); /* or it would see two identifiers behind one address */
    if (order != NULL)
        host->advert.order = *order;
    bcn_host_reconcile(host);
}

static void host_visit(struct bcn_backend *backend, const struct beacon_address *address)
{
    bcn_host_visit((struct bcn_host *)backend, address);
}

static void host_serve(struct bcn_backend *backend, gboolean serve)
{
    struct bcn_host *host = (struct bcn_host *)backend;
    host->serves = serve;
    if (!serve)
        bcn_host_end_visitor(host);
    bcn_host_reconcile(host);
}

static void host_tap(struct bcn_backend *backend, gboolean tap)
{
    ((struct bcn_host *)backend)->tapped = tap;
}

static guint host_capabilities(const struct bcn_backend *backend)
{
    const struct bcn_host *host = (const struct bcn_host *)backend;
    gboolean unknown = host->phase != BCN_HOST_RUNNING;
    gboolean links = host->controller.acl_packets > 0; /* without a buffer nothing is said on one */
    gboolean hears_on = bcn_host_can_be(host, BCN_STATE_PASSIVE_AND_INITIATING) &&
                        bcn_host_can_be(host, BCN_STATE_PASSIVE_AND_CENTRAL);
    guint can = BEACON_RADIO_CAN_SCAN | BEACON_RADIO_CAN_SCAN_ACTIVELY |
                BEACON_RADIO_HEARS_EVERYTHING | BEACON_RADIO_TELLS_RSSI |
                BEACON_RADIO_CAN_ADVERTISE | BEACON_RADIO_CAN_BE_CONNECTABLE |
                BEACON_RADIO_ROLLS_ADDRESS;
    if (unknown || hears_on)
        can |= BEACON_RADIO_SCANS_ON_VISITS;
    if (unknown || links)
        can |= BEACON_RADIO_CAN_READ | BEACON_RADIO_CAN_SERVE;
    return can;
}

/* ---- The last words, without the context ---- */

enum { LAST_WORD_MS = 250 };

static void noted(guint8 status, const guint8 *result, gsize size, gpointer user)
{
    (void)result, (void)size;
    *(int *)user = status;
}

/* Sends a command and waits a little for its answer: not any more when one was not answered.
 * Whether it was accepted. */
static gboolean say(struct bcn_host *host, guint16 opcode, const guint8 *parameters, gsize size,
                    gint64 *patience_us)
{
    int answer = -1;
    gint64 limit = g_get_monotonic_time() + *patience_us;
    bcn_commands_clear(&host->commands);
    bcn_commands_send(&host->commands, opcode, parameters, size, noted, &answer);
    while (answer < 0 && *patience_us > 0) {
        gint64 left_ms = (limit - g_get_monotonic_time()) / 1000;
        if (left_ms <= 0 || !host->transport->class->wait(host->transport, (gint)left_ms))
            *patience_us = 0;
    }
    bcn_commands_clear(&host->commands);
    return answer == BCN_HCI_SUCCESS;
}

static void say_all(struct bcn_host *host)
{
    static const guint8 zeros[6] = {0};
    gint64 patience_us = LAST_WORD_MS * 1000;
    gboolean extended = host->controller.extended;
    guint8 disconnect[3] = {0, 0, BCN_HCI_REMOTE_USER_ENDED};
    bcn_put16(disconnect, host->link.handle);
    gboolean silent =
        say(host, extended ? BCN_HCI_LE_SET_EXT_ADVERTISE_ENABLE : BCN_HCI_LE_SET_ADVERTISE_ENABLE,
            zeros, extended ? 2 : 1, &patience_us);
    silent &= say(host, extended ? BCN_HCI_LE_SET_EXT_SCAN_ENABLE : BCN_HCI_LE_SET_SCAN_ENABLE,
                  zeros, extended ? 6 : 2, &patience_us);
    if (host->visit.phase == BCN_VISIT_CONNECTING)
        silent &= say(host, BCN_HCI_LE_CREATE_CONNECTION_CANCEL, NULL, 0, &patience_us);
    if (host->link.up)
        silent &= say(host, BCN_HCI_DISCONNECT, disconnect, sizeof disconnect, &patience_us);
    if (silent)
        return;
    patience_us = LAST_WORD_MS * 1000; /* who does not obey is reset */
    say(host, BCN_HCI_RESET, NULL, 0, &patience_us);
}

static void host_stop(struct bcn_backend *backend)
{
    struct bcn_host *host = (struct bcn_host *)backend;
    gboolean may_be_on_air = host->phase == BCN_HOST_RUNNING || host->phase == BCN_HOST_STARTING;
    host->phase = BCN_HOST_STOPPED;
    bcn_host_stop_watching(host);
    if (may_be_on_air)
        say_all(host);
    bcn_host_forget_links(host);
    bcn_commands_clear(&host->commands);
    host->transport->class->close(host->transport);
}

static void host_free(struct bcn_backend *backend)
{
    struct bcn_host *host = (struct bcn_host *)backend;
    host->transport->class->free(host->transport);
    g_free(host);
}

static const struct bcn_backend_class host_class = {
    .stop = host_stop,
    .free = host_free,
    .capabilities = host_capabilities,
    .scan = host_scan,
    .advertise = host_advertise,
    .visit = host_visit,
    .serve = host_serve,
    .tap = host_tap,
};

static void init_commands(struct bcn_host *host)
{
    host->commands = (struct bcn_commands){
        .transport = host->transport,
        .clock = host->clock,
        .limit_ms = host->options.command_ms,
        .late = command_late,
        .user = host,
        .counters = host->counters,
        .passed = command_sent,
    };
    bcn_commands_init(&host->commands);
}

struct bcn_backend *bcn_host_new(struct bcn_transport *transport, const struct bcn_opening *opening,
                                 GError **error)
{
    struct bcn_host *host = g_new0(struct bcn_host, 1);
    host->base = (struct bcn_backend){&host_class, opening->face};
    host->options = opening->options;
    host->clock = opening->clock;
    host->counters = bcn_face_counters(opening->face);
    host->advert.off_since_us = -1;
    host->recovery.silence_factor = 1;
    host->transport = transport;
    transport->events = &transport_events;
    transport->owner = host;
    transport->context = beacon_clock_context(opening->clock);
    transport->rests = !beacon_clock_is_virtual(opening->clock);
    init_commands(host);
    if (!transport->class->open(transport, error)) {
        host_free(&host->base);
        return NULL;
    }
    bcn_host_start(host);
    return &host->base;
}

struct bcn_backend *bcn_backend_h4(const struct bcn_opening *opening, GError **error)
{
    struct bcn_transport *transport = bcn_transport_h4(opening->rest, error);
    return transport == NULL ? NULL : bcn_host_new(transport, opening, error);
}

struct bcn_backend *bcn_backend_hci(const struct bcn_opening *opening, GError **error)
{
    struct bcn_transport *transport =
        bcn_transport_user(opening->rest, opening->options.take, error);
    return transport == NULL ? NULL : bcn_host_new(transport, opening, error);
}
