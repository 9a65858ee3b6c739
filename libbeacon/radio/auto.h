/* SPDX-License-Identifier: MIT */
/* Which radio "auto" is. */
#ifndef BCN_RADIO_AUTO_H
#define BCN_RADIO_AUTO_H

#include "radio/adapter.h"
#include "radio/machine.h"

/* What shares an adapter with bluetoothd. */
#define BCN_SHARED_KIND "bluez:"

/* The adapter that is shared with bluetoothd, where one is taken as it comes; NULL: none. */
const struct bcn_adapter *bcn_auto_shared(const struct bcn_machine *machine,
                                          const GArray *adapters);

/* The addresses to be tried, the best first, in a GPtrArray that is the caller's; NULL and an
 * error: none. */
GPtrArray *bcn_auto_addresses(gboolean take, GError **error);

/* Adds to an error what can be done without an adapter. */
void bcn_auto_hint(GError **error);

#endif
