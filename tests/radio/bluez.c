/* SPDX-License-Identifier: MIT */
/* bluez: on a made-up bluetoothd: what is heard and said, each refusal, and everything that may go
 * away and come back. */
#include "radio/bluez_rig.h"

#define HCI0       "/org/bluez/hci0"
#define ADAPTER    "org.bluez.Adapter1"
#define ADVERT     "org.bluez.LEAdvertisement1"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define ERROR(x)   "org.bluez.Error." x

/* An Android's data as bluetoothd tells of it. */
#define ANDROID                                                                                    \
    "{'AddressType': <'random'>, 'RSSI': <int16 -61>, "                                            \
    "'UUIDs': <['00004e56-0000-1000-8000-00805f9b34fb']>, "                                        \
    "'ManufacturerData': <{uint16 8885: <[byte 1,2,3,4,5,6,7,8,9,10,11,12]>}>}"

static void hears(void)
{
    RIG_WAIT(beacon_radio_health(rig.radio).scanning);
}

static const struct rig_packet *last_packet(void)
{
    return g_ptr_array_index(rig.packets, rig.packets->len - 1);
}

/* ---- Scanning ---- */

START_TEST(what_the_daemon_tells_of_devices_is_heard)
{
    rig_ready();
    free(mock_log(rig.mock));
    rig_scan(FALSE);
    hears();
    ck_assert(rig_logged("SetDiscoveryFilter StartDiscovery"));
    const char *transport = "";
    gboolean duplicates = FALSE;
    g_variant_lookup(rig.mock->filter, "Transport", "&s", &transport);
    g_variant_lookup(rig.mock->filter, "DuplicateData", "b", &duplicates);
    ck_assert_str_eq(transport, "le");
    ck_assert(duplicates);

    char *path = mock_hear(rig.mock, "C1:C2:C3:C4:C5:C6", ANDROID);
    RIG_WAIT(rig.packets->len == 1);
    struct beacon_advert_info info;
    const struct rig_packet *heard = last_packet();
    beacon_advert_recognise(heard->data, heard->packet.size, &info);
    ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
    ck_assert_int_eq(info.identifier.bytes[11], 12);
    ck_assert_int_eq(heard->packet.rssi_dbm, -61);
    ck_assert_int_eq(heard->packet.address.bytes[0], 0xC1);
    ck_assert_int_eq(heard->packet.address.type, BEACON_ADDRESS_RANDOM);

    mock_set(rig.mock, path, "org.bluez.Device1", "RSSI", g_variant_new_int16(-50));
    RIG_WAIT(rig.packets->len == 2);
    ck_assert_int_eq(last_packet()->packet.rssi_dbm, -50);
    mock_set(rig.mock, path, "org.bluez.Device1", "Alias", g_variant_new_string("no news"));
    mock_set(rig.mock, path, "org.bluez.Device1", "RSSI", g_variant_new_int16(-49));
    RIG_WAIT(rig.packets->len == 3);
    ck_assert_int_eq(last_packet()->packet.rssi_dbm, -49);
    g_free(path);

    free(mock_log(rig.mock));
    ck_assert(beacon_radio_scan(rig.radio, NULL, NULL));
    RIG_WAIT(!beacon_radio_health(rig.radio).scanning);
    ck_assert(rig_logged("StopDiscovery"));
    rig_end();
}
END_TEST

/* What another program's scan has put into its memory was not heard by us, until it is again. */
START_TEST(what_was_there_before_us_is_not_heard)
{
    rig_begin();
    char *path = mock_hear(rig.mock, "C1:C2:C3:C4:C5:C6", ANDROID);
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    rig_scan(FALSE);
    hears();
    ck_assert_uint_eq(rig.packets->len, 0);
    mock_set(rig.mock, path, "org.bluez.Device1", "RSSI", g_variant_new_int16(-50));
    RIG_WAIT(rig.packets->len == 1);
    g_free(path);
    rig_end();
}
END_TEST

