/* SPDX-License-Identifier: MIT */
/* Links: visits to iPhones and their ends, visitors of ours, and what a hostile or broken other
 * side does. */
#include "check_main.h"
#include "radio/rig.h"

static const guint kinds[] = {0, SCRIPTED_EXTENDED};

static struct rig *on_air(guint kind)
{
    struct rig *rig = rig_ready(kind);
    rig_serve(rig);
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    return rig;
}

static void assert_as_before(struct rig *rig)
{
    rig_assert_clean(rig);
    ck_assert(rig->controller->scanning);
    ck_assert(rig->controller->advertising);
    ck_assert_uint_eq(scripted_links_up(rig->controller), 0);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_READY);
}

/* ---- Visits ---- */

static const struct {
    enum scripted_peer peer;
    enum beacon_visit_result result;
    gint64 within_us;
} ends[] = {
    {SCRIPTED_PEER_IPHONE, BEACON_VISIT_READ, 100000},
    {SCRIPTED_PEER_FOREIGN, BEACON_VISIT_FOREIGN, 100000},
    {SCRIPTED_PEER_PROTECTED, BEACON_VISIT_PROTECTED, 100000},
    {SCRIPTED_PEER_LEAVES, BEACON_VISIT_LOST, 100000},
    {SCRIPTED_PEER_SILENT, BEACON_VISIT_STALLED, 3100000},
    {SCRIPTED_PEER_ABSENT, BEACON_VISIT_UNREACHABLE, 3100000},
};

START_TEST(a_visit_ends_as_the_other_side_is)
{
    struct rig *rig = on_air(kinds[_i % 2]);
    rig->controller->peer = ends[_i / 2].peer;
    ck_assert(rig_visit(rig, 1, 0));
    ck_assert(!rig_visit(rig, 1, 0)); /* it waits already */
    rig_advance(rig, ends[_i / 2].within_us);
    ck_assert_int_eq(rig_last_visit(rig)->result, ends[_i / 2].result);
    gboolean read = ends[_i / 2].result == BEACON_VISIT_READ;
    const guint8 nothing[12] = {0};
    ck_assert_mem_eq(rig_last_visit(rig)->identifier.bytes,
                     read ? rig->controller->identifier.bytes : nothing, 12);
    assert_as_before(rig);
    ck_assert_uint_eq(rig_health(rig).counters.visits, 1);
    ck_assert_uint_eq(rig_health(rig).counters.visits_failed, read ? 0 : 1);
    rig_free(rig);
}
END_TEST

START_TEST(a_result_is_remembered_until_its_moment)
{
    struct rig *rig = on_air(kinds[_i]);
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    ck_assert(rig_visit(rig, 1, 10 * G_TIME_SPAN_SECOND));
    rig_advance(rig, 9900000);
    ck_assert(rig_visit(rig, 1, 10 * G_TIME_SPAN_SECOND));
    rig_advance(rig, 50000);
    ck_assert_uint_eq(rig->visits->len, 2);
    ck_assert(rig_last_visit(rig)->remembered);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_READ);
    rig_advance(rig, 100000);
    ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 50000);
    ck_assert(!rig_last_visit(rig)->remembered);
    ck_assert_uint_eq(rig_health(rig).counters.visits, 2);
    ck_assert(rig_visit(rig, 2, 100 * G_TIME_SPAN_SECOND));
    rig_advance(rig, 50000);
    beacon_clock_set_wall(rig->clock, RIG_START_US - 1000000); /* "until" was of another time */
    ck_assert(rig_visit(rig, 2, 0));
    rig_advance(rig, 50000);
    ck_assert(!rig_last_visit(rig)->remembered);
    rig_free(rig);
}
END_TEST

