/* SPDX-License-Identifier: MIT */
/* Each command of a whole life (start, scan, advertise, visit, rotate, stop, begin anew) is
 * refused, never answered, or the last before the socket closes: afterwards all is as it was. */
#include "check_main.h"
#include "radio/on_air.h"
#include "radio/rig.h"

enum { SLOT_S = 60 };

static struct rig *begin_life(guint kind)
{
    struct rig *rig = rig_new(kind);
    rig->slot_us = SLOT_S * G_TIME_SPAN_SECOND;
    rig->options.silence_ms = G_MAXINT32;
    ck_assert(rig_open(rig));
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    return rig;
}

static void wish(struct rig *rig, gboolean active)
{
    rig_serve(rig);
    rig_scan(rig, active, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
}

/* Moments, in seconds: 0 start, 30 visit, 60 rotation, 90 visit, 100 stop, 110 anew, 120 rotation.
 */
static void live(struct rig *rig, gboolean active)
{
    wish(rig, active);
    rig_advance(rig, 30 * G_TIME_SPAN_SECOND);
    rig_visit(rig, 1, 0);
    rig_advance(rig, 60 * G_TIME_SPAN_SECOND);
    rig_visit(rig, 2, 0);
    rig_advance(rig, 10 * G_TIME_SPAN_SECOND);
    ck_assert(beacon_radio_scan(rig->radio, NULL, NULL));
    ck_assert(beacon_radio_advertise(rig->radio, NULL, NULL));
    rig_advance(rig, 10 * G_TIME_SPAN_SECOND);
    rig->era++;
    wish(rig, active);
    rig_advance(rig, 25 * G_TIME_SPAN_SECOND);
}

static void assert_good_end(struct rig *rig, gboolean active)
{
    ck_assert(rig->controller->scanning);
    ck_assert_int_eq(rig->controller->active, active);
    ck_assert(rig->controller->advertising);
    ck_assert(rig_health(rig).scanning);
    ck_assert(rig_health(rig).advertising);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_READY);
    ck_assert_int_eq(rig_health(rig).step, BEACON_RADIO_STEP_NONE);
    guint before = rig->packets;
    rig_hear(rig, 1);
    ck_assert_uint_eq(rig->packets, before + 1);
    ck_assert_uint_eq(rig->visits->len, 2);
    ck_assert_uint_eq(scripted_links_up(rig->controller), 0);
    ck_assert_str_eq(rig->controller->faults->str, "");
}

static void assert_good_air(struct rig *rig)
{
    const struct on_air_rules rules = {RIG_START_US, rig->slot_us, 20 * G_TIME_SPAN_SECOND};
    gsize index = 0;
    const char *text = on_air_violation((const struct scripted_air *)rig->controller->airs->data,
                                        rig->controller->airs->len, &rules, &index);
    ck_assert_msg(text == NULL, "at %u: %s", (unsigned int)index, text);
}

/* A step is at least as strong as the one before it, until all is well. */
static void assert_good_ladder(struct rig *rig)
{
    enum beacon_radio_step last = BEACON_RADIO_STEP_NONE;
    for (guint i = 0; i < rig->steps->len; i++) {
        const struct rig_step *step = &g_array_index(rig->steps, struct rig_step, i);
        ck_assert(step->step >= last || step->step == BEACON_RADIO_STEP_NONE);
        if (step->state == BEACON_RADIO_RECOVERING)
            ck_assert_int_ne(step->step, BEACON_RADIO_STEP_NONE);
        last = step->step;
    }
}

static const struct scripted_rule departures[] = {
    {.act = SCRIPTED_REFUSES, .status = 0x1F},
    {.act = SCRIPTED_REFUSES, .status = 0x0C},
    {.act = SCRIPTED_IS_SILENT},
    {.act = SCRIPTED_CLOSES},
    {.act = SCRIPTED_IS_SILENT, .times = 2},
    {.act = SCRIPTED_REFUSES, .status = 0x12, .times = 3},
};

static gboolean allows_a_refusal(const struct scripted_rule *rule)
{
    return rule->act == SCRIPTED_REFUSES;
}

/* The command this departure is about, counted from the first; how many there were. */
static guint live_with(guint kind, gboolean active, const struct scripted_rule *departure, guint in)
{
    struct rig *rig = begin_life(kind);
    struct scripted_rule rule = *departure;
    rule.in = in;
    if (in > 0)
        scripted_deviate(rig->controller, rule);
    live(rig, active);
    if (in == 0)
        rig_assert_clean(rig);
    assert_good_end(rig, active);
    assert_good_air(rig);
    assert_good_ladder(rig);
    if (in > 0 && !allows_a_refusal(departure))
        ck_assert_int_ge(rig->steps->len, 2);
    guint count = rig->controller->commands->len;
    rig_close(rig);
    ck_assert(scripted_is_quiet(rig->controller));
    rig_free(rig);
    return count;
}

static const struct {
    guint kind;
    gboolean active;
} lives[] = {{0, FALSE}, {0, TRUE}, {SCRIPTED_EXTENDED, FALSE}, {SCRIPTED_EXTENDED, TRUE}};

START_TEST(every_departure_at_every_command)
{
    const guint which = (guint)_i / G_N_ELEMENTS(departures);
    const struct scripted_rule *departure = &departures[(guint)_i % G_N_ELEMENTS(departures)];
    guint count = live_with(lives[which].kind, lives[which].active, departure, 0);
    ck_assert_uint_gt(count, 30);
    for (guint in = 1; in <= count; in++)
        live_with(lives[which].kind, lives[which].active, departure, in);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_failures");
    TCase *tcase = tcase_create("failures");
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, every_departure_at_every_command, 0,
                        G_N_ELEMENTS(lives) * G_N_ELEMENTS(departures));
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
