/* SPDX-License-Identifier: MIT */
/*
 * The host's side of HCI: what is wished, what is, and the one command at a time that brings the
 * second nearer to the first. Whatever happens, an answer, an event, a new wish, ends in
 * bcn_host_reconcile, which looks at both and sends the next command; so there are no sequences to
 * be interrupted, and recovery is to forget what was and begin.
 */
#ifndef BCN_RADIO_HOST_H
#define BCN_RADIO_HOST_H

#include "radio/backend.h"
#include "radio/commands.h"
#include "radio/gatt.h"
#include "radio/hci.h"

enum bcn_host_phase {
    BCN_HOST_CLOSED,   /* waiting to reopen the transport */
    BCN_HOST_STARTING, /* the start's commands are under way */
    BCN_HOST_RUNNING,
    BCN_HOST_STOPPED, /* for good */
};

/* What the controller said of itself at the start. */
struct bcn_controller {
    gboolean extended; /* speak extended advertising's commands, and no legacy ones */
    gboolean sets_le_host;
    guint64 states; /* BCN_STATE_… bits */
    guint16 acl_size;
    guint8 acl_packets;
};

struct bcn_host_scan {
    gboolean wanted;
    struct bcn_scan_order order;
    gboolean on;
    gboolean configured; /* `as` holds */
    struct bcn_scan_order as;
};

/* How far a change of address and payload has come. */
enum bcn_roll {
    BCN_ROLL_NOTHING,
    BCN_ROLL_REGISTER, /* LE Set Random Address was accepted */
    BCN_ROLL_PARAMETERS,
    BCN_ROLL_ADDRESS, /* extended: the set's own address */
    BCN_ROLL_DATA,    /* all of it: what may be enabled */
};

struct bcn_host_advert {
    gboolean wanted;
    struct bcn_advert_order order;
    gboolean on;
    enum bcn_roll roll;
    struct bcn_advert_order as;    /* what `roll` is about */
    struct beacon_address address; /* of `as`, kept through recoveries */
    guint32 address_generation;    /* whose address it is; 0: nobody's */
    gboolean told;                 /* the face knows that `as` is on the air */
    gint64 off_since_us;           /* monotonic: a change took it off the air; -1: it was off */
};

enum bcn_visit_phase {
    BCN_VISIT_NONE,
    BCN_VISIT_WANTED,
    BCN_VISIT_CONNECTING,
    BCN_VISIT_CANCELLING,
    BCN_VISIT_CONNECTED,
};

struct bcn_host_visit {
    enum bcn_visit_phase phase;
    struct beacon_address address;
    gboolean register_fresh; /* the address we come from was drawn for this visit */
    gboolean told;           /* the face has its result: what is left is to tidy up */
    gboolean has_next;       /* ordered while the last was still being tidied up */
    struct beacon_address next;
    guint timer;
};

enum { BCN_ACL_QUEUE_MAX = 16 };

struct bcn_host_link {
    gboolean up;
    gboolean ending; /* Disconnect was sent */
    gboolean end;    /* Disconnect is to be sent */
    gboolean is_visitor;
    guint16 handle;
    struct bcn_gatt gatt;
    GQueue waiting; /* GBytes: ACL packets that wait for the controller's buffers */
    guint underway; /* packets that it has not sent yet */
    guint timer;
};

struct bcn_host_recovery {
    enum beacon_radio_step last; /* taken since all was well */
    gboolean silence_first;      /* what came before is to be switched off, whatever it was */
    guint silence_factor;        /* the limit grows while nothing helps */
    gboolean silent;             /* steps are taken because nothing was heard, and nothing is yet */
    gint64 heard_us;             /* monotonic: the last packet, or when listening began */
    gint64 silent_us;            /* listened to in vain before that: a duty cycle's parts add up */
    guint silence_timer;
    guint well_timer;
    guint reopen_timer;
    guint attempts; /* to reopen, since it was open */
};

