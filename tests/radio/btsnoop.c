/* SPDX-License-Identifier: MIT */
/* btsnoop files: one that btmon wrote, others as the format's description has them, every cut, and
 * every field that can lie. */
#include "radio/btsnoop.h"

#include "check_main.h"
#include "radio/report.h"
#include "radio/snoop_bytes.h"
#include <glib/gstdio.h>
#include <string.h>

#define MONITOR BEACON_TEST_DATA "/radio/monitor.btsnoop"

/* As `btmon -r` counts them. */
enum { MONITOR_COMMANDS = 12, MONITOR_EVENTS = 14 };

static struct bcn_btsnoop *open_bytes(const GByteArray *bytes, gsize size, GError **error)
{
    static char none[1];
    FILE *stream = fmemopen(size > 0 ? (void *)bytes->data : none, size > 0 ? size : 1, "rb");

    ck_assert_ptr_nonnull(stream);
    if (size == 0)
        ck_assert_int_eq(fgetc(stream), 0);
    return bcn_btsnoop_open_stream(stream, "some.btsnoop", error);
}

/* Reads all records of a file that must be good up to `error`, if any. */
static guint count_records(struct bcn_btsnoop *file, GError **error)
{
    struct bcn_btsnoop_record record;
    guint count = 0;
    int more;

    while ((more = bcn_btsnoop_next(file, &record, error)) == 1)
        count++;
    ck_assert_int_eq(more, *error != NULL ? -1 : 0);
    return count;
}

static GByteArray *read_monitor(void)
{
    GByteArray *bytes = g_byte_array_new();
    char *contents;
    gsize size;

    ck_assert(g_file_get_contents(MONITOR, &contents, &size, NULL));
    g_byte_array_append(bytes, (const guint8 *)contents, (guint)size);
    g_free(contents);
    return bytes;
}

/* Refused, with words that name the file, and these. */
static void assert_refused(const GByteArray *bytes, const char *words)
{
    GError *error = NULL;
    struct bcn_btsnoop *file = open_bytes(bytes, bytes->len, &error);

    if (file != NULL)
        count_records(file, &error);
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FORMAT));
    ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
    ck_assert_msg(g_str_has_prefix(error->message, "some.btsnoop: "), "%s", error->message);
    g_clear_error(&error);
    bcn_btsnoop_close(file);
}

/* ---- What btmon wrote ---- */

/* As `btmon -T -r` shows it. */
static const struct {
    gint64 time_us;
    const char *address;
    guint8 first; /* byte of the identifier */
} heard[] = {
    {G_GINT64_CONSTANT(1795521773377344), "40:11:22:33:44:55", 0x00},
    {G_GINT64_CONSTANT(1795521773974316), "40:11:22:33:44:56", 0xFF},
};

static void assert_heard(const struct bcn_btsnoop_record *record, guint index)
{
    struct bcn_reports reports = bcn_reports_begin(record->packet + 3, record->size - 3);
    struct beacon_radio_packet packet;
    struct beacon_advert_info info;
    char address[BEACON_ADDRESS_TEXT_SIZE];

    ck_assert_uint_lt(index, G_N_ELEMENTS(heard));
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 1);
    ck_assert_int_eq(record->time_us, heard[index].time_us);
    ck_assert_uint_eq(record->adapter, 0);
    ck_assert(record->received && !record->cut);
    beacon_address_to_text(&packet.address, address);
    ck_assert_str_eq(address, heard[index].address);
    ck_assert_uint_eq(packet.address.type, BEACON_ADDRESS_RANDOM);
    ck_assert_int_eq(packet.rssi_dbm, BEACON_RSSI_ABSENT);
    beacon_advert_recognise(packet.data, packet.size, &info);
    ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
    ck_assert_uint_eq(info.identifier.bytes[0], heard[index].first);
    ck_assert_uint_eq(info.identifier.bytes[11], 0x0B);
    ck_assert_int_eq(bcn_reports_next(&reports, &packet), 0);
}

