/* SPDX-License-Identifier: MIT */
/* The server: replies by the specification's tables and to what BlueZ asks, every range and MTU
 * against a plain listing of the attributes, and every opcode and truncation. */
#include "radio/att_server.h"

#include "check_main.h"
#include "size.h"
#include "radio/packets.h"

/* Identifier of the slot in the protocol's example (2.2). */
#define IDENTIFIER "B9A665D754FE65E665D76A45"

/* UUIDs as they go over the air. */
#define SERVICE        "67A607ADD1172FA1C44BF573564E0000"
#define CHARACTERISTIC "89A607ADD1172FA1C44BF573564E0000"
#define BASE(short)    "FB349B5F8000008000100000" short "0000"

static bool give(void *user, struct beacon_identifier *ret_identifier)
{
    unsigned int *reads = user;
    struct bytes bytes = bytes_of_hex(IDENTIFIER);

    memcpy(ret_identifier->bytes, bytes.data, sizeof(ret_identifier->bytes));
    bytes_free(&bytes);
    if (reads)
        ++*reads;
    return true;
}

static bool give_none(void *user, struct beacon_identifier *ret_identifier)
{
    (void)user;
    memset(ret_identifier, 0xEE, sizeof(*ret_identifier));
    return false;
}

/* Asks from a block of exactly the request's size, for a reply of at most the MTU. */
static size_t ask(struct bcn_att_server *server, const char *request, uint8_t reply[BCN_ATT_MTU])
{
    struct bytes bytes = bytes_of_hex(request);
    size_t size, room;

    memset(reply, 0x5A, BCN_ATT_MTU);
    size = bcn_att_server_answer(server, bytes.data, bytes.size, reply);
    bytes_free(&bytes);
    ck_assert_uint_le(size, server->mtu);
    for (room = BCN_ATT_MTU; room > server->mtu && reply[room - 1] == 0x5A;)
        room--;
    ck_assert_uint_eq(room, server->mtu);
    return size;
}

static void assert_reply(struct bcn_att_server *server, const char *request, const char *reply)
{
    struct packets packets = {.size = 0};

    packets.size = ask(server, request, packets.bytes);
    packets_assert(&packets, reply);
}

