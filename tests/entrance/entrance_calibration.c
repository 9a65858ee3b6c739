/* SPDX-License-Identifier: MIT */
/* The guided calibration by levels that are known, its gates, and its file. */
#include "calibration.h"

#include "check_main.h"

#include <beacon/advert.h>
#include <check.h>
#include <glib/gstdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

static struct calibrator *calibrator;
static struct calibration made;
static gint64 now_us;
static const struct beacon_address reference = {{0xC0, 1, 2, 3, 4, 5}, BEACON_ADDRESS_RANDOM};

static void set_up(void)
{
    calibrator = calibrator_new(NULL, NULL);
    now_us = 7 * SECOND_US;
}

static void tear_down(void)
{
    calibrator = calibrator_free(calibrator);
}

static void packet(enum beacon_advert_kind kind, guint8 name, int dbm)
{
    struct beacon_advert advert = {4, {3, 0xFF, 0xFF, 0xFF}};
    struct beacon_identifier identifier = {{name}};
    struct beacon_address address = {{0x40, 0, 0, 0, 0, name}, BEACON_ADDRESS_RANDOM};
    if (kind == BEACON_ADVERT_ANDROID)
        beacon_advert_android(&identifier, &advert);
    if (kind == BEACON_ADVERT_IPHONE_OPEN)
        beacon_advert_iphone_open(&advert);
    if (kind == BEACON_ADVERT_OTHER)
        address = reference;
    const struct beacon_radio_packet heard = {.monotonic_us = now_us,
                                              .address = address,
                                              .rssi_dbm = (gint8)dbm,
                                              .data = advert.bytes,
                                              .size = advert.size};
    calibrator_packet(calibrator, &heard);
}

/* One step: ten packets a second, at each of the levels from `low` to `low` + 19 in turn. */
static void measure(enum beacon_advert_kind kind, guint8 name, int low)
{
    int level = 0;
    ck_assert(calibrator_next(calibrator, now_us));
    ck_assert(!calibrator_next(calibrator, now_us));
    while (calibrator_left_s(calibrator) > 0) {
        packet(kind, name, low + level++ % 20);
        packet(BEACON_ADVERT_ANDROID, 99, -95); /* a stranger, far away */
        now_us += 100000;
        calibrator_tick(calibrator, now_us);
    }
}

static void measure_android(int spot, int line)
{
    measure(BEACON_ADVERT_OTHER, 0, -63);
    measure(BEACON_ADVERT_ANDROID, 1, spot);
    measure(BEACON_ADVERT_ANDROID, 1, spot);
    measure(BEACON_ADVERT_ANDROID, 1, line);
    measure(BEACON_ADVERT_ANDROID, 1, line);
}

static void finish(void)
{
    GError *error = NULL;
    ck_assert(calibrator_finish(calibrator, 1597019400000, &made, &error));
    ck_assert_ptr_null(error);
}

START_TEST(gates_are_the_5th_percentile_on_the_spot)
{
    measure_android(-50, -90);
    ck_assert_int_eq(calibrator_step(calibrator), CALIBRATION_IPHONE_FLAT);
    ck_assert(calibrator_skip(calibrator));
    finish();
    const struct calibration_levels *android = &made.platform[BEACON_PLATFORM_ANDROID];
    const struct calibration_levels *iphone = &made.platform[BEACON_PLATFORM_IPHONE];
    ck_assert_uint_eq(made.number, 1);
    ck_assert(android->measured && !iphone->measured);
    ck_assert_double_eq_tol(android->gate_dbm, -50, 0.01); /* -50 … -31 in equal parts */
    ck_assert_double_eq_tol(android->spot_dbm, -41, 0.01);
    ck_assert_double_eq_tol(android->line_dbm, -71, 0.01); /* -90 … -71 */
    ck_assert_double_eq_tol(iphone->gate_dbm, -35, 0.01);
    ck_assert_double_eq_tol(calibration_margin_db(&made), 21, 0.01);
    ck_assert(calibration_separates(&made));
}
END_TEST

