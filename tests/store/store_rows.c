/* SPDX-License-Identifier: MIT */
/* Rows of every kind come back as they were given: order, own identifiers, encounters, sightings
 * without a date. */
#include "store/made.h"

#include "check_main.h"

#include <beacon/exchange.h>
#include <beacon/identity.h>
#include <beacon/match.h>

static char *folder, *path;

static void set_up(void)
{
    folder = made_folder();
    path = g_build_filename(folder, "log", NULL);
}

static void tear_down(void)
{
    g_free(path);
    made_folder_free(folder);
}

START_TEST(rows_come_back_after_closing)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);

    made_add(store, 0, 1000);
    made_expect(store, 0, 1000);
    made_close(store);
    store = made_open(path, BEACON_STORE_READ);
    made_expect(store, 0, 1000);
    made_close(store);
}
END_TEST

static void abandon(beacon_store *store)
{
    GError *error = NULL;

    must(beacon_store_abandon(store, &error), error);
}

START_TEST(a_store_that_was_made_in_vain_goes_again)
{
    struct beacon_store_row row = made_row(0);
    GError *error = NULL;
    beacon_store *store;

    abandon(NULL);
    abandon(made_open(path, BEACON_STORE_CREATE));
    ck_assert_uint_eq(made_files(folder), 0);
    store = made_open(path, BEACON_STORE_CREATE);
    must(beacon_store_add(store, &row, &error), error); /* queued, not durable yet */
    abandon(store);
    store = made_open(path, BEACON_STORE_READ);
    made_expect(store, 0, 1);
    abandon(store);
    abandon(made_open(path, BEACON_STORE_CREATE));
    store = made_open(path, BEACON_STORE_READ);
    made_expect(store, 0, 1);
    made_close(store);
}
END_TEST

START_TEST(an_empty_store_that_was_there_stays)
{
    made_close(made_open(path, BEACON_STORE_CREATE));
    abandon(made_open(path, BEACON_STORE_CREATE));
    made_close(made_open(path, BEACON_STORE_READ));
}
END_TEST

START_TEST(a_key_that_was_there_stays)
{
    char *key = g_build_filename(folder, "key", NULL);
    const struct beacon_store_options with = {.key_source = BEACON_STORE_KEY_FILE, .key = key};
    GError *error = NULL;

    must(beacon_store_key_create(key, &error), error);
    abandon(made_open_with(path, BEACON_STORE_CREATE, with));
    ck_assert_uint_eq(made_files(folder), 1);
    ck_assert_int_eq(g_unlink(key), 0);
    abandon(made_open_with(path, BEACON_STORE_CREATE, with));
    ck_assert_uint_eq(made_files(folder), 0);
    g_free(key);
}
END_TEST

START_TEST(rows_added_in_any_order_come_in_order_of_time)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);

    /* Three days, the last first, in commits of their own. */
    for (guint64 i = 30; i-- > 0;)
        made_add(store, i * 8640, i * 8640 + 3);
    for (guint64 i = 0; i < 30; i++)
        made_add(store, i * 8640 + 3, i * 8640 + 5);
    {
        GArray *rows = made_read(store);

        ck_assert_uint_eq(rows->len, 150);
        for (guint i = 0; i < rows->len; i++)
            ck_assert(made_is_row(&g_array_index(rows, struct beacon_store_row, i),
                                  i / 5 * 8640 + i % 5));
        g_array_unref(rows);
    }
    made_close(store);
}
END_TEST

START_TEST(rows_of_one_instant_keep_the_order_in_which_they_were_added)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    GArray *rows;

    for (guint i = 0; i < 500; i++) {
        struct beacon_store_row row = made_row(i);
        GError *error = NULL;

        row.sighting.time_ms = MADE_START_MS + (i % 2) * 5;
        must(beacon_store_add(store, &row, &error), error);
    }
    made_flush(store);
    rows = made_read(store);
    ck_assert_uint_eq(rows->len, 500);
    for (guint i = 0; i < 500; i++) {
        const struct beacon_store_row expected = made_row(i < 250 ? 2 * i : 2 * (i - 250) + 1);

        ck_assert_mem_eq(&g_array_index(rows, struct beacon_store_row, i).own, &expected.own,
                         sizeof(expected.own));
    }
    g_array_unref(rows);
    made_close(store);
}
END_TEST

