/* SPDX-License-Identifier: MIT */
/*
 * The server of an iPhone's form (protocol 3.1): one service with one readable characteristic, and
 * the GAP and GATT services that every server has. Pure: a request in, at most one reply out.
 * Core 5.3, vol 3 part F (ATT) and part G (GATT).
 *
 *   handle  attribute
 *   1       primary service GAP (0x1800)
 *   2, 3    Device Name, readable: "Bluezone", as the iPhone's advertisement says (protocol 3.2)
 *   4, 5    Appearance, readable: 0, unknown
 *   6       primary service GATT (0x1801), empty: what we serve does not change
 *   7       primary service 00004E56-73F5-4BC4-A12F-17D1AD07A667
 *   8, 9    characteristic 00004E56-73F5-4BC4-A12F-17D1AD07A689, readable: the identifier
 */
#ifndef BCN_RADIO_ATT_SERVER_H
#define BCN_RADIO_ATT_SERVER_H

#include "radio/att.h"

struct bcn_att_server {
    /* The identifier of this moment, asked for at each read; false: there is none, and the read
     * fails. NULL: attributes 7 to 9 are not there. */
    bool (*identifier)(void *user, struct beacon_identifier *ret_identifier);
    void *user;
    uint16_t mtu;     /* of the link, which bounds replies: BCN_ATT_MTU_DEFAULT … BCN_ATT_MTU */
    uint32_t ignored; /* PDUs that deserve no answer: commands, responses, empty ones */
};

void bcn_att_server_init(struct bcn_att_server *server,
                         bool (*identifier)(void *user, struct beacon_identifier *ret_identifier),
                         void *user);

/*
 * Answers one PDU, whatever its bytes: the size of the reply, 1 … mtu, or 0 when none is due. What
 * is asked for and cannot be had is answered with the error that the specification names; requests
 * that only write, or that GATT does not demand, with Request Not Supported.
 */
size_t bcn_att_server_answer(struct bcn_att_server *server, const uint8_t *pdu, size_t size,
                             uint8_t ret_reply[BCN_ATT_MTU]);

#endif