START_TEST(an_iphone_is_measured_where_there_is_one)
{
    measure_android(-50, -90);
    measure(BEACON_ADVERT_IPHONE_OPEN, 2, -40);
    measure(BEACON_ADVERT_IPHONE_OPEN, 2, -40);
    measure(BEACON_ADVERT_IPHONE_OPEN, 2, -80);
    measure(BEACON_ADVERT_IPHONE_OPEN, 2, -80);
    ck_assert_int_eq(calibrator_step(calibrator), CALIBRATION_DONE);
    finish();
    ck_assert(made.platform[BEACON_PLATFORM_IPHONE].measured);
    ck_assert_double_eq_tol(made.platform[BEACON_PLATFORM_IPHONE].gate_dbm, -40, 0.01);
}
END_TEST

START_TEST(a_line_that_is_too_near_is_told)
{
    measure_android(-50, -75);
    calibrator_skip(calibrator);
    finish();
    ck_assert_double_eq_tol(calibration_margin_db(&made), 6, 0.01);
    ck_assert(!calibration_separates(&made));
    char *text = calibration_text(&made);
    ck_assert_ptr_nonnull(strstr(text, "use a tray or move the line"));
    g_free(text);
}
END_TEST

START_TEST(a_step_that_hears_too_little_is_done_again)
{
    GError *error = NULL;
    measure(BEACON_ADVERT_OTHER, 0, -63);
    ck_assert(calibrator_next(calibrator, now_us));
    now_us += 11 * SECOND_US;
    calibrator_tick(calibrator, now_us);
    ck_assert(calibrator_heard_too_little(calibrator));
    ck_assert_int_eq(calibrator_step(calibrator), CALIBRATION_ANDROID_FLAT);
    ck_assert(!calibrator_skip(calibrator));
    ck_assert(!calibrator_finish(calibrator, 0, &made, &error));
    ck_assert(g_error_matches(error, CALIBRATION_ERROR, CALIBRATION_ERROR_STEPS));
    g_error_free(error);
}
END_TEST

START_TEST(the_reference_is_measured_while_the_spot_is_empty)
{
    calibrator_free(calibrator);
    calibrator = calibrator_new(NULL, &reference);
    measure_android(-50, -90);
    calibrator_skip(calibrator);
    finish();
    ck_assert(made.has_reference);
    ck_assert(beacon_address_equal(&made.reference, &reference));
    ck_assert_double_eq_tol(made.reference_dbm, -54, 0.01); /* of -63 … -44 */
    ck_assert_double_eq_tol(made.reference_interval_ms, 100, 0.01);
}
END_TEST

/* Rows of the tally name it in four figures. */
START_TEST(the_number_stops_at_9999)
{
    const struct calibration last = {.number = 9999};
    calibrator_free(calibrator);
    calibrator = calibrator_new(&last, NULL);
    measure_android(-50, -90);
    calibrator_skip(calibrator);
    finish();
    ck_assert_uint_eq(made.number, 9999);
}
END_TEST

/* ---- Gates ---- */

static void assume(double tray_db)
{
    const struct calibration_assumption assumption = {.tray_db = tray_db};
    calibration_assume(&assumption, &made);
}

START_TEST(gates_are_in_order_for_every_tray)
{
    for (double tray = 0; tray <= 40; tray += 1) {
        assume(tray);
        for (int platform = BEACON_PLATFORM_ANDROID; platform < CALIBRATION_PLATFORMS; platform++) {
            struct calibration_gates gates;
            calibration_gates(&made, (enum beacon_platform)platform, &gates);
            ck_assert_double_ge(gates.unheard_dbm, gates.gate_dbm);
            ck_assert_double_ge(gates.gate_dbm, gates.longer_dbm);
            ck_assert_double_ge(gates.longer_dbm, gates.longest_dbm);
            ck_assert_double_eq_tol(gates.exit_dbm, gates.longest_dbm - 6, 1e-9);
            ck_assert_double_gt(gates.spot_dbm, gates.line_dbm);
            ck_assert_double_eq_tol(gates.body_db, 6, 1e-9);
            ck_assert_double_ge(gates.rise_db, 10);
        }
    }
}
END_TEST

