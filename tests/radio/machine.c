/* SPDX-License-Identifier: MIT */
/* What is read of a machine: on made-up roots, each with one thing in it, and on this machine. */
#include "radio/machine.h"

#include "check_main.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *root;

static void make_root(void)
{
    root = g_dir_make_tmp("beacon-machine-XXXXXX", NULL);
    ck_assert_ptr_nonnull(root);
}

static void remove_tree(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        char *below = g_build_filename(path, name, NULL);
        remove_tree(below);
        g_free(below);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_remove(path);
}

static void remove_root(void)
{
    remove_tree(root);
    g_free(root);
}

/* Makes a file under the root; text NULL: a folder. */
static void put(const char *path, const char *text)
{
    char *whole = g_build_filename(root, path, NULL);
    char *folder = text == NULL ? g_strdup(whole) : g_path_get_dirname(whole);
    ck_assert_int_eq(g_mkdir_with_parents(folder, 0755), 0);
    if (text != NULL)
        ck_assert(g_file_set_contents(whole, text, -1, NULL));
    g_free(folder);
    g_free(whole);
}

static void put_switch(const char *number, const char *type, const char *name, const char *soft,
                       const char *hard)
{
    const char *const files[][2] = {{"type", type}, {"name", name}, {"soft", soft}, {"hard", hard}};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        char *path = g_strdup_printf("sys/class/rfkill/rfkill%s/%s", number, files[i][0]);
        char *line = g_strconcat(files[i][1], "\n", NULL);
        put(path, line);
        g_free(line);
        g_free(path);
    }
}

START_TEST(an_empty_root_has_nothing)
{
    struct bcn_machine *machine = bcn_machine_read(root);
    ck_assert(!machine->has_bluetooth);
    ck_assert(!machine->has_module);
    ck_assert(!machine->has_daemon);
    ck_assert(!machine->may_administer);
    ck_assert(!machine->is_raspberry);
    ck_assert_str_eq(machine->program, "PROGRAM");
    ck_assert_str_eq(machine->drivers, "");
    ck_assert_uint_eq(machine->switches->len, 0);
    ck_assert_int_eq(bcn_machine_block(machine, NULL), BCN_BLOCK_NONE);
    bcn_machine_free(machine);
}
END_TEST

START_TEST(everything_is_found)
{
    put("sys/class/bluetooth", NULL);
    put("proc/sys/kernel/osrelease", "6.1.0-9-amd64\n");
    put("lib/modules/6.1.0-9-amd64/modules.dep",
        "kernel/net/bluetooth/bnep/bnep.ko: kernel/net/bluetooth/bluetooth.ko\n");
    put("proc/812/comm", "bluetoothd\n");
    put("proc/modules", "btusb 65536 0 - Live 0x0\nhci_uart 1 0 - Live 0x0\nbtusbx 1 0\n");
    put("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4");
    put("proc/self/status",
        "Name:\tbeacon\nCapPrm:\t0000000000000000\nCapEff:\t0000000000001000\n");
    char *exe = g_build_filename(root, "proc/self/exe", NULL);
    ck_assert_int_eq(symlink("/usr/bin/beacon", exe), 0);
    g_free(exe);

    struct bcn_machine *machine = bcn_machine_read(root);
    ck_assert(machine->has_bluetooth);
    ck_assert(machine->has_module);
    ck_assert(machine->has_daemon);
    ck_assert(machine->may_administer);
    ck_assert(machine->is_raspberry);
    ck_assert_str_eq(machine->program, "/usr/bin/beacon");
    ck_assert_str_eq(machine->drivers, "btusb, hci_uart");
    bcn_machine_free(machine);
}
END_TEST

/* Each looks like what is sought, and is not. */
START_TEST(likenesses_are_told_apart)
{
    put("proc/sys/kernel/osrelease", "6.1.0-9-amd64\n");
    put("lib/modules/6.1.0-8-amd64/modules.dep", "kernel/net/bluetooth/bluetooth.ko:\n");
    put("proc/812/comm", "bluetoothd2\n");
    put("proc/other/comm", "bluetoothd\n");
    put("proc/self/status", "CapPrm:\t0000000000001000\nCapEff:\t0000000000002fff\n"
                            "XCapEff:\t0000000000001000\n");
    put("proc/modules", "bluetooth 1 0 - Live 0x0\n");
    put_switch("0", "wlan", "phy0", "1", "1");
    struct bcn_machine *machine = bcn_machine_read(root);
    ck_assert(!machine->has_module);
    ck_assert(!machine->has_daemon);
    ck_assert(!machine->may_administer);
    ck_assert_str_eq(machine->drivers, "");
    ck_assert_uint_eq(machine->switches->len, 0);
    bcn_machine_free(machine);
}
END_TEST

static enum bcn_block block_of(const char *adapter)
{
    struct bcn_machine *machine = bcn_machine_read(root);
    enum bcn_block block = bcn_machine_block(machine, adapter);
    bcn_machine_free(machine);
    return block;
}

START_TEST(a_switch_is_for_its_adapter)
{
    put_switch("3", "bluetooth", "hci0", "1", "0");
    put_switch("4", "bluetooth", "hci1", "0", "0");
    put_switch("5", "bluetooth", "hci2", "1", "1");
    ck_assert_int_eq(block_of("hci0"), BCN_BLOCK_SOFT);
    ck_assert_int_eq(block_of("hci1"), BCN_BLOCK_NONE);
    ck_assert_int_eq(block_of("hci2"), BCN_BLOCK_HARD);
    ck_assert_int_eq(block_of(NULL), BCN_BLOCK_HARD);
}
END_TEST

START_TEST(a_platforms_switch_is_for_all)
{
    put_switch("0", "bluetooth", "tpacpi_bluetooth_sw", "0", "1");
    put_switch("1", "bluetooth", "hci0", "0", "0");
    ck_assert_int_eq(block_of("hci0"), BCN_BLOCK_HARD);
}
END_TEST

/* The kernel itself is asked, by the call that capabilities(7) describes. */
START_TEST(this_machines_rights_are_what_the_kernel_says)
{
    struct {
        guint32 version;
        int pid;
    } header = {0x20080522, 0};
    struct {
        guint32 effective, permitted, inheritable;
    } data[2] = {{0, 0, 0}};
    ck_assert_int_eq(syscall(SYS_capget, &header, data), 0);
    struct bcn_machine *machine = bcn_machine_read("");
    ck_assert_int_eq(machine->may_administer, (data[0].effective >> 12 & 1) != 0);
    ck_assert(g_path_is_absolute(machine->program));
    bcn_machine_free(machine);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine");
    TCase *made_up = tcase_create("made-up roots");
    tcase_add_checked_fixture(made_up, make_root, remove_root);
    tcase_add_test(made_up, an_empty_root_has_nothing);
    tcase_add_test(made_up, everything_is_found);
    tcase_add_test(made_up, likenesses_are_told_apart);
    tcase_add_test(made_up, a_switch_is_for_its_adapter);
    tcase_add_test(made_up, a_platforms_switch_is_for_all);
    suite_add_tcase(suite, made_up);
    TCase *real = tcase_create("this machine");
    tcase_add_test(real, this_machines_rights_are_what_the_kernel_says);
    suite_add_tcase(suite, real);
    return check_main(suite);
}
