/* SPDX-License-Identifier: MIT */
/* The ladder: silence, errors of the hardware, a controller that goes and comes back. */
#include "check_main.h"
#include "radio/rig.h"

static const guint kinds[] = {0, SCRIPTED_EXTENDED};
static const guint8 hardware_error = 0x42;

static struct rig *listening(guint kind, guint32 silence_ms)
{
    struct rig *rig = rig_new(kind);
    rig->options.silence_ms = silence_ms;
    ck_assert(rig_open(rig));
    rig_settle(rig);
    g_string_truncate(rig->health, 0);
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    return rig;
}

static void assert_on_air(struct rig *rig)
{
    ck_assert(rig->controller->scanning);
    ck_assert(rig->controller->advertising);
    rig_assert_clean(rig);
}

/* One address through all of it. */
static void assert_one_address(const struct rig *rig)
{
    const struct scripted_air *first = NULL;
    for (guint i = 0; i < rig->controller->airs->len; i++) {
        const struct scripted_air *air =
            &g_array_index(rig->controller->airs, struct scripted_air, i);
        if (!air->on)
            continue;
        if (first == NULL)
            first = air;
        ck_assert(beacon_address_equal(&first->address, &air->address));
    }
}

START_TEST(silence_climbs_the_ladder_and_backs_off)
{
    struct rig *rig = listening(kinds[_i], 10000);
    rig_advance(rig, 9900000);
    ck_assert_str_eq(rig->health->str, "");
    rig_advance(rig, 200000);
    ck_assert_str_eq(rig->health->str, "recovering/restart ready/restart");
    rig_advance(rig, 10000000);
    ck_assert_str_eq(rig->health->str,
                     "recovering/restart ready/restart recovering/reset ready/reset");
    g_string_truncate(rig->health, 0);
    rig_advance(rig, 10000000);
    ck_assert_str_eq(rig->health->str, "recovering/cycle ready/cycle");
    ck_assert_uint_eq(rig->controller->connections, 2);
    g_string_truncate(rig->health, 0);
    rig_advance(rig, 10000000); /* then twice as long */
    ck_assert_str_eq(rig->health->str, "recovering/restart ready/restart");
    g_string_truncate(rig->health, 0);
    rig_advance(rig, 19000000);
    ck_assert_str_eq(rig->health->str, "");
    rig_advance(rig, 1500000);
    ck_assert_str_eq(rig->health->str, "recovering/reset ready/reset");
    g_string_truncate(rig->health, 0);
    assert_on_air(rig);
    rig_hear(rig, 1); /* and all is well */
    ck_assert_str_eq(rig->health->str, "ready");
    rig_advance(rig, 9900000);
    ck_assert_str_eq(rig->health->str, "ready");
    rig_advance(rig, 200000);
    ck_assert_str_eq(rig->health->str, "ready recovering/restart ready/restart");
    assert_one_address(rig);
    ck_assert_uint_eq(rig_health(rig).counters.restarts, 3);
    ck_assert_uint_eq(rig_health(rig).counters.resets, 2);
    ck_assert_uint_eq(rig_health(rig).counters.cycles, 1);
    rig_free(rig);
}
END_TEST

START_TEST(an_empty_report_is_no_life)
{
    static const guint8 address[6] = {1, 2, 3, 4, 5, 6};
    struct rig *rig = listening(kinds[_i], 10000);
    for (guint i = 0; i < 101; i++) {
        scripted_hear(rig->controller, address, -50, address, 0);
        rig_advance(rig, 100000);
    }
    ck_assert_str_eq(rig->health->str, "recovering/restart ready/restart");
    ck_assert_uint_ge(rig_health(rig).counters.empty, 100);
    ck_assert_uint_eq(rig->packets, 0);
    rig_free(rig);
}
END_TEST

START_TEST(whoever_hears_is_left_alone)
{
    struct rig *rig = listening(kinds[_i], 10000);
    for (guint8 i = 0; i < 100; i++) {
        rig_advance(rig, 9900000);
        rig_hear(rig, i);
    }
    ck_assert_str_eq(rig->health->str, "");
    ck_assert_uint_eq(rig->packets, 100);
    rig_free(rig);
}
END_TEST

/* Parts of 4 s in which nothing is heard add up to the limit of 10 s. */
START_TEST(silence_in_a_duty_cycle_adds_up)
{
    struct rig *rig = listening(kinds[_i], 10000);
    rig_scan(rig, FALSE, (struct beacon_cycle){4000, 26000});
    rig_advance(rig, 61900000);
    ck_assert_str_eq(rig->health->str, "");
    rig_advance(rig, 200000);
    ck_assert_str_eq(rig->health->str, "recovering/restart ready/restart");
    rig_free(rig);
}
END_TEST