START_TEST(a_span_ends_before_its_end)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    GError *error = NULL;
    GArray *log;

    made_add(store, 0, 200000);
    log = beacon_store_load(store, MADE_START_MS + 80000 * 1000, MADE_START_MS + 90000 * 1000,
                            &error);
    must(log != NULL, error);
    ck_assert_uint_eq(log->len, 10000); /* over midnight */
    for (guint i = 0; i < log->len; i++) {
        const struct beacon_store_row row = made_row(80000 + i);

        ck_assert_mem_eq(&g_array_index(log, struct beacon_sighting, i), &row.sighting,
                         sizeof(row.sighting));
    }
    g_array_unref(log);
    log = beacon_store_load(store, 5, 5, &error);
    must(log != NULL, error);
    ck_assert_uint_eq(log->len, 0);
    g_array_unref(log);
    made_close(store);
}
END_TEST

static int count_match(const struct beacon_match *match, void *user)
{
    (void)match;
    (*(guint *)user)++;
    return 0;
}

START_TEST(what_is_loaded_is_what_the_engine_takes)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    const struct beacon_published_key key = {.daily_key = {{7}},
                                             .slots_per_day = BEACON_SLOTS_PER_DAY,
                                             .start_ms = MADE_START_MS,
                                             .end_ms = MADE_START_MS + BEACON_DAY_MS - 1000};
    struct beacon_identifier identifiers[BEACON_SLOTS_PER_DAY];
    struct beacon_store_row row = made_row(50);
    struct beacon_match_listener listener = {.size = sizeof(listener), .on_match = count_match};
    beacon_matcher *matcher;
    GError *error = NULL;
    guint matches = 0;
    GArray *log;

    ck_assert_int_eq(beacon_identifiers_of_day(&key.daily_key, BEACON_SLOTS_PER_DAY, identifiers),
                     0);
    made_add(store, 0, 3000);
    row.sighting.identifier = identifiers[0];
    must(beacon_store_add(store, &row, &error), error);
    made_flush(store);
    log = beacon_store_load(store, G_MININT64, G_MAXINT64, &error);
    must(log != NULL, error);
    ck_assert_int_eq(
        beacon_matcher_new((struct beacon_sighting *)(void *)log->data, log->len, NULL, &matcher),
        0);
    listener.user = &matches;
    ck_assert_int_eq(beacon_matcher_run(matcher, &key, 1, &listener, NULL), 0);
    ck_assert_uint_eq(matches, 1);
    beacon_matcher_free(matcher);
    g_array_unref(log);
    made_close(store);
}
END_TEST

static gboolean collect_trace(const struct beacon_trace_row *row, uint64_t line, gpointer user)
{
    const struct beacon_store_row kept = {row->own, row->sighting};

    (void)line;
    g_array_append_val((GArray *)user, kept);
    return TRUE;
}

static gboolean export_row(const struct beacon_store_row *row, gpointer user)
{
    const struct beacon_trace_row written = {row->own, row->sighting};
    GError *error = NULL;

    must(beacon_trace_write(user, "out", &written, BEACON_TRACE_MILLISECONDS, &error), error);
    return TRUE;
}

/* Imports the trace; how many rows were new. */
static gsize import(beacon_store *store, const char *text, gsize size)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_row));
    FILE *stream = fmemopen((void *)(guintptr)text, size, "r");
    GError *error = NULL;
    gsize added;

    must(beacon_trace_read(stream, "in", collect_trace, NULL, rows, NULL, &error), error);
    fclose(stream);
    must(beacon_store_import(store, (struct beacon_store_row *)(void *)rows->data, rows->len,
                             &added, &error),
         error);
    g_array_unref(rows);
    return added;
}

