/* SPDX-License-Identifier: MIT */
/* The door as a whole, on a simulated air and a clock that goes by hand: what a guard does becomes
 * rows, and what goes wrong is told and makes up no verdict. */
#include "open_door.h"

#include "check_main.h"
#include "lines.h"
#include "tally_disk.h"

static struct door_rig rig;

static void tear_down(void)
{
    rig_end(&rig);
}

/* ---- Checks ---- */

START_TEST(a_phone_on_the_spot_is_heard)
{
    rig_begin(&rig, ROOM "phone visitor android-open at 12 cm from 30 s to 60 s\n");
    rig_open(&rig);
    rig_pass(&rig, 30);
    rig_do(&rig, DOOR_DO_BEGIN);
    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_LISTENING);
    ck_assert_double_le(rig_pass_to_verdict(&rig, 10), 4);
    ck_assert_int_eq(rig_view(&rig)->verdict, VERDICT_HEARD);
    ck_assert_int_eq(rig_view(&rig)->platform, BEACON_PLATFORM_ANDROID);
    ck_assert_uint_eq(rig_view(&rig)->visitors.heard, 1);
    ck_assert_uint_eq(rig_view(&rig)->visitors.in, 1);
    ck_assert_int_eq(rig_row(&rig, 0).verdict, VERDICT_HEARD);
    ck_assert_int_eq(rig_row(&rig, 0).mode, MODE_ATTENDED);
    rig_pass(&rig, 5);
    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_IDLE);
}
END_TEST

START_TEST(an_empty_spot_is_not_heard_on_proof_of_hearing)
{
    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_pass(&rig, 60);
    ck_assert(rig_view(&rig)->hears);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass(&rig, 3);
    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_ASKING);
    rig_do(&rig, DOOR_DO_OPENED);
    ck_assert_double_le(rig_pass_to_verdict(&rig, 20), 10);
    ck_assert_int_eq(rig_view(&rig)->verdict, VERDICT_NOT_HEARD);
    ck_assert_int_eq(rig_row(&rig, 0).proof, PROOF_REFERENCE);
}
END_TEST

/* The same room, of which the radio tells no levels: near cannot be told from far. */
START_TEST(without_levels_nothing_can_be_told)
{
    rig_begin(&rig, ROOM "receiver door without rssi\n"
                         "phone visitor android-open at 12 cm from 30 s\n");
    rig_open(&rig);
    rig_pass(&rig, 30);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass_to_verdict(&rig, 40);
    ck_assert_int_eq(rig_view(&rig)->verdict, VERDICT_CANNOT_TELL);
    ck_assert_int_eq(rig_view(&rig)->reason, REASON_NO_LEVELS);
}
END_TEST

START_TEST(without_calibration_nothing_can_be_told)
{
    rig_begin(&rig, ROOM "phone visitor android-open at 12 cm from 30 s\n");
    rig.options.assumed = NULL;
    rig_open(&rig);
    ck_assert(!rig_view(&rig)->is_calibrated);
    ck_assert_ptr_nonnull(rig_view(&rig)->trouble);
    rig_pass(&rig, 30);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass_to_verdict(&rig, 40);
    ck_assert_int_eq(rig_view(&rig)->verdict, VERDICT_CANNOT_TELL);
    ck_assert_int_eq(rig_view(&rig)->reason, REASON_UNCALIBRATED);
}
END_TEST

START_TEST(later_sends_aside)
{
    const struct door_action later = {.act = DOOR_DO_LATER};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_pass(&rig, 20);
    rig_refused(&rig, &later, DOOR_ERROR_NOT_NOW);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass(&rig, 3);
    rig_do(&rig, DOOR_DO_LATER);
    ck_assert_int_eq(rig_row(&rig, 0).verdict, VERDICT_NONE);
    ck_assert_int_eq(rig_row(&rig, 0).reason, REASON_PUT_OFF);
    ck_assert_uint_eq(rig_view(&rig)->visitors.unchecked, 1);
    rig_do(&rig, DOOR_DO_BEGIN); /* the next, at once */
}
END_TEST

/* ---- Rows ---- */

