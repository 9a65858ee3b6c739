/* SPDX-License-Identifier: MIT */
/* The thread that writes: it commits queued rows now and then, and runs what must be done by the
 * connection that writes. */
#include "store/writer.h"

#include "store/fail.h"

#define RETRY_MS         1000
#define CHECKPOINT_PAGES 1000

/* What cannot be read may be read the next time; after so many failures it is taken for damaged. */
#define PATIENCE 3

struct job {
    bcn_store_job_fn *run;
    gpointer user;
    enum bcn_store_order order;
    bool is_done, is_good;
    GError *error;
};

static gint64 now_us(const struct bcn_store_writer *writer)
{
    return writer->pace.monotonic_us ? writer->pace.monotonic_us(writer->pace.user)
                                     : g_get_monotonic_time();
}

static guint64 queued(const struct bcn_store_writer *writer)
{
    return writer->queue.head - writer->queue.tail;
}

static int count_pages(void *user, sqlite3 *handle, const char *name, int pages)
{
    struct bcn_store_writer *writer = user;

    (void)handle;
    (void)name;
    writer->wal_pages = pages;
    return SQLITE_OK;
}

static bool try_rows(struct bcn_store_writer *writer, GPtrArray *items, GError **error)
{
    bool is_good;

    writer->filer.stuck = NULL;
    if (!bcn_store_begin(&writer->database, error))
        return false;
    is_good = bcn_store_filer_put(&writer->filer, items, error);
    is_good = bcn_store_end(&writer->database, is_good, error);
    if (!is_good)
        bcn_store_filer_forget(&writer->filer);
    return is_good;
}

static bool is_damage(const struct bcn_store_writer *writer, const GError *failure)
{
    return failure->code == BEACON_STORE_ERROR_DAMAGED ||
           (failure->code == BEACON_STORE_ERROR_IO && writer->failures_in_a_row + 1 >= PATIENCE);
}

/* Rows of a day whose pages are damaged are written aside, so that they and the others that wait
 * become durable. */
static bool write_items(struct bcn_store_writer *writer, GPtrArray *items, GError **error)
{
    for (;;) {
        GError *failure = NULL;

        if (try_rows(writer, items, &failure))
            return true;
        if (!is_damage(writer, failure) || !bcn_store_filer_set_aside(&writer->filer)) {
            bcn_store_filer_trust(&writer->filer);
            g_propagate_error(error, failure);
            return false;
        }
        g_clear_error(&writer->refusal);
        writer->refusal = failure;
    }
}

/* Rows [from, to) of the queue, which nobody writes to, in one transaction. */
static bool write_rows(struct bcn_store_writer *writer, guint64 from, guint64 to, GError **error)
{
    GPtrArray *items = g_ptr_array_sized_new((guint)(to - from));
    bool is_good;

    for (guint64 i = from; i < to; i++)
        g_ptr_array_add(items, (gpointer)(guintptr)bcn_store_queue_at(&writer->queue, i));
    is_good = write_items(writer, items, error);
    g_ptr_array_unref(items);
    return is_good;
}

static void note_success(struct bcn_store_writer *writer, guint64 to, gint64 began_us)
{
    struct beacon_store_health *health = &writer->health;
    const gint64 ended_us = now_us(writer);

    health->committed += to - writer->queue.tail;
    writer->queue.tail = to;
    health->commits++;
    health->last_sync_us = ended_us;
    health->longest_commit_us = MAX(health->longest_commit_us, ended_us - began_us);
    health->is_failing = FALSE;
    health->set_aside += writer->filer.set_aside;
    if (writer->refusal)
        g_strlcpy(health->last_error, writer->refusal->message, sizeof(health->last_error));
    writer->failures_in_a_row = 0;
}

static void note_failure(struct bcn_store_writer *writer, const GError *error)
{
    writer->health.failures++;
    writer->health.is_failing = TRUE;
    writer->failures_in_a_row++;
    writer->last_code = error->code;
    g_strlcpy(writer->health.last_error, error->message, sizeof(writer->health.last_error));
}

/* Commits what is queued by now; the lock is held before and after, not meanwhile. */
static bool commit(struct bcn_store_writer *writer, GError **error)
{
    const guint64 from = writer->queue.tail, to = writer->queue.head;
    GError *failure = NULL;
    gint64 began_us;
    bool is_good;

    if (from == to)
        return true;
    g_mutex_unlock(&writer->lock);
    began_us = now_us(writer);
    is_good = write_rows(writer, from, to, &failure);
    g_mutex_lock(&writer->lock);
    writer->last_moment_us = began_us;
    writer->has_moment = true;
    if (is_good) {
        note_success(writer, to, began_us);
    } else {
        note_failure(writer, failure);
        g_propagate_error(error, failure);
    }
    g_clear_error(&writer->refusal);
    g_cond_broadcast(&writer->told);
    return is_good;
}

/* Rows are durable in the WAL before it; should it fail, the next time is as good. */
static void checkpoint(struct bcn_store_writer *writer)
{
    GError *failure = NULL;
    bool is_good;

    if (writer->wal_pages < CHECKPOINT_PAGES)
        return;
    g_mutex_unlock(&writer->lock);
    is_good = bcn_store_checkpoint(&writer->database, false, &failure);
    writer->wal_pages = 0; /* the next commit tells how many there are */
    g_mutex_lock(&writer->lock);
    if (!is_good)
        g_strlcpy(writer->health.last_error, failure->message, sizeof(writer->health.last_error));
    g_clear_error(&failure);
}

