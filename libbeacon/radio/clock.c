/* SPDX-License-Identifier: MIT */
/* A clock with timers on a GMainContext: the machine's, or a virtual one that goes as fast as it is
 * told. */
#include <beacon/clock.h>
#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct timer {
    guint id;
    gboolean of_wall; /* `at` is a moment of the wall, else of the monotonic time */
    gint64 at;
    beacon_clock_func func;
    gpointer user;
};

struct beacon_clock {
    gint references;
    GMainContext *context;
    GSource *source;   /* dispatches timers */
    GSequence *timers; /* struct timer, by moment, then by identifier */
    GHashTable *by_id; /* of GSequenceIter */
    GQueue watchers;   /* struct timer, called when the wall is set */
    guint last_id;
    gboolean is_virtual;
    double speed;
    gint64 now_us;        /* virtual: the monotonic time, when it was last settled */
    gint64 settled_us;    /* virtual and paced: the machine's monotonic time at that moment */
    gint64 wall_ahead_us; /* virtual: wall minus monotonic */
    int step_fd;          /* real: readable when somebody sets the wall clock */
};

struct clock_source {
    GSource source;
    beacon_clock *clock;
};

static gboolean is_paced(const beacon_clock *clock)
{
    return clock->speed > 0;
}

gint64 beacon_clock_monotonic_us(beacon_clock *clock)
{
    if (!clock->is_virtual)
        return g_get_monotonic_time();
    if (!is_paced(clock))
        return clock->now_us;
    return clock->now_us +
           (gint64)((double)(g_get_monotonic_time() - clock->settled_us) * clock->speed);
}

gint64 beacon_clock_wall_us(beacon_clock *clock)
{
    if (!clock->is_virtual)
        return g_get_real_time();
    return beacon_clock_monotonic_us(clock) + clock->wall_ahead_us;
}

static gint64 wall_ahead_us(beacon_clock *clock)
{
    return clock->is_virtual ? clock->wall_ahead_us : g_get_real_time() - g_get_monotonic_time();
}

/* When a timer is due, in monotonic time as the wall stands now. */
static gint64 due_us(const struct timer *timer, gint64 ahead_us)
{
    return timer->of_wall ? timer->at - ahead_us : timer->at;
}

static gint by_moment(gconstpointer a, gconstpointer b, gpointer ahead_us)
{
    const struct timer *one = a;
    const struct timer *other = b;
    gint64 ahead = *(const gint64 *)ahead_us;
    gint64 one_due = due_us(one, ahead);
    gint64 other_due = due_us(other, ahead);
    if (one_due != other_due)
        return one_due < other_due ? -1 : 1;
    return one->id < other->id ? -1 : one->id > other->id;
}

static struct timer *first_timer(beacon_clock *clock)
{
    GSequenceIter *first = g_sequence_get_begin_iter(clock->timers);
    return g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);
}

/* The wall clock may be slewed meanwhile: a far moment is looked at again shortly before it comes.
 */
static gint64 look_again_us(gint64 due)
{
    gint64 left = due - g_get_monotonic_time();
    return left > G_TIME_SPAN_SECOND ? due - left / 64 : due;
}

/* When the source is to wake, in the machine's monotonic time; -1 for never. */
static gint64 wake_us(beacon_clock *clock)
{
    const struct timer *timer = first_timer(clock);
    if (timer == NULL || (clock->is_virtual && clock->speed < 0))
        return -1;
    gint64 due = due_us(timer, wall_ahead_us(clock));
    if (!clock->is_virtual)
        return MAX(timer->of_wall ? look_again_us(due) : due, 0);
    if (!is_paced(clock))
        return 0;
    double real_delay = (double)(due - clock->now_us) / clock->speed;
    return MAX(clock->settled_us + (gint64)real_delay, 0);
}

static void rearm(beacon_clock *clock)
{
    g_source_set_ready_time(clock->source, wake_us(clock));
}

/* Virtual time moves on to a moment, never back; where it flows, it may be there already. */
static void settle(beacon_clock *clock, gint64 now_us)
{
    if (!clock->is_virtual || now_us <= beacon_clock_monotonic_us(clock))
        return;
    clock->now_us = now_us;
    clock->settled_us = g_get_monotonic_time();
}

