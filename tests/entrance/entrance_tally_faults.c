/* SPDX-License-Identifier: MIT */
/* No row that tally_add returned for is lost or there twice: whether the disk is full, fails, loses
 * its power, or the program is killed. */
#include "check_main.h"
#include "tally_disk.h"
#include "tally_rig.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;

static void set_up(void)
{
    disk_set_up();
    rig = rig_new();
    rig_open_with(&rig, DISK_VFS);
}

static void tear_down(void)
{
    disk_set_fault(DISK_SOUND, 0, FALSE);
    rig_remove(&rig);
    disk_tear_down();
}

static void reopen(void)
{
    rig.tally = tally_free(rig.tally);
    rig_open_with(&rig, DISK_VFS);
}

/* The n-th row of a test, which tells its number by `calibration`. */
static struct tally_row numbered(guint n)
{
    struct tally_row row = row_at(MONDAY_MS + n * 5 * MINUTE_MS);

    row.calibration = n;
    row.count = 1 + n % 999;
    return row;
}

static gint64 add(guint n)
{
    struct tally_row row = numbered(n);

    return tally_add(rig.tally, &row);
}

/* Rows 1 to n, each there once, none void. */
static void check_rows(struct tally *tally, guint n)
{
    GArray *rows = all_rows(tally);

    ck_assert_uint_eq(rows->len, n);
    for (guint i = 0; i < n; i++) {
        const struct tally_row *row = &g_array_index(rows, struct tally_row, i);
        struct tally_row expected = numbered(row->calibration);

        ck_assert_uint_eq(row->calibration, i + 1);
        ck_assert_uint_eq(row->count, expected.count);
        ck_assert_int_eq(row->time_ms, expected.time_ms);
        ck_assert(!row->voided);
    }
    g_array_unref(rows);
}

/* ---- A full disk ---- */

/* Notes alone were not taken, and no row waits. */
START_TEST(trouble_ends_with_its_cause)
{
    tally_settle(rig.tally, TRUE, 0);
    disk_set_fault(DISK_FULL, 0, FALSE);
    tally_note_visits(rig.tally, MONDAY_MS, 3, 1);
    ck_assert_ptr_nonnull(tally_health(rig.tally).problem);
    disk_set_fault(DISK_SOUND, 0, FALSE);
    tally_note_alive(rig.tally, MONDAY_MS, TRUE);
    ck_assert_ptr_null(tally_health(rig.tally).problem);
    disk_set_fault(DISK_FULL, 0, FALSE);
    tally_note_alive(rig.tally, MONDAY_MS + 10 * MINUTE_MS, TRUE);
    ck_assert_ptr_nonnull(tally_health(rig.tally).problem);
    tally_settle(rig.tally, TRUE, 0); /* the disk is as full as it was */
    ck_assert_ptr_nonnull(tally_health(rig.tally).problem);
    disk_set_fault(DISK_SOUND, 0, FALSE);
    tally_settle(rig.tally, TRUE, 0);
    ck_assert_ptr_null(tally_health(rig.tally).problem);
}
END_TEST

