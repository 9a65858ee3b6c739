/* SPDX-License-Identifier: MIT */
/* The identity's file, as a source that gives it again after it was replaced. */
#include "run_identity.h"

#include "command.h"
#include "identity_file.h"

#include <string.h>

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Said once of each state the file is in: one that cannot be read leaves the node as it is. */
static void read_if_new(struct run_identity *identity, beacon_identity **ret_identity)
{
    struct stat now;

    if (lstat(identity->path, &now) < 0)
        memset(&now, 0, sizeof now);
    if (is_same(&now, &identity->seen) && identity->is_read)
        return;
    identity->is_read = true;
    identity->seen = now;
    identity->code = identity_file_load(identity->path, ret_identity);
}

int run_identity_load(struct run_identity *identity)
{
    read_if_new(identity, &identity->first);
    return identity->code;
}

static void look(beacon_identity **ret_identity, void *user)
{
    struct run_identity *identity = user;

    if (identity->first != NULL)
        *ret_identity = g_steal_pointer(&identity->first);
    else
        read_if_new(identity, ret_identity);
}

struct node_identity_source run_identity_source(struct run_identity *identity)
{
    return (struct node_identity_source){.look = look, .user = identity};
}

static void on_changed(GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                       gpointer user)
{
    struct run_identity *identity = user;

    (void)monitor, (void)file, (void)other, (void)event;
    node_look_for_identity(identity->node);
}

void run_identity_watch(struct run_identity *identity, struct node *node)
{
    GFile *file = g_file_new_for_path(identity->path);

    identity->node = node;
    identity->monitor = g_file_monitor_file(file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
    g_object_unref(file);
    if (identity->monitor == NULL)
        return; /* the node looks by itself every minute */
    g_file_monitor_set_rate_limit(identity->monitor, 0);
    g_signal_connect(identity->monitor, "changed", G_CALLBACK(on_changed), identity);
}

void run_identity_end(struct run_identity *identity)
{
    g_clear_object(&identity->monitor);
    identity->first = beacon_identity_free(identity->first);
}