static void forget(beacon_clock *clock, struct timer *timer)
{
    GSequenceIter *iter = g_hash_table_lookup(clock->by_id, GUINT_TO_POINTER(timer->id));
    g_hash_table_remove(clock->by_id, GUINT_TO_POINTER(timer->id));
    g_sequence_remove(iter);
}

/* Calls the first timer if it is due by then; FALSE if it is not. */
static gboolean call_first(beacon_clock *clock, gint64 until_us)
{
    struct timer *timer = first_timer(clock);
    if (timer == NULL)
        return FALSE;
    gint64 due = due_us(timer, wall_ahead_us(clock));
    if (due > until_us)
        return FALSE;
    settle(clock, due);
    struct timer copy = *timer;
    forget(clock, timer);
    copy.func(copy.user);
    return TRUE;
}

/* The wall was set: its timers move, and those who asked are told. */
static void wall_moved(beacon_clock *clock)
{
    gint64 ahead = wall_ahead_us(clock);
    g_sequence_sort(clock->timers, by_moment, &ahead);
    for (guint left = g_queue_get_length(&clock->watchers); left > 0; left--) {
        struct timer *watcher = g_queue_pop_head(&clock->watchers);
        if (watcher == NULL)
            break;
        struct timer copy = *watcher;
        g_free(watcher);
        copy.func(copy.user);
    }
}

