/* SPDX-License-Identifier: MIT */
/* Rotation and duty cycles, judged by what was on the air; and the judge itself. */
#include "check_main.h"
#include "radio/on_air.h"
#include "radio/rig.h"

enum { SLOTS = 100 };

#define SECOND_US G_GINT64_CONSTANT(1000000)

static const guint kinds[] = {0, SCRIPTED_EXTENDED};

/* What can be combined: all; advertising and scanning exclude each other; no connectable one with
 * anything. */
static const guint64 states[] = {
    G_GUINT64_CONSTANT(0x000003FFFFFFFFFF),
    G_GUINT64_CONSTANT(0x000003FFFFFF00FF),
    G_GUINT64_CONSTANT(0x00000000000000FF),
};

static void assert_good_air(const struct rig *rig, gint64 tolerance_us)
{
    const struct on_air_rules rules = {RIG_START_US, rig->slot_us, tolerance_us};
    const GArray *airs = rig->controller->airs;
    gsize index = 0;
    const char *text =
        on_air_violation((const struct scripted_air *)airs->data, airs->len, &rules, &index);
    ck_assert_msg(text == NULL, "at %u: %s", (guint)index, text);
}

/* What was told of rotations is what was on the air. */
static void assert_told(const struct rig *rig)
{
    guint at = 0;
    for (guint i = 0; i < rig->rotations->len; i++) {
        const struct rig_rotation *rotation =
            &g_array_index(rig->rotations, struct rig_rotation, i);
        const struct scripted_air *air = NULL;
        do {
            ck_assert_uint_lt(at, rig->controller->airs->len);
            air = &g_array_index(rig->controller->airs, struct scripted_air, at++);
        } while (!air->on || memcmp(air->data.bytes, rotation->advert.bytes, air->data.size) != 0);
        ck_assert_int_eq(air->time_us, rotation->time_us);
        ck_assert(beacon_address_equal(&air->address, &rotation->address));
        ck_assert_int_ge(rotation->gap_us, 0);
        ck_assert_int_le(rotation->gap_us, 100000);
    }
}

/* Controllers, states, connectable or not, active scan or not: 2 × 3 × 2 × 2. */
START_TEST(a_hundred_slots)
{
    struct rig *rig = rig_new(kinds[_i % 2]);
    gboolean connectable = _i / 2 % 2 == 0, active = _i / 4 % 2 == 0;
    rig->controller->states = states[_i / 8];
    rig->slot_us = 10 * SECOND_US + 7777;
    ck_assert(rig_open(rig));
    rig_scan(rig, active, BEACON_CYCLE_FULL);
    rig_advertise(rig, connectable, BEACON_CYCLE_FULL);
    rig_advance(rig, SLOTS * rig->slot_us - 1);
    rig_assert_clean(rig);
    ck_assert_uint_eq(rig->rotations->len, SLOTS);
    ck_assert_uint_eq(rig_health(rig).counters.rotations, SLOTS);
    assert_good_air(rig, 100000);
    assert_told(rig);
    ck_assert(rig->controller->advertising);
    ck_assert_int_eq(rig->controller->scanning,
                     _i / 8 == 0); /* advertising comes first where both cannot be */
    rig_free(rig);
}
END_TEST

/* Answers take their time: the gap is told. */
START_TEST(the_gap_is_what_it_was)
{
    struct rig *rig = rig_new(kinds[_i]);
    rig->slot_us = 10 * SECOND_US;
    rig->step_us = 1000;
    ck_assert(rig_open(rig));
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_advance(rig, 9 * SECOND_US);
    rig->controller->late_us = 5000;
    scripted_deviate(rig->controller,
                     (struct scripted_rule){.act = SCRIPTED_IS_LATE, .times = 1000});
    rig_advance(rig, 2 * SECOND_US);
    ck_assert_uint_eq(rig->rotations->len, 2);
    ck_assert_int_eq(rig_health(rig).counters.last_gap_us, 20000);
    ck_assert_int_eq(rig_health(rig).counters.worst_gap_us, 20000);
    assert_good_air(rig, 100000);
    rig_free(rig);
}
END_TEST

static gint64 on_air_us(const struct rig *rig, gint64 from_us, gint64 to_us, guint *ret_changes)
{
    gint64 sum = 0;
    *ret_changes = 0;
    for (guint i = 0; i < rig->controller->airs->len; i++) {
        const struct scripted_air *air =
            &g_array_index(rig->controller->airs, struct scripted_air, i);
        gint64 end = i + 1 < rig->controller->airs->len ? air[1].time_us : to_us;
        gint64 begin = MAX(air->time_us, from_us);
        if (air->on && begin < MIN(end, to_us))
            sum += MIN(end, to_us) - begin;
        *ret_changes += air->time_us > from_us && air->time_us < to_us;
    }
    return sum;
}

