/* SPDX-License-Identifier: MIT */
/* The server: a table of nine attributes, and the requests that discover and read them. */
#include "radio/att_server.h"

#include "radio/cursor.h"

#include <assert.h>

#define TYPE(number) ((const uint8_t[]){BCN_LITTLE_ENDIAN_16(number)})
#define GAP_SERVICE  0x1800
#define GATT_SERVICE 0x1801
#define READABLE     0x02 /* a characteristic's property (part G, 3.3.1.1) */

/* One attribute; its handle is its place in the table, from 1. All are readable by anyone. */
struct attribute {
    const uint8_t *type;
    size_t type_size;     /* 2, or BCN_ATT_UUID_SIZE */
    const uint8_t *value; /* NULL: the identifier */
    size_t value_size;
    uint16_t group_end; /* the last handle of a service; 0 for what is none */
};

#define VALUE(...)                                                                                 \
    .value = (const uint8_t[]){__VA_ARGS__}, .value_size = sizeof((const uint8_t[]){__VA_ARGS__})

static const uint8_t characteristic_uuid[] = {BCN_IPHONE_CHARACTERISTIC_BYTES};

static const struct attribute attributes[] = {
    {TYPE(BCN_ATT_TYPE_PRIMARY_SERVICE), 2, VALUE(BCN_LITTLE_ENDIAN_16(GAP_SERVICE)), 5},
    {TYPE(BCN_ATT_TYPE_CHARACTERISTIC), 2,
     VALUE(READABLE, BCN_LITTLE_ENDIAN_16(3), BCN_LITTLE_ENDIAN_16(BCN_ATT_TYPE_DEVICE_NAME)), 0},
    {TYPE(BCN_ATT_TYPE_DEVICE_NAME), 2, VALUE('B', 'l', 'u', 'e', 'z', 'o', 'n', 'e'), 0},
    {TYPE(BCN_ATT_TYPE_CHARACTERISTIC), 2,
     VALUE(READABLE, BCN_LITTLE_ENDIAN_16(5), BCN_LITTLE_ENDIAN_16(BCN_ATT_TYPE_APPEARANCE)), 0},
    {TYPE(BCN_ATT_TYPE_APPEARANCE), 2, VALUE(0, 0), 0},
    {TYPE(BCN_ATT_TYPE_PRIMARY_SERVICE), 2, VALUE(BCN_LITTLE_ENDIAN_16(GATT_SERVICE)), 6},
    {TYPE(BCN_ATT_TYPE_PRIMARY_SERVICE), 2, VALUE(BCN_IPHONE_SERVICE_BYTES), 9},
    {TYPE(BCN_ATT_TYPE_CHARACTERISTIC), 2,
     VALUE(READABLE, BCN_LITTLE_ENDIAN_16(9), BCN_IPHONE_CHARACTERISTIC_BYTES), 0},
    {characteristic_uuid, sizeof(characteristic_uuid), NULL, BEACON_IDENTIFIER_SIZE, 0},
};
#define ATTRIBUTES           (sizeof(attributes) / sizeof(attributes[0]))
#define ATTRIBUTES_OF_OTHERS 6 /* without the characteristic's service */

/* A request that cannot be met: the error and the handle it is about. No error is 0. */
struct refusal {
    uint8_t error;
    uint16_t handle;
};
static const struct refusal none = {0, 0};

struct range {
    uint16_t start, end;
};

static struct refusal refuse(enum bcn_att_error error, uint16_t handle)
{
    return (struct refusal){.error = (uint8_t)error, .handle = handle};
}

void bcn_att_server_init(struct bcn_att_server *server,
                         bool (*identifier)(void *user, struct beacon_identifier *ret_identifier),
                         void *user)
{
    *server = (struct bcn_att_server){
        .identifier = identifier, .user = user, .mtu = BCN_ATT_MTU_DEFAULT, .ignored = 0};
}

static const struct attribute *attribute_at(const struct bcn_att_server *server, uint16_t handle)
{
    size_t count = server->identifier ? ATTRIBUTES : ATTRIBUTES_OF_OTHERS;

    return handle >= 1 && handle <= count ? &attributes[handle - 1] : NULL;
}

