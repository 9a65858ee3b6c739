/* SPDX-License-Identifier: MIT */
/* The host's start, on controllers of each kind. */
#include "check_main.h"
#include "radio/rig.h"

static void assert_on_air(struct rig *rig)
{
    ck_assert(rig->controller->advertising);
    ck_assert(rig->controller->scanning);
    ck_assert(rig_health(rig).scanning);
    ck_assert(rig_health(rig).advertising);
}

static const guint kinds[] = {0,
                              SCRIPTED_EXTENDED,
                              SCRIPTED_LE_ONLY,
                              SCRIPTED_LE_ONLY | SCRIPTED_EXTENDED,
                              SCRIPTED_SHARED,
                              SCRIPTED_SHARED | SCRIPTED_EXTENDED};

START_TEST(it_starts_on_every_kind)
{
    struct rig *rig = rig_ready(kinds[_i]);
    rig_scan(rig, _i % 2 == 0, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    assert_on_air(rig);
    ck_assert_int_eq(rig->controller->style, (kinds[_i] & SCRIPTED_EXTENDED) != 0 ? 2 : 1);
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 1000000);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_READ);
    assert_on_air(rig);
    ck_assert_str_eq(rig->controller->faults->str, "");
    if ((kinds[_i] & SCRIPTED_LE_ONLY) == 0)
        rig_assert_clean(rig);
    rig_close(rig);
    ck_assert(scripted_is_quiet(rig->controller));
    rig_free(rig);
}
END_TEST

START_TEST(wishes_of_before_the_start_are_taken_up)
{
    struct rig *rig = rig_new(_i == 0 ? 0 : SCRIPTED_EXTENDED);
    ck_assert(rig_open(rig));
    rig_scan(rig, TRUE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    ck_assert(rig_visit(rig, 1, 0));
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    rig_advance(rig, 5000000);
    assert_on_air(rig);
    rig_assert_clean(rig);
    rig_free(rig);
}
END_TEST

START_TEST(without_le_it_says_so)
{
    struct rig *rig = rig_new(SCRIPTED_NO_LE);
    rig->options.lost_limit = 2;
    ck_assert(rig_open(rig));
    rig_settle(rig);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_LOST);
    ck_assert_ptr_nonnull(strstr(rig_health(rig).text, "Low Energy"));
    rig_advance(rig, 10 * G_TIME_SPAN_SECOND);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_ENDED);
    rig_free(rig);
}
END_TEST

START_TEST(nobody_there_is_an_error_at_once)
{
    struct rig *rig = rig_new(0);
    scripted_vanish(rig->controller);
    ck_assert(!rig_open(rig));
    rig_free(rig);
}
END_TEST

/* What a controller says of itself, cut short: a reset, then whatever it takes. */
START_TEST(short_answers_are_refused)
{
    static const guint16 opcodes[] = {0x1003, 0x2002, 0x2003};
    struct rig *rig = rig_new(0);
    scripted_deviate(rig->controller,
                     (struct scripted_rule){.opcode = opcodes[_i], .act = SCRIPTED_ANSWERS_SHORT});
    ck_assert(rig_open(rig));
    rig_settle(rig);
    ck_assert_str_eq(rig->health->str, "recovering/reset ready/reset");
    rig_advance(rig, 11 * G_TIME_SPAN_SECOND);
    ck_assert_str_eq(rig->health->str, "recovering/reset ready/reset ready");
    rig_free(rig);
}
END_TEST

/* Without credits nothing is sent; with them it goes on. */
START_TEST(credits_are_waited_for)
{
    struct rig *rig = rig_new(0);
    scripted_deviate(rig->controller,
                     (struct scripted_rule){.opcode = 0x1003, .act = SCRIPTED_HAS_NO_CREDIT});
    ck_assert(rig_open(rig));
    rig_advance(rig, 1500000);
    ck_assert_uint_eq(scripted_count(rig->controller, 0x2001), 0);
    scripted_give_credit(rig->controller);
    rig_settle(rig);
    ck_assert_str_eq(rig->health->str, "ready");
    rig_free(rig);
}
END_TEST

START_TEST(no_credit_for_ever_is_a_time_out)
{
    struct rig *rig = rig_new(0);
    scripted_deviate(rig->controller,
                     (struct scripted_rule){.opcode = 0x1003, .act = SCRIPTED_HAS_NO_CREDIT});
    ck_assert(rig_open(rig));
    rig_advance(rig, 2100000);
    ck_assert_str_eq(rig->health->str, "recovering/reset ready/reset");
    rig_free(rig);
}
END_TEST

