/* SPDX-License-Identifier: MIT */
/* A transport that takes its time to be taken down and up, as the kernel's user channel does, and
 * may not open again. */
#include "check_main.h"
#include "radio/fake.h"

static GMainContext *context;
static beacon_clock *clock_by_hand;
static beacon_radio *radio;

static void run(void)
{
    while (fake_made != NULL && fake_give_answer(fake_made))
        continue;
    while (g_main_context_iteration(context, FALSE))
        continue;
}

static void set_up(void)
{
    const struct beacon_radio_scan scan = {.size = sizeof scan};
    context = g_main_context_new();
    clock_by_hand = beacon_clock_new_virtual(context, 1000000, BEACON_CLOCK_BY_HAND);
    const struct beacon_radio_options options = {
        .size = sizeof options, .clock = clock_by_hand, .lost_limit = 4};
    radio = beacon_radio_open("hci:hci0", &options, NULL, NULL);
    ck_assert_ptr_nonnull(radio);
    ck_assert(beacon_radio_scan(radio, &scan, NULL));
    run();
    ck_assert(beacon_radio_health(radio).scanning);
}

static void tear_down(void)
{
    radio = beacon_radio_free(radio);
    ck_assert_ptr_null(fake_made);
    beacon_clock_advance(clock_by_hand, G_TIME_SPAN_DAY);
    beacon_clock_unref(clock_by_hand);
    g_main_context_unref(context);
}

static void fail_twice(void)
{
    guint8 hardware_error[4] = {4, 0x10, 1, 1};
    for (guint i = 0; i < 2; i++) {
        fake_made->base.events->received(fake_made->base.owner, hardware_error, 4);
        run();
    }
}

static void finish_cycle(void)
{
    void (*done)(gpointer) = fake_made->cycle_done;
    ck_assert_ptr_nonnull(done);
    fake_made->cycle_done = NULL;
    done(fake_made->base.owner);
    run();
}

static enum beacon_radio_state state(void)
{
    return beacon_radio_health(radio).state;
}

START_TEST(it_is_opened_when_the_cycle_is_done)
{
    fail_twice();
    ck_assert_int_eq(state(), BEACON_RADIO_RECOVERING);
    ck_assert_int_eq(beacon_radio_health(radio).step, BEACON_RADIO_STEP_CYCLE);
    ck_assert(!fake_made->open);
    beacon_clock_advance(clock_by_hand, 60 * G_TIME_SPAN_SECOND); /* it takes as long as it takes */
    run();
    ck_assert_uint_eq(fake_made->opened, 1);
    finish_cycle();
    ck_assert_uint_eq(fake_made->opened, 2);
    ck_assert_int_eq(state(), BEACON_RADIO_READY);
    ck_assert(beacon_radio_health(radio).scanning);
    ck_assert_uint_eq(beacon_radio_health(radio).counters.cycles, 1);
}
END_TEST

START_TEST(an_adapter_that_did_not_come_up_is_waited_for)
{
    fail_twice();
    fake_made->refuses = TRUE;
    finish_cycle();
    ck_assert_int_eq(state(), BEACON_RADIO_LOST);
    ck_assert_str_eq(beacon_radio_health(radio).text, "there is no adapter");
    beacon_clock_advance(clock_by_hand, 1100000);
    ck_assert_uint_eq(fake_made->opened, 3);
    fake_made->refuses = FALSE;
    beacon_clock_advance(clock_by_hand, 2100000);
    run();
    ck_assert_int_eq(state(), BEACON_RADIO_READY);
    ck_assert(beacon_radio_health(radio).scanning);
}
END_TEST

START_TEST(it_is_not_waited_for_without_end)
{
    fail_twice();
    fake_made->refuses = TRUE;
    finish_cycle();
    beacon_clock_advance(clock_by_hand, 3600 * G_TIME_SPAN_SECOND);
    ck_assert_int_eq(state(), BEACON_RADIO_ENDED);
    ck_assert_uint_eq(fake_made->opened, 1 + 4);
}
END_TEST

START_TEST(freed_while_it_is_taken_down)
{
    fail_twice();
    ck_assert_ptr_nonnull(fake_made->cycle_done);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_cycle");
    TCase *tcase = tcase_create("cycle");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, it_is_opened_when_the_cycle_is_done);
    tcase_add_test(tcase, an_adapter_that_did_not_come_up_is_waited_for);
    tcase_add_test(tcase, it_is_not_waited_for_without_end);
    tcase_add_test(tcase, freed_while_it_is_taken_down);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
