/* SPDX-License-Identifier: MIT */
/* Reads what the machine's own files tell: /proc, /sys and the kernel's modules. */
#include "radio/machine.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

/* A small file's text without the white space around it; empty where it cannot be read. */
static char *read_text(const char *root, const char *path)
{
    char *whole = g_strconcat(root, path, NULL);
    char *text = NULL;
    if (!g_file_get_contents(whole, &text, NULL, NULL))
        text = g_strdup("");
    g_free(whole);
    return g_strstrip(text);
}

static gboolean file_is(const char *root, const char *folder, const char *name, const char *file,
                        const char *expected)
{
    char *path = g_strconcat(folder, "/", name, "/", file, NULL);
    char *text = read_text(root, path);
    gboolean is = strcmp(text, expected) == 0;
    g_free(text);
    g_free(path);
    return is;
}

typedef void (*entry_func)(struct bcn_machine *machine, const char *root, const char *folder,
                           const char *name);

static void for_each_entry(struct bcn_machine *machine, const char *root, const char *folder,
                           entry_func func)
{
    char *path = g_strconcat(root, folder, NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        func(machine, root, folder, name);
    if (dir != NULL)
        g_dir_close(dir);
    g_free(path);
}

static void read_switch(struct bcn_machine *machine, const char *root, const char *folder,
                        const char *name)
{
    if (!file_is(root, folder, name, "type", "bluetooth"))
        return;
    char *path = g_strconcat(folder, "/", name, "/name", NULL);
    struct bcn_switch *found = g_new(struct bcn_switch, 1);
    found->name = read_text(root, path);
    found->soft = file_is(root, folder, name, "soft", "1");
    found->hard = file_is(root, folder, name, "hard", "1");
    g_ptr_array_add(machine->switches, found);
    g_free(path);
}

static void free_switch(gpointer data)
{
    struct bcn_switch *old = data;
    g_free(old->name);
    g_free(old);
}

static void read_process(struct bcn_machine *machine, const char *root, const char *folder,
                         const char *name)
{
    if (g_ascii_isdigit(name[0]) && file_is(root, folder, name, "comm", "bluetoothd"))
        machine->has_daemon = TRUE;
}

/* The value of a "Name:\tvalue" line; -1 where there is none. */
static gint64 read_hex_field(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    if (line == NULL || (line != text && line[-1] != '\n'))
        return -1;
    return (gint64)g_ascii_strtoull(line + strlen(name), NULL, 16);
}

static gboolean read_rights(const char *root)
{
    char *status = read_text(root, "/proc/self/status");
    gint64 effective = read_hex_field(status, "CapEff:");
    g_free(status);
    return effective >= 0 && (effective >> CAP_NET_ADMIN & 1) != 0;
}

/* Of an adapter's bus: each is a module of its own. */
static char *read_drivers(const char *root)
{
    static const char *const known[] = {"btusb", "hci_uart", "btsdio", "hci_vhci"};
    char *modules = read_text(root, "/proc/modules");
    char **lines = g_strsplit(modules, "\n", -1);
    GString *found = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        for (char **line = lines; *line != NULL; line++)
            if (g_str_has_prefix(*line, known[i]) && (*line)[strlen(known[i])] == ' ')
                g_string_append_printf(found, "%s%s", found->len > 0 ? ", " : "", known[i]);
    g_strfreev(lines);
    g_free(modules);
    return g_string_free(found, FALSE);
}

static gboolean read_has_module(const char *root)
{
    char *release = read_text(root, "/proc/sys/kernel/osrelease");
    char *path = g_strconcat("/lib/modules/", release, "/modules.dep", NULL);
    char *list = read_text(root, path);
    gboolean has = strstr(list, "/bluetooth.ko") != NULL;
    g_free(list);
    g_free(path);
    g_free(release);
    return has;
}

static gboolean read_has_bluetooth(const char *root)
{
    char *path = g_strconcat(root, "/sys/class/bluetooth", NULL);
    gboolean has = g_file_test(path, G_FILE_TEST_IS_DIR);
    g_free(path);
    return has;
}

static gboolean read_is_raspberry(const char *root)
{
    char *model = read_text(root, "/proc/device-tree/model");
    gboolean is = g_str_has_prefix(model, "Raspberry Pi");
    g_free(model);
    return is;
}

static char *read_program(const char *root)
{
    char *path = g_strconcat(root, "/proc/self/exe", NULL);
    char *program = g_file_read_link(path, NULL);
    g_free(path);
    return program != NULL ? program : g_strdup("PROGRAM");
}

struct bcn_machine *bcn_machine_read(const char *root)
{
    struct bcn_machine *machine = g_new0(struct bcn_machine, 1);
    machine->has_bluetooth = read_has_bluetooth(root);
    machine->has_module = read_has_module(root);
    machine->may_administer = read_rights(root);
    machine->is_raspberry = read_is_raspberry(root);
    machine->program = read_program(root);
    machine->drivers = read_drivers(root);
    machine->switches = g_ptr_array_new_with_free_func(free_switch);
    for_each_entry(machine, root, "/sys/class/rfkill", read_switch);
    for_each_entry(machine, root, "/proc", read_process);
    return machine;
}

void bcn_machine_free(struct bcn_machine *machine)
{
    g_ptr_array_unref(machine->switches);
    g_free(machine->drivers);
    g_free(machine->program);
    g_free(machine);
}

/* Named after another adapter: not for this one. */
static gboolean is_about(const struct bcn_switch *one, const char *adapter)
{
    return adapter == NULL || strcmp(one->name, adapter) == 0 ||
           !g_str_has_prefix(one->name, "hci");
}

enum bcn_block bcn_machine_block(const struct bcn_machine *machine, const char *adapter)
{
    enum bcn_block block = BCN_BLOCK_NONE;
    for (guint i = 0; i < machine->switches->len; i++) {
        const struct bcn_switch *one = g_ptr_array_index(machine->switches, i);
        if (!is_about(one, adapter))
            continue;
        if (one->hard)
            return BCN_BLOCK_HARD;
        if (one->soft)
            block = BCN_BLOCK_SOFT;
    }
    return block;
}
