/* SPDX-License-Identifier: MIT */
/* The truth as a file: one line a second for each device and receiver, and what happened between.
 */
#include "air/model.h"

#include <errno.h>
#include <string.h>

/* What happened within one second between a device and a receiver. */
struct count {
    uint32_t sent, fates[4];
    int8_t rssi_max_dbm;
    bool has_identifier, is_stale;
    struct beacon_identifier identifier;
};

struct bcn_truth_file {
    FILE *stream;
    int error_number;  /* of the first failure */
    int64_t second_us; /* the second that runs */
    struct count *counts;
};

static void write_line(struct bcn_truth_file *file, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void write_line(struct bcn_truth_file *file, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (file->error_number == 0 && vfprintf(file->stream, format, arguments) < 0)
        file->error_number = errno;
    va_end(arguments);
}

static struct count *count_of(struct beacon_air *air, uint32_t device, uint32_t receiver)
{
    return &air->truth_file->counts[(gsize)device * air->receivers_count + receiver];
}

/* An identifier between quotes, or null. */
static void identifier_json(const struct beacon_identifier *identifier,
                            char ret_text[2 * BEACON_IDENTIFIER_SIZE + 3])
{
    if (!identifier) {
        strcpy(ret_text, "null");
        return;
    }
    ret_text[0] = '"';
    beacon_identifier_to_hex(identifier, ret_text + 1);
    strcat(ret_text, "\"");
}

/* Millimetres as metres, whatever the locale's point; null when one of them is not there. */
static void distance_json(struct beacon_air *air, uint32_t receiver, uint32_t device,
                          int64_t time_us, char ret_text[32])
{
    double distance_m;
    int64_t mm;

    strcpy(ret_text, "null");
    if (!beacon_air_distance(air, receiver, device, time_us, &distance_m))
        return;
    mm = (int64_t)(distance_m * 1000.0 + 0.5);
    snprintf(ret_text, 32, "%" G_GINT64_FORMAT ".%03d", mm / 1000, (int)(mm % 1000));
}

static void write_second(struct beacon_air *air, const struct bcn_device *device, uint32_t receiver)
{
    struct bcn_truth_file *file = air->truth_file;
    uint32_t number = bcn_device_index(air, device);
    struct count *count = count_of(air, number, receiver);
    char identifier[2 * BEACON_IDENTIFIER_SIZE + 3], distance[32], rssi[8] = "null";

    identifier_json(count->has_identifier ? &count->identifier : NULL, identifier);
    distance_json(air, receiver, number, file->second_us, distance);
    if (count->fates[BEACON_AIR_ARRIVED] > 0 && air->receivers[receiver].has_rssi)
        snprintf(rssi, sizeof(rssi), "%d", count->rssi_max_dbm);
    write_line(
        file,
        "{\"type\":\"second\",\"time_us\":%" G_GINT64_FORMAT ",\"device\":%u,\"receiver\":%u,"
        "\"kind\":\"%s\",\"distance_m\":%s,\"sent\":%u,\"arrived\":%u,\"lost\":%u,\"weak\":%u,"
        "\"away\":%u,\"rssi_max_dbm\":%s,\"identifier\":%s,\"stale\":%s}\n",
        file->second_us, number, receiver,
        beacon_air_kind_name(device->states[device->state_now].kind), distance, count->sent,
        count->fates[BEACON_AIR_ARRIVED], count->fates[BEACON_AIR_LOST],
        count->fates[BEACON_AIR_WEAK], count->fates[BEACON_AIR_AWAY], rssi, identifier,
        count->has_identifier && count->is_stale ? "true" : "false");
    memset(count, 0, sizeof(*count));
}

static void write_seconds(struct beacon_air *air, const struct bcn_device *device)
{
    for (uint32_t receiver = 0; receiver < air->receivers_count; receiver++)
        if (air->receivers[receiver].carrier != device)
            write_second(air, device, receiver);
}

void bcn_truth_file_tick(struct beacon_air *air, int64_t time_us)
{
    struct bcn_truth_file *file = air->truth_file;

    while (file->second_us + BCN_SECOND <= time_us) {
        if (air->present_count == 0) { /* nothing to say until then */
            file->second_us += (time_us - file->second_us) / BCN_SECOND * BCN_SECOND;
            return;
        }
        for (guint i = 0; i < air->present_count; i++)
            write_seconds(air, air->present[i]);
        file->second_us += BCN_SECOND;
    }
}

void bcn_truth_file_arrive(struct beacon_air *air, const struct bcn_device *device, bool is_there)
{
    struct bcn_truth_file *file = air->truth_file;
    uint32_t number = bcn_device_index(air, device);
    enum beacon_air_kind kind = device->states[device->state_now].kind;
    struct beacon_daily_key key;
    char hex[2 * BEACON_KEY_SIZE + 1];

    if (!is_there) {
        if (device->next_us > file->second_us)
            write_seconds(air, device);
        write_line(file, "{\"type\":\"leave\",\"time_us\":%" G_GINT64_FORMAT ",\"device\":%u}\n",
                   device->path[device->path_length - 1].time_us, number);
        return;
    }
    write_line(file,
               "{\"type\":\"arrive\",\"time_us\":%" G_GINT64_FORMAT
               ",\"device\":%u,\"name\":\"%s\","
               "\"kind\":\"%s\",",
               MAX(device->path[0].time_us, air->start_us), number, device->name,
               beacon_air_kind_name(kind));
    if (!bcn_kinds[kind].has_app) {
        write_line(file, "\"base_key\":null,\"base_day\":null}\n");
        return;
    }
    memcpy(key.bytes, device->base_key.bytes, sizeof(key.bytes));
    beacon_daily_key_to_hex(&key, hex);
    write_line(file, "\"base_key\":\"%s\",\"base_day\":%" G_GINT64_FORMAT "}\n", hex,
               device->base_day);
}

void bcn_truth_file_emission(struct beacon_air *air, const struct beacon_air_emission *emission)
{
    struct count *count = count_of(air, emission->device, emission->receiver);

    if (emission->fate == BEACON_AIR_ARRIVED &&
        (count->fates[BEACON_AIR_ARRIVED] == 0 || emission->rssi_dbm > count->rssi_max_dbm))
        count->rssi_max_dbm = emission->rssi_dbm;
    count->sent++;
    count->fates[emission->fate]++;
    count->has_identifier = emission->has_identifier;
    count->identifier = emission->identifier;
    count->is_stale = emission->is_stale;
}

void bcn_truth_file_occasion(struct beacon_air *air, const struct bcn_occasion *occasion)
{
    struct bcn_truth_file *file = air->truth_file;
    const char *type = occasion->type == BEACON_AIR_RECEIVER_AWAY ? "away" : "back";

    switch (occasion->type) {
    case BEACON_AIR_CHECK:
        write_line(file,
                   "{\"type\":\"check\",\"time_us\":%" G_GINT64_FORMAT
                   ",\"until_us\":%" G_GINT64_FORMAT ",\"device\":%u}\n",
                   occasion->time_us, occasion->until_us, occasion->phone);
        return;
    case BEACON_AIR_OPENED:
        write_line(file,
                   "{\"type\":\"opened\",\"time_us\":%" G_GINT64_FORMAT
                   ",\"device\":%u,\"kind\":\"%s\"}\n",
                   occasion->time_us, occasion->phone, beacon_air_kind_name(occasion->kind));
        return;
    default:
        write_line(file, "{\"type\":\"%s\",\"time_us\":%" G_GINT64_FORMAT ",\"receiver\":%u}\n",
                   type, occasion->time_us, occasion->receiver);
        return;
    }
}

void bcn_truth_file_read(struct beacon_air *air, uint32_t receiver, int64_t time_us,
                         const struct beacon_air_read *read)
{
    static const char *const outcomes[] = {"answered", "unreachable", "stalled", "refused",
                                           "no-characteristic"};
    char identifier[2 * BEACON_IDENTIFIER_SIZE + 3], device[16] = "null", answered[32] = "null";
    struct beacon_identifier value;

    memcpy(value.bytes, read->value, sizeof(value.bytes));
    identifier_json(read->size == sizeof(value.bytes) ? &value : NULL, identifier);
    if (read->outcome != BEACON_AIR_READ_UNREACHABLE)
        snprintf(device, sizeof(device), "%u", read->device);
    if (read->answered_us != 0)
        snprintf(answered, sizeof(answered), "%" G_GINT64_FORMAT, read->answered_us);
    write_line(air->truth_file,
               "{\"type\":\"read\",\"time_us\":%" G_GINT64_FORMAT ",\"receiver\":%u,\"device\":%s,"
               "\"outcome\":\"%s\",\"answered_us\":%s,\"identifier\":%s}\n",
               time_us, receiver, device, outcomes[read->outcome], answered, identifier);
}

void bcn_truth_file_free(struct beacon_air *air)
{
    if (air->truth_file)
        g_free(air->truth_file->counts);
    g_free(air->truth_file);
    air->truth_file = NULL;
}

static void write_deafness(struct beacon_air *air, guint receiver)
{
    const GArray *spans = air->receivers[receiver].deaf;

    for (guint i = 0; i < spans->len; i++) {
        const struct bcn_span *span = &g_array_index(spans, struct bcn_span, i);

        write_line(air->truth_file,
                   "{\"type\":\"deaf\",\"time_us\":%" G_GINT64_FORMAT
                   ",\"until_us\":%" G_GINT64_FORMAT ",\"receiver\":%u,\"db\":%d}\n",
                   span->from_us, span->to_us, receiver, (int)(span->db + 0.5));
    }
}

void beacon_air_begin_truth(beacon_air *air, FILE *stream)
{
    struct bcn_truth_file *file = g_new0(struct bcn_truth_file, 1);

    bcn_truth_file_free(air);
    air->truth_file = file;
    file->stream = stream;
    file->counts = g_new0(struct count, MAX((gsize)air->devices_count * air->receivers_count, 1));
    file->second_us = air->start_us + (air->now_us - air->start_us) / BCN_SECOND * BCN_SECOND;
    write_line(file,
               "{\"type\":\"air\",\"start_us\":%" G_GINT64_FORMAT ",\"end_us\":%" G_GINT64_FORMAT
               ",\"seed\":%" G_GUINT64_FORMAT ",\"slots_per_day\":%u}\n",
               air->start_us, air->end_us, air->seed, air->slots_per_day);
    for (guint i = 0; i < air->receivers_count; i++)
        write_line(file, "{\"type\":\"receiver\",\"receiver\":%u,\"name\":\"%s\"}\n", i,
                   air->receivers[i].name);
    for (guint i = 0; i < air->receivers_count; i++)
        write_deafness(air, i);
    for (guint i = 0; i < air->present_count; i++)
        bcn_truth_file_arrive(air, air->present[i], true);
}

gboolean beacon_air_finish_truth(beacon_air *air, GError **error)
{
    struct bcn_truth_file *file = air->truth_file;
    int error_number;

    g_return_val_if_fail(file, FALSE);
    error_number = file->error_number;
    if (error_number == 0 && fflush(file->stream) != 0)
        error_number = errno;
    bcn_truth_file_free(air);
    if (error_number == 0)
        return TRUE;
    g_set_error(error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_IO, "the truth could not be written: %s",
                g_strerror(error_number));
    return FALSE;
}