static void expect_export(beacon_store *store, const char *text, gsize size)
{
    char *written;
    gsize length;
    FILE *stream = open_memstream(&written, &length);
    GError *error = NULL;

    must(beacon_store_read(store, G_MININT64, G_MAXINT64, export_row, stream, &error), error);
    fclose(stream);
    ck_assert_uint_eq(length, size);
    ck_assert_mem_eq(written, text, size);
    free(written);
}

START_TEST(a_phones_trace_is_exported_as_it_was_imported)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    char *text;
    gsize size;

    ck_assert(g_file_get_contents(BEACON_TEST_DATA "/phone-c.trace.txt", &text, &size, NULL));
    ck_assert_uint_eq(import(store, text, size), 101);
    expect_export(store, text, size);
    ck_assert_uint_eq(import(store, text, size), 0); /* a second time nothing is new */
    expect_export(store, text, size);
    made_close(store);
    g_free(text);
}
END_TEST

START_TEST(rows_that_are_equal_are_imported_as_often_as_they_occur)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    const struct beacon_store_row twice[] = {made_row(1), made_row(1), made_row(2)},
                                  thrice[] = {made_row(1), made_row(1), made_row(1),
                                              made_row(90000)};
    GError *error = NULL;
    gsize added;
    GArray *rows;

    must(beacon_store_import(store, twice, 3, &added, &error), error);
    ck_assert_uint_eq(added, 3);
    must(beacon_store_import(store, thrice, 4, &added, &error), error);
    ck_assert_uint_eq(added, 2);
    rows = made_read(store);
    ck_assert_uint_eq(rows->len, 5);
    g_array_unref(rows);
    made_close(store);
}
END_TEST

static struct beacon_store_encounter made_encounter(guint number)
{
    struct beacon_store_encounter encounter = {
        .platform = (guint8)(number % 3),
        .encounter = {.start_ms = MADE_START_MS + (gint64)number * 60000,
                      .end_ms = MADE_START_MS + (gint64)number * 60000 + 900000,
                      .duration_ms = 900000 + number,
                      .near_ms = number,
                      .sightings = 30 + number,
                      .rssi_count = 29 + number,
                      .rssi_sum_dbm = -1800 - (gint64)number,
                      .rssi_max_dbm = (gint8)(-40 - (int)(number % 50)),
                      .close = number % 2 == 1}};

    memset(encounter.identifier.bytes, (int)(number % 251), BEACON_IDENTIFIER_SIZE);
    return encounter;
}

static gboolean expect_encounter(const struct beacon_store_encounter *encounter, gpointer user)
{
    guint *number = user;
    const struct beacon_store_encounter made = made_encounter(*number);

    ck_assert_mem_eq(&encounter->identifier, &made.identifier, sizeof(made.identifier));
    ck_assert_uint_eq(encounter->platform, made.platform);
    ck_assert_int_eq(encounter->encounter.start_ms, made.encounter.start_ms);
    ck_assert_int_eq(encounter->encounter.end_ms, made.encounter.end_ms);
    ck_assert_int_eq(encounter->encounter.duration_ms, made.encounter.duration_ms);
    ck_assert_int_eq(encounter->encounter.near_ms, made.encounter.near_ms);
    ck_assert_uint_eq(encounter->encounter.sightings, made.encounter.sightings);
    ck_assert_uint_eq(encounter->encounter.rssi_count, made.encounter.rssi_count);
    ck_assert_int_eq(encounter->encounter.rssi_sum_dbm, made.encounter.rssi_sum_dbm);
    ck_assert_int_eq(encounter->encounter.rssi_max_dbm, made.encounter.rssi_max_dbm);
    ck_assert(encounter->encounter.close == made.encounter.close);
    (*number)++;
    return TRUE;
}

