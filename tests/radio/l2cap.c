/* SPDX-License-Identifier: MIT */
/* L2CAP: fragments both ways, what is dropped, and what signalling and security are answered. */
#include "radio/l2cap.h"

#include "check_main.h"
#include "radio/packets.h"

/* A link and what came out of it, above and below. */
struct fixture {
    struct bcn_l2cap l2cap;
    struct packets sent;
    struct packets att; /* the ATT channel's frames, each with a header as if it were sent */
};

static void take_att(void *user, const uint8_t *pdu, size_t size)
{
    struct packets *att = user;
    const uint8_t header[] = {(uint8_t)(size & 0xFF), (uint8_t)(size >> 8), 0x04, 0x00};

    packets_add(att, true, header, sizeof(header));
    if (size > 0)
        packets_add(att, false, pdu, size);
}

static void begin(struct fixture *fixture, enum bcn_l2cap_role role, size_t fragment_size)
{
    const struct bcn_l2cap_config config = {
        .role = role,
        .fragment_size = fragment_size,
        .send = packets_add,
        .user = &fixture->sent,
        .att = take_att,
        .att_user = &fixture->att,
    };

    memset(fixture, 0, sizeof(*fixture));
    bcn_l2cap_init(&fixture->l2cap, &config);
}

static void receive(struct fixture *fixture, bool is_first, const char *hex)
{
    struct bytes bytes = bytes_of_hex(hex);

    bcn_l2cap_receive(&fixture->l2cap, is_first, bytes.data, bytes.size);
    bytes_free(&bytes);
}

static void assert_alive(const struct fixture *fixture)
{
    ck_assert_int_eq(fixture->l2cap.end, BCN_L2CAP_ALIVE);
}

static void assert_counts(const struct fixture *fixture, struct bcn_l2cap_counts counts)
{
    ck_assert_uint_eq(fixture->l2cap.counts.stray, counts.stray);
    ck_assert_uint_eq(fixture->l2cap.counts.cut, counts.cut);
    ck_assert_uint_eq(fixture->l2cap.counts.overrun, counts.overrun);
    ck_assert_uint_eq(fixture->l2cap.counts.foreign, counts.foreign);
    ck_assert_uint_eq(fixture->l2cap.counts.ignored, counts.ignored);
}

START_TEST(a_frame_arrives_however_it_is_cut)
{
    static const char frame[] = "0700 0400 0A0300AABBCCDD";
    struct bytes bytes = bytes_of_hex(frame);
    struct fixture fixture;

    begin(&fixture, BCN_L2CAP_PERIPHERAL, 27);
    for (size_t one = 0; one <= bytes.size; one++)
        for (size_t other = one; other <= bytes.size; other++) {
            bcn_l2cap_receive(&fixture.l2cap, true, bytes.data, one);
            bcn_l2cap_receive(&fixture.l2cap, false, bytes.data + one, other - one);
            if (one < bytes.size)
                bcn_l2cap_receive(&fixture.l2cap, false, bytes.data + other, bytes.size - other);
            packets_assert(&fixture.att, frame);
        }
    packets_assert(&fixture.sent, "");
    bytes_free(&bytes);
}
END_TEST

START_TEST(the_longest_frame_is_taken_and_a_longer_one_ends_the_link)
{
    uint8_t frame[4 + BCN_L2CAP_PAYLOAD_MAX] = {BCN_L2CAP_PAYLOAD_MAX, 0, 4, 0};
    struct fixture fixture;

    begin(&fixture, BCN_L2CAP_PERIPHERAL, 27);
    bcn_l2cap_receive(&fixture.l2cap, true, frame, sizeof(frame));
    ck_assert_uint_eq(fixture.att.size, sizeof(frame));
    assert_alive(&fixture);
    for (unsigned int length = BCN_L2CAP_PAYLOAD_MAX + 1; length <= 0xFFFF; length++) {
        const uint8_t header[] = {(uint8_t)(length & 0xFF), (uint8_t)(length >> 8), 4, 0};

        begin(&fixture, BCN_L2CAP_PERIPHERAL, 27);
        bcn_l2cap_receive(&fixture.l2cap, true, header, sizeof(header));
        ck_assert_int_eq(fixture.l2cap.end, BCN_L2CAP_TOO_LONG);
        receive(&fixture, true, "0300 0400 021700");
        bcn_l2cap_send(&fixture.l2cap, BCN_L2CAP_ATT, header, sizeof(header));
        packets_assert(&fixture.att, "");
        packets_assert(&fixture.sent, "");
    }
}
END_TEST