/* At the MTU every link begins with. Errors: vol 3 part F, 3.4.1.1. */
static const struct {
    const char *request, *reply;
} dialogue[] = {
    /* What BlueZ 5.66 asks first of whoever connects, or was connected to. */
    {"02 0502", "03 F700"},
    {"08 0100 FFFF 3A2B", "01 08 0100 0A"},
    {"10 0100 FFFF 0028", "11 06 0100 0500 0018 0600 0600 0118"},
    /* gatttool --primary goes on from there. */
    {"10 0700 FFFF 0028", "11 14 0700 0900 " SERVICE},
    {"10 0A00 FFFF 0028", "01 10 0A00 0A"},
    /* A read by the characteristic's UUID, as gatttool and our client have it. */
    {"08 0100 FFFF " CHARACTERISTIC, "09 0E 0900 " IDENTIFIER},
    {"08 0900 0900 " CHARACTERISTIC, "09 0E 0900 " IDENTIFIER},
    {"08 0100 0800 " CHARACTERISTIC, "01 08 0100 0A"},
    {"08 0A00 FFFF " CHARACTERISTIC, "01 08 0A00 0A"},
    {"08 0100 FFFF " SERVICE, "01 08 0100 0A"},
    /* Discovery by UUID. */
    {"06 0100 FFFF 0028 " SERVICE, "07 0700 0900"},
    {"06 0100 FFFF 0028 0018", "07 0100 0500"},
    {"06 0100 FFFF 0028 0118", "07 0600 0600"},
    {"06 0100 FFFF 0028 0A18", "01 06 0100 0A"},
    {"06 0100 FFFF 0028", "01 06 0100 0A"},
    {"06 0100 FFFF 002A 426C75657A6F6E65", "07 0300 0300"},
    {"06 0100 FFFF 002A 426C75657A6F6E", "01 06 0100 0A"},
    {"06 0800 FFFF 0028 " SERVICE, "01 06 0800 0A"},
    /* Characteristics: short ones in one reply, then the long one. */
    {"08 0100 FFFF 0328", "09 07 0200 02 0300 002A 0400 02 0500 012A"},
    {"08 0700 0900 0328", "09 15 0800 02 0900 " CHARACTERISTIC},
    {"08 0600 0600 0328", "01 08 0600 0A"},
    {"08 0100 FFFF " BASE("0328"), "09 07 0200 02 0300 002A 0400 02 0500 012A"},
    {"08 0100 FFFF 002A", "09 0A 0300 426C75657A6F6E65"},
    {"08 0100 FFFF 012A", "09 04 0500 0000"},
    /* Secondary services and includes there are none of, and no other type has groups. */
    {"10 0100 FFFF 0128", "01 10 0100 0A"},
    {"08 0100 FFFF 0228", "01 08 0100 0A"},
    {"10 0100 FFFF 0328", "01 10 0100 10"},
    {"10 0100 FFFF " CHARACTERISTIC, "01 10 0100 10"},
    {"10 0100 FFFF " BASE("0028"), "11 06 0100 0500 0018 0600 0600 0118"},
    /* Information. */
    {"04 0100 FFFF", "05 01 0100 0028 0200 0328 0300 002A 0400 0328 0500 012A"},
    {"04 0600 FFFF", "05 01 0600 0028 0700 0028 0800 0328"},
    {"04 0900 FFFF", "05 02 0900 " CHARACTERISTIC},
    {"04 0A00 FFFF", "01 04 0A00 0A"},
    /* Reads. */
    {"0A 0900", "0B " IDENTIFIER},
    {"0A 0300", "0B 426C75657A6F6E65"},
    {"0A 0500", "0B 0000"},
    {"0A 0700", "0B " SERVICE},
    {"0A 0800", "0B 02 0900 " CHARACTERISTIC},
    {"0A 0000", "01 0A 0000 01"},
    {"0A 0A00", "01 0A 0A00 01"},
    {"0A FFFF", "01 0A FFFF 01"},
    {"0C 0900 0000", "0D " IDENTIFIER},
    {"0C 0900 0A00", "0D 6A45"},
    {"0C 0900 0C00", "0D"},
    {"0C 0900 0D00", "01 0C 0900 07"},
    {"0C 0900 FFFF", "01 0C 0900 07"},
    {"0C 0A00 0000", "01 0C 0A00 01"},
    /* Ranges that are none. */
    {"04 0000 FFFF", "01 04 0000 01"},
    {"04 0200 0100", "01 04 0200 01"},
    {"06 0000 FFFF 0028 0018", "01 06 0000 01"},
    {"08 FFFF 0100 0328", "01 08 FFFF 01"},
    {"10 0000 0000 0028", "01 10 0000 01"},
    /* Requests of the wrong size. */
    {"02", "01 02 0000 04"},
    {"02 17", "01 02 0000 04"},
    {"02 1700 00", "01 02 0000 04"},
    {"04 0100 FF", "01 04 0000 04"},
    {"04 0100 FFFF 00", "01 04 0000 04"},
    {"06 0100 FFFF 00", "01 06 0000 04"},
    {"08 0100 FFFF", "01 08 0000 04"},
    {"08 0100 FFFF 00280000", "01 08 0000 04"},
    {"08 0100 FFFF 00" CHARACTERISTIC, "01 08 0000 04"},
    {"10 0100 FFFF 28", "01 10 0000 04"},
    {"0A 09", "01 0A 0000 04"},
    {"0A 0900 00", "01 0A 0000 04"},
    {"0C 0900 00", "01 0C 0000 04"},
    {"0C 0900 0000 00", "01 0C 0000 04"},
    /* Reading many at once, writing, and preparing to: none of it is supported. */
    {"0E 0300 0900", "01 0E 0000 06"},
    {"12 0900 00", "01 12 0000 06"},
    {"16 0900 0000 00", "01 16 0000 06"},
    {"18 01", "01 18 0000 06"},
    {"20 0300 0900", "01 20 0000 06"},
    /* Commands, signed or not, and what only an answer could be. */
    {"52 0900 00", ""},
    {"D2 0900 00 000000000000000000000000", ""},
    {"01 08 0100 0A", ""},
    {"03 1700", ""},
    {"1B 0900 00", ""},
    {"1E", ""},
    {"", ""},
};

START_TEST(replies_are_what_the_specification_says)
{
    struct bcn_att_server server;

    bcn_att_server_init(&server, give, NULL);
    assert_reply(&server, dialogue[_i].request, dialogue[_i].reply);
    ck_assert_uint_eq(server.ignored, strlen(dialogue[_i].reply) == 0);
}
END_TEST

