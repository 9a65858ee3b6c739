/* SPDX-License-Identifier: MIT */
/* Each finding of the diagnosis is made where it is due, and says what to do. */
#include "radio/diagnose.h"

#include "check_main.h"
#include "radio/auto.h"
#include "radio/reason.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A machine where nothing is wrong, with two adapters; each test spoils one thing. */
static char switch_name[] = "hci0";
static char platform_name[] = "acer-bluetooth";
static char program[] = "/usr/bin/beacon";
static char driver[] = "btusb";
static char no_driver[] = "";
static struct bcn_switch own_switch;
static struct bcn_machine machine;
static GArray *adapters;
static GPtrArray *findings;
static struct bcn_bluez_sight shared;
static int status;

static struct bcn_adapter *adapter(guint i)
{
    return &g_array_index(adapters, struct bcn_adapter, i);
}

static void add_adapter(const char *name, guint8 last)
{
    struct bcn_adapter one = {.index = (guint16)adapters->len, .knows_le = TRUE, .has_le = TRUE};
    g_strlcpy(one.face.name, name, sizeof one.face.name);
    memcpy(one.face.address.bytes, (guint8[]){0x00, 0xAA, 0x01, 0, 0, last}, 6);
    g_array_append_val(adapters, one);
}

static void set_up(void)
{
    own_switch = (struct bcn_switch){.name = switch_name};
    machine = (struct bcn_machine){.has_bluetooth = TRUE,
                                   .may_administer = TRUE,
                                   .program = program,
                                   .drivers = driver,
                                   .switches = g_ptr_array_new()};
    g_ptr_array_add(machine.switches, &own_switch);
    adapters = g_array_new(FALSE, TRUE, sizeof(struct bcn_adapter));
    findings = NULL;
    status = 0;
    add_adapter("hci0", 0x10);
    add_adapter("hci1", 0x11);
}

static void tear_down(void)
{
    g_ptr_array_unref(machine.switches);
    g_array_unref(adapters);
    g_clear_pointer(&findings, g_ptr_array_unref);
}

static void free_finding(gpointer data)
{
    g_free(((struct beacon_finding *)data)->text);
    g_free(data);
}

static void diagnose(const char *wanted)
{
    struct bcn_sight sight = {&machine, status, status == 0 ? adapters : NULL};
    g_clear_pointer(&findings, g_ptr_array_unref);
    findings = g_ptr_array_new_with_free_func(free_finding);
    bcn_diagnose_adapter(&sight, wanted, findings);
}

static char shared_name[] = "hci0", shared_address[] = "00:AA:01:00:00:10";
static char other_adapters[] = "hci1 (00:AA:01:00:00:11)";
static char complaint[] = "it is so";

/* What bluetoothd shares: all is well, and each test spoils one thing. */
static void share(void)
{
    shared = (struct bcn_bluez_sight){
        .name = shared_name, .address = shared_address, .powered = TRUE, .advertises = TRUE};
    machine.has_daemon = TRUE;
    machine.may_administer = FALSE;
}

static void diagnose_shared(const char *wanted)
{
    struct bcn_sight sight = {&machine, status, status == 0 ? adapters : NULL};
    g_clear_pointer(&findings, g_ptr_array_unref);
    findings = g_ptr_array_new_with_free_func(free_finding);
    bcn_diagnose_shared(&sight, &shared, wanted, findings);
}

/* The one finding of this level on this subject; NULL where there is none. */
static const char *text_of(enum beacon_finding_level level, const char *subject)
{
    const char *text = NULL;
    for (guint i = 0; i < findings->len; i++) {
        const struct beacon_finding *finding = g_ptr_array_index(findings, i);
        if (finding->level != level || strcmp(finding->subject, subject) != 0)
            continue;
        ck_assert_msg(text == NULL, "two findings on %s", subject);
        text = finding->text;
    }
    return text;
}

static guint count(enum beacon_finding_level level)
{
    guint number = 0;
    for (guint i = 0; i < findings->len; i++)
        number += ((const struct beacon_finding *)g_ptr_array_index(findings, i))->level == level;
    return number;
}

static void expect(enum beacon_finding_level level, const char *subject, const char *words)
{
    const char *text = text_of(level, subject);
    ck_assert_msg(text != NULL, "nothing on %s", subject);
    ck_assert_msg(strstr(text, words) != NULL, "\"%s\" lacks \"%s\"", text, words);
}