/* The attribute at a handle of a range, or NULL: at the range's end, or at the table's, so that a
 * range up to 0xFFFF costs nothing. */
static const struct attribute *next_in(const struct bcn_att_server *server,
                                       const struct range *range, uint32_t handle)
{
    return handle <= range->end ? attribute_at(server, (uint16_t)handle) : NULL;
}

/* A UUID in full: a short one stands for 0000xxxx-0000-1000-8000-00805F9B34FB (part B, 2.5.1). */
static void expand(const uint8_t *type, size_t size, uint8_t ret_uuid[BCN_ATT_UUID_SIZE])
{
    static const uint8_t base[BCN_ATT_UUID_SIZE] = {0xFB, 0x34, 0x9B, 0x5F, 0x80, 0x00,
                                                    0x00, 0x80, 0x00, 0x10, 0x00, 0x00};

    if (size == 2)
        memcpy(ret_uuid, base, sizeof(base));
    memcpy(ret_uuid + (size == 2 ? 12 : 0), type, size);
}

static bool is_same_type(const uint8_t *one, size_t one_size, const uint8_t *other,
                         size_t other_size)
{
    uint8_t one_uuid[BCN_ATT_UUID_SIZE], other_uuid[BCN_ATT_UUID_SIZE];

    expand(one, one_size, one_uuid);
    expand(other, other_size, other_uuid);
    return memcmp(one_uuid, other_uuid, sizeof(one_uuid)) == 0;
}

static bool has_type(const struct attribute *attribute, const uint8_t *type, size_t size)
{
    return is_same_type(attribute->type, attribute->type_size, type, size);
}

/* The attribute's value, of value_size bytes; NULL: there is none now. */
static const uint8_t *value_of(const struct bcn_att_server *server,
                               const struct attribute *attribute,
                               struct beacon_identifier *identifier)
{
    if (attribute->value)
        return attribute->value;
    return server->identifier(server->user, identifier) ? identifier->bytes : NULL;
}

static struct refusal take_range(struct bcn_reader *request, struct range *ret_range)
{
    ret_range->start = bcn_take_16(request);
    ret_range->end = bcn_take_16(request);
    if (request->failed)
        return refuse(BCN_ATT_ERROR_INVALID_PDU, 0);
    if (ret_range->start == 0 || ret_range->start > ret_range->end)
        return refuse(BCN_ATT_ERROR_INVALID_HANDLE, ret_range->start);
    return none;
}

/* A range and a UUID of either width, which is all of the rest. */
static struct refusal take_range_and_type(struct bcn_reader *request, struct range *ret_range,
                                          const uint8_t **ret_type, size_t *ret_size)
{
    if (request->size != 4 + 2 && request->size != 4 + BCN_ATT_UUID_SIZE)
        return refuse(BCN_ATT_ERROR_INVALID_PDU, 0);
    *ret_size = request->size - 4;
    *ret_type = request->data + 4;
    return take_range(request, ret_range);
}

static size_t room_in(const struct bcn_writer *reply)
{
    return reply->room - reply->size;
}

/* 3.4.2. */
static struct refusal exchange_mtu(struct bcn_att_server *server, struct bcn_reader *request,
                                   struct bcn_writer *reply)
{
    uint16_t theirs = bcn_take_16(request);

    if (!bcn_reader_at_end(request))
        return refuse(BCN_ATT_ERROR_INVALID_PDU, 0);
    bcn_put_16(reply, BCN_ATT_MTU);
    server->mtu = bcn_att_mtu_with(theirs);
    return none;
}

/* 3.4.3.1: handles and types, as many in a row as have types of one width. */
static struct refusal find_information(struct bcn_att_server *server, struct bcn_reader *request,
                                       struct bcn_writer *reply)
{
    struct range range;
    struct refusal refusal = take_range(request, &range);
    const struct attribute *attribute;
    size_t width = 0;

