/* SPDX-License-Identifier: MIT */
/* One LE link, whole: BlueZ's packets as btmon showed them, two of our own links joined, and peers
 * that ask without listening. */
#include "radio/gatt.h"

#include "check_main.h"
#include "radio/packets.h"

#define IDENTIFIER "B9A665D754FE65E665D76A45"

static bool give(void *user, struct beacon_identifier *ret_identifier)
{
    struct bytes bytes = bytes_of_hex(IDENTIFIER);

    (void)user;
    memcpy(ret_identifier->bytes, bytes.data, bytes.size);
    bytes_free(&bytes);
    return true;
}

static void begin(struct bcn_gatt *gatt, enum bcn_l2cap_role role, struct packets *sent)
{
    const struct bcn_gatt_config config = {
        .role = role,
        .fragment_size = 27,
        .send = packets_add,
        .identifier = give,
        .user = sent,
    };

    memset(sent, 0, sizeof(*sent));
    bcn_gatt_init(gatt, &config);
}

static void receive(struct bcn_gatt *gatt, const char *hex)
{
    struct bytes bytes = bytes_of_hex(hex);

    bcn_gatt_receive(gatt, true, bytes.data, bytes.size);
    bytes_free(&bytes);
}

/* A visit to BlueZ 5.66 in an emulated air, which asks on the same link before it answers. */
START_TEST(bluez_is_read_while_it_asks)
{
    struct bcn_gatt gatt;
    struct packets sent;

    begin(&gatt, BCN_L2CAP_CENTRAL, &sent);
    bcn_gatt_read(&gatt, false);
    packets_assert(&sent, "15000400 080100FFFF89A607ADD1172FA1C44BF573564E0000");
    receive(&gatt, "03000400 020502");
    packets_assert(&sent, "03000400 03F700");
    receive(&gatt, "07000400 080100FFFF3A2B");
    packets_assert(&sent, "05000400 010801000A");
    receive(&gatt, "07000400 100100FFFF0028");
    packets_assert(&sent, "0E000400 1106 0100 0500 0018 0600 0600 0118");
    receive(&gatt, "10000400 090E3F00B9A665D754FE65E665D76A45");
    packets_assert(&sent, "");
    ck_assert_int_eq(gatt.client.outcome, BCN_ATT_IDENTIFIER);
    ck_assert_uint_eq(gatt.server.mtu, 247);
    ck_assert_int_eq(gatt.l2cap.end, BCN_L2CAP_ALIVE);
}
END_TEST

/* Its tool gatttool, as it would ask a link of ours; btmon showed the requests. */
START_TEST(bluez_finds_and_reads_what_we_serve)
{
    struct bcn_gatt gatt;
    struct packets sent;

    begin(&gatt, BCN_L2CAP_PERIPHERAL, &sent);
    receive(&gatt, "17000400 060100FFFF002867A607ADD1172FA1C44BF573564E0000");
    packets_assert(&sent, "05000400 0707000900");
    receive(&gatt, "07000400 08070009000328");
    packets_assert(&sent, "17000400 0915080002090089A607ADD1172FA1C44BF573564E0000");
    receive(&gatt, "03000400 0A0900");
    packets_assert(&sent, "0D000400 0BB9A665D754FE65E665D76A45");
    receive(&gatt, "05000400 040600FFFF");
    packets_assert(&sent, "0E000400 0501 0600 0028 0700 0028 0800 0328");
    receive(&gatt, "05000400 040900FFFF");
    packets_assert(&sent, "14000400 0502090089A607ADD1172FA1C44BF573564E0000");
    receive(&gatt, "05000400 040A00FFFF");
    packets_assert(&sent, "05000400 01040A000A");
}
END_TEST

START_TEST(both_sides_of_a_link_have_one_mtu)
{
    struct bcn_gatt gatt;
    struct packets sent;

    begin(&gatt, BCN_L2CAP_CENTRAL, &sent);
    receive(&gatt, "03000400 03B900"); /* unasked */
    ck_assert_uint_eq(gatt.server.mtu, 23);
    bcn_gatt_read(&gatt, true);
    packets_assert(&sent, "03000400 02F700");
    receive(&gatt, "03000400 03B900");
    packets_assert(&sent, "15000400 080100FFFF89A607ADD1172FA1C44BF573564E0000");
    ck_assert_uint_eq(gatt.server.mtu, 185);
    receive(&gatt, "05000400 040100FFFF");
    packets_assert(&sent, "22000400 0501 0100 0028 0200 0328 0300 002A 0400 0328 0500 012A "
                          "0600 0028 0700 0028 0800 0328");
}
END_TEST

