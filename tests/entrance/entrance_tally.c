/* SPDX-License-Identifier: MIT */
/* The tally keeps what it was given, to the row; forgets what is old, to the byte; and holds
 * nothing that tells who came. */
#define _GNU_SOURCE /* memmem */
#include "check_main.h"
#include "size.h"
#include "tally_rig.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;

static void set_up(void)
{
    rig = rig_new();
    rig_open(&rig);
}

static void tear_down(void)
{
    rig_remove(&rig);
}

static void reopen(void)
{
    rig.tally = tally_free(rig.tally);
    rig_open(&rig);
}

static void reopen_early(void)
{
    tally_free(rig.tally);
    rig_open_early(&rig, NULL);
}

/* ---- Rows ---- */

/* Field by field: what lies between the fields is nobody's. */
static void assert_same_row(const struct tally_row *row, const struct tally_row *expected)
{
    ck_assert_int_eq(row->id, expected->id);
    ck_assert_int_eq(row->time_ms, expected->time_ms);
    ck_assert_int_eq(row->clock, expected->clock);
    ck_assert_int_eq(row->direction, expected->direction);
    ck_assert_int_eq(row->person, expected->person);
    ck_assert_int_eq(row->mode, expected->mode);
    ck_assert_int_eq(row->verdict, expected->verdict);
    ck_assert_int_eq(row->reason, expected->reason);
    ck_assert_int_eq(row->platform, expected->platform);
    ck_assert_int_eq(row->proof, expected->proof);
    ck_assert_uint_eq(row->seconds, expected->seconds);
    ck_assert_uint_eq(row->calibration, expected->calibration);
    ck_assert_uint_eq(row->count, expected->count);
    ck_assert_int_eq(row->installed, expected->installed);
    ck_assert_int_eq(row->installed_seen, expected->installed_seen);
    ck_assert_int_eq(row->told, expected->told);
    ck_assert_int_eq(row->helped, expected->helped);
    ck_assert_int_eq(row->exempt, expected->exempt);
    ck_assert_int_eq(row->declined, expected->declined);
    ck_assert_int_eq(row->by_hand, expected->by_hand);
    ck_assert_int_eq(row->voided, expected->voided);
    ck_assert_int_eq(row->replaces, expected->replaces);
}

START_TEST(a_row_comes_back_as_it_was_but_for_its_minutes)
{
    struct tally_row row = row_at(MONDAY_MS + 8 * HOUR_MS + 4 * MINUTE_MS + 59999);
    const struct tally_row *back;
    GArray *rows;

    row.direction = DIRECTION_OUT;
    row.person = PERSON_VISITOR;
    row.mode = MODE_SHARE_ONLY;
    row.verdict = VERDICT_CANNOT_TELL;
    row.reason = REASON_PUT_OFF;
    row.platform = BEACON_PLATFORM_IPHONE;
    row.proof = PROOF_TRAFFIC;
    row.seconds = 35;
    row.calibration = 12;
    row.count = 999;
    row.installed = INSTALLED_ON_THE_SPOT;
    row.installed_seen = row.told = row.helped = row.exempt = row.declined = row.by_hand = TRUE;
    ck_assert_int_eq(tally_add(rig.tally, &row), 1);
    reopen();
    rows = all_rows(rig.tally);
    ck_assert_uint_eq(rows->len, 1);
    back = &g_array_index(rows, struct tally_row, 0);
    row.id = 1;
    row.time_ms = MONDAY_MS + 8 * HOUR_MS;
    assert_same_row(back, &row);
    g_array_unref(rows);
}
END_TEST

START_TEST(ids_are_given_once_across_restarts)
{
    struct tally_row row = row_at(MONDAY_MS);
    gint64 first = tally_add(rig.tally, &row), second;

    reopen();
    second = tally_add(rig.tally, &row);
    ck_assert_int_gt(second, first);
    ck_assert(tally_condense(rig.tally, MONDAY_MS + 40 * DAY_MS, NULL));
    reopen();
    ck_assert_int_gt(tally_add(rig.tally, &row), second);
}
END_TEST

START_TEST(what_is_void_counts_no_more_and_is_kept)
{
    struct tally_row row = row_at(MONDAY_MS);
    gint64 id = tally_add(rig.tally, &row);
    GError *error = NULL;
    GArray *rows;

    tally_add(rig.tally, &row);
    ck_assert(tally_void(rig.tally, id, NULL));
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, 1);
    ck_assert(!tally_void(rig.tally, id, &error));
    ck_assert(g_error_matches(error, TALLY_ERROR, TALLY_ERROR_ROW));
    g_clear_error(&error);
    ck_assert(!tally_void(rig.tally, 99, &error));
    ck_assert(g_error_matches(error, TALLY_ERROR, TALLY_ERROR_ROW));
    g_clear_error(&error);
    reopen();
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, 1);
    rows = all_rows(rig.tally);
    ck_assert_uint_eq(rows->len, 2);
    ck_assert(g_array_index(rows, struct tally_row, 0).voided);
    ck_assert(!g_array_index(rows, struct tally_row, 1).voided);
    g_array_unref(rows);
}
END_TEST

