/* SPDX-License-Identifier: MIT */
/* L2CAP over one LE link: reassembly, fragments, and the answers of signalling and security. */
#include "radio/l2cap.h"

#include "base/text.h"
#include "radio/cursor.h"

#include <assert.h>

/* The signalling channel's commands (vol 3 part A, 4, table 4.2). */
enum command {
    COMMAND_REJECT = 0x01,
    DISCONNECTION_REQUEST = 0x06,
    PARAMETER_UPDATE_REQUEST = 0x12,
    PARAMETER_UPDATE_RESPONSE = 0x13,
    CREDIT_CONNECTION_REQUEST = 0x14,
    CREDIT_CONNECTION_RESPONSE = 0x15,
};

enum reject_reason {
    REJECT_NOT_UNDERSTOOD = 0x0000,
    REJECT_TOO_LONG = 0x0001,
    REJECT_INVALID_CHANNEL = 0x0002,
};

#define COMMAND_HEADER_SIZE   4
#define SIGNALLING_MTU        23 /* the least there may be (4), and enough */
#define PARAMETERS_REJECTED   0x0001
#define SERVICE_NOT_SUPPORTED 0x0002 /* no such SPSM: we listen on none */

/* The Security Manager's (part H, 3.3 and 3.5.5). */
#define PAIRING_REQUEST       0x01
#define PAIRING_FAILED        0x05
#define SECURITY_REQUEST      0x0B
#define PAIRING_NOT_SUPPORTED 0x05

struct signal {
    uint8_t code;
    uint8_t identifier;
    struct bcn_reader data;
};

void bcn_l2cap_init(struct bcn_l2cap *l2cap, const struct bcn_l2cap_config *config)
{
    assert(config->fragment_size > 0 && config->send && config->att);
    memset(l2cap, 0, sizeof(*l2cap));
    l2cap->config = *config;
}

void bcn_l2cap_send(struct bcn_l2cap *l2cap, enum bcn_l2cap_channel channel, const uint8_t *bytes,
                    size_t size)
{
    uint8_t frame[BCN_L2CAP_HEADER_SIZE + BCN_L2CAP_PAYLOAD_MAX];
    struct bcn_writer writer = bcn_writer(frame, sizeof(frame));
    const size_t longest = l2cap->config.fragment_size;

    assert(size <= BCN_L2CAP_PAYLOAD_MAX);
    bcn_put_16(&writer, (unsigned int)size);
    bcn_put_16(&writer, channel);
    bcn_put(&writer, bytes, size);
    for (size_t at = 0; at < writer.size && l2cap->end == BCN_L2CAP_ALIVE; at += longest) {
        size_t left = writer.size - at;

        if (!l2cap->config.send(l2cap->config.user, at == 0, frame + at,
                                left < longest ? left : longest))
            l2cap->end = BCN_L2CAP_CONGESTED;
    }
}

static void signal_send(struct bcn_l2cap *l2cap, enum command code, const struct signal *to,
                        const struct bcn_writer *data)
{
    uint8_t frame[SIGNALLING_MTU];
    struct bcn_writer writer = bcn_writer(frame, sizeof(frame));

    bcn_put_8(&writer, code);
    bcn_put_8(&writer, to->identifier);
    bcn_put_16(&writer, (unsigned int)data->size);
    bcn_put(&writer, data->bytes, data->size);
    bcn_l2cap_send(l2cap, BCN_L2CAP_SIGNALLING, writer.bytes, writer.size);
}

/* Command Reject (4.1) with up to two numbers of data, as the reason demands. */
static void signal_reject(struct bcn_l2cap *l2cap, const struct signal *to,
                          enum reject_reason reason, size_t count, unsigned int first,
                          unsigned int second)
{
    uint8_t data[6];
    struct bcn_writer writer = bcn_writer(data, sizeof(data));

    bcn_put_16(&writer, reason);
    if (count > 0)
        bcn_put_16(&writer, first);
    if (count > 1)
        bcn_put_16(&writer, second);
    signal_send(l2cap, COMMAND_REJECT, to, &writer);
}