START_TEST(by_hand_amend_undo)
{
    const struct door_action three = {.act = DOOR_DO_BY_HAND, .count = 3, .note = {.told = TRUE}};
    struct door_action amend = {
        .act = DOOR_DO_AMEND,
        .note = {.installed = INSTALLED_ON_THE_SPOT, .installed_seen = TRUE, .told = TRUE}};
    const struct door_action undo = {.act = DOOR_DO_UNDO};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_pass(&rig, 1);
    rig_act(&rig, &three);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 3);
    ck_assert_uint_eq(rig_view(&rig)->visitors.told, 3);
    ck_assert(rig_view(&rig)->can_undo);
    amend.row = rig_view(&rig)->last_row;
    rig_act(&rig, &amend);
    ck_assert_uint_eq(rig_view(&rig)->visitors.installed_on_the_spot, 3);
    ck_assert_int_eq(rig_view(&rig)->note.installed, INSTALLED_ON_THE_SPOT);
    rig_act(&rig, &undo);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 0);
    ck_assert(!rig_view(&rig)->can_undo);
    rig_refused(&rig, &undo, DOOR_ERROR_NOT_NOW);
    rig_refused(&rig, &amend, DOOR_ERROR_NOT_NOW);
    ck_assert(rig_row(&rig, 0).voided && rig_row(&rig, 1).voided);
}
END_TEST

START_TEST(undo_ends_after_ten_seconds_and_amending_after_a_minute)
{
    const struct door_action one = {.act = DOOR_DO_BY_HAND, .count = 1};
    const struct door_action undo = {.act = DOOR_DO_UNDO};
    struct door_action amend = {.act = DOOR_DO_AMEND, .note = {.declined = TRUE}};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_act(&rig, &one);
    rig_pass(&rig, 9.5);
    ck_assert(rig_view(&rig)->can_undo);
    rig_pass(&rig, 1.5);
    ck_assert(!rig_view(&rig)->can_undo);
    ck_assert_int_ne(rig_view(&rig)->last_row, 0);
    rig_refused(&rig, &undo, DOOR_ERROR_NOT_NOW);
    amend.row = rig_view(&rig)->last_row;
    rig_act(&rig, &amend);
    ck_assert_uint_eq(rig_view(&rig)->visitors.declined, 1);
    amend.row = rig_view(&rig)->last_row;
    rig_pass(&rig, 61);
    ck_assert_int_eq(rig_view(&rig)->last_row, 0);
    rig_refused(&rig, &amend, DOOR_ERROR_NOT_NOW);
}
END_TEST

/* Who has no smartphone, or declines, is not waited for. */
START_TEST(a_note_on_a_check_under_way)
{
    const struct door_action told = {.act = DOOR_DO_AMEND, .note = {.told = TRUE}};
    const struct door_action exempt = {.act = DOOR_DO_AMEND,
                                       .note = {.told = TRUE, .exempt = TRUE}};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_pass(&rig, 20);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_act(&rig, &told);
    ck_assert(rig_view(&rig)->note.told);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 0);
    rig_act(&rig, &exempt);
    ck_assert_uint_eq(rig_view(&rig)->visitors.exempt, 1);
    ck_assert_uint_eq(rig_view(&rig)->visitors.told, 1);
    ck_assert_uint_eq(rig_view(&rig)->visitors.unchecked, 0);
    ck_assert_int_eq(rig_row(&rig, 0).reason, REASON_NONE);
}
END_TEST

