/* SPDX-License-Identifier: MIT */
/* What is not heard and by which proof, and what nobody can tell. */
#include "entrance/checkpoint_rig.h"

/* ---- Not heard, and its proofs ---- */

START_TEST(silence_is_not_heard_after_35_s)
{
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_NOT_HEARD, REASON_NONE);
    ck_assert_int_eq(rig.last.proof, PROOF_REFERENCE);
    assert_seconds(34.9, 35.2);
}
END_TEST

START_TEST(silence_is_not_heard_8_s_after_the_app_was_opened)
{
    tap();
    rig_pass(&rig, 4);
    opens();
    rig_await(&rig, 60);
    assert_result(VERDICT_NOT_HEARD, REASON_NONE);
    assert_seconds(11.9, 12.2);
    ck_assert_double_ge(rig.last.effective_s, 8.0);
}
END_TEST

START_TEST(time_in_which_the_receiver_was_off_does_not_count)
{
    tap();
    opens();
    rig_pass(&rig, 2);
    rig_health(&rig, BEACON_RADIO_RECOVERING, TRUE);
    rig_pass(&rig, 1.5);
    rig_health(&rig, BEACON_RADIO_READY, TRUE);
    rig_await(&rig, 60);
    assert_seconds(9.4, 9.8);
}
END_TEST

START_TEST(a_receiver_that_is_off_is_told_at_once)
{
    rig_health(&rig, BEACON_RADIO_LOST, FALSE);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_NOT_HEARING);
    assert_seconds(1.9, 2.2);
}
END_TEST

START_TEST(a_receiver_that_is_off_lacks_more_than_levels)
{
    rig_end(&rig);
    rig_begin(&rig, &tapped, FALSE);
    rig_does(&rig, 0, SENDS_ANDROID, 1, BEACON_RSSI_ABSENT);
    rig_pass(&rig, 5);
    rig_does(&rig, 0, SENDS_NOTHING, 1, 0);
    rig_health(&rig, BEACON_RADIO_LOST, FALSE);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_NOT_HEARING);
}
END_TEST

START_TEST(a_reference_20_db_weaker_is_no_proof)
{
    rig_move(&rig, RIG_PHONES - 1, REFERENCE_DBM - 20);
    rig_pass(&rig, 20);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_NOT_HEARING);
}
END_TEST

START_TEST(a_quarter_of_the_references_packets_is_no_proof)
{
    rig.phones[RIG_PHONES - 1].every_us = 400000;
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_NOT_HEARING);
}
END_TEST

START_TEST(without_a_reference_nothing_proves_an_empty_air)
{
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_OPEN_THE_APP);
}
END_TEST

static void green(guint8 name)
{
    comes(0, SENDS_ANDROID, name);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
    goes(0);
    rig.phones[0].sends = SENDS_NOTHING;
}

static void check_after(double seconds)
{
    rig_does(&rig, 4, SENDS_FOREIGN, 0xF1, -60);
    rig_does(&rig, 5, SENDS_FOREIGN, 0xF2, -60);
    rig_pass(&rig, seconds);
    tap();
    rig_await(&rig, 60);
}

START_TEST(traffic_and_a_green_not_long_ago_are_proof)
{
    green(1);
    check_after(60);
    assert_result(VERDICT_NOT_HEARD, REASON_NONE);
    ck_assert_int_eq(rig.last.proof, PROOF_TRAFFIC);
}
END_TEST

START_TEST(a_green_long_ago_is_none)
{
    green(1);
    check_after(601);
    assert_result(VERDICT_CANNOT_TELL, REASON_OPEN_THE_APP);
}
END_TEST

START_TEST(one_address_alone_is_none)
{
    green(1);
    rig_does(&rig, 4, SENDS_FOREIGN, 0xF1, -60);
    rig_pass(&rig, 60);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_OPEN_THE_APP);
}
END_TEST

/* Its key turns during the check: by the new one it has another hash, and is one all the same. */
START_TEST(nor_is_one_address_across_a_slots_edge)
{
    gint64 edge_us = RIG_START_US + 900 * SECOND_US;
    rig_pass(&rig, (double)(edge_us - rig.now.wall_us) / 1e6 - 120);
    green(1);
    rig_does(&rig, 4, SENDS_FOREIGN, 0xF1, -60);
    rig_pass(&rig, (double)(edge_us - rig.now.wall_us) / 1e6 - 15);
    tap();
    rig_await(&rig, 60);
    ck_assert_int_gt(rig.now.wall_us, edge_us);
    assert_result(VERDICT_CANNOT_TELL, REASON_OPEN_THE_APP);
}
END_TEST

