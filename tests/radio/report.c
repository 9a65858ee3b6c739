/* SPDX-License-Identifier: MIT */
/* Advertising reports: fields as the specification lays them out, several an event, and every cut
 * and hostile count, in blocks of exactly their size. */
#include "radio/report.h"

#include "advert/bytes.h"
#include "check_main.h"

/* Two reports: an Android phone heard with -60 dBm from a public address, and a scan response
 * without data. */
#define LEGACY                                                                                     \
    "02 02 "                                                                                       \
    "00 00 665544332211 17 0201020303564e0fffb522000102030405060708090a0b c4 "                     \
    "04 01 0100000000c0 00 7f"

/* Two reports: a legacy PDU, and the first piece of a longer one from an anonymous sender. */
#define EXTENDED                                                                                   \
    "0d 02 "                                                                                       \
    "1300 01 665544332251 01 00 ff f4 a1 0000 00 000000000000 03 020106 "                          \
    "2000 ff 000000000000 01 02 05 7f c8 0000 00 000000000000 05 04ff4c0001"

/* One report, aimed at somebody, from a resolved public identity. */
#define DIRECTED "0b 01 01 02 665544332211 01 aabbccddee7f 81"

static const char *const events[] = {LEGACY, EXTENDED, DIRECTED};

/* Ends of the reports within each event; an event cut there lost whole ones. */
static const struct {
    gsize ends[3];
    int count;
} layout[] = {{{2, 35, 45}, 2}, {{2, 29, 58}, 2}, {{2, 18}, 1}};

static void assert_address(const struct beacon_radio_packet *packet, const char *text, guint8 type)
{
    char is[BEACON_ADDRESS_TEXT_SIZE];

    beacon_address_to_text(&packet->address, is);
    ck_assert_str_eq(is, text);
    ck_assert_uint_eq(packet->address.type, type);
}

START_TEST(legacy_reports_are_read)
{
    struct bytes event = bytes_of_hex(LEGACY);
    struct bcn_reports reports = bcn_reports_begin(event.data, event.size);
    struct beacon_radio_packet packet = {.time_us = 7, .monotonic_us = 8};
    struct beacon_advert_info info;

    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    assert_address(&packet, "11:22:33:44:55:66", BEACON_ADDRESS_PUBLIC);
    ck_assert_int_eq(packet.rssi_dbm, -60);
    ck_assert_int_eq(packet.tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert(packet.connectable && packet.scannable && !packet.scan_response);
    beacon_advert_recognise(packet.data, packet.size, &info);
    ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
    ck_assert(packet.time_us == 7 && packet.monotonic_us == 8);

    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    assert_address(&packet, "C0:00:00:00:00:01", BEACON_ADDRESS_RANDOM);
    ck_assert_int_eq(packet.rssi_dbm, BEACON_RSSI_ABSENT);
    ck_assert_uint_eq(packet.size, 0);
    ck_assert(!packet.connectable && packet.scannable && packet.scan_response);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 0);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 0);
    bytes_free(&event);
}
END_TEST

START_TEST(extended_reports_are_read)
{
    struct bytes event = bytes_of_hex(EXTENDED);
    struct bcn_reports reports = bcn_reports_begin(event.data, event.size);
    struct beacon_radio_packet packet;

    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    assert_address(&packet, "51:22:33:44:55:66", BEACON_ADDRESS_RANDOM);
    ck_assert_int_eq(packet.rssi_dbm, -95);
    ck_assert_int_eq(packet.tx_power_dbm, -12);
    ck_assert(packet.connectable && packet.scannable && !packet.scan_response);
    ck_assert(!reports.truncated);
    ck_assert_mem_eq(packet.data, "\x02\x01\x06", 3);
    ck_assert_uint_eq(packet.size, 3);

    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    assert_address(&packet, "00:00:00:00:00:00", BEACON_ADDRESS_RANDOM);
    ck_assert_int_eq(packet.rssi_dbm, -56);
    ck_assert_int_eq(packet.tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert(!packet.connectable && !packet.scannable && !packet.scan_response);
    ck_assert(reports.truncated);
    ck_assert_uint_eq(packet.size, 5);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 0);
    bytes_free(&event);
}
END_TEST

START_TEST(directed_reports_are_read)
{
    struct bytes event = bytes_of_hex(DIRECTED);
    struct bcn_reports reports = bcn_reports_begin(event.data, event.size);
    struct beacon_radio_packet packet;

    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    assert_address(&packet, "11:22:33:44:55:66", BEACON_ADDRESS_PUBLIC);
    ck_assert_int_eq(packet.rssi_dbm, -127);
    ck_assert_uint_eq(packet.size, 0);
    ck_assert(packet.connectable && !packet.scannable && !packet.scan_response);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 0);
    bytes_free(&event);
}
END_TEST

