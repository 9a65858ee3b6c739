/* SPDX-License-Identifier: MIT */
/* The thread that writes: it commits queued rows now and then, and runs what must be done by the
 * connection that writes. */
#ifndef BCN_STORE_WRITER_H
#define BCN_STORE_WRITER_H

#include "store/filer.h"

struct bcn_store_pace {
    guint sync_interval_ms;
    guint queue_rows;
    gint64 (*monotonic_us)(gpointer user); /* or NULL */
    gpointer user;
};

struct bcn_store_writer {
    struct bcn_store_pace pace;
    struct bcn_store_database database; /* the thread's, once it runs */
    struct bcn_store_filer filer;
    int wal_pages;
    guint failures_in_a_row; /* of commits */
    GError *refusal;         /* why rows of the commit at hand were set aside */

    GThread *thread;
    GMutex lock; /* of what follows */
    GCond wake;  /* the thread has something to do */
    GCond told;  /* rows were committed or not, a job is done */
    struct bcn_store_queue queue;
    GQueue jobs;
    struct beacon_store_health health;
    gint64 last_moment_us; /* of syncing, or of the failure */
    bool has_moment;
    int last_code; /* of the failure */
    bool stops;
};

/* Starts the thread on a database that is open; its members are set. */
void bcn_store_writer_start(struct bcn_store_writer *writer, const struct bcn_store_pace *pace);

/* Ends it, rows committed or not. */
void bcn_store_writer_stop(struct bcn_store_writer *writer);

/* Queues a row without waiting; false: no room, and it is counted. */
bool bcn_store_writer_offer(struct bcn_store_writer *writer, const struct bcn_store_item *item);

/* Queues a row, waiting for room; false: the disk failed meanwhile, which is the error. */
bool bcn_store_writer_put(struct bcn_store_writer *writer, const struct bcn_store_item *item,
                          GError **error);

/* What runs on the thread, outside of a transaction. */
typedef bool bcn_store_job_fn(struct bcn_store_writer *writer, gpointer user, GError **error);

enum bcn_store_order {
    BCN_STORE_AFTER_ROWS, /* rows queued before are committed first, or it does not run */
    BCN_STORE_AT_ONCE,    /* their commit is tried first, whatever comes of it */
};

/* Runs it and waits. job: NULL for the commit alone. */
bool bcn_store_writer_call(struct bcn_store_writer *writer, enum bcn_store_order order,
                           bcn_store_job_fn *job, gpointer user, GError **error);

#endif