/* 15 s of 30: half of the time, and a phase of its own in each slot. */
START_TEST(a_cycle_has_another_phase_in_each_slot)
{
    struct rig *rig = rig_new(kinds[_i]);
    guint phases[3] = {0, 0, 0};
    rig->slot_us = 90 * SECOND_US;
    rig->step_us = 50000;
    ck_assert(rig_open(rig));
    rig_advertise(rig, TRUE, BEACON_CYCLE_PHONE_ADVERTISE);
    rig_advance(rig, 60 * rig->slot_us);
    for (gint64 slot = 0; slot < 60; slot++) {
        guint changes;
        gint64 begin = RIG_START_US + slot * rig->slot_us;
        gint64 on = on_air_us(rig, begin, begin + rig->slot_us, &changes);
        ck_assert_int_eq(on, rig->slot_us / 2);
        ck_assert_uint_ge(changes, 5);
        ck_assert_uint_le(changes, 6);
        on = on_air_us(rig, begin, begin + 15 * SECOND_US, &changes);
        phases[on / (5 * SECOND_US + 1)]++;
    }
    for (guint i = 0; i < 3; i++)
        ck_assert_uint_gt(phases[i], 1); /* of 20 to be expected: wrong once in 10^8 runs */
    rig_assert_clean(rig);
    assert_good_air(rig, 100000);
    rig_free(rig);
}
END_TEST

/* Seconds of 300 in which it scans. */
static guint scanned_s(struct beacon_cycle cycle, guint kind)
{
    struct rig *rig = rig_ready(kind);
    guint on = 0;
    rig_scan(rig, FALSE, cycle);
    rig_advance(rig, SECOND_US / 2);
    for (guint i = 0; i < 300; i++) {
        on += rig->controller->scanning ? 1 : 0;
        ck_assert_int_eq(rig_health(rig).scanning, rig->controller->scanning);
        rig_advance(rig, SECOND_US);
    }
    ck_assert_int_lt(rig_health(rig).counters.deaf_us, 1000);
    rig_assert_clean(rig);
    rig_free(rig);
    return on;
}

START_TEST(scanning_has_its_cycles)
{
    ck_assert_uint_eq(scanned_s(BEACON_CYCLE_FULL, kinds[_i]), 300);
    ck_assert_uint_eq(scanned_s((struct beacon_cycle){0, 0}, kinds[_i]), 300);
    ck_assert_uint_eq(scanned_s(BEACON_CYCLE_PHONE_SCAN, kinds[_i]), 40);
    ck_assert_uint_eq(scanned_s((struct beacon_cycle){10000, 20000}, kinds[_i]), 100);
}
END_TEST

/* Both in cycles, on a controller that cannot do both: advertising first, deafness counted. */
START_TEST(deafness_is_counted)
{
    struct rig *rig = rig_new(kinds[_i]);
    rig->controller->states = states[2];
    rig->slot_us = 1000 * SECOND_US;
    ck_assert(rig_open(rig));
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_PHONE_ADVERTISE);
    rig_advance(rig, 300 * SECOND_US);
    ck_assert_int_ge(rig_health(rig).counters.deaf_us, 149 * SECOND_US);
    ck_assert_int_le(rig_health(rig).counters.deaf_us, 151 * SECOND_US);
    rig_assert_clean(rig);
    rig_free(rig);
}
END_TEST

/* It is opened 0.3 s before an edge. */
START_TEST(an_edge_soon_after_the_start_is_kept)
{
    struct rig *rig = rig_new(kinds[_i]);
    rig->slot_us = 10 * SECOND_US;
    ck_assert(rig_open(rig));
    rig_advance(rig, 9700000);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_advance(rig, 5 * SECOND_US);
    assert_good_air(rig, 100000);
    ck_assert_uint_eq(rig->rotations->len, 2);
    rig_free(rig);
}
END_TEST

/* The wall clock is set, forward and back, into other slots: the payload changes at once. */
START_TEST(a_clock_that_is_set_changes_the_payload)
{
    struct rig *rig = rig_new(kinds[_i]);
    rig->slot_us = 100 * SECOND_US;
    beacon_clock_set_wall(rig->clock, RIG_START_US + 250 * SECOND_US);
    ck_assert(rig_open(rig));
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    static const gint64 moments_s[] = {1050, 350, 50};
    for (guint i = 0; i < G_N_ELEMENTS(moments_s); i++) {
        beacon_clock_set_wall(rig->clock, RIG_START_US + moments_s[i] * SECOND_US);
        rig_settle(rig);
        ck_assert_int_eq(rig->controller->data.bytes[7], moments_s[i] / 100);
        rig_advance(rig, 51 * SECOND_US);
        ck_assert_int_eq(rig->controller->data.bytes[7], moments_s[i] / 100 + 1);
    }
    ck_assert_uint_eq(rig->rotations->len, 7);
    rig_assert_clean(rig);
    rig_free(rig);
}
END_TEST