/* Devices of which nothing, or nonsense, is said; and more of them than anybody keeps. */
START_TEST(nonsense_and_crowds_do_no_harm)
{
    static const char *const odd[] = {
        "{}",
        "{'RSSI': <'loud'>}",
        "{'RSSI': <int16 3000>, 'Name': <'x'>}",
        "{'RSSI': <int16 -50>, 'UUIDs': <['', 'zz', '00004e56']>, 'Name': <[1, 2]>}",
        "{'RSSI': <int16 -50>, 'ManufacturerData': <{uint16 8885: <'text'>}>}",
        "{'RSSI': <int16 -50>, 'ServiceData': <{'0000fd6f-0000-1000-8000-00805f9b34fb': <1.5>}>}",
    };
    rig_ready();
    rig_scan(FALSE);
    hears();
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++)
        g_free(mock_hear(rig.mock, "C1:C2:C3:C4:C5:C6", odd[i]));
    g_free(mock_hear(rig.mock, "no:address", ANDROID));
    for (guint i = 0; i < 1500; i++) {
        char *address = g_strdup_printf("C0:00:00:00:%02X:%02X", i >> 8, i & 0xFF);
        g_free(mock_hear(rig.mock, address, ANDROID));
        g_free(address);
    }
    RIG_WAIT(rig.packets->len > 0 && last_packet()->packet.address.bytes[5] == (1499 & 0xFF) &&
             last_packet()->packet.address.bytes[4] == 1499 >> 8);
    ck_assert_uint_eq(beacon_radio_health(rig.radio).counters.malformed, 1);
    rig_end();
}
END_TEST

/* Anybody on the bus may say that he has heard something. */
START_TEST(only_the_daemon_is_believed)
{
    rig_ready();
    rig_scan(FALSE);
    hears();
    GDBusConnection *stranger =
        g_dbus_connection_new_for_address_sync(g_getenv("DBUS_SYSTEM_BUS_ADDRESS"),
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, NULL);
    GVariant *interfaces = g_variant_parse(
        G_VARIANT_TYPE("a{sa{sv}}"),
        "{'org.bluez.Device1': {'Address': <'C1:C2:C3:C4:C5:C6'>, 'RSSI': <int16 -1>, 'Name': "
        "<'forged'>}}",
        NULL, NULL, NULL);
    ck_assert(g_dbus_connection_emit_signal(
        stranger, rig.mock->client, "/", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
        g_variant_new("(o@a{sa{sv}})", HCI0 "/dev_C1_C2_C3_C4_C5_C6", interfaces), NULL));
    ck_assert(g_dbus_connection_flush_sync(stranger, NULL, NULL));
    g_variant_unref(interfaces);
    g_object_unref(stranger);
    g_free(mock_hear(rig.mock, "C1:C2:C3:C4:C5:C7", ANDROID));
    RIG_WAIT(rig.packets->len > 0);
    ck_assert_int_eq(last_packet()->packet.address.bytes[5], 0xC7);
    ck_assert_uint_eq(rig.packets->len, 1);
    rig_end();
}
END_TEST

START_TEST(a_monitor_is_registered_where_it_is_asked_for_and_offered)
{
    rig_ready();
    rig_scan(TRUE);
    hears();
    ck_assert_uint_eq(mock_count(rig.mock, "RegisterMonitor"), 1);
    ck_assert_uint_eq(mock_count(rig.mock, "StartDiscovery"), 0);
    guint32 serial = mock_ask(rig.mock, "/beacon/monitors", "org.freedesktop.DBus.ObjectManager",
                              "GetManagedObjects", NULL);
    GVariant *answer = NULL;
    RIG_WAIT((answer = mock_answer(rig.mock, serial)) != NULL);
    char *text = g_variant_print(answer, FALSE);
    ck_assert(strstr(text, "'Type': <'or_patterns'>") != NULL);
    g_free(text);
    g_variant_unref(answer);
    /* Ended by the daemon, it is registered anew. */
    mock_ask(rig.mock, "/beacon/monitors/ours", "org.bluez.AdvertisementMonitor1", "Release", NULL);
    RIG_WAIT(rig_says("recovering", "ended our advertisement monitor"));
    RIG_PASS(mock_count(rig.mock, "RegisterMonitor") == 2 && rig_says("ready", "ready"));
    rig_end();
}
END_TEST

