/* SPDX-License-Identifier: MIT */
/* Counts against closed forms: who stays, who comes, who sends late, and what cannot be counted. */
#include "counts.h"

#include "check_main.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define EDGE_US   (INT64_C(1597019400) * SECOND_US) /* 2020-08-10T00:30:00Z */
#define SLOT_S    900

static struct counts *counts;
static struct counts_slot slots[8];
static guint slots_count;
static gint64 second; /* since the edge */
static enum clock_quality clock_quality;
static gboolean hears;

static void on_slot(const struct counts_slot *slot, gpointer user)
{
    (void)user;
    ck_assert_uint_lt(slots_count, G_N_ELEMENTS(slots));
    slots[slots_count++] = *slot;
}

static void tick(void)
{
    counts_tick(counts, (1000 + second) * SECOND_US, EDGE_US + second * SECOND_US, clock_quality,
                hears);
}

static void set_up(void)
{
    counts = counts_new(96, on_slot, NULL, NULL, NULL);
    slots_count = 0;
    second = 0;
    clock_quality = CLOCK_SET;
    hears = TRUE;
    tick();
}

static void tear_down(void)
{
    counts_free(counts);
}

static void hear(guint person, guint name)
{
    struct beacon_identifier identifier = {{0}};
    memcpy(identifier.bytes, &person, sizeof person);
    memcpy(identifier.bytes + 4, &name, sizeof name);
    counts_heard(counts, &identifier, EDGE_US + second * SECOND_US, NEARNESS_MIDDLE);
}

/* Once a second, from `first` to before `last`, whoever the function says is heard. */
static void play(gint64 last, void (*each)(void))
{
    for (; second < last; second++) {
        tick();
        each();
    }
    tick();
}

static guint slot_name(gint64 at)
{
    return (guint)(at / SLOT_S);
}

/* Twenty who stay, and change their names within the gap. */
static void stayers(void)
{
    for (guint person = 0; person < 20; person++)
        hear(person, slot_name(MAX(second - person, 0)));
}

/* One comes every ten seconds, and stays for a minute. */
static void visitors(void)
{
    for (gint64 person = MAX(0, second / 10 - 6); person <= second / 10; person++)
        hear((guint)(1000 + person), slot_name(second));
}

static void stayers_and_visitors(void)
{
    stayers();
    visitors();
}

START_TEST(those_who_stay_are_no_visits)
{
    play(2 * SLOT_S, stayers);
    ck_assert_uint_eq(slots_count, 2);
    ck_assert(slots[1].is_counted);
    ck_assert_double_eq_tol(slots[1].visits, 0, 1e-9);
    ck_assert_uint_eq(slots[1].live, 20);
    /* max(X, 1) (g/L) (1 + g/L) + R/4 + 0.03 live */
    ck_assert_double_eq_tol(slots[1].variance, 55.0 / 845 * (1 + 55.0 / 845) + 0.6, 1e-9);
}
END_TEST

START_TEST(those_who_come_are_counted_through_the_gap)
{
    play(2 * SLOT_S, stayers_and_visitors);
    /* Heard first at 50, 60 … 890: 85 of the 90 that come. */
    ck_assert_uint_eq(slots[1].first_heard, 85);
    ck_assert_double_eq_tol(slots[1].visits, 85 * 900.0 / 845, 1e-9);
    struct counts_sum sum = counts_sum(counts, EDGE_US, EDGE_US + 2 * SLOT_S * SECOND_US);
    ck_assert_uint_eq(sum.slots, 2);
    ck_assert_double_eq_tol(sum.visits, slots[0].visits + slots[1].visits, 1e-9);
    ck_assert_double_eq_tol(sum.band, 1.96 * sqrt(slots[0].variance + slots[1].variance), 1e-9);
    sum = counts_sum(counts, EDGE_US + SLOT_S * SECOND_US, EDGE_US + 2 * SLOT_S * SECOND_US);
    ck_assert_double_eq_tol(sum.visits, slots[1].visits, 1e-9);
}
END_TEST

/* The app on screen: a burst of 150 s keeps the name of its beginning. */
static void late(void)
{
    for (guint person = 0; person < 10; person++)
        hear(person, second < SLOT_S + 150 ? 0 : slot_name(second));
}

START_TEST(late_bursts_are_no_visits)
{
    play(2 * SLOT_S, late);
    ck_assert_uint_eq(slots[1].first_heard, 10);
    ck_assert_uint_eq(slots[1].still_heard, 10);
    ck_assert_double_eq_tol(slots[1].visits, 0, 1e-9);
    ck_assert_double_eq_tol(slots[1].variance, 55.0 / 845 * (1 + 55.0 / 845) + 2.5 + 0.3, 1e-9);
}
END_TEST