START_TEST(a_replaced_row_is_not_counted_twice)
{
    struct tally_row row = row_at(MONDAY_MS), amended = row;
    gint64 id = tally_add(rig.tally, &row), new_id;
    struct both sums;
    GArray *rows;

    amended.installed = INSTALLED_BEFORE;
    amended.told = TRUE;
    new_id = tally_replace(rig.tally, id, &amended, NULL);
    ck_assert_int_gt(new_id, id);
    ck_assert_int_eq(tally_replace(rig.tally, id, &amended, NULL), 0);
    reopen();
    sums = sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
    ck_assert_uint_eq(sums.staff.total, 1);
    ck_assert_uint_eq(sums.staff.told, 1);
    ck_assert_uint_eq(sums.staff.installed_before, 1);
    rows = all_rows(rig.tally);
    ck_assert(g_array_index(rows, struct tally_row, 0).voided);
    ck_assert_int_eq(g_array_index(rows, struct tally_row, 1).replaces, id);
    g_array_unref(rows);
}
END_TEST

START_TEST(sums_are_those_of_the_rows)
{
    struct tally_row row = row_at(MONDAY_MS + 8 * HOUR_MS);
    struct tally_share share;
    struct both sums;

    tally_add(rig.tally, &row); /* heard */
    row.verdict = VERDICT_CANNOT_TELL;
    row.reason = REASON_OPEN_THE_APP;
    tally_add(rig.tally, &row);
    row.verdict = VERDICT_NOT_HEARD;
    row.reason = REASON_NONE;
    tally_add(rig.tally, &row);
    row.verdict = VERDICT_NONE;
    row.by_hand = TRUE;
    row.count = 7;
    tally_add(rig.tally, &row); /* seven unchecked */
    row.direction = DIRECTION_OUT;
    row.count = 5;
    tally_add(rig.tally, &row); /* five who left */
    row.direction = DIRECTION_IN;
    row.exempt = TRUE;
    row.count = 2;
    tally_add(rig.tally, &row); /* two without a smartphone */
    row.person = PERSON_VISITOR;
    row.exempt = FALSE;
    row.declined = TRUE;
    row.count = 1;
    tally_add(rig.tally, &row);
    sums = sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
    ck_assert_uint_eq(sums.staff.total, 17);
    ck_assert_uint_eq(sums.staff.in, 12);
    ck_assert_uint_eq(sums.staff.out, 5);
    ck_assert_uint_eq(sums.staff.heard, 1);
    ck_assert_uint_eq(sums.staff.cannot_tell, 1);
    ck_assert_uint_eq(sums.staff.not_heard, 1);
    ck_assert_uint_eq(sums.staff.unchecked, 7);
    ck_assert_uint_eq(sums.staff.left_unchecked, 5);
    ck_assert_uint_eq(sums.staff.exempt, 2);
    ck_assert_uint_eq(sums.staff.by_hand, 14);
    ck_assert_uint_eq(sums.staff.reasons[REASON_OPEN_THE_APP], 1);
    ck_assert_uint_eq(sums.visitors.total, 1);
    ck_assert_uint_eq(sums.visitors.declined, 1);
    ck_assert(tally_share(&sums.staff, &share));
    ck_assert_uint_eq(share.n, 10);
    ck_assert_uint_eq(share.low, 1);
    ck_assert_uint_eq(share.high, 9);
    ck_assert(!tally_share(&(struct tally_sums){0}, &share));
}
END_TEST

START_TEST(borders_belong_to_the_span_that_they_begin)
{
    gint64 borders[] = {MONDAY_MS - 1, MONDAY_MS, MONDAY_MS + DAY_MS - 1, MONDAY_MS + DAY_MS};

    for (guint i = 0; i < G_N_ELEMENTS(borders); i++) {
        struct tally_row row = row_at(borders[i]);

        tally_add(rig.tally, &row);
    }
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS - DAY_MS, MONDAY_MS).staff.total, 1);
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, 2);
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS).staff.total, 0);
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS + DAY_MS, MONDAY_MS + 2 * DAY_MS).staff.total, 1);
}
END_TEST

/* ---- Hours ---- */

