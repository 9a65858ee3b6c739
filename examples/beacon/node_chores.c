/* SPDX-License-Identifier: MIT */
/* What a node does that may wait for a disk, in a thread of its own: the air never waits. */
#include "node_chores.h"

struct node_chores {
    GMainContext *context;
    GAsyncQueue *waiting; /* struct job */
    GThread *thread;      /* or NULL: in place */
    gint references;      /* ours, and those of jobs */
    gboolean is_freed;    /* of the context's thread alone */
};

struct job {
    struct node_chores *chores;
    struct node_chore chore; /* without work: the last */
};

static void drop(struct node_chores *chores)
{
    if (!g_atomic_int_dec_and_test(&chores->references))
        return;
    g_async_queue_unref(chores->waiting);
    g_main_context_unref(chores->context);
    g_free(chores);
}

static void free_job(gpointer data)
{
    struct job *job = data;

    if (job->chore.free != NULL)
        job->chore.free(job->chore.data);
    drop(job->chores);
    g_free(job);
}

static gboolean on_done(gpointer data)
{
    struct job *job = data;

    if (!job->chores->is_freed && job->chore.done != NULL)
        job->chore.done(job->chore.data);
    return G_SOURCE_REMOVE;
}

static gpointer work(gpointer data)
{
    struct node_chores *chores = data;
    struct job *job;

    while ((job = g_async_queue_pop(chores->waiting))->chore.work != NULL) {
        GSource *source = g_idle_source_new();

        job->chore.work(job->chore.data);
        g_source_set_priority(source, G_PRIORITY_DEFAULT);
        g_source_set_callback(source, on_done, job, free_job);
        g_source_attach(source, chores->context);
        g_source_unref(source);
    }
    free_job(job);
    return NULL;
}

struct node_chores *node_chores_new(GMainContext *context, bool is_in_place)
{
    struct node_chores *chores = g_new0(struct node_chores, 1);

    chores->context = g_main_context_ref(context != NULL ? context : g_main_context_default());
    chores->waiting = g_async_queue_new();
    chores->references = 1;
    if (!is_in_place)
        chores->thread = g_thread_new("chores", work, chores);
    return chores;
}

static struct job *new_job(struct node_chores *chores, const struct node_chore *chore)
{
    struct job *job = g_new(struct job, 1);

    *job = (struct job){.chores = chores, .chore = *chore};
    g_atomic_int_inc(&chores->references);
    return job;
}

void node_chores_add(struct node_chores *chores, const struct node_chore *chore)
{
    struct job *job = new_job(chores, chore);

    if (chores->thread != NULL) {
        g_async_queue_push(chores->waiting, job);
        return;
    }
    chore->work(chore->data);
    on_done(job);
    free_job(job);
}

struct node_chores *node_chores_free(struct node_chores *chores)
{
    static const struct node_chore last = {.work = NULL};

    if (chores == NULL)
        return NULL;
    chores->is_freed = TRUE;
    if (chores->thread != NULL) {
        g_async_queue_push(chores->waiting, new_job(chores, &last));
        g_thread_join(chores->thread);
    }
    drop(chores);
    return NULL;
}
