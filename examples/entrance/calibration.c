/* SPDX-License-Identifier: MIT */
/* Gates out of measured levels, what they are worth, and their file. */
#include "calibration.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CALIBRATION_VERSION 1
#define LEVEL_MIN           (-127.0)
#define LEVEL_MAX           20.0
#define EXIT_BELOW_DB       6.0

/*
 * Where the plain rule (the gate is one phone's 5th percentile on the spot, reached by five
 * packets) is left, since by the score it was wrong too often or too late: phones differ by 4 dB
 * (one sigma) and bodies fade by 6 dB for seconds, so that a waiting phone comes up to that gate in
 * one check of two without a tray, while with one a weak phone waits for seconds although nothing
 * else is near. Therefore a gate lies some way above what the line reaches, as far as the spot's
 * own levels allow: lower than the 5th percentile behind a tray, higher without. And it falls with
 * the time over which a level held: what stays is worth more than what comes and goes.
 */
struct look {
    double
        above_line_db; /* over the line's 99th percentile, and half of what margin there is more; */
    double above_gate_db; /* but no more than this over the 5th percentile on the spot, */
    double least_db;      /* unless that is less than this over the line's; */
};
static const struct look quick = {11.0, 12.0, 5.0};
static const struct look longer = {9.0, 9.0, 2.0};
static const struct look longest = {7.0, 7.0, 0.0};
#define ENOUGH_MARGIN_DB 8.0
/* And no more than this below the 5th percentile, for weaker phones. */
#define ALLOWANCE_DB 10.0

/* One of whom nothing was heard before needs as much more, unless the line is far below. */
#define UNHEARD_DB            6.0
#define UNHEARD_ABOVE_LINE_DB 20.0

/*
 * A rise of 10 dB is what one body stepping aside makes. From the line to the spot a level rises by
 * the distance and the tray together, which the calibration has measured as its margin.
 */
#define RISE_LEAST_DB  10.0
#define RISE_BEYOND_DB 14.0
#define RISE_MOST_DB   28.0

/* How far packets of one moment differ, and from the middle to the 5th and the 99th percentile, in
 * sigma. Two poses of ten seconds show less of what bodies do than a day: no less is assumed than
 * this. */
#define PACKET_DB     4.0
#define BODY_LEAST_DB 6.0
#define Z95           1.645
#define Z99           2.326

G_DEFINE_QUARK(calibration_error, calibration_error)

static double gate(const struct calibration_levels *levels, const struct look *look)
{
    double margin = levels->gate_dbm - levels->line_dbm;
    double above_line = look->above_line_db + MAX(margin - ENOUGH_MARGIN_DB, 0.0) / 2.0;
    double most = MAX(levels->gate_dbm + look->above_gate_db, levels->line_dbm + look->least_db);
    return MAX(MIN(levels->line_dbm + above_line, most), levels->gate_dbm - ALLOWANCE_DB);
}

void calibration_gates(const struct calibration *calibration, enum beacon_platform platform,
                       struct calibration_gates *ret_gates)
{
    gboolean is_iphone = platform == BEACON_PLATFORM_IPHONE;
    const struct calibration_levels *levels =
        &calibration->platform[is_iphone ? BEACON_PLATFORM_IPHONE : BEACON_PLATFORM_ANDROID];
    double quickly = gate(levels, &quick), slowly = gate(levels, &longest);
    double unheard = MIN(quickly + UNHEARD_DB, levels->line_dbm + UNHEARD_ABOVE_LINE_DB);
    double spread = (levels->spot_dbm - levels->gate_dbm) / Z95;
    double margin = levels->gate_dbm - levels->line_dbm;
    *ret_gates = (struct calibration_gates){
        .gate_dbm = quickly,
        .longer_dbm = gate(levels, &longer),
        .longest_dbm = slowly,
        .unheard_dbm = MAX(quickly, unheard),
        .exit_dbm = slowly - EXIT_BELOW_DB,
        .rise_db = CLAMP(margin + RISE_BEYOND_DB, RISE_LEAST_DB, RISE_MOST_DB),
        .spot_dbm = levels->spot_dbm,
        .line_dbm = levels->line_dbm - Z99 * spread,
        .body_db =
            sqrt(MAX(spread * spread - PACKET_DB * PACKET_DB, BODY_LEAST_DB * BODY_LEAST_DB)),
    };
}

double calibration_margin_db(const struct calibration *calibration)
{
    double margin = G_MAXDOUBLE;
    for (int i = BEACON_PLATFORM_ANDROID; i < CALIBRATION_PLATFORMS; i++)
        margin = MIN(margin, calibration->platform[i].gate_dbm - calibration->platform[i].line_dbm);
    return margin;
}