START_TEST(without_a_monitor_it_discovers_and_says_so)
{
    rig_begin();
    mock_take_away(rig.mock, HCI0, "org.bluez.AdvertisementMonitorManager1");
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    rig_scan(TRUE);
    hears();
    RIG_WAIT(rig_says("ready", "no advertisement monitor here"));
    ck_assert_uint_eq(mock_count(rig.mock, "StartDiscovery"), 1);
    rig_end();
}
END_TEST

/* Perhaps there is nothing to hear; but a scan that has got stuck begins anew. */
START_TEST(long_silence_begins_the_scan_anew)
{
    rig_begin();
    rig.options.silence_ms = 20000;
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    rig_scan(FALSE);
    hears();
    free(mock_log(rig.mock));
    RIG_PASS(mock_count(rig.mock, "StartDiscovery") == 1 &&
             beacon_radio_health(rig.radio).scanning);
    ck_assert(rig_logged("StopDiscovery StartDiscovery"));
    ck_assert_uint_eq(beacon_radio_health(rig.radio).counters.restarts, 1);
    rig_end();
}
END_TEST

/* ---- Advertising ---- */

static GVariant *ask_advert(void)
{
    GVariant *answer = NULL, *all;
    guint32 serial =
        mock_ask(rig.mock, rig.mock->advert, PROPERTIES, "GetAll", g_variant_new("(s)", ADVERT));
    RIG_WAIT((answer = mock_answer(rig.mock, serial)) != NULL);
    g_variant_get(answer, "(@a{sv})", &all);
    g_variant_unref(answer);
    return all;
}

static void expect_type(const char *expected)
{
    const char *type = "";
    GVariant *all = ask_advert();
    g_variant_lookup(all, "Type", "&s", &type);
    ck_assert_str_eq(type, expected);
    g_variant_unref(all);
}

static void is_on_air(void)
{
    RIG_WAIT(beacon_radio_health(rig.radio).advertising);
}

START_TEST(a_payload_is_an_advertisement_and_the_old_one_goes_first)
{
    rig_ready();
    free(mock_log(rig.mock));
    rig_advertise(TRUE, FALSE);
    is_on_air();
    char *first = g_strdup(rig.mock->advert);
    GVariant *all = ask_advert();
    char *text = g_variant_print(all, FALSE);
    ck_assert(strstr(text, "'Type': <'broadcast'>") != NULL);
    ck_assert(strstr(text, "'ServiceUUIDs': <['00004e56-0000-1000-8000-00805f9b34fb']>") != NULL);
    ck_assert(strstr(text, "8885: <[byte 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, "
                           "0x0a, 0x0b, 0x01]>") != NULL);
    ck_assert(strstr(text, "'MinInterval': <uint32 100>") != NULL);
    g_free(text);
    g_variant_unref(all);
    ck_assert(rig_says("ready", "or every 1.28 s"));

    beacon_clock_advance(rig.clock, 900 * G_TIME_SPAN_SECOND);
    RIG_WAIT(rig.rotations->len == 2);
    ck_assert(rig_logged("RegisterAdvertisement UnregisterAdvertisement RegisterAdvertisement"));
    ck_assert_str_ne(rig.mock->advert, first);
    g_free(first);
    free(mock_log(rig.mock));
    rig.radio = beacon_radio_free(rig.radio);
    ck_assert(rig_logged("UnregisterAdvertisement"));
    rig_end();
}
END_TEST

