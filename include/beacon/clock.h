/* SPDX-License-Identifier: MIT */
/* A clock with timers, real or virtual: programs and tests run on the time they are given. */
#ifndef BEACON_CLOCK_H
#define BEACON_CLOCK_H

#include <beacon/base.h>
#include <glib.h>

G_BEGIN_DECLS

/*
 * A clock belongs to one GMainContext, whose thread alone may use it. It tells two times, both in
 * microseconds: the wall's, since 1970 in UTC, which may be set forward or back; and a monotonic
 * one, which is for lengths of time.
 */
typedef struct beacon_clock beacon_clock;

/* Called once, from the context, at or after its moment. It may add and cancel timers. */
typedef void (*beacon_clock_func)(gpointer user);

/* The machine's clock. context: NULL is the default one. */
BEACON_API beacon_clock *beacon_clock_new(GMainContext *context);

/* Speeds of a virtual clock; any other, above zero, is that many virtual seconds to a real one. */
#define BEACON_CLOCK_AT_ONCE 0.0  /* on to the next timer whenever the context has nothing to do */
#define BEACON_CLOCK_BY_HAND -1.0 /* only by beacon_clock_advance */

/*
 * A clock that begins at start_us, both its times, and goes on at that speed. At once and by hand,
 * it stands still between its timers, each of which sees exactly its own moment.
 */
BEACON_API beacon_clock *beacon_clock_new_virtual(GMainContext *context, gint64 start_us,
                                                  double speed);

BEACON_API beacon_clock *beacon_clock_ref(beacon_clock *clock);
BEACON_API beacon_clock *beacon_clock_unref(beacon_clock *clock); /* takes NULL, returns NULL */
BEACON_API GMainContext *beacon_clock_context(beacon_clock *clock);
BEACON_API gboolean beacon_clock_is_virtual(beacon_clock *clock);

BEACON_API gint64 beacon_clock_wall_us(beacon_clock *clock);
BEACON_API gint64 beacon_clock_monotonic_us(beacon_clock *clock);

/*
 * A timer for a moment of the wall, or after a length of time; in the past means as soon as the
 * context runs. Timers of the same moment are called in the order in which they were added. When
 * the wall clock is set, timers of the wall move with it. Returns an identifier, never 0.
 */
BEACON_API guint beacon_clock_at(beacon_clock *clock, gint64 wall_us, beacon_clock_func func,
                                 gpointer user);
BEACON_API guint beacon_clock_after(beacon_clock *clock, gint64 delay_us, beacon_clock_func func,
                                    gpointer user);

/* Calls once, as soon as the wall clock has been set; cancelled as a timer is. */
BEACON_API guint beacon_clock_when_set(beacon_clock *clock, beacon_clock_func func, gpointer user);

/* Forgets the timer and sets *timer to 0; nothing happens when it is 0 already, or was called. */
BEACON_API void beacon_clock_cancel(beacon_clock *clock, guint *timer);

/* Virtual clocks: calls what is due within delay_us, each at its moment. */
BEACON_API void beacon_clock_advance(beacon_clock *clock, gint64 delay_us);

/* Virtual clocks: sets the wall, as somebody who sets a machine's clock does; the monotonic time
 * goes on. */
BEACON_API void beacon_clock_set_wall(beacon_clock *clock, gint64 wall_us);

G_END_DECLS

#endif
