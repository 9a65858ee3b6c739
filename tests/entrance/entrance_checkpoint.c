/* SPDX-License-Identifier: MIT */
/* The rule of the check, case by case: heard, not heard, cannot tell and why. */
#include "entrance/door_rig.h"

#include "check_main.h"

#include <check.h>
#include <stdlib.h>

static struct rig rig;
static const struct checkpoint_options tapped = {.size = sizeof tapped, .waits_for_tap = TRUE};

static void set_up(void)
{
    rig_begin(&rig, &tapped, TRUE);
    rig_reference(&rig);
    rig_pass(&rig, 40);
}

static void set_up_without_reference(void)
{
    rig_begin(&rig, &tapped, FALSE);
    rig_pass(&rig, 40);
}

static void tear_down(void)
{
    rig_end(&rig);
}

static void tap(void)
{
    ck_assert(checkpoint_begin(rig.checkpoint, &rig.now));
}

static void opens(void)
{
    ck_assert(checkpoint_opened(rig.checkpoint, &rig.now));
}

static void assert_result(enum verdict verdict, enum reason reason)
{
    ck_assert_str_eq(words_verdict_name(rig.last.verdict), words_verdict_name(verdict));
    ck_assert_str_eq(words_reason_name(rig.last.reason), words_reason_name(reason));
}

static void assert_seconds(double least, double most)
{
    ck_assert_double_ge(rig.last.seconds, least);
    ck_assert_double_le(rig.last.seconds, most);
}

/* Waits at the line for ten seconds, then is laid on the spot, and the guard taps. */
static void comes(guint number, enum sends sends, guint8 name)
{
    rig_does(&rig, number, sends, name, AT_LINE_DBM);
    rig_pass(&rig, 10);
    rig_move(&rig, number, ON_SPOT_DBM);
    tap();
}

static void goes(guint number)
{
    rig_move(&rig, number, AT_LINE_DBM);
    rig_pass(&rig, 5);
}

static void next_person(void)
{
    rig_pass(&rig, 3);
    tap();
}

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

/* ---- iPhones ---- */

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

/* At the line, then on the spot and being asked, in a check that was tapped. */
static void is_being_asked(void)
{
    comes(0, SENDS_IPHONE, 1);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 2.5);
    ck_assert_uint_eq(rig.visits, 1);
    ck_assert_uint_eq(rig.results, 0);
}

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

static TCase *tcase(Suite *suite, const char *name, void (*before)(void))
{
    TCase *made = tcase_create(name);
    tcase_add_checked_fixture(made, before, tear_down);
    tcase_set_timeout(made, 60);
    suite_add_tcase(suite, made);
    return made;
}

int main(void)
{
    Suite *suite = suite_create("entrance_checkpoint");
    TCase *heard = tcase(suite, "heard", set_up);
    tcase_add_test(heard, a_phone_laid_on_the_spot_is_heard);
    tcase_add_test(heard, five_packets_are_not_enough_within_less_than_0_8_s);
    tcase_add_test(heard, four_packets_are_not_enough_however_long);
    tcase_add_test(heard, a_phone_at_the_line_is_not_heard);
    tcase_add_test(heard, a_phone_that_does_not_rise_is_not_heard);
    tcase_add_test(heard, one_unheard_before_needs_a_higher_gate);
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
    TCase *iphones = tcase(suite, "iphones", set_up);
    tcase_add_test(iphones, an_iphone_is_heard_when_it_answers);
    tcase_add_loop_test(iphones, an_iphone_that_does_not_answer_is_asked_once, 0, 6);
    tcase_add_test(iphones, an_iphone_that_fades_is_asked_once_a_check);
    tcase_add_test(iphones, one_that_has_answered_and_fades_is_heard_without_asking_again);
    tcase_add_test(iphones, an_answer_that_nobody_waits_for_is_nothing);
    tcase_add_test(iphones, an_iphone_is_not_counted_again_under_a_new_address);
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
    tcase_add_test(cannot, without_levels_nobody_can_tell);
    tcase_add_test(cannot, without_a_calibration_nobody_can_tell);
    tcase_add_test(cannot, a_flood_is_amber_and_never_green);
    tcase_add_test(cannot, a_flood_that_has_ended_is_forgotten);
    TCase *modes = tcase(suite, "modes", set_up);
    tcase_add_test(modes, one_sent_aside_is_not_checked);
    tcase_add_test(modes, an_iphone_put_off_while_it_is_asked_is_not_judged);
    tcase_add_test(modes, nor_one_asked_before_the_tap);
    tcase_add_test(modes, nor_an_android_when_its_rival_goes);
    tcase_add_test(modes, one_put_off_is_checked_when_the_guard_taps_again);
    tcase_add_test(modes, one_put_off_that_comes_again_begins_its_check);
    tcase_add_test(modes, a_verdict_is_shown_for_2_5_s);
    tcase_add_loop_test(modes, those_who_walk_through_are_counted_and_not_judged, 0, 2);
    TCase *hearing = tcase(suite, "hearing", set_up);
    tcase_add_test(hearing, silence_where_there_was_none_is_deafness);
    tcase_add_test(hearing, a_quiet_night_does_not_teach_that_silence_is_normal);
    tcase_add_test(hearing, greens_that_drift_are_told_of);
    tcase_add_test(hearing, a_clock_that_is_unknown_or_jumps_changes_no_verdict);
    return check_main(suite);
}