/* From the adapter's own address nobody advertises, unless it need not be connectable. */
START_TEST(without_privacy_nothing_is_connectable)
{
    rig_ready();
    ck_assert(!(beacon_radio_capabilities(rig.radio) & BEACON_RADIO_CAN_BE_CONNECTABLE));
    ck_assert(beacon_radio_capabilities(rig.radio) & BEACON_RADIO_ROLLS_ADDRESS);
    const struct beacon_radio_advertise wish = {.size = sizeof wish, .payload = rig_give};
    GError *error = NULL;
    ck_assert(!beacon_radio_advertise(rig.radio, &wish, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED));
    g_error_free(error);
    ck_assert(!beacon_radio_serve(rig.radio, rig_value, NULL, NULL));
    rig_advertise(FALSE, TRUE);
    is_on_air();
    expect_type("broadcast");
    RIG_WAIT(rig_says("ready", "it takes no connections"));
    rig_end();
}
END_TEST

/* A wish of before it was known: refused in words, until privacy is on. */
START_TEST(a_connectable_wish_waits_for_privacy)
{
    rig_begin();
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    rig_advertise(FALSE, FALSE);
    ck_assert(beacon_radio_serve(rig.radio, rig_value, NULL, NULL));
    RIG_WAIT(rig_says("recovering", "Privacy=device"));
    ck_assert_uint_eq(mock_count(rig.mock, "RegisterAdvertisement"), 0);
    ck_assert_uint_eq(mock_count(rig.mock, "RegisterApplication"), 0);
    mock_stop(rig.mock); /* main.conf was edited, and the daemon started again */
    RIG_WAIT(rig_says("lost", "bluetoothd has ended"));
    rig.is_private = TRUE;
    mock_start(rig.mock);
    is_on_air();
    expect_type("peripheral");
    RIG_WAIT(rig_says("ready", "the kernel changes the address in its own time"));
    ck_assert_uint_eq(mock_count(rig.mock, "RegisterApplication"), 1);
    ck_assert(!(beacon_radio_capabilities(rig.radio) & BEACON_RADIO_ROLLS_ADDRESS));
    rig_end();
}
END_TEST

static const struct refusal {
    const char *method, *error, *message, *words;
} refusals[] = {
    {"RegisterAdvertisement", ERROR("NotPermitted"), "Maximum advertisements reached",
     "other programs have all of the adapter's advertisements"},
    {"RegisterAdvertisement", ERROR("NotReady"), "Resource Not Ready", "the adapter is not ready"},
    {"RegisterAdvertisement", ERROR("InProgress"), "Operation already in progress",
     "bluetoothd is still busy"},
    {"RegisterAdvertisement", ERROR("Failed"), "Failed to register advertisement",
     "Failed to register advertisement"},
    {"RegisterAdvertisement", "org.freedesktop.DBus.Error.ServiceUnknown", "not provided",
     "bluetoothd does not run"},
    {"RegisterAdvertisement", "org.freedesktop.DBus.Error.Spawn.PermissionsInvalid", "helper",
     "bluetoothd does not run"},
    {"StartDiscovery", ERROR("InProgress"), "Operation already in progress",
     "bluetoothd is still busy"},
    {"StartDiscovery", ERROR("NotReady"), "Resource Not Ready", "the adapter is not ready"},
    {"StartDiscovery", ERROR("Failed"), "No discovery started", "No discovery started"},
    {"SetDiscoveryFilter", ERROR("InvalidArguments"), "Invalid arguments", "Invalid arguments"},
    {"RegisterMonitor", ERROR("NotReady"), "Resource Not Ready", "the adapter is not ready"},
};