START_TEST(what_does_not_fit_together_is_dropped_and_counted)
{
    struct fixture fixture;

    begin(&fixture, BCN_L2CAP_PERIPHERAL, 27);
    receive(&fixture, false, "0300 0400 021700"); /* continues nothing */
    receive(&fixture, true, "0300 0400 02");      /* cut by the next */
    receive(&fixture, true, "0300 0400 021700");
    receive(&fixture, false, "FF"); /* that frame was whole */
    packets_assert(&fixture.att, "0300 0400 021700");
    receive(&fixture, true, "0300 0400 021700 FF"); /* a byte too many */
    receive(&fixture, true, "0300 0400 02");
    receive(&fixture, false, "1700FF");
    receive(&fixture, false, "1700");
    packets_assert(&fixture.att, "");
    assert_counts(&fixture, (struct bcn_l2cap_counts){.stray = 3, .cut = 1, .overrun = 2});
    receive(&fixture, true, "0000 0400");
    packets_assert(&fixture.att, "0000 0400");
    packets_assert(&fixture.sent, "");
    assert_alive(&fixture);
}
END_TEST

START_TEST(a_fragment_longer_than_any_frame_is_survived)
{
    static uint8_t fragment[70000] = {BCN_L2CAP_PAYLOAD_MAX, 0, 4, 0};
    struct fixture fixture;

    begin(&fixture, BCN_L2CAP_PERIPHERAL, 27);
    bcn_l2cap_receive(&fixture.l2cap, true, fragment, sizeof(fragment));
    bcn_l2cap_receive(&fixture.l2cap, true, fragment, 3);
    bcn_l2cap_receive(&fixture.l2cap, false, fragment + 3, sizeof(fragment) - 3);
    assert_counts(&fixture, (struct bcn_l2cap_counts){.overrun = 2});
    bcn_l2cap_receive(&fixture.l2cap, true, NULL, 0);
    bcn_l2cap_receive(&fixture.l2cap, false, NULL, 0);
    assert_alive(&fixture);
}
END_TEST

START_TEST(other_channels_are_nobodys)
{
    struct fixture fixture;
    uint32_t foreign = 0;

    begin(&fixture, BCN_L2CAP_PERIPHERAL, 27);
    for (unsigned int channel = 0; channel <= 0xFFFF; channel++) {
        const uint8_t frame[] = {1, 0, (uint8_t)(channel & 0xFF), (uint8_t)(channel >> 8), 0xFF};

        if (channel >= 4 && channel <= 6)
            continue;
        bcn_l2cap_receive(&fixture.l2cap, true, frame, sizeof(frame));
        foreign++;
    }
    assert_counts(&fixture, (struct bcn_l2cap_counts){.foreign = foreign});
    packets_assert(&fixture.att, "");
    packets_assert(&fixture.sent, "");
    assert_alive(&fixture);
}
END_TEST

START_TEST(frames_are_sent_in_fragments_that_the_controller_takes)
{
    uint8_t pdu[BCN_L2CAP_PAYLOAD_MAX];
    struct fixture fixture;

    for (size_t i = 0; i < sizeof(pdu); i++)
        pdu[i] = (uint8_t)i;
    for (size_t fragment = 1; fragment <= 300; fragment++)
        for (size_t size = 0; size <= sizeof(pdu); size += size < 30 ? 1 : 31) {
            begin(&fixture, BCN_L2CAP_CENTRAL, fragment);
            bcn_l2cap_send(&fixture.l2cap, BCN_L2CAP_ATT, pdu, size);
            ck_assert_uint_eq(fixture.sent.size, 4 + size);
            ck_assert_uint_eq(fixture.sent.bytes[0], size);
            ck_assert_uint_eq(fixture.sent.bytes[2], 4);
            ck_assert_mem_eq(fixture.sent.bytes + 4, pdu, size);
            ck_assert_uint_le(fixture.sent.longest, fragment);
            ck_assert_uint_eq(fixture.sent.fragments, (4 + size + fragment - 1) / fragment);
        }
}
END_TEST