/* Type, then what it says of connectable, scannable, scan response. */
START_TEST(legacy_types_say_what_they_are)
{
    static const gboolean is[][3] = {
        {TRUE, TRUE, FALSE},   {TRUE, FALSE, FALSE}, {FALSE, TRUE, FALSE},
        {FALSE, FALSE, FALSE}, {FALSE, TRUE, TRUE},
    };
    struct bytes event = bytes_of_hex("0201 00 00 665544332211 00 c4");

    event.data[2] = (guint8)_i;
    struct bcn_reports reports = bcn_reports_begin(event.data, event.size);
    struct beacon_radio_packet packet;
    if (_i < 5) {
        ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
        ck_assert_int_eq(packet.connectable, is[_i][0]);
        ck_assert_int_eq(packet.scannable, is[_i][1]);
        ck_assert_int_eq(packet.scan_response, is[_i][2]);
    } else {
        ck_assert_int_eq(bcn_reports_next(&reports, &packet), -1);
    }
    bytes_free(&event);
}
END_TEST

START_TEST(reserved_power_is_absent)
{
    struct bytes event = bytes_of_hex("0201 00 00 665544332211 00 00");

    event.data[event.size - 1] = (guint8)_i;
    struct bcn_reports reports = bcn_reports_begin(event.data, event.size);
    struct beacon_radio_packet packet;
    int dbm = (gint8)_i;
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    ck_assert_int_eq(packet.rssi_dbm, dbm >= -127 && dbm <= 20 ? dbm : 127);
    bytes_free(&event);
}
END_TEST

/* Whole reports before the cut are given; the rest is -1 once, then 0. */
START_TEST(every_truncation_is_malformed)
{
    struct bytes whole = bytes_of_hex(events[_i]);

    ck_assert_uint_eq(layout[_i].ends[layout[_i].count], whole.size);
    for (gsize size = 0; size < whole.size; size++) {
        struct bytes cut = bytes_copy(whole.data, size);
        struct bcn_reports reports = bcn_reports_begin(cut.data, cut.size);
        struct beacon_radio_packet packet;

        for (int i = 1; i <= layout[_i].count && size >= layout[_i].ends[i]; i++)
            ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
        ck_assert_int_eq(bcn_reports_next(&reports, &packet), -1);
        ck_assert_int_eq(bcn_reports_next(&reports, &packet), 0);
        bytes_free(&cut);
    }
    bytes_free(&whole);
}
END_TEST

START_TEST(counts_that_lie_are_malformed)
{
    struct bytes event = bytes_of_hex(events[_i]);
    struct beacon_radio_packet packet;

    event.data[1] = 255;
    struct bcn_reports reports = bcn_reports_begin(event.data, event.size);
    for (int i = 0; i < layout[_i].count; i++)
        ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), -1);

    event.data[1] = 0;
    reports = bcn_reports_begin(event.data, event.size);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), -1);

    event.data[0] = 0x0C;
    event.data[1] = 1;
    reports = bcn_reports_begin(event.data, event.size);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), -1);
    bytes_free(&event);
}
END_TEST

START_TEST(data_longer_than_legacy_has_is_malformed)
{
    struct bytes event = {.data = g_malloc0(2 + 9 + 32 + 1), .size = 2 + 9 + 32 + 1};

    event.data[0] = BCN_REPORT_LEGACY;
    event.data[1] = 1;
    event.data[2 + 8] = 32;
    struct bcn_reports reports = bcn_reports_begin(event.data, event.size);
    struct beacon_radio_packet packet;
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), -1);
    event.data[2 + 8] = 31;
    reports = bcn_reports_begin(event.data, event.size);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    g_free(event.data);
}
END_TEST

static Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");

    tcase_add_test(tcase, legacy_reports_are_read);
    tcase_add_test(tcase, extended_reports_are_read);
    tcase_add_test(tcase, directed_reports_are_read);
    tcase_add_loop_test(tcase, legacy_types_say_what_they_are, 0, 256);
    tcase_add_loop_test(tcase, reserved_power_is_absent, 0, 256);
    tcase_add_loop_test(tcase, every_truncation_is_malformed, 0, G_N_ELEMENTS(events));
    tcase_add_loop_test(tcase, counts_that_lie_are_malformed, 0, G_N_ELEMENTS(events));
    tcase_add_test(tcase, data_longer_than_legacy_has_is_malformed);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return check_main(report_suite());
}