/* Each is told in words, asked again, with growing patience, and forgotten when it works. */
START_TEST(refusals_are_told_and_outlived)
{
    const struct refusal *refusal = &refusals[_i];
    rig_ready();
    mock_refuse(rig.mock, refusal->method, refusal->error, refusal->message, 3);
    if (strcmp(refusal->method, "RegisterAdvertisement") == 0)
        rig_advertise(TRUE, FALSE);
    else
        rig_scan(strcmp(refusal->method, "RegisterMonitor") == 0);
    RIG_WAIT(rig_says("recovering", refusal->words));
    gint64 begun = beacon_clock_monotonic_us(rig.clock);
    RIG_PASS(rig_says("ready", "ready"));
    struct beacon_radio_health health = beacon_radio_health(rig.radio);
    ck_assert(health.scanning || health.advertising);
    ck_assert_uint_eq(health.counters.refused, 3);
    ck_assert_uint_eq(mock_count(rig.mock, refusal->method), 4);
    ck_assert_int_ge(beacon_clock_monotonic_us(rig.clock) - begun, 1500000);
    rig_end();
}
END_TEST

/* A daemon that does not answer may have heard: what it may have is ended before anything new. */
START_TEST(no_answer_is_no_end)
{
    rig_begin();
    rig.options.command_ms = 100;
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    rig_advertise(TRUE, FALSE);
    is_on_air();
    mock_refuse(rig.mock, "UnregisterAdvertisement", NULL, NULL, 1);
    free(mock_log(rig.mock));
    beacon_clock_advance(rig.clock, 900 * G_TIME_SPAN_SECOND);
    RIG_WAIT(rig_says("recovering", "bluetoothd does not end our advertisement"));
    RIG_PASS(rig.rotations->len == 2);
    ck_assert(rig_logged("UnregisterAdvertisement UnregisterAdvertisement RegisterAdvertisement"));
    ck_assert_uint_eq(beacon_radio_health(rig.radio).counters.timeouts, 1);
    rig_end();
}
END_TEST

START_TEST(released_it_is_registered_anew)
{
    rig_ready();
    rig_advertise(TRUE, FALSE);
    is_on_air();
    char *first = g_strdup(rig.mock->advert);
    mock_ask(rig.mock, first, ADVERT, "Release", NULL);
    RIG_WAIT(rig_says("recovering", "bluetoothd ended our advertisement"));
    RIG_PASS(beacon_radio_health(rig.radio).advertising);
    ck_assert_str_ne(rig.mock->advert, first);
    ck_assert_uint_eq(rig.rotations->len, 1); /* the same payload: nothing has rotated */
    g_free(first);
    rig_end();
}
END_TEST

/* Only the daemon may call our objects. */
START_TEST(our_objects_are_the_daemons_alone)
{
    rig_ready();
    rig_advertise(TRUE, FALSE);
    is_on_air();
    GDBusConnection *stranger =
        g_dbus_connection_new_for_address_sync(g_getenv("DBUS_SYSTEM_BUS_ADDRESS"),
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, NULL);
    GDBusMessage *call =
        g_dbus_message_new_method_call(rig.mock->client, rig.mock->advert, ADVERT, "Release");
    ck_assert(
        g_dbus_connection_send_message(stranger, call, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL));
    ck_assert(g_dbus_connection_flush_sync(stranger, NULL, NULL));
    expect_type("broadcast"); /* asked after it, on the same bus */
    ck_assert(beacon_radio_health(rig.radio).advertising);
    g_object_unref(call);
    g_object_unref(stranger);
    rig_end();
}
END_TEST

/* ---- What goes and comes back ---- */

static void all_wishes(void)
{
    rig_scan(FALSE);
    rig_advertise(TRUE, FALSE);
}

static gboolean does_all(void)
{
    struct beacon_radio_health health = beacon_radio_health(rig.radio);
    return health.scanning && health.advertising && health.state == BEACON_RADIO_READY;
}

