/* SPDX-License-Identifier: MIT */
/* The radio beside bluetoothd: what its files share. */
#ifndef BCN_RADIO_BLUEZ_H
#define BCN_RADIO_BLUEZ_H

#include "radio/backend.h"

#include <gio/gio.h>

#define BCN_BLUEZ_ADAPTER    "org.bluez.Adapter1"
#define BCN_BLUEZ_DEVICE     "org.bluez.Device1"
#define BCN_BLUEZ_ADVERTISER "org.bluez.LEAdvertisingManager1"
#define BCN_BLUEZ_SERVER     "org.bluez.GattManager1"
#define BCN_BLUEZ_MONITORS   "org.bluez.AdvertisementMonitorManager1"
#define BCN_BLUEZ_PROPERTIES "org.freedesktop.DBus.Properties"

struct bcn_bluez;

/* What came of a call: a reply or an error; neither is the callee's to free. */
typedef void (*bcn_bluez_then)(struct bcn_bluez *bluez, GVariant *reply, const GError *error);

/* One of the things asked of us. It takes one step at a time, and after a refusal it waits. */
struct bcn_bluez_part {
    struct bcn_bluez *bluez;
    gboolean busy;  /* a call is under way */
    guint retry;    /* timer: it may step again */
    guint attempts; /* refused in a row */
    gint64 well_since_us;
    char *trouble; /* in words, or NULL */
};

enum bcn_bluez_phase {
    BCN_BLUEZ_STARTING, /* connecting, asking who and what is there */
    BCN_BLUEZ_AWAY,     /* the bus, the daemon or the adapter is; the wait timer runs */
    BCN_BLUEZ_THERE,    /* the daemon has our adapter */
    BCN_BLUEZ_ENDED,    /* tried as often as was allowed */
    BCN_BLUEZ_STOPPED,
};

enum bcn_bluez_hearing { BCN_BLUEZ_DEAF, BCN_BLUEZ_DISCOVERS, BCN_BLUEZ_MONITORS_ADVERTS };

struct bcn_bluez_scan {
    struct bcn_bluez_part part;
    gboolean wanted;
    struct bcn_scan_order order;
    enum bcn_bluez_hearing hearing;
    gboolean stale; /* to be stopped before it is started: the daemon may think that it runs */
    gboolean filtered;
    guint objects[2]; /* exported for the monitor; 0: not */
    guint silence;    /* timer */
    guint silence_factor;
    gint64 heard_us;
    GHashTable *devices; /* by object path, of struct bcn_bluez_device */
};

struct bcn_bluez_advert {
    struct bcn_bluez_part part;
    gboolean wanted;
    struct bcn_advert_order order, as; /* as it is wished for, and as it was last registered */
    gboolean on;
    gboolean connectable; /* that one */
    char *path;           /* of the object that is, or may be, registered; or NULL */
    guint object;         /* its export */
    guint serial;         /* of its path */
    GVariant *properties;
    gboolean told; /* that this generation is on the air */
    guint32 told_generation;
    gint64 off_since_us; /* or -1 */
};

struct bcn_bluez_serve {
    struct bcn_bluez_part part;
    gboolean wanted, registered;
    guint objects[3];
};

enum bcn_bluez_visit_step {
    BCN_BLUEZ_NOT_VISITING,
    BCN_BLUEZ_VISIT_BEGUN, /* waits for the scan to be out of the way */
    BCN_BLUEZ_VISIT_CONNECTS,
    BCN_BLUEZ_VISIT_RESOLVES,
    BCN_BLUEZ_VISIT_READS,
    BCN_BLUEZ_VISIT_LEAVES,
};

struct bcn_bluez_visit {
    enum bcn_bluez_visit_step step;
    struct beacon_address address;
    char *device;         /* its object's path */
    gboolean is_stranger; /* nobody knew it before us: it is removed */
    gboolean connects;    /* the link is ours to end */
    guint deadline;       /* timer */
    struct beacon_identifier identifier;
    gboolean has_next; /* the next one waits until this is left */
    struct beacon_address next;
    gboolean owes_pairable; /* the adapter was pairable before */
    GQueue strangers;       /* paths of devices not removed yet */
};

struct bcn_bluez {
    struct bcn_backend base;
    gint references; /* its owner's, and one for each call under way */
    beacon_clock *clock;
    struct beacon_radio_options options;
    struct beacon_radio_counters *counters;
    enum bcn_bluez_phase phase;

    char *wanted_name;    /* "hci0", until its address is known */
    char *wanted_address; /* in capitals, or NULL */

    GDBusConnection *connection;
    GCancellable *cancellable; /* of calls whose answers still matter */
    guint signals[4];
    gulong closed;
    char *owner;        /* the daemon's unique name, or NULL */
    gboolean activated; /* the bus was asked to start it, once */
    char *adapter;      /* its object's path, or NULL */
    gboolean powered, pairable, is_private;
    gboolean offers_advertiser, offers_server, offers_monitors;

    char *away; /* in words, why it is away */
    guint wait; /* timer */
    guint tries;
    gboolean told_ready;

    struct bcn_bluez_scan scan;
    struct bcn_bluez_advert advert;
    struct bcn_bluez_serve serve;
    struct bcn_bluez_visit visit;
};

/* ---- bluez.c ---- */

gint64 bcn_bluez_now_us(const struct bcn_bluez *bluez);
gboolean bcn_bluez_is_ready(const struct bcn_bluez *bluez); /* there, and powered */

/* Does what is wished and is not so yet, and tells how it stands. The face may free us within. */
void bcn_bluez_reconcile(struct bcn_bluez *bluez);

