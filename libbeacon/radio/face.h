/* SPDX-License-Identifier: MIT */
/* The inside of the face: what its files share. */
#ifndef BCN_RADIO_FACE_H
#define BCN_RADIO_FACE_H

#include "radio/backend.h"
#include "radio/cycle.h"

/* What we say: the payload of the moment, and the cycle in which it goes out. */
struct bcn_advertiser {
    gboolean wanted;
    guint wish; /* changes whenever the program says something else, perhaps in its own source */
    struct beacon_radio_advertise params;
    struct bcn_advert_order order; /* as it was last given */
    gboolean has_payload;
    struct bcn_cycle cycle;
    guint renewal;   /* timer: the payload runs out */
    gint64 until_us; /* then, by the wall */
    guint clock_set;
};

struct bcn_scanner {
    gboolean wanted;
    struct bcn_scan_order order;
    struct bcn_cycle cycle;
};

/* Visits that wait, and results that are remembered. */
struct bcn_visits {
    GQueue waiting; /* struct bcn_visit_request; the head is under way when `busy` */
    gboolean busy;
    GHashTable *remembered; /* by address, of struct bcn_memory */
    GQueue memories;        /* the same, oldest first, to bound them */
    guint next;             /* timer: the next visit is begun */
    guint clock_set;
};

struct bcn_record; /* a btsnoop file being written */

struct beacon_radio {
    char *address;
    beacon_clock *clock;
    struct beacon_radio_listener listener;
    struct bcn_backend *backend;
    struct beacon_radio_health health;
    char *text;
    gint64 deaf_since_us; /* monotonic; -1 while it hears or need not */
    struct bcn_scanner scanner;
    struct bcn_advertiser advertiser;
    struct bcn_visits visits;
    beacon_radio_value_func value;
    gpointer value_user;
    struct bcn_record *record;
    guint calls;    /* of the listener or of sources, that have not returned */
    gboolean freed; /* by the caller: nobody is called any more */
};

/* Round every call out to the program: memory stays until the last has returned. */
void bcn_face_enter(beacon_radio *radio);
void bcn_face_leave(beacon_radio *radio);

/* Whether deafness began or ended. */
void bcn_face_count_deafness(beacon_radio *radio);

void bcn_advertiser_init(beacon_radio *radio);
void bcn_advertiser_stop(beacon_radio *radio);

void bcn_scanner_init(beacon_radio *radio);
void bcn_scanner_stop(beacon_radio *radio);

void bcn_visits_init(beacon_radio *radio);
void bcn_visits_stop(beacon_radio *radio); /* forgets all; nobody is called */
void bcn_visits_done(beacon_radio *radio, enum beacon_visit_result result,
                     const struct beacon_identifier *identifier);

void bcn_record_stop(beacon_radio *radio);
/* A packet of a backend that has no tap, recorded as the event it would have come in. */
void bcn_record_packet(beacon_radio *radio, const struct beacon_radio_packet *packet);

/* FALSE and an error when a backend lacks a capability; `format` takes the radio's address. */
gboolean bcn_face_can(beacon_radio *radio, guint capability, const char *format, GError **error);

#endif
