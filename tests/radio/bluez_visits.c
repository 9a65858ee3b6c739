/* SPDX-License-Identifier: MIT */
/* Visits on a made-up bluetoothd: ours to a device, each way it may end, with nothing left behind;
 * and visitors to what we serve. */
#include "radio/bluez_rig.h"

#define HCI0           "/org/bluez/hci0"
#define PEER           "C1:C2:C3:C4:C5:C6"
#define PEER_PATH      HCI0 "/dev_C1_C2_C3_C4_C5_C6"
#define CHARACTERISTIC "org.bluez.GattCharacteristic1"
#define ERROR(x)       "org.bluez.Error." x

static const struct beacon_address peer = {{0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6},
                                           BEACON_ADDRESS_RANDOM};

static void give_value(gsize size)
{
    static const guint8 bytes[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    g_mutex_lock(&rig.mock->lock);
    g_clear_pointer(&rig.mock->value, g_variant_unref);
    rig.mock->value =
        g_variant_ref_sink(g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, size, 1));
    g_mutex_unlock(&rig.mock->lock);
}

/* An iPhone is heard, and has the characteristic that a visitor asks for. */
static void meet(const char *uuid)
{
    rig_ready();
    rig_scan(FALSE);
    RIG_WAIT(beacon_radio_health(rig.radio).scanning);
    g_free(mock_hear(rig.mock, PEER,
                     "{'AddressType': <'random'>, 'RSSI': <int16 -60>, 'Name': "
                     "<'x'>}"));
    RIG_WAIT(rig.packets->len > 0);
    mock_add_object(rig.mock, PEER_PATH "/service0001/char0002", CHARACTERISTIC, "UUID", uuid);
    give_value(12);
    free(mock_log(rig.mock));
}

static void visit(void)
{
    guint before = rig.visits->len;
    ck_assert(beacon_radio_visit(rig.radio, &peer, 0, rig_on_visit, NULL));
    RIG_WAIT(rig.visits->len == before + 1);
}

static const struct beacon_visit *last_visit(void)
{
    return &g_array_index(rig.visits, struct beacon_visit, rig.visits->len - 1);
}

static gboolean is_pairable(void)
{
    return mock_count(rig.mock, "Set=true") >= mock_count(rig.mock, "Set=false");
}

/* The scan makes way, nobody can be paired with, the link is ended, the device forgotten. */
START_TEST(an_identifier_is_read_and_nothing_is_left)
{
    meet(BEACON_IPHONE_CHARACTERISTIC);
    visit();
    ck_assert_int_eq(last_visit()->result, BEACON_VISIT_READ);
    ck_assert_int_eq(last_visit()->identifier.bytes[11], 12);
    RIG_WAIT(mock_count(rig.mock, "Set=true") == 1 && mock_count(rig.mock, "StartDiscovery") == 1);
    char *log = mock_log(rig.mock);
    static const char *const order[] = {"StopDiscovery", "Set=false",    "Connect",  "ReadValue",
                                        "Disconnect",    "RemoveDevice", "Set=true", NULL};
    const char *rest = log;
    for (const char *const *word = order; *word != NULL; word++) {
        rest = strstr(rest, *word);
        ck_assert_msg(rest != NULL, "no %s in its turn: %s", *word, log);
    }
    ck_assert_ptr_null(strstr(log, "Pair "));
    free(log);
    rig_end();
}
END_TEST

/* A device that its owner knows is not forgotten, nor his link ended. */
START_TEST(what_was_known_before_stays)
{
    rig_begin();
    g_free(mock_hear(rig.mock, PEER,
                     "{'AddressType': <'random'>, 'Connected': <true>, 'Paired': <true>, "
                     "'ServicesResolved': <true>}"));
    mock_add_object(rig.mock, PEER_PATH "/service0001/char0002", CHARACTERISTIC, "UUID",
                    BEACON_IPHONE_CHARACTERISTIC);
    give_value(12);
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    RIG_WAIT(rig_says("ready", "ready"));
    visit();
    ck_assert_int_eq(last_visit()->result, BEACON_VISIT_READ);
    RIG_WAIT(mock_count(rig.mock, "Set=true") == 1);
    ck_assert_uint_eq(mock_count(rig.mock, "Disconnect"), 0);
    ck_assert_uint_eq(mock_count(rig.mock, "RemoveDevice"), 0);
    rig_end();
}
END_TEST

START_TEST(an_adapter_that_is_not_pairable_stays_so)
{
    meet(BEACON_IPHONE_CHARACTERISTIC);
    mock_set(rig.mock, HCI0, "org.bluez.Adapter1", "Pairable", g_variant_new_boolean(FALSE));
    g_free(mock_hear(rig.mock, "C1:C2:C3:C4:C5:C7", "{'RSSI': <int16 -60>, 'Name': <'y'>}"));
    RIG_WAIT(rig.packets->len == 2); /* it was told of the change before */
    visit();
    ck_assert_int_eq(last_visit()->result, BEACON_VISIT_READ);
    RIG_WAIT(mock_count(rig.mock, "RemoveDevice") == 1);
    ck_assert_uint_eq(mock_count(rig.mock, "Set=false") + mock_count(rig.mock, "Set=true"), 0);
    rig_end();
}
END_TEST

