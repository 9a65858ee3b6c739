/* SPDX-License-Identifier: MIT */
/* The identity's file, as a source that gives it again after it was replaced. */
#ifndef TOOL_RUN_IDENTITY_H
#define TOOL_RUN_IDENTITY_H

#include "node.h"

#include <gio/gio.h>
#include <sys/stat.h>

struct run_identity {
    const char *path;
    int code; /* of the last look */
    bool is_read;
    struct stat seen;       /* then; all zero: it was not there */
    beacon_identity *first; /* read already, not given yet */
    GFileMonitor *monitor;
    struct node *node; /* that is told */
};

/* Reads it for the first time; an exit code, after a message. */
int run_identity_load(struct run_identity *identity);

/* The source of a node's. */
struct node_identity_source run_identity_source(struct run_identity *identity);

/* Has the node look again as soon as the file changes, where the system tells. */
void run_identity_watch(struct run_identity *identity, struct node *node);
void run_identity_end(struct run_identity *identity);

#endif
