/* SPDX-License-Identifier: MIT */
/* People who come to a checkpoint and go, for the tests named checkpoint. */
#ifndef TESTS_CHECKPOINT_RIG_H
#define TESTS_CHECKPOINT_RIG_H

#include "entrance/door_rig.h"

#include "check_main.h"

#include <check.h>

static struct rig rig;
static const struct checkpoint_options tapped = {.size = sizeof tapped, .waits_for_tap = TRUE};

static inline void set_up(void)
{
    rig_begin(&rig, &tapped, TRUE);
    rig_reference(&rig);
    rig_pass(&rig, 40);
}

static inline void set_up_without_reference(void)
{
    rig_begin(&rig, &tapped, FALSE);
    rig_pass(&rig, 40);
}

static inline void tear_down(void)
{
    rig_end(&rig);
}

static inline void tap(void)
{
    ck_assert(checkpoint_begin(rig.checkpoint, &rig.now));
}

static inline void opens(void)
{
    ck_assert(checkpoint_opened(rig.checkpoint, &rig.now));
}

static inline void assert_result(enum verdict verdict, enum reason reason)
{
    ck_assert_str_eq(words_verdict_name(rig.last.verdict), words_verdict_name(verdict));
    ck_assert_str_eq(words_reason_name(rig.last.reason), words_reason_name(reason));
}

static inline void assert_seconds(double least, double most)
{
    ck_assert_double_ge(rig.last.seconds, least);
    ck_assert_double_le(rig.last.seconds, most);
}

/* Waits at the line for ten seconds, then is laid on the spot, and the guard taps. */
static inline void comes(guint number, enum sends sends, guint8 name)
{
    rig_does(&rig, number, sends, name, AT_LINE_DBM);
    rig_pass(&rig, 10);
    rig_move(&rig, number, ON_SPOT_DBM);
    tap();
}

static inline void goes(guint number)
{
    rig_move(&rig, number, AT_LINE_DBM);
    rig_pass(&rig, 5);
}

/* At the line, then on the spot and being asked, in a check that was tapped. */
static inline void is_being_asked(void)
{
    comes(0, SENDS_IPHONE, 1);
    rig_move(&rig, 0, ON_SPOT_DBM + 15);
    rig_pass(&rig, 2.5);
    ck_assert_uint_eq(rig.visits, 1);
    ck_assert_uint_eq(rig.results, 0);
}

static inline void next_person(void)
{
    rig_pass(&rig, 3);
    tap();
}

static inline TCase *tcase(Suite *suite, const char *name, void (*before)(void))
{
    TCase *made = tcase_create(name);
    tcase_add_checked_fixture(made, before, tear_down);
    tcase_set_timeout(made, 60);
    suite_add_tcase(suite, made);
    return made;
}

#endif
