/* SPDX-License-Identifier: MIT */
/* A controller in a thread of its own, behind a stream socket: answers what a start asks, and sends
 * what it is given. */
#ifndef BENCH_RADIO_PEER_H
#define BENCH_RADIO_PEER_H

#include <glib.h>

struct radio_peer;

struct radio_peer *radio_peer_new(void);
void radio_peer_free(struct radio_peer *peer);                 /* the radio is to be freed first */
const char *radio_peer_address(const struct radio_peer *peer); /* to open a radio by */

/* Sends these bytes so often, as fast as they are taken; returns at once. They are borrowed until
 * all was sent. */
void radio_peer_send(struct radio_peer *peer, const guint8 *bytes, gsize size, guint times);

/* Sends one packet after the other, one each `pause_us`; the moment just before each goes into
 * `sent_us`, if it is given. */
void radio_peer_send_slowly(struct radio_peer *peer, const guint8 *packet, gsize size, guint times,
                            guint pause_us, double *sent_us);

#endif
