/* SPDX-License-Identifier: MIT */
/* Reads a scenario's words, and listens to its reference beacon. */
#include "scenario_calibration.h"

#include <beacon/air.h>
#include <string.h>

#define LISTEN_US (20 * (gint64)G_USEC_PER_SEC)
#define PACKETS   64

/* The number after a word in a statement, which begins with a word of its own. */
static void find_number(const char *line, const char *statement, const char *word, double *value)
{
    char **words = g_strsplit_set(line, " \t\r", -1);
    const char *first = NULL;
    gboolean is_next = FALSE;
    for (char **at = words; *at != NULL && **at != '#'; at++) {
        if (**at == '\0')
            continue;
        first = first == NULL ? *at : first;
        if (is_next)
            *value = g_ascii_strtod(*at, NULL);
        is_next = strcmp(first, statement) == 0 && strcmp(*at, word) == 0;
    }
    g_strfreev(words);
}

static void read_words(const char *const *lines, struct calibration_assumption *assumption)
{
    for (; lines != NULL && *lines != NULL; lines++) { /* the last that says it holds */
        find_number(*lines, "receiver", "tray", &assumption->tray_db);
        find_number(*lines, "body-fading", "body-fading", &assumption->fading_db);
    }
}

/* A reference beacon as it is measured while the spot is empty. */
static void listen(beacon_air *air, guint32 device, struct calibration *calibration)
{
    struct beacon_air_event event;
    gint64 end_us = beacon_air_start_us(air) + LISTEN_US, last_us = 0, gap_us = G_MAXINT64;
    double sum = 0;
    guint packets = 0;
    while (packets < PACKETS && beacon_air_next(air, &event) && event.time_us < end_us) {
        if (event.type != BEACON_AIR_PACKET || event.receiver != 0 || event.device != device ||
            event.packet.rssi_dbm == BEACON_RSSI_ABSENT)
            continue;
        for (gsize i = 0; i < sizeof event.packet.address; i++)
            calibration->reference.bytes[i] =
                event.packet.address[sizeof event.packet.address - 1 - i];
        calibration->reference.type = event.packet.address_type == BEACON_AIR_ADDRESS_PUBLIC
                                          ? BEACON_ADDRESS_PUBLIC
                                          : BEACON_ADDRESS_RANDOM;
        if (packets > 0)
            gap_us = MIN(gap_us, event.time_us - last_us);
        last_us = event.time_us;
        sum += event.packet.rssi_dbm;
        packets++;
    }
    if (packets < 2)
        return;
    calibration->has_reference = TRUE;
    calibration->reference_dbm = sum / packets;
    calibration->reference_interval_ms = (double)gap_us / 1000.0;
}

/* The scenario without chance. */
static beacon_air *load_calm(const char *path, const char *const *settings, GError **error)
{
    static const char *const calm[] = {"body-fading 0 dB", "fast-fading 0 dB", "loss 0 %"};
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    for (; settings != NULL && *settings != NULL; settings++)
        g_ptr_array_add(all, g_strdup(*settings));
    for (gsize i = 0; i < G_N_ELEMENTS(calm); i++)
        g_ptr_array_add(all, g_strdup(calm[i]));
    g_ptr_array_add(all, NULL);
    beacon_air *air = beacon_air_load(path, (const char *const *)all->pdata, error);
    g_ptr_array_unref(all);
    return air;
}

gboolean scenario_calibration(const char *path, const char *const *settings,
                              struct calibration *ret_calibration, GError **error)
{
    struct calibration_assumption assumption = {0};
    char *text;
    guint32 reference;
    if (!g_file_get_contents(path, &text, NULL, error))
        return FALSE;
    char **lines = g_strsplit(text, "\n", -1);
    read_words((const char *const *)lines, &assumption);
    read_words(settings, &assumption);
    g_strfreev(lines);
    g_free(text);
    calibration_assume(&assumption, ret_calibration);
    beacon_air *air = load_calm(path, settings, error);
    if (air == NULL)
        return FALSE;
    if (beacon_air_find_device(air, "reference", &reference))
        listen(air, reference, ret_calibration);
    beacon_air_free(air);
    return TRUE;
}