START_TEST(rows_wait_while_the_disk_is_full)
{
    struct tally *reader;
    gint64 id;
    struct tally_row row;

    add(1);
    disk_set_fault(DISK_FULL, 0, FALSE);
    add(2);
    ck_assert(!tally_health(rig.tally).on_disk);
    ck_assert_uint_eq(tally_health(rig.tally).waiting, 1);
    ck_assert_ptr_nonnull(strstr(tally_health(rig.tally).problem, "the disk is full"));
    id = add(3);
    row = numbered(3);
    id = tally_replace(rig.tally, id, &row, NULL);
    ck_assert(tally_void(rig.tally, id, NULL));
    ck_assert(tally_void(rig.tally, 1, NULL)); /* which is on the disk */
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, numbered(2).count);
    reader = rig_reader(&rig);
    ck_assert_uint_eq(sum(reader, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, numbered(1).count);
    disk_set_fault(DISK_SOUND, 0, FALSE);
    tally_settle(rig.tally, TRUE, 0);
    ck_assert(tally_health(rig.tally).on_disk);
    ck_assert_ptr_null(tally_health(rig.tally).problem);
    ck_assert_uint_eq(sum(reader, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total, numbered(2).count);
    tally_free(reader);
}
END_TEST

START_TEST(what_memory_cannot_hold_is_counted)
{
    GError *error = NULL;

    add(1);
    disk_set_fault(DISK_FULL, 0, FALSE);
    for (guint i = 0; i < 10000; i++)
        ck_assert_int_ne(add(2), 0);
    ck_assert_int_eq(add(2), 0);
    ck_assert(!tally_void(rig.tally, 1, &error));
    ck_assert(g_error_matches(error, TALLY_ERROR, TALLY_ERROR_IO));
    g_clear_error(&error);
    ck_assert_uint_eq(tally_health(rig.tally).waiting, 10000);
    ck_assert_uint_eq(tally_health(rig.tally).lost, 2);
    disk_set_fault(DISK_SOUND, 0, FALSE);
    tally_settle(rig.tally, TRUE, 0);
    ck_assert_uint_eq(tally_health(rig.tally).waiting, 0);
    ck_assert_uint_eq(sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS).staff.total,
                      numbered(1).count + 10000 * numbered(2).count);
}
END_TEST

START_TEST(condensing_on_a_full_disk_is_done_later)
{
    struct both before, after;
    GError *error = NULL;

    for (guint n = 1; n <= 50; n++)
        add(n);
    before = sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
    for (gint64 sound = 0; sound < 40; sound++) {
        disk_set_fault(DISK_FULL, sound, FALSE);
        if (!tally_condense(rig.tally, MONDAY_MS + 40 * DAY_MS, &error))
            ck_assert_ptr_nonnull(strstr(error->message, "the disk is full"));
        else
            ck_assert_int_gt(sound, 0);
        g_clear_error(&error);
        disk_set_fault(DISK_SOUND, 0, FALSE);
        after = sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
        ck_assert_mem_eq(&before, &after, sizeof(before));
    }
    ck_assert(tally_condense(rig.tally, MONDAY_MS + 40 * DAY_MS, NULL));
    reopen();
    after = sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
    ck_assert_mem_eq(&before, &after, sizeof(before));
    ck_assert_int_gt(tally_condensed_until(rig.tally), MONDAY_MS + 5 * HOUR_MS);
}
END_TEST

/* ---- A disk that fails ---- */

/* One operation fails, be it which it may; the rows are there once in the end. */
static void check_single_faults(enum disk_fault fault)
{
    guint hit = 0, next = 1;

    for (gint64 sound = 0; sound < 30; sound++) {
        gboolean is_hit = FALSE;

        disk_set_fault(fault, sound, TRUE);
        for (guint i = 0; i < 8; i++) {
            ck_assert_int_ne(add(next++), 0);
            is_hit |= !tally_health(rig.tally).on_disk;
        }
        hit += is_hit ? 1 : 0;
        disk_set_fault(DISK_SOUND, 0, FALSE);
        tally_settle(rig.tally, TRUE, 0);
        ck_assert(tally_health(rig.tally).on_disk);
        check_rows(rig.tally, next - 1);
        if (sound % 5 == 0)
            reopen();
    }
    ck_assert_uint_gt(hit, 3); /* it did fail */
    reopen();
    check_rows(rig.tally, next - 1);
}

START_TEST(a_write_that_fails_loses_nothing)
{
    check_single_faults(DISK_WRITE_FAILS);
}
END_TEST

START_TEST(a_sync_that_fails_loses_nothing)
{
    check_single_faults(DISK_SYNC_FAILS);
}
END_TEST

START_TEST(a_full_disk_for_a_moment_loses_nothing)
{
    check_single_faults(DISK_FULL);
}
END_TEST

/* ---- Power ---- */

static void cut_power(GRand *chance)
{
    disk_set_fault(DISK_DEAD, 0, FALSE);
    rig.tally = tally_free(rig.tally);
    disk_power_up(chance);
    rig_open_with(&rig, DISK_VFS); /* which checks every page */
}

