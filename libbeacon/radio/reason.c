/* SPDX-License-Identifier: MIT */
/* The words for what keeps an adapter from us: what is so, then what to do. */
#include "radio/reason.h"

#include "radio/text.h"
#include <errno.h>

gboolean bcn_reason_is_kernel(int status)
{
    return status == EAFNOSUPPORT || status == EPROTONOSUPPORT || status == ESOCKTNOSUPPORT;
}

/* The kernel may have it and yet refuse: it knows Bluetooth in the first network namespace alone,
 * and a seccomp filter of systemd's answers with the same errno. */
char *bcn_reason_no_kernel(const struct bcn_machine *machine)
{
    if (machine->has_bluetooth)
        return g_strdup(
            _("the kernel has Bluetooth, but not for this program: it runs in a network "
              "namespace of its own (a container without --network host, a unit with "
              "PrivateNetwork=), or its unit's RestrictAddressFamilies= lacks "
              "AF_BLUETOOTH"));
    if (machine->has_module)
        return g_strdup(
            _("the kernel's Bluetooth is not loaded; load it: sudo modprobe bluetooth"));
    return g_strdup(_("this kernel was built without Bluetooth; start one that has it (CONFIG_BT; "
                      "Debian's cloud kernels have not). h4:PATH, capture:FILE and sim:FILE work "
                      "without it"));
}

static char *advice_on_drivers(const struct bcn_machine *machine)
{
    if (machine->is_raspberry)
        return g_strdup(_("take dtoverlay=disable-bt out of /boot/firmware/config.txt (or "
                          "/boot/config.txt) and restart; see whether what attaches it runs: "
                          "systemctl status hciuart"));
    if (machine->drivers[0] != '\0')
        return g_strdup_printf(_("plug one in. If it is plugged in, its driver may lack its "
                                 "firmware (loaded: %s): sudo dmesg | grep -i -e bluetooth -e "
                                 "firmware"),
                               machine->drivers);
    return g_strdup(_("plug one in. If it is plugged in, no driver has taken it: lsmod | grep -e "
                      "btusb -e hci_uart shows none; try sudo modprobe btusb"));
}

char *bcn_reason_absent(const struct bcn_machine *machine, const char *wanted)
{
    char *advice = advice_on_drivers(machine);
    char *text;
    if (wanted == NULL)
        text = g_strdup_printf(_("there is no Bluetooth adapter: %s"), advice);
    else
        text = g_strdup_printf(_("there is no adapter %s: %s"), wanted, advice);
    g_free(advice);
    return text;
}

char *bcn_reason_blocked(enum bcn_block block)
{
    if (block == BCN_BLOCK_HARD)
        return g_strdup(_("Bluetooth is switched off by a switch or key of the machine (rfkill: "
                          "hard blocked), which no command undoes: switch it on there, or in the "
                          "firmware's setup"));
    return g_strdup(_("Bluetooth is switched off by software (rfkill: soft blocked); switch it on: "
                      "sudo rfkill unblock bluetooth"));
}

char *bcn_reason_no_rights(const struct bcn_machine *machine)
{
    if (machine->may_administer)
        return g_strdup(_("the kernel refuses although this program has the capability "
                          "CAP_NET_ADMIN: a container's capability is not the machine's; run it "
                          "outside of the container"));
    return g_strdup_printf(
        _("this program lacks the capability CAP_NET_ADMIN, without which nobody gets an adapter; "
          "give it to the program: sudo setcap cap_net_admin+ep %s, or to its systemd unit: "
          "AmbientCapabilities=CAP_NET_ADMIN"),
        machine->program);
}

char *bcn_reason_daemon(const char *adapter)
{
    return g_strdup_printf(_("bluetoothd has %s: take it with --take, for as long as this runs "
                             "(it is given back), or stop bluetoothd: sudo systemctl stop "
                             "bluetooth"),
                           adapter);
}

char *bcn_reason_held(const char *adapter)
{
    return g_strdup_printf(
        _("another program has %s for itself; end it (sudo lsof | grep HCI shows "
          "which)"),
        adapter);
}

char *bcn_reason_starting(const char *adapter)
{
    return g_strdup_printf(_("the kernel is still setting up %s: try again in a moment"), adapter);
}

void bcn_reason_refuse_because(enum beacon_radio_error code, char *reason, GError **error)
{
    g_set_error_literal(error, BEACON_RADIO_ERROR, (gint)code, reason);
    g_free(reason);
}

static void refuse_otherwise(const char *adapter, int status, GError **error)
{
    if (adapter == NULL)
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FAILED,
                    _("the kernel does not list its adapters: %s"), g_strerror(status));
    else
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FAILED, "%s: %s", adapter,
                    g_strerror(status));
}

void bcn_reason_refuse(const char *adapter, int status, GError **error)
{
    struct bcn_machine *machine = bcn_machine_read("");
    if (bcn_reason_is_kernel(status))
        bcn_reason_refuse_because(BEACON_RADIO_ERROR_UNSUPPORTED, bcn_reason_no_kernel(machine),
                                  error);
    else if (status == EPERM || status == EACCES)
        bcn_reason_refuse_because(BEACON_RADIO_ERROR_PERMISSION, bcn_reason_no_rights(machine),
                                  error);
    else if (status == ENODEV)
        bcn_reason_refuse_because(BEACON_RADIO_ERROR_ABSENT, bcn_reason_absent(machine, adapter),
                                  error);
    else if (status == ERFKILL)
        bcn_reason_refuse_because(BEACON_RADIO_ERROR_BLOCKED,
                                  bcn_reason_blocked(bcn_machine_block(machine, adapter)), error);
    else if ((status == EBUSY || status == EUSERS) && adapter != NULL)
        bcn_reason_refuse_because(BEACON_RADIO_ERROR_BUSY, bcn_reason_held(adapter), error);
    else
        refuse_otherwise(adapter, status, error);
    bcn_machine_free(machine);
}