START_TEST(without_a_bus_it_says_so_and_waits)
{
    rig_begin();
    mock_stop_bus(rig.mock);
    rig_open("bluez:hci0");
    all_wishes();
    RIG_WAIT(rig_says("lost", "D-Bus cannot be reached"));
    RIG_PASS(beacon_radio_health(rig.radio).counters.reopenings == 10);
    gint64 tenth_us = beacon_clock_monotonic_us(rig.clock);
    RIG_PASS(beacon_radio_health(rig.radio).counters.reopenings == 11);
    ck_assert_int_le(beacon_clock_monotonic_us(rig.clock) - tenth_us, 9 * G_TIME_SPAN_SECOND);
    mock_start_bus(rig.mock);
    mock_start(rig.mock);
    RIG_PASS(does_all());
    /* And once more, in the midst of it. */
    mock_stop_bus(rig.mock);
    RIG_WAIT(rig_says("lost", "D-Bus cannot be reached"));
    ck_assert(!beacon_radio_health(rig.radio).advertising);
    mock_start_bus(rig.mock);
    mock_start(rig.mock);
    RIG_PASS(does_all());
    rig_end();
}
END_TEST

START_TEST(without_a_daemon_it_says_so_and_waits)
{
    static const char *const story[] = {"lost: bluetoothd does not run (systemctl start bluetooth)",
                                        "ready: ready", NULL};
    rig_begin();
    rig_open("bluez:hci0");
    all_wishes();
    RIG_WAIT(rig_says("lost", "bluetoothd does not run"));
    mock_start(rig.mock);
    RIG_WAIT(does_all()); /* its name comes: no time has to pass */
    ck_assert(rig_said(story));
    rig_end();
}
END_TEST

/* What dbus says of its helper's end: invalid permissions, no such service, a failure. */
static const int activations[] = {7, 6, 1};

START_TEST(activation_that_fails_is_tried_once)
{
    rig_begin_on(activations[_i], FALSE);
    mock_add_adapter(rig.mock, "hci0", MOCK_ADDRESS);
    rig_open("bluez:hci0");
    all_wishes();
    RIG_WAIT(rig_says("lost", "bluetoothd does not run"));
    guint64 before = beacon_radio_health(rig.radio).counters.reopenings;
    RIG_PASS(beacon_radio_health(rig.radio).counters.reopenings >= before + 3);
    mock_start(rig.mock);
    RIG_PASS(does_all());
    ck_assert_uint_eq(mock_activations(rig.mock), 1);
    rig_end();
}
END_TEST

START_TEST(a_policy_that_denies_is_told)
{
    rig_begin_on(-1, TRUE);
    mock_add_adapter(rig.mock, "hci0", MOCK_ADDRESS);
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    RIG_WAIT(rig_says("lost", "the bus does not let this user talk to bluetoothd"));
    rig_end();
}
END_TEST

/* Killed, it leaves its advertisement on the air: ours is registered at once. */
START_TEST(a_daemon_that_returns_is_asked_anew)
{
    static const char *const story[] = {"ready: ready", "lost: bluetoothd has ended",
                                        "ready: ready", NULL};
    rig_ready();
    all_wishes();
    RIG_WAIT(does_all());
    if (_i == 1) /* asked to end, it says so first */
        mock_ask(rig.mock, rig.mock->advert, ADVERT, "Release", NULL);
    mock_stop(rig.mock);
    RIG_WAIT(rig_says("lost", "bluetoothd has ended"));
    free(mock_log(rig.mock));
    mock_start(rig.mock);
    RIG_WAIT(does_all());
    ck_assert(rig_said(story));
    ck_assert_uint_eq(mock_count(rig.mock, "RegisterAdvertisement"), 1);
    ck_assert_uint_eq(mock_count(rig.mock, "StartDiscovery"), 1);
    rig_end();
}
END_TEST