START_TEST(a_row_is_on_disk_when_its_id_is_told)
{
    GRand *chance = g_rand_new_with_seed(5);
    struct tally_row row = numbered(2);
    gint64 id;

    for (guint n = 1; n <= 60; n++) {
        guint64 syncs = disk.syncs;

        id = add(n);
        ck_assert_uint_gt(disk.syncs, syncs);
        cut_power(chance);
        check_rows(rig.tally, n);
    }
    ck_assert(tally_void(rig.tally, 1, NULL));
    cut_power(chance);
    ck_assert(!tally_void(rig.tally, 1, NULL)); /* it is so already */
    id = tally_replace(rig.tally, 2, &row, NULL);
    cut_power(chance);
    ck_assert(!tally_void(rig.tally, 2, NULL));
    ck_assert(tally_void(rig.tally, id, NULL));
    g_rand_free(chance);
}
END_TEST

/* What the guard was told before the power went. */
struct told {
    guint rows;       /* written, from the first */
    guint voided;     /* of them, from the first, each made void */
    gboolean is_kept; /* all of it was told to be on disk */
};

/* Works until the disk is dead. */
static struct told work(guint rows)
{
    struct told told = {.is_kept = TRUE};

    for (guint n = 1; n <= rows && disk.fault == DISK_DEAD; n++) {
        add(n);
        if (!tally_health(rig.tally).on_disk)
            break;
        told.rows = n;
        if (n % 5 == 0 && tally_void(rig.tally, told.voided + 1, NULL)) {
            if (!tally_health(rig.tally).on_disk)
                break;
            told.voided++;
        }
        if (n % 9 == 0)
            tally_note_alive(rig.tally, MONDAY_MS + n * MINUTE_MS, TRUE);
    }
    return told;
}

/* A row more, or a void more, may have come to the disk without its being told. */
static void check_told(const struct told *told)
{
    GArray *rows = all_rows(rig.tally);
    guint voided = 0;

    ck_assert_uint_ge(rows->len, told->rows);
    ck_assert_uint_le(rows->len, told->rows + 1);
    for (guint i = 0; i < rows->len; i++) {
        const struct tally_row *row = &g_array_index(rows, struct tally_row, i);

        ck_assert_uint_eq(row->calibration, i + 1);
        ck_assert_uint_eq(row->count, numbered(i + 1).count);
        ck_assert(!row->voided || row->id <= told->voided + 1);
        voided += row->voided ? 1 : 0;
    }
    ck_assert_uint_ge(voided, told->voided);
    g_array_unref(rows);
}

static guint repeats(guint otherwise)
{
    return g_getenv("BEACON_TEST_CAMPAIGN") != NULL ? otherwise * 20 : otherwise;
}

START_TEST(power_may_go_at_any_moment)
{
    GRand *chance = g_rand_new_with_seed(1);
    guint cut = 0;

    for (guint i = 0; i < repeats(150); i++) {
        struct told told;

        disk_set_fault(DISK_DEAD, g_rand_int_range(chance, 0, 400), FALSE);
        told = work(100);
        cut += told.rows < 100;
        cut_power(chance);
        check_told(&told);
        rig_remove(&rig);
        g_hash_table_remove_all(disk.files);
        rig = rig_new();
        rig_open_with(&rig, DISK_VFS);
    }
    ck_assert_uint_gt(cut, 20);
    g_rand_free(chance);
}
END_TEST

START_TEST(power_may_go_while_rows_become_hours)
{
    GRand *chance = g_rand_new_with_seed(2);
    struct both before, after;
    guint failed = 0;

    for (guint n = 1; n <= 200; n++)
        add(n);
    before = sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
    for (guint i = 0; i < repeats(40); i++) {
        struct tally_row row = numbered(1);

        row.verdict = VERDICT_NOT_HEARD;
        disk_set_fault(DISK_DEAD, g_rand_int_range(chance, 0, 60), FALSE);
        failed += !tally_condense(rig.tally, MONDAY_MS + 40 * DAY_MS, NULL);
        cut_power(chance);
        after = sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
        ck_assert_mem_eq(&before, &after, sizeof(before));
        tally_add(rig.tally, &row); /* so that there is something to condense again */
        before = sum(rig.tally, MONDAY_MS, MONDAY_MS + DAY_MS);
    }
    ck_assert_uint_gt(failed, 5);
    g_rand_free(chance);
}
END_TEST