/* When the rows that wait are to be committed. */
static gint64 due_us(const struct bcn_store_writer *writer)
{
    const guint interval_ms = writer->health.is_failing ? RETRY_MS : writer->pace.sync_interval_ms;

    if (!writer->has_moment)
        return G_MININT64;
    if (!writer->health.is_failing && queued(writer) >= writer->queue.capacity / 2)
        return G_MININT64;
    return writer->last_moment_us + (gint64)interval_ms * 1000;
}

static void run_job(struct bcn_store_writer *writer, struct job *job)
{
    bool may_run = commit(writer, &job->error);

    if (!may_run && job->order == BCN_STORE_AT_ONCE) {
        g_clear_error(&job->error);
        may_run = true;
    }
    if (may_run && job->run) {
        g_mutex_unlock(&writer->lock);
        may_run = job->run(writer, job->user, &job->error);
        g_mutex_lock(&writer->lock);
    }
    job->is_good = may_run;
    job->is_done = true;
    g_cond_broadcast(&writer->told);
}

/* Waits until something has changed, or until rows are due on the machine's clock. */
static void sleep_until(struct bcn_store_writer *writer, gint64 due)
{
    if (queued(writer) == 0 || writer->pace.monotonic_us)
        g_cond_wait(&writer->wake, &writer->lock);
    else
        g_cond_wait_until(&writer->wake, &writer->lock, due);
}

/* With a clock of the caller's there is no telling when it moves: what is due is looked at after
 * each row. */
static bool is_due(const struct bcn_store_writer *writer, gint64 due)
{
    return queued(writer) > 0 && now_us(writer) >= due;
}

static gpointer run(gpointer user)
{
    struct bcn_store_writer *writer = user;

    g_mutex_lock(&writer->lock);
    while (!writer->stops) {
        struct job *job = g_queue_pop_head(&writer->jobs);
        const gint64 due = due_us(writer);

        if (job) {
            run_job(writer, job);
        } else if (is_due(writer, due)) {
            commit(writer, NULL);
        } else {
            sleep_until(writer, due);
            continue;
        }
        checkpoint(writer);
    }
    g_mutex_unlock(&writer->lock);
    return NULL;
}

void bcn_store_writer_start(struct bcn_store_writer *writer, const struct bcn_store_pace *pace)
{
    writer->pace = *pace;
    bcn_store_queue_make(&writer->queue, pace->queue_rows);
    g_mutex_init(&writer->lock);
    g_cond_init(&writer->wake);
    g_cond_init(&writer->told);
    g_queue_init(&writer->jobs);
    sqlite3_wal_hook(writer->database.handle, count_pages, writer);
    writer->thread = g_thread_new("beacon-store", run, writer);
}

void bcn_store_writer_stop(struct bcn_store_writer *writer)
{
    g_mutex_lock(&writer->lock);
    writer->stops = true;
    g_cond_signal(&writer->wake);
    g_mutex_unlock(&writer->lock);
    g_thread_join(writer->thread);
    bcn_store_queue_clear(&writer->queue);
    g_mutex_clear(&writer->lock);
    g_cond_clear(&writer->wake);
    g_cond_clear(&writer->told);
}

/* With room for it. The thread sleeps until a first row, half a queue, or its time. */
static void put(struct bcn_store_writer *writer, const struct bcn_store_item *item)
{
    bcn_store_queue_put(&writer->queue, item);
    if (writer->pace.monotonic_us || queued(writer) == 1 ||
        queued(writer) == writer->queue.capacity / 2)
        g_cond_signal(&writer->wake);
}

bool bcn_store_writer_offer(struct bcn_store_writer *writer, const struct bcn_store_item *item)
{
    bool has_room;

    g_mutex_lock(&writer->lock);
    has_room = bcn_store_queue_room(&writer->queue) > 0;
    if (has_room)
        put(writer, item);
    else
        writer->health.dropped++;
    g_mutex_unlock(&writer->lock);
    return has_room;
}

bool bcn_store_writer_put(struct bcn_store_writer *writer, const struct bcn_store_item *item,
                          GError **error)
{
    bool has_room;
    guint64 failures;

    g_mutex_lock(&writer->lock);
    failures = writer->health.failures;
    while (bcn_store_queue_room(&writer->queue) == 0 && failures == writer->health.failures) {
        g_cond_signal(&writer->wake);
        g_cond_wait(&writer->told, &writer->lock);
    }
    has_room = bcn_store_queue_room(&writer->queue) > 0;
    if (has_room)
        put(writer, item);
    else
        g_set_error_literal(error, BEACON_STORE_ERROR, writer->last_code,
                            writer->health.last_error);
    g_mutex_unlock(&writer->lock);
    return has_room;
}

bool bcn_store_writer_call(struct bcn_store_writer *writer, enum bcn_store_order order,
                           bcn_store_job_fn *run_it, gpointer user, GError **error)
{
    struct job job = {.run = run_it, .user = user, .order = order};

    g_mutex_lock(&writer->lock);
    g_queue_push_tail(&writer->jobs, &job);
    g_cond_signal(&writer->wake);
    while (!job.is_done)
        g_cond_wait(&writer->told, &writer->lock);
    g_mutex_unlock(&writer->lock);
    if (job.error)
        g_propagate_error(error, job.error);
    return job.is_good;
}
