/* SPDX-License-Identifier: MIT */
/* iPhones at the check: asked who they are, and once. */
#include "entrance/checkpoint_rig.h"

START_TEST(an_iphone_is_heard_when_it_answers)
{
    comes(0, SENDS_IPHONE, 1);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 2.5);
    ck_assert_uint_eq(rig.visits, 1);
    ck_assert_uint_eq(rig.results, 0);
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    ck_assert_uint_eq(rig.results, 1);
    assert_result(VERDICT_HEARD, REASON_NONE);
    ck_assert_int_eq(rig.last.platform, BEACON_PLATFORM_IPHONE);
}
END_TEST

START_TEST(an_iphone_that_does_not_answer_is_asked_once)
{
    static const enum beacon_visit_result results[] = {
        BEACON_VISIT_UNREACHABLE, BEACON_VISIT_STALLED,   BEACON_VISIT_LOST,
        BEACON_VISIT_FOREIGN,     BEACON_VISIT_PROTECTED, BEACON_VISIT_DROPPED};
    comes(0, SENDS_IPHONE, 1);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 3);
    rig_answer(&rig, results[_i], 0);
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_IPHONE_SILENT);
    ck_assert_uint_eq(rig.visits, 1);
}
END_TEST

/* A hand over it for some seconds is no leaving of the visitor. */
START_TEST(an_iphone_that_fades_is_asked_once_a_check)
{
    comes(0, SENDS_IPHONE, 1);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 2.5);
    rig_answer(&rig, BEACON_VISIT_UNREACHABLE, 0);
    goes(0);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_IPHONE_SILENT);
    ck_assert_uint_eq(rig.visits, 1);
    goes(0);
    rig_pass(&rig, 10);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    tap();
    rig_pass(&rig, 3);
    ck_assert_uint_eq(rig.visits, 2);
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    assert_result(VERDICT_HEARD, REASON_NONE);
}
END_TEST

START_TEST(one_that_has_answered_and_fades_is_heard_without_asking_again)
{
    is_being_asked();
    rig_does(&rig, 1, SENDS_ANDROID, 2, ON_SPOT_DBM);
    rig_pass(&rig, 1);
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    ck_assert_uint_eq(rig.results, 0);
    rig.phones[1].sends = SENDS_NOTHING;
    goes(0);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    ck_assert_uint_eq(rig.visits, 1);
}
END_TEST

START_TEST(an_answer_that_nobody_waits_for_is_nothing)
{
    rig.visited = rig_address(1);
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    comes(0, SENDS_IPHONE, 1);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 3);
    rig.visited = rig_address(2);
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_IPHONE_SILENT);
}
END_TEST

START_TEST(an_iphone_is_not_counted_again_under_a_new_address)
{
    comes(0, SENDS_IPHONE, 1);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 3);
    rig_answer(&rig, BEACON_VISIT_READ, 1);
    assert_result(VERDICT_HEARD, REASON_NONE);
    rig.phones[0].name = 9;
    next_person();
    rig_pass(&rig, 3);
    if (rig.visits > 1)
        rig_answer(&rig, BEACON_VISIT_READ, 1);
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_ONE_AT_A_TIME);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_checkpoint_iphones");
    TCase *iphones = tcase(suite, "iphones", set_up);
    tcase_add_test(iphones, an_iphone_is_heard_when_it_answers);
    tcase_add_loop_test(iphones, an_iphone_that_does_not_answer_is_asked_once, 0, 6);
    tcase_add_test(iphones, an_iphone_that_fades_is_asked_once_a_check);
    tcase_add_test(iphones, one_that_has_answered_and_fades_is_heard_without_asking_again);
    tcase_add_test(iphones, an_answer_that_nobody_waits_for_is_nothing);
    tcase_add_test(iphones, an_iphone_is_not_counted_again_under_a_new_address);
    return check_main(suite);
}