/* It is known by its address, whatever its number; who has its number is another. */
START_TEST(an_adapter_is_found_under_another_number)
{
    rig_ready();
    all_wishes();
    RIG_WAIT(does_all());
    mock_remove(rig.mock, HCI0);
    RIG_WAIT(rig_says("lost", "the adapter " MOCK_ADDRESS " has gone"));
    free(mock_log(rig.mock));
    mock_add_adapter(rig.mock, "hci0", "00:AA:01:00:00:99");
    mock_add_adapter(rig.mock, "hci2", MOCK_ADDRESS);
    RIG_WAIT(does_all());
    ck_assert_uint_eq(mock_count(rig.mock, "StartDiscovery"), 1);
    mock_set(rig.mock, HCI0, ADAPTER, "Powered", g_variant_new_boolean(FALSE)); /* not ours */
    mock_set(rig.mock, "/org/bluez/hci2", ADAPTER, "Powered", g_variant_new_boolean(FALSE));
    RIG_WAIT(rig_says("lost", "the adapter hci2 is switched off"));
    rig_end();
}
END_TEST

START_TEST(an_adapter_by_its_address_is_waited_for)
{
    rig_begin_on(-1, FALSE);
    mock_add_adapter(rig.mock, "hci0", "00:AA:01:00:00:99");
    mock_start(rig.mock);
    rig_open("bluez:" MOCK_ADDRESS);
    all_wishes();
    RIG_WAIT(rig_says("lost", "bluetoothd has no adapter " MOCK_ADDRESS));
    mock_add_adapter(rig.mock, "hci1", MOCK_ADDRESS);
    RIG_WAIT(does_all());
    rig_end();
}
END_TEST

START_TEST(switched_off_it_waits_and_goes_on)
{
    static const char *const story[] = {"ready: ready", "lost: the adapter hci0 is switched off",
                                        "ready: ready", NULL};
    rig_ready();
    all_wishes();
    RIG_WAIT(does_all());
    mock_set(rig.mock, HCI0, ADAPTER, "Powered", g_variant_new_boolean(FALSE));
    RIG_WAIT(rig_says("lost", "rfkill list"));
    ck_assert(!beacon_radio_health(rig.radio).scanning);
    mock_set(rig.mock, HCI0, ADAPTER, "Powered", g_variant_new_boolean(TRUE));
    RIG_WAIT(does_all());
    ck_assert(rig_said(story));
    rig_end();
}
END_TEST

/* Without an end of its own, a program may set one. */
START_TEST(tried_so_often_it_ends)
{
    rig_begin();
    rig.options.lost_limit = 3;
    rig_open("bluez:hci0");
    RIG_PASS(beacon_radio_health(rig.radio).state == BEACON_RADIO_ENDED);
    ck_assert_uint_eq(beacon_radio_health(rig.radio).counters.reopenings, 3);
    mock_start(rig.mock); /* too late */
    rig_end();
}
END_TEST

/* Whoever is told may free the radio, at each moment of its life. */
START_TEST(it_may_be_freed_within)
{
    rig_begin();
    if (_i > 0)
        mock_start(rig.mock);
    if (_i == 2)
        mock_refuse(rig.mock, "StartDiscovery", ERROR("NotReady"), "", 1);
    rig_open("bluez:hci0");
    if (_i > 1)
        rig_scan(FALSE);
    rig.free_at_health = TRUE;
    RIG_WAIT(rig.radio == NULL);
    rig_end();
}
END_TEST

START_TEST(a_text_that_names_no_adapter_is_an_error)
{
    static const char *const texts[] = {"bluez:",
                                        "bluez:hci",
                                        "bluez:hci1x",
                                        "bluez:eth0",
                                        "bluez:00:AA:01:00:00",
                                        "bluez:00:AA:01:00:00:4G"};
    GError *error = NULL;
    ck_assert_ptr_null(beacon_radio_open(texts[_i], NULL, NULL, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS));
    g_error_free(error);
}
END_TEST

/* ---- Looking, without touching ---- */

