/* SPDX-License-Identifier: MIT */
/* The machine's Bluetooth adapters, as the kernel tells of them and lets them be handled. */
#ifndef BCN_RADIO_ADAPTER_H
#define BCN_RADIO_ADAPTER_H

#include <beacon/radio.h>

struct bcn_adapter {
    struct beacon_adapter face;
    guint16 index;
    gboolean starting; /* the kernel has not finished setting it up, or taking it up */
    gboolean knows_le; /* its features have been read */
    gboolean has_le;
};

/* 0 or an errno: all of these. */

/* The adapters, by index, in a GArray of struct bcn_adapter that is the caller's. */
int bcn_adapters(GArray **ret_adapters);

/* Takes it up or down: seconds, where a controller is slow. 0 too where nothing was to be done. */
int bcn_adapter_power(guint16 index, gboolean up);

/* Its user channel: a socket of whole packets, closed on exec, which never waits. */
int bcn_adapter_open(guint16 index, int *ret_fd);

/* ---- Which one is meant ---- */

struct bcn_adapter_wish {
    char name[8]; /* "hci0"; empty: any name */
    gboolean by_address;
    guint8 address[6]; /* most significant byte first */
};

/* "hci0" or "AA:BB:CC:DD:EE:FF"; FALSE where the text is neither. */
gboolean bcn_adapter_parse(const char *text, struct bcn_adapter_wish *ret_wish);

/* The adapter that is wished for; NULL where there is none. */
const struct bcn_adapter *bcn_adapter_find(const GArray *adapters,
                                           const struct bcn_adapter_wish *wish);

/* From now on this very adapter, whatever it will be called; unless it has no address. */
void bcn_adapter_remember(struct bcn_adapter_wish *wish, const struct bcn_adapter *adapter);

#endif