static const struct ending {
    const char *method, *error, *message;
    const char *uuid;
    gsize size;
    enum beacon_visit_result result;
} endings[] = {
    {"Connect", ERROR("Failed"), "le-connection-abort-by-local", NULL, 12,
     BEACON_VISIT_UNREACHABLE},
    {"Connect", ERROR("NotReady"), "Resource Not Ready", NULL, 12, BEACON_VISIT_DROPPED},
    {"Connect", ERROR("InProgress"), "br-connection-busy", NULL, 12, BEACON_VISIT_DROPPED},
    {"ReadValue", ERROR("NotAuthorized"), "Read not authorized", NULL, 12, BEACON_VISIT_PROTECTED},
    {"ReadValue", ERROR("Failed"), "Operation failed with ATT error: 0x05", NULL, 12,
     BEACON_VISIT_PROTECTED},
    {"ReadValue", ERROR("Failed"), "Operation failed with ATT error: 0x0a", NULL, 12,
     BEACON_VISIT_FOREIGN},
    {"ReadValue", ERROR("NotSupported"), "Operation is not supported", NULL, 12,
     BEACON_VISIT_FOREIGN},
    {"none", NULL, NULL, NULL, 11, BEACON_VISIT_FOREIGN},
    {"none", NULL, NULL, NULL, 13, BEACON_VISIT_FOREIGN},
    {"none", NULL, NULL, "00002a00-0000-1000-8000-00805f9b34fb", 12, BEACON_VISIT_FOREIGN},
    {"Set", ERROR("Failed"), "Failed", NULL, 12, BEACON_VISIT_DROPPED},
};

START_TEST(each_end_is_told_and_tidied_up)
{
    const struct ending *ending = &endings[_i];
    meet(ending->uuid != NULL ? ending->uuid : BEACON_IPHONE_CHARACTERISTIC);
    give_value(ending->size);
    mock_refuse(rig.mock, ending->method, ending->error, ending->message, 1);
    visit();
    ck_assert_int_eq(last_visit()->result, ending->result);
    guint was_there = strcmp(ending->method, "Set") != 0 ? 1 : 0;
    RIG_WAIT(mock_count(rig.mock, "StartDiscovery") == 1 && is_pairable() &&
             mock_count(rig.mock, "RemoveDevice") == was_there);
    ck_assert_uint_eq(mock_count(rig.mock, "Disconnect"), was_there);
    rig_end();
}
END_TEST

/* No answer: to connecting, of the services, to reading. */
START_TEST(whoever_is_silent_is_given_up)
{
    meet(BEACON_IPHONE_CHARACTERISTIC);
    if (_i == 1)
        rig.mock->resolves = FALSE;
    else
        mock_refuse(rig.mock, _i == 0 ? "Connect" : "ReadValue", NULL, NULL, 1);
    ck_assert(beacon_radio_visit(rig.radio, &peer, 0, rig_on_visit, NULL));
    RIG_WAIT(mock_count(rig.mock, _i == 2 ? "ReadValue" : "Connect") == 1);
    if (_i == 1) {
        RIG_WAIT(mock_count(rig.mock, "Get") == 1);
    }
    beacon_clock_advance(rig.clock, 2 * G_TIME_SPAN_SECOND);
    RIG_WAIT(rig.visits->len == 1);
    ck_assert_int_eq(last_visit()->result,
                     _i == 0 ? BEACON_VISIT_UNREACHABLE : BEACON_VISIT_STALLED);
    RIG_WAIT(mock_count(rig.mock, "RemoveDevice") == 1 && is_pairable());
    rig_end();
}
END_TEST

START_TEST(a_link_that_ends_is_lost)
{
    meet(BEACON_IPHONE_CHARACTERISTIC);
    rig.mock->resolves = FALSE;
    ck_assert(beacon_radio_visit(rig.radio, &peer, 0, rig_on_visit, NULL));
    RIG_WAIT(mock_count(rig.mock, "Get") == 1);
    mock_set(rig.mock, PEER_PATH, "org.bluez.Device1", "Connected", g_variant_new_boolean(FALSE));
    RIG_WAIT(rig.visits->len == 1);
    ck_assert_int_eq(last_visit()->result, BEACON_VISIT_LOST);
    rig_end();
}
END_TEST

START_TEST(whom_the_daemon_does_not_know_is_unreachable)
{
    rig_ready();
    visit();
    ck_assert_int_eq(last_visit()->result, BEACON_VISIT_UNREACHABLE);
    ck_assert_uint_eq(mock_count(rig.mock, "Connect"), 0);
    RIG_WAIT(is_pairable());
    rig_end();
}
END_TEST