static void look_and_expect(const char *address, gboolean is_good, const char *words)
{
    GPtrArray *findings = beacon_radio_diagnose(address);
    gboolean good = TRUE, said = FALSE;
    for (guint i = 0; i < findings->len; i++) {
        const struct beacon_finding *finding = g_ptr_array_index(findings, i);
        good &= finding->level != BEACON_FINDING_BAD;
        said |= strstr(finding->text, words) != NULL;
    }
    ck_assert_msg(good == is_good && said, "%s: not %d, or without %s", address, is_good, words);
    g_ptr_array_unref(findings);
}

START_TEST(a_diagnosis_asks_the_daemon)
{
    rig_begin_on(0, FALSE);
    mock_add_adapter(rig.mock, "hci0", MOCK_ADDRESS);
    look_and_expect("bluez:hci0", FALSE, "bluetoothd does not run");
    ck_assert_uint_eq(mock_activations(rig.mock), 0);
    mock_start(rig.mock);
    look_and_expect("bluez:hci0", TRUE, "hci0 (" MOCK_ADDRESS ") is there");
    look_and_expect("bluez:" MOCK_ADDRESS, TRUE, "Privacy=device");
    look_and_expect("bluez:hci4", FALSE, "there are others: hci0 (" MOCK_ADDRESS ")");
    look_and_expect("bluez:eth0", FALSE, "does not name a radio");
    rig.is_private = TRUE;
    look_and_expect("bluez:hci0", TRUE, "in its own time");
    mock_set(rig.mock, HCI0, ADAPTER, "Powered", g_variant_new_boolean(FALSE));
    look_and_expect("bluez:hci0", FALSE, "switched off");
    mock_refuse(rig.mock, "GetManagedObjects", NULL, NULL, 1);
    look_and_expect("bluez:hci0", FALSE, "bluetoothd did not answer");
    mock_stop_bus(rig.mock);
    look_and_expect("bluez:hci0", FALSE, "D-Bus cannot be reached");
    mock_start_bus(rig.mock);
    rig_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bluez");
    TCase *tcase = tcase_create("bluez");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_the_daemon_tells_of_devices_is_heard);
    tcase_add_test(tcase, what_was_there_before_us_is_not_heard);
    tcase_add_test(tcase, nonsense_and_crowds_do_no_harm);
    tcase_add_test(tcase, only_the_daemon_is_believed);
    tcase_add_test(tcase, a_monitor_is_registered_where_it_is_asked_for_and_offered);
    tcase_add_test(tcase, without_a_monitor_it_discovers_and_says_so);
    tcase_add_test(tcase, long_silence_begins_the_scan_anew);
    tcase_add_test(tcase, a_payload_is_an_advertisement_and_the_old_one_goes_first);
    tcase_add_test(tcase, without_privacy_nothing_is_connectable);
    tcase_add_test(tcase, a_connectable_wish_waits_for_privacy);
    tcase_add_loop_test(tcase, refusals_are_told_and_outlived, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(tcase, no_answer_is_no_end);
    tcase_add_test(tcase, released_it_is_registered_anew);
    tcase_add_test(tcase, our_objects_are_the_daemons_alone);
    tcase_add_test(tcase, without_a_bus_it_says_so_and_waits);
    tcase_add_test(tcase, without_a_daemon_it_says_so_and_waits);
    tcase_add_loop_test(tcase, activation_that_fails_is_tried_once, 0, G_N_ELEMENTS(activations));
    tcase_add_test(tcase, a_policy_that_denies_is_told);
    tcase_add_loop_test(tcase, a_daemon_that_returns_is_asked_anew, 0, 2);
    tcase_add_test(tcase, an_adapter_is_found_under_another_number);
    tcase_add_test(tcase, an_adapter_by_its_address_is_waited_for);
    tcase_add_test(tcase, switched_off_it_waits_and_goes_on);
    tcase_add_test(tcase, tried_so_often_it_ends);
    tcase_add_loop_test(tcase, it_may_be_freed_within, 0, 3);
    tcase_add_loop_test(tcase, a_text_that_names_no_adapter_is_an_error, 0, 6);
    tcase_add_test(tcase, a_diagnosis_asks_the_daemon);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