START_TEST(hours_follow_each_other_and_hold_their_rows)
{
    GArray *hours;

    for (int i = 0; i < 48; i++) {
        struct tally_row row = row_at(MONDAY_MS + i * HOUR_MS / 2);

        row.person = i % 2 ? PERSON_STAFF : PERSON_VISITOR;
        tally_add(rig.tally, &row);
    }
    hours = hours_of(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
    ck_assert_uint_eq(hours->len, 24);
    for (guint i = 0; i < hours->len; i++) {
        const struct tally_hour *hour = &g_array_index(hours, struct tally_hour, i);

        ck_assert_int_eq(hour->start_ms, MONDAY_MS + i * HOUR_MS);
        ck_assert_uint_eq(hour->staff.total, 1);
        ck_assert_uint_eq(hour->visitors.total, 1);
        ck_assert(!hour->is_counted && !hour->is_condensed);
        ck_assert_uint_eq(hour->off_seconds, 3600);
    }
    g_array_unref(hours);
    hours = hours_of(rig.tally, MONDAY_MS + HOUR_MS / 2, MONDAY_MS + HOUR_MS + 1);
    ck_assert_uint_eq(hours->len, 2);
    ck_assert_int_eq(g_array_index(hours, struct tally_hour, 0).start_ms, MONDAY_MS);
    g_array_unref(hours);
}
END_TEST

/* How many hours the days have on which the clocks of a zone change; a row in each. */
static void check_zone(const char *zone, gint64 from_ms, gint64 to_ms, guint expected)
{
    struct tally_options options = {.size = sizeof(options), .timezone = zone};
    struct tally *tally = tally_open(NULL, &options, NULL);
    guint64 total = 0;
    gint64 end = from_ms;
    GArray *hours;

    for (gint64 time = from_ms; time < to_ms; time += 5 * MINUTE_MS) {
        struct tally_row row = row_at(time);

        tally_add(tally, &row);
    }
    hours = hours_of(tally, from_ms, to_ms);
    ck_assert_uint_eq(hours->len, expected);
    for (guint i = 0; i < hours->len; i++) {
        const struct tally_hour *hour = &g_array_index(hours, struct tally_hour, i);

        ck_assert_int_eq(hour->start_ms, end);
        end += (gint64)hour->off_seconds * 1000;
        total += hour->staff.total;
    }
    ck_assert_int_eq(end, to_ms);
    ck_assert_uint_eq(total, (guint64)(to_ms - from_ms) / (guint64)(5 * MINUTE_MS));
    g_array_unref(hours);
    tally_free(tally);
}

START_TEST(days_have_the_hours_that_their_clocks_give_them)
{
    check_zone(VIETNAM, MONDAY_MS, MONDAY_MS + DAY_MS, 24);
    check_zone("Europe/Berlin", INT64_C(1585436400000), INT64_C(1585519200000), 23);
    check_zone("Europe/Berlin", INT64_C(1603576800000), INT64_C(1603666800000), 25);
    check_zone("Asia/Kathmandu", INT64_C(1596996900000), INT64_C(1597083300000), 24);
    /* Half an hour is put in and taken out there: whole hours do not fit, but every minute is in
     * one. */
    check_zone("Australia/Lord_Howe", INT64_C(1601731800000), INT64_C(1601816400000), 24);
}
END_TEST

START_TEST(slots_make_an_hours_count)
{
    GArray *hours;

    for (int i = 0; i < 4; i++)
        tally_note_visits(rig.tally, MONDAY_MS + i * 15 * MINUTE_MS, 2.5 + i, 1 + i);
    tally_note_visits(rig.tally, MONDAY_MS + 45 * MINUTE_MS, 6.5, 4); /* better known now */
    tally_note_visits(rig.tally, MONDAY_MS + HOUR_MS, 0, 0);
    reopen();
    hours = hours_of(rig.tally, MONDAY_MS, MONDAY_MS + 3 * HOUR_MS);
    ck_assert_double_eq_tol(g_array_index(hours, struct tally_hour, 0).visits,
                            2.5 + 3.5 + 4.5 + 6.5, 1e-9);
    ck_assert_double_eq_tol(g_array_index(hours, struct tally_hour, 0).visits_band,
                            1.96 * 3.16227766, 1e-6);
    ck_assert_uint_eq(g_array_index(hours, struct tally_hour, 0).slots, 4);
    ck_assert(g_array_index(hours, struct tally_hour, 1).is_counted);
    ck_assert_double_eq(g_array_index(hours, struct tally_hour, 1).visits, 0);
    ck_assert(!g_array_index(hours, struct tally_hour, 2).is_counted);
    g_array_unref(hours);
}
END_TEST

static void live(struct tally *tally, gint64 from_ms, gint64 to_ms)
{
    for (gint64 now = from_ms; now <= to_ms; now += MINUTE_MS)
        tally_note_alive(tally, now, TRUE);
}

static guint32 off(gint64 hour)
{
    GArray *hours =
        hours_of(rig.tally, MONDAY_MS + hour * HOUR_MS, MONDAY_MS + (hour + 1) * HOUR_MS);
    guint32 seconds = g_array_index(hours, struct tally_hour, 0).off_seconds;

    ck_assert_uint_eq(hours->len, 1);
    g_array_unref(hours);
    return seconds;
}

START_TEST(time_off_is_what_it_neither_lived_nor_heard)
{
    live(rig.tally, MONDAY_MS + 30 * MINUTE_MS, MONDAY_MS + 2 * HOUR_MS);
    ck_assert_uint_eq(off(0), 1800);
    ck_assert_uint_eq(off(1), 0);
    ck_assert_uint_eq(off(2), 3600);
    for (int i = 1; i <= 10; i++) /* deaf */
        tally_note_alive(rig.tally, MONDAY_MS + 2 * HOUR_MS + i * MINUTE_MS, FALSE);
    live(rig.tally, MONDAY_MS + 2 * HOUR_MS + 11 * MINUTE_MS, MONDAY_MS + 3 * HOUR_MS);
    ck_assert_uint_eq(off(2), 11 * 60);
    reopen();
    ck_assert_uint_eq(off(0), 1800);
    ck_assert_uint_eq(off(1), 0);
    ck_assert_uint_eq(off(2), 11 * 60);
    {
        struct tally_hour hour = {.start_ms = MONDAY_MS, .off_seconds = 1800};

        ck_assert_uint_eq(tally_off_until(&hour, MONDAY_MS + HOUR_MS), 1800);
        ck_assert_uint_eq(tally_off_until(&hour, MONDAY_MS + 40 * MINUTE_MS), 600);
        memset(&hour.off_of_minute[30], 60, 30);
        ck_assert_uint_eq(tally_off_between(&hour, 0, 60, MONDAY_MS + HOUR_MS), 1800);
        ck_assert_uint_eq(tally_off_between(&hour, 0, 31, MONDAY_MS + HOUR_MS), 60);
        ck_assert_uint_eq(tally_off_between(&hour, 0, 60, MONDAY_MS + 40 * MINUTE_MS), 600);
        ck_assert_uint_eq(tally_off_until(&hour, MONDAY_MS), 0);
    }
    /* The clock is set back by an hour: nothing is taken twice. */
    live(rig.tally, MONDAY_MS + 2 * HOUR_MS, MONDAY_MS + 3 * HOUR_MS + 15 * MINUTE_MS);
    ck_assert_uint_eq(off(2), 0);
    ck_assert_uint_eq(off(3), 45 * 60);
    reopen();
    ck_assert_uint_eq(off(3), 45 * 60);
}
END_TEST

/* ---- Old rows ---- */

static void add_a_months_rows(GArray *times)
{
    for (int day = 0; day < 35; day++)
        for (int i = 0; i < 20; i++) {
            gint64 time = MONDAY_MS + day * DAY_MS + 7 * HOUR_MS + (i * 20 + 5) * MINUTE_MS;
            struct tally_row row = row_at(time);
            gint64 id;

            row.person = i % 3 ? PERSON_STAFF : PERSON_VISITOR;
            row.verdict = (enum verdict)(i % VERDICTS);
            row.reason = (enum reason)(i % REASONS);
            row.direction = i % 5 ? DIRECTION_IN : DIRECTION_OUT;
            row.exempt = i % 7 == 0;
            id = tally_add(rig.tally, &row);
            if (i == 3)
                ck_assert(tally_void(rig.tally, id, NULL));
            if (i == 4)
                ck_assert_int_ne(tally_replace(rig.tally, id, &row, NULL), 0);
            if (day < 4)
                g_array_append_val(times, time);
        }
    for (int i = 0; i < 6 * 96; i++)
        tally_note_visits(rig.tally, MONDAY_MS + i * 15 * MINUTE_MS, i % 7, i % 3);
}

/* Whether the big-endian bytes that SQLite keeps a time as occur in any of the tally's files. */
static gboolean is_anywhere(gint64 time_ms)
{
    guint32 seconds = GUINT32_TO_BE((guint32)(time_ms / 1000));
    const char *suffixes[] = {"", "-wal", "-shm", "-writer"};
    gboolean is_found = FALSE;

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(rig.path, suffixes[i], NULL);
        g_autofree char *bytes = NULL;
        gsize size;

        ck_assert(g_file_get_contents(path, &bytes, &size, NULL));
        is_found |= size >= 4 && memmem(bytes, size, &seconds, 4) != NULL;
    }
    return is_found;
}

