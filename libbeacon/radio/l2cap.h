/* SPDX-License-Identifier: MIT */
/*
 * L2CAP over one LE link: fragments in, whole frames to ATT, and the two other fixed channels
 * answered here: signalling (nothing is agreed to) and security (we never pair).
 *
 * Pure: no input or output, no clock, no allocation. The link's owner holds the struct, brings what
 * the controller received, and takes what is to be sent through a callback. Core 5.3, vol 3 part A;
 * the Security Manager is part H.
 */
#ifndef BCN_RADIO_L2CAP_H
#define BCN_RADIO_L2CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest frame taken or sent, without its header. All of what we offer fits: ATT's 247 bytes,
 * signalling's 23, and what a peer might send in pairing's course, 65. */
#define BCN_L2CAP_PAYLOAD_MAX 247
#define BCN_L2CAP_HEADER_SIZE 4

/* Channels (vol 3 part A, 2.1). */
enum bcn_l2cap_channel {
    BCN_L2CAP_ATT = 0x0004,
    BCN_L2CAP_SIGNALLING = 0x0005,
    BCN_L2CAP_SECURITY = 0x0006,
};

enum bcn_l2cap_role {
    BCN_L2CAP_CENTRAL,    /* we connected to the peer */
    BCN_L2CAP_PERIPHERAL, /* the peer connected to us */
};

/* Why a link is of no more use: its owner disconnects it. */
enum bcn_l2cap_end {
    BCN_L2CAP_ALIVE = 0,
    BCN_L2CAP_TOO_LONG,  /* the peer announced a frame longer than we take */
    BCN_L2CAP_CONGESTED, /* the send callback had no room: the peer asks faster than it listens */
};

struct bcn_l2cap_config {
    enum bcn_l2cap_role role;
    size_t fragment_size; /* the longest fragment the controller takes, at least 1 (in practice 27
                             and more: LE Read Buffer Size) */
    /* Sends a fragment: `is_first` begins a frame. The bytes are the callback's only until it
     * returns. False: no room, which ends the link. It must not call back into the link. */
    bool (*send)(void *user, bool is_first, const uint8_t *bytes, size_t size);
    void *user;
    /* A frame of the ATT channel, 0 … BCN_L2CAP_PAYLOAD_MAX bytes, valid until it returns. */
    void (*att)(void *att_user, const uint8_t *pdu, size_t size);
    void *att_user;
};

/* What was dropped, or deserved no answer. */
struct bcn_l2cap_counts {
    uint32_t stray;   /* fragments that continue nothing */
    uint32_t cut;     /* frames that another one interrupted */
    uint32_t overrun; /* frames with more bytes than they announced */
    uint32_t foreign; /* frames of channels that we do not have */
    uint32_t ignored; /* signalling and security frames that are not to be answered */
};

struct bcn_l2cap {
    struct bcn_l2cap_config config;
    enum bcn_l2cap_end end;
    struct bcn_l2cap_counts counts;
    bool in_frame;   /* more fragments are awaited */
    size_t received; /* of the frame and its header, in `frame` */
    uint8_t frame[BCN_L2CAP_HEADER_SIZE + BCN_L2CAP_PAYLOAD_MAX];
};

void bcn_l2cap_init(struct bcn_l2cap *l2cap, const struct bcn_l2cap_config *config);

/*
 * One HCI ACL data packet's content; `is_first` as its packet boundary flag tells. Any bytes are
 * taken; `bytes` may be NULL when size is 0. Afterwards see `end`: when it is not BCN_L2CAP_ALIVE,
 * disconnect; what is received or sent from then on is dropped.
 */
void bcn_l2cap_receive(struct bcn_l2cap *l2cap, bool is_first, const uint8_t *bytes, size_t size);

/* Sends one frame of at most BCN_L2CAP_PAYLOAD_MAX bytes, in as many fragments as it takes. */
void bcn_l2cap_send(struct bcn_l2cap *l2cap, enum bcn_l2cap_channel channel, const uint8_t *bytes,
                    size_t size);

/* Why it ended, in English, for a person; static. */
const char *bcn_l2cap_end_text(enum bcn_l2cap_end end);

#endif