/* The row of one visitor, and the check of the next, within a minute. */
START_TEST(a_note_goes_to_whom_it_was_meant_for)
{
    const struct door_action one = {.act = DOOR_DO_BY_HAND, .count = 1};
    struct door_action before = {.act = DOOR_DO_AMEND, .note = {.declined = TRUE}};
    const struct door_action now = {.act = DOOR_DO_AMEND, .note = {.told = TRUE}};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_pass(&rig, 20);
    rig_act(&rig, &one);
    before.row = rig_view(&rig)->last_row;
    rig_refused(&rig, &now, DOOR_ERROR_NOT_NOW); /* nobody is being checked */
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_act(&rig, &now);
    ck_assert(rig_view(&rig)->note.told);
    ck_assert_uint_eq(rig_view(&rig)->visitors.told, 0);
    rig_act(&rig, &before);
    ck_assert_uint_eq(rig_view(&rig)->visitors.declined, 1);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 1);
    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_LISTENING); /* their check goes on */
    ck_assert(rig_view(&rig)->note.told && !rig_view(&rig)->note.declined);
    before.row = rig_view(&rig)->last_row;
    rig_do(&rig, DOOR_DO_LATER);
    ck_assert_uint_eq(rig_view(&rig)->visitors.told, 1);
    rig_refused(&rig, &before, DOOR_ERROR_NOT_NOW); /* another row has come */
    before.act = DOOR_DO_UNDO;
    rig_refused(&rig, &before, DOOR_ERROR_NOT_NOW);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 2);
    ck_assert_uint_eq(rig_view(&rig)->visitors.declined, 1);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
    const struct door_action actions[] = {
        {.act = DOOR_DO_BY_HAND, .count = 0},
        {.act = DOOR_DO_BY_HAND, .count = 1000},
        {.act = DOOR_DO_BY_HAND, .count = 1, .note = {.installed = (enum installed)9}},
        {.act = DOOR_DO_BY_HAND,
         .count = 1,
         .note = {.exempt = TRUE, .installed = INSTALLED_BEFORE}},
        {.act = DOOR_DO_PERSON, .person = (enum person)7},
        {.act = DOOR_DO_DIRECTION, .direction = (enum direction)7},
        {.act = DOOR_DO_MODE, .mode = (enum check_mode)7},
        {.act = (enum door_do)99},
    };

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
        rig_refused(&rig, &actions[i], DOOR_ERROR_INPUT);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 0);
}
END_TEST

START_TEST(walking_through_counts_taps)
{
    const struct door_action walk = {.act = DOOR_DO_MODE, .mode = MODE_WALK_THROUGH};
    const struct door_action staff = {.act = DOOR_DO_PERSON, .person = PERSON_STAFF};
    const struct door_action out = {.act = DOOR_DO_DIRECTION, .direction = DIRECTION_OUT};

    rig_begin(&rig, ROOM "phone visitor android-open at 12 cm from 5 s\n");
    rig_open(&rig);
    rig_act(&rig, &walk);
    rig_act(&rig, &staff);
    rig_act(&rig, &out);
    rig_pass(&rig, 10);
    for (int i = 0; i < 3; i++)
        rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass(&rig, 40);
    ck_assert_uint_eq(rig_view(&rig)->staff.out, 3);
    ck_assert_uint_eq(rig_view(&rig)->staff.left_unchecked, 3);
    ck_assert_int_eq(rig_row(&rig, 0).mode, MODE_WALK_THROUGH);
}
END_TEST

/* Every time of a text's lines, be it when something happened or began. */
static guint check_whole_seconds(const char *text)
{
    guint times = 0;

    for (const char *at = strstr(text, "_us\":"); at != NULL; at = strstr(at + 1, "_us\":")) {
        if (g_str_has_prefix(at, "_us\":null") ||
            (at - text >= 6 && strncmp(at - 6, "length", 6) == 0))
            continue;
        ck_assert_int_eq(g_ascii_strtoll(at + 5, NULL, 10) % SECOND_US, 0);
        times++;
    }
    return times;
}

START_TEST(lines_of_real_visitors_have_whole_seconds)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    struct lines *lines = lines_new(stream);

    lines_round(lines);
    rig_begin(&rig, ROOM);
    rig.options.lines = lines;
    rig_open(&rig);
    rig_pass(&rig, 20.3);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass(&rig, 3.4);
    rig_do(&rig, DOOR_DO_OPENED);
    rig_pass_to_verdict(&rig, 20);
    rig_close(&rig);
    ck_assert_int_eq(fflush(stream), 0);
    ck_assert_ptr_nonnull(strstr(text, "\"opened_us\":1"));
    ck_assert_uint_ge(check_whole_seconds(text), 5); /* check, opened, three of the verdict */
    lines_free(lines);
    fclose(stream);
    free(text);
}
END_TEST

/* ---- A restart ---- */