/* That, and nothing else, is wrong. */
static void expect_bad(const char *subject, const char *words)
{
    expect(BEACON_FINDING_BAD, subject, words);
    ck_assert_uint_eq(count(BEACON_FINDING_BAD), 1);
}

START_TEST(all_is_well)
{
    diagnose("hci0");
    ck_assert_uint_eq(count(BEACON_FINDING_GOOD), findings->len);
    expect(BEACON_FINDING_GOOD, "kernel", "has Bluetooth");
    expect(BEACON_FINDING_GOOD, "adapter", "hci0 (00:AA:01:00:00:10)");
    expect(BEACON_FINDING_GOOD, "adapter", "down");
    expect(BEACON_FINDING_GOOD, "rfkill", "no switch");
    expect(BEACON_FINDING_GOOD, "rights", "CAP_NET_ADMIN");
    expect(BEACON_FINDING_GOOD, "bluetoothd", "does not run");
    expect(BEACON_FINDING_GOOD, "controller", "Low Energy");
}
END_TEST

START_TEST(an_adapter_is_found_by_its_address)
{
    diagnose("00:aa:01:00:00:11");
    ck_assert_uint_eq(count(BEACON_FINDING_BAD), 0);
    expect(BEACON_FINDING_GOOD, "adapter", "hci1 (00:AA:01:00:00:11)");
}
END_TEST

START_TEST(a_kernel_without_bluetooth)
{
    machine.has_bluetooth = FALSE;
    status = EAFNOSUPPORT;
    diagnose("hci0");
    expect_bad("kernel", "CONFIG_BT");
    ck_assert_uint_eq(findings->len, 1);
    machine.has_module = TRUE;
    status = EPROTONOSUPPORT;
    diagnose(NULL);
    expect_bad("kernel", "sudo modprobe bluetooth");
}
END_TEST

START_TEST(a_kernel_that_keeps_bluetooth_from_us)
{
    status = EAFNOSUPPORT;
    diagnose("hci0");
    expect_bad("kernel", "--network host");
    expect_bad("kernel", "RestrictAddressFamilies=");
}
END_TEST

START_TEST(a_kernel_that_lacks_the_call)
{
    status = ENOSYS;
    diagnose("hci0");
    expect_bad("kernel", g_strerror(ENOSYS));
}
END_TEST

START_TEST(no_adapter)
{
    g_array_set_size(adapters, 0);
    diagnose(NULL);
    expect_bad("adapter", "plug one in");
    expect_bad("adapter", "sudo dmesg | grep");
    expect_bad("adapter", "loaded: btusb");
    machine.drivers = no_driver;
    diagnose("hci0");
    expect_bad("adapter", "no adapter hci0");
    expect_bad("adapter", "lsmod");
    ck_assert_uint_eq(count(BEACON_FINDING_NOTE), 0);
}
END_TEST

START_TEST(no_adapter_on_a_raspberry)
{
    g_array_set_size(adapters, 0);
    machine.is_raspberry = TRUE;
    diagnose(NULL);
    expect_bad("adapter", "dtoverlay=disable-bt");
    expect_bad("adapter", "hciuart");
}
END_TEST

START_TEST(another_adapter_than_those_there)
{
    diagnose("hci7");
    expect_bad("adapter", "no adapter hci7");
    expect(BEACON_FINDING_NOTE, "adapter", "hci0 (00:AA:01:00:00:10), hci1 (00:AA:01:00:00:11)");
}
END_TEST

START_TEST(blocked)
{
    own_switch.soft = TRUE;
    diagnose("hci0");
    expect_bad("rfkill", "sudo rfkill unblock bluetooth");
    diagnose("hci1");
    ck_assert_uint_eq(count(BEACON_FINDING_BAD), 0);
    own_switch.hard = TRUE;
    diagnose("hci0");
    expect_bad("rfkill", "switch or key");
    ck_assert_ptr_null(strstr(text_of(BEACON_FINDING_BAD, "rfkill"), "unblock"));
}
END_TEST

/* A platform's switch may take the adapter off its bus. */
START_TEST(blocked_and_therefore_absent)
{
    own_switch = (struct bcn_switch){.name = platform_name, .soft = TRUE};
    g_array_set_size(adapters, 0);
    diagnose("hci0");
    expect(BEACON_FINDING_BAD, "rfkill", "rfkill unblock bluetooth");
    expect(BEACON_FINDING_BAD, "adapter", "no adapter hci0");
}
END_TEST