struct bcn_host {
    struct bcn_backend base;
    struct beacon_radio_options options;
    beacon_clock *clock;
    struct bcn_transport *transport;
    struct bcn_commands commands;
    struct beacon_radio_counters *counters;
    enum bcn_host_phase phase;
    gboolean tapped;
    gboolean busy; /* reconcile waits for an answer */
    void (*then)(struct bcn_host *host, guint8 status);
    gsize start_step;
    struct bcn_controller controller;
    gboolean serves;
    gboolean register_set; /* LE Set Random Address was accepted since the last reset */
    struct bcn_host_scan scan;
    struct bcn_host_advert advert;
    struct bcn_host_visit visit;
    struct bcn_host_link link;
    struct bcn_host_recovery recovery;
};

/* Takes the transport over. */
struct bcn_backend *bcn_host_new(struct bcn_transport *transport, const struct bcn_opening *opening,
                                 GError **error);

/* Sends the next command that is due, if any is. */
void bcn_host_reconcile(struct bcn_host *host);

/* Reconcile's command: the answer's status goes to `then`, and reconcile goes on. Always TRUE: "I
 * sent something". */
gboolean bcn_host_command(struct bcn_host *host, guint16 opcode, const guint8 *parameters,
                          gsize size, void (*then)(struct bcn_host *host, guint8 status));

gint64 bcn_host_now_us(const struct bcn_host *host); /* monotonic */

/* host_start.c: from reset to BCN_HOST_RUNNING. */
void bcn_host_start(struct bcn_host *host);

/* Steps of reconcile: TRUE when a command was sent. */
gboolean bcn_host_advert_step(struct bcn_host *host);
gboolean bcn_host_scan_step(struct bcn_host *host);
gboolean bcn_host_link_step(struct bcn_host *host);

/* LE Set Random Address with a fresh address of our drawing, or the advertisement's. */
gboolean bcn_host_register(struct bcn_host *host, const guint8 address[6],
                           void (*then)(struct bcn_host *host, guint8 status));
void bcn_host_draw_address(guint8 ret_address[6], enum beacon_address_form form);

/* Whether the controller says that it can be in both states. */
gboolean bcn_host_can_be(const struct bcn_host *host, guint state_bit);

/* host_advert.c: the advertisement went off the air by itself, as when somebody connects. */
void bcn_host_advert_stopped(struct bcn_host *host);

/* host_advert.c: a roll is about to change the one address that all legacy commands share, for
 * which nobody may scan or connect. */
gboolean bcn_host_wants_register(const struct bcn_host *host);

/* host_link.c */
gboolean bcn_host_is_initiating(const struct bcn_host *host);
/* Gives up connecting, so that our address may change. FALSE: not yet. */
gboolean bcn_host_yield_address(struct bcn_host *host);
gboolean bcn_host_link_lets_scan(const struct bcn_host *host);
gboolean bcn_host_link_lets_advertise(const struct bcn_host *host);
void bcn_host_connected(struct bcn_host *host, const guint8 *parameters, gsize size);
void bcn_host_disconnected(struct bcn_host *host, const guint8 *parameters, gsize size);
void bcn_host_packets_sent(struct bcn_host *host, const guint8 *parameters, gsize size);
void bcn_host_acl(struct bcn_host *host, const guint8 *packet, gsize size);
void bcn_host_visit(struct bcn_host *host, const struct beacon_address *address);
void bcn_host_end_visitor(struct bcn_host *host);
void bcn_host_forget_links(struct bcn_host *host); /* the controller has none any more */

/* host_recover.c: something is wrong; begins with this step, or the next above the last that did
 * not help. */
void bcn_host_trouble(struct bcn_host *host, enum beacon_radio_step step, const char *text);
void bcn_host_open_later(struct bcn_host *host, const char *text);
void bcn_host_heard(struct bcn_host *host);
void bcn_host_running(struct bcn_host *host);       /* the start is done */
void bcn_host_watch_silence(struct bcn_host *host); /* scanning began or ended */
void bcn_host_stop_watching(struct bcn_host *host);
gboolean bcn_host_silence_first_step(struct bcn_host *host);

#endif
