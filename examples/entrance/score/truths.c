/* SPDX-License-Identifier: MIT */
/* What really happened, as the air logged it second by second: during each of the tool's checks. */
#include "score.h"

#include <math.h>
#include <string.h>

#define SECOND_US     ((gint64)G_USEC_PER_SEC)
#define DEVICE_MAX    1000000
#define DEAF_LEAST_DB 10
#define LEAVES_OPEN   G_MAXINT64

/* A person who steps up. */
struct stepping {
    gint64 time_us, until_us;
    guint32 device;
};

struct reading {
    const struct verdicts *verdicts;
    struct truths *truths;
    GArray *steppings; /* by time */
    GArray *deaf;      /* of struct stepping */
    GHashTable *heard; /* devices that were heard, or were there from the start */
    guint first;       /* the first verdict that is not over yet */
};

static struct happening *happening_of(struct reading *reading, guint verdict)
{
    return &g_array_index(reading->truths->happenings, struct happening, verdict);
}

static const struct verdict_line *verdict_of(const struct reading *reading, guint verdict)
{
    return &g_array_index(reading->verdicts->verdicts, struct verdict_line, verdict);
}

/* ---- A second of a device ---- */

struct second {
    gint64 time_us;
    guint32 device;
    const char *kind;
    double distance_m; /* infinite: not there */
    guint sent, arrived;
};

static gboolean read_device(const struct line *line, guint32 *ret_device, GError **error)
{
    gint64 device;
    if (!line_integer(line, "device", &device, error))
        return FALSE;
    if (device > DEVICE_MAX)
        return line_refuse(line, "device", "a number of a device", error);
    *ret_device = (guint32)device;
    return TRUE;
}

static gboolean read_second(const struct line *line, struct second *second, gint64 *ret_receiver,
                            GError **error)
{
    gint64 sent, arrived;
    second->distance_m = INFINITY;
    second->kind = line_text(line, "kind", error);
    if (second->kind == NULL || !line_integer(line, "time_us", &second->time_us, error) ||
        !read_device(line, &second->device, error) ||
        !line_integer(line, "receiver", ret_receiver, error) ||
        !line_integer(line, "sent", &sent, error) ||
        !line_integer(line, "arrived", &arrived, error) ||
        (!line_is_null(line, "distance_m") &&
         !line_number(line, "distance_m", &second->distance_m, error)))
        return FALSE;
    if (arrived > sent || sent > G_MAXUINT16)
        return line_refuse(line, "arrived", "at most as many as were sent", error);
    second->sent = (guint)sent;
    second->arrived = (guint)arrived;
    return TRUE;
}

static gboolean is_kind(const char *kind, const char *const *kinds)
{
    return g_strv_contains(kinds, kind);
}

static gboolean runs(const char *kind)
{
    static const char *const kinds[] = {"android-open", "android-background", "android-doze",
                                        "iphone-open",  "iphone-background",  NULL};
    return is_kind(kind, kinds);
}

static gboolean is_unsure(const char *kind)
{
    static const char *const kinds[] = {"iphone-stalling", "iphone-refusing", "iphone-same-bit",
                                        NULL};
    return is_kind(kind, kinds);
}

static struct presence *presence_of(struct happening *happening, const struct second *second)
{
    for (guint i = 0; i < happening->presences->len; i++) {
        struct presence *one = &g_array_index(happening->presences, struct presence, i);
        if (one->device == second->device)
            return one;
    }
    const struct presence made = {
        .device = second->device,
        .is_open = g_str_has_suffix(second->kind, "-open"),
        .nearest_m = INFINITY,
    };
    g_array_append_val(happening->presences, made);
    return &g_array_index(happening->presences, struct presence, happening->presences->len - 1);
}