START_TEST(the_value_is_made_at_each_read)
{
    struct bcn_att_server server;
    uint8_t reply[BCN_ATT_MTU];
    unsigned int reads = 0;

    bcn_att_server_init(&server, give, &reads);
    ask(&server, "10 0100 FFFF 0028", reply);
    ask(&server, "08 0700 FFFF 0328", reply);
    ask(&server, "04 0100 FFFF", reply);
    ask(&server, "0A 0A00", reply);
    ask(&server, "0A 0900 00", reply);
    ck_assert_uint_eq(reads, 0);
    ask(&server, "08 0100 FFFF " CHARACTERISTIC, reply);
    ask(&server, "0A 0900", reply);
    ask(&server, "0C 0900 0000", reply);
    ck_assert_uint_eq(reads, 3);
}
END_TEST

START_TEST(without_an_identifier_the_read_fails_and_the_rest_is_there)
{
    struct bcn_att_server server;

    bcn_att_server_init(&server, give_none, NULL);
    assert_reply(&server, "08 0100 FFFF " CHARACTERISTIC, "01 08 0900 0E");
    assert_reply(&server, "0A 0900", "01 0A 0900 0E");
    assert_reply(&server, "0C 0900 0000", "01 0C 0900 0E");
    assert_reply(&server, "06 0100 FFFF 0028 " SERVICE, "07 0700 0900");
    assert_reply(&server, "0A 0300", "0B 426C75657A6F6E65");
}
END_TEST

START_TEST(who_does_not_serve_has_no_such_service)
{
    struct bcn_att_server server;

    bcn_att_server_init(&server, NULL, NULL);
    assert_reply(&server, "08 0100 FFFF " CHARACTERISTIC, "01 08 0100 0A");
    assert_reply(&server, "06 0100 FFFF 0028 " SERVICE, "01 06 0100 0A");
    assert_reply(&server, "10 0700 FFFF 0028", "01 10 0700 0A");
    assert_reply(&server, "0A 0900", "01 0A 0900 01");
    assert_reply(&server, "0A 0700", "01 0A 0700 01");
    assert_reply(&server, "10 0100 FFFF 0028", "11 06 0100 0500 0018 0600 0600 0118");
}
END_TEST

START_TEST(the_mtu_is_the_lesser_and_never_below_the_default)
{
    for (unsigned int theirs = 0; theirs <= 0xFFFF; theirs++) {
        unsigned int expected = theirs < 23 ? 23 : theirs > 247 ? 247 : theirs;
        uint8_t request[] = {2, (uint8_t)(theirs & 0xFF), (uint8_t)(theirs >> 8)};
        uint8_t reply[BCN_ATT_MTU];
        struct bcn_att_server server;

        bcn_att_server_init(&server, give, NULL);
        ck_assert_uint_eq(bcn_att_server_answer(&server, request, sizeof(request), reply), 3);
        ck_assert_uint_eq(reply[1], 247);
        ck_assert_uint_eq(server.mtu, expected);
    }
}
END_TEST

/* The attributes as plain text: handle, type, value, last handle of its group. */
static const struct listed {
    unsigned int handle;
    const char *type, *value;
    unsigned int group_end;
} listing[] = {
    {1, "0028", "0018", 5},
    {2, "0328", "020300002A", 2},
    {3, "002A", "426C75657A6F6E65", 3},
    {4, "0328", "020500012A", 4},
    {5, "012A", "0000", 5},
    {6, "0028", "0118", 6},
    {7, "0028", SERVICE, 9},
    {8, "0328", "020900" CHARACTERISTIC, 8},
    {9, CHARACTERISTIC, IDENTIFIER, 9},
};
#define LISTED (sizeof(listing) / sizeof(listing[0]))

/* How an opcode's reply lists attributes: whether it has one that is asked for, and its entry. */
static bool is_asked(unsigned int opcode, const struct listed *attribute, const char *type,
                     const char *value)
{
    if (opcode == 0x04)
        return true;
    if (strcmp(attribute->type, type) != 0)
        return false;
    return opcode != 0x06 || strcmp(attribute->value, value) == 0;
}