/* Asks the kernel to say when the wall clock is set: a timer far away, cancelled by that. */
static void watch_steps(beacon_clock *clock)
{
    const gint64 years_292 = G_MAXINT64 / 1000000000;
    const struct itimerspec far = {
        .it_value = {.tv_sec = (time_t)(sizeof(time_t) > 4 ? years_292 : G_MAXINT32)}};
    timerfd_settime(clock->step_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

static void wall_was_set(beacon_clock *clock)
{
    guint64 expirations;
    if (read(clock->step_fd, &expirations, sizeof expirations) < 0 && errno == EAGAIN)
        return;
    watch_steps(clock);
    wall_moved(clock);
}

static void call_due(beacon_clock *clock)
{
    gint64 now = beacon_clock_monotonic_us(clock);
    if (clock->is_virtual && !is_paced(clock))
        call_first(clock, G_MAXINT64);
    else
        while (call_first(clock, now))
            continue;
}

static gboolean dispatch(GSource *source, GSourceFunc func, gpointer user)
{
    (void)func, (void)user;
    beacon_clock *clock = beacon_clock_ref(((struct clock_source *)source)->clock);
    if (clock->step_fd >= 0)
        wall_was_set(clock);
    call_due(clock);
    rearm(clock);
    beacon_clock_unref(clock);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {.dispatch = dispatch};

static void attach(beacon_clock *clock)
{
    clock->source = g_source_new(&source_funcs, sizeof(struct clock_source));
    ((struct clock_source *)clock->source)->clock = clock;
    g_source_set_static_name(clock->source, "beacon_clock");
    if (clock->is_virtual && clock->speed == BEACON_CLOCK_AT_ONCE)
        g_source_set_priority(clock->source, G_PRIORITY_DEFAULT_IDLE);
    if (clock->step_fd >= 0)
        g_source_add_unix_fd(clock->source, clock->step_fd, G_IO_IN);
    g_source_set_ready_time(clock->source, -1);
    g_source_attach(clock->source, clock->context);
}

static beacon_clock *new_clock(GMainContext *context)
{
    beacon_clock *clock = g_new0(beacon_clock, 1);
    clock->references = 1;
    clock->context = g_main_context_ref(context != NULL ? context : g_main_context_default());
    clock->timers = g_sequence_new(g_free);
    clock->by_id = g_hash_table_new(NULL, NULL);
    clock->step_fd = -1;
    return clock;
}

beacon_clock *beacon_clock_new(GMainContext *context)
{
    beacon_clock *clock = new_clock(context);
    clock->step_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (clock->step_fd >= 0)
        watch_steps(clock);
    attach(clock);
    return clock;
}

beacon_clock *beacon_clock_new_virtual(GMainContext *context, gint64 start_us, double speed)
{
    beacon_clock *clock = new_clock(context);
    clock->is_virtual = TRUE;
    clock->speed = speed;
    clock->now_us = start_us;
    clock->settled_us = g_get_monotonic_time();
    attach(clock);
    return clock;
}

beacon_clock *beacon_clock_ref(beacon_clock *clock)
{
    clock->references++;
    return clock;
}

beacon_clock *beacon_clock_unref(beacon_clock *clock)
{
    if (clock == NULL || --clock->references > 0)
        return NULL;
    g_source_destroy(clock->source);
    g_source_unref(clock->source);
    if (clock->step_fd >= 0)
        close(clock->step_fd);
    g_hash_table_unref(clock->by_id);
    g_sequence_free(clock->timers);
    g_queue_clear_full(&clock->watchers, g_free);
    g_main_context_unref(clock->context);
    g_free(clock);
    return NULL;
}

GMainContext *beacon_clock_context(beacon_clock *clock)
{
    return clock->context;
}

gboolean beacon_clock_is_virtual(beacon_clock *clock)
{
    return clock->is_virtual;
}

static guint next_id(beacon_clock *clock)
{
    do
        clock->last_id++;
    while (clock->last_id == 0 ||
           g_hash_table_contains(clock->by_id, GUINT_TO_POINTER(clock->last_id)));
    return clock->last_id;
}

static guint add_timer(beacon_clock *clock, gboolean of_wall, gint64 at, beacon_clock_func func,
                       gpointer user)
{
    struct timer *timer = g_new(struct timer, 1);
    *timer = (struct timer){
        .id = next_id(clock), .of_wall = of_wall, .at = at, .func = func, .user = user};
    gint64 ahead = wall_ahead_us(clock);
    GSequenceIter *iter = g_sequence_insert_sorted(clock->timers, timer, by_moment, &ahead);
    g_hash_table_insert(clock->by_id, GUINT_TO_POINTER(timer->id), iter);
    if (first_timer(clock) == timer)
        rearm(clock);
    return timer->id;
}

guint beacon_clock_at(beacon_clock *clock, gint64 wall_us, beacon_clock_func func, gpointer user)
{
    return add_timer(clock, TRUE, wall_us, func, user);
}

guint beacon_clock_after(beacon_clock *clock, gint64 delay_us, beacon_clock_func func,
                         gpointer user)
{
    return add_timer(clock, FALSE, beacon_clock_monotonic_us(clock) + MAX(delay_us, 0), func, user);
}

guint beacon_clock_when_set(beacon_clock *clock, beacon_clock_func func, gpointer user)
{
    struct timer *watcher = g_new(struct timer, 1);
    *watcher = (struct timer){.id = next_id(clock), .func = func, .user = user};
    g_queue_push_tail(&clock->watchers, watcher);
    return watcher->id;
}

static void cancel_watcher(beacon_clock *clock, guint id)
{
    for (GList *link = clock->watchers.head; link != NULL; link = link->next)
        if (((struct timer *)link->data)->id == id) {
            g_free(link->data);
            g_queue_delete_link(&clock->watchers, link);
            return;
        }
}

void beacon_clock_cancel(beacon_clock *clock, guint *timer)
{
    guint id = *timer;
    *timer = 0;
    if (id == 0)
        return;
    GSequenceIter *iter = g_hash_table_lookup(clock->by_id, GUINT_TO_POINTER(id));
    if (iter == NULL) {
        cancel_watcher(clock, id);
        return;
    }
    forget(clock, g_sequence_get(iter));
    rearm(clock);
}

void beacon_clock_advance(beacon_clock *clock, gint64 delay_us)
{
    g_return_if_fail(clock->is_virtual);
    beacon_clock_ref(clock);
    gint64 until = beacon_clock_monotonic_us(clock) + MAX(delay_us, 0);
    while (call_first(clock, until))
        continue;
    settle(clock, until);
    rearm(clock);
    beacon_clock_unref(clock);
}

void beacon_clock_set_wall(beacon_clock *clock, gint64 wall_us)
{
    g_return_if_fail(clock->is_virtual);
    beacon_clock_ref(clock);
    clock->wall_ahead_us = wall_us - beacon_clock_monotonic_us(clock);
    wall_moved(clock);
    rearm(clock);
    beacon_clock_unref(clock);
}
