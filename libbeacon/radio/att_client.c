/* SPDX-License-Identifier: MIT */
/* The client: one request at a time, each answer checked, until there is an outcome. */
#include "radio/att_client.h"

#include "base/text.h"
#include "radio/cursor.h"

#include <assert.h>

static const uint8_t service_uuid[] = {BCN_IPHONE_SERVICE_BYTES};
static const uint8_t characteristic_uuid[] = {BCN_IPHONE_CHARACTERISTIC_BYTES};

void bcn_att_client_init(struct bcn_att_client *client)
{
    memset(client, 0, sizeof(*client));
}

static size_t finish(struct bcn_att_client *client, enum bcn_att_outcome outcome)
{
    client->outcome = outcome;
    client->awaiting = 0;
    return 0;
}

/* Begins a request; what it awaits is known by the request's opcode. */
static struct bcn_writer request(struct bcn_att_client *client, enum bcn_att_opcode opcode,
                                 uint8_t ret_pdu[BCN_ATT_MTU_DEFAULT])
{
    struct bcn_writer writer = bcn_writer(ret_pdu, BCN_ATT_MTU_DEFAULT);

    client->awaiting = (uint8_t)opcode;
    bcn_put_8(&writer, opcode);
    return writer;
}

static size_t ask_mtu_first(struct bcn_att_client *client, uint8_t *ret_pdu)
{
    struct bcn_writer writer = request(client, BCN_ATT_MTU_REQUEST, ret_pdu);

    bcn_put_16(&writer, BCN_ATT_MTU);
    return writer.size;
}

/* Read Using Characteristic UUID (part G, 4.8.2). */
static size_t ask_value_by_type(struct bcn_att_client *client, uint8_t *ret_pdu)
{
    struct bcn_writer writer = request(client, BCN_ATT_READ_BY_TYPE_REQUEST, ret_pdu);

    bcn_put_16(&writer, 0x0001);
    bcn_put_16(&writer, 0xFFFF);
    bcn_put(&writer, characteristic_uuid, sizeof(characteristic_uuid));
    return writer.size;
}

/* Discover Primary Service by Service UUID (part G, 4.4.2). */
static size_t ask_service(struct bcn_att_client *client, uint8_t *ret_pdu)
{
    struct bcn_writer writer = request(client, BCN_ATT_FIND_BY_TYPE_VALUE_REQUEST, ret_pdu);

    bcn_put_16(&writer, 0x0001);
    bcn_put_16(&writer, 0xFFFF);
    bcn_put_16(&writer, BCN_ATT_TYPE_PRIMARY_SERVICE);
    bcn_put(&writer, service_uuid, sizeof(service_uuid));
    return writer.size;
}

/* Discover All Characteristics of a Service (part G, 4.6.1): the next list of them. */
static size_t ask_characteristics(struct bcn_att_client *client, uint8_t *ret_pdu)
{
    struct bcn_writer writer;

    if (client->rounds == BCN_ATT_ROUNDS_MAX)
        return finish(client, BCN_ATT_ENDLESS);
    client->rounds++;
    writer = request(client, BCN_ATT_READ_BY_TYPE_REQUEST, ret_pdu);
    bcn_put_16(&writer, client->start);
    bcn_put_16(&writer, client->end);
    bcn_put_16(&writer, BCN_ATT_TYPE_CHARACTERISTIC);
    return writer.size;
}

static size_t ask_value(struct bcn_att_client *client, uint16_t handle, uint8_t *ret_pdu)
{
    struct bcn_writer writer = request(client, BCN_ATT_READ_REQUEST, ret_pdu);

    bcn_put_16(&writer, handle);
    return writer.size;
}

static size_t take_value(struct bcn_att_client *client, const uint8_t *value, size_t size)
{
    if (size != sizeof(client->identifier.bytes))
        return finish(client, BCN_ATT_FOREIGN_VALUE);
    memcpy(client->identifier.bytes, value, size);
    return finish(client, BCN_ATT_IDENTIFIER);
}