START_TEST(a_tray_makes_the_errors_smaller)
{
    double wrong, missed, last = 101;
    for (double tray = 0; tray <= 30; tray += 5) {
        assume(tray);
        calibration_errors(&made, &wrong, &missed);
        ck_assert_double_le(wrong, last);
        ck_assert(missed >= 0 && missed <= 100);
        last = wrong;
    }
    ck_assert_double_lt(last, 0.02);
}
END_TEST

START_TEST(an_iphone_is_assumed_15_db_stronger)
{
    assume(25);
    ck_assert_double_eq_tol(made.platform[BEACON_PLATFORM_IPHONE].gate_dbm,
                            made.platform[BEACON_PLATFORM_ANDROID].gate_dbm + 15, 1e-9);
    ck_assert(made.is_assumed);
}
END_TEST

/* ---- The file ---- */

static char *folder, *path;

static void make_folder(void)
{
    folder = g_dir_make_tmp("calibration-XXXXXX", NULL);
    path = g_build_filename(folder, "calibration", NULL);
    assume(25);
    made.has_reference = TRUE;
    made.reference = reference;
    made.reference_dbm = -63.25;
    made.reference_interval_ms = 104.5;
    made.time_ms = 1597019400000;
}

static void remove_folder(void)
{
    g_unlink(path);
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
}

START_TEST(what_is_saved_is_read_again)
{
    struct calibration read;
    GError *error = NULL;
    ck_assert(calibration_save(&made, path, &error));
    ck_assert(calibration_load(path, &read, &error));
    ck_assert_uint_eq(read.number, made.number);
    ck_assert(read.time_ms == made.time_ms && read.is_assumed && read.has_reference);
    ck_assert(beacon_address_equal(&read.reference, &reference));
    ck_assert_double_eq_tol(read.reference_interval_ms, 104.5, 1e-9);
    for (int i = BEACON_PLATFORM_ANDROID; i < CALIBRATION_PLATFORMS; i++) {
        ck_assert_double_eq_tol(read.platform[i].gate_dbm, made.platform[i].gate_dbm, 1e-9);
        ck_assert_double_eq_tol(read.platform[i].line_dbm, made.platform[i].line_dbm, 1e-9);
    }
}
END_TEST

START_TEST(a_file_that_is_not_there_or_a_folder_is_told)
{
    struct calibration read;
    GError *error = NULL;
    ck_assert(!calibration_load(path, &read, &error));
    ck_assert(g_error_matches(error, CALIBRATION_ERROR, CALIBRATION_ERROR_IO));
    ck_assert_ptr_nonnull(strstr(error->message, path));
    g_clear_error(&error);
    ck_assert(!calibration_load(folder, &read, &error));
    ck_assert(g_error_matches(error, CALIBRATION_ERROR, CALIBRATION_ERROR_IO));
    g_clear_error(&error);
    char *nowhere = g_build_filename(folder, "no", "where", NULL);
    ck_assert(!calibration_save(&made, nowhere, &error));
    ck_assert(g_error_matches(error, CALIBRATION_ERROR, CALIBRATION_ERROR_IO));
    g_clear_error(&error);
    g_free(nowhere);
}
END_TEST

#define HEAD    "[calibration]\nversion=1\nnumber=2\ntime_ms=0\nassumed=false\n"
#define LEVELS  "gate_dbm=-50\nspot_dbm=-40\nline_dbm=-80\nmeasured=true\n"
#define ANDROID "[android]\n" LEVELS
#define IPHONE  "[iphone]\n" LEVELS