static void check_same_hours(const GArray *before, const GArray *after)
{
    ck_assert_uint_eq(before->len, after->len);
    for (guint i = 0; i < before->len; i++) {
        struct tally_hour a = g_array_index(before, struct tally_hour, i);
        struct tally_hour b = g_array_index(after, struct tally_hour, i);

        ck_assert_mem_eq(&a.staff, &b.staff, sizeof(a.staff));
        ck_assert_mem_eq(&a.visitors, &b.visitors, sizeof(a.visitors));
        ck_assert_double_eq_tol(a.visits, b.visits, 1e-9);
        ck_assert_double_eq_tol(a.visits_band, b.visits_band, 1e-9);
        ck_assert_uint_eq(a.slots, b.slots);
        ck_assert_int_eq(b.is_condensed, a.start_ms < MONDAY_MS + 4 * DAY_MS + 12 * HOUR_MS);
    }
}

START_TEST(old_rows_become_hours_of_the_same_sums_and_leave_no_byte)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
    gint64 end = MONDAY_MS + 35 * DAY_MS, now = MONDAY_MS + 34 * DAY_MS + 12 * HOUR_MS + 1234567;
    GArray *before, *after, *rows;
    struct both sums, again;
    GError *error = NULL;

    add_a_months_rows(times);
    before = hours_of(rig.tally, MONDAY_MS, end);
    sums = sum(rig.tally, MONDAY_MS, end);
    for (guint i = 0; i < times->len; i++)
        ck_assert(is_anywhere(g_array_index(times, gint64, i)));
    ck_assert_int_eq(tally_condensed_until(rig.tally), 0);
    for (int i = 0; i < 2; i++) { /* doing it again changes nothing */
        ck_assert(tally_condense(rig.tally, now, NULL));
        after = hours_of(rig.tally, MONDAY_MS, end);
        check_same_hours(before, after);
        g_array_unref(after);
        again = sum(rig.tally, MONDAY_MS, end);
        ck_assert_mem_eq(&sums, &again, sizeof(sums));
        ck_assert_int_eq(tally_condensed_until(rig.tally), MONDAY_MS + 4 * DAY_MS + 12 * HOUR_MS);
    }
    for (guint i = 0; i < times->len; i++)
        ck_assert_msg(!is_anywhere(g_array_index(times, gint64, i)), "row %u left bytes", i);
    rows = all_rows(rig.tally);
    ck_assert_int_ge(g_array_index(rows, struct tally_row, 0).time_ms,
                     MONDAY_MS + 4 * DAY_MS + 12 * HOUR_MS);
    ck_assert(!tally_void(rig.tally, 1, &error));
    ck_assert(g_error_matches(error, TALLY_ERROR, TALLY_ERROR_ROW));
    g_clear_error(&error);
    g_array_unref(rows);
    g_array_unref(before);
}
END_TEST

