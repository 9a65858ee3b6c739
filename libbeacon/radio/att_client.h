/* SPDX-License-Identifier: MIT */
/*
 * The client: reads the identifier of an iPhone (protocol 3.1), and nothing else. Pure: PDUs in, at
 * most one PDU out for each. Core 5.3, vol 3 part F (ATT) and part G (GATT).
 *
 * It asks for the characteristic by its UUID over all handles, which takes one round trip. A peer
 * that finds nothing that way, or cannot look that way, is discovered: its service by UUID, the
 * characteristics in it, then the value. It never pairs: a peer that demands it is left alone.
 *
 * Time is the caller's: a peer that has not answered a request within its patience (30 s at most,
 * part F, 3.3.3) is to be disconnected.
 */
#ifndef BCN_RADIO_ATT_CLIENT_H
#define BCN_RADIO_ATT_CLIENT_H

#include "radio/att.h"

enum bcn_att_outcome {
    BCN_ATT_UNDERWAY = 0,     /* the next answer is awaited, or nothing was asked yet */
    BCN_ATT_IDENTIFIER,       /* the only good one: `identifier` holds it */
    BCN_ATT_NOT_OFFERED,      /* no such service, or no such characteristic in it */
    BCN_ATT_FOREIGN_VALUE,    /* the value is not 12 bytes long */
    BCN_ATT_DEMANDS_SECURITY, /* authentication, authorization or encryption */
    BCN_ATT_REFUSED,          /* another error, which `error` keeps */
    BCN_ATT_MALFORMED,        /* an answer that the specification does not allow */
    BCN_ATT_UNEXPECTED,       /* an answer to what was not asked */
    BCN_ATT_ENDLESS,          /* discovery had not ended after BCN_ATT_ROUNDS_MAX lists */
};

/* Lists of characteristics asked for within one service, which has one characteristic. */
#define BCN_ATT_ROUNDS_MAX 8

struct bcn_att_client {
    enum bcn_att_outcome outcome;
    struct beacon_identifier identifier;
    uint8_t error;    /* the last error code a peer answered with (part F, 3.4.1.1); 0: none */
    uint8_t awaiting; /* opcode of the request under way; 0: none */
    uint16_t mtu;     /* of the link, from an exchange that was asked for; 0: none was made */
    uint16_t start;   /* what is left of the service */
    uint16_t end;
    unsigned int rounds;
    uint32_t ignored; /* PDUs that came unasked */
};

void bcn_att_client_init(struct bcn_att_client *client);

/*
 * Begins, once for each link: the size of the request to send. With `ask_mtu` the MTU comes first,
 * a round trip that the protocol does not need.
 */
size_t bcn_att_client_start(struct bcn_att_client *client, bool ask_mtu,
                            uint8_t ret_pdu[BCN_ATT_MTU_DEFAULT]);

/*
 * Takes one PDU that a server sent (bcn_att_is_from_server), whatever its bytes: the size of what
 * to send in return, or 0. Afterwards see `outcome`: it is final once it is not BCN_ATT_UNDERWAY.
 */
size_t bcn_att_client_receive(struct bcn_att_client *client, const uint8_t *pdu, size_t size,
                              uint8_t ret_pdu[BCN_ATT_MTU_DEFAULT]);

/* What an outcome means, in English, for a person; static. */
const char *bcn_att_outcome_text(enum bcn_att_outcome outcome);

#endif