/* Two links joined: fragments on their way from each to the other. */
struct end {
    struct bcn_gatt gatt;
    struct packets_on_the_way {
        uint8_t bytes[4096];
        size_t sizes[4096];
        bool firsts[4096];
        size_t size, count;
    } sent;
};

static bool put_on_the_way(void *user, bool is_first, const uint8_t *bytes, size_t size)
{
    struct packets_on_the_way *sent = &((struct end *)user)->sent;

    ck_assert_uint_le(sent->size + size, sizeof(sent->bytes));
    memcpy(sent->bytes + sent->size, bytes, size);
    sent->sizes[sent->count] = size;
    sent->firsts[sent->count++] = is_first;
    sent->size += size;
    return true;
}

static bool carry(struct end *from, struct end *to)
{
    struct packets_on_the_way sent = from->sent;
    size_t at = 0;

    from->sent.size = from->sent.count = 0;
    for (size_t i = 0; i < sent.count; i++) {
        bcn_gatt_receive(&to->gatt, sent.firsts[i], sent.bytes + at, sent.sizes[i]);
        at += sent.sizes[i];
    }
    return sent.count > 0;
}

static void join(struct end *end, enum bcn_l2cap_role role, size_t fragment_size, bool serves)
{
    const struct bcn_gatt_config config = {
        .role = role,
        .fragment_size = fragment_size,
        .send = put_on_the_way,
        .identifier = serves ? give : NULL,
        .user = end,
    };

    memset(end, 0, sizeof(*end));
    bcn_gatt_init(&end->gatt, &config);
}

START_TEST(two_of_ours_read_each_other)
{
    static struct end central, peripheral;
    static const size_t fragments[] = {1, 2, 3, 4, 5, 7, 20, 23, 27, 192, 251};
    bool ask_mtu = _i & 1, serves = (_i & 2) == 0;

    for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++) {
        join(&central, BCN_L2CAP_CENTRAL, fragments[i], serves);
        join(&peripheral, BCN_L2CAP_PERIPHERAL, 27, true);
        bcn_gatt_read(&central.gatt, ask_mtu);
        bcn_gatt_read(&peripheral.gatt, false);
        while ((int)carry(&central, &peripheral) | (int)carry(&peripheral, &central))
            continue;
        ck_assert_int_eq(central.gatt.client.outcome, BCN_ATT_IDENTIFIER);
        ck_assert_int_eq(peripheral.gatt.client.outcome,
                         serves ? BCN_ATT_IDENTIFIER : BCN_ATT_NOT_OFFERED);
        ck_assert_uint_eq(central.gatt.server.mtu, ask_mtu ? 247 : 23);
        ck_assert_uint_eq(peripheral.gatt.server.mtu, ask_mtu ? 247 : 23);
    }
}
END_TEST

START_TEST(a_peer_that_asks_without_listening_ends_the_link)
{
    struct bcn_gatt gatt;
    struct packets sent;

    begin(&gatt, BCN_L2CAP_PERIPHERAL, &sent);
    sent.refuse_at = 9;
    for (int i = 0; i < 100; i++)
        receive(&gatt, "03000400 0A0900");
    ck_assert_int_eq(gatt.l2cap.end, BCN_L2CAP_CONGESTED);
    ck_assert_uint_eq(sent.fragments, 9);
    ck_assert_uint_eq(sent.size, 8 * 17);
}
END_TEST

START_TEST(a_peer_that_wants_to_pair_is_read_all_the_same)
{
    struct bcn_gatt gatt;
    struct packets sent;

    begin(&gatt, BCN_L2CAP_CENTRAL, &sent);
    bcn_gatt_read(&gatt, false);
    sent.size = 0;
    receive(&gatt, "0200 0600 0B01");
    packets_assert(&sent, "0200 0600 0505");
    receive(&gatt, "0C00 0500 12010800 0600 0C00 0000 C800");
    packets_assert(&sent, "0600 0500 13010200 0100");
    receive(&gatt, "1000 0400 090E0900" IDENTIFIER);
    ck_assert_int_eq(gatt.client.outcome, BCN_ATT_IDENTIFIER);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gatt");
    TCase *tests = tcase_create("gatt");

    tcase_add_test(tests, bluez_is_read_while_it_asks);
    tcase_add_test(tests, bluez_finds_and_reads_what_we_serve);
    tcase_add_test(tests, both_sides_of_a_link_have_one_mtu);
    tcase_add_loop_test(tests, two_of_ours_read_each_other, 0, 4);
    tcase_add_test(tests, a_peer_that_asks_without_listening_ends_the_link);
    tcase_add_test(tests, a_peer_that_wants_to_pair_is_read_all_the_same);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