START_TEST(power_may_go_while_the_tally_is_made)
{
    GRand *chance = g_rand_new_with_seed(3);

    for (gint64 sound = 0; sound < 60; sound++) {
        struct tally_options options = {
            .size = sizeof(options), .vfs = DISK_VFS, .timezone = VIETNAM};

        rig_remove(&rig);
        g_hash_table_remove_all(disk.files);
        rig = rig_new();
        disk_set_fault(DISK_DEAD, sound, FALSE);
        rig.tally = tally_free(tally_open(rig.path, &options, NULL));
        disk_power_up(chance);
        rig_open_with(&rig, DISK_VFS);
        add(1);
        check_rows(rig.tally, 1);
    }
    g_rand_free(chance);
}
END_TEST

/* ---- Killed ---- */

/* Adds rows without end and says each one's number once tally_add has returned. */
static void add_and_tell(int pipe_end, guint first)
{
    struct tally_options options = {.size = sizeof(options), .timezone = VIETNAM};
    struct tally *tally = tally_open(rig.path, &options, NULL);

    if (tally == NULL)
        _exit(1);
    tally_settle(tally, TRUE, 0);
    for (guint n = first;; n++) {
        struct tally_row row = numbered(n);

        if (tally_add(tally, &row) == 0 || write(pipe_end, &n, sizeof(n)) != sizeof(n))
            _exit(2);
    }
}

/* The last number told by a child that is killed after some. */
static guint kill_one(guint first, guint after)
{
    guint last = first - 1, n;
    int ends[2], status;
    pid_t child;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        add_and_tell(ends[1], first);
    }
    close(ends[1]);
    while (read(ends[0], &n, sizeof(n)) == sizeof(n)) {
        last = n;
        if (n - first + 1 == after)
            kill(child, SIGKILL);
    }
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status), "the child ended by itself: %d", status);
    return last;
}

START_TEST(killed_at_any_moment_it_loses_nothing)
{
    GRand *chance = g_rand_new_with_seed(4);
    guint next = 1;

    rig.tally = tally_free(rig.tally);
    for (guint i = 0; i < repeats(100) && next < 9000; i++) {
        guint last = kill_one(next, (guint)g_rand_int_range(chance, 1, 8));
        struct tally *reader;
        GArray *rows;

        ck_assert_uint_ge(last, next);
        reader = rig_reader(&rig);
        rows = all_rows(reader);
        /* The one under way may be there already. */
        ck_assert_uint_ge(rows->len, last);
        ck_assert_uint_le(rows->len, last + 1);
        check_rows(reader, rows->len);
        next = rows->len + 1;
        g_array_unref(rows);
        tally_free(reader);
    }
    rig_open_with(&rig, DISK_VFS);
    check_rows(rig.tally, next - 1);
    g_rand_free(chance);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_tally_faults");
    TCase *faults = tcase_create("faults");

    tcase_set_timeout(faults, 600);
    tcase_add_checked_fixture(faults, set_up, tear_down);
    tcase_add_test(faults, trouble_ends_with_its_cause);
    tcase_add_test(faults, rows_wait_while_the_disk_is_full);
    tcase_add_test(faults, what_memory_cannot_hold_is_counted);
    tcase_add_test(faults, condensing_on_a_full_disk_is_done_later);
    tcase_add_test(faults, a_write_that_fails_loses_nothing);
    tcase_add_test(faults, a_sync_that_fails_loses_nothing);
    tcase_add_test(faults, a_full_disk_for_a_moment_loses_nothing);
    tcase_add_test(faults, a_row_is_on_disk_when_its_id_is_told);
    tcase_add_test(faults, power_may_go_at_any_moment);
    tcase_add_test(faults, power_may_go_while_rows_become_hours);
    tcase_add_test(faults, power_may_go_while_the_tally_is_made);
    tcase_add_test(faults, killed_at_any_moment_it_loses_nothing);
    suite_add_tcase(suite, faults);
    return check_main(suite);
}
