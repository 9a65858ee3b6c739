/* SPDX-License-Identifier: MIT */
/* Who was heard: the phones about now, and figures of the whole scan. In bounded memory. */
#ifndef TOOL_SCAN_HEARD_H
#define TOOL_SCAN_HEARD_H

#include <beacon/radio.h>
#include <stdbool.h>

/* One advertisement, or one answer of an iPhone, as far as it is known whose it is. */
struct reception {
    gint64 time_ms;
    gint64 monotonic_us;
    enum beacon_advert_kind kind;
    bool has_identifier;
    struct beacon_identifier identifier;
    gint8 rssi_dbm;     /* or BEACON_RSSI_ABSENT */
    gint8 tx_power_dbm; /* or BEACON_TX_POWER_ABSENT */
    struct beacon_address address;
};

/* A phone is its identifier, or where that is not known, its address. */
struct heard_key {
    guint8 bytes[BEACON_IDENTIFIER_SIZE];
    guint8 is_identifier;
};

struct heard_phone {
    struct heard_key key;
    struct reception last;
    gint64 first_us;
    guint64 count;
    double mean_dbm; /* of the last few; meaningless without an RSSI */
    bool has_mean;
    gint64 row_us; /* when its last row was due */
    GList link;    /* in the order of hearing */
};

struct heard_figures {
    guint64 packets;
    guint64 identifiers; /* different ones */
};

struct heard {
    GHashTable *phones;      /* by key; struct heard_phone */
    GQueue recent;           /* the same, least recently heard first */
    GHashTable *identifiers; /* all there were */
    struct heard_figures by_kind[BEACON_ADVERT_IPHONE_BACKGROUND + 1];
    bool is_full; /* there were more identifiers than can be told apart */
};

void heard_begin(struct heard *heard);
void heard_end(struct heard *heard);

/*
 * Takes a reception down. Says whether a row of it is due: the app writes one an identifier at most
 * every 5 seconds, counted from the last it wrote (protocol 4.5).
 */
bool heard_note(struct heard *heard, const struct reception *reception);

/* An iPhone has told its identifier: it is no longer a stranger at an address. */
void heard_rename(struct heard *heard, const struct beacon_address *address);

/* Forgets phones not heard for 30 seconds, as the app's screen does (protocol 5). */
void heard_forget_gone(struct heard *heard, gint64 now_us);

#endif