static const struct {
    const char *text, *field; /* that the message names; NULL: it is taken */
} files[] = {
    {HEAD ANDROID IPHONE, NULL},
    {HEAD ANDROID IPHONE "[later]\nthing=1\n", NULL},
    {"", "[calibration] version"},
    {"\x01\x02", "not a calibration"},
    {HEAD ANDROID, "[iphone] gate_dbm"},
    {"[calibration]\nversion=2\nnumber=2\ntime_ms=0\nassumed=false\n" ANDROID IPHONE, "version"},
    {"[calibration]\nversion=1\nnumber=0\ntime_ms=0\nassumed=false\n" ANDROID IPHONE, "number"},
    {"[calibration]\nversion=1\nnumber=9999\ntime_ms=0\nassumed=false\n" ANDROID IPHONE, NULL},
    {"[calibration]\nversion=1\nnumber=10000\ntime_ms=0\nassumed=false\n" ANDROID IPHONE, "number"},
    {"[calibration]\nversion=1\nnumber=1\ntime_ms=-1\nassumed=false\n" ANDROID IPHONE, "time_ms"},
    {"[calibration]\nversion=1\nnumber=1\ntime_ms=0\nassumed=so\n" ANDROID IPHONE, "assumed"},
    {HEAD "[android]\ngate_dbm=nan\nspot_dbm=-40\nline_dbm=-80\nmeasured=true\n" IPHONE,
     "gate_dbm"},
    {HEAD "[android]\ngate_dbm=1e9\nspot_dbm=-40\nline_dbm=-80\nmeasured=true\n" IPHONE,
     "gate_dbm"},
    {HEAD "[android]\ngate_dbm=-30\nspot_dbm=-40\nline_dbm=-80\nmeasured=true\n" IPHONE,
     "[android] gate_dbm"},
    {HEAD ANDROID IPHONE "[reference]\naddress=12\n", "[reference] address"},
    {HEAD ANDROID IPHONE "[reference]\naddress=AA:BB:CC:DD:EE:FF\nrandom=true\nlevel_dbm=-60\n",
     "[reference] interval_ms"},
};

START_TEST(a_damaged_file_is_told_by_its_field)
{
    struct calibration read;
    GError *error = NULL;
    gboolean is_read =
        calibration_parse(files[_i].text, strlen(files[_i].text), "door", &read, &error);
    ck_assert_int_eq(is_read, files[_i].field == NULL);
    if (files[_i].field == NULL)
        return;
    ck_assert(g_error_matches(error, CALIBRATION_ERROR, CALIBRATION_ERROR_FORMAT));
    ck_assert_msg(strstr(error->message, files[_i].field) != NULL, "%s", error->message);
    ck_assert(g_str_has_prefix(error->message, "door: "));
    g_error_free(error);
}
END_TEST

START_TEST(every_step_has_its_text)
{
    for (int step = 0; step <= CALIBRATION_DONE; step++) {
        const char *vi = calibration_step_text((enum calibration_step)step, LANGUAGE_VI);
        const char *en = calibration_step_text((enum calibration_step)step, LANGUAGE_EN);
        ck_assert(g_utf8_validate(vi, -1, NULL) && *vi != '\0' && *en != '\0');
        ck_assert_str_ne(vi, en);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_calibration");
    TCase *guided = tcase_create("guided"), *gates = tcase_create("gates");
    TCase *file = tcase_create("file");
    tcase_add_checked_fixture(guided, set_up, tear_down);
    tcase_add_checked_fixture(file, make_folder, remove_folder);
    tcase_add_test(guided, gates_are_the_5th_percentile_on_the_spot);
    tcase_add_test(guided, an_iphone_is_measured_where_there_is_one);
    tcase_add_test(guided, a_line_that_is_too_near_is_told);
    tcase_add_test(guided, a_step_that_hears_too_little_is_done_again);
    tcase_add_test(guided, the_reference_is_measured_while_the_spot_is_empty);
    tcase_add_test(guided, the_number_stops_at_9999);
    tcase_add_test(gates, gates_are_in_order_for_every_tray);
    tcase_add_test(gates, a_tray_makes_the_errors_smaller);
    tcase_add_test(gates, an_iphone_is_assumed_15_db_stronger);
    tcase_add_test(gates, every_step_has_its_text);
    tcase_add_test(file, what_is_saved_is_read_again);
    tcase_add_test(file, a_file_that_is_not_there_or_a_folder_is_told);
    tcase_add_loop_test(file, a_damaged_file_is_told_by_its_field, 0, G_N_ELEMENTS(files));
    suite_add_tcase(suite, guided);
    suite_add_tcase(suite, gates);
    suite_add_tcase(suite, file);
    return check_main(suite);
}
