/* SPDX-License-Identifier: MIT */
/* Says whether a radio could be opened, and where it could not, what to do: changes nothing. */
#include "radio/diagnose.h"

#include "radio/auto.h"
#include "radio/backend.h"
#include "radio/reason.h"
#include "radio/text.h"
#include "radio/transport.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void free_finding(gpointer data)
{
    struct beacon_finding *finding = data;
    g_free(finding->text);
    g_free(finding);
}

void bcn_finding_add(GPtrArray *findings, enum beacon_finding_level level, const char *subject,
                     char *text)
{
    struct beacon_finding *finding = g_new(struct beacon_finding, 1);
    *finding = (struct beacon_finding){.level = level, .subject = subject, .text = text};
    g_ptr_array_add(findings, finding);
}

/* ---- An adapter ---- */

void bcn_diagnose_blocks(const struct bcn_sight *sight, const char *adapter, GPtrArray *findings)
{
    enum bcn_block block = bcn_machine_block(sight->machine, adapter);
    if (block != BCN_BLOCK_NONE)
        bcn_finding_add(findings, BEACON_FINDING_BAD, "rfkill", bcn_reason_blocked(block));
    else if (adapter != NULL)
        bcn_finding_add(findings, BEACON_FINDING_GOOD, "rfkill",
                        g_strdup(_("no switch keeps Bluetooth off")));
}

static void add_rights(const struct bcn_sight *sight, GPtrArray *findings)
{
    if (sight->machine->may_administer)
        bcn_finding_add(findings, BEACON_FINDING_GOOD, "rights",
                        g_strdup(_("this program may take an adapter (CAP_NET_ADMIN)")));
    else
        bcn_finding_add(findings, BEACON_FINDING_BAD, "rights",
                        bcn_reason_no_rights(sight->machine));
}

static void add_state(const struct bcn_adapter *adapter, GPtrArray *findings)
{
    const char *name = adapter->face.name;
    char address[BEACON_ADDRESS_TEXT_SIZE];
    beacon_address_to_text(&adapter->face.address, address);
    if (adapter->starting)
        bcn_finding_add(findings, BEACON_FINDING_BAD, "adapter", bcn_reason_starting(name));
    else if (adapter->face.held)
        bcn_finding_add(findings, BEACON_FINDING_BAD, "adapter", bcn_reason_held(name));
    else if (adapter->face.up)
        bcn_finding_add(
            findings, BEACON_FINDING_GOOD, "adapter",
            g_strdup_printf(_("%s (%s) is there; it is up, is taken down when a radio is opened on "
                              "it, and up again afterwards"),
                            name, address));
    else
        bcn_finding_add(
            findings, BEACON_FINDING_GOOD, "adapter",
            g_strdup_printf(_("%s (%s) is there; it is down, which is how a radio takes it"), name,
                            address));
}

static gboolean daemon_has(const struct bcn_sight *sight, const struct bcn_adapter *adapter)
{
    return sight->machine->has_daemon && adapter->face.up && !adapter->face.held;
}

static void add_daemon(const struct bcn_sight *sight, const struct bcn_adapter *adapter,
                       GPtrArray *findings)
{
    if (daemon_has(sight, adapter))
        bcn_finding_add(findings, BEACON_FINDING_BAD, "bluetoothd",
                        bcn_reason_daemon(adapter->face.name));
    else if (sight->machine->has_daemon)
        bcn_finding_add(
            findings, BEACON_FINDING_GOOD, "bluetoothd",
            g_strdup_printf(_("bluetoothd runs, and does not use %s now"), adapter->face.name));
    else
        bcn_finding_add(findings, BEACON_FINDING_GOOD, "bluetoothd",
                        g_strdup(_("bluetoothd does not run")));
}

static void add_controller(const struct bcn_adapter *adapter, GPtrArray *findings)
{
    const char *name = adapter->face.name;
    if (!adapter->knows_le)
        bcn_finding_add(
            findings, BEACON_FINDING_NOTE, "controller",
            g_strdup_printf(_("whether %s has Bluetooth Low Energy shows when it is opened: the "
                              "kernel has not read its features yet"),
                            name));
    else if (adapter->has_le)
        bcn_finding_add(findings, BEACON_FINDING_GOOD, "controller",
                        g_strdup_printf(_("%s has Bluetooth Low Energy"), name));
    else
        bcn_finding_add(
            findings, BEACON_FINDING_BAD, "controller",
            g_strdup_printf(_("%s has no Bluetooth Low Energy (it is older than Bluetooth 4.0, or "
                              "has it turned off): use another adapter"),
                            name));
}

