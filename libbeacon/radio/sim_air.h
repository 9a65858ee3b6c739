/* SPDX-License-Identifier: MIT */
/* The air of simulated radios, played on their clock: of one radio alone, or of several that share
 * it. */
#ifndef BCN_RADIO_SIM_AIR_H
#define BCN_RADIO_SIM_AIR_H

#include <beacon/air.h>
#include <beacon/clock.h>

struct bcn_sim_air;

/* A radio on the air: what it hears as, and sends as. Both calls come from the clock, and may leave
 * the air. */
struct bcn_sim_member {
    void (*happens)(const struct beacon_air_event *event, gpointer user); /* to this receiver */
    void (*ended)(gpointer user);
    gpointer user;

    guint32 receiver;
    gboolean has_node; /* somebody on the air who sends what is transmitted */
    guint32 node;
};

/*
 * Takes a place on the air that `rest` of an address names: "FILE", an air of its own, as the first
 * receiver and the first node; or "FILE#RECEIVER", as that receiver and the node that carries it,
 * on the air that all radios of this file, its settings and clock share. Fills in the member's
 * last three.
 */
struct bcn_sim_air *bcn_sim_air_join(beacon_clock *clock, const char *rest,
                                     const char *const *settings, struct bcn_sim_member *member,
                                     GError **error);
void bcn_sim_air_leave(struct bcn_sim_air *air, struct bcn_sim_member *member);

beacon_air *bcn_sim_air_timeline(struct bcn_sim_air *air);
gint64 bcn_sim_air_now_us(const struct bcn_sim_air *air);

/* As beacon_air_transmit, of the member's node, from now on. */
void bcn_sim_air_transmit(struct bcn_sim_air *air, const struct bcn_sim_member *member,
                          const struct beacon_air_packet *packet, gint64 interval_us);

#endif