static void note(struct happening *happening, const struct verdict_line *verdict,
                 const struct second *second)
{
    struct presence *presence = presence_of(happening, second);
    gboolean is_whole =
        second->time_us >= verdict->begin_us && second->time_us + SECOND_US <= verdict->end_us;
    presence->runs = presence->runs || runs(second->kind);
    presence->is_forger = presence->is_forger || strcmp(second->kind, "forger") == 0;
    presence->is_unsure = presence->is_unsure || is_unsure(second->kind);
    presence->sent += second->sent;
    presence->arrived_most += second->arrived;
    presence->arrived_least += is_whole ? second->arrived : 0;
    if (second->time_us >= verdict->begin_us)
        presence->nearest_m = MIN(presence->nearest_m, second->distance_m);
    happening->arrived += second->arrived;
}

/* An Android that came is a visit from the moment that it was first heard. */
static void note_arrival(struct reading *reading, const struct second *second)
{
    gpointer key = GUINT_TO_POINTER(second->device + 1);
    if (second->arrived == 0 || !g_str_has_prefix(second->kind, "android-") ||
        g_hash_table_contains(reading->heard, key))
        return;
    g_hash_table_add(reading->heard, key);
    g_array_append_val(reading->truths->arrivals, second->time_us);
}

/* Seconds come in order of time, but for those of one who leaves: some seconds early. */
static gboolean take_second(const struct line *line, struct reading *reading, GError **error)
{
    struct second second;
    gint64 receiver;
    if (!read_second(line, &second, &receiver, error))
        return FALSE;
    if (receiver != 0)
        return TRUE;
    note_arrival(reading, &second);
    guint count = reading->verdicts->verdicts->len;
    while (reading->first < count &&
           verdict_of(reading, reading->first)->end_us + 3 * SECOND_US < second.time_us)
        reading->first++;
    for (guint i = reading->first; i < count; i++) {
        const struct verdict_line *verdict = verdict_of(reading, i);
        if (verdict->begin_us >= second.time_us + SECOND_US)
            break;
        if (verdict->end_us > second.time_us)
            note(happening_of(reading, i), verdict, &second);
    }
    return TRUE;
}

/* ---- Other lines ---- */

static gboolean take_span(const struct line *line, GArray *spans, gboolean has_device,
                          GError **error)
{
    struct stepping span = {0};
    if (!line_integer(line, "time_us", &span.time_us, error) ||
        !line_integer(line, "until_us", &span.until_us, error) ||
        (has_device && !read_device(line, &span.device, error)))
        return FALSE;
    g_array_append_val(spans, span);
    return TRUE;
}

static gboolean take_deaf(const struct line *line, struct reading *reading, GError **error)
{
    gint64 db, receiver;
    if (!line_integer(line, "db", &db, error) || !line_integer(line, "receiver", &receiver, error))
        return FALSE;
    return receiver != 0 || db < DEAF_LEAST_DB || take_span(line, reading->deaf, FALSE, error);
}

static gboolean take_away(const struct line *line, struct reading *reading, GError **error)
{
    struct stepping span = {.until_us = LEAVES_OPEN};
    gint64 receiver;
    if (!line_integer(line, "time_us", &span.time_us, error) ||
        !line_integer(line, "receiver", &receiver, error))
        return FALSE;
    if (receiver == 0)
        g_array_append_val(reading->deaf, span);
    return TRUE;
}

static gboolean take_back(const struct line *line, struct reading *reading, GError **error)
{
    gint64 time_us, receiver;
    if (!line_integer(line, "time_us", &time_us, error) ||
        !line_integer(line, "receiver", &receiver, error))
        return FALSE;
    for (guint i = 0; receiver == 0 && i < reading->deaf->len; i++) {
        struct stepping *span = &g_array_index(reading->deaf, struct stepping, i);
        if (span->until_us == LEAVES_OPEN)
            span->until_us = time_us;
    }
    return TRUE;
}

static gboolean take_air(const struct line *line, struct reading *reading, GError **error)
{
    return line_integer(line, "start_us", &reading->truths->start_us, error) &&
           line_integer(line, "end_us", &reading->truths->end_us, error);
}

/* Who is there when it begins does not come. */
static gboolean take_arrive(const struct line *line, struct reading *reading, GError **error)
{
    gint64 time_us;
    guint32 device = 0;
    if (!line_integer(line, "time_us", &time_us, error) || !read_device(line, &device, error))
        return FALSE;
    if (time_us <= reading->truths->start_us)
        g_hash_table_add(reading->heard, GUINT_TO_POINTER(device + 1));
    return TRUE;
}