/* A larger MTU than the default is of no use here: only what we serve may then be longer. */
static size_t take_mtu(struct bcn_att_client *client, struct bcn_reader *answer, uint8_t *ret_pdu)
{
    uint16_t theirs = bcn_take_16(answer);

    if (!bcn_reader_at_end(answer))
        return finish(client, BCN_ATT_MALFORMED);
    client->mtu = bcn_att_mtu_with(theirs);
    return ask_value_by_type(client, ret_pdu);
}

/* The length of a list's entries, checked: there is at least one, and none is cut. */
static size_t take_entry_length(struct bcn_reader *answer)
{
    size_t length = bcn_take_8(answer);

    if (answer->failed || length < 2 || answer->size == 0 || answer->size % length != 0)
        return 0;
    return length;
}

/* If several attributes answer, the first counts. */
static size_t take_value_by_type(struct bcn_att_client *client, struct bcn_reader *answer)
{
    size_t length = take_entry_length(answer);

    if (length == 0 || bcn_take_16(answer) == 0)
        return finish(client, BCN_ATT_MALFORMED);
    return take_value(client, answer->data, length - 2);
}

static size_t take_service(struct bcn_att_client *client, struct bcn_reader *answer,
                           uint8_t *ret_pdu)
{
    bool is_whole = answer->size > 0 && answer->size % 4 == 0;

    client->start = bcn_take_16(answer);
    client->end = bcn_take_16(answer);
    if (!is_whole || client->start == 0 || client->end < client->start)
        return finish(client, BCN_ATT_MALFORMED);
    return ask_characteristics(client, ret_pdu);
}

/* One declaration: handle, properties, the value's handle, its UUID. False if it is out of order.
 */
static bool take_declaration(struct bcn_att_client *client, struct bcn_reader *answer,
                             size_t length, uint16_t *ret_handle)
{
    uint16_t declared = bcn_take_16(answer);
    uint16_t handle;
    const uint8_t *uuid;

    bcn_take_8(answer); /* whether it may be read is the peer's to say when it is */
    handle = bcn_take_16(answer);
    uuid = bcn_take(answer, length - 5);
    if (declared < client->start || declared >= client->end || handle <= declared ||
        handle > client->end)
        return false;
    client->start = (uint16_t)(declared + 1);
    if (length - 5 == sizeof(characteristic_uuid) &&
        memcmp(uuid, characteristic_uuid, sizeof(characteristic_uuid)) == 0)
        *ret_handle = handle;
    return true;
}

static size_t take_characteristics(struct bcn_att_client *client, struct bcn_reader *answer,
                                   uint8_t *ret_pdu)
{
    size_t length = take_entry_length(answer);
    uint16_t handle = 0;

    if (length != 5 + 2 && length != 5 + BCN_ATT_UUID_SIZE)
        return finish(client, BCN_ATT_MALFORMED);
    while (answer->size > 0 && handle == 0)
        if (!take_declaration(client, answer, length, &handle))
            return finish(client, BCN_ATT_MALFORMED);
    return handle ? ask_value(client, handle, ret_pdu) : ask_characteristics(client, ret_pdu);
}

/* What discovery is tried after: a peer that finds nothing by a characteristic's UUID, or does not
 * look by 128-bit UUIDs. */
static bool is_worth_discovery(uint8_t error)
{
    return error == BCN_ATT_ERROR_ATTRIBUTE_NOT_FOUND ||
           error == BCN_ATT_ERROR_REQUEST_NOT_SUPPORTED || error == BCN_ATT_ERROR_INVALID_PDU;
}

static bool is_about_security(uint8_t error)
{
    return error == BCN_ATT_ERROR_AUTHENTICATION || error == BCN_ATT_ERROR_AUTHORIZATION ||
           error == BCN_ATT_ERROR_KEY_SIZE || error == BCN_ATT_ERROR_ENCRYPTION;
}

static bool is_discovering(const struct bcn_att_client *client)
{
    return client->start != 0;
}

