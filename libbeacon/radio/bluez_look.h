/* SPDX-License-Identifier: MIT */
/* What somebody who changes nothing sees of bluetoothd and an adapter of its. */
#ifndef BCN_RADIO_BLUEZ_LOOK_H
#define BCN_RADIO_BLUEZ_LOOK_H

#include <glib.h>

struct bcn_bluez_sight {
    char *no_bus;    /* why the system's bus cannot be reached; or NULL */
    char *no_daemon; /* why bluetoothd does not answer; or NULL */
    char *name;      /* of the adapter, "hci0"; NULL: it is not there */
    char *address;   /* as bluetoothd writes it; or NULL */
    char *others;    /* the adapters that are there, in words; or NULL */
    gboolean powered;
    gboolean is_private; /* the kernel uses private addresses with it */
    gboolean advertises; /* bluetoothd offers that with it */
};

/* Asks for an adapter by its name or address, and waits, some seconds at most. The caller's. */
struct bcn_bluez_sight *bcn_bluez_look(const char *wanted);
void bcn_bluez_sight_free(struct bcn_bluez_sight *sight);

#endif
