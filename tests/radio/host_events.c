/* SPDX-License-Identifier: MIT */
/* What a controller may send: floods in bounded memory, every truncation of every event, events
 * nobody knows. */
#include "advert/bytes.h"
#include "check_main.h"
#include "radio/memory.h"
#include "radio/rig.h"

static const guint kinds[] = {0, SCRIPTED_EXTENDED};

static struct rig *on_air(guint kind)
{
    struct rig *rig = rig_ready(kind);
    rig_serve(rig);
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    return rig;
}

static void assert_well(struct rig *rig)
{
    guint before = rig->packets;
    rig_hear(rig, 1);
    ck_assert_uint_eq(rig->packets, before + 1);
    ck_assert(rig->controller->advertising);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_READY);
}

/* ---- Reports ---- */

START_TEST(a_report_says_what_was_heard)
{
    static const guint8 address[6] = {0xC1, 2, 3, 4, 5, 6}, data[4] = {3, 0xFF, 1, 2};
    struct rig *rig = on_air(kinds[_i]);
    rig_advance(rig, 12345);
    scripted_hear(rig->controller, address, -77, data, sizeof data);
    rig_settle(rig);
    ck_assert_uint_eq(rig->packets, 1);
    ck_assert_mem_eq(rig->last.address.bytes, address, 6);
    ck_assert_int_eq(rig->last.address.type, BEACON_ADDRESS_RANDOM);
    ck_assert_int_eq(rig->last.rssi_dbm, -77);
    ck_assert_int_eq(rig->last.tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert_uint_eq(rig->last.size, sizeof data);
    ck_assert_mem_eq(rig->last_data, data, sizeof data);
    ck_assert(rig->last.connectable);
    ck_assert_int_eq(rig->last.time_us, RIG_START_US + 12345);
    ck_assert_int_eq(rig_health(rig).last_packet_us, RIG_START_US + 12345);
    rig_free(rig);
}
END_TEST

/* Two legacy reports in one event, the second of which is cut. */
START_TEST(reports_before_a_bad_one_count)
{
    struct rig *rig = on_air(kinds[_i]);
    struct bytes event =
        bytes_of_hex("0202 00 01 060504030241 02 0100 C0  00 01 0605040302C1 20 01");
    scripted_event(rig->controller, 0x3E, event.data, event.size);
    rig_settle(rig);
    ck_assert_uint_eq(rig->packets, 1);
    ck_assert_uint_eq(rig_health(rig).counters.malformed, 1);
    bytes_free(&event);
    rig_free(rig);
}
END_TEST

START_TEST(reports_that_nobody_asked_for_are_not_given)
{
    struct rig *rig = rig_ready(kinds[_i]);
    guint8 event[255];
    gsize size = scripted_report(event, FALSE, event, -50, (const guint8 *)"\1\1", 2);
    scripted_event(rig->controller, 0x3E, event, size);
    rig_settle(rig);
    ck_assert_uint_eq(rig->packets, 0);
    rig_free(rig);
}
END_TEST

/* ---- Floods ---- */

enum { CHUNK = 1000, CHUNKS = 1000, GROWTH_MAX = 16 * 1024 };

static void forge(struct rig *rig, guint from)
{
    for (guint i = from; i < from + CHUNK; i++) {
        struct beacon_identifier identifier = {.bytes = {0}};
        struct beacon_advert advert;
        guint8 address[6] = {0x40, (guint8)(i >> 16), (guint8)(i >> 8), (guint8)i, 1, 2};
        memcpy(identifier.bytes, &i, sizeof i);
        beacon_advert_android(&identifier, &advert);
        scripted_hear(rig->controller, address, -50, advert.bytes, advert.size);
    }
    rig_settle(rig);
}

/* A million of legacy reports, a tenth of that of extended ones. */
START_TEST(forged_reports_take_no_memory)
{
    struct rig *rig = on_air(kinds[_i]);
    forge(rig, 0);
    gsize before = memory_in_use();
    const guint chunks = _i == 0 ? CHUNKS : CHUNKS / 10;
    for (guint i = 1; i <= chunks; i++) {
        forge(rig, i * CHUNK);
        ck_assert_uint_le(memory_in_use(), before + GROWTH_MAX);
    }
    ck_assert_uint_eq(rig->packets, CHUNK * (chunks + 1));
    rig_free(rig);
}
END_TEST

static void close_at_packet(struct rig *rig, const char *callback)
{
    if (g_str_equal(callback, "packet"))
        rig_close(rig);
}

/* Freed within the first packet of many: the rest is not given, and the last words are heard. */
START_TEST(freed_in_a_flood)
{
    struct rig *rig = on_air(kinds[_i]);
    rig->at = close_at_packet;
    forge(rig, 0);
    ck_assert_ptr_null(rig->radio);
    ck_assert_uint_eq(rig->packets, 1);
    ck_assert(scripted_is_quiet(rig->controller));
    rig_free(rig);
}
END_TEST

/* Commands are answered in the middle of it. */
START_TEST(a_flood_does_not_drown_answers)
{
    struct rig *rig = on_air(kinds[_i]);
    ck_assert(beacon_radio_advertise(rig->radio, NULL, NULL));
    forge(rig, 0);
    ck_assert(!rig->controller->advertising);
    ck_assert_uint_eq(rig->packets, CHUNK);
    rig_free(rig);
}
END_TEST

/* ---- Events, cut ---- */

static const char *const events[] = {
    "05 00010013",                                        /* Disconnection Complete */
    "08 00010001",                                        /* Encryption Change */
    "0E 01030C00",                                        /* Command Complete: Reset */
    "0E 01021000 0102030405060708",                       /* …: Read Commands */
    "0E 01022000 1B0003",                                 /* …: LE Read Buffer Size */
    "0F 00010604",                                        /* Command Status */
    "13 0101000100",                                      /* Number Of Completed Packets */
    "13 0201000100 02000100",                             /* … of two links */
    "1A 01",                                              /* Data Buffer Overflow */
    "3E 01 00 0100 01 01 060504030241 2800 0000 C800 01", /* LE Connection Complete */
    "3E 01 00 0100 00 01 060504030241 2800 0000 C800 01", /* … as central */
    "3E 01 02 0000 00 00 000000000000 0000 0000 0000 00", /* … failed */
    "3E 02 01 00 01 060504030241 03 020106 C0",           /* LE Advertising Report */
    "3E 02 02 00 01 060504030241 00 C0 03 01 060504030241 01 01 C0", /* … two */
    "3E 03 00 0100 2800 0000 C800",                                  /* LE Connection Update */
    "3E 04 00 0100 0000000000000000",                                /* LE Read Remote Features */
    "3E 05 0100 0102030405060708 0102",                              /* LE Long Term Key Request */
    "3E 06 0100 0600 0600 0000 C800", /* LE Remote Connection Parameter Request */
    "3E 07 0100 FB00 4808 FB00 4808", /* LE Data Length Change */
    "3E 0A 00 0100 01 01 060504030241 000000000000 000000000000 2800 0000 C800 01", /* Enhanced … */
    "3E 0B 01 01 01 060504030241 01 060504030241 C0", /* LE Directed Report */
    "3E 0D 01 1300 01 060504030241 01 00 FF 7F C0 0000 00 000000000000 03 020106", /* Extended … */
    "3E 12 00 00 0100 00",      /* Set Terminated */
    "3E 13 00 01 060504030241", /* Scan Request Received */
    "FF 0102",                  /* a vendor's */
    "10 42",                    /* Hardware Error, last */
};

/* With a link, or without; each length that is too short, and one byte too many. Never trouble: an
 * error of the hardware is some however short it is told. */
START_TEST(every_truncation_of_every_event)
{
    const struct bytes event = bytes_of_hex(events[_i / 2]);
    for (gsize size = 0; size <= event.size; size++) {
        struct rig *rig = on_air(kinds[_i % 2]);
        struct scripted_link *link = size % 2 == 0 ? scripted_visitor(rig->controller) : NULL;
        guint8 parameters[256] = {0};
        rig_settle(rig);
        memcpy(parameters, event.data + 1, MIN(size, event.size - 1));
        scripted_event(rig->controller, event.data[0], parameters, size);
        if (link != NULL && event.data[0] == 0x05 && size >= 4)
            link->up = FALSE; /* as was said */
        rig_settle(rig);
        gboolean hardware = event.data[0] == 0x10;
        ck_assert_str_eq(rig->health->str,
                         hardware ? "ready recovering/reset ready/reset" : "ready");
        rig->controller->peer = SCRIPTED_PEER_IPHONE;
        rig_advance(rig, 16 * G_TIME_SPAN_SECOND); /* a link that was invented is given up */
        ck_assert(link == NULL || !link->up);
        ck_assert(rig_visit(rig, 1, 0));
        rig_advance(rig, 100000);
        ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_READ);
        assert_well(rig);
        rig_free(rig);
    }
    struct bytes copy = event;
    bytes_free(&copy);
}
END_TEST