/* ---- A source that says otherwise while it is asked ---- */

struct source {
    beacon_radio *radio;
    guint8 mark;
    struct source *instead;
};

static gboolean give_mark(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                          gpointer user)
{
    struct source *source = user;
    *ret_advert = (struct beacon_advert){3, {2, 1, source->mark}};
    *ret_until_us = time_us + 10 * SECOND_US;
    if (source->instead != NULL) {
        const struct beacon_radio_advertise other = {
            .size = sizeof other, .payload = give_mark, .user = source->instead};
        ck_assert(beacon_radio_advertise(source->radio, &other, NULL));
    }
    return TRUE;
}

START_TEST(a_source_may_be_replaced_while_it_is_asked)
{
    struct rig *rig = rig_ready(kinds[_i]);
    struct source second = {rig->radio, 2, NULL}, first = {rig->radio, 1, &second};
    const struct beacon_radio_advertise advertise = {
        .size = sizeof advertise, .payload = give_mark, .user = &first};
    ck_assert(beacon_radio_advertise(rig->radio, &advertise, NULL));
    rig_settle(rig);
    ck_assert_uint_eq(rig->controller->data.bytes[2], 2);
    ck_assert_uint_eq(rig->rotations->len, 1);
    rig_free(rig);
}
END_TEST

/* ---- The judge ---- */

static struct scripted_air air(gint64 time_us, gboolean on, guint8 slot, guint8 number)
{
    struct scripted_air air = {.time_us = time_us, .on = on, .connectable = TRUE};
    struct beacon_identifier identifier = {.bytes = {slot}};
    beacon_advert_android(&identifier, &air.data);
    air.address = (struct beacon_address){{0x40, 0, 0, 0, 0, number}, BEACON_ADDRESS_RANDOM};
    return air;
}

/* A good trace of three slots of 1000 µs, and what is done to it. */
START_TEST(the_judge_sees_violations)
{
    struct scripted_air airs[] = {air(0, TRUE, 0, 1),    air(1000, FALSE, 0, 1),
                                  air(1010, TRUE, 1, 2), air(2050, FALSE, 1, 2),
                                  air(2060, TRUE, 2, 3), air(2500, FALSE, 2, 3),
                                  air(2600, TRUE, 2, 3)};
    const struct on_air_rules rules = {0, 1000, 100};
    const char *expected = NULL;
    gsize index = 0;
    switch (_i) {
    case 1:
        airs[2].address = airs[0].address;
        expected = "an address with two identifiers";
        break;
    case 2:
        airs[6].address.bytes[5] = 4;
        expected = "an identifier with two addresses";
        break;
    case 3:
        airs[3].time_us = 2101;
        expected = "an identifier after its slot";
        break;
    case 4:
        airs[1].time_us = 900;
        airs[2].time_us = 999;
        expected = "an identifier before its slot";
        break;
    case 5:
        airs[2].address.bytes[0] = 0x3F;
        expected = "connectable from an address that is not of resolvable form";
        break;
    case 6:
        airs[4].connectable = airs[6].connectable = FALSE;
        expected = "not connectable, from an address that is not of non-resolvable form";
        break;
    case 7:
        airs[4].address.type = BEACON_ADDRESS_PUBLIC;
        expected = "a public address";
        break;
    case 8:
        airs[2].data.size = 22;
        expected = "a payload that nobody gave";
        break;
    }
    const char *text = on_air_violation(airs, G_N_ELEMENTS(airs), &rules, &index);
    if (expected == NULL)
        ck_assert_ptr_null(text);
    else
        ck_assert_str_eq(text, expected);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_rotate");
    TCase *tcase = tcase_create("rotation");
    tcase_add_loop_test(tcase, a_hundred_slots, 0, 24);
    tcase_add_loop_test(tcase, the_gap_is_what_it_was, 0, 2);
    tcase_add_loop_test(tcase, an_edge_soon_after_the_start_is_kept, 0, 2);
    tcase_add_loop_test(tcase, a_clock_that_is_set_changes_the_payload, 0, 2);
    tcase_add_loop_test(tcase, a_source_may_be_replaced_while_it_is_asked, 0, 2);
    tcase_set_timeout(tcase, 0);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("cycles");
    tcase_add_loop_test(tcase, a_cycle_has_another_phase_in_each_slot, 0, 2);
    tcase_add_loop_test(tcase, scanning_has_its_cycles, 0, 2);
    tcase_add_loop_test(tcase, deafness_is_counted, 0, 2);
    tcase_set_timeout(tcase, 0);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("judge");
    tcase_add_loop_test(tcase, the_judge_sees_violations, 0, 9);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