    if (refusal.error)
        return refusal;
    if (!bcn_reader_at_end(request))
        return refuse(BCN_ATT_ERROR_INVALID_PDU, 0);
    for (uint32_t at = range.start; (attribute = next_in(server, &range, at)); at++) {
        if (width == 0) {
            width = attribute->type_size;
            bcn_put_8(reply, width == 2 ? 0x01 : 0x02);
        }
        if (attribute->type_size != width || room_in(reply) < 2 + width)
            break;
        bcn_put_16(reply, at);
        bcn_put(reply, attribute->type, width);
    }
    return width > 0 ? none : refuse(BCN_ATT_ERROR_ATTRIBUTE_NOT_FOUND, range.start);
}

/* 3.4.3.3: where attributes of a type have a value, and where their groups end. */
static struct refusal find_by_type_value(struct bcn_att_server *server, struct bcn_reader *request,
                                         struct bcn_writer *reply)
{
    struct range range;
    struct refusal refusal = take_range(request, &range);
    const uint8_t *type = bcn_take(request, 2);
    const struct attribute *attribute;
    struct beacon_identifier identifier;

    if (!type)
        return refuse(BCN_ATT_ERROR_INVALID_PDU, 0);
    if (refusal.error)
        return refusal;
    for (uint32_t at = range.start; (attribute = next_in(server, &range, at)); at++) {
        const uint8_t *value;

        if (!has_type(attribute, type, 2) || attribute->value_size != request->size)
            continue;
        value = value_of(server, attribute, &identifier);
        if (!value || memcmp(value, request->data, request->size) != 0)
            continue;
        if (room_in(reply) < 4)
            break;
        bcn_put_16(reply, at);
        bcn_put_16(reply, attribute->group_end ? attribute->group_end : at);
    }
    return reply->size > 1 ? none : refuse(BCN_ATT_ERROR_ATTRIBUTE_NOT_FOUND, range.start);
}

/* One entry of the two lists below: handle, the end of its group if it has one to tell, and the
 * value. False: it belongs into another reply. The first always fits: the longest, a declaration,
 * fills the default MTU. */
static bool put_entry(struct bcn_writer *reply, uint16_t handle, uint16_t group_end,
                      const uint8_t *value, size_t size)
{
    size_t length = (group_end ? 4 : 2) + size;

    if (reply->size == 1)
        bcn_put_8(reply, (unsigned int)length);
    else if (reply->bytes[1] != length || room_in(reply) < length)
        return false;
    bcn_put_16(reply, handle);
    if (group_end)
        bcn_put_16(reply, group_end);
    bcn_put(reply, value, size);
    return true;
}

/* 3.4.4.1 and 3.4.4.9: the values of a type, as many in a row as have one length. */
static struct refusal list_type(struct bcn_att_server *server, const struct range *range,
                                const uint8_t *type, size_t type_size, bool is_group,
                                struct bcn_writer *reply)
{
    const struct attribute *attribute;
    struct beacon_identifier identifier;

    for (uint32_t at = range->start; (attribute = next_in(server, range, at)); at++) {
        const uint8_t *value;

        if (!has_type(attribute, type, type_size))
            continue;
        value = value_of(server, attribute, &identifier);
        if (!value && reply->size == 1)
            return refuse(BCN_ATT_ERROR_UNLIKELY, (uint16_t)at);
        if (!value || !put_entry(reply, (uint16_t)at, is_group ? attribute->group_end : 0, value,
                                 attribute->value_size))
            break;
    }
    return reply->size > 1 ? none : refuse(BCN_ATT_ERROR_ATTRIBUTE_NOT_FOUND, range->start);
}

static struct refusal read_by_type(struct bcn_att_server *server, struct bcn_reader *request,
                                   struct bcn_writer *reply)
{
    struct range range;
    const uint8_t *type;
    size_t size;
    struct refusal refusal = take_range_and_type(request, &range, &type, &size);

    if (refusal.error)
        return refusal;
    return list_type(server, &range, type, size, false, reply);
}