gboolean bcn_bluez_may_step(const struct bcn_bluez_part *part);
void bcn_bluez_is_well(struct bcn_bluez_part *part);
/* It failed, says the error, or the words alone; it steps again after a while. */
void bcn_bluez_refused(struct bcn_bluez_part *part, const char *what, const GError *error);

/* ---- bluez_bus.c: the connection, and who is at its other end ---- */

void bcn_bluez_connect(struct bcn_bluez *bluez);
void bcn_bluez_close(struct bcn_bluez *bluez); /* waits until it is closed */

/* Asks the daemon, and calls `then` unless the daemon, the adapter or we have gone meanwhile. The
 * parameters, floating, are taken; NULL: none. */
void bcn_bluez_call(struct bcn_bluez *bluez, const char *path, const char *interface,
                    const char *method, GVariant *parameters, guint timeout_ms,
                    bcn_bluez_then then);
/* The same, and waits for the answer: the last words. */
void bcn_bluez_say(struct bcn_bluez *bluez, const char *path, const char *interface,
                   const char *method, GVariant *parameters);

/* An object of ours, of the one interface that this XML describes. `handle` answers methods that
 * the daemon calls, `get` its properties. 0 where it cannot be. */
typedef void (*bcn_bluez_handle)(struct bcn_bluez *bluez, const char *method, GVariant *parameters,
                                 GDBusMethodInvocation *invocation);
typedef GVariant *(*bcn_bluez_get)(struct bcn_bluez *bluez, const char *name);
guint bcn_bluez_export(struct bcn_bluez *bluez, const char *path, const char *xml,
                       bcn_bluez_handle handle, bcn_bluez_get get);
void bcn_bluez_unexport(struct bcn_bluez *bluez, guint *object);

/* Whether the error has this name, of org.bluez.Error. */
gboolean bcn_bluez_error_is(const GError *error, const char *name);
/* In words for a person; the caller's. */
char *bcn_bluez_error_text(const GError *error);
gboolean bcn_bluez_is_timeout(const GError *error);

/* Up from there, in bluez.c. */
void bcn_bluez_connected(struct bcn_bluez *bluez, const GError *error);
void bcn_bluez_owner_is(struct bcn_bluez *bluez, const char *owner); /* NULL: nobody */
void bcn_bluez_no_owner(struct bcn_bluez *bluez, const GError *error);
void bcn_bluez_object_added(struct bcn_bluez *bluez, const char *path, GVariant *interfaces);
void bcn_bluez_object_removed(struct bcn_bluez *bluez, const char *path,
                              const char *const *interfaces);
void bcn_bluez_object_changed(struct bcn_bluez *bluez, const char *path, const char *interface,
                              GVariant *changed, const char *const *invalidated);
void bcn_bluez_find_owner(struct bcn_bluez *bluez);

/* ---- bluez_data.c: advertising data, as bytes and as D-Bus has it ---- */

#define BCN_BLUEZ_DATA_MAX 1650

/* The properties of a device, as far as they say what it advertises, into advertising data of at
 * most BCN_BLUEZ_DATA_MAX bytes: whole structures, what has no room left out. */
void bcn_bluez_data_of(GVariant *properties, GByteArray *data);

/* The properties of an advertisement (org.bluez.LEAdvertisement1) with this data; floating, or NULL
 * where D-Bus cannot say it. */
GVariant *bcn_bluez_properties_of(const struct bcn_advert_order *order);

/* ---- bluez_scan.c ---- */

void bcn_bluez_scan_init(struct bcn_bluez *bluez);
void bcn_bluez_scan_step(struct bcn_bluez *bluez);
void bcn_bluez_scan_forget(struct bcn_bluez *bluez); /* the daemon has gone, and all it knew */
void bcn_bluez_scan_last_words(struct bcn_bluez *bluez);
void bcn_bluez_scan_clear(struct bcn_bluez *bluez);

/* What was there before us is not heard, only known. */
void bcn_bluez_device_added(struct bcn_bluez *bluez, const char *path, GVariant *properties,
                            gboolean before_us);
void bcn_bluez_device_changed(struct bcn_bluez *bluez, const char *path, GVariant *changed,
                              const char *const *invalidated);
void bcn_bluez_device_removed(struct bcn_bluez *bluez, const char *path);
/* FALSE where bluetoothd has no such device. */
gboolean bcn_bluez_device_find(struct bcn_bluez *bluez, const char *path, gboolean *ret_is_stranger,
                               gboolean *ret_connected);

/* ---- bluez_advert.c ---- */

void bcn_bluez_advert_step(struct bcn_bluez *bluez);
void bcn_bluez_advert_forget(struct bcn_bluez *bluez);
void bcn_bluez_advert_last_words(struct bcn_bluez *bluez);

/* ---- bluez_privacy.c ---- */

/* Whether the kernel uses private addresses for what bluetoothd does with this adapter ("hci0"). */
gboolean bcn_bluez_is_private(const char *adapter);

/* ---- bluez_serve.c ---- */

void bcn_bluez_serve_step(struct bcn_bluez *bluez);
void bcn_bluez_serve_forget(struct bcn_bluez *bluez);
void bcn_bluez_serve_last_words(struct bcn_bluez *bluez);

/* ---- bluez_visit.c ---- */

void bcn_bluez_visit_begin(struct bcn_bluez *bluez, const struct beacon_address *address);
void bcn_bluez_visit_step(struct bcn_bluez *bluez);
void bcn_bluez_visit_changed(struct bcn_bluez *bluez, const char *path, GVariant *changed);
gboolean bcn_bluez_visit_needs_silence(const struct bcn_bluez *bluez);
void bcn_bluez_visit_forget(struct bcn_bluez *bluez);
void bcn_bluez_visit_last_words(struct bcn_bluez *bluez);
void bcn_bluez_visit_clear(struct bcn_bluez *bluez);

#endif