static void signal_not_understood(struct bcn_l2cap *l2cap, const struct signal *to)
{
    signal_reject(l2cap, to, REJECT_NOT_UNDERSTOOD, 0, 0, 0);
}

/* There are no channels to disconnect, so none of the two it names is one (4.6). */
static void signal_disconnection(struct bcn_l2cap *l2cap, struct signal *signal)
{
    uint16_t ours = bcn_take_16(&signal->data);
    uint16_t theirs = bcn_take_16(&signal->data);

    if (bcn_reader_at_end(&signal->data))
        signal_reject(l2cap, signal, REJECT_INVALID_CHANNEL, 2, ours, theirs);
    else
        signal_not_understood(l2cap, signal);
}

/* A central refuses: a visit is over before new parameters would come into force. A peripheral is
 * never rightly asked (4.20). */
static void signal_parameter_update(struct bcn_l2cap *l2cap, const struct signal *signal)
{
    uint8_t data[2];
    struct bcn_writer writer = bcn_writer(data, sizeof(data));

    if (l2cap->config.role != BCN_L2CAP_CENTRAL || signal->data.size != 8) {
        signal_not_understood(l2cap, signal);
        return;
    }
    bcn_put_16(&writer, PARAMETERS_REJECTED);
    signal_send(l2cap, PARAMETER_UPDATE_RESPONSE, signal, &writer);
}

/* Refused: channel, MTU, MPS and credits are then zero (4.23). */
static void signal_credit_connection(struct bcn_l2cap *l2cap, const struct signal *signal)
{
    uint8_t data[10];
    struct bcn_writer writer = bcn_writer(data, sizeof(data));

    if (signal->data.size != 10) {
        signal_not_understood(l2cap, signal);
        return;
    }
    for (int i = 0; i < 4; i++)
        bcn_put_16(&writer, 0);
    bcn_put_16(&writer, SERVICE_NOT_SUPPORTED);
    signal_send(l2cap, CREDIT_CONNECTION_RESPONSE, signal, &writer);
}

/* What asks for nothing, and must not be rejected: rejects, responses, and an indication. */
static bool signal_is_unanswered(uint8_t code)
{
    static const uint8_t unanswered[] = {
        COMMAND_REJECT,
        0x03,
        0x05,
        0x07,
        0x09,
        0x0B,
        0x0D,
        0x0F,
        0x11,
        PARAMETER_UPDATE_RESPONSE,
        CREDIT_CONNECTION_RESPONSE,
        0x16 /* credits, for a channel that is not there */,
        0x18,
        0x1A,
    };

    return memchr(unanswered, code, sizeof(unanswered)) != NULL;
}

static void signal_answer(struct bcn_l2cap *l2cap, struct signal *signal)
{
    switch (signal->code) {
    case DISCONNECTION_REQUEST:
        signal_disconnection(l2cap, signal);
        break;
    case PARAMETER_UPDATE_REQUEST:
        signal_parameter_update(l2cap, signal);
        break;
    case CREDIT_CONNECTION_REQUEST:
        signal_credit_connection(l2cap, signal);
        break;
    default:
        signal_not_understood(l2cap, signal);
        break;
    }
}

/* One command a frame (4). A frame whose length does not agree, or whose identifier is the illegal
 * zero, cannot be answered. */
static void receive_signalling(struct bcn_l2cap *l2cap, const uint8_t *frame, size_t size)
{
    struct bcn_reader reader = bcn_reader(frame, size);
    struct signal signal = {.code = bcn_take_8(&reader), .identifier = bcn_take_8(&reader)};
    uint16_t announced = bcn_take_16(&reader);

    if (reader.failed || signal.identifier == 0 || signal_is_unanswered(signal.code)) {
        l2cap->counts.ignored++;
    } else if (size > SIGNALLING_MTU) {
        signal_reject(l2cap, &signal, REJECT_TOO_LONG, 1, SIGNALLING_MTU, 0);
    } else if (announced != reader.size) {
        l2cap->counts.ignored++;
    } else {
        signal.data = reader;
        signal_answer(l2cap, &signal);
    }
}