gboolean calibration_separates(const struct calibration *calibration)
{
    return calibration->number > 0 && calibration_margin_db(calibration) >= CALIBRATION_MARGIN_DB;
}

/* ---- What to expect ---- */

/* Assumed, not measured: phones' spread, bodies, packets; independent looks in 35 s of bodies that
 * move within 8 s; five waiting, 0.875 m apart. */
#define MODEL_DB   4.0
#define BODY_DB    6.0
#define LOOKS      5
#define WAITING    5
#define LINE_M     1.5
#define PLACE_M    0.875
#define MEDIAN_OF  5.0
#define PLACES_DB  3.4 /* 5 to 20 cm on the spot */
#define SPOT_LOOKS 2

static double tail(double z)
{
    return 0.5 * erfc(z / G_SQRT2);
}

void calibration_errors(const struct calibration *calibration, double *ret_wrong_percent,
                        double *ret_missed_percent)
{
    const struct calibration_levels *levels = &calibration->platform[BEACON_PLATFORM_ANDROID];
    double fading = sqrt(BODY_DB * BODY_DB + PACKET_DB * PACKET_DB);
    double look = sqrt(MODEL_DB * MODEL_DB + BODY_DB * BODY_DB + PACKET_DB * PACKET_DB / MEDIAN_OF);
    double line = levels->line_dbm - Z99 * fading, none_wrong = 1.0;
    struct calibration_gates gates;
    calibration_gates(calibration, BEACON_PLATFORM_ANDROID, &gates);
    for (int place = 0; place < WAITING; place++) {
        double level = line - 20.0 * log10((LINE_M + PLACE_M * place) / LINE_M);
        none_wrong *= pow(1.0 - tail((gates.gate_dbm - level) / look), LOOKS);
    }
    double spot = sqrt(look * look + PLACES_DB * PLACES_DB);
    *ret_wrong_percent = 100.0 * (1.0 - none_wrong);
    *ret_missed_percent = 100.0 * pow(tail((levels->spot_dbm - gates.gate_dbm) / spot), SPOT_LOOKS);
}

char *calibration_text(const struct calibration *calibration)
{
    double wrong, missed, margin = calibration_margin_db(calibration);
    calibration_errors(calibration, &wrong, &missed);
    if (!calibration_separates(calibration))
        return g_strdup_printf(_("The spot stands out from the waiting line by %.0f dB, and 10 dB "
                                 "are needed: use a tray or move the line. Until then only the "
                                 "share is counted."),
                               margin);
    return g_strdup_printf(_("The spot stands out from the waiting line by %.0f dB. With five "
                             "people waiting, expect a wrong green in %.2g of 100 checks, and no "
                             "green for %.2g of 100 phones that send."),
                           margin, wrong, missed);
}

/* ---- Assumed ---- */

/* The single phone of a calibration: bodies and packets spread its level, not models. */
static struct calibration_levels assume(double level_dbm, double tray_db, double spot_m,
                                        double line_m, double fading_db)
{
    double spread = sqrt(fading_db * fading_db + PACKET_DB * PACKET_DB);
    double spot = level_dbm - 20.0 * log10(spot_m);
    double line = level_dbm - 20.0 * log10(line_m) - tray_db;
    return (struct calibration_levels){
        .gate_dbm = spot - Z95 * spread,
        .spot_dbm = spot,
        .line_dbm = line + Z99 * spread,
    };
}

static double given_or(double value, double otherwise)
{
    return value == 0.0 ? otherwise : value;
}

void calibration_assume(const struct calibration_assumption *assumption,
                        struct calibration *ret_calibration)
{
    double spot_m = given_or(assumption->spot_m, 0.125),
           line_m = given_or(assumption->line_m, LINE_M);
    double fading_db = given_or(assumption->fading_db, BODY_DB);
    *ret_calibration = (struct calibration){.number = 1, .is_assumed = TRUE};
    ret_calibration->platform[BEACON_PLATFORM_ANDROID] = assume(
        given_or(assumption->android_dbm, -64), assumption->tray_db, spot_m, line_m, fading_db);
    ret_calibration->platform[BEACON_PLATFORM_IPHONE] = assume(
        given_or(assumption->iphone_dbm, -49), assumption->tray_db, spot_m, line_m, fading_db);
}

/* ---- The file ---- */

static const char *const groups[CALIBRATION_PLATFORMS] = {NULL, "android", "iphone"};

