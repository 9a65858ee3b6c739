/* SPDX-License-Identifier: MIT */
/* The radio is freed at every moment of its life, and within every callback: the controller is
 * silent afterwards, and nothing of us acts any more. */
#include "check_main.h"
#include "radio/rig.h"

struct moment {
    guint left;           /* events before the radio is freed */
    const char *callback; /* counted: this one's calls; NULL: turns of the contexts */
};

static void close_in_callback(struct rig *rig, const char *callback)
{
    struct moment *moment = rig->user;
    if (moment->callback == NULL || !g_str_equal(callback, moment->callback) || moment->left == 0)
        return;
    if (--moment->left == 0)
        rig_close(rig);
}

/* One turn of whoever has something to do; FALSE when nobody has, or the radio is gone. */
static gboolean turn(struct rig *rig)
{
    struct moment *moment = rig->user;
    if (rig->radio == NULL)
        return FALSE;
    gboolean did = scripted_run(rig->controller);
    did = g_main_context_iteration(rig->context, FALSE) || did;
    if (did && rig->radio != NULL && moment->callback == NULL && --moment->left == 0)
        rig_close(rig);
    return did && rig->radio != NULL;
}

static void go_on(struct rig *rig, gint64 delay_us)
{
    while (turn(rig))
        continue;
    for (gint64 gone = 0; gone < delay_us && rig->radio != NULL; gone += 100000) {
        beacon_clock_advance(rig->clock, 100000);
        while (turn(rig))
            continue;
    }
}

/* The same, unless it was freed already. */
#define IF_THERE(call)                                                                             \
    do {                                                                                           \
        if (rig->radio != NULL)                                                                    \
            call;                                                                                  \
    } while (0)

static void ask_for_visits(struct rig *rig)
{
    for (guint8 i = 0; i < 3; i++)
        IF_THERE(rig_visit(rig, i, 100 * G_TIME_SPAN_SECOND));
}

static void wish(struct rig *rig)
{
    IF_THERE(rig_serve(rig));
    IF_THERE(rig_scan(rig, TRUE, BEACON_CYCLE_FULL));
    IF_THERE(rig_advertise(rig, TRUE, BEACON_CYCLE_FULL));
}

static void receive_a_visitor(struct rig *rig)
{
    struct scripted_link *link = scripted_visitor(rig->controller);
    if (link != NULL)
        bcn_gatt_read(&link->gatt, false);
}

/* Start, hear, three visits of which one is under way at the end, a visitor, rotation, trouble. */
static void live(struct rig *rig)
{
    wish(rig);
    go_on(rig, 100000);
    if (rig->radio != NULL)
        rig_hear(rig, 1);
    rig->controller->peer = SCRIPTED_PEER_IPHONE;
    ask_for_visits(rig);
    go_on(rig, 1000000);
    receive_a_visitor(rig);
    go_on(rig, 1000000);
    rig->controller->peer = SCRIPTED_PEER_WAITING;
    IF_THERE(rig_visit(rig, 4, 0));
    IF_THERE(rig_visit(rig, 5, 0));
    go_on(rig, 1000000);
    IF_THERE(scripted_let_in(rig->controller));
    go_on(rig, 8000000);
    static const guint8 hardware_error = 1;
    IF_THERE(rig_visit(rig, 6, 0));
    go_on(rig, 200000);
    scripted_event(rig->controller, 0x10, &hardware_error, 1);
    go_on(rig, 200000);
    IF_THERE(rig_visit(rig, 7, 0));
    go_on(rig, 200000);
    scripted_event(rig->controller, 0x10, &hardware_error, 1);
    go_on(rig, 1000000);
    IF_THERE(rig_visit(rig, 8, 0));
    go_on(rig, 200000);
    scripted_close(rig->controller);
    go_on(rig, 1000000);
}

static gboolean live_until(guint kind, struct moment moment)
{
    struct rig *rig = rig_new(kind);
    rig->slot_us = 10 * G_TIME_SPAN_SECOND;
    rig->user = &moment;
    rig->at = close_in_callback;
    ck_assert(rig_open(rig));
    live(rig);
    gboolean was_freed = rig->radio == NULL;
    if (!was_freed)
        rig_close(rig);
    rig_settle(rig);
    if (rig->controller->advertising || rig->controller->scanning || rig->controller->initiating ||
        scripted_links_up(rig->controller) > 0)
        ck_abort_msg("freed at %s %u: advertising %d, scanning %d, initiating %d, links %u",
                     moment.callback != NULL ? moment.callback : "turn", moment.left,
                     rig->controller->advertising, rig->controller->scanning,
                     rig->controller->initiating, scripted_links_up(rig->controller));
    rig_free(rig);
    return was_freed;
}

static const char *const callbacks[] = {NULL,      "packet", "health", "rotation",
                                        "payload", "visit",  "value"};

START_TEST(freed_at_every_moment)
{
    guint kind = _i % 2 == 0 ? 0 : SCRIPTED_EXTENDED;
    guint at = 1;
    while (live_until(kind, (struct moment){at, callbacks[_i / 2]}))
        at++;
    ck_assert_uint_gt(at, 1);
}
END_TEST

/* ---- Last words that are not heard ---- */

static const guint16 last_words[2][4] = {{0x200A, 0x200C, 0x200E, 0x0406},
                                         {0x2039, 0x2042, 0x200E, 0x0406}};

/* One of them is refused, or never answered: the others are said all the same. */
START_TEST(one_last_word_is_not_heard)
{
    guint extended = _i & 1, which = (guint)_i >> 1 & 3;
    gboolean is_silent = _i >> 3 != 0;
    struct rig *rig = rig_ready(extended ? SCRIPTED_EXTENDED : 0);
    struct scripted *controller = rig->controller;
    rig_serve(rig);
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    controller->peer = SCRIPTED_PEER_WAITING;
    if (which == 3)
        scripted_visitor(controller)->keeps = FALSE;
    else
        ck_assert(rig_visit(rig, 1, 0));
    rig_advance(rig, 100000);
    ck_assert(controller->advertising && controller->scanning);
    scripted_deviate(
        controller, (struct scripted_rule){.opcode = last_words[extended][which],
                                           .act = is_silent ? SCRIPTED_IS_SILENT : SCRIPTED_REFUSES,
                                           .status = 0x1F});
    rig_close(rig);
    rig_settle(rig);
    ck_assert(!controller->advertising && !controller->scanning && !controller->initiating);
    ck_assert_uint_eq(scripted_links_up(controller), 0); /* it was reset */
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_free");
    TCase *tcase = tcase_create("free");
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, freed_at_every_moment, 0, 2 * G_N_ELEMENTS(callbacks));
    tcase_add_loop_test(tcase, one_last_word_is_not_heard, 0, 16);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
