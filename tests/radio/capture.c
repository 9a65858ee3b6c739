/* SPDX-License-Identifier: MIT */
/* Captures replayed, and records: at once and by hand, damaged, ended from within, and read again,
 * by btmon too. */
#include "radio/face.h"

#include "check_main.h"
#include "radio/report.h"
#include "radio/snoop_bytes.h"
#include "radio/transport.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define MONITOR BEACON_TEST_DATA "/radio/monitor.btsnoop"

/* Its first record, and the two advertisements in it, as `btmon -T -r` shows them. */
static const gint64 first_us = G_GINT64_CONSTANT(1795521771160600);
static const gint64 heard_us[] = {
    G_GINT64_CONSTANT(1795521773377344),
    G_GINT64_CONSTANT(1795521773974316),
};

static const struct beacon_radio_scan full_scan = {.size = sizeof full_scan};

/* ---- A listener that keeps what it was told ---- */

struct heard {
    struct beacon_radio_packet packet;
    guint8 data[BCN_REPORT_DATA_MAX];
};

static struct {
    beacon_radio *radio;
    GArray *packets; /* struct heard */
    enum beacon_radio_state state;
    char *text;
    gboolean damaged;
    guint free_at_packet; /* the radio is freed within the callback of this one; 0: never */
    gboolean free_at_state;
    enum beacon_radio_state free_state;
    gboolean stop_at_packet;
} told;

static char *folder;

static void free_radio(void)
{
    told.radio = beacon_radio_free(told.radio);
}

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct heard heard = {.packet = *packet};

    ck_assert_ptr_eq(user, &told);
    ck_assert_ptr_nonnull(told.radio);
    ck_assert_uint_le(packet->size, sizeof heard.data);
    memcpy(heard.data, packet->data, packet->size);
    heard.packet.data = NULL;
    g_array_append_val(told.packets, heard);
    if (told.free_at_packet == told.packets->len)
        free_radio();
    else if (told.stop_at_packet)
        beacon_radio_scan(told.radio, NULL, NULL);
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    ck_assert_ptr_eq(user, &told);
    ck_assert_ptr_nonnull(told.radio);
    told.state = health->state;
    told.damaged = health->damaged;
    g_free(told.text);
    told.text = g_strdup(health->text);
    if (told.free_at_state && health->state == told.free_state)
        free_radio();
}

static const struct beacon_radio_listener listener = {on_packet, on_health, NULL, &told};

static void set_up(void)
{
    GError *error = NULL;

    memset(&told, 0, sizeof told);
    told.packets = g_array_new(FALSE, TRUE, sizeof(struct heard));
    folder = g_dir_make_tmp("capture-XXXXXX", &error);
    ck_assert_ptr_nonnull(folder);
}