/* ---- Cannot tell ---- */

/* At the line, and in the middle of the check for so long at another level. */
static void weak_for(double seconds, double dbm)
{
    rig_does(&rig, 0, SENDS_ANDROID, 1, AT_LINE_DBM - 5);
    rig_pass(&rig, 40);
    rig.phones[0].sends = SENDS_NOTHING;
    tap();
    rig_pass(&rig, 15);
    rig_does(&rig, 0, SENDS_ANDROID, 1, (int)dbm);
    rig_pass(&rig, seconds);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_await(&rig, 60);
}

START_TEST(a_weak_phone_heard_for_a_moment_is_in_doubt)
{
    struct calibration_gates gates;
    calibration_gates(&rig.calibration, BEACON_PLATFORM_ANDROID, &gates);
    weak_for(0.6, gates.exit_dbm - 2);
    assert_result(VERDICT_CANNOT_TELL, REASON_OPEN_THE_APP);
}
END_TEST

/* Too weak for the spot by four sigma, and too strong for the line by more. */
START_TEST(one_far_above_the_line_is_in_doubt)
{
    struct calibration_gates gates;
    calibration_gates(&rig.calibration, BEACON_PLATFORM_ANDROID, &gates);
    weak_for(19.5, gates.exit_dbm - 2);
    assert_result(VERDICT_CANNOT_TELL, REASON_OPEN_THE_APP);
}
END_TEST

/* It has stepped up, or nobody stands before it any more. */
START_TEST(one_a_little_stronger_than_at_the_line_is_elsewhere)
{
    struct calibration_gates gates;
    calibration_gates(&rig.calibration, BEACON_PLATFORM_ANDROID, &gates);
    weak_for(19.5, gates.line_dbm + 9);
    assert_result(VERDICT_NOT_HEARD, REASON_NONE);
}
END_TEST

/* Heard at the line until the middle of the check, then on the spot, and silent soon after. */
START_TEST(one_put_there_late_is_in_doubt)
{
    rig_does(&rig, 0, SENDS_ANDROID, 1, AT_LINE_DBM);
    rig_pass(&rig, 40);
    tap();
    rig_pass(&rig, 15);
    rig_move(&rig, 0, ON_SPOT_DBM);
    rig_pass(&rig, 2);
    rig.phones[0].sends = SENDS_NOTHING;
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_OPEN_THE_APP);
}
END_TEST

START_TEST(without_levels_nobody_can_tell)
{
    rig_end(&rig);
    rig_begin(&rig, &tapped, FALSE);
    rig_does(&rig, 0, SENDS_ANDROID, 1, BEACON_RSSI_ABSENT);
    rig_pass(&rig, 5);
    tap();
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_NO_LEVELS);
    assert_seconds(1.9, 2.2);
}
END_TEST

START_TEST(without_a_calibration_nobody_can_tell)
{
    checkpoint_calibrate(rig.checkpoint, NULL);
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    assert_result(VERDICT_CANNOT_TELL, REASON_UNCALIBRATED);
    ck_assert_uint_eq(rig.last.calibration, 0);
}
END_TEST

static void flood(double seconds, int dbm)
{
    static guint32 number;
    for (gint64 i = 0; i < (gint64)(seconds * 1000); i++) {
        struct beacon_identifier id = {{0}};
        struct beacon_address address = rig_address(0);
        number++;
        memcpy(id.bytes, &number, sizeof number);
        memcpy(address.bytes + 1, &number, sizeof number);
        rig_step(&rig, 1000);
        rig_packet(&rig, SENDS_ANDROID, &id, &address, dbm);
    }
}

START_TEST(a_flood_is_amber_and_never_green)
{
    flood(5, -70);
    comes(0, SENDS_ANDROID, 1);
    for (int i = 0; i < 36 && rig.results == 0; i++)
        flood(1, ON_SPOT_DBM);
    assert_result(VERDICT_CANNOT_TELL, REASON_TOO_MANY);
}
END_TEST

START_TEST(a_flood_that_has_ended_is_forgotten)
{
    flood(5, -70);
    rig_pass(&rig, 45);
    comes(0, SENDS_ANDROID, 1);
    rig_await(&rig, 60);
    assert_result(VERDICT_HEARD, REASON_NONE);
}
END_TEST