START_TEST(a_missing_right)
{
    machine.may_administer = FALSE;
    diagnose("hci0");
    expect_bad("rights", "sudo setcap cap_net_admin+ep /usr/bin/beacon");
    expect_bad("rights", "AmbientCapabilities=CAP_NET_ADMIN");
}
END_TEST

START_TEST(held_by_bluetoothd)
{
    machine.has_daemon = TRUE;
    diagnose("hci0");
    expect(BEACON_FINDING_GOOD, "bluetoothd", "does not use hci0");
    adapter(0)->face.up = TRUE;
    diagnose("hci0");
    expect_bad("bluetoothd", "--take");
    expect_bad("bluetoothd", "sudo systemctl stop bluetooth");
}
END_TEST

START_TEST(held_by_another_program)
{
    adapter(0)->face.up = adapter(0)->face.held = TRUE;
    machine.has_daemon = TRUE;
    diagnose("hci0");
    expect_bad("adapter", "another program has hci0");
}
END_TEST

START_TEST(up_without_an_owner)
{
    adapter(0)->face.up = TRUE;
    diagnose("hci0");
    ck_assert_uint_eq(count(BEACON_FINDING_BAD), 0);
    expect(BEACON_FINDING_GOOD, "adapter", "taken down");
}
END_TEST

START_TEST(still_starting)
{
    adapter(0)->starting = TRUE;
    diagnose("hci0");
    expect_bad("adapter", "try again");
}
END_TEST

START_TEST(a_controller_without_le)
{
    adapter(0)->has_le = FALSE;
    diagnose("hci0");
    expect_bad("controller", "use another adapter");
    adapter(0)->knows_le = FALSE;
    diagnose("hci0");
    ck_assert_uint_eq(count(BEACON_FINDING_BAD), 0);
    expect(BEACON_FINDING_NOTE, "controller", "hci0");
}
END_TEST

START_TEST(auto_looks_at_the_best)
{
    adapter(0)->has_le = FALSE;
    diagnose(NULL);
    expect(BEACON_FINDING_GOOD, "adapter", "hci1");
    adapter(0)->has_le = TRUE;
    diagnose(NULL);
    expect(BEACON_FINDING_GOOD, "adapter", "hci0");
    adapter(0)->face.up = machine.has_daemon = TRUE;
    diagnose(NULL);
    expect(BEACON_FINDING_GOOD, "adapter", "hci1");
}
END_TEST

/* ---- Errors say the same ---- */

static void expect_refusal(int number, enum beacon_radio_error code, const char *words)
{
    GError *error = NULL;
    bcn_reason_refuse("hci0", number, &error);
    ck_assert_msg(g_error_matches(error, BEACON_RADIO_ERROR, (gint)code), "%d: %d, %s", number,
                  error->code, error->message);
    ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
    g_error_free(error);
}

START_TEST(each_errno_has_its_words)
{
    expect_refusal(EAFNOSUPPORT, BEACON_RADIO_ERROR_UNSUPPORTED, "kernel");
    expect_refusal(EPERM, BEACON_RADIO_ERROR_PERMISSION, "CAP_NET_ADMIN");
    expect_refusal(ENODEV, BEACON_RADIO_ERROR_ABSENT, "hci0");
    expect_refusal(EBUSY, BEACON_RADIO_ERROR_BUSY, "another program has hci0");
    expect_refusal(EUSERS, BEACON_RADIO_ERROR_BUSY, "another program has hci0");
    expect_refusal(ERFKILL, BEACON_RADIO_ERROR_BLOCKED, "rfkill");
    expect_refusal(EIO, BEACON_RADIO_ERROR_FAILED, g_strerror(EIO));
}
END_TEST

/* ---- This machine, and the other kinds of address ---- */

enum { BLUETOOTH_FAMILY = 31, HCI_PROTOCOL = 1 };

