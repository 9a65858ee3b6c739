/* SPDX-License-Identifier: MIT */
/* Follows a scenario's people, and taps for them. */
#include "scenario_guard.h"

#include <beacon/air.h>

#define SEES_AFTER_US (700 * (gint64)1000)

struct scenario_guard {
    beacon_air *air;
    beacon_clock *clock;
    struct scenario_taps taps;
    gint64 ahead_us;               /* the clock's monotonic time minus the air's */
    struct beacon_air_event event; /* the next; at the scenario's end there is none */
    gboolean has_event;
    guint timer, opened_timer;
    gboolean has_person; /* somebody is being checked, */
    guint32 person;      /* who */
};

static void on_opened(gpointer user)
{
    struct scenario_guard *guard = user;
    guard->opened_timer = 0;
    guard->taps.opened(guard->taps.user);
}

static void check(struct scenario_guard *guard, guint32 person)
{
    beacon_clock_cancel(guard->clock, &guard->opened_timer);
    guard->has_person = TRUE;
    guard->person = person;
    if (guard->taps.begin(guard->taps.user))
        return;
    guard->taps.later(guard->taps.user);
    guard->taps.begin(guard->taps.user);
}

static void happens(struct scenario_guard *guard, const struct beacon_air_event *event)
{
    if (event->type == BEACON_AIR_CHECK)
        check(guard, event->device);
    if (event->type == BEACON_AIR_OPENED && guard->has_person && event->device == guard->person &&
        guard->opened_timer == 0)
        guard->opened_timer = beacon_clock_after(guard->clock, SEES_AFTER_US, on_opened, guard);
}

static void wait_for_next(struct scenario_guard *guard);

static void on_event(gpointer user)
{
    struct scenario_guard *guard = user;
    guard->timer = 0;
    happens(guard, &guard->event);
    wait_for_next(guard);
}

static void wait_for_next(struct scenario_guard *guard)
{
    do
        guard->has_event = beacon_air_next(guard->air, &guard->event);
    while (guard->has_event && guard->event.type != BEACON_AIR_CHECK &&
           guard->event.type != BEACON_AIR_OPENED);
    if (!guard->has_event)
        return;
    gint64 at_us = guard->event.time_us + guard->ahead_us;
    guard->timer = beacon_clock_after(guard->clock, at_us - beacon_clock_monotonic_us(guard->clock),
                                      on_event, guard);
}

/* Nobody listens on this handle: what is sent once an hour costs nothing, and the people do the
 * same. */
static GPtrArray *quiet_settings(const char *const *settings)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    for (; settings != NULL && *settings != NULL; settings++)
        g_ptr_array_add(all, g_strdup(*settings));
    for (int kind = 0; kind < BEACON_AIR_KINDS; kind++)
        if (kind != BEACON_AIR_NODE)
            g_ptr_array_add(all, g_strdup_printf("kind %s interval 1 h",
                                                 beacon_air_kind_name((enum beacon_air_kind)kind)));
    g_ptr_array_add(all, NULL);
    return all;
}

struct scenario_guard *scenario_guard_new(const char *path, const char *const *settings,
                                          beacon_clock *clock, const struct scenario_taps *taps,
                                          GError **error)
{
    GPtrArray *quiet = quiet_settings(settings);
    beacon_air *air = beacon_air_load(path, (const char *const *)quiet->pdata, error);
    g_ptr_array_unref(quiet);
    if (air == NULL)
        return NULL;
    struct scenario_guard *guard = g_new0(struct scenario_guard, 1);
    guard->air = air;
    guard->clock = beacon_clock_ref(clock);
    guard->taps = *taps;
    guard->ahead_us = beacon_clock_monotonic_us(clock) - beacon_air_start_us(air);
    wait_for_next(guard);
    return guard;
}

struct scenario_guard *scenario_guard_free(struct scenario_guard *guard)
{
    if (guard == NULL)
        return NULL;
    beacon_clock_cancel(guard->clock, &guard->timer);
    beacon_clock_cancel(guard->clock, &guard->opened_timer);
    beacon_air_free(guard->air);
    beacon_clock_unref(guard->clock);
    g_free(guard);
    return NULL;
}