static struct refusal read_by_group_type(struct bcn_att_server *server, struct bcn_reader *request,
                                         struct bcn_writer *reply)
{
    static const uint8_t primary[] = {BCN_LITTLE_ENDIAN_16(BCN_ATT_TYPE_PRIMARY_SERVICE)};
    static const uint8_t secondary[] = {BCN_LITTLE_ENDIAN_16(BCN_ATT_TYPE_SECONDARY_SERVICE)};
    struct range range;
    const uint8_t *type;
    size_t size;
    struct refusal refusal = take_range_and_type(request, &range, &type, &size);

    if (refusal.error)
        return refusal;
    if (!is_same_type(type, size, primary, sizeof(primary)) &&
        !is_same_type(type, size, secondary, sizeof(secondary)))
        return refuse(BCN_ATT_ERROR_UNSUPPORTED_GROUP_TYPE, range.start);
    return list_type(server, &range, type, size, true, reply);
}

/* 3.4.4.3 and, with an offset, 3.4.4.5. */
static struct refusal read_value(struct bcn_att_server *server, struct bcn_reader *request,
                                 bool has_offset, struct bcn_writer *reply)
{
    uint16_t handle = bcn_take_16(request);
    uint16_t offset = has_offset ? bcn_take_16(request) : 0;
    const struct attribute *attribute = attribute_at(server, handle);
    struct beacon_identifier identifier;
    const uint8_t *value;

    if (!bcn_reader_at_end(request))
        return refuse(BCN_ATT_ERROR_INVALID_PDU, 0);
    if (!attribute)
        return refuse(BCN_ATT_ERROR_INVALID_HANDLE, handle);
    if (offset > attribute->value_size)
        return refuse(BCN_ATT_ERROR_INVALID_OFFSET, handle);
    value = value_of(server, attribute, &identifier);
    if (!value)
        return refuse(BCN_ATT_ERROR_UNLIKELY, handle);
    bcn_put(reply, value + offset, attribute->value_size - offset);
    return none;
}

static struct refusal answer(struct bcn_att_server *server, uint8_t opcode,
                             struct bcn_reader *request, struct bcn_writer *reply)
{
    switch (opcode) {
    case BCN_ATT_MTU_REQUEST:
        return exchange_mtu(server, request, reply);
    case BCN_ATT_FIND_INFORMATION_REQUEST:
        return find_information(server, request, reply);
    case BCN_ATT_FIND_BY_TYPE_VALUE_REQUEST:
        return find_by_type_value(server, request, reply);
    case BCN_ATT_READ_BY_TYPE_REQUEST:
        return read_by_type(server, request, reply);
    case BCN_ATT_READ_REQUEST:
        return read_value(server, request, false, reply);
    case BCN_ATT_READ_BLOB_REQUEST:
        return read_value(server, request, true, reply);
    case BCN_ATT_READ_BY_GROUP_TYPE_REQUEST:
        return read_by_group_type(server, request, reply);
    default:
        return refuse(BCN_ATT_ERROR_REQUEST_NOT_SUPPORTED, 0);
    }
}

size_t bcn_att_server_answer(struct bcn_att_server *server, const uint8_t *pdu, size_t size,
                             uint8_t ret_reply[BCN_ATT_MTU])
{
    struct bcn_reader request = bcn_reader(pdu, size);
    struct bcn_writer reply = bcn_writer(ret_reply, server->mtu);
    uint8_t opcode = bcn_take_8(&request);
    struct refusal refusal;

    if (request.failed || opcode & BCN_ATT_COMMAND_BIT || opcode == BCN_ATT_CONFIRMATION ||
        bcn_att_is_from_server(opcode)) {
        server->ignored++;
        return 0;
    }
    /* A response's opcode is the next after its request's (3.3.2). */
    bcn_put_8(&reply, opcode + 1U);
    refusal = answer(server, opcode, &request, &reply);
    if (refusal.error) {
        reply = bcn_writer(ret_reply, server->mtu);
        bcn_put_8(&reply, BCN_ATT_ERROR_RESPONSE);
        bcn_put_8(&reply, opcode);
        bcn_put_16(&reply, refusal.handle);
        bcn_put_8(&reply, refusal.error);
    }
    assert(!reply.failed);
    return reply.size;
}