START_TEST(a_restart_shows_the_same_day)
{
    const struct door_action two = {.act = DOOR_DO_BY_HAND, .count = 2};
    struct tally_sums before;

    rig_begin(&rig, ROOM "phone visitor android-open at 12 cm from 30 s to 60 s\n");
    rig_open(&rig);
    rig_act(&rig, &two);
    rig_pass(&rig, 30);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass_to_verdict(&rig, 10);
    before = rig_view(&rig)->visitors;
    rig_close(&rig);
    rig_open(&rig);
    ck_assert_mem_eq(&rig_view(&rig)->visitors, &before, sizeof before);
    ck_assert_int_eq(rig_view(&rig)->last_row, 0); /* of another life */
}
END_TEST

/* Midnight in Vietnam is 17:00 UTC. */
START_TEST(a_day_ends_at_local_midnight)
{
    const struct door_action two = {.act = DOOR_DO_BY_HAND, .count = 2};

    rig_begin(&rig, ROOM "length 17 h\n");
    rig_open(&rig);
    rig_act(&rig, &two);
    beacon_clock_set_wall(rig.clock, START_US + (INT64_C(16) * 3600 - 120) * SECOND_US);
    rig_pass(&rig, 61);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 2);
    rig_pass(&rig, 121);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 0);
}
END_TEST

/* ---- What goes wrong ---- */

/* Twenty seconds without an adapter, a phone on the spot from the middle of them. */
START_TEST(an_adapter_that_is_away_is_told_and_no_verdict_made_up)
{
    rig_begin(&rig, ROOM "receiver door away from 65 s to 85 s\n"
                         "phone visitor android-open at 12 cm from 70 s\n");
    rig_open(&rig);
    rig_pass(&rig, 66);
    ck_assert(rig_view(&rig)->is_deaf);
    ck_assert(!rig_view(&rig)->hears);
    ck_assert_ptr_nonnull(strstr(rig_view(&rig)->radio_text, "adapter"));
    rig_do(&rig, DOOR_DO_BEGIN);
    while (beacon_clock_wall_us(rig.clock) < START_US + 84 * SECOND_US) {
        ck_assert_int_ne(rig_view(&rig)->verdict, VERDICT_NOT_HEARD);
        ck_assert_int_ne(rig_view(&rig)->verdict, VERDICT_HEARD);
        rig_pass(&rig, 0.5);
    }
    ck_assert_uint_eq(rig_view(&rig)->visitors.cannot_tell, 1);
    ck_assert_int_eq(rig_row(&rig, 0).reason, REASON_NOT_HEARING);
    rig_pass(&rig, 20);
    ck_assert(!rig_view(&rig)->is_deaf);
}
END_TEST

static void take_hour(const struct tally_hour *hour, gpointer user)
{
    *(struct tally_hour *)user = *hour;
}

/* Seconds of its first minutes in which it did not hear, as the report has them. */
static guint32 off_in(guint minutes)
{
    const gint64 now_ms = beacon_clock_wall_us(rig.clock) / 1000;
    struct tally_hour hour;

    ck_assert(tally_hours(door_tally(rig.door), START_US / 1000, now_ms, take_hour, &hour, NULL));
    return tally_off_between(&hour, 0, minutes, now_ms);
}

/* Between two full minutes, at which it hears. */
START_TEST(the_report_has_the_seconds_of_an_adapter_that_was_away)
{
    rig_begin(&rig, ROOM "receiver door away from 65 s to 85 s\n"
                         "receiver door away from 100 s to 103 s\n"); /* no longer than a visit */
    rig_open(&rig);
    rig_pass(&rig, 125);
    ck_assert_uint_le(off_in(1), 1); /* until the first tick */
    ck_assert_uint_ge(off_in(2) - off_in(1), 20);
    ck_assert_uint_le(off_in(2) - off_in(1), 22);
}
END_TEST

static gboolean is_clock_set;

static gboolean says_clock(gpointer unused)
{
    (void)unused;
    return is_clock_set;
}