static void format_entry(unsigned int opcode, const struct listed *attribute, char ret_entry[80])
{
    switch (opcode) {
    case 0x04:
        snprintf(ret_entry, 80, "%02X00%s", attribute->handle, attribute->type);
        break;
    case 0x06:
        snprintf(ret_entry, 80, "%02X00%02X00", attribute->handle, attribute->group_end);
        break;
    case 0x08:
        snprintf(ret_entry, 80, "%02X00%s", attribute->handle, attribute->value);
        break;
    default:
        snprintf(ret_entry, 80, "%02X00%02X00%s", attribute->handle, attribute->group_end,
                 attribute->value);
        break;
    }
}

#define REPLY_ROOM (2 * BCN_ATT_MTU + 1)

/* The reply as text, by the specification's words alone: entries of one length, while they fit. */
static void expect(unsigned int opcode, unsigned int start, unsigned int end, const char *type,
                   const char *value, size_t mtu, char ret_reply[REPLY_ROOM])
{
    size_t head = opcode == 0x06 ? 2 : 4, length = 0;

    if (start == 0 || start > end) {
        snprintf(ret_reply, REPLY_ROOM, "01%02X%02X%02X01", opcode, start & 0xFF, start >> 8);
        return;
    }
    for (size_t i = 0; i < LISTED; i++) {
        char entry[80];

        if (listing[i].handle < start || listing[i].handle > end ||
            !is_asked(opcode, &listing[i], type, value))
            continue;
        format_entry(opcode, &listing[i], entry);
        if (length == 0) {
            length = strlen(entry);
            snprintf(ret_reply, REPLY_ROOM, "%02X%02zX", opcode + 1,
                     opcode == 0x04 ? (length == 8 ? 1U : 2U) : length / 2);
            ret_reply[head] = '\0';
        }
        if (strlen(entry) != length || strlen(ret_reply) + length > 2 * mtu)
            break;
        strcat(ret_reply, entry);
    }
    if (length == 0)
        snprintf(ret_reply, REPLY_ROOM, "01%02X%02X%02X0A", opcode, start & 0xFF, start >> 8);
}

static void assert_as_listed(unsigned int opcode, unsigned int start, unsigned int end,
                             const char *type, const char *value, uint16_t mtu)
{
    struct bcn_att_server server;
    char request[100], reply[REPLY_ROOM];

    bcn_att_server_init(&server, give, NULL);
    server.mtu = mtu;
    snprintf(request, sizeof(request), "%02X%02X%02X%02X%02X%s%s", opcode, start & 0xFF, start >> 8,
             end & 0xFF, end >> 8, type, value);
    expect(opcode, start, end, type, value, mtu, reply);
    assert_reply(&server, request, reply);
}

/* Each range, each type and value there is, at the MTUs where an entry more comes to fit. */
START_TEST(every_range_is_listed_as_the_attributes_stand)
{
    static const unsigned int edges[] = {0, 1, 2, 5, 6, 7, 8, 9, 10, 0xFFFF};
    static const uint16_t mtus[] = {23, 26, 27, 34, 44, 247};
    const unsigned int start = edges[_i];

    for (size_t e = 0; e < sizeof(edges) / sizeof(edges[0]); e++)
        for (size_t m = 0; m < sizeof(mtus) / sizeof(mtus[0]); m++) {
            assert_as_listed(0x04, start, edges[e], "", "", mtus[m]);
            assert_as_listed(0x10, start, edges[e], "0028", "", mtus[m]);
            for (size_t i = 0; i < LISTED; i++) {
                assert_as_listed(0x08, start, edges[e], listing[i].type, "", mtus[m]);
                if (strlen(listing[i].type) == 4)
                    assert_as_listed(0x06, start, edges[e], listing[i].type, listing[i].value,
                                     mtus[m]);
            }
        }
}
END_TEST

/* Opcodes that are not requests: what a server sends (3.4.8), a confirmation, and bit 6. */
static bool is_ignored(unsigned int opcode)
{
    static const uint8_t sent_by_servers[] = {0x01, 0x03, 0x05, 0x07, 0x09, 0x0B, 0x0D, 0x0F, 0x11,
                                              0x13, 0x17, 0x19, 0x1B, 0x1D, 0x1E, 0x21, 0x23};

    return (opcode & 0x40) != 0 || memchr(sent_by_servers, (int)opcode, sizeof(sent_by_servers));
}

