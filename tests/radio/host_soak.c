/* SPDX-License-Identifier: MIT */
/* Many lives drawn from seeds: wishes, visits, visitors and departures in any order. Whatever it
 * was, when the controller behaves again all is as it is wished, and nothing on the air was wrong.
 */
#include "check_main.h"
#include "radio/on_air.h"
#include "radio/rig.h"

enum { LIVES = 150, DEEDS = 60 };

#define ONE_AT_A_TIME G_GUINT64_CONSTANT(0x00000000000000FF)
#define SECOND_US     G_GINT64_CONSTANT(1000000)

struct dice {
    guint64 state;
};

static guint draw(struct dice *dice, guint below)
{
    dice->state = dice->state * G_GUINT64_CONSTANT(6364136223846793005) + 1442695040888963407;
    return (guint)((dice->state >> 33) % below);
}

static void depart(struct rig *rig, struct dice *dice)
{
    static const enum scripted_act acts[] = {
        SCRIPTED_REFUSES, SCRIPTED_IS_SILENT,     SCRIPTED_IS_LATE,  SCRIPTED_CONFUSES,
        SCRIPTED_CLOSES,  SCRIPTED_HAS_NO_CREDIT, SCRIPTED_VANISHES, SCRIPTED_REFUSES};
    static const guint8 statuses[] = {0x01, 0x07, 0x0C, 0x12, 0x1F, 0x3F};
    scripted_deviate(rig->controller,
                     (struct scripted_rule){.in = draw(dice, 12),
                                            .act = acts[draw(dice, G_N_ELEMENTS(acts))],
                                            .status = statuses[draw(dice, G_N_ELEMENTS(statuses))],
                                            .times = 1 + draw(dice, 2)});
}

static void wish(struct rig *rig, struct dice *dice)
{
    switch (draw(dice, 4)) {
    case 0:
        rig_scan(rig, draw(dice, 2) == 0, BEACON_CYCLE_FULL);
        break;
    case 1:
        ck_assert(beacon_radio_scan(rig->radio, NULL, NULL));
        break;
    case 2:
        rig->era++;
        rig_advertise(rig, draw(dice, 3) != 0, (struct beacon_cycle){1500, draw(dice, 2) * 1500});
        break;
    default:
        ck_assert(beacon_radio_advertise(rig->radio, NULL, NULL));
        break;
    }
}

static void be_visited(struct rig *rig, struct dice *dice)
{
    struct scripted_link *link = scripted_visitor(rig->controller);
    if (link != NULL && draw(dice, 2) == 0)
        bcn_gatt_read(&link->gatt, draw(dice, 2) == 0);
}

static void do_something(struct rig *rig, struct dice *dice)
{
    static const guint8 hardware_error = 1;
    switch (draw(dice, 10)) {
    case 0:
    case 1:
    case 2:
        wish(rig, dice);
        break;
    case 3:
    case 4:
        rig->controller->peer = (enum scripted_peer)draw(dice, SCRIPTED_PEER_WAITING + 1);
        rig_visit(rig, (guint8)draw(dice, 5), draw(dice, 10) * SECOND_US);
        break;
    case 5:
        be_visited(rig, dice);
        break;
    case 6:
        scripted_let_in(rig->controller);
        break;
    case 7:
        if (rig->controller->listening < 0)
            scripted_come_back(rig->controller);
        else
            depart(rig, dice);
        break;
    case 8:
        if (draw(dice, 4) == 0)
            scripted_event(rig->controller, 0x10, &hardware_error, 1);
        break;
    default:
        rig_hear(rig, (guint8)draw(dice, 255));
        break;
    }
}

/* Everything is behind it: no departure is left, and there was time to recover. */
static void calm_down(struct rig *rig)
{
    g_array_set_size(rig->controller->rules, 0);
    if (rig->controller->listening < 0)
        scripted_come_back(rig->controller);
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    scripted_give_credit(rig->controller);
    rig->step_us = 200000;
    rig_advance(rig, 200 * SECOND_US);
    rig->era++;
    rig_scan(rig, TRUE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_advance(rig, SECOND_US);
}

static void assert_calm(struct rig *rig, guint seed)
{
    const struct on_air_rules rules = {RIG_START_US, rig->slot_us, 25 * SECOND_US};
    const GArray *airs = rig->controller->airs;
    gsize index = 0;
    const char *text =
        on_air_violation((const struct scripted_air *)airs->data, airs->len, &rules, &index);
    ck_assert_msg(text == NULL, "seed %u, at %u: %s", seed, (guint)index, text);
    gboolean scans = rig->controller->states != ONE_AT_A_TIME; /* advertising comes first */
    ck_assert_msg(rig->controller->scanning == scans && rig->controller->advertising, "seed %u: %s",
                  seed, rig_health(rig).text);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_READY);
    ck_assert_int_eq(rig_health(rig).step, BEACON_RADIO_STEP_NONE);
    ck_assert_str_eq(rig->controller->faults->str, "");
    ck_assert_uint_eq(scripted_links_up(rig->controller), 0);
    guint visits = rig->visits->len;
    ck_assert_msg(rig_visit(rig, 77, 0), "seed %u", seed);
    rig_advance(rig, SECOND_US);
    ck_assert_uint_eq(rig->visits->len, visits + 1);
    ck_assert_int_eq(rig_last_visit(rig)->result, BEACON_VISIT_READ);
}

START_TEST(any_life_ends_well)
{
    struct dice dice = {(guint64)_i};
    struct rig *rig = rig_new(_i % 2 == 0 ? 0 : SCRIPTED_EXTENDED);
    rig->slot_us = 20 * SECOND_US;
    rig->options.silence_ms = G_MAXINT32;
    if (_i % 3 == 2)
        rig->controller->states = ONE_AT_A_TIME;
    ck_assert(rig_open(rig));
    rig_serve(rig);
    for (guint i = 0; i < DEEDS; i++) {
        do_something(rig, &dice);
        rig_advance(rig, draw(&dice, 4) == 0 ? 3 * SECOND_US : 40000 * draw(&dice, 4));
    }
    calm_down(rig);
    assert_calm(rig, (guint)_i);
    rig_close(rig);
    ck_assert(scripted_is_quiet(rig->controller));
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_soak");
    TCase *tcase = tcase_create("soak");
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, any_life_ends_well, 0, LIVES);
    /* "Off" was disallowed, and it was on. */
    tcase_add_loop_test(tcase, any_life_ends_well, 4704, 4705);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