/* A Pi that begins in 1970 and is told at 08:00 what time it is: rows move along. */
START_TEST(rows_of_an_unset_clock_wait_until_it_is)
{
    const struct door_action one = {.act = DOOR_DO_BY_HAND, .count = 1};
    struct tally_row row;

    rig_begin(&rig, ROOM);
    beacon_clock_set_wall(rig.clock, 1000 * SECOND_US);
    is_clock_set = FALSE;
    rig.options.clock_is_set = says_clock;
    rig_open(&rig);
    ck_assert_int_eq(rig_view(&rig)->clock, CLOCK_UNKNOWN);
    rig_act(&rig, &one);
    rig_pass(&rig, 600);
    rig_act(&rig, &one);
    ck_assert_uint_eq(tally_health(door_tally(rig.door)).waiting, 2);
    ck_assert_ptr_nonnull(strstr(rig_view(&rig)->trouble, "the clock is not set"));
    ck_assert_ptr_null(strstr(rig_view(&rig)->trouble, "disk"));
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 2);

    beacon_clock_set_wall(rig.clock, START_US + 610 * SECOND_US);
    is_clock_set = TRUE;
    rig_pass(&rig, 2);
    ck_assert_int_eq(rig_view(&rig)->clock, CLOCK_SET);
    ck_assert_uint_eq(tally_health(door_tally(rig.door)).waiting, 0);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 2);
    row = rig_row(&rig, 0);
    ck_assert_int_eq(row.time_ms, START_US / 1000);
    row = rig_row(&rig, 1);
    ck_assert_int_eq(row.time_ms, START_US / 1000 + 600000);
}
END_TEST

/* A full disk is told, rows go on, and once there is room they are all on it. */
START_TEST(a_full_disk_is_told_and_loses_no_row)
{
    const struct door_action one = {.act = DOOR_DO_BY_HAND, .count = 1};
    const struct door_action undo = {.act = DOOR_DO_UNDO};
    struct tally_sums before;

    disk_set_up();
    rig_begin(&rig, ROOM);
    rig.tally_with.vfs = DISK_VFS;
    rig_open(&rig);
    rig_act(&rig, &one);
    rig_pass(&rig, 1);
    ck_assert_ptr_null(rig_view(&rig)->trouble);
    disk_set_fault(DISK_FULL, 0, FALSE);
    rig_act(&rig, &one);
    rig_act(&rig, &one);
    rig_act(&rig, &undo);
    rig_act(&rig, &one);
    rig_pass(&rig, 120);
    ck_assert_ptr_nonnull(strstr(rig_view(&rig)->trouble, "disk"));
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 3);

    disk_set_fault(DISK_SOUND, 0, FALSE);
    rig_pass(&rig, 70);
    ck_assert_ptr_null(rig_view(&rig)->trouble);
    before = rig_view(&rig)->visitors;
    rig_close(&rig);
    rig_open(&rig);
    ck_assert_uint_eq(before.total, 3);
    ck_assert_mem_eq(&rig_view(&rig)->visitors, &before, sizeof before);
    rig_close(&rig);
    disk_tear_down();
}
END_TEST

/* Only a note that it lives was not taken: no row waits, and the disk is tried again all the same,
 * before the next note in a minute. */
START_TEST(trouble_of_a_disk_ends_soon_after_its_cause)
{
    disk_set_up();
    rig_begin(&rig, ROOM);
    rig.tally_with.vfs = DISK_VFS;
    rig_open(&rig);
    rig_pass(&rig, 1);
    disk_set_fault(DISK_FULL, 0, FALSE);
    for (guint seconds = 0; rig_view(&rig)->trouble == NULL && seconds < 600; seconds++)
        rig_pass(&rig, 1);
    ck_assert_ptr_nonnull(strstr(rig_view(&rig)->trouble, "disk"));
    rig_pass(&rig, 10); /* it is as full as it was */
    ck_assert_ptr_nonnull(rig_view(&rig)->trouble);
    disk_set_fault(DISK_SOUND, 0, FALSE);
    rig_pass(&rig, 10);
    ck_assert_ptr_null(rig_view(&rig)->trouble);
    rig_close(&rig);
    disk_tear_down();
}
END_TEST

/* The door has rows made into hourly sums by itself, and not before it knows the day. */
START_TEST(old_rows_are_condensed)
{
    const struct door_action one = {.act = DOOR_DO_BY_HAND, .count = 1};

    rig_begin(&rig, ROOM);
    is_clock_set = TRUE;
    rig.options.clock_is_set = says_clock;
    rig_open(&rig);
    rig_act(&rig, &one);
    rig_close(&rig);
    beacon_clock_set_wall(rig.clock, START_US + INT64_C(40) * 24 * 3600 * SECOND_US);
    is_clock_set = FALSE;
    rig_open(&rig);
    rig_pass(&rig, 130);
    ck_assert_int_eq(rig_row(&rig, 0).count, 1);
    is_clock_set = TRUE;
    rig_pass(&rig, 130);
    GArray *rows = rig_rows(&rig);
    ck_assert_uint_eq(rows->len, 0);
    g_array_unref(rows);
}
END_TEST

