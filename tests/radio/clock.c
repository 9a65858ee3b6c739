/* SPDX-License-Identifier: MIT */
/* The clock: the order of its timers, what may be done within them, and each kind's pace. */
#include <beacon/clock.h>

#include "check_main.h"

#define START_US G_GINT64_CONSTANT(1600000000000000)

static GString *called;

struct call {
    beacon_clock *clock;
    char name;
    guint *cancels; /* or NULL */
    struct call *adds;
    gint64 after_us;
    gint64 wall_us, monotonic_us; /* when it was called */
    guint id;
};

static void note(gpointer user)
{
    struct call *call = user;
    g_string_append_c(called, call->name);
    call->wall_us = beacon_clock_wall_us(call->clock);
    call->monotonic_us = beacon_clock_monotonic_us(call->clock);
    if (call->cancels != NULL)
        beacon_clock_cancel(call->clock, call->cancels);
    if (call->adds != NULL)
        call->adds->id = beacon_clock_after(call->clock, call->after_us, note, call->adds);
}

static void set_up(void)
{
    called = g_string_new(NULL);
}

static void tear_down(void)
{
    g_string_free(called, TRUE);
}

static beacon_clock *by_hand(void)
{
    return beacon_clock_new_virtual(NULL, START_US, BEACON_CLOCK_BY_HAND);
}

