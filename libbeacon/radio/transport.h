/* SPDX-License-Identifier: MIT */
/* How HCI packets reach a controller: a stream socket, or the kernel's user channel. */
#ifndef BCN_RADIO_TRANSPORT_H
#define BCN_RADIO_TRANSPORT_H

#include <beacon/radio.h>

/* The first byte of a packet says what it is (Bluetooth Core 5.3, vol 4 part A, 2). */
enum {
    BCN_H4_COMMAND = 1,
    BCN_H4_ACL = 2,
    BCN_H4_SCO = 3,
    BCN_H4_EVENT = 4,
    BCN_H4_ISO = 5,
};

/* The longest packet taken in; a longer one ends a stream, and is left out between whole packets.
 */
#define BCN_H4_PACKET_MAX 4096

struct bcn_transport;

/* Told from the context, never within open, send or close. `owner` may close and reopen within
 * them, not free. */
struct bcn_transport_events {
    void (*received)(gpointer owner, const guint8 *packet, gsize size); /* whole, type byte first */
    void (*gone)(gpointer owner,
                 const char *text); /* closed by the other side; words are translated */
};

struct bcn_transport_class {
    /* Takes hold of the controller, again after close; the error says why not, in words a person
     * can act on. */
    gboolean (*open)(struct bcn_transport *transport, GError **error);
    /* Lets go: the controller is given back as it was found. Nothing is told any more until open.
     */
    void (*close)(struct bcn_transport *transport);
    /* Never waits: what the other side does not take at once is kept, up to a bound. FALSE: gone,
     * which is told too. */
    gboolean (*send)(struct bcn_transport *transport, const guint8 *packet, gsize size);
    /* For the last words, without the context: waits up to timeout_ms for packets and gives them to
     * `received`. FALSE: nothing came, or gone. */
    gboolean (*wait)(struct bcn_transport *transport, gint timeout_ms);
    /*
     * While closed: takes the adapter down and up in the background, then calls done(owner) from
     * the context; or does so soon where there is nothing to take down. close, or free, forgets
     * about it.
     */
    void (*cycle)(struct bcn_transport *transport, void (*done)(gpointer owner));
    void (*free)(struct bcn_transport *transport); /* closes first */
};

/* Begins each transport's struct. */
struct bcn_transport {
    const struct bcn_transport_class *class;
    const struct bcn_transport_events *events;
    gpointer owner;
    GMainContext *context;
    gboolean rests;   /* when much comes it may be read at intervals (radio/inlet.h) */
    const char *note; /* what opening it did to the machine, for a person, translated; or NULL. The
                         transport's */
    guint64 left_out; /* packets longer than BCN_H4_PACKET_MAX */
};

/* A stream socket at a path. NULL and an error: the path is too long. */
struct bcn_transport *bcn_transport_h4(const char *path, GError **error);

/* An adapter by name ("hci0") or address ("AA:BB:…"), which is looked up at each open. NULL and an
 * error: neither. */
struct bcn_transport *bcn_transport_user(const char *adapter, gboolean take, GError **error);

#endif