START_TEST(a_late_answer_is_an_answer_until_the_limit)
{
    struct rig *rig = rig_new(0);
    rig->controller->late_us = 1900000;
    scripted_deviate(rig->controller,
                     (struct scripted_rule){.opcode = 0x1003, .act = SCRIPTED_IS_LATE});
    ck_assert(rig_open(rig));
    rig_advance(rig, 3000000);
    ck_assert_str_eq(rig->health->str, "ready");
    rig_free(rig);
}
END_TEST

/* It comes while the reset's own commands are under way. */
START_TEST(an_answer_after_the_limit_does_no_harm)
{
    struct rig *rig = rig_new(0);
    rig->controller->late_us = 2500000;
    scripted_deviate(rig->controller,
                     (struct scripted_rule){.opcode = 0x1003, .act = SCRIPTED_IS_LATE});
    ck_assert(rig_open(rig));
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_advance(rig, 5000000);
    assert_on_air(rig);
    rig_free(rig);
}
END_TEST

START_TEST(another_commands_answer_is_none)
{
    struct rig *rig = rig_new(0);
    scripted_deviate(rig->controller,
                     (struct scripted_rule){.opcode = 0x2003, .act = SCRIPTED_CONFUSES});
    ck_assert(rig_open(rig));
    rig_advance(rig, 5000000);
    ck_assert_str_eq(rig->health->str, "recovering/reset ready/reset");
    ck_assert_uint_eq(rig_health(rig).counters.timeouts, 1);
    rig_free(rig);
}
END_TEST

/* Advertising comes first where it cannot be had together with a scan. */
START_TEST(a_controller_that_does_not_say_does_one_thing_at_a_time)
{
    struct rig *rig = rig_new(_i == 0 ? 0 : SCRIPTED_EXTENDED);
    scripted_deviate(rig->controller, (struct scripted_rule){
                                          .opcode = 0x201C, .act = SCRIPTED_REFUSES, .status = 1});
    rig->controller->states = 0;
    ck_assert(rig_open(rig));
    ck_assert(beacon_radio_capabilities(rig->radio) & BEACON_RADIO_SCANS_ON_VISITS);
    rig_settle(rig);
    ck_assert(!(beacon_radio_capabilities(rig->radio) & BEACON_RADIO_SCANS_ON_VISITS));
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    ck_assert(rig->controller->scanning);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    ck_assert(rig->controller->advertising && !rig->controller->scanning);
    ck_assert(beacon_radio_advertise(rig->radio, NULL, NULL));
    rig_settle(rig);
    ck_assert(rig->controller->scanning);
    rig_assert_clean(rig);
    rig_free(rig);
}
END_TEST

START_TEST(without_buffers_it_neither_reads_nor_serves)
{
    const guint links = BEACON_RADIO_CAN_READ | BEACON_RADIO_CAN_SERVE;
    struct rig *rig = rig_new(SCRIPTED_LE_ONLY);
    rig->controller->acl_packets = 0;
    ck_assert(rig_open(rig));
    ck_assert_uint_eq(beacon_radio_capabilities(rig->radio) & links, links);
    rig_settle(rig);
    ck_assert_uint_eq(beacon_radio_capabilities(rig->radio) & links, 0);
    ck_assert(!rig_visit(rig, 1, 0));
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    ck_assert(rig->controller->scanning);
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_start");
    TCase *tcase = tcase_create("start");
    tcase_add_loop_test(tcase, it_starts_on_every_kind, 0, G_N_ELEMENTS(kinds));
    tcase_add_loop_test(tcase, wishes_of_before_the_start_are_taken_up, 0, 2);
    tcase_add_test(tcase, without_le_it_says_so);
    tcase_add_test(tcase, nobody_there_is_an_error_at_once);
    tcase_add_loop_test(tcase, short_answers_are_refused, 0, 3);
    tcase_add_test(tcase, credits_are_waited_for);
    tcase_add_test(tcase, no_credit_for_ever_is_a_time_out);
    tcase_add_test(tcase, a_late_answer_is_an_answer_until_the_limit);
    tcase_add_test(tcase, an_answer_after_the_limit_does_no_harm);
    tcase_add_test(tcase, another_commands_answer_is_none);
    tcase_add_loop_test(tcase, a_controller_that_does_not_say_does_one_thing_at_a_time, 0, 2);
    tcase_add_test(tcase, without_buffers_it_neither_reads_nor_serves);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
