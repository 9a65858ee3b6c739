/* SPDX-License-Identifier: MIT */
#include "radio/inlet.h"

/* Readings closer together than this: much is coming. */
#define BUSY_US (2 * BCN_INLET_REST_US)

struct inlet {
    GSource source;
    gpointer tag; /* of the descriptor */
    bcn_inlet_func *func;
    gpointer user;
    gboolean rests;
    gint64 read_us; /* when something was read last */
};

static void watch(struct inlet *inlet)
{
    g_source_modify_unix_fd(&inlet->source, inlet->tag, G_IO_IN | G_IO_ERR | G_IO_HUP);
    g_source_set_ready_time(&inlet->source, -1);
}

static void rest(struct inlet *inlet, gint64 now_us)
{
    g_source_modify_unix_fd(&inlet->source, inlet->tag, G_IO_ERR | G_IO_HUP);
    g_source_set_ready_time(&inlet->source, now_us + BCN_INLET_REST_US);
}

static gboolean dispatch(GSource *source, GSourceFunc func, gpointer user)
{
    (void)func, (void)user;
    struct inlet *inlet = (struct inlet *)source;
    gint64 now_us = g_source_get_time(source);
    enum bcn_inlet_result result = inlet->func(inlet->user);
    if (g_source_is_destroyed(source) || !inlet->rests)
        return G_SOURCE_CONTINUE;
    if (result == BCN_INLET_ALL && now_us - inlet->read_us < BUSY_US)
        rest(inlet, now_us);
    else
        watch(inlet);
    if (result != BCN_INLET_NOTHING)
        inlet->read_us = now_us;
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {.dispatch = dispatch};

GSource *bcn_inlet_new(int fd, gboolean rests, bcn_inlet_func *func, gpointer user)
{
    GSource *source = g_source_new(&source_funcs, sizeof(struct inlet));
    struct inlet *inlet = (struct inlet *)source;
    inlet->func = func;
    inlet->user = user;
    inlet->rests = rests;
    inlet->tag = g_source_add_unix_fd(source, fd, G_IO_IN | G_IO_ERR | G_IO_HUP);
    g_source_set_static_name(source, "beacon_inlet");
    return source;
}
