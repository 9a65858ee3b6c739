/* SPDX-License-Identifier: MIT */
/* Runs the kernel's slow calls, and says when they have returned. */
#include "radio/errand.h"

#include "radio/adapter.h"
#include <unistd.h>

struct bcn_errand {
    gint references;
    struct bcn_errand_order order;
    struct bcn_errand *before;
    GMainContext *context;       /* NULL: nobody wanted to be told */
    void (*done)(gpointer user); /* the caller's thread's alone */
    gpointer user;
    GMutex mutex; /* over those below */
    GCond ended;
    gboolean has_ended;
    int status;
};

struct bcn_errand *bcn_errand_unref(struct bcn_errand *errand)
{
    if (errand == NULL || !g_atomic_int_dec_and_test(&errand->references))
        return NULL;
    g_clear_pointer(&errand->context, g_main_context_unref);
    g_mutex_clear(&errand->mutex);
    g_cond_clear(&errand->ended);
    g_free(errand);
    return NULL;
}

static gpointer ref(struct bcn_errand *errand)
{
    g_atomic_int_inc(&errand->references);
    return errand;
}

static void unref(gpointer errand)
{
    bcn_errand_unref(errand);
}

static void wait_for_end(struct bcn_errand *errand)
{
    g_mutex_lock(&errand->mutex);
    while (!errand->has_ended)
        g_cond_wait(&errand->ended, &errand->mutex);
    g_mutex_unlock(&errand->mutex);
}

static int give_back(const struct bcn_errand_order *order)
{
    if (order->fd >= 0)
        close(order->fd);
    return order->up ? bcn_adapter_power(order->index, TRUE) : 0;
}

static int cycle(const struct bcn_errand_order *order)
{
    bcn_adapter_power(order->index, FALSE);
    int status = bcn_adapter_power(order->index, TRUE);
    return order->up ? status : bcn_adapter_power(order->index, FALSE);
}

static gboolean tell(gpointer user)
{
    struct bcn_errand *errand = user;
    void (*done)(gpointer user) = errand->done;
    errand->done = NULL;
    if (done != NULL)
        done(errand->user);
    return G_SOURCE_REMOVE;
}

static void tell_later(struct bcn_errand *errand)
{
    GSource *source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, tell, ref(errand), unref);
    g_source_attach(source, errand->context);
    g_source_unref(source);
}

static gpointer run(gpointer user)
{
    struct bcn_errand *errand = user;
    if (errand->before != NULL)
        wait_for_end(errand->before);
    errand->before = bcn_errand_unref(errand->before);
    int status =
        errand->order.kind == BCN_ERRAND_CYCLE ? cycle(&errand->order) : give_back(&errand->order);
    g_mutex_lock(&errand->mutex);
    errand->status = status;
    errand->has_ended = TRUE;
    g_cond_broadcast(&errand->ended);
    g_mutex_unlock(&errand->mutex);
    if (errand->context != NULL)
        tell_later(errand);
    bcn_errand_unref(errand);
    return NULL;
}

/* Where no thread can be had, at once: slow is better than never. */
static void start(struct bcn_errand *errand)
{
    GThread *thread = g_thread_try_new("beacon-adapter", run, ref(errand), NULL);
    if (thread != NULL)
        g_thread_unref(thread);
    else
        run(errand);
}

struct bcn_errand *bcn_errand_begin(const struct bcn_errand_order *order, struct bcn_errand *before,
                                    GMainContext *context, void (*done)(gpointer user),
                                    gpointer user)
{
    struct bcn_errand *errand = g_new0(struct bcn_errand, 1);
    errand->references = 1;
    errand->order = *order;
    errand->before = before != NULL ? ref(before) : NULL;
    errand->context = done != NULL ? g_main_context_ref(context) : NULL;
    errand->done = done;
    errand->user = user;
    g_mutex_init(&errand->mutex);
    g_cond_init(&errand->ended);
    start(errand);
    return errand;
}

gboolean bcn_errand_wait(struct bcn_errand *errand, gint wait_ms, int *ret_status)
{
    gint64 until = g_get_monotonic_time() + wait_ms * G_TIME_SPAN_MILLISECOND;
    g_mutex_lock(&errand->mutex);
    while (!errand->has_ended && g_cond_wait_until(&errand->ended, &errand->mutex, until))
        continue;
    gboolean has_ended = errand->has_ended;
    int status = errand->status;
    g_mutex_unlock(&errand->mutex);
    if (has_ended)
        *ret_status = status;
    return has_ended;
}

void bcn_errand_forget(struct bcn_errand *errand)
{
    errand->done = NULL;
}