static size_t take_error(struct bcn_att_client *client, struct bcn_reader *answer, uint8_t *ret_pdu)
{
    uint8_t refused = bcn_take_8(answer);
    uint8_t error;

    bcn_take_16(answer);
    error = bcn_take_8(answer);
    if (!bcn_reader_at_end(answer) || error == 0)
        return finish(client, BCN_ATT_MALFORMED);
    if (refused != client->awaiting)
        return finish(client, BCN_ATT_UNEXPECTED);
    client->error = error;
    if (is_about_security(error))
        return finish(client, BCN_ATT_DEMANDS_SECURITY);
    if (refused == BCN_ATT_MTU_REQUEST)
        return ask_value_by_type(client, ret_pdu);
    if (refused == BCN_ATT_READ_BY_TYPE_REQUEST && !is_discovering(client) &&
        is_worth_discovery(error))
        return ask_service(client, ret_pdu);
    if (refused != BCN_ATT_READ_REQUEST && error == BCN_ATT_ERROR_ATTRIBUTE_NOT_FOUND)
        return finish(client, BCN_ATT_NOT_OFFERED);
    return finish(client, BCN_ATT_REFUSED);
}

static size_t take_answer(struct bcn_att_client *client, struct bcn_reader *answer,
                          uint8_t *ret_pdu)
{
    switch (client->awaiting) {
    case BCN_ATT_MTU_REQUEST:
        return take_mtu(client, answer, ret_pdu);
    case BCN_ATT_READ_BY_TYPE_REQUEST:
        return is_discovering(client) ? take_characteristics(client, answer, ret_pdu)
                                      : take_value_by_type(client, answer);
    case BCN_ATT_FIND_BY_TYPE_VALUE_REQUEST:
        return take_service(client, answer, ret_pdu);
    default:
        return take_value(client, answer->data, answer->size);
    }
}

size_t bcn_att_client_start(struct bcn_att_client *client, bool ask_mtu,
                            uint8_t ret_pdu[BCN_ATT_MTU_DEFAULT])
{
    assert(client->awaiting == 0 && client->outcome == BCN_ATT_UNDERWAY);
    return ask_mtu ? ask_mtu_first(client, ret_pdu) : ask_value_by_type(client, ret_pdu);
}

size_t bcn_att_client_receive(struct bcn_att_client *client, const uint8_t *pdu, size_t size,
                              uint8_t ret_pdu[BCN_ATT_MTU_DEFAULT])
{
    struct bcn_reader answer = bcn_reader(pdu, size);
    uint8_t opcode = bcn_take_8(&answer);

    if (opcode == BCN_ATT_INDICATION && answer.size >= 2) {
        /* Nobody subscribed, but the peer waits for this before it says anything else. */
        client->ignored++;
        ret_pdu[0] = BCN_ATT_CONFIRMATION;
        return 1;
    }
    if (!client->awaiting || !bcn_att_is_from_server(opcode) || opcode == BCN_ATT_INDICATION ||
        opcode == BCN_ATT_NOTIFICATION || opcode == BCN_ATT_MULTIPLE_NOTIFICATION) {
        client->ignored++;
        return 0;
    }
    if (opcode == BCN_ATT_ERROR_RESPONSE)
        return take_error(client, &answer, ret_pdu);
    if (opcode != client->awaiting + 1)
        return finish(client, BCN_ATT_UNEXPECTED);
    return take_answer(client, &answer, ret_pdu);
}

const char *bcn_att_outcome_text(enum bcn_att_outcome outcome)
{
    switch (outcome) {
    case BCN_ATT_UNDERWAY:
        return N_("the peer has not answered yet");
    case BCN_ATT_IDENTIFIER:
        return N_("the identifier was read");
    case BCN_ATT_NOT_OFFERED:
        return N_("the peer does not offer Bluezone's characteristic");
    case BCN_ATT_FOREIGN_VALUE:
        return N_("the characteristic's value is not 12 bytes long, so it is not Bluezone's");
    case BCN_ATT_DEMANDS_SECURITY:
        return N_("the peer demands pairing or encryption, which we never do");
    case BCN_ATT_REFUSED:
        return N_("the peer refused the read");
    case BCN_ATT_MALFORMED:
        return N_("the peer's answer is not as the Bluetooth specification has it");
    case BCN_ATT_UNEXPECTED:
        return N_("the peer answered what it was not asked");
    case BCN_ATT_ENDLESS:
        return N_("the peer lists more characteristics than Bluezone's service could have");
    }
    return N_("the read ended in a way unknown here");
}
