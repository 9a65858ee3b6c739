/* SPDX-License-Identifier: MIT */
/* Taps, modes and clocks. */
#include "entrance/checkpoint_rig.h"

/* ---- Taps and modes ---- */

START_TEST(one_sent_aside_is_not_checked)
{
    tap();
    ck_assert(!checkpoint_begin(rig.checkpoint, &rig.now));
    ck_assert(checkpoint_later(rig.checkpoint, &rig.now));
    assert_result(VERDICT_NONE, REASON_PUT_OFF);
    ck_assert(!checkpoint_later(rig.checkpoint, &rig.now));
    ck_assert(!checkpoint_opened(rig.checkpoint, &rig.now));
    tap();
}
END_TEST

static void let_them_begin(void)
{
    rig_end(&rig);
    rig_begin(&rig, NULL, TRUE);
    rig_reference(&rig);
    rig_pass(&rig, 40);
}

static void put_off(void)
{
    ck_assert(checkpoint_later(rig.checkpoint, &rig.now));
    assert_result(VERDICT_NONE, REASON_PUT_OFF);
}

START_TEST(an_iphone_put_off_while_it_is_asked_is_not_judged)
{
    let_them_begin();
    is_being_asked();
    put_off();
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    rig_pass(&rig, 30);
    ck_assert_uint_eq(rig.results, 1);
    ck_assert_uint_eq(rig.begins, 1);
}
END_TEST

START_TEST(nor_one_asked_before_the_tap)
{
    let_them_begin();
    rig_does(&rig, 0, SENDS_IPHONE, 1, AT_LINE_DBM);
    rig_pass(&rig, 10);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 2.5);
    ck_assert_uint_eq(rig.visits, 1);
    tap();
    put_off();
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    rig_pass(&rig, 30);
    ck_assert_uint_eq(rig.results, 1);
}
END_TEST

START_TEST(nor_an_android_when_its_rival_goes)
{
    let_them_begin();
    rig_does(&rig, 1, SENDS_ANDROID, 2, AT_LINE_DBM);
    comes(0, SENDS_ANDROID, 1);
    rig_move(&rig, 1, ON_SPOT_DBM - 7);
    rig_pass(&rig, 5);
    put_off();
    rig_move(&rig, 1, AT_LINE_DBM);
    rig_pass(&rig, 30);
    ck_assert_uint_eq(rig.results, 1);
}
END_TEST

/* An iPhone's address changes at any time. */
START_TEST(nor_an_iphone_under_a_new_address)
{
    let_them_begin();
    is_being_asked();
    put_off();
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    rig_pass(&rig, 5);
    rig.phones[0].name = 9;
    rig_pass(&rig, 30);
    ck_assert_uint_eq(rig.visits, 1);
    ck_assert_uint_eq(rig.results, 1);
    rig.phones[0].name = 10;
    rig_pass(&rig, 30);
    ck_assert_uint_eq(rig.results, 1);
    tap();
    rig_pass(&rig, 3);
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    rig_await(&rig, 5);
    assert_result(VERDICT_HEARD, REASON_NONE);
}
END_TEST

START_TEST(nor_an_android_after_an_edge)
{
    gint64 edge_us = RIG_START_US + 900 * SECOND_US;
    let_them_begin();
    rig_pass(&rig, (double)(edge_us - rig.now.wall_us) / 1e6 - 30);
    rig_does(&rig, 1, SENDS_ANDROID, 2, AT_LINE_DBM);
    comes(0, SENDS_ANDROID, 1);
    rig_move(&rig, 1, ON_SPOT_DBM - 7);
    rig_pass(&rig, 5);
    put_off();
    rig_move(&rig, 1, AT_LINE_DBM);
    while (rig.now.wall_us < edge_us + SECOND_US / 2)
        rig_pass(&rig, 0.1);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_pass(&rig, 15);
    rig_does(&rig, 0, SENDS_ANDROID, 77, ON_SPOT_DBM);
    rig_pass(&rig, 30);
    ck_assert_uint_eq(rig.results, 1);
}
END_TEST