static void tear_down(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    free_radio();
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    while ((name = g_dir_read_name(dir)) != NULL) {
        char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
    g_free(folder);
    g_free(told.text);
    g_array_unref(told.packets);
}

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static char *write_file(const char *name, const GByteArray *bytes, gsize size)
{
    char *path = in_folder(name);

    ck_assert(g_file_set_contents(path, (const char *)bytes->data, (gssize)size, NULL));
    return path;
}

static void open_capture(const char *path, const struct beacon_radio_options *options)
{
    GError *error = NULL;
    char *address = g_strconcat("capture:", path, NULL);

    told.radio = beacon_radio_open(address, options, &listener, &error);
    ck_assert_msg(told.radio != NULL, "%s", error != NULL ? error->message : "");
    told.state = BEACON_RADIO_STARTING;
    g_free(address);
}

static void run_until_ended(void)
{
    while (told.radio != NULL && told.state != BEACON_RADIO_ENDED)
        g_main_context_iteration(NULL, TRUE);
}

static void replay(const char *path, double speed)
{
    const struct beacon_radio_options options = {.size = sizeof options, .speed = speed};

    g_array_set_size(told.packets, 0);
    open_capture(path, &options);
    ck_assert(beacon_radio_scan(told.radio, &full_scan, NULL));
    run_until_ended();
}

static const struct heard *heard_at(guint index)
{
    ck_assert_uint_lt(index, told.packets->len);
    return &g_array_index(told.packets, struct heard, index);
}

/* ---- Files by hand ---- */

/* One event of two reports, from addresses that end in `number` and `number` + 1. */
static guint two_reports(guint8 *ret_event, guint8 number)
{
    static const guint8 event[] = {0x04, 0x3E, 28,   0x02, 0x02,                      /* */
                                   0x03, 0x01, 0,    0x44, 0x33, 0x22, 0x11, 0x00, 3, /* */
                                   0x02, 0x01, 0x06, 0xC0,                            /* */
                                   0x00, 0x00, 0,    0x44, 0x33, 0x22, 0x11, 0x00, 3, /* */
                                   0x02, 0x01, 0x1A, 0xB0};

    memcpy(ret_event, event, sizeof event);
    ret_event[7] = number;
    ret_event[20] = (guint8)(number + 1);
    return sizeof event;
}

static GByteArray *events_file(guint events, gint64 apart_us)
{
    GByteArray *bytes = snoop_file(1002);
    guint8 event[64];

    for (guint i = 0; i < events; i++) {
        guint size = two_reports(event, (guint8)(2 * i));
        snoop_add(bytes, first_us + i * apart_us, 3, event, size);
    }
    return bytes;
}

/* ---- Replays ---- */

static void assert_monitor_heard(gint64 ahead_us)
{
    ck_assert_uint_eq(told.packets->len, G_N_ELEMENTS(heard_us));
    for (guint i = 0; i < G_N_ELEMENTS(heard_us); i++) {
        const struct heard *heard = heard_at(i);
        struct beacon_advert_info info;
        ck_assert_int_eq(heard->packet.time_us, heard_us[i] + ahead_us);
        ck_assert_int_eq(heard->packet.monotonic_us, heard_us[i] + ahead_us);
        beacon_advert_recognise(heard->data, heard->packet.size, &info);
        ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
    }
}

/* At once, as recorded (a million times faster), and slower than that. */
START_TEST(times_are_the_recorded_at_any_speed)
{
    static const double speeds[] = {-1, 1e6, 100};

    replay(MONITOR, speeds[_i]);
    assert_monitor_heard(0);
    ck_assert_str_eq(told.text, "the capture has ended: 2 advertisements in 0:00:03");
    struct beacon_radio_health health = beacon_radio_health(told.radio);
    ck_assert_uint_eq(health.counters.packets, 2);
    ck_assert_uint_eq(health.counters.malformed + health.counters.empty, 0);
    ck_assert_int_eq(health.last_packet_us, heard_us[1]);
    ck_assert(!health.scanning && !health.advertising);
    if (speeds[_i] < 0) /* else the moment in which it ends counts a million times */
        ck_assert_int_eq(health.counters.deaf_us, 0);
}
END_TEST

START_TEST(on_a_given_clock_it_begins_now)
{
    const gint64 now_us = 5000;
    beacon_clock *clock = beacon_clock_new_virtual(NULL, now_us, BEACON_CLOCK_BY_HAND);
    const struct beacon_radio_options options = {.size = sizeof options, .clock = clock};

    open_capture(MONITOR, &options);
    ck_assert_ptr_eq(beacon_radio_clock(told.radio), clock);
    ck_assert(beacon_radio_scan(told.radio, &full_scan, NULL));
    beacon_clock_advance(clock, heard_us[0] - first_us - 1);
    ck_assert_int_eq(told.state, BEACON_RADIO_READY);
    ck_assert_uint_eq(told.packets->len, 0);
    ck_assert(beacon_radio_health(told.radio).scanning);
    beacon_clock_advance(clock, 1);
    ck_assert_uint_eq(told.packets->len, 1);
    beacon_clock_advance(clock, 2 * G_TIME_SPAN_SECOND);
    assert_monitor_heard(now_us - first_us);
    ck_assert_int_eq(told.state, BEACON_RADIO_ENDED);
    free_radio();
    beacon_clock_unref(clock);
}
END_TEST

/* The wall is the caller's to set; packets are told in it, and come when they came. */
START_TEST(a_wall_that_is_set_moves_no_packet)
{
    beacon_clock *clock = beacon_clock_new_virtual(NULL, 0, BEACON_CLOCK_BY_HAND);
    const struct beacon_radio_options options = {.size = sizeof options, .clock = clock};

    open_capture(MONITOR, &options);
    ck_assert(beacon_radio_scan(told.radio, &full_scan, NULL));
    beacon_clock_advance(clock, 1000);
    beacon_clock_set_wall(clock, 1000 + 7 * G_TIME_SPAN_HOUR);
    beacon_clock_advance(clock, 4 * G_TIME_SPAN_SECOND);
    ck_assert_uint_eq(told.packets->len, 2);
    ck_assert_int_eq(heard_at(0)->packet.monotonic_us, heard_us[0] - first_us);
    ck_assert_int_eq(heard_at(0)->packet.time_us, heard_us[0] - first_us + 7 * G_TIME_SPAN_HOUR);
    free_radio();
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(it_hears_only_while_it_scans)
{
    struct beacon_radio_scan scan = {.size = sizeof scan, .cycle = {2500, 10000}};
    const struct beacon_radio_options options = {.size = sizeof options, .speed = -1};

    open_capture(MONITOR, &options);
    ck_assert(beacon_radio_scan(told.radio, &scan, NULL));
    run_until_ended();
    ck_assert_uint_eq(told.packets->len, 1);
    free_radio();

    open_capture(MONITOR, &options);
    run_until_ended();
    ck_assert_uint_eq(told.packets->len, 1);
    ck_assert_uint_eq(beacon_radio_health(told.radio).counters.packets, 0);
    ck_assert_str_eq(told.text, "the capture has ended: 2 advertisements in 0:00:03");
}
END_TEST

START_TEST(it_does_not_pretend)
{
    struct beacon_radio_scan active = {.size = sizeof active, .active = TRUE};
    const struct beacon_address address = {.bytes = {1}};
    GError *error = NULL;

    open_capture(MONITOR, NULL);
    ck_assert_uint_eq(beacon_radio_capabilities(told.radio), BEACON_RADIO_CAN_SCAN |
                                                                 BEACON_RADIO_HEARS_EVERYTHING |
                                                                 BEACON_RADIO_TELLS_RSSI);
    ck_assert(!beacon_radio_scan(told.radio, &active, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED));
    g_clear_error(&error);
    ck_assert(!beacon_radio_visit(told.radio, &address, 0, NULL, NULL));
    ck_assert(beacon_radio_advertise(told.radio, NULL, NULL));
    ck_assert(beacon_radio_serve(told.radio, NULL, NULL, NULL));
}
END_TEST

START_TEST(what_cannot_be_opened_is_an_error)
{
    static const struct {
        const char *address;
        enum beacon_radio_error code;
    } cases[] = {
        {"capture:/nonexistent.btsnoop", BEACON_RADIO_ERROR_ABSENT},
        {"capture:/", BEACON_RADIO_ERROR_FAILED},
        {"capture:" BEACON_TEST_DATA "/vectors.txt", BEACON_RADIO_ERROR_FORMAT},
        {"capture:", BEACON_RADIO_ERROR_ADDRESS},
    };
    GError *error = NULL;

    ck_assert_ptr_null(beacon_radio_open(cases[_i].address, NULL, &listener, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, (gint)cases[_i].code));
    g_clear_error(&error);
}
END_TEST

START_TEST(a_file_without_records_ends_at_once)
{
    GByteArray *bytes = snoop_file(1002);
    char *path = write_file("none.btsnoop", bytes, bytes->len);

    replay(path, -1);
    ck_assert_str_eq(told.text, "the capture has ended: 0 advertisements in 0:00:00");
    g_byte_array_unref(bytes);
    g_free(path);
}
END_TEST

START_TEST(what_came_before_the_damage_is_heard)
{
    GByteArray *bytes = events_file(3, 1000);
    gsize record = (bytes->len - 16) / 3;

    for (gsize size = 16 + record; size < bytes->len; size++) {
        char *path = write_file("cut.btsnoop", bytes, size);
        replay(path, -1);
        ck_assert_uint_eq(told.packets->len, 2 * ((size - 16) / record));
        gboolean whole = (size - 16) % record == 0;
        ck_assert_int_eq(strstr(told.text, "at byte ") == NULL, whole);
        ck_assert_int_eq(told.damaged, !whole);
        free_radio();
        g_free(path);
    }
    g_byte_array_unref(bytes);
}
END_TEST

START_TEST(what_is_empty_or_malformed_is_counted)
{
    GByteArray *bytes = snoop_file(1002);
    guint8 event[64];
    guint size = two_reports(event, 0);

    snoop_add(bytes, first_us, 3, (const guint8 *)"\x04\x3e\x0c\x02\x01\0\0\1\2\3\4\5\6\0\x7f", 15);
    snoop_add(bytes, first_us, 3, event, size - 1); /* the file has less than the event says */
    snoop_add(bytes, first_us, 3, (const guint8 *)"\x04\x3e\x02\x02\x00", 5);
    snoop_add(bytes, first_us, 3, (const guint8 *)"\x04\x3e\x01\x02", 4);
    snoop_add(bytes, first_us, 3, (const guint8 *)"\x04\x3e\x00", 3);
    snoop_add(bytes, first_us, 3, (const guint8 *)"\x04\x3e", 2);
    snoop_add(bytes, first_us, 3, (const guint8 *)"\x04", 1);
    snoop_add(bytes, first_us, 3, NULL, 0);
    snoop_add(bytes, first_us - 1, 0, event, size);
    char *path = write_file("odd.btsnoop", bytes, bytes->len);
    replay(path, -1);
    struct beacon_radio_counters counters = beacon_radio_health(told.radio).counters;
    ck_assert_uint_eq(counters.packets, 3);
    ck_assert_uint_eq(counters.empty, 1);
    ck_assert_uint_eq(counters.malformed, 3);
    ck_assert_str_eq(told.text, "the capture has ended: 4 advertisements in 0:00:00; of its "
                                "records, 0 hold only the beginning of a packet, and 1 are "
                                "earlier than the one before");
    g_byte_array_unref(bytes);
    g_free(path);
}
END_TEST

/* More of one moment than one timer handles. */
START_TEST(a_crowd_of_one_moment_is_all_heard)
{
    GByteArray *bytes = events_file(1000, 0);
    char *path = write_file("crowd.btsnoop", bytes, bytes->len);

    replay(path, -1);
    ck_assert_uint_eq(told.packets->len, 2000);
    for (guint i = 0; i < 2000; i++)
        ck_assert_uint_eq(heard_at(i)->packet.address.bytes[5], (guint8)i);
    g_byte_array_unref(bytes);
    g_free(path);
}
END_TEST

START_TEST(callbacks_may_free_the_radio)
{
    static const enum beacon_radio_state states[] = {BEACON_RADIO_READY, BEACON_RADIO_ENDED};
    GByteArray *bytes = events_file(3, 1000);
    char *path = write_file("three.btsnoop", bytes, bytes->len);

    for (guint i = 1; i <= 6; i++) {
        told.free_at_packet = i;
        replay(path, -1);
        ck_assert_ptr_null(told.radio);
        ck_assert_uint_eq(told.packets->len, i);
        while (g_main_context_iteration(NULL, FALSE))
            continue;
    }
    told.free_at_packet = 0;
    told.free_at_state = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
        told.free_state = states[i];
        replay(path, -1);
        ck_assert_ptr_null(told.radio);
        ck_assert_uint_eq(told.packets->len, i * 6);
    }
    g_byte_array_unref(bytes);
    g_free(path);
}
END_TEST

START_TEST(a_callback_may_stop_the_scan)
{
    GByteArray *bytes = events_file(3, 1000);
    char *path = write_file("three.btsnoop", bytes, bytes->len);

    told.stop_at_packet = TRUE;
    replay(path, -1);
    ck_assert_uint_eq(told.packets->len, 1);
    ck_assert(!beacon_radio_health(told.radio).scanning);
    g_byte_array_unref(bytes);
    g_free(path);
}
END_TEST

/* ---- Clock ---- */

#define TICK_US 7000

static void tick(gpointer user)
{
    guint *left = user;
    if (--*left > 0)
        beacon_clock_after(beacon_radio_clock(told.radio), TICK_US, tick, left);
}

/* However many timers it calls, virtual time is no more than real time is worth. */
START_TEST(a_paced_clock_does_not_run_ahead)
{
    const double speed = 7777;
    const struct beacon_radio_options options = {.size = sizeof options, .speed = speed};
    gint64 begin_us = g_get_monotonic_time();
    guint left = 2000;

    open_capture(MONITOR, &options);
    beacon_clock *clock = beacon_radio_clock(told.radio);
    beacon_clock_after(clock, TICK_US, tick, &left);
    while (left > 0)
        g_main_context_iteration(NULL, TRUE);
    gint64 virtual_us = beacon_clock_monotonic_us(clock) - first_us;
    gint64 real_us = g_get_monotonic_time() - begin_us;
    ck_assert_int_ge(virtual_us, 2000 * TICK_US);
    ck_assert_double_le((double)virtual_us, (double)real_us * speed);
}
END_TEST

/* ---- Records ---- */

static GArray *take_packets(void)
{
    GArray *taken = told.packets;

    told.packets = g_array_new(FALSE, TRUE, sizeof(struct heard));
    return taken;
}

static void assert_same_heard(const GArray *expected)
{
    ck_assert_uint_eq(told.packets->len, expected->len);
    for (guint i = 0; i < expected->len; i++) {
        const struct heard *a = &g_array_index(expected, struct heard, i), *b = heard_at(i);
        ck_assert_int_eq(a->packet.time_us, b->packet.time_us);
        ck_assert_int_eq(a->packet.monotonic_us, b->packet.monotonic_us);
        ck_assert(beacon_address_equal(&a->packet.address, &b->packet.address));
        ck_assert_int_eq(a->packet.rssi_dbm, b->packet.rssi_dbm);
        ck_assert_int_eq(a->packet.tx_power_dbm, b->packet.tx_power_dbm);
        ck_assert_int_eq(a->packet.connectable, b->packet.connectable);
        ck_assert_int_eq(a->packet.scannable, b->packet.scannable);
        ck_assert_int_eq(a->packet.scan_response, b->packet.scan_response);
        ck_assert_uint_eq(a->packet.size, b->packet.size);
        ck_assert_mem_eq(a->data, b->data, sizeof a->data);
    }
}

/* The radio's backend loses its tap: the face makes the events itself. */
static void take_tap_away(void)
{
    static struct bcn_backend_class class;

    class = *told.radio->backend->class;
    class.tap = NULL;
    told.radio->backend->class = &class;
}

/* Replays `from` at once while `to` is recorded. */
static GArray *record_replay(const char *from, const char *to, gboolean has_tap)
{
    const struct beacon_radio_options options = {.size = sizeof options, .speed = -1};
    GError *error = NULL;

    open_capture(from, &options);
    if (!has_tap)
        take_tap_away();
    ck_assert_msg(beacon_radio_record(told.radio, to, &error), "%s", error ? error->message : "");
    ck_assert(beacon_radio_scan(told.radio, &full_scan, NULL));
    run_until_ended();
    ck_assert(beacon_radio_record(told.radio, NULL, NULL));
    free_radio();
    return take_packets();
}

/* What btmon shows of a file, by lines that begin so; NULL where it is not there. */
static char *btmon_lines(const char *path, const char *const *beginnings)
{
    const char *argv[] = {"btmon", "-r", path, NULL};
    GString *kept = g_string_new(NULL);
    char *output = NULL;
    int status;

    if (!g_spawn_sync(NULL, (char **)(gsize)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                      NULL, &status, NULL)) {
        printf("not run: btmon is not there (Debian: bluez)\n");
        g_string_free(kept, TRUE);
        return NULL;
    }
    ck_assert_int_eq(status, 0);
    char **lines = g_strsplit(output, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        for (const char *const *beginning = beginnings; *beginning != NULL; beginning++)
            if (g_str_has_prefix(g_strstrip(*line), *beginning))
                g_string_append_printf(kept, "%s\n", *line);
    g_strfreev(lines);
    g_free(output);
    return g_string_free(kept, FALSE);
}

static const char *const report_lines[] = {"LE Advertising Report",
                                           "Address: ",
                                           "Address type: ",
                                           "Data: ",
                                           "Data length: ",
                                           "RSSI: ",
                                           NULL};

/* Without a tap, only what was heard is in the record; with it, commands and their answers too. */
START_TEST(a_record_replays_as_what_was_recorded)
{
    gboolean has_tap = _i == 1;
    char *path = in_folder("record.btsnoop");
    GArray *expected = record_replay(MONITOR, path, has_tap);

    ck_assert_uint_eq(expected->len, 2);
    replay(path, -1);
    if (has_tap) /* it begins as early, so its clock does too */
        assert_same_heard(expected);
    else
        assert_monitor_heard(0);
    g_array_unref(expected);
    g_free(path);
}
END_TEST

START_TEST(each_kind_of_packet_is_recorded_as_it_was)
{
    GByteArray *bytes = snoop_file(1002);
    guint8 event[BCN_REPORT_EVENT_MAX], data[BCN_REPORT_DATA_MAX];
    char *from = in_folder("from.btsnoop"), *to = in_folder("to.btsnoop");

    memset(data, 0x5A, sizeof data);
    for (guint i = 0; i < 8 * 4; i++) {
        static const gsize sizes[] = {1, 31, 32, BCN_REPORT_DATA_MAX};
        const struct beacon_radio_packet packet = {
            .address = {{0xC0, 1, 2, 3, 4, (guint8)i}, (guint8)(i & 1)},
            .rssi_dbm = (gint8)(i % 8 == 7 ? BEACON_RSSI_ABSENT : -40 - (int)i),
            .tx_power_dbm = (gint8)(i % 8 == 6 ? BEACON_TX_POWER_ABSENT : (int)i - 20),
            .connectable = (i & 1) != 0,
            .scannable = (i & 2) != 0,
            .scan_response = (i & 4) != 0,
            .data = data,
            .size = sizes[i / 8],
        };
        guint size = (guint)bcn_report_write(&packet, event);
        struct bcn_reports reports = bcn_reports_begin(event + 3, size - 3);
        struct beacon_radio_packet back = {.time_us = 0};
        ck_assert_uint_eq(event[2], size - 3);
        ck_assert_int_eq(bcn_reports_next(&reports, &back), 1);
        ck_assert(beacon_address_equal(&packet.address, &back.address) && !reports.truncated);
        ck_assert(packet.rssi_dbm == back.rssi_dbm && packet.tx_power_dbm == back.tx_power_dbm);
        ck_assert(packet.connectable == back.connectable && packet.scannable == back.scannable);
        ck_assert(packet.scan_response == back.scan_response && packet.size == back.size);
        ck_assert_mem_eq(data, back.data, back.size);
        ck_assert_int_eq(bcn_reports_next(&reports, &back), 0);
        snoop_add(bytes, first_us + i, 3, event, size);
    }
    ck_assert(g_file_set_contents(from, (const char *)bytes->data, (gssize)bytes->len, NULL));
    GArray *expected = record_replay(from, to, FALSE);
    ck_assert_uint_eq(expected->len, 32);
    replay(to, -1);
    assert_same_heard(expected);
    g_array_unref(expected);
    g_byte_array_unref(bytes);
    g_free(from);
    g_free(to);
}
END_TEST

START_TEST(longer_data_is_cut_and_says_so)
{
    guint8 event[BCN_REPORT_EVENT_MAX], data[1650] = {0};
    const struct beacon_radio_packet packet = {.data = data, .size = sizeof data};
    struct beacon_radio_packet back;
    gsize size = bcn_report_write(&packet, event);
    struct bcn_reports reports = bcn_reports_begin(event + 3, size - 3);

    ck_assert_uint_eq(size, BCN_REPORT_EVENT_MAX);
    ck_assert_int_eq(bcn_reports_next(&reports, &back), 1);
    ck_assert(reports.truncated && back.size == BCN_REPORT_DATA_MAX);
}
END_TEST

/* btmon, which wrote the file, shows the same of our record of its replay. */
START_TEST(btmon_reads_our_records)
{
    static const char *const all_lines[] = {"< ", "> ", NULL};
    static const char *const made_lines[] = {"LE Extended Advertising Report",
                                             "Address: ", "Data: ", NULL};
    char *tapped = in_folder("tapped.btsnoop"), *made = in_folder("made.btsnoop");

    g_array_unref(record_replay(MONITOR, tapped, TRUE));
    g_array_unref(record_replay(MONITOR, made, FALSE));
    char *theirs = btmon_lines(MONITOR, report_lines);
    if (theirs != NULL) {
        char *ours = btmon_lines(tapped, report_lines);
        ck_assert(strstr(ours, "Address: 40:11:22:33:44:56 (Resolvable)") != NULL);
        ck_assert_str_eq(ours, theirs);
        g_free(ours);
        ours = btmon_lines(made, made_lines);
        ck_assert_str_eq(ours, "LE Extended Advertising Report (0x0d)\n"
                               "Address: 40:11:22:33:44:55 (Resolvable)\n"
                               "Data: 000102030405060708090a0b\n"
                               "LE Extended Advertising Report (0x0d)\n"
                               "Address: 40:11:22:33:44:56 (Resolvable)\n"
                               "Data: ff0102030405060708090a0b\n");
        g_free(ours);
        ours = btmon_lines(tapped, all_lines);
        char **lines = g_strsplit(ours, "\n", -1);
        ck_assert_uint_eq(g_strv_length(lines), 26 + 1);
        g_strfreev(lines);
        g_free(ours);
    }
    g_free(theirs);
    g_free(tapped);
    g_free(made);
}
END_TEST

static gsize size_of(const char *path)
{
    GStatBuf status;

    ck_assert_int_eq(g_stat(path, &status), 0);
    return (gsize)status.st_size;
}

START_TEST(a_record_is_written_each_second_and_at_its_end)
{
    beacon_clock *clock = beacon_clock_new_virtual(NULL, first_us, BEACON_CLOCK_BY_HAND);
    const struct beacon_radio_options options = {.size = sizeof options, .clock = clock};
    GByteArray *bytes = events_file(4, 600000);
    char *from = write_file("from.btsnoop", bytes, bytes->len), *to = in_folder("to.btsnoop");
    gsize record = (bytes->len - 16) / 4;

    open_capture(from, &options);
    ck_assert(beacon_radio_record(told.radio, to, NULL));
    ck_assert(beacon_radio_scan(told.radio, &full_scan, NULL));
    ck_assert_uint_eq(size_of(to), 16);
    beacon_clock_advance(clock, 999999);
    ck_assert_uint_eq(size_of(to), 16);
    beacon_clock_advance(clock, 1);
    ck_assert_uint_eq(size_of(to), 16 + 2 * record);
    beacon_clock_advance(clock, 300000);
    ck_assert_uint_eq(size_of(to), 16 + 2 * record);
    ck_assert(beacon_radio_record(told.radio, NULL, NULL));
    ck_assert_uint_eq(size_of(to), 16 + 3 * record);
    beacon_clock_advance(clock, 3000000);
    ck_assert_uint_eq(size_of(to), 16 + 3 * record);
    free_radio();

    GByteArray *three = events_file(3, 600000);
    char *contents;
    ck_assert(g_file_get_contents(to, &contents, NULL, NULL));
    ck_assert_mem_eq(contents, three->data, three->len);
    g_free(contents);
    g_byte_array_unref(three);
    g_byte_array_unref(bytes);
    beacon_clock_unref(clock);
    g_free(from);
    g_free(to);
}
END_TEST

START_TEST(freeing_the_radio_ends_the_record)
{
    GByteArray *bytes = events_file(3, 1000);
    char *from = write_file("from.btsnoop", bytes, bytes->len), *to = in_folder("to.btsnoop");
    const struct beacon_radio_options options = {.size = sizeof options, .speed = -1};

    told.free_at_packet = 4;
    open_capture(from, &options);
    ck_assert(beacon_radio_record(told.radio, to, NULL));
    ck_assert(beacon_radio_scan(told.radio, &full_scan, NULL));
    run_until_ended();
    ck_assert_uint_eq(size_of(to), 16 + (bytes->len - 16) / 3 * 2);
    g_byte_array_unref(bytes);
    g_free(from);
    g_free(to);
}
END_TEST

START_TEST(files_that_cannot_be_begun_are_refused)
{
    char *path = in_folder("there.btsnoop");
    GError *error = NULL;
    GStatBuf status;

    ck_assert(g_file_set_contents(path, "mine", 4, NULL));
    open_capture(MONITOR, NULL);
    ck_assert(!beacon_radio_record(told.radio, path, &error));
    ck_assert(strstr(error->message, "exists already") != NULL);
    g_clear_error(&error);
    ck_assert_uint_eq(size_of(path), 4);
    ck_assert(!beacon_radio_record(told.radio, "/nonexistent/record", &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ABSENT));
    g_clear_error(&error);
    ck_assert(beacon_radio_record(told.radio, NULL, NULL));

    g_unlink(path);
    ck_assert(beacon_radio_record(told.radio, path, NULL));
    ck_assert_int_eq(g_stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    g_free(path);
}
END_TEST

/* A file that may not grow is a full disk; at each size, what is there is whole, and the radio
 * lives. */
START_TEST(a_full_disk_ends_the_record_and_not_the_radio)
{
    GByteArray *bytes = events_file(3, 1000);
    char *from = write_file("from.btsnoop", bytes, bytes->len), *to = in_folder("to.btsnoop");
    const struct beacon_radio_options options = {.size = sizeof options, .speed = -1};
    gsize record = (bytes->len - 16) / 3;
    struct rlimit before, limit;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    /* A later record, so that the second has passed before the end. */
    guint8 event[64];
    snoop_add(bytes, first_us + 2 * G_TIME_SPAN_SECOND, 3, event, two_reports(event, 9));
    g_free(write_file("from.btsnoop", bytes, bytes->len));
    for (gsize size = 16; size < 16 + 3 * record; size++) {
        limit = (struct rlimit){size, before.rlim_max};
        told.free_at_packet = 0;
        open_capture(from, &options);
        ck_assert(beacon_radio_record(told.radio, to, NULL));
        ck_assert(beacon_radio_scan(told.radio, &full_scan, NULL));
        g_array_set_size(told.packets, 0);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        while (told.text == NULL || strstr(told.text, "the record has ended: ") == NULL)
            g_main_context_iteration(NULL, TRUE);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        ck_assert_int_eq(told.state, BEACON_RADIO_READY);
        ck_assert(strstr(told.text, "to.btsnoop could not be written: ") != NULL);
        ck_assert_uint_eq(size_of(to), 16 + (size - 16) / record * record);
        run_until_ended();
        ck_assert_uint_eq(told.packets->len, 8);
        GError *error = NULL;
        ck_assert(!beacon_radio_record(told.radio, NULL, &error));
        ck_assert(strstr(error->message, "to.btsnoop: could not be written: ") != NULL);
        g_clear_error(&error);
        ck_assert(beacon_radio_record(told.radio, NULL, NULL));
        free_radio();
        g_unlink(to);
    }
    g_byte_array_unref(bytes);
    g_free(from);
    g_free(to);
}
END_TEST

/* Told to whoever ends the record, when the disk was full before the second had passed. */
START_TEST(a_full_disk_at_the_end_is_an_error)
{
    GByteArray *bytes = events_file(3, 1000);
    char *from = write_file("from.btsnoop", bytes, bytes->len), *to = in_folder("to.btsnoop");
    const struct beacon_radio_options options = {.size = sizeof options, .speed = -1};
    struct rlimit before, limit;
    GError *error = NULL;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){20, before.rlim_max};
    open_capture(from, &options);
    ck_assert(beacon_radio_record(told.radio, to, NULL));
    ck_assert(beacon_radio_scan(told.radio, &full_scan, NULL));
    run_until_ended();
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert(!beacon_radio_record(told.radio, NULL, &error));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert(strstr(error->message, "could not be written") != NULL);
    ck_assert_uint_eq(size_of(to), 16);
    g_clear_error(&error);
    g_byte_array_unref(bytes);
    g_free(from);
    g_free(to);
}
END_TEST

static Suite *capture_suite(void)
{
    Suite *suite = suite_create("capture");
    TCase *replays = tcase_create("replays");
    TCase *records = tcase_create("records");

    tcase_add_checked_fixture(replays, set_up, tear_down);
    tcase_set_timeout(replays, 60);
    tcase_add_loop_test(replays, times_are_the_recorded_at_any_speed, 0, 3);
    tcase_add_test(replays, on_a_given_clock_it_begins_now);
    tcase_add_test(replays, a_wall_that_is_set_moves_no_packet);
    tcase_add_test(replays, it_hears_only_while_it_scans);
    tcase_add_test(replays, it_does_not_pretend);
    tcase_add_loop_test(replays, what_cannot_be_opened_is_an_error, 0, 4);
    tcase_add_test(replays, a_file_without_records_ends_at_once);
    tcase_add_test(replays, what_came_before_the_damage_is_heard);
    tcase_add_test(replays, what_is_empty_or_malformed_is_counted);
    tcase_add_test(replays, a_crowd_of_one_moment_is_all_heard);
    tcase_add_test(replays, callbacks_may_free_the_radio);
    tcase_add_test(replays, a_callback_may_stop_the_scan);
    tcase_add_test(replays, a_paced_clock_does_not_run_ahead);
    suite_add_tcase(suite, replays);

    tcase_add_checked_fixture(records, set_up, tear_down);
    tcase_set_timeout(records, 60);
    tcase_add_loop_test(records, a_record_replays_as_what_was_recorded, 0, 2);
    tcase_add_test(records, each_kind_of_packet_is_recorded_as_it_was);
    tcase_add_test(records, longer_data_is_cut_and_says_so);
    tcase_add_test(records, btmon_reads_our_records);
    tcase_add_test(records, a_record_is_written_each_second_and_at_its_end);
    tcase_add_test(records, freeing_the_radio_ends_the_record);
    tcase_add_test(records, files_that_cannot_be_begun_are_refused);
    tcase_add_test(records, a_full_disk_ends_the_record_and_not_the_radio);
    tcase_add_test(records, a_full_disk_at_the_end_is_an_error);
    suite_add_tcase(suite, records);
    return suite;
}

int main(void)
{
    return check_main(capture_suite());
}