/* Unbroken until e + 40 s is not late yet: its next name comes within the gap. */
static void until_40(void)
{
    hear(1, second < SLOT_S + 40 ? 0 : slot_name(second));
}

START_TEST(a_burst_that_ends_within_the_gap_is_not_late)
{
    play(2 * SLOT_S, until_40);
    ck_assert_uint_eq(slots[1].still_heard, 0);
    ck_assert_uint_eq(slots[1].first_heard, 0);
}
END_TEST

START_TEST(here_now_does_not_double_at_the_edge)
{
    play(SLOT_S - 1, stayers);
    ck_assert_uint_eq(counts_now(counts).middle, 20);
    for (gint64 at = SLOT_S; at < SLOT_S + 200; at++) {
        play(at, stayers);
        ck_assert_uint_eq(counts_now(counts).middle, 20);
    }
}
END_TEST

static void nobody(void)
{
}

START_TEST(who_is_silent_for_35_s_is_not_here)
{
    play(100, stayers);
    play(133, nobody);
    ck_assert_uint_eq(counts_now(counts).middle, 20);
    play(136, nobody);
    ck_assert_uint_eq(counts_now(counts).middle, 0);
}
END_TEST

static void flood(void)
{
    for (guint i = 0; i < 1000; i++)
        hear((guint)second * 1000 + i, 7);
}

START_TEST(a_flood_is_not_counted_and_takes_no_memory)
{
    gsize size = counts_size();
    play(SLOT_S, flood);
    ck_assert_uint_eq(slots_count, 1);
    ck_assert(!slots[0].is_counted);
    ck_assert_uint_eq(counts_size(), size);
    play(3 * SLOT_S, stayers);
    ck_assert(slots[2].is_counted);
}
END_TEST

START_TEST(a_slot_in_which_the_receiver_was_off_is_not_counted)
{
    play(100, stayers);
    hears = FALSE;
    play(140, nobody);
    hears = TRUE;
    play(2 * SLOT_S, stayers);
    ck_assert(!slots[0].is_counted);
    ck_assert(slots[1].is_counted);
}
END_TEST

START_TEST(without_a_clock_nothing_is_counted)
{
    clock_quality = CLOCK_UNKNOWN;
    play(SLOT_S, stayers);
    ck_assert_uint_eq(slots_count, 1);
    ck_assert(!slots[0].is_counted);
    ck_assert(!counts_now(counts).is_counting);
}
END_TEST

START_TEST(a_slot_begun_in_its_middle_is_not_counted)
{
    tear_down();
    set_up();
    second = 300;
    counts_free(counts);
    counts = counts_new(96, on_slot, NULL, NULL, NULL);
    tick();
    play(2 * SLOT_S, stayers);
    ck_assert(!slots[0].is_counted);
    ck_assert(slots[1].is_counted);
}
END_TEST

START_TEST(iphones_are_counted_apart)
{
    struct beacon_identifier identifier = {{0xEE, 0xEE, 0xEE, 0xEE}};
    play(100, stayers);
    counts_read(counts, &identifier, EDGE_US + second * SECOND_US);
    counts_read(counts, &identifier, EDGE_US + second * SECOND_US);
    play(SLOT_S, stayers);
    ck_assert_uint_eq(slots[0].iphones, 1);
    ck_assert_uint_eq(slots[0].first_heard, 0);
}
END_TEST

START_TEST(shares_are_bounds)
{
    struct counts_share share = counts_share(60, 20, 10, 100);
    ck_assert_double_eq_tol(share.low, 0.6, 1e-12);
    ck_assert_double_eq_tol(share.high, 0.9, 1e-12);
    share = counts_share(0, 0, 0, 0);
    ck_assert_double_eq_tol(share.high, 0, 1e-12);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_counts");
    TCase *all = tcase_create("counts");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 60);
    tcase_add_test(all, those_who_stay_are_no_visits);
    tcase_add_test(all, those_who_come_are_counted_through_the_gap);
    tcase_add_test(all, late_bursts_are_no_visits);
    tcase_add_test(all, a_burst_that_ends_within_the_gap_is_not_late);
    tcase_add_test(all, here_now_does_not_double_at_the_edge);
    tcase_add_test(all, who_is_silent_for_35_s_is_not_here);
    tcase_add_test(all, a_flood_is_not_counted_and_takes_no_memory);
    tcase_add_test(all, a_slot_in_which_the_receiver_was_off_is_not_counted);
    tcase_add_test(all, without_a_clock_nothing_is_counted);
    tcase_add_test(all, a_slot_begun_in_its_middle_is_not_counted);
    tcase_add_test(all, iphones_are_counted_apart);
    tcase_add_test(all, shares_are_bounds);
    suite_add_tcase(suite, all);
    return check_main(suite);
}