static gboolean refuse(GError **error, const char *name, const char *group, const char *key,
                       const char *expected)
{
    g_set_error(error, CALIBRATION_ERROR, CALIBRATION_ERROR_FORMAT, _("%s: [%s] %s: expected %s"),
                name, group, key, expected);
    return FALSE;
}

static gboolean read_number(GKeyFile *file, const char *name, const char *group, const char *key,
                            double least, double most, double *ret_value, GError **error)
{
    GError *problem = NULL;
    double value = g_key_file_get_double(file, group, key, &problem);
    if (problem == NULL && value >= least && value <= most) {
        *ret_value = value;
        return TRUE;
    }
    g_clear_error(&problem);
    char *expected = g_strdup_printf(_("a number from %g to %g"), least, most);
    refuse(error, name, group, key, expected);
    g_free(expected);
    return FALSE;
}

static gboolean read_boolean(GKeyFile *file, const char *name, const char *group, const char *key,
                             gboolean *ret_value, GError **error)
{
    GError *problem = NULL;
    *ret_value = g_key_file_get_boolean(file, group, key, &problem);
    if (problem == NULL)
        return TRUE;
    g_clear_error(&problem);
    return refuse(error, name, group, key, _("true or false"));
}

static gboolean read_levels(GKeyFile *file, const char *name, const char *group,
                            struct calibration_levels *levels, GError **error)
{
    if (!read_number(file, name, group, "gate_dbm", LEVEL_MIN, LEVEL_MAX, &levels->gate_dbm,
                     error) ||
        !read_number(file, name, group, "spot_dbm", LEVEL_MIN, LEVEL_MAX, &levels->spot_dbm,
                     error) ||
        !read_number(file, name, group, "line_dbm", 2 * LEVEL_MIN, LEVEL_MAX, &levels->line_dbm,
                     error) ||
        !read_boolean(file, name, group, "measured", &levels->measured, error))
        return FALSE;
    if (levels->gate_dbm > levels->spot_dbm)
        return refuse(error, name, group, "gate_dbm", _("at most spot_dbm"));
    return TRUE;
}

static int hex(char digit)
{
    return g_ascii_xdigit_value(digit);
}

static gboolean parse_address(const char *text, struct beacon_address *ret_address)
{
    if (strlen(text) != BEACON_ADDRESS_TEXT_SIZE - 1)
        return FALSE;
    for (gsize i = 0; i < sizeof ret_address->bytes; i++) {
        const char *digits = text + 3 * i;
        if (hex(digits[0]) < 0 || hex(digits[1]) < 0 ||
            (i + 1 < sizeof ret_address->bytes && digits[2] != ':'))
            return FALSE;
        ret_address->bytes[i] = (guint8)(hex(digits[0]) << 4 | hex(digits[1]));
    }
    return TRUE;
}

static gboolean read_reference(GKeyFile *file, const char *name, struct calibration *calibration,
                               GError **error)
{
    gboolean is_random = FALSE;
    if (!g_key_file_has_group(file, "reference"))
        return TRUE;
    char *address = g_key_file_get_string(file, "reference", "address", NULL);
    gboolean is_address = address != NULL && parse_address(address, &calibration->reference);
    g_free(address);
    if (!is_address)
        return refuse(error, name, "reference", "address", _("an address like AA:BB:CC:DD:EE:FF"));
    if (!read_boolean(file, name, "reference", "random", &is_random, error) ||
        !read_number(file, name, "reference", "level_dbm", LEVEL_MIN, LEVEL_MAX,
                     &calibration->reference_dbm, error) ||
        !read_number(file, name, "reference", "interval_ms", 10, 20000,
                     &calibration->reference_interval_ms, error))
        return FALSE;
    calibration->reference.type = is_random ? BEACON_ADDRESS_RANDOM : BEACON_ADDRESS_PUBLIC;
    calibration->has_reference = TRUE;
    return TRUE;
}

static gboolean read_head(GKeyFile *file, const char *name, struct calibration *calibration,
                          GError **error)
{
    double version, number, time_ms;
    if (!read_number(file, name, "calibration", "version", CALIBRATION_VERSION, CALIBRATION_VERSION,
                     &version, error) ||
        !read_number(file, name, "calibration", "number", 1, CALIBRATION_NUMBER_MAX, &number,
                     error) ||
        !read_number(file, name, "calibration", "time_ms", 0, 4102444800000.0, &time_ms, error) ||
        !read_boolean(file, name, "calibration", "assumed", &calibration->is_assumed, error))
        return FALSE;
    calibration->number = (guint)number;
    calibration->time_ms = (gint64)time_ms;
    return TRUE;
}