START_TEST(a_radio_that_is_not_there_is_awaited)
{
    g_autofree char *radio = NULL;

    rig_begin(&rig, ROOM);
    radio = g_strdup_printf("h4:%s/controller", rig.folder);
    rig.options.radio = radio;
    rig.options.waits_for_radio = TRUE;
    rig_open(&rig);
    rig_pass(&rig, 20);
    ck_assert(rig_view(&rig)->is_deaf);
    ck_assert_ptr_nonnull(strstr(rig_view(&rig)->radio_text, "controller"));
    rig_close(&rig);
    rig.options.waits_for_radio = FALSE;
    ck_assert_ptr_null(door_new(&rig.options, NULL));
}
END_TEST

/* ---- Who watches ---- */

struct watching {
    guint calls, watch;
    guint64 change;
    gboolean leaves;
};

static void on_change(struct door *door, gpointer user)
{
    struct watching *watching = user;

    watching->calls++;
    ck_assert_uint_gt(door_view(door)->change, watching->change);
    watching->change = door_view(door)->change;
    if (watching->leaves)
        door_unwatch(door, watching->watch);
}

START_TEST(a_moving_ring_is_told_ten_times_a_second_at_most)
{
    struct watching watching = {0};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_pass(&rig, 20);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass(&rig, 3);
    watching.watch = door_watch(rig.door, on_change, &watching);
    rig_pass(&rig, 10);
    ck_assert_uint_le(watching.calls, 10 * 10 + 5);
    ck_assert_uint_ge(watching.calls, 50);
    door_unwatch(rig.door, watching.watch);
}
END_TEST

START_TEST(a_watcher_may_leave_while_it_is_told)
{
    struct watching leaves = {.leaves = TRUE}, stays = {0};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    leaves.watch = door_watch(rig.door, on_change, &leaves);
    stays.watch = door_watch(rig.door, on_change, &stays);
    rig_do(&rig, DOOR_DO_BEGIN);
    rig_pass(&rig, 1);
    ck_assert_uint_eq(leaves.calls, 1);
    ck_assert_uint_gt(stays.calls, 1);
}
END_TEST

/* ---- Calibration ---- */

/* An Android on the spot until 60 s, then at the line. */
#define HELPER                                                                                     \
    "phone helper android-open path 25 s 9 m, 28 s 12 cm, 62 s 12 cm, 65 s 1.5 m, 110 s 1.5 m, "   \
    "115 s 9 m cycle 10 min / 0 s\n"

static void measure_step(double seconds)
{
    guint step = rig_view(&rig)->calibration_step;

    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_CALIBRATING);
    ck_assert_str_ne(door_calibration_text(step, LANGUAGE_VI), "");
    rig_do(&rig, DOOR_DO_NEXT_STEP);
    ck_assert_double_gt(rig_view(&rig)->calibration_left_s, 0);
    rig_pass(&rig, seconds);
    ck_assert_uint_eq(rig_view(&rig)->calibration_step, step + 1);
}

START_TEST(a_guided_calibration_is_kept)
{
    const struct door_action begin = {.act = DOOR_DO_BEGIN};

    rig_begin(&rig, ROOM HELPER);
    rig.options.assumed = NULL;
    rig.options.calibration = rig.calibration;
    rig_open(&rig);
    rig_do(&rig, DOOR_DO_CALIBRATE);
    rig_refused(&rig, &begin, DOOR_ERROR_NOT_NOW);
    rig_pass(&rig, 1);
    measure_step(20.5);
    rig_pass(&rig, 8);
    measure_step(10.5);
    measure_step(10.5);
    rig_pass(&rig, 16);
    measure_step(10.5);
    measure_step(10.5);
    rig_do(&rig, DOOR_DO_SKIP_STEPS);
    rig_pass(&rig, 0.2);
    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_IDLE);
    ck_assert_uint_eq(rig_view(&rig)->calibration, 1);
    ck_assert_ptr_nonnull(rig_view(&rig)->notice);
    ck_assert_uint_eq(rig_view(&rig)->visitors.total, 0);
    rig_close(&rig);
    rig_open(&rig);
    ck_assert(rig_view(&rig)->is_calibrated);
}
END_TEST