static void receive_security(struct bcn_l2cap *l2cap, const uint8_t *frame, size_t size)
{
    static const uint8_t failed[] = {PAIRING_FAILED, PAIRING_NOT_SUPPORTED};

    if (size > 0 && (frame[0] == PAIRING_REQUEST || frame[0] == SECURITY_REQUEST))
        bcn_l2cap_send(l2cap, BCN_L2CAP_SECURITY, failed, sizeof(failed));
    else
        l2cap->counts.ignored++;
}

static void receive_frame(struct bcn_l2cap *l2cap, uint16_t channel, const uint8_t *frame,
                          size_t size)
{
    switch (channel) {
    case BCN_L2CAP_ATT:
        l2cap->config.att(l2cap->config.att_user, frame, size);
        break;
    case BCN_L2CAP_SIGNALLING:
        receive_signalling(l2cap, frame, size);
        break;
    case BCN_L2CAP_SECURITY:
        receive_security(l2cap, frame, size);
        break;
    default:
        l2cap->counts.foreign++;
        break;
    }
}

/* Adds a fragment to the frame; what is more than it can hold is only counted in `received`. */
static void append(struct bcn_l2cap *l2cap, const uint8_t *bytes, size_t size)
{
    size_t room = sizeof(l2cap->frame) - l2cap->received;

    if (size > 0)
        memcpy(l2cap->frame + l2cap->received, bytes, size < room ? size : room);
    l2cap->received += size;
}

static void frame_continues(struct bcn_l2cap *l2cap)
{
    struct bcn_reader reader = bcn_reader(l2cap->frame, BCN_L2CAP_HEADER_SIZE);
    uint16_t announced, channel;

    if (l2cap->received < BCN_L2CAP_HEADER_SIZE)
        return;
    announced = bcn_take_16(&reader);
    channel = bcn_take_16(&reader);
    if (announced > BCN_L2CAP_PAYLOAD_MAX) {
        l2cap->in_frame = false;
        l2cap->end = BCN_L2CAP_TOO_LONG;
    } else if (l2cap->received > (size_t)BCN_L2CAP_HEADER_SIZE + announced) {
        l2cap->in_frame = false;
        l2cap->counts.overrun++;
    } else if (l2cap->received == (size_t)BCN_L2CAP_HEADER_SIZE + announced) {
        l2cap->in_frame = false;
        receive_frame(l2cap, channel, l2cap->frame + BCN_L2CAP_HEADER_SIZE, announced);
    }
}

void bcn_l2cap_receive(struct bcn_l2cap *l2cap, bool is_first, const uint8_t *bytes, size_t size)
{
    if (l2cap->end != BCN_L2CAP_ALIVE)
        return;
    if (is_first) {
        if (l2cap->in_frame)
            l2cap->counts.cut++;
        l2cap->in_frame = true;
        l2cap->received = 0;
    } else if (!l2cap->in_frame) {
        l2cap->counts.stray++;
        return;
    }
    append(l2cap, bytes, size);
    frame_continues(l2cap);
}

const char *bcn_l2cap_end_text(enum bcn_l2cap_end end)
{
    switch (end) {
    case BCN_L2CAP_ALIVE:
        return N_("the link is in order");
    case BCN_L2CAP_TOO_LONG:
        return N_("the peer began a message longer than the 247 bytes we take");
    case BCN_L2CAP_CONGESTED:
        return N_("the peer asks faster than it takes our answers");
    }
    return N_("the link ended for a reason unknown here");
}
