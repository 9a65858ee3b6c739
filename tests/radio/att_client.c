/* SPDX-License-Identifier: MIT */
/* The client: visits to servers that are willing, refuse, lie, or never come to an end. */
#include "radio/att_client.h"

#include "check_main.h"
#include "size.h"
#include "radio/packets.h"
#include "radio/peer.h"

#define IDENTIFIER     "B9A665D754FE65E665D76A45"
#define SERVICE        "67A607ADD1172FA1C44BF573564E0000"
#define CHARACTERISTIC "89A607ADD1172FA1C44BF573564E0000"

/* The four things it asks. */
#define BY_UUID             "08 0100 FFFF " CHARACTERISTIC
#define BY_SERVICE          "06 0100 FFFF 0028 " SERVICE
#define LIST(start, end)    "08 " start " " end " 0328"
#define READ(handle)        "0A " handle
#define NO_SUCH(opcode)     "01 " opcode " 0100 0A"
#define UNSUPPORTED         "01 08 0000 06"
#define DECLARED(at, value) "09 15 " at " 02 " value " " CHARACTERISTIC
#define OTHER(at, value)    "09 15 " at " 02 " value " 000102030405060708090A0B0C0D0E0F"

static const struct visit {
    enum bcn_att_outcome outcome;
    uint8_t error;
    const char *steps[24]; /* a request as it must be, what the peer answers, and so on */
} visits[] = {
    /* BlueZ 5.66 as the server: by UUID, and by its own discovery. */
    {BCN_ATT_IDENTIFIER, 0, {BY_UUID, "09 0E 3F00 " IDENTIFIER}},
    {BCN_ATT_IDENTIFIER,
     0x06,
     {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 3D00 3F00", LIST("3D00", "3F00"),
      DECLARED("3E00", "3F00"), READ("3F00"), "0B " IDENTIFIER}},
    /* Peers that look by UUID and find nothing, or call such a request malformed. */
    {BCN_ATT_NOT_OFFERED, 0x0A, {BY_UUID, NO_SUCH("08"), BY_SERVICE, NO_SUCH("06")}},
    {BCN_ATT_IDENTIFIER,
     0x04,
     {BY_UUID, "01 08 0000 04", BY_SERVICE, "07 0100 FFFF", LIST("0100", "FFFF"),
      DECLARED("FEFF", "FFFF"), READ("FFFF"), "0B " IDENTIFIER}},
    {BCN_ATT_NOT_OFFERED,
     0x0A,
     {BY_UUID, NO_SUCH("08"), BY_SERVICE, "07 1000 2000", LIST("1000", "2000"), "01 08 1000 0A"}},
    /* Several services: the first counts. */
    {BCN_ATT_NOT_OFFERED,
     0x0A,
     {BY_UUID, NO_SUCH("08"), BY_SERVICE, "07 1000 1000 2000 2200", LIST("1000", "1000"),
      "01 08 1000 0A"}},
    /* The characteristic after others, of both widths. */
    {BCN_ATT_IDENTIFIER,
     0x06,
     {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 1000 2000", LIST("1000", "2000"),
      "09 07 1100 02 1200 002A 1300 02 1400 012A", LIST("1400", "2000"), OTHER("1500", "1600"),
      LIST("1600", "2000"), DECLARED("1700", "1800"), READ("1800"), "0B " IDENTIFIER}},
    {BCN_ATT_IDENTIFIER,
     0x06,
     {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 1000 2000", LIST("1000", "2000"),
      "09 15 1100 02 1200 000102030405060708090A0B0C0D0E0F 1300 02 1400 " CHARACTERISTIC,
      READ("1400"), "0B " IDENTIFIER}},
    /* Several values: the first counts. */
    {BCN_ATT_IDENTIFIER, 0, {BY_UUID, "09 0E 0900 " IDENTIFIER " 1900 000000000000000000000000"}},
    /* Values that are not Bluezone's. */
    {BCN_ATT_FOREIGN_VALUE, 0, {BY_UUID, "09 02 0900"}},
    {BCN_ATT_FOREIGN_VALUE, 0, {BY_UUID, "09 0D 0900 0102030405060708090A0B"}},
    {BCN_ATT_FOREIGN_VALUE, 0, {BY_UUID, "09 0F 0900 " IDENTIFIER "00"}},
    {BCN_ATT_FOREIGN_VALUE,
     0x06,
     {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 0900", LIST("0700", "0900"),
      DECLARED("0800", "0900"), READ("0900"), "0B"}},
    {BCN_ATT_FOREIGN_VALUE,
     0x06,
     {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 0900", LIST("0700", "0900"),
      DECLARED("0800", "0900"), READ("0900"), "0B " IDENTIFIER "00"}},
    /* Authentication, authorization, key size, encryption: never. */
    {BCN_ATT_DEMANDS_SECURITY, 0x05, {BY_UUID, "01 08 0900 05"}},
    {BCN_ATT_DEMANDS_SECURITY, 0x08, {BY_UUID, "01 08 0900 08"}},
    {BCN_ATT_DEMANDS_SECURITY, 0x0C, {BY_UUID, "01 08 0900 0C"}},
    {BCN_ATT_DEMANDS_SECURITY, 0x0F, {BY_UUID, "01 08 0900 0F"}},
    {BCN_ATT_DEMANDS_SECURITY, 0x0F, {BY_UUID, UNSUPPORTED, BY_SERVICE, "01 06 0100 0F"}},
    {BCN_ATT_DEMANDS_SECURITY,
     0x05,
     {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 0900", LIST("0700", "0900"),
      DECLARED("0800", "0900"), READ("0900"), "01 0A 0900 05"}},
    /* Other errors: read not permitted, unlikely, out of resources, an application's. */
    {BCN_ATT_REFUSED, 0x02, {BY_UUID, "01 08 0900 02"}},
    {BCN_ATT_REFUSED, 0x0E, {BY_UUID, "01 08 0900 0E"}},
    {BCN_ATT_REFUSED, 0x80, {BY_UUID, "01 08 0900 80"}},
    {BCN_ATT_REFUSED, 0x06, {BY_UUID, UNSUPPORTED, BY_SERVICE, "01 06 0000 06"}},
    {BCN_ATT_REFUSED,
     0x06,
     {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 0900", LIST("0700", "0900"), UNSUPPORTED}},
    {BCN_ATT_REFUSED,
     0x0A,
     {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 0900", LIST("0700", "0900"),
      DECLARED("0800", "0900"), READ("0900"), "01 0A 0900 0A"}},
    /* Errors about what was not asked, or that are none. */
    {BCN_ATT_UNEXPECTED, 0, {BY_UUID, "01 0A 0900 0A"}},
    {BCN_ATT_UNEXPECTED, 0x06, {BY_UUID, UNSUPPORTED, BY_SERVICE, UNSUPPORTED}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "01 08 0100 00"}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "01 08 0100"}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "01 08 0100 0A 00"}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "01"}},
    /* Lists that are none. */
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "09"}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "09 0E"}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "09 00 0900 " IDENTIFIER}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "09 01 0900"}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "09 0E 0900 " IDENTIFIER "00"}},
    {BCN_ATT_MALFORMED, 0, {BY_UUID, "09 0E 0000 " IDENTIFIER}},
    {BCN_ATT_MALFORMED, 0x06, {BY_UUID, UNSUPPORTED, BY_SERVICE, "07"}},
    {BCN_ATT_MALFORMED, 0x06, {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 09"}},
    {BCN_ATT_MALFORMED, 0x06, {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0000 0900"}},
    {BCN_ATT_MALFORMED, 0x06, {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 0600"}},
    {BCN_ATT_MALFORMED, 0x06, {BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 0900 00"}},
/* Declarations outside the service, going back, without a value, or of an odd width. */
#define LISTED(answer)                                                                             \
    {                                                                                              \
        BCN_ATT_MALFORMED, 0x06,                                                                   \
        {                                                                                          \
            BY_UUID, UNSUPPORTED, BY_SERVICE, "07 0700 0900", LIST("0700", "0900"), answer         \
        }                                                                                          \
    }
    LISTED(DECLARED("0600", "0900")),
    LISTED(DECLARED("0900", "0900")),
    LISTED(DECLARED("0A00", "0B00")),
    LISTED(DECLARED("0800", "0800")),
    LISTED(DECLARED("0800", "0700")),
    LISTED(DECLARED("0800", "0A00")),
    LISTED(DECLARED("0000", "0900")),
    LISTED("09 07 0800 02 0900 002A 0700 02 0900 012A"),
    LISTED("09 07 0800 02 0900 002A 0800 02 0900 012A"),
    LISTED("09 06 0800 02 0900 00"),
    LISTED("09 09 0800 02 0900 002A0000"),
    LISTED("09 13 0800 02 0900 000102030405060708090A0B0C0D"),
    LISTED("09 07"),
    /* Eight lists, and still no end. */
    {BCN_ATT_ENDLESS,
     0x06,
     {BY_UUID,
      UNSUPPORTED,
      BY_SERVICE,
      "07 0100 FFFF",
      LIST("0100", "FFFF"),
      OTHER("0200", "0300"),
      LIST("0300", "FFFF"),
      OTHER("0300", "0400"),
      LIST("0400", "FFFF"),
      OTHER("0400", "0500"),
      LIST("0500", "FFFF"),
      OTHER("0500", "0600"),
      LIST("0600", "FFFF"),
      OTHER("0600", "0700"),
      LIST("0700", "FFFF"),
      OTHER("0700", "0800"),
      LIST("0800", "FFFF"),
      OTHER("0800", "0900"),
      LIST("0900", "FFFF"),
      OTHER("0900", "0A00")}},
};
#define VISITS (sizeof(visits) / sizeof(visits[0]))

static size_t take(struct bcn_att_client *client, const uint8_t *pdu, size_t size,
                   struct packets *asked)
{
    struct bytes exact = bytes_copy(pdu, size);

    asked->size = bcn_att_client_receive(client, exact.data, exact.size, asked->bytes);
    ck_assert_uint_le(asked->size, BCN_ATT_MTU_DEFAULT);
    bytes_free(&exact);
    return asked->size;
}

static void take_hex(struct bcn_att_client *client, const char *hex, struct packets *asked)
{
    struct bytes bytes = bytes_of_hex(hex);

    take(client, bytes.data, bytes.size, asked);
    bytes_free(&bytes);
}

static void start(struct bcn_att_client *client, bool ask_mtu, struct packets *asked)
{
    bcn_att_client_init(client);
    asked->size = bcn_att_client_start(client, ask_mtu, asked->bytes);
}

/* Goes through the first `answers` answers of a visit. */
static void follow(const struct visit *visit, size_t answers, struct bcn_att_client *client,
                   struct packets *asked)
{
    start(client, false, asked);
    for (size_t i = 0; i < answers; i++) {
        ck_assert_int_eq(client->outcome, BCN_ATT_UNDERWAY);
        packets_assert(asked, visit->steps[2 * i]);
        take_hex(client, visit->steps[2 * i + 1], asked);
    }
}

static size_t answers_of(const struct visit *visit)
{
    size_t steps = 0;

    while (visit->steps[steps])
        steps++;
    return steps / 2;
}

static void assert_identifier(const struct bcn_att_client *client)
{
    struct bytes expected = bytes_of_hex(IDENTIFIER);

    ck_assert_mem_eq(client->identifier.bytes, expected.data, expected.size);
    bytes_free(&expected);
}

START_TEST(visits_end_as_they_should)
{
    struct bcn_att_client client;
    struct packets asked = {.size = 0};

    follow(&visits[_i], answers_of(&visits[_i]), &client, &asked);
    packets_assert(&asked, "");
    ck_assert_int_eq(client.outcome, visits[_i].outcome);
    ck_assert_uint_eq(client.error, visits[_i].error);
    if (client.outcome == BCN_ATT_IDENTIFIER)
        assert_identifier(&client);
    /* The outcome is final. */
    take_hex(&client, "09 0E 0900 000000000000000000000000", &asked);
    take_hex(&client, "01 08 0000 05", &asked);
    ck_assert_int_eq(client.outcome, visits[_i].outcome);
    ck_assert_uint_eq(client.ignored, 2);
    packets_assert(&asked, "");
}
END_TEST

/* Whether the first `size` bytes of an answer are an answer too: an error, or a list with fewer
 * entries. */
static bool is_answer(const uint8_t *answer, size_t size)
{
    switch (answer[0]) {
    case 0x01:
        return size == 5;
    case 0x07:
        return size > 1 && (size - 1) % 4 == 0;
    case 0x09:
        return size > 2 && answer[1] > 1 && (size - 2) % answer[1] == 0;
    default:
        return false;
    }
}

/* At each point of each visit: no answer cut short is a success, or goes on as the whole would. */
START_TEST(every_truncation_of_an_answer_ends_the_visit)
{
    const struct visit *visit = &visits[_i];

    for (size_t at = 0; at < answers_of(visit); at++) {
        struct bytes whole = bytes_of_hex(visit->steps[2 * at + 1]);

        for (size_t size = 1; size < whole.size; size++) {
            struct bcn_att_client client;
            struct packets asked = {.size = 0};

            if (is_answer(whole.data, size))
                continue;
            follow(visit, at, &client, &asked);
            asked.size = 0;
            take(&client, whole.data, size, &asked);
            packets_assert(&asked, "");
            if (whole.data[0] != 0x0B)
                ck_assert_int_eq(client.outcome, BCN_ATT_MALFORMED);
            else
                ck_assert_int_eq(client.outcome,
                                 size == 13 ? BCN_ATT_IDENTIFIER : BCN_ATT_FOREIGN_VALUE);
        }
        bytes_free(&whole);
    }
}
END_TEST

/* At each point of a whole discovery: every opcode, alone and with bytes behind it. */
START_TEST(every_opcode_is_an_answer_or_ignored_or_unexpected)
{
    const struct visit *visit = &visits[1];
    static const uint8_t responses[] = {0x03, 0x05, 0x07, 0x09, 0x0B, 0x0D,
                                        0x0F, 0x11, 0x13, 0x17, 0x19, 0x21};

    for (size_t at = 0; at < answers_of(visit); at++)
        for (unsigned int opcode = 0; opcode <= 0xFF; opcode++)
            for (size_t size = 1; size <= 30; size++) {
                uint8_t pdu[30] = {(uint8_t)opcode};
                struct bcn_att_client client;
                struct packets asked = {.size = 0};
                uint8_t awaited;

                follow(visit, at, &client, &asked);
                awaited = (uint8_t)(client.awaiting + 1);
                asked.size = 0;
                take(&client, pdu, size, &asked);
                if (opcode == awaited || opcode == 0x01) {
                    ck_assert_int_ne(client.outcome, BCN_ATT_UNDERWAY);
                } else if (memchr(responses, (int)opcode, sizeof(responses))) {
                    ck_assert_int_eq(client.outcome, BCN_ATT_UNEXPECTED);
                } else {
                    ck_assert_int_eq(client.outcome, BCN_ATT_UNDERWAY);
                    ck_assert_uint_eq(client.ignored, 1);
                }
                if (opcode == 0x1D && size >= 3)
                    packets_assert(&asked, "1E");
                else
                    packets_assert(&asked, "");
            }
}
END_TEST

START_TEST(an_mtu_is_exchanged_when_it_is_asked_for)
{
    static const struct {
        const char *answer;
        unsigned int mtu;
        enum bcn_att_outcome outcome;
    } answers[] = {
        {"03 1700", 23, BCN_ATT_UNDERWAY},
        {"03 B900", 185, BCN_ATT_UNDERWAY},
        {"03 0502", 247, BCN_ATT_UNDERWAY},
        {"03 0000", 23, BCN_ATT_UNDERWAY},
        {"01 02 0000 06", 0, BCN_ATT_UNDERWAY},
        {"01 02 0000 0A", 0, BCN_ATT_UNDERWAY},
        {"01 02 0000 05", 0, BCN_ATT_DEMANDS_SECURITY},
        {"03", 0, BCN_ATT_MALFORMED},
        {"03 17", 0, BCN_ATT_MALFORMED},
        {"03 1700 00", 0, BCN_ATT_MALFORMED},
        {"09 0E 0900 " IDENTIFIER, 0, BCN_ATT_UNEXPECTED},
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct bcn_att_client client;
        struct packets asked = {.size = 0};

        start(&client, true, &asked);
        packets_assert(&asked, "02 F700");
        take_hex(&client, answers[i].answer, &asked);
        packets_assert(&asked, answers[i].outcome == BCN_ATT_UNDERWAY ? BY_UUID : "");
        ck_assert_int_eq(client.outcome, answers[i].outcome);
        ck_assert_uint_eq(client.mtu, answers[i].mtu);
    }
}
END_TEST

START_TEST(what_comes_unasked_changes_nothing)
{
    struct bcn_att_client client;
    struct packets asked = {.size = 0};

    bcn_att_client_init(&client);
    take_hex(&client, "09 0E 0900 000000000000000000000000", &asked);
    packets_assert(&asked, "");
    start(&client, false, &asked);
    packets_assert(&asked, BY_UUID);
    for (int i = 0; i < 1000; i++) {
        take_hex(&client, "1B 0900 00", &asked);
        packets_assert(&asked, "");
        take_hex(&client, "23 0900 0100 00", &asked);
        packets_assert(&asked, "");
        take_hex(&client, "1D 0900 00", &asked);
        packets_assert(&asked, "1E");
    }
    ck_assert_uint_eq(client.ignored, 3000);
    take_hex(&client, "09 0E 0900 " IDENTIFIER, &asked);
    ck_assert_int_eq(client.outcome, BCN_ATT_IDENTIFIER);
    assert_identifier(&client);
}
END_TEST

START_TEST(every_outcome_has_words)
{
    for (int one = BCN_ATT_UNDERWAY; one <= BCN_ATT_ENDLESS + 1; one++)
        for (int other = BCN_ATT_UNDERWAY; other < one; other++)
            ck_assert_str_ne(bcn_att_outcome_text((enum bcn_att_outcome)one),
                             bcn_att_outcome_text((enum bcn_att_outcome)other));
}
END_TEST

/* Numbers that look drawn, the same at each run. */
static unsigned int draw(uint32_t *state, unsigned int below)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % below;
}

static struct peer_attribute *add(struct peer *peer, unsigned int handle, const char *type,
                                  const char *value)
{
    struct peer_attribute *attribute = &peer->attributes[peer->count++];
    struct bytes type_bytes = bytes_of_hex(type), value_bytes = bytes_of_hex(value);

    memset(attribute, 0, sizeof(*attribute));
    attribute->handle = attribute->group_end = (uint16_t)handle;
    attribute->type_size = (uint8_t)type_bytes.size;
    memcpy(attribute->type, type_bytes.data, type_bytes.size);
    attribute->value_size = (uint8_t)value_bytes.size;
    memcpy(attribute->value, value_bytes.data, value_bytes.size);
    bytes_free(&type_bytes);
    bytes_free(&value_bytes);
    return attribute;
}

/* A characteristic at the next handles: its declaration, its value, and now and then a
 * descriptor. */
static unsigned int add_characteristic(struct peer *peer, uint32_t *state, unsigned int handle,
                                       const char *uuid, const char *value)
{
    char declaration[80];

    snprintf(declaration, sizeof(declaration), "02%02X%02X%s", (handle + 1) & 0xFF,
             (handle + 1) >> 8, uuid);
    add(peer, handle, "0328", declaration);
    add(peer, handle + 1, uuid, value);
    if (draw(state, 3) == 0)
        add(peer, handle + 2, "0129", "41");
    return handle + 3 + draw(state, 40);
}

static unsigned int add_strangers(struct peer *peer, uint32_t *state, unsigned int handle,
                                  unsigned int count)
{
    while (count-- > 0)
        handle =
            add_characteristic(peer, state, handle,
                               draw(state, 2) ? "192A" : "0102030405060708090A0B0C0D0E0F10", "64");
    return handle;
}

/* What a made-up phone says of itself. */
struct truth {
    bool has_service, has_characteristic;
    char value[80];
};

/* Services of strangers around, perhaps, ours; in ours at most seven characteristics, so that eight
 * lists tell all. */
static struct truth make_peer(struct peer *peer, uint32_t *state)
{
    struct truth truth = {.has_service = draw(state, 4) != 0};
    const unsigned int services = draw(state, 5), ours = draw(state, services + 1);
    unsigned int handle = 1 + draw(state, 50);

    truth.has_characteristic = truth.has_service && draw(state, 4) != 0;
    snprintf(truth.value, sizeof(truth.value), "%s", IDENTIFIER);
    if (draw(state, 4) == 0)
        truth.value[2 * draw(state, 12)] = '\0';
    else if (draw(state, 6) == 0)
        strcat(truth.value, "0102030405060708090A0B0C0D0E");
    memset(peer, 0, sizeof(*peer));
    for (unsigned int i = 0; i <= services; i++) {
        struct peer_attribute *service;
        unsigned int before = draw(state, 4);
        bool is_ours = i == ours && truth.has_service;

        service = add(peer, handle, "0028", is_ours ? SERVICE : "0A18");
        handle = add_strangers(peer, state, handle + 1 + draw(state, 9), before);
        if (is_ours && truth.has_characteristic)
            handle = add_characteristic(peer, state, handle, CHARACTERISTIC, truth.value);
        handle = add_strangers(peer, state, handle, draw(state, 4));
        service->group_end = (uint16_t)(handle - 1);
    }
    return truth;
}

static enum bcn_att_outcome expected_outcome(const struct truth *truth)
{
    if (!truth->has_characteristic)
        return BCN_ATT_NOT_OFFERED;
    return strlen(truth->value) == 24 ? BCN_ATT_IDENTIFIER : BCN_ATT_FOREIGN_VALUE;
}

#define PHONES TEST_PART(4000U, 500U)

START_TEST(made_up_phones_are_read_either_way)
{
    static const uint8_t refusals[] = {0x00, 0x06, 0x0A, 0x04};
    static struct peer peer;
    uint32_t state = 1;
    unsigned int outcomes[BCN_ATT_ENDLESS + 1] = {0};

    for (unsigned int i = 0; i < PHONES; i++) {
        struct truth truth = make_peer(&peer, &state);
        struct bcn_att_client client;
        struct packets asked = {.size = 0};

        peer.refuses_by_uuid = refusals[i % 4];
        start(&client, draw(&state, 2) != 0, &asked);
        while (asked.size > 0) {
            uint8_t reply[23];
            size_t size = peer_answer(&peer, asked.bytes, asked.size, reply);

            take(&client, reply, size, &asked);
        }
        ck_assert_int_eq(client.outcome, expected_outcome(&truth));
        if (client.outcome == BCN_ATT_IDENTIFIER)
            assert_identifier(&client);
        ck_assert_uint_le(peer.requests, 4 + BCN_ATT_ROUNDS_MAX);
        outcomes[client.outcome]++;
    }
    ck_assert_uint_gt(outcomes[BCN_ATT_IDENTIFIER], PHONES / 8);
    ck_assert_uint_gt(outcomes[BCN_ATT_FOREIGN_VALUE], PHONES / 8);
    ck_assert_uint_gt(outcomes[BCN_ATT_NOT_OFFERED], PHONES / 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("att_client");
    TCase *tests = tcase_create("att_client");

    tcase_add_loop_test(tests, visits_end_as_they_should, 0, VISITS);
    tcase_add_loop_test(tests, every_truncation_of_an_answer_ends_the_visit, 0, VISITS);
    tcase_add_test(tests, every_opcode_is_an_answer_or_ignored_or_unexpected);
    tcase_add_test(tests, an_mtu_is_exchanged_when_it_is_asked_for);
    tcase_add_test(tests, what_comes_unasked_changes_nothing);
    tcase_add_test(tests, every_outcome_has_words);
    tcase_add_test(tests, made_up_phones_are_read_either_way);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