START_TEST(every_opcode_with_every_length_is_answered_or_ignored)
{
    static const uint8_t served[] = {0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C, 0x10};

    for (unsigned int opcode = 0; opcode <= 0xFF; opcode++)
        for (size_t size = 1; size <= 60; size += TEST_PART(1, 7)) {
            uint8_t *request = calloc(size, 1), reply[BCN_ATT_MTU];
            struct bcn_att_server server;
            size_t got;

            ck_assert_ptr_nonnull(request);
            bcn_att_server_init(&server, give, NULL);
            request[0] = (uint8_t)opcode;
            got = bcn_att_server_answer(&server, request, size, reply);
            free(request);
            ck_assert_int_eq(got == 0, is_ignored(opcode));
            ck_assert_uint_le(got, 23);
            if (got == 0 || memchr(served, (int)opcode, sizeof(served)))
                continue;
            ck_assert_uint_eq(got, 5);
            ck_assert_mem_eq(reply, ((uint8_t[]){0x01, (uint8_t)opcode, 0, 0, 0x06}), 5);
        }
}
END_TEST

/* A request cut short is an invalid PDU, but where what is left is a request too. */
START_TEST(every_truncation_is_refused)
{
    struct bytes whole = bytes_of_hex(dialogue[_i].request);

    for (size_t size = 1; size < whole.size; size++) {
        struct bytes part = bytes_copy(whole.data, size);
        uint8_t opcode = part.data[0], reply[BCN_ATT_MTU];
        struct bcn_att_server server;
        size_t got;

        bcn_att_server_init(&server, give, NULL);
        got = bcn_att_server_answer(&server, part.data, part.size, reply);
        bytes_free(&part);
        if ((opcode == 0x06 && size >= 7) ||
            ((opcode == 0x08 || opcode == 0x10) && (size == 7 || size == 21)) ||
            (opcode == 0x0C && size == 5) || (opcode == 0x02 && size == 3) ||
            (opcode == 0x04 && size == 5) || (opcode == 0x0A && size == 3))
            continue;
        if (is_ignored(opcode)) {
            ck_assert_uint_eq(got, 0);
            continue;
        }
        ck_assert_uint_eq(got, 5);
        ck_assert_uint_eq(reply[0], 0x01);
        ck_assert_uint_eq(reply[1], opcode);
        ck_assert_msg(reply[4] == 0x04 || reply[4] == 0x06, "error %u", reply[4]);
    }
    bytes_free(&whole);
}
END_TEST

/* A UUID goes over the air with its last octet first. */
static void assert_uuid(const uint8_t *bytes, size_t size, const char *text)
{
    char hex[33] = "";
    size_t length = 0;
    struct bytes expected;

    for (; *text; text++)
        if (*text != '-')
            hex[length++] = *text;
    expected = bytes_of_hex(hex);
    ck_assert_uint_eq(size, expected.size);
    for (size_t i = 0; i < size; i++)
        ck_assert_uint_eq(bytes[i], expected.data[size - 1 - i]);
    bytes_free(&expected);
}

START_TEST(uuids_are_those_of_the_protocol)
{
    static const uint8_t service[] = {BCN_IPHONE_SERVICE_BYTES};
    static const uint8_t characteristic[] = {BCN_IPHONE_CHARACTERISTIC_BYTES};

    assert_uuid(service, sizeof(service), BEACON_IPHONE_SERVICE);
    assert_uuid(characteristic, sizeof(characteristic), BEACON_IPHONE_CHARACTERISTIC);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("att_server");
    TCase *tests = tcase_create("att_server");
    const int count = sizeof(dialogue) / sizeof(dialogue[0]);

    tcase_add_loop_test(tests, replies_are_what_the_specification_says, 0, count);
    tcase_add_test(tests, the_value_is_made_at_each_read);
    tcase_add_test(tests, without_an_identifier_the_read_fails_and_the_rest_is_there);
    tcase_add_test(tests, who_does_not_serve_has_no_such_service);
    tcase_add_test(tests, the_mtu_is_the_lesser_and_never_below_the_default);
    tcase_add_loop_test(tests, every_range_is_listed_as_the_attributes_stand, 0, 10);
    tcase_add_test(tests, every_opcode_with_every_length_is_answered_or_ignored);
    tcase_add_loop_test(tests, every_truncation_is_refused, 0, count);
    tcase_add_test(tests, uuids_are_those_of_the_protocol);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