START_TEST(encounters_come_back_in_order_of_their_end)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    guint number = 0;
    GError *error = NULL;

    for (guint i = 2000; i-- > 0;) { /* a day and a half, backwards */
        const struct beacon_store_encounter encounter = made_encounter(i);

        must(beacon_store_add_encounter(store, &encounter, &error), error);
    }
    made_flush(store);
    must(beacon_store_read_encounters(store, G_MININT64, G_MAXINT64, expect_encounter, &number,
                                      &error),
         error);
    ck_assert_uint_eq(number, 2000);
    made_close(store);
}
END_TEST

START_TEST(what_no_sighting_has_is_refused)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    struct beacon_store_encounter encounter = made_encounter(0);
    const gint64 wrong[] = {G_MININT64,         -1,        0, BEACON_TIME_MIN_MS - 1,
                            BEACON_TIME_END_MS, G_MAXINT64},
                 right[] = {BEACON_TIME_MIN_MS, INT64_C(2147483648000), BEACON_TIME_END_MS - 1};
    struct beacon_store_row row = made_row(0);
    const struct beacon_store_boot boot = {{1}};
    GArray *rows;
    GError *error = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        gboolean is_good;

        row.sighting.time_ms = wrong[i];
        is_good = beacon_store_add(store, &row, &error);
        must_fail(is_good, error, BEACON_STORE_ERROR_INVALID);
        is_good = beacon_store_add_all(store, &row, 1, NULL, &error);
        must_fail(is_good, error, BEACON_STORE_ERROR_INVALID);
    }
    row.sighting.time_ms = -1;
    must_fail(beacon_store_add_undated(store, &boot, &row, &error), error,
              BEACON_STORE_ERROR_INVALID);
    encounter.encounter.end_ms = encounter.encounter.start_ms - 1;
    must_fail(beacon_store_add_encounter(store, &encounter, &error), error,
              BEACON_STORE_ERROR_INVALID);
    for (guint i = 0; i < G_N_ELEMENTS(right); i++) {
        row.sighting.time_ms = right[i];
        must(beacon_store_add(store, &row, &error), error);
    }
    made_flush(store);
    rows = made_read(store);
    ck_assert_uint_eq(rows->len, G_N_ELEMENTS(right));
    for (guint i = 0; i < G_N_ELEMENTS(right); i++)
        ck_assert_int_eq(g_array_index(rows, struct beacon_store_row, i).sighting.time_ms,
                         right[i]);
    g_array_unref(rows);
    made_close(store);
}
END_TEST

static const struct beacon_store_boot first_boot = {{1, 2, 3}}, second_boot = {{1, 2, 4}};

/* Rows from … to of a boot, at their number's second since then. */
static void add_undated(beacon_store *store, const struct beacon_store_boot *boot, guint64 from,
                        guint64 to)
{
    for (guint64 i = from; i < to; i++) {
        struct beacon_store_row row = made_row(i);
        GError *error = NULL;

        row.sighting.time_ms = (gint64)i * 1000;
        must(beacon_store_add_undated(store, boot, &row, &error), error);
    }
}

struct boots {
    guint first, second;
};

static gboolean count_boot(const struct beacon_store_boot *boot, const struct beacon_store_row *row,
                           gpointer user)
{
    struct boots *boots = user;

    ck_assert_int_lt(row->sighting.time_ms, BEACON_DAY_MS);
    boots->first += memcmp(boot, &first_boot, sizeof(*boot)) == 0;
    boots->second += memcmp(boot, &second_boot, sizeof(*boot)) == 0;
    return TRUE;
}

static struct boots undated(beacon_store *store)
{
    struct boots boots = {0};
    GError *error = NULL;

    must(beacon_store_read_undated(store, count_boot, &boots, &error), error);
    return boots;
}