/* The higher, the sooner it can be used. */
static int rank(const struct bcn_sight *sight, const struct bcn_adapter *adapter)
{
    gboolean lacks_le = adapter->knows_le && !adapter->has_le;
    gboolean is_taken = adapter->face.held || adapter->starting;
    return (lacks_le ? 0 : 4) + (is_taken ? 0 : 2) + (daemon_has(sight, adapter) ? 0 : 1);
}

static const struct bcn_adapter *find_best(const struct bcn_sight *sight)
{
    const struct bcn_adapter *best = NULL;
    for (guint i = 0; i < sight->adapters->len; i++) {
        const struct bcn_adapter *one = &g_array_index(sight->adapters, struct bcn_adapter, i);
        if (best == NULL || rank(sight, one) > rank(sight, best))
            best = one;
    }
    return best;
}

static const struct bcn_adapter *find_wanted(const struct bcn_sight *sight, const char *wanted)
{
    struct bcn_adapter_wish wish;
    if (wanted == NULL)
        return find_best(sight);
    return bcn_adapter_parse(wanted, &wish) ? bcn_adapter_find(sight->adapters, &wish) : NULL;
}

/* Those that are there, for a person who named another: "hci0 (AA:…), hci1 (…)". */
static char *list_adapters(const GArray *adapters)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < adapters->len; i++) {
        const struct beacon_adapter *face = &g_array_index(adapters, struct bcn_adapter, i).face;
        char address[BEACON_ADDRESS_TEXT_SIZE];
        beacon_address_to_text(&face->address, address);
        g_string_append_printf(list, "%s%s (%s)", i > 0 ? ", " : "", face->name, address);
    }
    return g_string_free(list, FALSE);
}

static void add_absent(const struct bcn_sight *sight, const char *wanted, GPtrArray *findings)
{
    bcn_finding_add(findings, BEACON_FINDING_BAD, "adapter",
                    bcn_reason_absent(sight->machine, wanted));
    if (sight->adapters->len > 0) {
        char *others = list_adapters(sight->adapters);
        bcn_finding_add(findings, BEACON_FINDING_NOTE, "adapter",
                        g_strdup_printf(_("there are others: %s"), others));
        g_free(others);
    }
}

/* FALSE: there is nothing more to say. */
static gboolean add_kernel(const struct bcn_sight *sight, GPtrArray *findings)
{
    if (sight->status == 0) {
        bcn_finding_add(findings, BEACON_FINDING_GOOD, "kernel",
                        g_strdup(_("the kernel has Bluetooth")));
        return TRUE;
    }
    char *text = bcn_reason_is_kernel(sight->status)
                     ? bcn_reason_no_kernel(sight->machine)
                     : g_strdup_printf(_("the kernel does not list its adapters: %s"),
                                       g_strerror(sight->status));
    bcn_finding_add(findings, BEACON_FINDING_BAD, "kernel", text);
    return FALSE;
}

void bcn_diagnose_adapter(const struct bcn_sight *sight, const char *wanted, GPtrArray *findings)
{
    if (!add_kernel(sight, findings))
        return;
    const struct bcn_adapter *adapter = find_wanted(sight, wanted);
    if (adapter != NULL)
        add_state(adapter, findings);
    else
        add_absent(sight, wanted, findings);
    bcn_diagnose_blocks(sight, adapter != NULL ? adapter->face.name : NULL, findings);
    add_rights(sight, findings);
    if (adapter == NULL)
        return;
    add_daemon(sight, adapter, findings);
    add_controller(adapter, findings);
}

/* How an address wants its adapter. */
enum access { ALONE, SHARED, EITHER };

static void diagnose(const struct bcn_sight *sight, enum access access, const char *wanted,
                     GPtrArray *findings)
{
    const struct bcn_adapter *shared = access == EITHER && sight->status == 0
                                           ? bcn_auto_shared(sight->machine, sight->adapters)
                                           : NULL;
    if (shared != NULL)
        wanted = shared->face.name;
    if (shared == NULL && access != SHARED) {
        bcn_diagnose_adapter(sight, wanted, findings);
        return;
    }
    struct bcn_bluez_sight *daemon = bcn_bluez_look(wanted);
    bcn_diagnose_shared(sight, daemon, wanted, findings);
    bcn_bluez_sight_free(daemon);
}

