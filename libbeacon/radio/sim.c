/* SPDX-License-Identifier: MIT */
/* A simulated radio: a receiver of a scenario of the air, on the clock it is given. */
#include "radio/backend.h"
#include "radio/cycle.h"
#include "radio/sim_air.h"
#include "radio/text.h"
#include <string.h>

struct sim {
    struct bcn_backend base;
    struct beacon_radio_options options;
    beacon_clock *clock;
    struct bcn_sim_air *air;
    struct bcn_sim_member member;
    gboolean away; /* the scenario took the adapter away */
    gboolean ended;
    gboolean scans;
    gint64 packets;
    guint timer; /* until it is ready */
    struct bcn_advert_order order;
    gboolean advertises;
    struct beacon_address address; /* of `order` */
    guint rotated_timer;
    gboolean visiting;
    guint visit_timer;
    enum beacon_visit_result visit_result;
    struct beacon_identifier visit_identifier;
};

static void tell_on_air(struct sim *sim)
{
    gboolean works = !sim->away && !sim->ended;
    bcn_face_on_air(sim->base.face, works && sim->scans, works && sim->advertises && sim->order.on);
}

/* ---- What is heard ---- */

static void give_packet(struct sim *sim, const struct beacon_air_packet *heard)
{
    struct beacon_radio_packet packet = {
        .time_us = beacon_clock_wall_us(sim->clock),
        .monotonic_us = beacon_clock_monotonic_us(sim->clock),
        .address.type = heard->address_type == BEACON_AIR_ADDRESS_PUBLIC ? BEACON_ADDRESS_PUBLIC
                                                                         : BEACON_ADDRESS_RANDOM,
        .rssi_dbm = heard->rssi_dbm,
        .tx_power_dbm = heard->tx_power_dbm,
        .connectable = heard->is_connectable,
        .scannable = heard->is_connectable,
        .data = heard->advert.bytes,
        .size = heard->advert.size,
    };
    for (gsize i = 0; i < sizeof packet.address.bytes; i++)
        packet.address.bytes[i] = heard->address[sizeof packet.address.bytes - 1 - i];
    sim->packets++;
    bcn_face_packet(sim->base.face, &packet);
}

static void on_ended(gpointer user)
{
    struct sim *sim = user;
    char *text = g_strdup_printf(_("the scenario has ended: %lld advertisements were heard"),
                                 (long long)sim->packets);
    sim->ended = TRUE;
    tell_on_air(sim);
    bcn_face_state(sim->base.face, BEACON_RADIO_ENDED, BEACON_RADIO_STEP_NONE, text);
    g_free(text);
}

static void adapter_goes(struct sim *sim, gboolean away)
{
    sim->away = away;
    tell_on_air(sim);
    if (away)
        bcn_face_state(sim->base.face, BEACON_RADIO_LOST, BEACON_RADIO_STEP_WAIT,
                       _("the scenario took the adapter away"));
    else
        bcn_face_state(sim->base.face, BEACON_RADIO_READY, BEACON_RADIO_STEP_NONE, _("ready"));
}

static void on_event(const struct beacon_air_event *event, gpointer user)
{
    struct sim *sim = user;
    if (event->type != BEACON_AIR_PACKET)
        adapter_goes(sim, event->type == BEACON_AIR_RECEIVER_AWAY);
    else if (sim->scans)
        give_packet(sim, &event->packet);
}

static void begin(gpointer user)
{
    struct sim *sim = user;
    sim->timer = 0;
    bcn_face_state(sim->base.face, BEACON_RADIO_READY, BEACON_RADIO_STEP_NONE, _("ready"));
}

static void sim_scan(struct bcn_backend *backend, const struct bcn_scan_order *order)
{
    struct sim *sim = (struct sim *)backend;
    sim->scans = order != NULL;
    tell_on_air(sim);
}

/* ---- What we send ---- */

static void draw_address(struct sim *sim)
{
    sim->address.type = BEACON_ADDRESS_RANDOM;
    bcn_random(sim->address.bytes, sizeof sim->address.bytes);
    sim->address.bytes[0] &= 0x3F;
    if (sim->order.connectable)
        sim->address.bytes[0] |= 0x40;
}

static void transmit(struct sim *sim)
{
    struct beacon_air_packet packet = {
        .address_type = sim->order.connectable ? BEACON_AIR_ADDRESS_RESOLVABLE
                                               : BEACON_AIR_ADDRESS_NON_RESOLVABLE,
        .is_connectable = sim->order.connectable,
        .tx_power_dbm = BEACON_TX_POWER_ABSENT,
        .advert = sim->order.advert,
    };
    for (gsize i = 0; i < sizeof packet.address; i++)
        packet.address[i] = sim->address.bytes[sizeof packet.address - 1 - i];
    gboolean on = sim->advertises && sim->order.on;
    bcn_sim_air_transmit(sim->air, &sim->member, on ? &packet : NULL, sim->order.interval * 625);
}

static void on_rotated(gpointer user)
{
    struct sim *sim = user;
    sim->rotated_timer = 0;
    bcn_face_rotated(sim->base.face, &sim->order, &sim->address, 0);
}

