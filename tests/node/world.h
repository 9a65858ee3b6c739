/* SPDX-License-Identifier: MIT */
/* Nodes on one simulated air and one clock that goes by hand, each with a log of its own. */
#ifndef NODE_WORLD_H
#define NODE_WORLD_H

#include "../../examples/beacon/node.h"

#include <glib.h>

#define WORLD_NODES 3

struct world_node {
    const char *receiver; /* its name in the scenario */
    beacon_radio *radio;
    beacon_store *store;
    struct node *node;
    char *log, *identity_path;
    beacon_identity *next;               /* what its source gives when it is asked */
    struct beacon_identifier identifier; /* what world_identifier said last, */
    struct beacon_slot slot;             /* and for when */
    guint problems;
};

struct world {
    char *folder, *air;
    beacon_clock *clock;
    struct world_node nodes[WORLD_NODES];
    guint count;
    bool is_clock_right;
    const char *vfs;                  /* of the logs, or NULL */
    gint64 (*monotonic_us)(gpointer); /* of the logs, or NULL */
    struct beacon_cycle scan, advertise;
    bool has_threads; /* chores are not done in place */
    guint32 slots_per_day;
    /* Told of every packet, before the node is. */
    void (*on_packet)(struct world *world, guint node, const struct beacon_radio_packet *packet);
    struct {
        guint right, wrong;
    } said; /* by world_compare */
    void *user;
};

#define WORLD_START_MS INT64_C(1597021200000) /* 2020-08-10T01:00:00Z */

/* Makes the folder and the scenario. The clock begins at WORLD_START_MS, as scenarios here do. */
void world_begin(struct world *world, const char *scenario);
void world_end(struct world *world);

/* Adds a node: radio, log, and an identity of its own, which is kept in a file as the tool has it.
 */
struct world_node *world_add(struct world *world, const char *receiver);

/* Ends a node's work and closes its log; what the log holds stays. */
void world_stop(struct world_node *node);

/* Time goes on; what threads have done is taken meanwhile, each second. */
void world_advance(struct world *world, gint64 us);

/* What the identity in a node's file says at a time. */
struct beacon_identifier world_identifier(struct world_node *node, gint64 time_ms);

/* As on_packet: counts whether what the second node hears is what the first one's identity has at
 * this moment of the wall. */
void world_compare(struct world *world, guint node, const struct beacon_radio_packet *packet);

/* Runs the tool; its standard output, for the caller to free. It must end with this exit code. */
char *world_tool(int code, const char *word, ...) G_GNUC_NULL_TERMINATED;

/* How many rows a closed log holds, and those without a date. */
struct beacon_store_info world_log_info(const struct world_node *node);

#endif