START_TEST(no_room_ends_the_link_at_that_fragment)
{
    const uint8_t pdu[16] = {0};
    struct fixture fixture;

    for (size_t refused = 1; refused <= 4; refused++) {
        begin(&fixture, BCN_L2CAP_CENTRAL, 5);
        fixture.sent.refuse_at = refused;
        bcn_l2cap_send(&fixture.l2cap, BCN_L2CAP_ATT, pdu, sizeof(pdu));
        ck_assert_int_eq(fixture.l2cap.end, BCN_L2CAP_CONGESTED);
        bcn_l2cap_send(&fixture.l2cap, BCN_L2CAP_ATT, pdu, sizeof(pdu));
        ck_assert_uint_eq(fixture.sent.fragments, refused);
        receive(&fixture, true, "0300 0400 021700");
        packets_assert(&fixture.att, "");
    }
}
END_TEST

/* What signalling is answered (vol 3 part A, 4); "" is silence. */
static const struct {
    const char *request, *by_central, *by_peripheral;
} signals[] = {
    /* Connection Parameter Update Request (4.20): a central rejects it, a peripheral does not
     * understand it. */
    {"1201 0800 0600 0C00 0000 C800", "1301 0200 0100", "0101 0200 0000"},
    {"1201 0700 0600 0C00 0000 C8", "0101 0200 0000", "0101 0200 0000"},
    {"1201 0000", "0101 0200 0000", "0101 0200 0000"},
    /* LE Credit Based Connection Request (4.22): SPSM not supported. */
    {"1402 0A00 8000 4000 1700 1700 0100", "1502 0A00 0000 0000 0000 0000 0200",
     "1502 0A00 0000 0000 0000 0000 0200"},
    {"1402 0900 8000 4000 1700 1700 01", "0102 0200 0000", "0102 0200 0000"},
    /* Disconnection Request (4.6): both channels are returned as invalid. */
    {"0603 0400 4000 4100", "0103 0600 0200 4000 4100", "0103 0600 0200 4000 4100"},
    {"0603 0300 4000 41", "0103 0200 0000", "0103 0200 0000"},
    /* Credit Based Connection Request (4.25), as BlueZ asks for EATT; and Reconfigure (4.27). */
    {"1704 0A00 2700 4000 4000 0100 4000", "0104 0200 0000", "0104 0200 0000"},
    {"1905 0600 4000 4000 4000", "0105 0200 0000", "0105 0200 0000"},
    /* Classic requests, which have no place here: connection, configuration, echo, information. */
    {"0206 0400 0100 4000", "0106 0200 0000", "0106 0200 0000"},
    {"0806 0000", "0106 0200 0000", "0106 0200 0000"},
    {"0AFF 0200 0200", "01FF 0200 0000", "01FF 0200 0000"},
    /* Command Reject, the responses to what we never asked, and credits. */
    {"0107 0200 0000", "", ""},
    {"1307 0200 0000", "", ""},
    {"1507 0A00 4000 1700 1700 0100 0000", "", ""},
    {"1607 0400 4000 0100", "", ""},
    {"1807 0800 0000 0000 0000 0200", "", ""},
    /* Identifier 0 is illegal; a length that does not agree; less than a header; nothing. */
    {"1200 0800 0600 0C00 0000 C800", "", ""},
    {"1201 0900 0600 0C00 0000 C800", "", ""},
    {"1201 0700 0600 0C00 0000 C800", "", ""},
    {"1201 00", "", ""},
    {"12", "", ""},
    {"", "", ""},
    /* Longer than the MTU of 23: rejected with that MTU, unless it is a response. */
    {"0808 1400 000102030405060708090A0B0C0D0E0F10111213", "0108 0400 0100 1700",
     "0108 0400 0100 1700"},
    {"0108 1400 000102030405060708090A0B0C0D0E0F10111213", "", ""},
};

static void assert_answer(enum bcn_l2cap_role role, const char *channel, const char *request,
                          const char *answer)
{
    struct bytes request_bytes = bytes_of_hex(request), answer_bytes = bytes_of_hex(answer);
    char frame[200], expected[200] = "";
    struct fixture fixture;

    begin(&fixture, role, 27);
    snprintf(frame, sizeof(frame), "%02zX00 %s %s", request_bytes.size, channel, request);
    if (answer_bytes.size > 0)
        snprintf(expected, sizeof(expected), "%02zX00 %s %s", answer_bytes.size, channel, answer);
    receive(&fixture, true, frame);
    packets_assert(&fixture.sent, expected);
    packets_assert(&fixture.att, "");
    assert_counts(&fixture, (struct bcn_l2cap_counts){.ignored = answer_bytes.size == 0});
    assert_alive(&fixture);
    bytes_free(&request_bytes);
    bytes_free(&answer_bytes);
}

