/* SPDX-License-Identifier: MIT */
/* Why an adapter cannot be had, and what to do about it, in words for a person. */
#ifndef BCN_RADIO_REASON_H
#define BCN_RADIO_REASON_H

#include "radio/machine.h"
#include <beacon/radio.h>

/* Each text is translated, and the caller's. */
char *bcn_reason_no_kernel(const struct bcn_machine *machine);
/* wanted: its name or address; NULL: there is none at all. */
char *bcn_reason_absent(const struct bcn_machine *machine, const char *wanted);
char *bcn_reason_blocked(enum bcn_block block);
char *bcn_reason_no_rights(const struct bcn_machine *machine);
char *bcn_reason_daemon(const char *adapter);
char *bcn_reason_held(const char *adapter);
char *bcn_reason_starting(const char *adapter);

/* Whether an errno says that this kernel has no Bluetooth for us. */
gboolean bcn_reason_is_kernel(int status);

/* The error for an errno of the kernel's, on this adapter or on none (NULL). */
void bcn_reason_refuse(const char *adapter, int status, GError **error);

/* The error of this code, with a reason, which is freed. */
void bcn_reason_refuse_because(enum beacon_radio_error code, char *reason, GError **error);

#endif