START_TEST(a_file_of_btmon_is_read)
{
    GError *error = NULL;
    struct bcn_btsnoop *file = bcn_btsnoop_open(MONITOR, &error);
    struct bcn_btsnoop_record record;
    guint reports = 0, commands = 0, events = 0;

    ck_assert_ptr_nonnull(file);
    while (bcn_btsnoop_next(file, &record, &error) == 1) {
        bool is_event = record.packet[0] == BCN_H4_EVENT;
        commands += record.packet[0] == BCN_H4_COMMAND;
        events += is_event;
        if (is_event && record.packet[1] == BCN_EVENT_LE_META)
            assert_heard(&record, reports++);
        if (record.packet[0] == BCN_H4_COMMAND)
            ck_assert(!record.received);
    }
    ck_assert_ptr_null(error);
    ck_assert_uint_eq(reports, G_N_ELEMENTS(heard));
    ck_assert_uint_eq(commands, MONITOR_COMMANDS);
    ck_assert_uint_eq(events, MONITOR_EVENTS);
    ck_assert_uint_eq(bcn_btsnoop_counts(file).cut + bcn_btsnoop_counts(file).backwards, 0);
    bcn_btsnoop_close(file);
}
END_TEST

START_TEST(every_truncation_is_told_and_what_came_before_is_read)
{
    GByteArray *bytes = read_monitor();
    guint whole = 0;
    gsize boundary = 16; /* where the next record begins */

    for (gsize size = 0; size < bytes->len; size++) {
        GError *error = NULL;
        struct bcn_btsnoop *file = open_bytes(bytes, size, &error);
        if (size < 16) {
            ck_assert_ptr_null(file);
            ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FORMAT));
            g_clear_error(&error);
            continue;
        }
        gsize next = boundary + 24 + snoop_get_32(bytes->data + boundary + 4);
        if (size == next) {
            whole++;
            boundary = next;
        }
        ck_assert_uint_eq(count_records(file, &error), whole);
        ck_assert_int_eq(error == NULL, size == boundary);
        g_clear_error(&error);
        bcn_btsnoop_close(file);
    }
    g_byte_array_unref(bytes);
}
END_TEST

/* ---- Files by hand ---- */

START_TEST(each_datalink_gives_the_same_packets)
{
    static const struct {
        guint32 datalink;
        guint32 flags[4]; /* of a command, an event, ACL sent, ACL received */
    } forms[] = {
        {1001, {2, 3, 0, 1}},
        {1002, {2, 3, 0, 1}},
        {2001, {0x00070002, 0x00070003, 0x00070004, 0x00070005}},
    };
    static const guint8 packets[4][5] = {
        {BCN_H4_COMMAND, 0x03, 0x0C, 0x00, 0x00},
        {BCN_H4_EVENT, 0x10, 0x01, 0x42, 0x00},
        {BCN_H4_ACL, 0x01, 0x00, 0x00, 0x00},
        {BCN_H4_ACL, 0x01, 0x20, 0x00, 0x00},
    };
    static const gboolean received[4] = {FALSE, TRUE, FALSE, TRUE};
    guint32 datalink = forms[_i].datalink;
    GByteArray *bytes = snoop_file(datalink);

    for (guint i = 0; i < 4; i++)
        snoop_add(bytes, 1000 + i, forms[_i].flags[i], packets[i] + (datalink != 1002),
                  5 - (datalink != 1002));
    struct bcn_btsnoop *file = open_bytes(bytes, bytes->len, NULL);
    struct bcn_btsnoop_record record;
    for (guint i = 0; i < 4; i++) {
        ck_assert_int_eq(bcn_btsnoop_next(file, &record, NULL), 1);
        ck_assert_int_eq(record.time_us, 1000 + i);
        ck_assert_int_eq(record.received, received[i]);
        ck_assert_uint_eq(record.adapter, datalink == 2001 ? 7 : 0);
        ck_assert_uint_eq(record.size, 5);
        ck_assert_mem_eq(record.packet, packets[i], 5);
    }
    ck_assert_int_eq(bcn_btsnoop_next(file, &record, NULL), 0);
    bcn_btsnoop_close(file);
    g_byte_array_unref(bytes);
}
END_TEST

START_TEST(notes_and_empty_packets_are_no_packets)
{
    static const guint32 opcodes[] = {0, 1, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 0xFFFF};
    GByteArray *bytes = snoop_file(2001);

    for (guint i = 0; i < G_N_ELEMENTS(opcodes); i++)
        snoop_add(bytes, 0, 0xFFFF0000 | opcodes[i], (const guint8 *)"\x3e\x00", 2);
    struct bcn_btsnoop *file = open_bytes(bytes, bytes->len, NULL);
    struct bcn_btsnoop_record record;
    while (bcn_btsnoop_next(file, &record, NULL) == 1)
        ck_assert(record.packet[0] == 0 && !record.received);
    ck_assert_uint_eq(bcn_btsnoop_counts(file).records, G_N_ELEMENTS(opcodes));
    bcn_btsnoop_close(file);
    g_byte_array_unref(bytes);

    bytes = snoop_file(1002);
    snoop_add(bytes, 0, 3, NULL, 0);
    file = open_bytes(bytes, bytes->len, NULL);
    ck_assert_int_eq(bcn_btsnoop_next(file, &record, NULL), 1);
    ck_assert(record.size == 1 && record.packet[0] == 0);
    bcn_btsnoop_close(file);
    g_byte_array_unref(bytes);
}
END_TEST