START_TEST(signalling_is_answered_as_the_specification_says)
{
    assert_answer(BCN_L2CAP_CENTRAL, "0500", signals[_i].request, signals[_i].by_central);
    assert_answer(BCN_L2CAP_PERIPHERAL, "0500", signals[_i].request, signals[_i].by_peripheral);
}
END_TEST

/* Codes that are answers or credits (table 4.2), by which a link may not be made to talk. */
static bool is_answer(unsigned int code)
{
    return code == 0x16 || code == 0x18 || code == 0x1A || (code % 2 == 1 && code < 0x16);
}

START_TEST(every_code_with_every_length_gets_one_answer_or_none)
{
    for (unsigned int code = 0; code <= 0xFF; code++)
        for (size_t length = 0; length <= 30; length++) {
            uint8_t frame[4 + 4 + 30] = {(uint8_t)(4 + length), 0, 5, 0, (uint8_t)code, 0x77,
                                         (uint8_t)length};
            struct fixture fixture;

            begin(&fixture, BCN_L2CAP_CENTRAL, 27);
            bcn_l2cap_receive(&fixture.l2cap, true, frame, 8 + length);
            if (is_answer(code)) {
                packets_assert(&fixture.sent, "");
                continue;
            }
            ck_assert_uint_eq(fixture.sent.fragments, 1);
            ck_assert_uint_eq(fixture.sent.size, 4U + fixture.sent.bytes[0]);
            ck_assert(is_answer(fixture.sent.bytes[4]));
            ck_assert_uint_eq(fixture.sent.bytes[5], 0x77);
            ck_assert_uint_eq(fixture.sent.size, 8U + fixture.sent.bytes[6]);
        }
}
END_TEST

START_TEST(pairing_is_refused_and_nothing_else_is_said_about_security)
{
    for (unsigned int code = 0; code <= 0xFF; code++)
        for (size_t length = 1; length <= 65; length += code == 0x05 ? 1 : 8) {
            uint8_t frame[4 + 65] = {(uint8_t)length, 0, 6, 0, (uint8_t)code};
            bool is_answered = code == 0x01 || code == 0x0B;
            struct fixture fixture;

            begin(&fixture, code & 1 ? BCN_L2CAP_PERIPHERAL : BCN_L2CAP_CENTRAL, 27);
            bcn_l2cap_receive(&fixture.l2cap, true, frame, 4 + length);
            packets_assert(&fixture.sent, is_answered ? "0200 0600 0505" : "");
            assert_counts(&fixture, (struct bcn_l2cap_counts){.ignored = !is_answered});
        }
    assert_answer(BCN_L2CAP_PERIPHERAL, "0600", "01 03 00 01 10 00 00", "0505");
    assert_answer(BCN_L2CAP_CENTRAL, "0600", "0B 01", "0505");
    assert_answer(BCN_L2CAP_CENTRAL, "0600", "", "");
}
END_TEST

START_TEST(every_end_has_words)
{
    for (int end = BCN_L2CAP_ALIVE; end <= BCN_L2CAP_CONGESTED + 1; end++)
        for (int other = BCN_L2CAP_ALIVE; other < end; other++)
            ck_assert_str_ne(bcn_l2cap_end_text((enum bcn_l2cap_end)end),
                             bcn_l2cap_end_text((enum bcn_l2cap_end)other));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("l2cap");
    TCase *tests = tcase_create("l2cap");

    tcase_add_test(tests, a_frame_arrives_however_it_is_cut);
    tcase_add_test(tests, the_longest_frame_is_taken_and_a_longer_one_ends_the_link);
    tcase_add_test(tests, what_does_not_fit_together_is_dropped_and_counted);
    tcase_add_test(tests, a_fragment_longer_than_any_frame_is_survived);
    tcase_add_test(tests, other_channels_are_nobodys);
    tcase_add_test(tests, frames_are_sent_in_fragments_that_the_controller_takes);
    tcase_add_test(tests, no_room_ends_the_link_at_that_fragment);
    tcase_add_loop_test(tests, signalling_is_answered_as_the_specification_says, 0,
                        sizeof(signals) / sizeof(signals[0]));
    tcase_add_test(tests, every_code_with_every_length_gets_one_answer_or_none);
    tcase_add_test(tests, pairing_is_refused_and_nothing_else_is_said_about_security);
    tcase_add_test(tests, every_end_has_words);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