/* ---- Deaf, or quiet ---- */

static gboolean is_deaf(void)
{
    struct checkpoint_view view;
    checkpoint_view(rig.checkpoint, &view);
    return view.is_deaf;
}

/* Ten packets a second: of ten minutes, 9.2/λ is less than a second. */
START_TEST(silence_where_there_was_none_is_deafness)
{
    rig_pass(&rig, 120);
    ck_assert(!is_deaf());
    rig.phones[RIG_PHONES - 1].sends = SENDS_NOTHING;
    rig_pass(&rig, 0.85);
    ck_assert(!is_deaf());
    rig_pass(&rig, 0.3);
    ck_assert(is_deaf());
}
END_TEST

START_TEST(a_quiet_night_does_not_teach_that_silence_is_normal)
{
    rig_pass(&rig, 120);
    rig.phones[RIG_PHONES - 1].sends = SENDS_NOTHING;
    rig_pass(&rig, 3600);
    ck_assert(is_deaf());
    rig_reference(&rig);
    rig_pass(&rig, 1);
    ck_assert(!is_deaf());
    rig.phones[RIG_PHONES - 1].sends = SENDS_NOTHING;
    rig_pass(&rig, 2);
    ck_assert(is_deaf());
}
END_TEST

START_TEST(greens_that_drift_are_told_of)
{
    struct checkpoint_view view;
    for (guint8 i = 0; i < 12; i++) {
        rig_does(&rig, 0, SENDS_ANDROID, (guint8)(10 + i), AT_LINE_DBM);
        rig_pass(&rig, 10);
        rig_move(&rig, 0, ON_SPOT_DBM - 10);
        tap();
        rig_await(&rig, 60);
        ck_assert_int_eq(rig.last.verdict, VERDICT_HEARD);
        goes(0);
    }
    checkpoint_view(rig.checkpoint, &view);
    ck_assert_double_lt(view.green_drift_db, -6);
    ck_assert_double_gt(view.green_drift_db, -12);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_checkpoint_doubt");
    TCase *not_heard = tcase(suite, "not heard", set_up);
    tcase_add_test(not_heard, silence_is_not_heard_after_35_s);
    tcase_add_test(not_heard, silence_is_not_heard_8_s_after_the_app_was_opened);
    tcase_add_test(not_heard, time_in_which_the_receiver_was_off_does_not_count);
    tcase_add_test(not_heard, a_receiver_that_is_off_is_told_at_once);
    tcase_add_test(not_heard, a_receiver_that_is_off_lacks_more_than_levels);
    tcase_add_test(not_heard, a_reference_20_db_weaker_is_no_proof);
    tcase_add_test(not_heard, a_quarter_of_the_references_packets_is_no_proof);
    TCase *traffic = tcase(suite, "traffic", set_up_without_reference);
    tcase_add_test(traffic, without_a_reference_nothing_proves_an_empty_air);
    tcase_add_test(traffic, traffic_and_a_green_not_long_ago_are_proof);
    tcase_add_test(traffic, a_green_long_ago_is_none);
    tcase_add_test(traffic, one_address_alone_is_none);
    tcase_add_test(traffic, nor_is_one_address_across_a_slots_edge);
    TCase *cannot = tcase(suite, "cannot tell", set_up);
    tcase_add_test(cannot, a_weak_phone_heard_for_a_moment_is_in_doubt);
    tcase_add_test(cannot, one_far_above_the_line_is_in_doubt);
    tcase_add_test(cannot, one_a_little_stronger_than_at_the_line_is_elsewhere);
    tcase_add_test(cannot, one_put_there_late_is_in_doubt);
    tcase_add_test(cannot, without_levels_nobody_can_tell);
    tcase_add_test(cannot, without_a_calibration_nobody_can_tell);
    tcase_add_test(cannot, a_flood_is_amber_and_never_green);
    tcase_add_test(cannot, a_flood_that_has_ended_is_forgotten);
    TCase *hearing = tcase(suite, "hearing", set_up);
    tcase_add_test(hearing, silence_where_there_was_none_is_deafness);
    tcase_add_test(hearing, a_quiet_night_does_not_teach_that_silence_is_normal);
    tcase_add_test(hearing, greens_that_drift_are_told_of);
    return check_main(suite);
}
