/* SPDX-License-Identifier: MIT */
/* Says whether bluetoothd would share an adapter with us, and what is lost that way. */
#include "radio/diagnose.h"

#include "radio/reason.h"
#include "radio/text.h"

/* FALSE: there is nothing more to say. */
static gboolean add_daemon(const struct bcn_bluez_sight *shared, GPtrArray *findings)
{
    if (shared->no_bus != NULL) {
        bcn_finding_add(
            findings, BEACON_FINDING_BAD, "bus",
            g_strdup_printf(_("the system's D-Bus cannot be reached: %s"), shared->no_bus));
        return FALSE;
    }
    bcn_finding_add(findings, BEACON_FINDING_GOOD, "bus",
                    g_strdup(_("the system's D-Bus can be reached")));
    if (shared->no_daemon != NULL)
        bcn_finding_add(findings, BEACON_FINDING_BAD, "bluetoothd", g_strdup(shared->no_daemon));
    else
        bcn_finding_add(findings, BEACON_FINDING_GOOD, "bluetoothd",
                        g_strdup(_("bluetoothd runs, and answers this user")));
    return shared->no_daemon == NULL;
}

/* Of an adapter that bluetoothd has not: perhaps somebody else has it for himself. */
static void add_absent(const struct bcn_sight *sight, const struct bcn_bluez_sight *shared,
                       const char *wanted, GPtrArray *findings)
{
    struct bcn_adapter_wish wish;
    const struct bcn_adapter *adapter = NULL;
    if (sight->adapters != NULL && bcn_adapter_parse(wanted, &wish))
        adapter = bcn_adapter_find(sight->adapters, &wish);
    if (adapter != NULL && adapter->face.held)
        bcn_finding_add(findings, BEACON_FINDING_BAD, "adapter",
                        bcn_reason_held(adapter->face.name));
    else if (adapter != NULL)
        bcn_finding_add(findings, BEACON_FINDING_BAD, "adapter",
                        g_strdup_printf(_("bluetoothd has no adapter %s"), wanted));
    else
        bcn_finding_add(findings, BEACON_FINDING_BAD, "adapter",
                        bcn_reason_absent(sight->machine, wanted));
    if (shared->others != NULL)
        bcn_finding_add(findings, BEACON_FINDING_NOTE, "adapter",
                        g_strdup_printf(_("there are others: %s"), shared->others));
}

static void add_power(const struct bcn_bluez_sight *shared, GPtrArray *findings)
{
    if (shared->powered)
        bcn_finding_add(findings, BEACON_FINDING_GOOD, "adapter",
                        g_strdup_printf(_("%s (%s) is there, switched on, and shared with whoever "
                                          "else uses bluetoothd"),
                                        shared->name, shared->address));
    else
        bcn_finding_add(
            findings, BEACON_FINDING_BAD, "adapter",
            g_strdup_printf(
                _("the adapter %s is switched off or blocked (bluetoothctl power on; rfkill list)"),
                shared->name));
}

/* What one can and cannot do there. */
static void add_losses(const struct bcn_bluez_sight *shared, GPtrArray *findings)
{
    bcn_finding_add(findings, BEACON_FINDING_NOTE, "controller",
                    g_strdup(_("beside bluetoothd less is heard: of each address about one signal "
                               "strength in 10 seconds; hci: hears every packet, and takes the "
                               "adapter for itself")));
    if (!shared->advertises)
        bcn_finding_add(findings, BEACON_FINDING_NOTE, "controller",
                        g_strdup(_("bluetoothd cannot advertise with this adapter")));
    else if (shared->is_private)
        bcn_finding_add(findings, BEACON_FINDING_NOTE, "controller",
                        g_strdup(_("advertising: the kernel changes the address in its own time, "
                                   "not with the identifier")));
    else
        bcn_finding_add(findings, BEACON_FINDING_NOTE, "controller",
                        g_strdup(_("advertising: without connections, and no identifier is "
                                   "served, for bluetoothd would use the adapter's own address "
                                   "(Privacy=device in /etc/bluetooth/main.conf changes that)")));
}

void bcn_diagnose_shared(const struct bcn_sight *sight, const struct bcn_bluez_sight *shared,
                         const char *wanted, GPtrArray *findings)
{
    if (!add_daemon(shared, findings))
        return;
    if (shared->name == NULL) {
        add_absent(sight, shared, wanted, findings);
        bcn_diagnose_blocks(sight, NULL, findings);
        return;
    }
    add_power(shared, findings);
    bcn_diagnose_blocks(sight, shared->name, findings);
    add_losses(shared, findings);
}