/* Who comes from the line when another, put off, has just fallen silent, is not that one. */
START_TEST(another_who_comes_begins_a_check)
{
    let_them_begin();
    is_being_asked();
    rig_does(&rig, 1, SENDS_IPHONE, 2, AT_LINE_DBM);
    put_off();
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    rig_pass(&rig, 10);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_pass(&rig, 1);
    rig_move(&rig, 1, ON_SPOT_DBM + 15);
    rig_pass(&rig, 3);
    ck_assert_uint_eq(rig.visits, 2);
    rig_answer(&rig, BEACON_VISIT_READ, 2);
    ck_assert_uint_eq(rig.results, 2);
}
END_TEST

START_TEST(one_put_off_is_checked_when_the_guard_taps_again)
{
    let_them_begin();
    is_being_asked();
    put_off();
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    tap();
    rig_await(&rig, 5);
    assert_result(VERDICT_HEARD, REASON_NONE);
    ck_assert_uint_eq(rig.last.check, 2);
}
END_TEST

START_TEST(one_put_off_that_comes_again_begins_its_check)
{
    let_them_begin();
    is_being_asked();
    put_off();
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    goes(0);
    ck_assert_uint_eq(rig.results, 1);
    rig_pass(&rig, 10);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 3);
    if (rig.visits > 1)
        rig_answer(&rig, BEACON_VISIT_READ, 1);
    assert_result(VERDICT_HEARD, REASON_NONE);
    ck_assert(rig.last.by_itself);
}
END_TEST

START_TEST(a_verdict_is_shown_for_2_5_s)
{
    struct checkpoint_view view;
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    rig_pass(&rig, 2.4);
    checkpoint_view(rig.checkpoint, &view);
    ck_assert_int_eq(view.phase, CHECKPOINT_SHOWING);
    ck_assert_int_eq(view.lamp, CHECKPOINT_LAMP_GREEN);
    rig_pass(&rig, 0.2);
    checkpoint_view(rig.checkpoint, &view);
    ck_assert_int_eq(view.phase, CHECKPOINT_IDLE);
    ck_assert_int_eq(view.lamp, CHECKPOINT_LAMP_OFF);
}
END_TEST

START_TEST(those_who_walk_through_are_counted_and_not_judged)
{
    static const enum check_mode modes[] = {MODE_WALK_THROUGH, MODE_SHARE_ONLY};
    checkpoint_set_mode(rig.checkpoint, modes[_i], &rig.now);
    rig_does(&rig, 0, SENDS_IPHONE, 1, AT_LINE_DBM);
    rig_pass(&rig, 10);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    tap();
    assert_result(VERDICT_NONE, REASON_NONE);
    ck_assert_int_eq(rig.last.mode, modes[_i]);
    rig_pass(&rig, 40);
    tap();
    ck_assert_uint_eq(rig.results, 2);
    ck_assert_uint_eq(rig.visits, 0);
}
END_TEST

/* ---- Clocks ---- */

START_TEST(a_clock_that_is_unknown_or_jumps_changes_no_verdict)
{
    rig.now.clock = CLOCK_UNKNOWN;
    rig_pass(&rig, 300);
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    goes(0);
    rig.now.clock = CLOCK_SET;
    rig.now.wall_us += 86400 * 365 * SECOND_US;
    comes(1, SENDS_ANDROID, 2);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    goes(1);
    rig.now.wall_us -= 86400 * 400 * SECOND_US;
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_NOT_HEARD, REASON_NONE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_checkpoint_flow");
    TCase *modes = tcase(suite, "modes", set_up);
    tcase_add_test(modes, one_sent_aside_is_not_checked);
    tcase_add_test(modes, an_iphone_put_off_while_it_is_asked_is_not_judged);
    tcase_add_test(modes, nor_one_asked_before_the_tap);
    tcase_add_test(modes, nor_an_android_when_its_rival_goes);
    tcase_add_test(modes, nor_an_iphone_under_a_new_address);
    tcase_add_test(modes, nor_an_android_after_an_edge);
    tcase_add_test(modes, another_who_comes_begins_a_check);
    tcase_add_test(modes, one_put_off_is_checked_when_the_guard_taps_again);
    tcase_add_test(modes, one_put_off_that_comes_again_begins_its_check);
    tcase_add_test(modes, a_verdict_is_shown_for_2_5_s);
    tcase_add_loop_test(modes, those_who_walk_through_are_counted_and_not_judged, 0, 2);
    TCase *clocks = tcase(suite, "clocks", set_up);
    tcase_add_test(clocks, a_clock_that_is_unknown_or_jumps_changes_no_verdict);
    return check_main(suite);
}
