/* SPDX-License-Identifier: MIT */
/* What a machine and its adapters say about a radio that somebody wants. */
#ifndef BCN_RADIO_DIAGNOSE_H
#define BCN_RADIO_DIAGNOSE_H

#include "radio/adapter.h"
#include "radio/bluez_look.h"
#include "radio/machine.h"

/* What was seen, before anything is concluded from it. */
struct bcn_sight {
    const struct bcn_machine *machine;
    int status;             /* 0, or the errno with which the kernel refused to list adapters */
    const GArray *adapters; /* of struct bcn_adapter; NULL where it refused */
};

/* Adds the findings on one adapter by name or address, or on the best there is (NULL). */
void bcn_diagnose_adapter(const struct bcn_sight *sight, const char *wanted, GPtrArray *findings);

/* The same on an adapter by name or address that bluetoothd shares. */
void bcn_diagnose_shared(const struct bcn_sight *sight, const struct bcn_bluez_sight *shared,
                         const char *wanted, GPtrArray *findings);

/* The switches that keep an adapter off; NULL: any. */
void bcn_diagnose_blocks(const struct bcn_sight *sight, const char *adapter, GPtrArray *findings);

/* Takes the text. */
void bcn_finding_add(GPtrArray *findings, enum beacon_finding_level level, const char *subject,
                     char *text);

#endif