/* The daemon dies in the midst of a visit; the one that returns remembers the device. */
START_TEST(what_a_dead_daemon_left_is_tidied_up_later)
{
    meet(BEACON_IPHONE_CHARACTERISTIC);
    mock_refuse(rig.mock, "ReadValue", NULL, NULL, 1);
    ck_assert(beacon_radio_visit(rig.radio, &peer, 0, rig_on_visit, NULL));
    RIG_WAIT(mock_count(rig.mock, "ReadValue") == 1);
    mock_stop(rig.mock);
    RIG_WAIT(rig.visits->len == 1);
    ck_assert_int_eq(last_visit()->result, BEACON_VISIT_DROPPED);
    ck_assert_uint_eq(mock_count(rig.mock, "Set=true"), 0);
    mock_start(rig.mock);
    RIG_WAIT(mock_count(rig.mock, "RemoveDevice") == 1 && mock_count(rig.mock, "Set=true") == 1);
    rig_end();
}
END_TEST

/* Freed in the midst of it, the radio's last words tidy up. */
START_TEST(last_words_tidy_up)
{
    meet(BEACON_IPHONE_CHARACTERISTIC);
    mock_refuse(rig.mock, "ReadValue", NULL, NULL, 1);
    ck_assert(beacon_radio_visit(rig.radio, &peer, 0, rig_on_visit, NULL));
    RIG_WAIT(mock_count(rig.mock, "ReadValue") == 1);
    rig.radio = beacon_radio_free(rig.radio);
    ck_assert_uint_eq(rig.visits->len, 0);
    ck_assert_uint_eq(mock_count(rig.mock, "Disconnect"), 1);
    ck_assert_uint_eq(mock_count(rig.mock, "RemoveDevice"), 1);
    ck_assert_uint_eq(mock_count(rig.mock, "Set=true"), 1);
    rig_end();
}
END_TEST

/* ---- Visitors ---- */

static GVariant *read_ours(guint offset)
{
    GVariant *answer = NULL;
    GVariantBuilder options;
    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&options, "{sv}", "offset", g_variant_new_uint16((guint16)offset));
    guint32 serial = mock_ask(rig.mock, "/beacon/server/service/identifier", CHARACTERISTIC,
                              "ReadValue", g_variant_new("(a{sv})", &options));
    RIG_WAIT((answer = mock_answer(rig.mock, serial)) != NULL);
    return answer;
}

static void expect_ours(guint offset, const char *expected)
{
    GVariant *answer = read_ours(offset);
    char *text = g_variant_print(answer, FALSE);
    ck_assert_str_eq(text, expected);
    g_free(text);
    g_variant_unref(answer);
}

START_TEST(a_visitor_reads_ours)
{
    rig_begin();
    rig.is_private = TRUE;
    mock_refuse(rig.mock, "RegisterApplication", ERROR("Failed"), "Failed", 1);
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    rig.payload = 6;
    ck_assert(beacon_radio_serve(rig.radio, rig_value, NULL, NULL));
    RIG_WAIT(rig_says("recovering", "bluetoothd does not serve for us"));
    RIG_PASS(rig_says("ready", "ready"));
    ck_assert_uint_eq(mock_count(rig.mock, "RegisterApplication"), 2);
    guint32 serial = mock_ask(rig.mock, "/beacon/server", "org.freedesktop.DBus.ObjectManager",
                              "GetManagedObjects", NULL);
    GVariant *answer = NULL;
    RIG_WAIT((answer = mock_answer(rig.mock, serial)) != NULL);
    char *text = g_variant_print(answer, FALSE);
    ck_assert(strstr(text, BEACON_IPHONE_SERVICE) != NULL);
    ck_assert(strstr(text, BEACON_IPHONE_CHARACTERISTIC) != NULL);
    ck_assert(strstr(text, "'Flags': <['read']>") != NULL);
    g_free(text);
    g_variant_unref(answer);
    expect_ours(0, "([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, "
                   "0x06],)");
    expect_ours(10, "([0x0b, 0x06],)");
    expect_ours(13, "'org.bluez.Error.InvalidOffset'");
    rig.payload = 0; /* no identifier at this moment */
    expect_ours(0, "'org.bluez.Error.Failed'");
    ck_assert(beacon_radio_serve(rig.radio, NULL, NULL, NULL));
    RIG_WAIT(mock_count(rig.mock, "UnregisterApplication") == 1);
    rig_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bluez_visits");
    TCase *tcase = tcase_create("visits");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, an_identifier_is_read_and_nothing_is_left);
    tcase_add_test(tcase, what_was_known_before_stays);
    tcase_add_test(tcase, an_adapter_that_is_not_pairable_stays_so);
    tcase_add_loop_test(tcase, each_end_is_told_and_tidied_up, 0, G_N_ELEMENTS(endings));
    tcase_add_loop_test(tcase, whoever_is_silent_is_given_up, 0, 3);
    tcase_add_test(tcase, a_link_that_ends_is_lost);
    tcase_add_test(tcase, whom_the_daemon_does_not_know_is_unreachable);
    tcase_add_test(tcase, what_a_dead_daemon_left_is_tidied_up_later);
    tcase_add_test(tcase, last_words_tidy_up);
    tcase_add_test(tcase, a_visitor_reads_ours);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