START_TEST(time_never_goes_back)
{
    static const gint64 times[] = {5000, 4000, 4999, 6000}, expected[] = {5000, 5000, 5000, 6000};
    GByteArray *bytes = snoop_file(1002);

    for (guint i = 0; i < G_N_ELEMENTS(times); i++)
        snoop_add(bytes, times[i], 3, (const guint8 *)"\x04\x10\x00", 3);
    struct bcn_btsnoop *file = open_bytes(bytes, bytes->len, NULL);
    struct bcn_btsnoop_record record;
    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        ck_assert_int_eq(bcn_btsnoop_next(file, &record, NULL), 1);
        ck_assert_int_eq(record.time_us, expected[i]);
    }
    ck_assert_uint_eq(bcn_btsnoop_counts(file).backwards, 2);
    bcn_btsnoop_close(file);
    g_byte_array_unref(bytes);
}
END_TEST

START_TEST(cut_packets_are_taken_and_counted)
{
    GByteArray *bytes = snoop_file(1002);
    struct bcn_btsnoop_record record;

    snoop_add(bytes, 0, 3, (const guint8 *)"\x04\x3e\x20", 3);
    snoop_set_32(bytes, 16, 35);
    struct bcn_btsnoop *file = open_bytes(bytes, bytes->len, NULL);
    ck_assert_int_eq(bcn_btsnoop_next(file, &record, NULL), 1);
    ck_assert(record.cut && record.size == 3);
    ck_assert_uint_eq(bcn_btsnoop_counts(file).cut, 1);
    bcn_btsnoop_close(file);
    g_byte_array_unref(bytes);
}
END_TEST

START_TEST(each_field_that_lies_is_named_with_its_offset)
{
    /* Where, what instead, and the words; the record begins at 16. */
    static const struct {
        guint at;
        guint32 number;
        const char *words;
    } lies[] = {
        {0, 0x2E6C6F67, "at byte 0: found another beginning, expected a btsnoop file"},
        {0, 0xD4C3B2A1, "this is a pcap file"},
        {0, 0xA1B2C3D4, "this is a pcap file"},
        {0, 0x0A0D0D0A, "editcap -F btsnoop"},
        {8, 2, "at byte 8: found version 2, expected version 1"},
        {12, 1003, "at byte 12: found datalink 1003, expected 1001"},
        {16, 2, "at byte 16: found a packet of 2 bytes, of which the file holds 3"},
        {20, 0xFFFFFFFF, "at byte 20: found a packet of 4294967295 bytes, expected at most 65540"},
        {20, 65541, "at byte 20: found a packet of 65541 bytes, expected at most 65540"},
        {20, 0x7FFFFFFF, "at byte 20"},
        {32, 0, "at byte 32: found 0x0000"},
        {32, 0x7FFFFFFF, "in the years 1970 to 2100"},
        {32, 0xFFFFFFFF, "in the years 1970 to 2100"},
    };
    GByteArray *bytes = snoop_file(1002);

    snoop_add(bytes, 0, 3, (const guint8 *)"\x04\x10\x00", 3);
    snoop_set_32(bytes, lies[_i].at, lies[_i].number);
    assert_refused(bytes, lies[_i].words);
    g_byte_array_unref(bytes);
}
END_TEST

START_TEST(a_second_record_that_lies_is_told_after_the_first)
{
    GByteArray *bytes = snoop_file(1002);
    GError *error = NULL;

    snoop_add(bytes, 0, 3, (const guint8 *)"\x04\x10\x00", 3);
    snoop_add(bytes, 1, 3, (const guint8 *)"\x04\x10\x00", 3);
    g_byte_array_set_size(bytes, bytes->len - 1);
    struct bcn_btsnoop *file = open_bytes(bytes, bytes->len, NULL);
    ck_assert_uint_eq(count_records(file, &error), 1);
    ck_assert_str_eq(error->message, "some.btsnoop: at byte 67: found 2 bytes before the end, "
                                     "expected the whole packet of its record");
    g_clear_error(&error);
    bcn_btsnoop_close(file);
    g_byte_array_unref(bytes);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    GError *error = NULL;

    ck_assert_ptr_null(bcn_btsnoop_open("/nonexistent/\x1b[2J", &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ABSENT));
    ck_assert(g_str_has_prefix(error->message, "/nonexistent/?[2J: "));
    g_clear_error(&error);
    ck_assert_ptr_null(bcn_btsnoop_open("/", &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FAILED));
    g_clear_error(&error);
    ck_assert_ptr_null(bcn_btsnoop_open("/dev/zero", &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FAILED));
    g_clear_error(&error);
}
END_TEST