START_TEST(sightings_of_a_boot_are_dated_when_the_clock_arrives)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    struct beacon_store_info info;
    GError *error = NULL;
    guint64 rows;

    add_undated(store, &first_boot, 0, 150);
    add_undated(store, &second_boot, 500, 530);
    made_flush(store);
    add_undated(store, &first_boot, 150, 200); /* queued still */
    must(beacon_store_info(store, &info, &error), error);
    ck_assert_uint_eq(info.sightings, 0);
    made_expect(store, 0, 0); /* none is read as if it had a date */
    must(beacon_store_date_boot(store, &first_boot, MADE_START_MS, &rows, &error), error);
    ck_assert_uint_eq(rows, 200);
    made_expect(store, 0, 200);
    ck_assert_uint_eq(undated(store).first, 0);
    ck_assert_uint_eq(undated(store).second, 30);
    must(beacon_store_date_boot(store, &first_boot, MADE_START_MS, &rows, &error), error);
    ck_assert_uint_eq(rows, 0); /* once */
    made_close(store);
    store = made_open(path, BEACON_STORE_WRITE);
    ck_assert_uint_eq(undated(store).second, 30);
    must(beacon_store_date_boot(store, &second_boot, MADE_START_MS, &rows, &error), error);
    ck_assert_uint_eq(rows, 30);
    ck_assert_uint_eq(undated(store).second, 0);
    made_close(store);
}
END_TEST

START_TEST(a_date_that_cannot_be_changes_nothing)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    const gint64 wrong[] = {0, -MADE_START_MS, G_MAXINT64, G_MININT64, BEACON_TIME_END_MS - 5000};
    guint64 rows = 77;

    add_undated(store, &first_boot, 0, 100);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GError *error = NULL;
        gboolean is_good = beacon_store_date_boot(store, &first_boot, wrong[i], &rows, &error);

        must_fail(is_good, error, BEACON_STORE_ERROR_INVALID);
    }
    ck_assert_uint_eq(rows, 77);
    ck_assert_uint_eq(undated(store).first, 100);
    made_expect(store, 0, 0);
    made_close(store);
}
END_TEST

START_TEST(the_clock_may_jump_either_way)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    const gint64 jumps_ms[] = {0, BEACON_DAY_MS, -BEACON_DAY_MS,
                               INT64_C(2147483647000) - MADE_START_MS, 5};
    GError *error = NULL;
    GArray *rows, *days;

    for (guint i = 0; i < G_N_ELEMENTS(jumps_ms); i++) {
        struct beacon_store_row row = made_row(i);

        row.sighting.time_ms = MADE_START_MS + jumps_ms[i];
        must(beacon_store_add(store, &row, &error), error);
        made_flush(store);
    }
    rows = made_read(store);
    ck_assert_uint_eq(rows->len, G_N_ELEMENTS(jumps_ms));
    for (guint i = 1; i < rows->len; i++)
        ck_assert_int_ge(g_array_index(rows, struct beacon_store_row, i).sighting.time_ms,
                         g_array_index(rows, struct beacon_store_row, i - 1).sighting.time_ms);
    g_array_unref(rows);
    days = beacon_store_days(store, &error);
    must(days != NULL, error);
    ck_assert_uint_eq(days->len, 4);
    ck_assert_int_eq(g_array_index(days, struct beacon_store_day, 1).day, MADE_DAY);
    ck_assert_uint_eq(g_array_index(days, struct beacon_store_day, 1).sightings, 2);
    g_array_unref(days);
    made_close(store);
}
END_TEST

