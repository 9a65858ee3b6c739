/* SPDX-License-Identifier: MIT */
/* What a node does that may wait for a disk, in a thread of its own: the air never waits. */
#ifndef TOOL_NODE_CHORES_H
#define TOOL_NODE_CHORES_H

#include <glib.h>
#include <stdbool.h>

struct node_chores;

/* `work` is called in the thread, `done` afterwards from the context, unless all has been freed;
 * `free` ends the chore's data, in any case. */
struct node_chore {
    void (*work)(void *data);
    void (*done)(void *data);
    GDestroyNotify free;
    void *data;
};

/* In place: without a thread, each chore at once, for a world that stands still meanwhile. */
struct node_chores *node_chores_new(GMainContext *context, bool is_in_place);
void node_chores_add(struct node_chores *chores, const struct node_chore *chore);

/* Waits for those under way. Takes NULL; returns NULL. */
struct node_chores *node_chores_free(struct node_chores *chores);

#endif
