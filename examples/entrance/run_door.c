/* SPDX-License-Identifier: MIT */
/* A door as the settings have it, for the commands that open one. */
#include "run_door.h"

#include "command.h"
#include "say.h"
#include "scenario_calibration.h"

#include <beacon/air.h>
#include <beacon/radio.h>

#include <string.h>

/* Of a replay, what is not there is a file. */
static int radio_exit_code(const GError *error, gboolean is_replay)
{
    switch ((enum beacon_radio_error)error->code) {
    case BEACON_RADIO_ERROR_ADDRESS:
        return EXIT_USAGE;
    case BEACON_RADIO_ERROR_FORMAT:
        return EXIT_INPUT;
    case BEACON_RADIO_ERROR_UNSUPPORTED:
        return EXIT_RADIO;
    default:
        return is_replay ? EXIT_IO : EXIT_RADIO;
    }
}

static int exit_code(const GError *error, gboolean is_replay)
{
    if (error->domain == TALLY_ERROR)
        return error->code == TALLY_ERROR_FORMAT ? EXIT_INPUT : EXIT_IO;
    if (error->domain == CALIBRATION_ERROR)
        return error->code == CALIBRATION_ERROR_IO ? EXIT_IO : EXIT_INPUT;
    return error->domain == BEACON_RADIO_ERROR ? radio_exit_code(error, is_replay) : EXIT_RADIO;
}

int scenario_error(GError *error)
{
    gboolean is_unread = error->domain == G_FILE_ERROR ||
                         g_error_matches(error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_IO);

    return said(error, is_unread ? EXIT_IO : EXIT_INPUT);
}

static const char *or_null(const char *text)
{
    return *text != '\0' ? text : NULL;
}

static gboolean read_reference(const struct settings_reference *reference,
                               struct beacon_address *ret_address)
{
    if (reference->kind != REFERENCE_ADDRESS)
        return FALSE;
    memcpy(ret_address->bytes, reference->address, sizeof ret_address->bytes);
    /* A beacon's own address is public or static, and says so by its two top bits. */
    ret_address->type =
        (reference->address[0] & 0xC0) == 0xC0 ? BEACON_ADDRESS_RANDOM : BEACON_ADDRESS_PUBLIC;
    return TRUE;
}

static struct door_ibeacon read_ibeacon(const struct settings_reference *reference)
{
    struct door_ibeacon ibeacon = {.major = reference->major, .minor = reference->minor};

    memcpy(ibeacon.uuid, reference->uuid, sizeof ibeacon.uuid);
    return ibeacon;
}

/* The service's is made by its manager; whoever tries the program by hand has none yet. What cannot
 * be made is told when the tally is opened. */
static void make_folder(const char *file)
{
    g_autofree char *folder = g_path_get_dirname(file);

    if (*file != '\0')
        g_mkdir_with_parents(folder, 0750);
}

int run_door_open(const struct run_door_wishes *wishes, const struct settings *settings,
                  struct door **ret_door)
{
    const struct tally_options tally = {.size = sizeof tally,
                                        .condense_days = settings->condense_days,
                                        .timezone = or_null(settings->timezone)};
    struct beacon_address reference = {0};
    gboolean is_sim = g_str_has_prefix(wishes->radio, "sim:");
    struct calibration assumed = {.number = 0};
    struct door_ibeacon ibeacon = read_ibeacon(&settings->reference);
    gboolean has_reference = read_reference(&settings->reference, &reference);
    const struct door_options options = {
        .size = sizeof options,
        .radio = wishes->radio,
        .speed = wishes->speed,
        .take = TRUE,
        .waits_for_radio = wishes->waits_for_radio,
        .scan_interval_us = settings->scan_interval_ms * 1000,
        .scan_window_us = settings->scan_window_ms * 1000,
        .tally = wishes->is_memory ? NULL : or_null(settings->tally_file),
        .tally_with = &tally,
        .calibration = wishes->is_made_up ? NULL : or_null(settings->calibration_file),
        .assumed = is_sim ? &assumed : NULL,
        .reference = has_reference ? &reference : NULL,
        .ibeacon = settings->reference.kind == REFERENCE_IBEACON ? &ibeacon : NULL,
        .reference_dbm = settings->reference_level_dbm,
        .timezone = or_null(settings->timezone),
        .mode = settings->mode,
        .person = settings->person,
        .direction = settings->direction,
        .waits_for_tap = wishes->waits_for_tap,
        .lines = wishes->lines,
    };
    GError *error = NULL;
    int code;

    if (is_sim && !scenario_calibration(wishes->radio + strlen("sim:"), NULL, &assumed, &error))
        return scenario_error(error);
    if (options.tally != NULL)
        make_folder(options.tally);
    *ret_door = door_new(&options, &error);
    if (*ret_door != NULL)
        return EXIT_RAN;
    code = exit_code(error, is_sim || g_str_has_prefix(wishes->radio, "capture:"));
    return said(error, code);
}