static gboolean read_all(GKeyFile *file, const char *name, struct calibration *calibration,
                         GError **error)
{
    if (!read_head(file, name, calibration, error))
        return FALSE;
    for (int i = BEACON_PLATFORM_ANDROID; i < CALIBRATION_PLATFORMS; i++)
        if (!read_levels(file, name, groups[i], &calibration->platform[i], error))
            return FALSE;
    return read_reference(file, name, calibration, error);
}

gboolean calibration_parse(const char *text, gsize length, const char *name,
                           struct calibration *ret_calibration, GError **error)
{
    struct calibration calibration = {0};
    GError *problem = NULL;
    GKeyFile *file = g_key_file_new();
    gboolean is_read = length <= CALIBRATION_FILE_MAX &&
                       g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, &problem);
    if (!is_read)
        g_set_error(error, CALIBRATION_ERROR, CALIBRATION_ERROR_FORMAT,
                    _("%s: is not a calibration: expected groups and keys in at most %d bytes"),
                    name, CALIBRATION_FILE_MAX);
    g_clear_error(&problem);
    is_read = is_read && read_all(file, name, &calibration, error);
    g_key_file_free(file);
    if (is_read)
        *ret_calibration = calibration;
    return is_read;
}

/* At most one byte more than a calibration may have. */
static char *read_file(const char *path, gsize *ret_length, GError **error)
{
    FILE *stream = fopen(path, "re");
    char *text = g_malloc(CALIBRATION_FILE_MAX + 1);
    gsize length = stream == NULL ? 0 : fread(text, 1, CALIBRATION_FILE_MAX + 1, stream);
    if (stream != NULL && !ferror(stream)) {
        fclose(stream);
        *ret_length = length;
        return text;
    }
    g_set_error(error, CALIBRATION_ERROR, CALIBRATION_ERROR_IO, "%s: %s", path, g_strerror(errno));
    if (stream != NULL)
        fclose(stream);
    g_free(text);
    return NULL;
}

gboolean calibration_load(const char *path, struct calibration *ret_calibration, GError **error)
{
    gsize length;
    char *text = read_file(path, &length, error);
    if (text == NULL)
        return FALSE;
    gboolean is_read = calibration_parse(text, length, path, ret_calibration, error);
    g_free(text);
    return is_read;
}

static void write_levels(GKeyFile *file, const char *group, const struct calibration_levels *levels)
{
    g_key_file_set_double(file, group, "gate_dbm", levels->gate_dbm);
    g_key_file_set_double(file, group, "spot_dbm", levels->spot_dbm);
    g_key_file_set_double(file, group, "line_dbm", levels->line_dbm);
    g_key_file_set_boolean(file, group, "measured", levels->measured);
}

static void write_reference(GKeyFile *file, const struct calibration *calibration)
{
    char address[BEACON_ADDRESS_TEXT_SIZE];
    beacon_address_to_text(&calibration->reference, address);
    g_key_file_set_string(file, "reference", "address", address);
    g_key_file_set_boolean(file, "reference", "random",
                           calibration->reference.type == BEACON_ADDRESS_RANDOM);
    g_key_file_set_double(file, "reference", "level_dbm", calibration->reference_dbm);
    g_key_file_set_double(file, "reference", "interval_ms", calibration->reference_interval_ms);
}

gboolean calibration_save(const struct calibration *calibration, const char *path, GError **error)
{
    GError *problem = NULL;
    gsize length;
    GKeyFile *file = g_key_file_new();
    g_key_file_set_integer(file, "calibration", "version", CALIBRATION_VERSION);
    g_key_file_set_integer(file, "calibration", "number", (int)calibration->number);
    g_key_file_set_int64(file, "calibration", "time_ms", calibration->time_ms);
    g_key_file_set_boolean(file, "calibration", "assumed", calibration->is_assumed);
    for (int i = BEACON_PLATFORM_ANDROID; i < CALIBRATION_PLATFORMS; i++)
        write_levels(file, groups[i], &calibration->platform[i]);
    if (calibration->has_reference)
        write_reference(file, calibration);
    char *text = g_key_file_to_data(file, &length, NULL);
    g_key_file_free(file);
    gboolean is_saved = g_file_set_contents_full(
        path, text, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
        0644, &problem);
    g_free(text);
    if (!is_saved)
        g_set_error(error, CALIBRATION_ERROR, CALIBRATION_ERROR_IO, "%s", problem->message);
    g_clear_error(&problem);
    return is_saved;
}