START_TEST(a_late_row_joins_its_condensed_hour)
{
    struct tally_row row = row_at(MONDAY_MS + 8 * HOUR_MS);

    tally_add(rig.tally, &row);
    ck_assert(tally_condense(rig.tally, MONDAY_MS + 40 * DAY_MS, NULL));
    tally_add(rig.tally, &row);
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, 2);
    ck_assert(tally_condense(rig.tally, MONDAY_MS + 41 * DAY_MS, NULL));
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, 2);
}
END_TEST

START_TEST(only_void_rows_go_too)
{
    struct tally_row row = row_at(MONDAY_MS);
    GArray *rows;

    ck_assert(tally_void(rig.tally, tally_add(rig.tally, &row), NULL));
    ck_assert(tally_condense(rig.tally, MONDAY_MS + 40 * DAY_MS, NULL));
    rows = all_rows(rig.tally);
    ck_assert_uint_eq(rows->len, 0);
    ck_assert_uint_eq(sum(rig.tally, 0, MONDAY_MS + DAY_MS).staff.total, 0);
    g_array_unref(rows);
}
END_TEST

/* ---- The clock ---- */

START_TEST(rows_of_an_unset_clock_wait_and_are_moved)
{
    struct tally_row row = row_at(12 * HOUR_MS); /* 1970 */
    gint64 offset = MONDAY_MS - 4 * HOUR_MS + 2 * MINUTE_MS, id, amended;
    struct tally *reader;
    GArray *rows;

    reopen_early();
    row.clock = CLOCK_UNKNOWN;
    id = tally_add(rig.tally, &row);
    row.told = TRUE;
    amended = tally_replace(rig.tally, id, &row, NULL);
    ck_assert_int_gt(amended, id);
    live(rig.tally, 12 * HOUR_MS, 13 * HOUR_MS);
    tally_note_visits(rig.tally, 12 * HOUR_MS, 3, 1);
    ck_assert_uint_eq(tally_health(rig.tally).waiting, 2);
    ck_assert(!tally_health(rig.tally).on_disk);
    ck_assert_ptr_null(tally_health(rig.tally).problem); /* the disk is sound */
    ck_assert_uint_eq(sum(rig.tally, 0, DAY_MS).staff.clock_unknown, 1);
    reader = rig_reader(&rig);
    ck_assert_uint_eq(sum(reader, 0, G_MAXINT64 / 2).staff.total, 0);
    tally_settle(rig.tally, TRUE, offset);
    ck_assert(tally_health(rig.tally).on_disk);
    ck_assert_ptr_null(tally_health(rig.tally).problem);
    ck_assert_uint_eq(sum(reader, MONDAY_MS, MONDAY_MS + DAY_MS).staff.told, 1);
    ck_assert_uint_eq(sum(reader, 0, G_MAXINT64 / 2).staff.total, 1);
    ck_assert_uint_eq(sum(reader, 0, G_MAXINT64 / 2).staff.clock_unknown, 0);
    tally_free(reader);
    rows = all_rows(rig.tally);
    ck_assert_uint_eq(rows->len, 2);
    ck_assert_int_eq(g_array_index(rows, struct tally_row, 0).time_ms, MONDAY_MS + 8 * HOUR_MS);
    g_array_unref(rows);
    ck_assert_uint_eq(off(8), 120);
    rows = hours_of(rig.tally, MONDAY_MS + 8 * HOUR_MS, MONDAY_MS + 9 * HOUR_MS);
    ck_assert_double_eq_tol(g_array_index(rows, struct tally_hour, 0).visits, 3, 1e-9);
    g_array_unref(rows);
}
END_TEST

START_TEST(a_row_amended_after_the_clock_was_set_is_moved_too)
{
    struct tally_row row = row_at(12 * HOUR_MS);
    gint64 id;

    reopen_early();
    row.clock = CLOCK_UNKNOWN;
    id = tally_add(rig.tally, &row);
    tally_settle(rig.tally, TRUE, MONDAY_MS);
    row.told = TRUE;
    ck_assert_int_ne(tally_replace(rig.tally, id, &row, NULL), 0);
    ck_assert(tally_health(rig.tally).on_disk);
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS + 12 * HOUR_MS, MONDAY_MS + 13 * HOUR_MS).staff.told,
                      1);
    ck_assert_uint_eq(sum(rig.tally, 0, G_MAXINT64 / 2).staff.total, 1);
    tally_settle(rig.tally, TRUE, MONDAY_MS); /* again: nothing moves twice */
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, 1);
}
END_TEST

