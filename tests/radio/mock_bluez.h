/* SPDX-License-Identifier: MIT */
/*
 * A bus of our own with a made-up bluetoothd on it: it has the adapters and devices that a test
 * gives it, keeps a log of what it is asked, and refuses, or never answers, where a test says so.
 * It works in GDBus's own thread, so that a radio that waits for it in a test's thread is answered.
 */
#ifndef RADIO_MOCK_BLUEZ_H
#define RADIO_MOCK_BLUEZ_H

#include <gio/gio.h>

#define MOCK_ADDRESS "00:AA:01:00:00:42"

struct mock {
    char *folder;
    GPid bus;
    GDBusConnection *connection; /* the daemon's; NULL while it is away */
    GMutex lock;                 /* of all that follows */
    GString *log;                /* "SetDiscoveryFilter StartDiscovery …" */
    GHashTable *objects;         /* by path, of GHashTable by interface, of a{sv} */
    GHashTable *rules;           /* by method, of struct mock_rule */
    GHashTable *answers;         /* by serial, of GVariant: what a client answered us */
    char *client;                /* who asked us last */
    char *advert;                /* the path registered, or NULL */
    GVariant *filter;            /* of discovery, as it was set last */
    gboolean resolves;           /* services are resolved at once after Connect */
    GVariant *value;             /* that ReadValue gives: ay */
};

/* How a method is answered from now on, so many times: with this error, or not at all (NULL). */
struct mock_rule {
    char *error, *message;
    guint times;
};

/* A bus, and nobody on it; it becomes the system's bus of this process. Ends the program as not
 * run where there is no dbus-daemon. `activation` is the status with which the bus's helper ends
 * when it is to start bluetoothd; -1: no file says how to start it. `denies`: its policy keeps us
 * from bluetoothd. */
struct mock *mock_new(int activation, gboolean denies);
void mock_free(struct mock *mock);
void mock_stop_bus(struct mock *mock);
void mock_start_bus(struct mock *mock);
guint mock_activations(struct mock *mock);

/* The daemon comes with what objects there are, and goes with all of them. */
void mock_start(struct mock *mock);
void mock_stop(struct mock *mock);

/* An adapter "hci0" with all managers, powered; before the daemon starts, or while it runs. */
void mock_add_adapter(struct mock *mock, const char *name, const char *address);
/* An object with one property, a string. */
void mock_add_object(struct mock *mock, const char *path, const char *interface, const char *name,
                     const char *value);
void mock_remove(struct mock *mock, const char *path);                           /* any object */
void mock_take_away(struct mock *mock, const char *path, const char *interface); /* in silence */
void mock_set(struct mock *mock, const char *path, const char *interface, const char *property,
              GVariant *value);

/* A device of hci0, from properties in GVariant's text format: "{'RSSI': <int16 -50>}". */
char *mock_hear(struct mock *mock, const char *address, const char *properties);

void mock_refuse(struct mock *mock, const char *method, const char *error, const char *message,
                 guint times);

guint mock_count(struct mock *mock, const char *method);
char *mock_log(struct mock *mock); /* a copy, the caller's; the log begins anew */

/* Asks the client, and what it answered: a reference, or an error's name as a string; NULL: not
 * yet. */
guint32 mock_ask(struct mock *mock, const char *path, const char *interface, const char *method,
                 GVariant *parameters);
GVariant *mock_answer(struct mock *mock, guint32 serial);

#endif
