/* SPDX-License-Identifier: MIT */
/* The rule of the check, case by case: who is heard, and counted once. */
#include "entrance/checkpoint_rig.h"

/* ---- Heard ---- */

START_TEST(a_phone_laid_on_the_spot_is_heard)
{
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    ck_assert_int_eq(rig.last.platform, BEACON_PLATFORM_ANDROID);
    ck_assert_uint_eq(rig.last.check, 1);
    assert_seconds(0.35, 1.5);
}
END_TEST

START_TEST(five_packets_are_not_enough_within_less_than_0_8_s)
{
    rig_does(&rig, 0, SENDS_ANDROID, 1, ON_SPOT_DBM);
    rig.phones[0].every_us = 20000;
    tap();
    rig_pass(&rig, 0.75);
    ck_assert_uint_eq(rig.results, 0);
    rig_pass(&rig, 0.25);
    ck_assert_uint_eq(rig.results, 1);
    assert_result(VERDICT_HEARD, REASON_NONE);
}
END_TEST

START_TEST(four_packets_are_not_enough_however_long)
{
    rig_does(&rig, 0, SENDS_ANDROID, 1, ON_SPOT_DBM);
    tap();
    rig_pass(&rig, 0.45);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_OPEN_THE_APP);
}
END_TEST

START_TEST(a_phone_at_the_line_is_not_heard)
{
    rig_does(&rig, 0, SENDS_ANDROID, 1, AT_LINE_DBM);
    rig_pass(&rig, 20);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_NOT_HEARD, REASON_NONE);
}
END_TEST

/* As loud before the check as during it: it has been lying there, or shouts. */
START_TEST(a_phone_that_does_not_rise_is_not_heard)
{
    struct calibration_gates gates;
    calibration_gates(&rig.calibration, BEACON_PLATFORM_ANDROID, &gates);
    rig_does(&rig, 0, SENDS_ANDROID, 1, (int)gates.exit_dbm + 1);
    rig_pass(&rig, 50);
    rig_move(&rig, 0, (int)gates.gate_dbm + 1);
    tap();
    rig_await(&rig, 60);
    ck_assert_int_ne(rig.last.verdict, VERDICT_HEARD);
    ck_assert_int_ne(rig.last.verdict, VERDICT_NOT_HEARD);
}
END_TEST

START_TEST(one_unheard_before_needs_a_higher_gate)
{
    struct calibration_gates gates;
    calibration_gates(&rig.calibration, BEACON_PLATFORM_ANDROID, &gates);
    ck_assert_double_gt(gates.unheard_dbm, gates.gate_dbm + 2);
    tap();
    rig_pass(&rig, 3);
    rig_does(&rig, 0, SENDS_ANDROID, 1, (int)gates.unheard_dbm - 1);
    rig_pass(&rig, 5);
    ck_assert_uint_eq(rig.results, 0);
    checkpoint_later(rig.checkpoint, &rig.now);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_pass(&rig, 60);
    tap();
    rig_pass(&rig, 3);
    rig_does(&rig, 0, SENDS_ANDROID, 1, (int)gates.unheard_dbm + 1);
    rig_await(&rig, 5);
    assert_result(VERDICT_HEARD, REASON_NONE);
}
END_TEST

/* Weaker than the gate, but so for the whole check, and far above what it was at the line. */
START_TEST(a_weak_phone_that_stays_is_heard)
{
    struct calibration_gates gates;
    calibration_gates(&rig.calibration, BEACON_PLATFORM_ANDROID, &gates);
    rig_does(&rig, 0, SENDS_ANDROID, 1, AT_LINE_DBM - 5);
    rig_pass(&rig, 40);
    rig_move(&rig, 0, (int)gates.longest_dbm - 2);
    ck_assert_double_lt(gates.longest_dbm - 2, gates.gate_dbm - 2);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    assert_seconds(3, 34);
}
END_TEST

/* In the silent half of its cycle when its owner comes. */
START_TEST(a_phone_that_was_silent_on_arrival_is_heard_when_it_sends)
{
    rig_does(&rig, 0, SENDS_ANDROID, 1, AT_LINE_DBM);
    rig_pass(&rig, 15);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_pass(&rig, 1);
    tap();
    rig_pass(&rig, 14);
    rig_does(&rig, 0, SENDS_ANDROID, 1, ON_SPOT_DBM);
    rig_await(&rig, 5);
    assert_result(VERDICT_HEARD, REASON_NONE);
    assert_seconds(14.5, 16);
}
END_TEST

START_TEST(of_two_equally_near_none_is_heard)
{
    rig_does(&rig, 1, SENDS_ANDROID, 2, AT_LINE_DBM);
    comes(0, SENDS_ANDROID, 1);
    rig_move(&rig, 1, ON_SPOT_DBM - 7);
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_ONE_AT_A_TIME);
}
END_TEST

START_TEST(one_9_db_above_another_is_heard)
{
    rig_does(&rig, 1, SENDS_ANDROID, 2, AT_LINE_DBM);
    comes(0, SENDS_ANDROID, 1);
    rig_move(&rig, 1, ON_SPOT_DBM - 9);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
}
END_TEST

/* An iPhone sends 15 dB stronger: one at the line does not stand in an Android's way. */
START_TEST(an_iphone_at_the_line_is_in_nobodys_way)
{
    rig_does(&rig, 1, SENDS_IPHONE, 2, ON_SPOT_DBM - 7);
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    ck_assert_uint_eq(rig.visits, 0);
}
END_TEST

