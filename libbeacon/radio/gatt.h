/* SPDX-License-Identifier: MIT */
/*
 * One LE link, whole: L2CAP below, our server for whoever asks, and a client that reads the peer's
 * identifier once. Each side of a link may ask, so both are always there.
 *
 * Pure, like its parts. The owner embeds the struct, which may not move after bcn_gatt_init, and
 *   - brings every ACL packet of the link to bcn_gatt_receive;
 *   - calls bcn_gatt_read when it is the one who came to read;
 *   - after each call looks at `l2cap.end` and at `client.outcome`, and disconnects when the first
 *     is not BCN_L2CAP_ALIVE, or the second is final and was what it came for;
 *   - keeps the time, and disconnects a peer that is too slow.
 * Every PDU received causes at most one to be sent: memory is bounded here, and the send callback
 * bounds it where packets wait for the controller.
 */
#ifndef BCN_RADIO_GATT_H
#define BCN_RADIO_GATT_H

#include "radio/att_client.h"
#include "radio/att_server.h"
#include "radio/l2cap.h"

/* What the link's owner provides; see struct bcn_l2cap_config and struct bcn_att_server. */
struct bcn_gatt_config {
    enum bcn_l2cap_role role;
    size_t fragment_size;
    bool (*send)(void *user, bool is_first, const uint8_t *bytes, size_t size);
    bool (*identifier)(void *user, struct beacon_identifier *ret_identifier); /* or NULL */
    void *user;
};

struct bcn_gatt {
    struct bcn_l2cap l2cap;
    struct bcn_att_server server;
    struct bcn_att_client client;
};

void bcn_gatt_init(struct bcn_gatt *gatt, const struct bcn_gatt_config *config);

/* Begins to read the peer's identifier; once for each link. */
void bcn_gatt_read(struct bcn_gatt *gatt, bool ask_mtu);

/* See bcn_l2cap_receive. Callbacks are called from within, and must not call back. */
void bcn_gatt_receive(struct bcn_gatt *gatt, bool is_first, const uint8_t *bytes, size_t size);

#endif