static gboolean take(const struct line *line, gpointer user, GError **error)
{
    struct reading *reading = user;
    if (line_is(line, "second"))
        return take_second(line, reading, error);
    if (line_is(line, "check"))
        return take_span(line, reading->steppings, TRUE, error);
    if (line_is(line, "arrive"))
        return take_arrive(line, reading, error);
    if (line_is(line, "deaf"))
        return take_deaf(line, reading, error);
    if (line_is(line, "away"))
        return take_away(line, reading, error);
    if (line_is(line, "back"))
        return take_back(line, reading, error);
    return !line_is(line, "air") || take_air(line, reading, error);
}

/* ---- Together ---- */

static gint by_time(gconstpointer a, gconstpointer b)
{
    gint64 x = ((const struct stepping *)a)->time_us, y = ((const struct stepping *)b)->time_us;
    return (x > y) - (x < y);
}

/* The last person to step up before the check began, and who stands there still. */
static void find_person(const struct reading *reading, const struct verdict_line *verdict,
                        struct happening *happening)
{
    guint low = 0, high = reading->steppings->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(reading->steppings, struct stepping, middle).time_us <= verdict->begin_us)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return;
    const struct stepping *found = &g_array_index(reading->steppings, struct stepping, low - 1);
    happening->has_check = verdict->begin_us < found->until_us;
    happening->person = found->device;
    happening->stepped_us = found->time_us;
}

static void find_deafness(const struct reading *reading, const struct verdict_line *verdict,
                          struct happening *happening)
{
    for (guint i = 0; i < reading->deaf->len; i++) {
        const struct stepping *span = &g_array_index(reading->deaf, struct stepping, i);
        gint64 from = MAX(span->time_us, verdict->begin_us);
        gint64 to = MIN(span->until_us, verdict->end_us);
        happening->deaf_us += MAX(to - from, 0);
    }
}

static void put_together(struct reading *reading)
{
    g_array_sort(reading->steppings, by_time);
    for (guint i = 0; i < reading->verdicts->verdicts->len; i++) {
        find_person(reading, verdict_of(reading, i), happening_of(reading, i));
        find_deafness(reading, verdict_of(reading, i), happening_of(reading, i));
    }
}

static struct truths *truths_new(guint verdicts)
{
    struct truths *truths = g_new0(struct truths, 1);
    truths->arrivals = g_array_new(FALSE, FALSE, sizeof(gint64));
    truths->happenings = g_array_sized_new(FALSE, TRUE, sizeof(struct happening), verdicts);
    g_array_set_size(truths->happenings, verdicts);
    for (guint i = 0; i < verdicts; i++)
        g_array_index(truths->happenings, struct happening, i).presences =
            g_array_new(FALSE, FALSE, sizeof(struct presence));
    return truths;
}

struct truths *truths_read(const char *path, const struct verdicts *verdicts, GError **error)
{
    struct reading reading = {
        .verdicts = verdicts,
        .truths = truths_new(verdicts->verdicts->len),
        .steppings = g_array_new(FALSE, FALSE, sizeof(struct stepping)),
        .deaf = g_array_new(FALSE, FALSE, sizeof(struct stepping)),
        .heard = g_hash_table_new(NULL, NULL),
    };
    gboolean is_read = lines_read(path, take, &reading, error);
    if (is_read)
        put_together(&reading);
    g_array_unref(reading.steppings);
    g_array_unref(reading.deaf);
    g_hash_table_unref(reading.heard);
    return is_read ? reading.truths : truths_free(reading.truths);
}

struct truths *truths_free(struct truths *truths)
{
    if (truths == NULL)
        return NULL;
    for (guint i = 0; i < truths->happenings->len; i++)
        g_array_unref(g_array_index(truths->happenings, struct happening, i).presences);
    g_array_unref(truths->happenings);
    g_array_unref(truths->arrivals);
    g_free(truths);
    return NULL;
}