static int ask_kernel(void)
{
    int fd = socket(BLUETOOTH_FAMILY, SOCK_RAW | SOCK_CLOEXEC, HCI_PROTOCOL);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

START_TEST(this_machine_is_told_as_it_is)
{
    int kernel = ask_kernel();
    findings = beacon_radio_diagnose("auto");
    ck_assert_uint_ge(findings->len, 1);
    if (kernel != 0) {
        ck_assert_uint_eq(findings->len, 1);
        expect(BEACON_FINDING_BAD, "kernel", "Bluetooth");
    } else {
        expect(BEACON_FINDING_GOOD, "kernel", "Bluetooth");
    }
}
END_TEST

START_TEST(this_machines_adapters_are_listed_or_refused)
{
    GError *error = NULL;
    GArray *list = beacon_radio_adapters(&error);
    if (ask_kernel() != 0) {
        ck_assert_ptr_null(list);
        ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED));
        g_error_free(error);
    } else {
        ck_assert_ptr_nonnull(list);
        g_array_unref(list);
    }
}
END_TEST

static void expect_of(const char *address, enum beacon_finding_level level, const char *subject,
                      const char *words)
{
    g_clear_pointer(&findings, g_ptr_array_unref);
    findings = beacon_radio_diagnose(address);
    ck_assert_uint_eq(findings->len, 1);
    expect(level, subject, words);
}

START_TEST(no_address)
{
    static const char *const wrong[] = {"",
                                        "hci0",
                                        "hci:",
                                        "hci:x",
                                        "h4:",
                                        "hci:hci",
                                        "hci:hci12345",
                                        "hci:00:AA:01:00:00",
                                        "sim:",
                                        "bluetooth:",
                                        "hci:hci0x",
                                        "hci:00:AA:01:00:00:1G",
                                        "AUTO",
                                        "capture:",
                                        "hci:00-AA-01-00-00-10"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        expect_of(wrong[i], BEACON_FINDING_BAD, "address", "expected auto");
}
END_TEST

START_TEST(a_socket)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char *folder = g_dir_make_tmp("beacon-diagnose-XXXXXX", NULL);
    char *address = g_strdup_printf("h4:%s/socket", folder);
    expect_of(address, BEACON_FINDING_BAD, "controller", "start what makes this socket");
    g_strlcpy(name.sun_path, address + 3, sizeof name.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&name, sizeof name), 0);
    expect_of(address, BEACON_FINDING_GOOD, "controller", "is a socket");
    ck_assert_int_eq(chmod(name.sun_path, 0), 0);
    if (geteuid() != 0)
        expect_of(address, BEACON_FINDING_BAD, "rights", "may not write");
    close(fd);
    g_remove(name.sun_path);
    ck_assert(g_file_set_contents(name.sun_path, "", 0, NULL));
    expect_of(address, BEACON_FINDING_BAD, "controller", "not a socket");
    g_remove(name.sun_path);
    g_rmdir(folder);
    g_free(address);
    g_free(folder);
}
END_TEST

START_TEST(a_socket_with_too_long_a_path)
{
    char path[200] = "h4:/";
    memset(path + 4, 'x', sizeof path - 5);
    path[sizeof path - 1] = '\0';
    expect_of(path, BEACON_FINDING_BAD, "controller", "107");
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    expect_of("capture:/nowhere/to/be/found", BEACON_FINDING_BAD, "file", "/nowhere/to/be/found");
    expect_of("sim:/nowhere/to/be/found", BEACON_FINDING_BAD, "file", "/nowhere/to/be/found");
}
END_TEST

/* ---- Shared with bluetoothd ---- */

static gboolean notes(const char *words)
{
    for (guint i = 0; i < findings->len; i++) {
        const struct beacon_finding *finding = g_ptr_array_index(findings, i);
        if (finding->level == BEACON_FINDING_NOTE && strstr(finding->text, words) != NULL)
            return TRUE;
    }
    return FALSE;
}

/* Neither a right nor the kernel's own word is needed. */
START_TEST(shared_all_is_well)
{
    share();
    diagnose_shared("hci0");
    ck_assert_uint_eq(count(BEACON_FINDING_BAD), 0);
    expect(BEACON_FINDING_GOOD, "bus", "can be reached");
    expect(BEACON_FINDING_GOOD, "bluetoothd", "answers this user");
    expect(BEACON_FINDING_GOOD, "adapter", "hci0 (00:AA:01:00:00:10)");
    expect(BEACON_FINDING_GOOD, "rfkill", "no switch");
    ck_assert(notes("in 10 seconds"));
    ck_assert(notes("Privacy=device"));
    shared.is_private = TRUE;
    diagnose_shared("hci0");
    ck_assert(notes("in its own time"));
    shared.advertises = FALSE;
    diagnose_shared("hci0");
    ck_assert(notes("cannot advertise"));
    status = EAFNOSUPPORT;
    diagnose_shared("hci0");
    ck_assert_uint_eq(count(BEACON_FINDING_BAD), 0);
}
END_TEST