static void sim_advertise(struct bcn_backend *backend, const struct bcn_advert_order *order)
{
    struct sim *sim = (struct sim *)backend;
    gboolean rolls =
        order != NULL && (!sim->advertises || order->generation != sim->order.generation ||
                          order->connectable != sim->order.connectable);
    sim->advertises = order != NULL;
    if (order != NULL)
        sim->order = *order;
    beacon_clock_cancel(sim->clock, &sim->rotated_timer);
    if (rolls) {
        draw_address(sim);
        sim->rotated_timer = beacon_clock_after(sim->clock, 0, on_rotated, sim);
    }
    transmit(sim);
    tell_on_air(sim);
}

/* ---- Visits ---- */

static void on_visited(gpointer user)
{
    struct sim *sim = user;
    sim->visit_timer = 0;
    sim->visiting = FALSE;
    bcn_face_visited(sim->base.face, sim->visit_result, &sim->visit_identifier);
}

/* When a read is over, and with what: at the limit at the latest. */
static gint64 outcome(struct sim *sim, const struct beacon_air_read *read, gint64 limit_us)
{
    sim->visit_result = BEACON_VISIT_UNREACHABLE;
    if (read->outcome == BEACON_AIR_READ_UNREACHABLE || read->connected_us > limit_us)
        return limit_us;
    sim->visit_result = BEACON_VISIT_STALLED;
    if (read->outcome == BEACON_AIR_READ_STALLED || read->answered_us > limit_us)
        return limit_us;
    sim->visit_result = BEACON_VISIT_FOREIGN;
    if (read->outcome != BEACON_AIR_READ_ANSWERED || read->size != BEACON_IDENTIFIER_SIZE)
        return read->answered_us;
    sim->visit_result = BEACON_VISIT_READ;
    memcpy(sim->visit_identifier.bytes, read->value, BEACON_IDENTIFIER_SIZE);
    return read->answered_us;
}

static void sim_visit(struct bcn_backend *backend, const struct beacon_address *address)
{
    struct sim *sim = (struct sim *)backend;
    struct beacon_air_read read;
    guint8 wire[6];
    gint64 now = bcn_sim_air_now_us(sim->air);
    gint64 over = now;
    for (gsize i = 0; i < sizeof wire; i++)
        wire[i] = address->bytes[sizeof wire - 1 - i];
    sim->visit_result = BEACON_VISIT_DROPPED;
    sim->visiting = TRUE;
    if (!sim->away && !sim->ended) {
        beacon_air_read(bcn_sim_air_timeline(sim->air), sim->member.receiver, wire, now, &read);
        over = outcome(sim, &read, now + (gint64)sim->options.visit_ms * 1000);
    }
    sim->visit_timer = beacon_clock_after(sim->clock, over - now, on_visited, sim);
}

/* ---- The rest ---- */

static guint sim_capabilities(const struct bcn_backend *backend)
{
    const struct sim *sim = (const struct sim *)backend;
    guint hears = BEACON_RADIO_CAN_SCAN | BEACON_RADIO_HEARS_EVERYTHING | BEACON_RADIO_TELLS_RSSI |
                  BEACON_RADIO_CAN_READ | BEACON_RADIO_SCANS_ON_VISITS;
    guint sends =
        BEACON_RADIO_CAN_ADVERTISE | BEACON_RADIO_CAN_BE_CONNECTABLE | BEACON_RADIO_ROLLS_ADDRESS;
    return sim->member.has_node ? hears | sends : hears;
}

static void sim_serve(struct bcn_backend *backend, gboolean serve)
{
    (void)backend, (void)serve; /* nobody on this air visits us */
}

static void sim_stop(struct bcn_backend *backend)
{
    struct sim *sim = (struct sim *)backend;
    beacon_clock_cancel(sim->clock, &sim->timer);
    beacon_clock_cancel(sim->clock, &sim->rotated_timer);
    beacon_clock_cancel(sim->clock, &sim->visit_timer);
    bcn_sim_air_leave(sim->air, &sim->member);
    sim->air = NULL;
}

static void sim_free(struct bcn_backend *backend)
{
    g_free(backend);
}

static const struct bcn_backend_class sim_class = {
    .stop = sim_stop,
    .free = sim_free,
    .capabilities = sim_capabilities,
    .scan = sim_scan,
    .advertise = sim_advertise,
    .visit = sim_visit,
    .serve = sim_serve,
};

struct bcn_backend *bcn_backend_sim(const struct bcn_opening *opening, GError **error)
{
    struct sim *sim = g_new0(struct sim, 1);
    sim->base = (struct bcn_backend){&sim_class, opening->face};
    sim->options = opening->options;
    sim->options.settings = NULL; /* not ours to keep */
    sim->clock = opening->clock;
    sim->member = (struct bcn_sim_member){.happens = on_event, .ended = on_ended, .user = sim};
    /* It is ready before anything happens on the air. */
    sim->timer = beacon_clock_after(sim->clock, 0, begin, sim);
    sim->air =
        bcn_sim_air_join(sim->clock, opening->rest, opening->options.settings, &sim->member, error);
    if (sim->air != NULL)
        return &sim->base;
    beacon_clock_cancel(sim->clock, &sim->timer);
    g_free(sim);
    return NULL;
}