/* ---- What we write ---- */

START_TEST(what_is_written_is_as_described)
{
    GByteArray *expected = snoop_file(1002), *bytes = g_byte_array_new();

    snoop_add(expected, 1795521773377344, 3, (const guint8 *)"\x04\x10\x00", 3);
    snoop_add(expected, 1795521773377345, 0, (const guint8 *)"\x02\x01\x00\x00\x00", 5);
    snoop_add(expected, 1795521773377346, 2, (const guint8 *)"\x01\x03\x0c\x00", 4);
    bcn_btsnoop_put_header(bytes);
    bcn_btsnoop_put_packet(bytes, 1795521773377344, TRUE, (const guint8 *)"\x04\x10\x00", 3);
    bcn_btsnoop_put_packet(bytes, 1795521773377345, FALSE, (const guint8 *)"\x02\x01\x00\x00\x00",
                           5);
    bcn_btsnoop_put_packet(bytes, 1795521773377346, FALSE, (const guint8 *)"\x01\x03\x0c\x00", 4);
    ck_assert_uint_eq(bytes->len, expected->len);
    ck_assert_mem_eq(bytes->data, expected->data, bytes->len);

    /* Every prefix of the records holds as many whole ones as have ended. */
    for (gsize size = 0; size <= bytes->len - 16; size++) {
        gsize whole = size < 27 ? 0 : size < 56 ? 27 : size < 84 ? 56 : 84;
        ck_assert_uint_eq(bcn_btsnoop_whole(bytes->data + 16, size), whole);
    }
    g_byte_array_unref(expected);
    g_byte_array_unref(bytes);
}
END_TEST

START_TEST(the_longest_packet_is_whole_and_a_longer_one_cut)
{
    GByteArray *bytes = g_byte_array_new();
    guint8 *packet = g_malloc0(BCN_BTSNOOP_PACKET_MAX + 1);
    struct bcn_btsnoop_record record;

    packet[0] = BCN_H4_ACL;
    bcn_btsnoop_put_header(bytes);
    bcn_btsnoop_put_packet(bytes, 0, TRUE, packet, BCN_BTSNOOP_PACKET_MAX);
    bcn_btsnoop_put_packet(bytes, 0, TRUE, packet, BCN_BTSNOOP_PACKET_MAX + 1);
    struct bcn_btsnoop *file = open_bytes(bytes, bytes->len, NULL);
    ck_assert_int_eq(bcn_btsnoop_next(file, &record, NULL), 1);
    ck_assert(!record.cut && record.size == BCN_BTSNOOP_PACKET_MAX);
    ck_assert_int_eq(bcn_btsnoop_next(file, &record, NULL), 1);
    ck_assert(record.cut && record.size == BCN_BTSNOOP_PACKET_MAX);
    bcn_btsnoop_close(file);
    g_byte_array_unref(bytes);
    g_free(packet);
}
END_TEST

static Suite *btsnoop_suite(void)
{
    Suite *suite = suite_create("btsnoop");
    TCase *tcase = tcase_create("btsnoop");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_file_of_btmon_is_read);
    tcase_add_test(tcase, every_truncation_is_told_and_what_came_before_is_read);
    tcase_add_loop_test(tcase, each_datalink_gives_the_same_packets, 0, 3);
    tcase_add_test(tcase, notes_and_empty_packets_are_no_packets);
    tcase_add_test(tcase, time_never_goes_back);
    tcase_add_test(tcase, cut_packets_are_taken_and_counted);
    tcase_add_loop_test(tcase, each_field_that_lies_is_named_with_its_offset, 0, 13);
    tcase_add_test(tcase, a_second_record_that_lies_is_told_after_the_first);
    tcase_add_test(tcase, what_is_no_file_is_refused);
    tcase_add_test(tcase, what_is_written_is_as_described);
    tcase_add_test(tcase, the_longest_packet_is_whole_and_a_longer_one_cut);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return check_main(btsnoop_suite());
}