static void look_at_adapter(enum access access, const char *wanted, GPtrArray *findings)
{
    struct bcn_machine *machine = bcn_machine_read("");
    GArray *adapters = NULL;
    int status = bcn_adapters(&adapters);
    struct bcn_sight sight = {machine, status, adapters};
    diagnose(&sight, access, wanted, findings);
    if (adapters != NULL)
        g_array_unref(adapters);
    bcn_machine_free(machine);
}

/* ---- The other kinds ---- */

static void add_refused_address(const char *address, GPtrArray *findings)
{
    bcn_finding_add(
        findings, BEACON_FINDING_BAD, "address",
        g_strdup_printf(
            _("\"%s\" does not name a radio: expected auto, hci:hci0, hci:AA:BB:CC:DD:EE:FF, "
              "bluez:hci0, h4:PATH, capture:FILE or sim:FILE"),
            address));
}

/* FALSE, and a finding, where no socket can have such a path. */
static gboolean is_socket_path(const char *path, GPtrArray *findings)
{
    GError *error = NULL;
    struct bcn_transport *transport = bcn_transport_h4(path, &error);
    if (transport != NULL) {
        transport->class->free(transport);
        return TRUE;
    }
    bcn_finding_add(findings, BEACON_FINDING_BAD, "controller", g_strdup(error->message));
    g_error_free(error);
    return FALSE;
}

static void look_at_socket(const char *path, GPtrArray *findings)
{
    struct stat status;
    if (!is_socket_path(path, findings))
        return;
    if (stat(path, &status) != 0)
        bcn_finding_add(findings, BEACON_FINDING_BAD, "controller",
                        g_strdup_printf(_("%s: %s; start what makes this socket first"), path,
                                        g_strerror(errno)));
    else if (!S_ISSOCK(status.st_mode))
        bcn_finding_add(
            findings, BEACON_FINDING_BAD, "controller",
            g_strdup_printf(_("%s is not a socket; for a file, use capture:FILE or sim:FILE"),
                            path));
    else if (access(path, W_OK) != 0)
        bcn_finding_add(
            findings, BEACON_FINDING_BAD, "rights",
            g_strdup_printf(_("%s: this user may not write to this socket, which connecting takes"),
                            path));
    else
        bcn_finding_add(
            findings, BEACON_FINDING_GOOD, "controller",
            g_strdup_printf(_("%s is a socket; whether a controller answers there shows when it is "
                              "opened"),
                            path));
}

static void look_at_file(const char *path,
                         gint64 (*start_us)(const char *path, const char *const *settings,
                                            GError **error),
                         GPtrArray *findings)
{
    GError *error = NULL;
    if (start_us(path, NULL, &error) >= 0)
        bcn_finding_add(findings, BEACON_FINDING_GOOD, "file",
                        g_strdup_printf(_("%s can be played"), path));
    else
        bcn_finding_add(findings, BEACON_FINDING_BAD, "file", g_strdup(error->message));
    g_clear_error(&error);
}

static const char *after(const char *address, const char *prefix)
{
    gsize size = strlen(prefix);
    return strncmp(address, prefix, size) == 0 && address[size] != '\0' ? address + size : NULL;
}

GPtrArray *beacon_radio_diagnose(const char *address)
{
    GPtrArray *findings = g_ptr_array_new_with_free_func(free_finding);
    struct bcn_adapter_wish wish;
    const char *rest;
    if (strcmp(address, "auto") == 0)
        look_at_adapter(EITHER, NULL, findings);
    else if ((rest = after(address, "hci:")) != NULL && bcn_adapter_parse(rest, &wish))
        look_at_adapter(ALONE, rest, findings);
    else if ((rest = after(address, BCN_SHARED_KIND)) != NULL && bcn_adapter_parse(rest, &wish))
        look_at_adapter(SHARED, rest, findings);
    else if ((rest = after(address, "h4:")) != NULL)
        look_at_socket(rest, findings);
    else if ((rest = after(address, "capture:")) != NULL)
        look_at_file(rest, bcn_capture_start_us, findings);
    else if ((rest = after(address, "sim:")) != NULL)
        look_at_file(rest, bcn_sim_start_us, findings);
    else
        add_refused_address(address, findings);
    return findings;
}