START_TEST(what_is_there_is_told)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    const struct beacon_store_encounter encounter = made_encounter(3);
    struct beacon_store_info info;
    struct beacon_store_report report;
    GError *error = NULL;

    must(beacon_store_info(store, &info, &error), error);
    ck_assert_uint_eq(info.sightings, 0);
    ck_assert_int_eq(info.oldest_ms, 0);
    made_add(store, 100, 90000);
    add_undated(store, &first_boot, 0, 77);
    must(beacon_store_add_encounter(store, &encounter, &error), error);
    made_flush(store);
    must(beacon_store_info(store, &info, &error), error);
    ck_assert_uint_eq(info.version, 2);
    ck_assert_uint_eq(info.sightings, 89900);
    ck_assert_uint_eq(info.encounters, 1);
    ck_assert_uint_eq(info.undated, 77);
    ck_assert_int_eq(info.oldest_ms, MADE_START_MS + 100 * 1000);
    ck_assert_int_eq(info.newest_ms, MADE_START_MS + 89999 * 1000);
    ck_assert_uint_eq(info.retention_days, 14);
    ck_assert(!info.purge_is_due);
    ck_assert_uint_gt(info.bytes, 89900 * 36);
    must(beacon_store_check(store, &report, &error), error);
    ck_assert(report.database_is_whole);
    ck_assert_uint_eq(report.damaged_chunks, 0);
    ck_assert_uint_eq(report.chunks, info.chunks);
    ck_assert_uint_eq(report.sightings, 89900);
    ck_assert_uint_eq(report.encounters, 1);
    ck_assert_uint_eq(report.undated, 77);
    made_close(store);
}
END_TEST

static gboolean stop_at_once(const struct beacon_store_row *row, gpointer user)
{
    (void)row;
    (*(guint *)user)++;
    return FALSE;
}

START_TEST(a_reader_can_be_stopped)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    GError *error = NULL;
    guint told = 0;

    made_add(store, 0, 300);
    must_fail(beacon_store_read(store, G_MININT64, G_MAXINT64, stop_at_once, &told, &error), error,
              BEACON_STORE_ERROR_CANCELED);
    ck_assert_uint_eq(told, 1);
    made_close(store);
}
END_TEST

START_TEST(the_boot_of_this_machine_is_known)
{
    struct beacon_store_boot first = {{0}}, second = {{0}};
    static const struct beacon_store_boot none;
    GError *error = NULL;

    must(beacon_store_boot_current(&first, &error), error);
    must(beacon_store_boot_current(&second, &error), error);
    ck_assert_mem_eq(&first, &second, sizeof(first));
    ck_assert_mem_ne(&first, &none, sizeof(first));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rows of a store");
    TCase *rows = tcase_create("rows");

    tcase_add_checked_fixture(rows, set_up, tear_down);
    tcase_set_timeout(rows, 0);
    tcase_add_test(rows, rows_come_back_after_closing);
    tcase_add_test(rows, a_store_that_was_made_in_vain_goes_again);
    tcase_add_test(rows, an_empty_store_that_was_there_stays);
    tcase_add_test(rows, a_key_that_was_there_stays);
    tcase_add_test(rows, rows_added_in_any_order_come_in_order_of_time);
    tcase_add_test(rows, rows_of_one_instant_keep_the_order_in_which_they_were_added);
    tcase_add_test(rows, a_span_ends_before_its_end);
    tcase_add_test(rows, what_is_loaded_is_what_the_engine_takes);
    tcase_add_test(rows, a_phones_trace_is_exported_as_it_was_imported);
    tcase_add_test(rows, rows_that_are_equal_are_imported_as_often_as_they_occur);
    tcase_add_test(rows, encounters_come_back_in_order_of_their_end);
    tcase_add_test(rows, what_no_sighting_has_is_refused);
    tcase_add_test(rows, sightings_of_a_boot_are_dated_when_the_clock_arrives);
    tcase_add_test(rows, a_date_that_cannot_be_changes_nothing);
    tcase_add_test(rows, the_clock_may_jump_either_way);
    tcase_add_test(rows, what_is_there_is_told);
    tcase_add_test(rows, a_reader_can_be_stopped);
    tcase_add_test(rows, the_boot_of_this_machine_is_known);
    suite_add_tcase(suite, rows);
    return check_main(suite);
}
