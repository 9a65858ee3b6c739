/* SPDX-License-Identifier: MIT */
/* A node: sends its identifiers, hears others, remembers, as a phone with the app; on the clock,
 * radio and store that it is given. */
#ifndef TOOL_NODE_H
#define TOOL_NODE_H

#include <beacon/identity.h>
#include <beacon/radio.h>
#include <beacon/store.h>

#include <stdbool.h>

struct node;

/*
 * Where the identity comes from. `look` gives it when it is asked for the first time, and another
 * one when there is another; otherwise it leaves *ret_identity as it is. It may wait for a disk: it
 * is called in a thread of the node's, once at a time. What it gives is the node's.
 */
struct node_identity_source {
    void (*look)(beacon_identity **ret_identity, void *user);
    void *user;
};

struct node_options {
    beacon_clock *clock;
    beacon_store *store; /* borrowed, open for writing */
    struct node_identity_source identity;
    struct beacon_store_boot boot;       /* from which undated sightings count */
    struct beacon_cycle scan, advertise; /* all zero: full */
    bool is_iphone;                      /* sends as an iPhone with its app open, and answers */
    bool is_in_place;                    /* chores are done at once: the world stands still */
    bool (*is_clock_right)(void *user);  /* NULL: it is */
    void (*on_change)(void *user);       /* of the status; may be NULL */
    void (*on_problem)(const char *text, void *user); /* for a person; may be NULL */
    void *user;
};

struct node_status {
    bool is_clock_right;
    bool is_sending; /* there is an identifier for this time */
    guint about;     /* phones heard within 30 seconds */
    guint64 sightings, encounters, undated;
    guint64 lost; /* sightings that found no room */
    guint64 rotations;
    gint64 worst_lateness_us; /* of an identifier, after its slot's begin */
    struct beacon_store_health store;
};

/*
 * Until the clock is right nothing is sent, for an identifier of another time would be of no use to
 * anybody but who follows phones; what is heard is kept without a date, and dated when the clock
 * arrives. After that an identifier is always that of the wall's time, however it jumps.
 */

/* A node that does nothing yet; the identity is asked for here, once, in place. */
struct node *node_new(const struct node_options *options);

/* Takes up its work on a radio, to whose listener the next two belong; false and an error. */
bool node_begin(struct node *node, beacon_radio *radio, GError **error);
void node_heard(struct node *node, const struct beacon_radio_packet *packet);
void node_rotated(struct node *node);

/* The source may have something new. */
void node_look_for_identity(struct node *node);

void node_status(struct node *node, struct node_status *ret_status);

/* Ends what is under way, before the radio is freed; encounters go to the store. */
void node_end(struct node *node);

/* Takes NULL; returns NULL. */
struct node *node_free(struct node *node);

#endif