START_TEST(those_that_wait_are_bounded)
{
    struct rig *rig = on_air(kinds[_i]);
    guint taken = 0;
    for (guint8 i = 0; i < 255; i++)
        taken += rig_visit(rig, i, 0) ? 1 : 0;
    ck_assert_uint_eq(taken, 32);
    rig_advance(rig, 110 * G_TIME_SPAN_SECOND); /* 3 s each */
    ck_assert_uint_eq(rig->visits->len, 32);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

/* The controller never says that connecting is over. */
START_TEST(a_cancel_without_end_is_ended_by_a_reset)
{
    struct rig *rig = on_air(kinds[_i]);
    rig->controller->forgets_cancel = TRUE;
    ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 3100000);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_UNREACHABLE);
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    ck_assert(rig_visit(rig, 2, 0));
    rig_advance(rig, 6000000);
    ck_assert_uint_eq(rig->controller->resets, 2);
    ck_assert(rig_visit(rig, 3, 0));
    rig_advance(rig, 6000000);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_READ);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

/* It comes about just when we gave up. */
START_TEST(a_link_that_comes_too_late_is_ended)
{
    struct rig *rig = on_air(kinds[_i]);
    rig->controller->peer = SCRIPTED_PEER_WAITING;
    ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 2990000);
    scripted_let_in(rig->controller);
    beacon_clock_advance(rig->clock, 20000); /* before the host hears of it */
    rig_settle(rig);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_UNREACHABLE);
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    ck_assert(rig_visit(rig, 2, 0));
    rig_advance(rig, 100000);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_READ);
    rig_advance(rig, 20000000);
    ck_assert_uint_eq(scripted_links_up(rig->controller), 0);
    ck_assert_uint_eq(rig->controller->resets, 1);
    rig_free(rig);
}
END_TEST

START_TEST(a_rotation_does_not_wait_for_a_visit)
{
    struct rig *rig = rig_ready(kinds[_i / 2]);
    rig->slot_us = 10 * G_TIME_SPAN_SECOND;
    rig_scan(rig, _i % 2 == 0, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_advance(rig, 9 * G_TIME_SPAN_SECOND);
    ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 1 * G_TIME_SPAN_SECOND + 20000);
    ck_assert_uint_eq(rig->rotations->len, 2);
    ck_assert(rig->controller->advertising);
    rig_advance(rig, 3 * G_TIME_SPAN_SECOND);
    ck_assert_uint_eq(rig->visits->len, 1);
    assert_as_before(rig);
    ck_assert_str_eq(rig->health->str, "ready");
    rig_free(rig);
}
END_TEST