/* Data that lies about its length, in every length. */
START_TEST(every_truncation_of_data)
{
    static const guint8 packet[] = {2, 1, 0x20, 7, 0, 3, 0, 4, 0, 2, 0xF7, 0};
    struct rig *rig = on_air(kinds[_i]);
    struct scripted_link *link = scripted_visitor(rig->controller);
    link->handle = 1;
    rig_settle(rig);
    for (guint8 size = 0; size < sizeof packet - 5; size++) {
        guint8 copy[sizeof packet];
        memcpy(copy, packet, sizeof packet);
        copy[3] = size;
        scripted_send(rig->controller, copy, 5U + size);
        rig_settle(rig);
    }
    rig_advance(rig, 16 * G_TIME_SPAN_SECOND);
    assert_well(rig);
    rig_free(rig);
}
END_TEST

START_TEST(what_nobody_knows_is_counted)
{
    struct rig *rig = on_air(kinds[_i]);
    scripted_event(rig->controller, 0xFF, (const guint8 *)"abc", 3);
    scripted_event(rig->controller, 0x3E, (const guint8 *)"\x44", 1);
    scripted_event(rig->controller, 0x3E, NULL, 0);
    scripted_send(rig->controller, (const guint8 *)"\x03\x01\x00\x02xy", 6); /* SCO */
    rig_settle(rig);
    ck_assert_uint_eq(rig_health(rig).counters.unknown, 3);
    ck_assert_uint_eq(rig_health(rig).counters.malformed, 1);
    assert_well(rig);
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_events");
    TCase *tcase = tcase_create("events");
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, a_report_says_what_was_heard, 0, 2);
    tcase_add_loop_test(tcase, reports_before_a_bad_one_count, 0, 2);
    tcase_add_loop_test(tcase, reports_that_nobody_asked_for_are_not_given, 0, 2);
    tcase_add_loop_test(tcase, forged_reports_take_no_memory, 0, 2);
    tcase_add_loop_test(tcase, freed_in_a_flood, 0, 2);
    tcase_add_loop_test(tcase, a_flood_does_not_drown_answers, 0, 2);
    tcase_add_loop_test(tcase, every_truncation_of_every_event, 0, 2 * G_N_ELEMENTS(events));
    tcase_add_loop_test(tcase, every_truncation_of_data, 0, 2);
    tcase_add_loop_test(tcase, what_nobody_knows_is_counted, 0, 2);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
