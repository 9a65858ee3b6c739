/* SPDX-License-Identifier: MIT */
/* What the machine's own files tell of why Bluetooth works or does not. */
#ifndef BCN_RADIO_MACHINE_H
#define BCN_RADIO_MACHINE_H

#include <glib.h>

/* One of the kernel's switches for Bluetooth (its Documentation/driver-api/rfkill.rst). */
struct bcn_switch {
    char *name; /* an adapter's, as "hci0", or a platform's */
    gboolean soft, hard;
};

struct bcn_machine {
    gboolean has_bluetooth;  /* it is in the kernel, compiled in or loaded */
    gboolean has_module;     /* the kernel's modules have it, loaded or not */
    gboolean has_daemon;     /* bluetoothd runs */
    gboolean may_administer; /* this process has CAP_NET_ADMIN */
    gboolean is_raspberry;
    char *program;       /* the path of this process's program */
    char *drivers;       /* of adapters, those loaded as modules: "btusb, hci_uart"; or empty */
    GPtrArray *switches; /* struct bcn_switch */
};

/* Reads it under a folder; "" is the machine itself. What cannot be read is taken for absent. */
struct bcn_machine *bcn_machine_read(const char *root);
void bcn_machine_free(struct bcn_machine *machine);

enum bcn_block { BCN_BLOCK_NONE, BCN_BLOCK_SOFT, BCN_BLOCK_HARD };

/* Whether a switch keeps this adapter off, its own or a platform's; NULL: any switch counts. */
enum bcn_block bcn_machine_block(const struct bcn_machine *machine, const char *adapter);

#endif