START_TEST(a_phone_begins_a_check_by_itself_where_that_is_wished)
{
    rig_end(&rig);
    rig_begin(&rig, NULL, TRUE);
    rig_does(&rig, 0, SENDS_ANDROID, 1, AT_LINE_DBM);
    rig_pass(&rig, 10);
    ck_assert_uint_eq(rig.begins, 0);
    rig_move(&rig, 0, ON_SPOT_DBM);
    rig_await(&rig, 5);
    assert_result(VERDICT_HEARD, REASON_NONE);
    ck_assert(rig.last.by_itself);
    ck_assert_uint_eq(rig.begins, 1);
    rig_pass(&rig, 30);
    ck_assert_uint_eq(rig.results, 1);
}
END_TEST

/* ---- Counted once ---- */

START_TEST(a_phone_left_lying_is_not_counted_for_the_next)
{
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    next_person();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_ONE_AT_A_TIME);
}
END_TEST

START_TEST(a_phone_that_left_and_comes_again_is_counted_again)
{
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    goes(0);
    rig_pass(&rig, 10);
    rig_move(&rig, 0, ON_SPOT_DBM);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    ck_assert_uint_eq(rig.last.check, 2);
}
END_TEST

START_TEST(a_pause_shorter_than_its_cycles_is_no_leaving)
{
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_pass(&rig, 16);
    rig_does(&rig, 0, SENDS_ANDROID, 1, ON_SPOT_DBM);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_ONE_AT_A_TIME);
}
END_TEST

START_TEST(a_longer_silence_is)
{
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_pass(&rig, 50);
    tap();
    rig_does(&rig, 0, SENDS_ANDROID, 1, ON_SPOT_DBM);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
}
END_TEST

/* At a quarter hour's edge a phone that lies on the spot has another name after its pause. */
static void lie_across_edge(double until_edge_s, double silent_s)
{
    gint64 edge_us = RIG_START_US + 900 * SECOND_US;
    rig_pass(&rig, (double)(edge_us - rig.now.wall_us) / 1e6 - until_edge_s - 13);
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    while (rig.now.wall_us < edge_us + SECOND_US / 2)
        rig_pass(&rig, 0.1);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_pass(&rig, silent_s);
    rig_does(&rig, 0, SENDS_ANDROID, 77, ON_SPOT_DBM);
    tap();
    rig_await(&rig, 60);
}

START_TEST(a_phone_left_across_an_edge_is_not_counted_under_its_new_name)
{
    lie_across_edge(5, 15);
    assert_result(VERDICT_CANNOT_TELL, REASON_ONE_AT_A_TIME);
}
END_TEST

START_TEST(after_an_edge_one_that_comes_from_the_line_is_somebody_else)
{
    gint64 edge_us = RIG_START_US + 900 * SECOND_US;
    rig_pass(&rig, (double)(edge_us - rig.now.wall_us) / 1e6 - 20);
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_does(&rig, 1, SENDS_ANDROID, 2, AT_LINE_DBM);
    rig_pass(&rig, 15);
    rig_move(&rig, 1, ON_SPOT_DBM);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
}
END_TEST

/* Its key, and with it its entry, is destroyed 165 s after the edge; that it lies there is not
 * forgotten. */
START_TEST(a_stale_burst_that_outlives_its_key_is_still_counted)
{
    gint64 edge_us = RIG_START_US + 900 * SECOND_US;
    rig_pass(&rig, (double)(edge_us - rig.now.wall_us) / 1e6 - 30);
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    while (rig.now.wall_us < edge_us + 164 * SECOND_US)
        rig_pass(&rig, 1);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_ONE_AT_A_TIME);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_checkpoint_heard");
    TCase *heard = tcase(suite, "heard", set_up);
    tcase_add_test(heard, a_phone_laid_on_the_spot_is_heard);
    tcase_add_test(heard, five_packets_are_not_enough_within_less_than_0_8_s);
    tcase_add_test(heard, four_packets_are_not_enough_however_long);
    tcase_add_test(heard, a_phone_at_the_line_is_not_heard);
    tcase_add_test(heard, a_phone_that_does_not_rise_is_not_heard);
    tcase_add_test(heard, one_unheard_before_needs_a_higher_gate);
    tcase_add_test(heard, a_weak_phone_that_stays_is_heard);
    tcase_add_test(heard, a_phone_that_was_silent_on_arrival_is_heard_when_it_sends);
    tcase_add_test(heard, of_two_equally_near_none_is_heard);
    tcase_add_test(heard, one_9_db_above_another_is_heard);
    tcase_add_test(heard, an_iphone_at_the_line_is_in_nobodys_way);
    tcase_add_test(heard, a_phone_begins_a_check_by_itself_where_that_is_wished);
    TCase *once = tcase(suite, "once", set_up);
    tcase_add_test(once, a_phone_left_lying_is_not_counted_for_the_next);
    tcase_add_test(once, a_phone_that_left_and_comes_again_is_counted_again);
    tcase_add_test(once, a_pause_shorter_than_its_cycles_is_no_leaving);
    tcase_add_test(once, a_longer_silence_is);
    tcase_add_test(once, a_phone_left_across_an_edge_is_not_counted_under_its_new_name);
    tcase_add_test(once, after_an_edge_one_that_comes_from_the_line_is_somebody_else);
    tcase_add_test(once, a_stale_burst_that_outlives_its_key_is_still_counted);
    return check_main(suite);
}