START_TEST(a_hardware_error_is_a_reset)
{
    struct rig *rig = listening(kinds[_i], 0);
    scripted_event(rig->controller, 0x10, &hardware_error, 1);
    rig_settle(rig);
    ck_assert_str_eq(rig->health->str, "recovering/reset ready/reset");
    ck_assert_uint_eq(rig_health(rig).counters.hardware_errors, 1);
    assert_on_air(rig);
    rig_advance(rig, 10100000);
    ck_assert_str_eq(rig->health->str, "recovering/reset ready/reset ready");
    scripted_event(rig->controller, 0x10, &hardware_error, 1);
    rig_settle(rig);
    ck_assert_uint_eq(rig_health(rig).counters.resets, 2);
    ck_assert_uint_eq(rig_health(rig).counters.cycles, 0);
    assert_one_address(rig);
    rig_free(rig);
}
END_TEST

START_TEST(errors_in_a_row_climb)
{
    struct rig *rig = listening(kinds[_i], 0);
    for (guint i = 0; i < 3; i++) {
        scripted_event(rig->controller, 0x10, &hardware_error, 1);
        rig_advance(rig, 1000000);
    }
    ck_assert_str_eq(rig->health->str, "recovering/reset ready/reset recovering/cycle ready/cycle "
                                       "lost/wait ready/wait");
    assert_on_air(rig);
    assert_one_address(rig);
    rig_free(rig);
}
END_TEST

/* Gone for five minutes: tried again after 0.5, 1, 2, 4, 8, 8 … s. */
START_TEST(it_waits_for_a_controller_with_back_off)
{
    struct rig *rig = listening(kinds[_i], 0);
    scripted_vanish(rig->controller);
    rig_settle(rig);
    ck_assert_str_eq(rig->health->str, "lost/wait");
    ck_assert(!rig_health(rig).scanning);
    ck_assert(!rig_health(rig).advertising);
    rig_advance(rig, 300 * G_TIME_SPAN_SECOND);
    ck_assert_int_ge(rig_health(rig).counters.deaf_us, 300 * G_TIME_SPAN_SECOND);
    scripted_come_back(rig->controller);
    rig_advance(rig, 8500000);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_READY);
    ck_assert_uint_eq(rig_health(rig).counters.reopenings, 1);
    assert_on_air(rig);
    assert_one_address(rig);
    rig_free(rig);
}
END_TEST

START_TEST(a_limit_ends_the_waiting)
{
    struct rig *rig = rig_new(kinds[_i]);
    rig->options.lost_limit = 3;
    ck_assert(rig_open(rig));
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    scripted_vanish(rig->controller);
    rig_advance(rig, 3 * G_TIME_SPAN_SECOND);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_LOST);
    rig_advance(rig, 1 * G_TIME_SPAN_SECOND); /* 0.5 + 1 + 2 */
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_ENDED);
    gint64 deaf = rig_health(rig).counters.deaf_us;
    scripted_come_back(rig->controller);
    rig_advance(rig, 100 * G_TIME_SPAN_SECOND);
    ck_assert_uint_eq(rig->controller->connections, 1);
    ck_assert_int_eq(rig_health(rig).counters.deaf_us, deaf);
    rig_free(rig);
}
END_TEST

START_TEST(what_is_not_hci_is_a_loss)
{
    static const guint8 rubbish[] = {0x77, 1, 2, 3};
    struct rig *rig = listening(kinds[_i], 0);
    scripted_send(rig->controller, rubbish, sizeof rubbish);
    rig_settle(rig);
    ck_assert_str_eq(rig->health->str, "lost/wait");
    rig_advance(rig, 1000000);
    assert_on_air(rig);
    rig_free(rig);
}
END_TEST

/* Wishes that change while it is away. */
START_TEST(wishes_are_kept_meanwhile)
{
    struct rig *rig = listening(kinds[_i], 0);
    scripted_vanish(rig->controller);
    rig_settle(rig);
    ck_assert(beacon_radio_scan(rig->radio, NULL, NULL));
    ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 10000);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_DROPPED);
    scripted_come_back(rig->controller);
    rig_advance(rig, 1000000);
    ck_assert(!rig->controller->scanning);
    ck_assert(rig->controller->advertising);
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_recover");
    TCase *tcase = tcase_create("ladder");
    tcase_add_loop_test(tcase, silence_climbs_the_ladder_and_backs_off, 0, 2);
    tcase_add_loop_test(tcase, an_empty_report_is_no_life, 0, 2);
    tcase_add_loop_test(tcase, whoever_hears_is_left_alone, 0, 2);
    tcase_add_loop_test(tcase, silence_in_a_duty_cycle_adds_up, 0, 2);
    tcase_add_loop_test(tcase, a_hardware_error_is_a_reset, 0, 2);
    tcase_add_loop_test(tcase, errors_in_a_row_climb, 0, 2);
    tcase_add_loop_test(tcase, it_waits_for_a_controller_with_back_off, 0, 2);
    tcase_add_loop_test(tcase, a_limit_ends_the_waiting, 0, 2);
    tcase_add_loop_test(tcase, what_is_not_hci_is_a_loss, 0, 2);
    tcase_add_loop_test(tcase, wishes_are_kept_meanwhile, 0, 2);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