START_TEST(a_calibration_may_be_stopped)
{
    const struct door_action next = {.act = DOOR_DO_NEXT_STEP};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_refused(&rig, &next, DOOR_ERROR_NOT_NOW);
    rig_do(&rig, DOOR_DO_CALIBRATE);
    rig_do(&rig, DOOR_DO_NEXT_STEP);
    rig_refused(&rig, &next, DOOR_ERROR_NOT_NOW);
    rig_do(&rig, DOOR_DO_STOP_CALIBRATING);
    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_IDLE);
    ck_assert_uint_eq(rig_view(&rig)->calibration, rig.assumed.number);
}
END_TEST

START_TEST(a_calibration_that_nobody_goes_on_with_ends)
{
    const struct door_action next = {.act = DOOR_DO_NEXT_STEP};

    rig_begin(&rig, ROOM);
    rig_open(&rig);
    rig_do(&rig, DOOR_DO_CALIBRATE);
    rig_pass(&rig, 400);
    rig_do(&rig, DOOR_DO_NEXT_STEP);
    rig_pass(&rig, 599);
    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_CALIBRATING);
    rig_pass(&rig, 2);
    ck_assert_int_eq(rig_view(&rig)->phase, DOOR_IDLE);
    ck_assert_ptr_nonnull(strstr(rig_view(&rig)->notice, "ten minutes"));
    ck_assert_uint_eq(rig_view(&rig)->calibration, rig.assumed.number);
    rig_refused(&rig, &next, DOOR_ERROR_NOT_NOW);
    rig_do(&rig, DOOR_DO_BEGIN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_door");
    TCase *door = tcase_create("door");

    tcase_set_timeout(door, 60);
    tcase_add_checked_fixture(door, NULL, tear_down);
    tcase_add_test(door, a_phone_on_the_spot_is_heard);
    tcase_add_test(door, an_empty_spot_is_not_heard_on_proof_of_hearing);
    tcase_add_test(door, without_levels_nothing_can_be_told);
    tcase_add_test(door, without_calibration_nothing_can_be_told);
    tcase_add_test(door, later_sends_aside);
    tcase_add_test(door, by_hand_amend_undo);
    tcase_add_test(door, undo_ends_after_ten_seconds_and_amending_after_a_minute);
    tcase_add_test(door, a_note_on_a_check_under_way);
    tcase_add_test(door, a_note_goes_to_whom_it_was_meant_for);
    tcase_add_test(door, what_cannot_be_is_refused);
    tcase_add_test(door, walking_through_counts_taps);
    tcase_add_test(door, lines_of_real_visitors_have_whole_seconds);
    tcase_add_test(door, a_restart_shows_the_same_day);
    tcase_add_test(door, a_day_ends_at_local_midnight);
    tcase_add_test(door, an_adapter_that_is_away_is_told_and_no_verdict_made_up);
    tcase_add_test(door, the_report_has_the_seconds_of_an_adapter_that_was_away);
    tcase_add_test(door, rows_of_an_unset_clock_wait_until_it_is);
    tcase_add_test(door, a_full_disk_is_told_and_loses_no_row);
    tcase_add_test(door, trouble_of_a_disk_ends_soon_after_its_cause);
    tcase_add_test(door, old_rows_are_condensed);
    tcase_add_test(door, a_radio_that_is_not_there_is_awaited);
    tcase_add_test(door, a_moving_ring_is_told_ten_times_a_second_at_most);
    tcase_add_test(door, a_watcher_may_leave_while_it_is_told);
    tcase_add_test(door, a_guided_calibration_is_kept);
    tcase_add_test(door, a_calibration_may_be_stopped);
    tcase_add_test(door, a_calibration_that_nobody_goes_on_with_ends);
    suite_add_tcase(suite, door);
    return check_main(suite);
}