START_TEST(a_clock_that_is_never_set_loses_no_visit)
{
    struct tally_row row = row_at(12 * HOUR_MS);
    struct both sums;

    reopen_early();
    row.clock = CLOCK_UNKNOWN;
    tally_add(rig.tally, &row);
    reopen(); /* the day ends */
    sums = sum(rig.tally, 0, G_MAXINT64 / 2);
    ck_assert_uint_eq(sums.staff.total, 1);
    ck_assert_uint_eq(sums.staff.clock_unknown, 1);
}
END_TEST

START_TEST(what_waits_for_the_clock_is_bounded)
{
    struct tally_row row = row_at(12 * HOUR_MS);

    reopen_early();
    row.clock = CLOCK_UNKNOWN;
    for (int i = 0; i < 10500; i++)
        ck_assert_int_ne(tally_add(rig.tally, &row), 0);
    ck_assert_uint_le(tally_health(rig.tally).waiting, 10000);
    ck_assert_uint_eq(tally_health(rig.tally).lost, 0);
    ck_assert_uint_eq(sum(rig.tally, 0, DAY_MS).staff.total, 10500);
}
END_TEST

/* ---- Files ---- */

static void check_refused(const char *path, gboolean read_only, enum tally_error code,
                          const char *words)
{
    struct tally_options options = {.size = sizeof(options), .read_only = read_only};
    GError *error = NULL;

    ck_assert_ptr_null(tally_open(path, &options, &error));
    ck_assert_msg(g_error_matches(error, TALLY_ERROR, (gint)code), "%s", error->message);
    ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
    g_error_free(error);
}

START_TEST(one_writes_and_many_read)
{
    struct tally_row row = row_at(MONDAY_MS);
    struct tally *readers[3];

    check_refused(rig.path, FALSE, TALLY_ERROR_BUSY, "another program writes");
    for (int i = 0; i < 3; i++) {
        readers[i] = rig_reader(&rig);
        tally_add(rig.tally, &row);
        for (int j = 0; j <= i; j++)
            ck_assert_uint_eq(sum(readers[j], MONDAY_MS, MONDAY_MS + DAY_MS).staff.total,
                              (guint64)i + 1);
    }
    rig.tally = tally_free(rig.tally);
    for (int i = 0; i < 3; i++)
        tally_free(readers[i]);
    rig_open(&rig);
}
END_TEST

/* Somebody who may read there and not write; run in a child. */
static int read_as_nobody(void)
{
    struct tally_options options = {.size = sizeof(options), .read_only = TRUE};
    struct tally_sums staff, visitors;
    struct tally *tally;
    GError *error = NULL;

    if (setgid(65534) != 0 || setuid(65534) != 0)
        return 2;
    tally = tally_open(rig.path, &options, &error);
    if (tally == NULL ||
        !tally_sum(tally, MONDAY_MS, MONDAY_MS + DAY_MS, &staff, &visitors, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 3;
    }
    tally_free(tally);
    return staff.total == 1 ? 0 : 4;
}

START_TEST(who_may_only_read_can)
{
    struct tally_row row = row_at(MONDAY_MS);

    if (geteuid() != 0)
        return; /* nobody else to become */
    ck_assert_int_eq(g_chmod(rig.folder, 0755), 0);
    tally_add(rig.tally, &row);
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        int status;

        if (child == 0)
            _exit(read_as_nobody());
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFEXITED(status));
        ck_assert_int_eq(WEXITSTATUS(status), 0);
        rig.tally = tally_free(rig.tally); /* the second time, nobody has it open */
    }
}
END_TEST

START_TEST(what_is_no_tally_is_refused_and_left_alone)
{
    g_autofree char *other = g_build_filename(rig.folder, "other", NULL);
    g_autofree char *bytes = NULL;
    char page[4096] = "SQLite format 3";
    sqlite3 *sqlite;
    gsize size;

    check_refused(other, TRUE, TALLY_ERROR_IO, "other");
    check_refused(rig.folder, FALSE, TALLY_ERROR_FORMAT, "not a file");
    check_refused("/nowhere/tally.db", FALSE, TALLY_ERROR_IO, "/nowhere/tally.db");
    ck_assert(g_file_set_contents(other,
                                  "a shopping list, rather long, to fill more than a header "
                                  "of a hundred bytes, which it takes\n",
                                  -1, NULL));
    check_refused(other, FALSE, TALLY_ERROR_FORMAT, "not a tally");
    ck_assert(g_file_set_contents(other, page, sizeof(page), NULL));
    check_refused(other, FALSE, TALLY_ERROR_FORMAT, "other");
    ck_assert(g_file_get_contents(other, &bytes, &size, NULL));
    ck_assert_mem_eq(bytes, page, sizeof(page));
    g_unlink(other);
    sqlite3_open(other, &sqlite);
    ck_assert_int_eq(sqlite3_exec(sqlite, "CREATE TABLE shopping (what TEXT)", NULL, NULL, NULL),
                     0);
    sqlite3_close(sqlite);
    check_refused(other, FALSE, TALLY_ERROR_FORMAT, "another program's database");
    check_refused(other, TRUE, TALLY_ERROR_FORMAT, "another program's database");
}
END_TEST

