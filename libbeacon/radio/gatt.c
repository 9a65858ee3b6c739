/* SPDX-License-Identifier: MIT */
/* One LE link, whole: each ATT PDU goes to the server or to the client, and its reply back. */
#include "radio/gatt.h"

static size_t answer(struct bcn_gatt *gatt, const uint8_t *pdu, size_t size, uint8_t *ret_reply)
{
    size_t reply;

    if (size == 0 || !bcn_att_is_from_server(pdu[0]))
        return bcn_att_server_answer(&gatt->server, pdu, size, ret_reply);
    reply = bcn_att_client_receive(&gatt->client, pdu, size, ret_reply);
    /* Both sides of a link have one MTU, whoever asked (vol 3 part F, 3.4.2.2). */
    if (gatt->client.mtu && pdu[0] == BCN_ATT_MTU_RESPONSE)
        gatt->server.mtu = gatt->client.mtu;
    return reply;
}

static void take_pdu(void *user, const uint8_t *pdu, size_t size)
{
    struct bcn_gatt *gatt = user;
    uint8_t reply[BCN_ATT_MTU];
    size_t reply_size = answer(gatt, pdu, size, reply);

    if (reply_size > 0)
        bcn_l2cap_send(&gatt->l2cap, BCN_L2CAP_ATT, reply, reply_size);
}

void bcn_gatt_init(struct bcn_gatt *gatt, const struct bcn_gatt_config *config)
{
    const struct bcn_l2cap_config l2cap = {
        .role = config->role,
        .fragment_size = config->fragment_size,
        .send = config->send,
        .user = config->user,
        .att = take_pdu,
        .att_user = gatt,
    };

    bcn_l2cap_init(&gatt->l2cap, &l2cap);
    bcn_att_server_init(&gatt->server, config->identifier, config->user);
    bcn_att_client_init(&gatt->client);
}

void bcn_gatt_read(struct bcn_gatt *gatt, bool ask_mtu)
{
    uint8_t request[BCN_ATT_MTU_DEFAULT];
    size_t size = bcn_att_client_start(&gatt->client, ask_mtu, request);

    bcn_l2cap_send(&gatt->l2cap, BCN_L2CAP_ATT, request, size);
}

void bcn_gatt_receive(struct bcn_gatt *gatt, bool is_first, const uint8_t *bytes, size_t size)
{
    bcn_l2cap_receive(&gatt->l2cap, is_first, bytes, size);
}
