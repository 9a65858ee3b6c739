/* SPDX-License-Identifier: MIT */
/* What levels of some seconds are worth, against the textbook's first-order process. */
#include "transmitters.h"

#include "check_main.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define SPAN   TRANSMITTER_SPAN_MS
#define MEMORY 8000.0

static struct transmitters transmitters;
static struct slot_keys keys;

static void set_up(void)
{
    memset(&transmitters, 0, sizeof transmitters);
    slot_keys_init(&keys, 96, NULL, NULL);
}

static struct transmitter *hear(guint32 span, int dbm)
{
    static const guint8 name[] = {1, 2, 3};
    return transmitters_hear(&transmitters, &keys, name, sizeof name, BEACON_PLATFORM_ANDROID,
                             60000 + span * SPAN, (gint8)dbm, 20000);
}

static struct transmitter_looks look(const struct transmitter *transmitter, guint32 from,
                                     guint32 to)
{
    return transmitter_look(transmitter, 60000 + from * SPAN, 60000 + to * SPAN);
}

START_TEST(nothing_is_no_look)
{
    const struct transmitter *heard = hear(10, -50);
    struct transmitter_looks looks = look(heard, 0, 9);
    ck_assert_uint_eq(looks.packets, 0);
    ck_assert_double_eq(looks.count, 0);
    ck_assert_double_eq(looks.dbm, LEVEL_NONE);
}
END_TEST

START_TEST(many_packets_of_one_span_are_one_look)
{
    const struct transmitter *heard = NULL;
    for (int i = 0; i < 9; i++)
        heard = hear(3, -50 - i);
    struct transmitter_looks looks = look(heard, 0, 5);
    ck_assert_uint_eq(looks.packets, 9);
    ck_assert_double_eq_tol(looks.count, 1, 1e-9);
    ck_assert_double_eq_tol(looks.dbm, -54, 1e-9);
}
END_TEST

/* The mean of n values in a row, each like its neighbour by r, tells as much as
 * (n − (n − 2) r) / (1 + r) that are independent; the first and last weigh 1, the others 1 − r. */
START_TEST(a_burst_weighs_by_its_ends)
{
    double like = exp(-SPAN / MEMORY);
    const struct transmitter *heard = NULL;
    for (guint32 i = 0; i < 8; i++)
        heard = hear(i, i == 0 || i == 7 ? -40 : -60);
    struct transmitter_looks looks = look(heard, 0, 7);
    ck_assert_double_eq_tol(looks.count, (8 - 6 * like) / (1 + like), 1e-9);
    double ends = 2 / (2 + 6 * (1 - like));
    ck_assert_double_eq_tol(looks.dbm, ends * -40 + (1 - ends) * -60, 1e-9);
}
END_TEST

START_TEST(far_apart_each_counts_whole)
{
    double like = exp(-20 * SPAN / MEMORY);
    hear(0, -40);
    const struct transmitter *heard = hear(20, -60);
    struct transmitter_looks looks = look(heard, 0, 20);
    ck_assert_double_eq_tol(looks.count, 2 / (1 + like), 1e-9);
    ck_assert_double_gt(looks.count, 1.98);
    ck_assert_double_eq_tol(looks.dbm, -50, 1e-9);
}
END_TEST

START_TEST(only_what_lies_between_the_times_counts)
{
    const struct transmitter *heard = NULL;
    for (guint32 i = 0; i < 60; i++)
        heard = hear(i, i < 50 ? -90 : -50);
    struct transmitter_looks looks = look(heard, 50, 59);
    ck_assert_uint_eq(looks.packets, 10);
    ck_assert_double_eq_tol(looks.dbm, -50, 1e-9);
    /* What is farther back than the table goes is gone. */
    ck_assert_uint_eq(look(heard, 0, 59).packets, TRANSMITTER_PAST);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_transmitters");
    TCase *looks = tcase_create("looks");
    tcase_add_checked_fixture(looks, set_up, NULL);
    tcase_add_test(looks, nothing_is_no_look);
    tcase_add_test(looks, many_packets_of_one_span_are_one_look);
    tcase_add_test(looks, a_burst_weighs_by_its_ends);
    tcase_add_test(looks, far_apart_each_counts_whole);
    tcase_add_test(looks, only_what_lies_between_the_times_counts);
    suite_add_tcase(suite, looks);
    return check_main(suite);
}