static void change(const char *sql)
{
    sqlite3 *sqlite;

    rig.tally = tally_free(rig.tally);
    ck_assert_int_eq(sqlite3_open(rig.path, &sqlite), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(sqlite);
}

START_TEST(a_later_version_is_refused)
{
    change("PRAGMA user_version = 2");
    check_refused(rig.path, FALSE, TALLY_ERROR_FORMAT, "later version");
    check_refused(rig.path, TRUE, TALLY_ERROR_FORMAT, "later version");
}
END_TEST

START_TEST(tables_that_are_not_ours_are_refused)
{
    change("CREATE TRIGGER more AFTER INSERT ON visit BEGIN DELETE FROM alive; END");
    check_refused(rig.path, FALSE, TALLY_ERROR_FORMAT, "damaged");
    check_refused(rig.path, TRUE, TALLY_ERROR_FORMAT, "damaged");
}
END_TEST

/* A byte wrong anywhere: refused, or read, and never a crash. */
START_TEST(damage_is_told)
{
    struct tally_options options = {.size = sizeof(options), .timezone = VIETNAM};
    g_autofree char *bytes = NULL;
    guint refused = 0;
    gsize size;

    for (int i = 0; i < 300; i++) {
        struct tally_row row = row_at(MONDAY_MS + i * 5 * MINUTE_MS);

        tally_add(rig.tally, &row);
    }
    rig.tally = tally_free(rig.tally);
    ck_assert(g_file_get_contents(rig.path, &bytes, &size, NULL));
    for (gsize at = 0; at < size; at += TEST_PART(193, 965)) {
        struct tally_sums staff, visitors;
        GError *error = NULL;
        struct tally *tally;

        bytes[at] ^= 0x55;
        ck_assert(g_file_set_contents(rig.path, bytes, (gssize)size, NULL));
        bytes[at] ^= 0x55;
        options.read_only = at % 2;
        tally = tally_open(rig.path, &options, &error);
        if (tally == NULL || !tally_sum(tally, 0, G_MAXINT64 / 2, &staff, &visitors, &error)) {
            ck_assert(error->domain == TALLY_ERROR && *error->message != '\0');
            refused++;
        }
        g_clear_error(&error);
        tally_free(tally);
    }
    ck_assert_uint_gt(refused, 10);
    ck_assert(g_file_set_contents(rig.path, bytes, (gssize)size, NULL));
}
END_TEST

START_TEST(zones_and_spans_that_are_none_are_refused)
{
    struct tally_options options = {.size = sizeof(options), .timezone = "Asia/Atlantis"};
    GError *error = NULL;

    ck_assert_ptr_null(tally_open(NULL, &options, &error));
    ck_assert(g_error_matches(error, TALLY_ERROR, TALLY_ERROR_ZONE));
    ck_assert_ptr_nonnull(strstr(error->message, "Asia/Atlantis"));
    g_clear_error(&error);
    ck_assert(!tally_hours(rig.tally, MONDAY_MS, MONDAY_MS - HOUR_MS, append_hour, NULL, &error));
    ck_assert(g_error_matches(error, TALLY_ERROR, TALLY_ERROR_SPAN));
    g_clear_error(&error);
    ck_assert(!tally_hours(rig.tally, 0, MONDAY_MS, append_hour, NULL, &error));
    ck_assert(g_error_matches(error, TALLY_ERROR, TALLY_ERROR_SPAN));
    g_clear_error(&error);
}
END_TEST

/* ---- Nobody is in it ---- */

/* The first answer to a question to the file itself; the caller frees it. */
static char *ask_file(const char *sql)
{
    sqlite3_stmt *statement;
    sqlite3 *sqlite;
    char *answer;

    ck_assert_int_eq(sqlite3_open(rig.path, &sqlite), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    answer = g_strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(sqlite);
    return answer;
}

/* All columns of all tables; SQLite's own table of the last ids is not ours. */
#define COLUMNS                                                                                    \
    "FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'"                     \
    " AND m.name != 'sqlite_sequence'"

START_TEST(the_schema_has_no_room_for_a_name)
{
    static const char *const expected =
        "alive.start alive.until condensed.is_clean condensed.one condensed.until hour.by_hand "
        "hour.cannot_tell hour.clock_unknown hour.declined hour.exempt hour.heard hour.helped "
        "hour.in hour.installed_before hour.installed_no hour.installed_on_the_spot "
        "hour.left_unchecked hour.not_heard hour.out hour.person hour.reason_iphone_silent "
        "hour.reason_no_levels hour.reason_none hour.reason_not_hearing hour.reason_one_at_a_time "
        "hour.reason_open_the_app hour.reason_put_off hour.reason_too_many "
        "hour.reason_uncalibrated hour.start hour.told hour.total hour.unchecked hour_slots.slots "
        "hour_slots.start hour_slots.variance hour_slots.visits slot.start slot.variance "
        "slot.visits visit.by_hand visit.calibration visit.clock visit.count visit.declined "
        "visit.direction visit.exempt visit.helped visit.id visit.installed visit.installed_seen "
        "visit.mode visit.person visit.platform visit.proof visit.reason visit.replaces "
        "visit.seconds visit.time visit.told visit.verdict voided.id";
    g_autofree char *columns = ask_file("SELECT group_concat(x, ' ') FROM (SELECT m.name || '.' ||"
                                        " c.name AS x " COLUMNS " ORDER BY 1)");
    g_autofree char *others = ask_file("SELECT count(*) " COLUMNS " AND c.type != 'INTEGER'");
    g_autofree char *loose = ask_file("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND "
                                      "name != 'sqlite_sequence' AND sql NOT LIKE '%) STRICT%'");

    ck_assert_str_eq(columns, expected);
    ck_assert_str_eq(others, "0");
    ck_assert_str_eq(loose, "0"); /* the type is enforced */
}
END_TEST

static void check_statement_fails(sqlite3 *sqlite, const char *sql)
{
    int code = sqlite3_exec(sqlite, sql, NULL, NULL, NULL);

    ck_assert_msg(code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH, "%s: %s", sql,
                  sqlite3_errmsg(sqlite));
}

START_TEST(the_tables_refuse_what_a_visit_is_not)
{
    static const char *const first = "INSERT INTO visit VALUES (1, 300, 1, 0, 0, 0, 1, 0, 1, 1, 2, "
                                     "1, 1, 0, 0, 0, 0, 0, 0, 0, NULL)";
    sqlite3 *sqlite;

    rig.tally = tally_free(rig.tally);
    ck_assert_int_eq(sqlite3_open(rig.path, &sqlite), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(sqlite, first, NULL, NULL, NULL), SQLITE_OK);
    check_statement_fails(sqlite, "INSERT INTO voided VALUES ('Nguyễn Văn A')");
    check_statement_fails(sqlite,
                          "INSERT INTO visit SELECT 2, 301, clock, direction, person, mode, "
                          "verdict, reason, platform, proof, seconds, calibration, count, "
                          "installed, installed_seen, told, helped, exempt, declined, "
                          "by_hand, NULL FROM visit");
    check_statement_fails(sqlite, "INSERT INTO visit SELECT 2, time, clock, direction, 'A', mode, "
                                  "verdict, reason, platform, proof, seconds, calibration, count, "
                                  "installed, installed_seen, told, helped, exempt, declined, "
                                  "by_hand, NULL FROM visit");
    check_statement_fails(sqlite, "UPDATE visit SET verdict = 3");
    check_statement_fails(sqlite, "DELETE FROM visit");
    sqlite3_close(sqlite);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_tally");
    TCase *tally = tcase_create("tally");

    tcase_set_timeout(tally, 60);
    tcase_add_checked_fixture(tally, set_up, tear_down);
    tcase_add_test(tally, a_row_comes_back_as_it_was_but_for_its_minutes);
    tcase_add_test(tally, ids_are_given_once_across_restarts);
    tcase_add_test(tally, what_is_void_counts_no_more_and_is_kept);
    tcase_add_test(tally, a_replaced_row_is_not_counted_twice);
    tcase_add_test(tally, sums_are_those_of_the_rows);
    tcase_add_test(tally, borders_belong_to_the_span_that_they_begin);
    tcase_add_test(tally, hours_follow_each_other_and_hold_their_rows);
    tcase_add_test(tally, days_have_the_hours_that_their_clocks_give_them);
    tcase_add_test(tally, slots_make_an_hours_count);
    tcase_add_test(tally, time_off_is_what_it_neither_lived_nor_heard);
    tcase_add_test(tally, old_rows_become_hours_of_the_same_sums_and_leave_no_byte);
    tcase_add_test(tally, a_late_row_joins_its_condensed_hour);
    tcase_add_test(tally, only_void_rows_go_too);
    tcase_add_test(tally, rows_of_an_unset_clock_wait_and_are_moved);
    tcase_add_test(tally, a_row_amended_after_the_clock_was_set_is_moved_too);
    tcase_add_test(tally, a_clock_that_is_never_set_loses_no_visit);
    tcase_add_test(tally, what_waits_for_the_clock_is_bounded);
    tcase_add_test(tally, one_writes_and_many_read);
    tcase_add_test(tally, who_may_only_read_can);
    tcase_add_test(tally, what_is_no_tally_is_refused_and_left_alone);
    tcase_add_test(tally, a_later_version_is_refused);
    tcase_add_test(tally, tables_that_are_not_ours_are_refused);
    tcase_add_test(tally, damage_is_told);
    tcase_add_test(tally, zones_and_spans_that_are_none_are_refused);
    tcase_add_test(tally, the_schema_has_no_room_for_a_name);
    tcase_add_test(tally, the_tables_refuse_what_a_visit_is_not);
    suite_add_tcase(suite, tally);
    return check_main(suite);
}
