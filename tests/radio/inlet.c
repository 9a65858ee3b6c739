/* SPDX-License-Identifier: MIT */
/* A descriptor under light and heavy traffic: everything is read, and heavy traffic in few
 * readings. Bounds follow the time that really passed, so a slow machine changes nothing. */
#include "radio/inlet.h"

#include "check_main.h"
#include <sys/socket.h>
#include <unistd.h>

static struct {
    GMainContext *context;
    GSource *source;
    int ends[2]; /* of a socket: ours, and the controller's */
    guint readings, bytes, most;
    gboolean destroys; /* the source, when it is called */
} rig;

static enum bcn_inlet_result read_all(gpointer user)
{
    char bytes[4096];
    (void)user;
    rig.readings++;
    if (rig.destroys)
        g_source_destroy(rig.source);
    ssize_t size = recv(rig.ends[0], bytes, rig.most, MSG_DONTWAIT);
    if (size <= 0)
        return BCN_INLET_NOTHING;
    rig.bytes += (guint)size;
    return (guint)size == rig.most ? BCN_INLET_MORE : BCN_INLET_ALL;
}

static void open_inlet(gboolean rests)
{
    rig.readings = rig.bytes = 0;
    rig.most = 4096;
    rig.destroys = FALSE;
    rig.context = g_main_context_new();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, rig.ends), 0);
    rig.source = bcn_inlet_new(rig.ends[0], rests, read_all, NULL);
    g_source_attach(rig.source, rig.context);
}

static void close_inlet(void)
{
    g_source_destroy(rig.source);
    g_source_unref(rig.source);
    g_main_context_unref(rig.context);
    close(rig.ends[0]);
    close(rig.ends[1]);
}

static void arrive(gsize count)
{
    char bytes[4096] = "";
    ck_assert_int_eq(send(rig.ends[1], bytes, count, 0), (int)count);
}

static gboolean rests(void)
{
    return g_source_get_ready_time(rig.source) >= 0;
}

static void turn(void)
{
    while (g_main_context_iteration(rig.context, FALSE))
        continue;
}

/* A byte at each turn for so long, as far as the socket takes them; how many bytes. */
static guint flood(gint64 us)
{
    gint64 begin = g_get_monotonic_time();
    guint sent = 0;
    while (g_get_monotonic_time() - begin < us) {
        if (send(rig.ends[1], "", 1, MSG_DONTWAIT) == 1)
            sent++;
        turn();
    }
    return sent;
}

START_TEST(what_comes_alone_is_read_at_once)
{
    open_inlet(TRUE);
    for (guint i = 1; i <= 3; i++) {
        g_usleep(3 * BCN_INLET_REST_US);
        arrive(1);
        turn();
        ck_assert_uint_eq(rig.bytes, i);
        ck_assert_uint_eq(rig.readings, i);
        ck_assert(!rests());
    }
    close_inlet();
}
END_TEST

START_TEST(much_is_read_at_intervals_and_whole)
{
    open_inlet(TRUE);
    gint64 begin = g_get_monotonic_time();
    guint sent = flood(50 * BCN_INLET_REST_US);
    gint64 passed = g_get_monotonic_time() - begin;
    ck_assert_uint_gt(sent, 100);
    ck_assert_int_le(rig.readings, passed / BCN_INLET_REST_US + 3);
    while (rests())
        g_main_context_iteration(rig.context, TRUE);
    ck_assert_uint_eq(rig.bytes, sent);
    close_inlet();
}
END_TEST

START_TEST(when_it_is_over_nobody_is_woken)
{
    open_inlet(TRUE);
    guint sent = flood(5 * BCN_INLET_REST_US);
    while (rests())
        g_main_context_iteration(rig.context, TRUE);
    guint readings = rig.readings;
    gint64 end = g_get_monotonic_time() + 5 * BCN_INLET_REST_US;
    while (g_get_monotonic_time() < end)
        turn();
    ck_assert_uint_eq(rig.readings, readings);
    ck_assert_uint_eq(rig.bytes, sent);
    close_inlet();
}
END_TEST

START_TEST(a_backlog_is_not_left_alone)
{
    open_inlet(TRUE);
    rig.most = 16;
    arrive(1600);
    for (int i = 0; i < 100; i++) {
        ck_assert(g_main_context_iteration(rig.context, FALSE));
        ck_assert(!rests());
    }
    ck_assert_uint_eq(rig.bytes, 1600);
    close_inlet();
}
END_TEST

START_TEST(in_virtual_time_it_never_rests)
{
    open_inlet(FALSE);
    for (guint i = 1; i <= 1000; i++) {
        arrive(1);
        turn();
        ck_assert_uint_eq(rig.bytes, i);
    }
    close_inlet();
}
END_TEST

START_TEST(the_other_side_may_go_and_the_source_too)
{
    open_inlet(TRUE);
    flood(5 * BCN_INLET_REST_US);
    guint readings = rig.readings;
    shutdown(rig.ends[1], SHUT_RDWR);
    rig.destroys = TRUE;
    turn();
    ck_assert_uint_eq(rig.readings, readings + 1); /* at once, also while it rests */
    close_inlet();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inlet");
    TCase *tests = tcase_create("inlet");

    tcase_add_test(tests, what_comes_alone_is_read_at_once);
    tcase_add_test(tests, much_is_read_at_intervals_and_whole);
    tcase_add_test(tests, when_it_is_over_nobody_is_woken);
    tcase_add_test(tests, a_backlog_is_not_left_alone);
    tcase_add_test(tests, in_virtual_time_it_never_rests);
    tcase_add_test(tests, the_other_side_may_go_and_the_source_too);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