START_TEST(timers_come_in_order_and_see_their_moment)
{
    beacon_clock *clock = by_hand();
    struct call a = {clock, .name = 'a'}, b = {clock, .name = 'b'}, c = {clock, .name = 'c'},
                d = {clock, .name = 'd'};
    beacon_clock_after(clock, 500, note, &c);
    beacon_clock_at(clock, START_US + 300, note, &a);
    beacon_clock_after(clock, 300, note, &b); /* the same moment: in the order they were added */
    beacon_clock_at(clock, START_US + 501, note, &d);
    beacon_clock_advance(clock, 299);
    ck_assert_str_eq(called->str, "");
    beacon_clock_advance(clock, 1);
    ck_assert_str_eq(called->str, "ab");
    beacon_clock_advance(clock, 1000);
    ck_assert_str_eq(called->str, "abcd");
    ck_assert_int_eq(a.wall_us, START_US + 300);
    ck_assert_int_eq(c.monotonic_us, START_US + 500);
    ck_assert_int_eq(d.wall_us, START_US + 501);
    ck_assert_int_eq(beacon_clock_wall_us(clock), START_US + 1300);
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(the_past_is_as_soon_as_possible)
{
    beacon_clock *clock = by_hand();
    struct call a = {clock, .name = 'a'}, b = {clock, .name = 'b'};
    beacon_clock_at(clock, 0, note, &a);
    beacon_clock_after(clock, -5, note, &b);
    beacon_clock_advance(clock, 0);
    ck_assert_str_eq(called->str, "ab");
    ck_assert_int_eq(a.monotonic_us, START_US); /* never back */
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(timers_cancel_and_add_within)
{
    beacon_clock *clock = by_hand();
    struct call d = {clock, .name = 'd'}, c = {clock, .name = 'c', .adds = &d, .after_us = 5},
                b = {clock, .name = 'b'}, a = {clock, .name = 'a', .cancels = &b.id};
    a.id = beacon_clock_after(clock, 10, note, &a);
    b.id = beacon_clock_after(clock, 10, note, &b);
    c.id = beacon_clock_after(clock, 10, note, &c);
    c.cancels = &c.id; /* itself, too late: nothing happens */
    beacon_clock_advance(clock, 100);
    ck_assert_str_eq(called->str, "acd");
    ck_assert_int_eq(d.monotonic_us, START_US + 15);
    ck_assert_uint_eq(b.id, 0);
    ck_assert_uint_eq(c.id, 0);
    beacon_clock_cancel(clock, &b.id);
    ck_assert_uint_ne(d.id, 0);
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(a_timer_without_delay_is_called_in_the_same_advance)
{
    beacon_clock *clock = by_hand();
    struct call b = {clock, .name = 'b'}, a = {clock, .name = 'a', .adds = &b};
    beacon_clock_after(clock, 0, note, &a);
    beacon_clock_advance(clock, 0);
    ck_assert_str_eq(called->str, "ab");
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(the_wall_moves_its_timers_alone)
{
    beacon_clock *clock = by_hand();
    struct call wall = {clock, .name = 'w'}, length = {clock, .name = 'l'};
    beacon_clock_at(clock, START_US + 1000, note, &wall);
    beacon_clock_after(clock, 500, note, &length);
    beacon_clock_set_wall(clock, START_US + 900);
    beacon_clock_advance(clock, 100);
    ck_assert_str_eq(called->str, "w");
    ck_assert_int_eq(wall.monotonic_us, START_US + 100);
    beacon_clock_at(clock, START_US + 5000, note, &wall);
    beacon_clock_set_wall(clock, START_US);
    beacon_clock_advance(clock, 400);
    ck_assert_str_eq(called->str, "wl");
    beacon_clock_advance(clock, 4599);
    ck_assert_str_eq(called->str, "wl");
    beacon_clock_advance(clock, 1);
    ck_assert_str_eq(called->str, "wlw");
    ck_assert_int_eq(beacon_clock_monotonic_us(clock), START_US + 5100);
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(whoever_asked_is_told_once_that_the_wall_was_set)
{
    beacon_clock *clock = by_hand();
    struct call a = {clock, .name = 'a'}, b = {clock, .name = 'b'}, c = {clock, .name = 'c'};
    beacon_clock_when_set(clock, note, &a);
    b.id = beacon_clock_when_set(clock, note, &b);
    c.id = beacon_clock_when_set(clock, note, &c);
    a.cancels = &b.id;
    beacon_clock_cancel(clock, &c.id);
    beacon_clock_set_wall(clock, START_US + 1);
    beacon_clock_set_wall(clock, START_US + 2);
    ck_assert_str_eq(called->str, "a");
    ck_assert_int_eq(a.wall_us, START_US + 1);
    beacon_clock_unref(clock);
}
END_TEST

static void drop_clock(gpointer user)
{
    beacon_clock_unref(user);
}

START_TEST(the_last_reference_may_go_within_a_timer)
{
    beacon_clock *clock = by_hand();
    beacon_clock_after(clock, 1, drop_clock, beacon_clock_ref(clock));
    beacon_clock_advance(clock, 1);
    beacon_clock_after(clock, 1, drop_clock, clock);
    beacon_clock_advance(clock, 1);
}
END_TEST

/* ---- Kinds ---- */

START_TEST(at_once_leaps_from_timer_to_timer)
{
    beacon_clock *clock = beacon_clock_new_virtual(NULL, START_US, BEACON_CLOCK_AT_ONCE);
    struct call b = {clock, .name = 'b'},
                a = {clock, .name = 'a', .adds = &b, .after_us = G_TIME_SPAN_DAY};
    beacon_clock_after(clock, G_TIME_SPAN_DAY, note, &a);
    ck_assert_int_eq(beacon_clock_monotonic_us(clock), START_US);
    while (called->len < 2)
        g_main_context_iteration(NULL, TRUE);
    ck_assert_int_eq(b.monotonic_us, START_US + 2 * G_TIME_SPAN_DAY);
    ck_assert(!g_main_context_iteration(NULL, FALSE)); /* and then it rests */
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(by_hand_goes_by_hand_alone)
{
    beacon_clock *clock = by_hand();
    struct call a = {clock, .name = 'a'};
    beacon_clock_after(clock, 0, note, &a);
    ck_assert(!g_main_context_iteration(NULL, FALSE));
    ck_assert_str_eq(called->str, "");
    beacon_clock_unref(clock);
}
END_TEST

/* A million virtual seconds to a real one: a day is over within the blink of an eye, in order. */
START_TEST(a_paced_clock_goes_by_itself)
{
    beacon_clock *clock = beacon_clock_new_virtual(NULL, START_US, 1000000);
    struct call a = {clock, .name = 'a'}, b = {clock, .name = 'b'};
    beacon_clock_after(clock, 2000 * G_TIME_SPAN_SECOND, note, &b);
    beacon_clock_after(clock, 1000 * G_TIME_SPAN_SECOND, note, &a);
    while (called->len < 2)
        g_main_context_iteration(NULL, TRUE);
    ck_assert_str_eq(called->str, "ab");
    ck_assert_int_ge(a.monotonic_us, START_US + 1000 * G_TIME_SPAN_SECOND);
    ck_assert_int_ge(b.monotonic_us, START_US + 2000 * G_TIME_SPAN_SECOND);
    ck_assert_int_ge(b.monotonic_us, a.monotonic_us);
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(a_paced_clock_can_be_advanced_too)
{
    beacon_clock *clock = beacon_clock_new_virtual(NULL, START_US, 0.001);
    struct call a = {clock, .name = 'a'};
    gint64 before = beacon_clock_monotonic_us(clock);
    beacon_clock_after(clock, G_TIME_SPAN_HOUR, note, &a);
    beacon_clock_advance(clock, 2 * G_TIME_SPAN_HOUR);
    ck_assert_str_eq(called->str, "a");
    ck_assert_int_ge(a.monotonic_us, START_US + G_TIME_SPAN_HOUR);
    ck_assert_int_le(a.monotonic_us, START_US + G_TIME_SPAN_HOUR + G_TIME_SPAN_MINUTE);
    ck_assert_int_ge(beacon_clock_monotonic_us(clock), before + 2 * G_TIME_SPAN_HOUR);
    beacon_clock_unref(clock);
}
END_TEST

START_TEST(the_machines_clock_calls_back)
{
    beacon_clock *clock = beacon_clock_new(NULL);
    struct call a = {clock, .name = 'a'}, b = {clock, .name = 'b'};
    gint64 begin = beacon_clock_monotonic_us(clock);
    ck_assert(!beacon_clock_is_virtual(clock));
    beacon_clock_after(clock, 2000, note, &b);
    beacon_clock_at(clock, beacon_clock_wall_us(clock) - 1, note, &a);
    while (called->len < 2)
        g_main_context_iteration(NULL, TRUE);
    ck_assert_str_eq(called->str, "ab");
    ck_assert_int_ge(b.monotonic_us, begin + 2000);
    beacon_clock_unref(clock);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tcase = tcase_create("clock");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, timers_come_in_order_and_see_their_moment);
    tcase_add_test(tcase, the_past_is_as_soon_as_possible);
    tcase_add_test(tcase, timers_cancel_and_add_within);
    tcase_add_test(tcase, a_timer_without_delay_is_called_in_the_same_advance);
    tcase_add_test(tcase, the_wall_moves_its_timers_alone);
    tcase_add_test(tcase, whoever_asked_is_told_once_that_the_wall_was_set);
    tcase_add_test(tcase, the_last_reference_may_go_within_a_timer);
    tcase_add_test(tcase, at_once_leaps_from_timer_to_timer);
    tcase_add_test(tcase, by_hand_goes_by_hand_alone);
    tcase_add_test(tcase, a_paced_clock_goes_by_itself);
    tcase_add_test(tcase, a_paced_clock_can_be_advanced_too);
    tcase_add_test(tcase, the_machines_clock_calls_back);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