/* Bytes that are no answer, in all lengths: ends or errors, and the radio goes on. */
START_TEST(a_hostile_peer_ends_its_visit)
{
    struct rig *rig = on_air(kinds[_i]);
    rig->controller->peer = SCRIPTED_PEER_SILENT;
    for (guint size = 0; size < 60; size++) {
        guint8 bytes[60];
        for (guint i = 0; i < size; i++)
            bytes[i] = (guint8)(i == 1 || i == 3 ? 0 : i == 2 ? 4 : i * 7 + size);
        ck_assert(rig_visit(rig, (guint8)size, 0));
        rig_advance(rig, 20000);
        scripted_say(&rig->controller->links[0], size % 3 != 0, bytes, size);
        scripted_say(&rig->controller->links[0], FALSE, bytes, size);
        rig_advance(rig, 4000000);
        ck_assert_uint_eq(rig->visits->len, size + 1);
    }
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

/* ---- Visitors ---- */

START_TEST(a_visitor_is_served)
{
    struct rig *rig = on_air(kinds[_i]);
    struct scripted_link *link = scripted_visitor(rig->controller);
    ck_assert_ptr_nonnull(link);
    bcn_gatt_read(&link->gatt, true);
    rig_advance(rig, 100000);
    ck_assert_int_eq(link->gatt.client.outcome, BCN_ATT_IDENTIFIER);
    ck_assert_mem_eq(link->gatt.client.identifier.bytes, "we serve you", 12);
    ck_assert(rig->controller->advertising); /* this controller can do both */
    ck_assert_uint_eq(rig_health(rig).counters.visitors, 1);
    ck_assert_uint_eq(rig_health(rig).counters.visitors_refused, 0);
    scripted_end(link, 0x13);
    rig_settle(rig);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

START_TEST(a_slow_visitor_is_ended)
{
    struct rig *rig = on_air(kinds[_i]);
    struct scripted_link *link = scripted_visitor(rig->controller);
    rig_advance(rig, 9900000);
    ck_assert(link->up);
    rig_advance(rig, 200000);
    ck_assert(!link->up);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

START_TEST(who_does_not_serve_has_no_visitors)
{
    struct rig *rig = on_air(kinds[_i]);
    ck_assert(beacon_radio_serve(rig->radio, NULL, NULL, NULL));
    struct scripted_link *link = scripted_visitor(rig->controller);
    rig_settle(rig);
    ck_assert(!link->up);
    ck_assert_uint_eq(rig_health(rig).counters.visitors_refused, 1);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

START_TEST(a_second_visitor_is_refused)
{
    struct rig *rig = on_air(kinds[_i]);
    struct scripted_link *first = scripted_visitor(rig->controller);
    rig_settle(rig);
    struct scripted_link *second = scripted_visitor(rig->controller);
    ck_assert_ptr_nonnull(second);
    rig_settle(rig);
    ck_assert(first->up);
    ck_assert(!second->up);
    ck_assert(rig->controller->advertising);
    ck_assert_uint_eq(rig_health(rig).counters.visitors, 2);
    ck_assert_uint_eq(rig_health(rig).counters.visitors_refused, 1);
    bcn_gatt_read(&first->gatt, false);
    rig_settle(rig);
    ck_assert_int_eq(first->gatt.client.outcome, BCN_ATT_IDENTIFIER);
    rig_advance(rig, 11000000);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

/* While we wait for an iPhone somebody comes to us, then the iPhone. */
START_TEST(a_visitor_who_is_faster_than_our_visit_is_served)
{
    struct rig *rig = on_air(kinds[_i]);
    rig->controller->peer = SCRIPTED_PEER_WAITING;
    ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 100000);
    struct scripted_link *visitor = scripted_visitor(rig->controller);
    ck_assert_ptr_nonnull(visitor);
    rig_settle(rig);
    scripted_let_in(rig->controller);
    rig_settle(rig);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_DROPPED);
    ck_assert(visitor->up);
    ck_assert_uint_eq(scripted_links_up(rig->controller), 1);
    rig_advance(rig, 11000000);
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 100000);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_READ);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

START_TEST(a_rotation_ends_a_visitors_link)
{
    struct rig *rig = rig_ready(kinds[_i]);
    rig->slot_us = 10 * G_TIME_SPAN_SECOND;
    rig_serve(rig);
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_advance(rig, 9 * G_TIME_SPAN_SECOND);
    struct scripted_link *link = scripted_visitor(rig->controller);
    rig_advance(rig, 900000);
    ck_assert(link->up);
    rig_advance(rig, 120000);
    ck_assert(!link->up);
    ck_assert_uint_eq(rig->rotations->len, 2);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

START_TEST(a_link_that_does_not_end_is_ended_by_a_reset)
{
    struct rig *rig = on_air(kinds[_i]);
    struct scripted_link *link = scripted_visitor(rig->controller);
    link->keeps = TRUE;
    rig_advance(rig, 14900000);
    ck_assert(link->up);
    rig_advance(rig, 200000);
    ck_assert(!link->up);
    ck_assert_uint_eq(rig_health(rig).counters.resets, 1);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

START_TEST(nobody_is_paired_with)
{
    static const guint8 pairing_request[] = {7, 0, 6, 0, 0x01, 3, 0, 1, 16, 0, 0};
    struct rig *rig = on_air(kinds[_i]);
    struct scripted_link *link = scripted_visitor(rig->controller);
    link->peer = SCRIPTED_PEER_SILENT;
    rig_settle(rig);
    scripted_say(link, TRUE, pairing_request, sizeof pairing_request);
    rig_settle(rig);
    ck_assert_str_eq(link->received->str, "020006000505"); /* Pairing Not Supported */
    const guint8 request[13] = {0x05, (guint8)link->handle};
    scripted_event(rig->controller, 0x3E, request, sizeof request);
    rig_settle(rig);
    ck_assert_uint_eq(scripted_count(rig->controller, 0x201B), 1);
    rig_advance(rig, 11000000);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

/* A peer that asks without end while the controller has no room left. */
START_TEST(what_waits_for_the_controller_is_bounded)
{
    static const guint8 request[] = {3, 0, 4, 0, 0x0A, 3, 0};
    struct rig *rig = on_air(kinds[_i]);
    struct scripted_link *link = scripted_visitor(rig->controller);
    link->peer = SCRIPTED_PEER_SILENT;
    rig->controller->keeps_buffers = TRUE;
    rig_settle(rig);
    for (guint i = 0; i < 1000 && link->up; i++) {
        scripted_say(link, TRUE, request, sizeof request);
        rig_settle(rig);
    }
    ck_assert(!link->up);
    rig->controller->keeps_buffers = FALSE;
    rig->controller->acl_used = 0;
    rig_advance(rig, 100000);
    assert_as_before(rig);
    link = scripted_visitor(rig->controller);
    bcn_gatt_read(&link->gatt, false);
    rig_settle(rig);
    ck_assert_int_eq(link->gatt.client.outcome, BCN_ATT_IDENTIFIER);
    rig_free(rig);
}
END_TEST

/* The advertisement ends without a link. */
START_TEST(an_advertisement_that_ends_by_itself_comes_back)
{
    static const guint8 terminated[6] = {0x12, 0x43, 0, 0, 0, 0};
    struct rig *rig = on_air(SCRIPTED_EXTENDED);
    rig->controller->advertising = FALSE;
    scripted_event(rig->controller, 0x3E, terminated, sizeof terminated);
    rig_settle(rig);
    assert_as_before(rig);
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_link");
    TCase *tcase = tcase_create("visits");
    tcase_add_loop_test(tcase, a_visit_ends_as_the_other_side_is, 0, 2 * G_N_ELEMENTS(ends));
    tcase_add_loop_test(tcase, a_result_is_remembered_until_its_moment, 0, 2);
    tcase_add_loop_test(tcase, those_that_wait_are_bounded, 0, 2);
    tcase_add_loop_test(tcase, a_cancel_without_end_is_ended_by_a_reset, 0, 2);
    tcase_add_loop_test(tcase, a_link_that_comes_too_late_is_ended, 0, 2);
    tcase_add_loop_test(tcase, a_rotation_does_not_wait_for_a_visit, 0, 4);
    tcase_add_loop_test(tcase, a_hostile_peer_ends_its_visit, 0, 2);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("visitors");
    tcase_add_loop_test(tcase, a_visitor_is_served, 0, 2);
    tcase_add_loop_test(tcase, a_slow_visitor_is_ended, 0, 2);
    tcase_add_loop_test(tcase, who_does_not_serve_has_no_visitors, 0, 2);
    tcase_add_loop_test(tcase, a_second_visitor_is_refused, 0, 2);
    tcase_add_loop_test(tcase, a_visitor_who_is_faster_than_our_visit_is_served, 0, 2);
    tcase_add_loop_test(tcase, a_rotation_ends_a_visitors_link, 0, 2);
    tcase_add_loop_test(tcase, a_link_that_does_not_end_is_ended_by_a_reset, 0, 2);
    tcase_add_loop_test(tcase, nobody_is_paired_with, 0, 2);
    tcase_add_loop_test(tcase, what_waits_for_the_controller_is_bounded, 0, 2);
    tcase_add_test(tcase, an_advertisement_that_ends_by_itself_comes_back);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
