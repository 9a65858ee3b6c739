/* SPDX-License-Identifier: MIT */
/*
 * A controller in the test process, behind a stream socket: it does what Bluetooth Core 5.3 says
 * (vol 4 part E), refuses what it says is to be refused, remembers each command and each change of
 * what is on the air, and departs from all that where a test scripts it.
 */
#ifndef RADIO_SCRIPTED_H
#define RADIO_SCRIPTED_H

#include "radio/gatt.h"

#include <beacon/clock.h>
#include <beacon/radio.h>

/* Kinds of controllers; flags. */
enum {
    SCRIPTED_EXTENDED = 1 << 0,
    SCRIPTED_LE_ONLY = 1 << 1, /* no buffers but LE's, no LE Host Support to write */
    SCRIPTED_SHARED = 1 << 2,  /* LE uses the buffers of the rest */
    SCRIPTED_NO_LE = 1 << 3,
};

enum scripted_act {
    SCRIPTED_REFUSES, /* with a status */
    SCRIPTED_IS_SILENT,
    SCRIPTED_IS_LATE,       /* by late_us */
    SCRIPTED_CONFUSES,      /* answers another opcode */
    SCRIPTED_HAS_NO_CREDIT, /* answers, and takes no more commands until scripted_give_credit */
    SCRIPTED_CLOSES,        /* the socket; it may be opened again */
    SCRIPTED_VANISHES,      /* until scripted_come_back */
    SCRIPTED_ANSWERS_SHORT, /* success, and nothing behind it */
};

/* One departure: at the `in`-th command with this opcode from now on, counted from 1. */
struct scripted_rule {
    guint16 opcode; /* 0: any */
    guint in;
    enum scripted_act act;
    guint8 status;
    guint times; /* 0: once */
};

struct scripted_command {
    gint64 time_us;
    guint16 opcode;
    guint8 status;
    gboolean by_rule; /* not what the specification says */
};

/* What is on the air from a moment on. */
struct scripted_air {
    gint64 time_us;
    gboolean on;
    gboolean connectable;
    struct beacon_address address;
    struct beacon_advert data;
};

/* How a device answers to whom connects to it. */
enum scripted_peer {
    SCRIPTED_PEER_ABSENT,
    SCRIPTED_PEER_IPHONE,
    SCRIPTED_PEER_FOREIGN,   /* without the characteristic */
    SCRIPTED_PEER_PROTECTED, /* Insufficient Authentication */
    SCRIPTED_PEER_SILENT,    /* connects, and says nothing */
    SCRIPTED_PEER_LEAVES,    /* connects, and goes */
    SCRIPTED_PEER_WAITING,   /* connects when scripted_let_in says so */
};

enum { SCRIPTED_LINKS_MAX = 4 };

struct scripted_link {
    struct scripted *controller;
    gboolean up;
    guint16 handle;
    gboolean we_are_central; /* seen from the host */
    enum scripted_peer peer;
    struct bcn_gatt gatt; /* the peer's end */
    GString *received;    /* hexadecimal of the host's L2CAP bytes, fragments joined */
    guint8 end_reason;
    gboolean keeps; /* a Disconnect is not followed by Disconnection Complete */
};

struct scripted {
    GMainContext *context; /* its own: it works while the host waits */
    beacon_clock *clock;
    guint kind;
    char *folder, *path, *address;
    int listening, fd;
    GSource *accepting, *reading;
    GByteArray *in, *out;
    /* What it is. */
    guint64 states;
    guint8 acl_packets;
    guint16 acl_size;
    guint8 credits; /* that each answer brings */
    gint64 late_us;
    struct beacon_identifier identifier; /* of the iPhone */
    enum scripted_peer peer;             /* who connects next */
    gboolean keeps_buffers;              /* no Number Of Completed Packets */
    gboolean forgets_cancel;             /* no Connection Complete after a cancel */
    gboolean terminates_late;            /* no Advertising Set Terminated after a connection */
    /* How it stands since the last reset. */
    int style; /* 0: neither; 1: legacy commands; 2: extended */
    gboolean has_random, has_set, has_set_address, has_parameters;
    guint8 random[6], set_address[6]; /* as on the wire */
    gboolean advertising, scanning, initiating, active;
    gboolean connectable;
    guint8 advertise_own, scan_own;
    struct beacon_advert data;
    guint8 on_air_from[6];
    guint16 last_handle;
    struct beacon_address connecting_to;
    struct scripted_link links[SCRIPTED_LINKS_MAX];
    guint acl_used;
    /* What it saw. */
    GArray *rules;    /* of struct scripted_rule */
    GArray *commands; /* of struct scripted_command */
    GArray *airs;     /* of struct scripted_air */
    guint resets, connections, refused;
    GString *faults; /* what no host may do */
};

struct scripted *scripted_new(beacon_clock *clock, guint kind);
void scripted_free(struct scripted *controller);

/* Takes in, answers, sends, as long as there is something to do; whether there was. */
gboolean scripted_run(struct scripted *controller);

void scripted_deviate(struct scripted *controller, struct scripted_rule rule);
void scripted_vanish(struct scripted *controller); /* it is unplugged */
void scripted_come_back(struct scripted *controller);
void scripted_close(struct scripted *controller); /* it lost its power, and has it again */
void scripted_give_credit(struct scripted *controller);

/* Any packet to the host. */
void scripted_send(struct scripted *controller, const guint8 *packet, gsize size);
void scripted_event(struct scripted *controller, guint8 code, const guint8 *parameters, gsize size);

/* The parameters of an event with one report; their size. */
gsize scripted_report(guint8 *event, gboolean extended, const guint8 address[6], gint8 rssi_dbm,
                      const guint8 *data, guint8 size);

/* An advertisement heard; only while it scans. */
void scripted_hear(struct scripted *controller, const guint8 address[6], gint8 rssi_dbm,
                   const guint8 *data, guint8 size);

/* A visitor connects to our advertisement: the link, or NULL when nobody can. */
struct scripted_link *scripted_visitor(struct scripted *controller);
/* As if the antenna did not care for the controller's state. */
struct scripted_link *scripted_connect(struct scripted *controller, gboolean we_are_central);
void scripted_let_in(struct scripted *controller);
void scripted_end(struct scripted_link *link, guint8 reason);
/* L2CAP bytes from the peer, in one fragment. */
void scripted_say(struct scripted_link *link, gboolean is_first, const guint8 *bytes, gsize size);

/* Whether nothing of ours goes out, and nothing is listened for. */
gboolean scripted_is_quiet(const struct scripted *controller);
guint scripted_links_up(const struct scripted *controller);
guint scripted_count(const struct scripted *controller, guint16 opcode);

#endif