START_TEST(shared_but_not_to_be_had)
{
    share();
    shared.no_bus = complaint;
    diagnose_shared("hci0");
    expect_bad("bus", "it is so");
    share();
    shared.no_daemon = complaint;
    diagnose_shared("hci0");
    expect_bad("bluetoothd", "it is so");
    share();
    shared.powered = FALSE;
    own_switch.soft = TRUE;
    diagnose_shared("hci0");
    expect(BEACON_FINDING_BAD, "adapter", "switched off");
    expect(BEACON_FINDING_BAD, "rfkill", "rfkill unblock bluetooth");
}
END_TEST

START_TEST(shared_but_not_this_one)
{
    share();
    shared.name = NULL;
    shared.others = other_adapters;
    diagnose_shared("hci7");
    expect_bad("adapter", "no adapter hci7");
    ck_assert(notes("there are others: hci1"));
    diagnose_shared("hci0");
    expect_bad("adapter", "bluetoothd has no adapter hci0");
    adapter(0)->face.up = adapter(0)->face.held = TRUE;
    diagnose_shared("hci0");
    expect_bad("adapter", "another program has hci0");
}
END_TEST

/* One that bluetoothd has, if it runs; not one that somebody has for himself. */
START_TEST(auto_shares_where_it_can)
{
    ck_assert_ptr_null(bcn_auto_shared(&machine, adapters));
    machine.has_daemon = TRUE;
    ck_assert_ptr_eq(bcn_auto_shared(&machine, adapters), adapter(0));
    adapter(0)->face.held = TRUE;
    ck_assert_ptr_eq(bcn_auto_shared(&machine, adapters), adapter(1));
    adapter(1)->face.held = TRUE;
    ck_assert_ptr_null(bcn_auto_shared(&machine, adapters));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnose");
    TCase *made_up = tcase_create("made-up machines");
    tcase_add_checked_fixture(made_up, set_up, tear_down);
    tcase_add_test(made_up, all_is_well);
    tcase_add_test(made_up, an_adapter_is_found_by_its_address);
    tcase_add_test(made_up, a_kernel_without_bluetooth);
    tcase_add_test(made_up, a_kernel_that_keeps_bluetooth_from_us);
    tcase_add_test(made_up, a_kernel_that_lacks_the_call);
    tcase_add_test(made_up, no_adapter);
    tcase_add_test(made_up, no_adapter_on_a_raspberry);
    tcase_add_test(made_up, another_adapter_than_those_there);
    tcase_add_test(made_up, blocked);
    tcase_add_test(made_up, blocked_and_therefore_absent);
    tcase_add_test(made_up, a_missing_right);
    tcase_add_test(made_up, held_by_bluetoothd);
    tcase_add_test(made_up, held_by_another_program);
    tcase_add_test(made_up, up_without_an_owner);
    tcase_add_test(made_up, still_starting);
    tcase_add_test(made_up, a_controller_without_le);
    tcase_add_test(made_up, auto_looks_at_the_best);
    tcase_add_test(made_up, shared_all_is_well);
    tcase_add_test(made_up, shared_but_not_to_be_had);
    tcase_add_test(made_up, shared_but_not_this_one);
    tcase_add_test(made_up, auto_shares_where_it_can);
    suite_add_tcase(suite, made_up);
    TCase *real = tcase_create("this machine");
    tcase_add_checked_fixture(real, set_up, tear_down);
    tcase_add_test(real, each_errno_has_its_words);
    tcase_add_test(real, this_machine_is_told_as_it_is);
    tcase_add_test(real, this_machines_adapters_are_listed_or_refused);
    tcase_add_test(real, no_address);
    tcase_add_test(real, a_socket);
    tcase_add_test(real, a_socket_with_too_long_a_path);
    tcase_add_test(real, a_file_that_is_not_there);
    suite_add_tcase(suite, real);
    return check_main(suite);
}
