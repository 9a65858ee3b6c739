/* SPDX-License-Identifier: MIT */
/* Sums, hours and rows of a tally, of its file and of what waits in memory; and how old rows become
 * hours. */
#include "tally_state.h"

#include "say.h"

#include <math.h>

#define DAY_S    86400
#define HOUR_S   3600
#define MINUTE_S 60

/* ---- Rows ---- */

/* Whom rows are given to, and what in memory makes rows of the file void. */
struct reader {
    GHashTable *voided; /* of gint64 */
    tally_row_fn *fn;
    gpointer user;
};

static GHashTable *voided_in_memory(const struct tally *tally)
{
    GHashTable *voided = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    for (guint i = 0; i < tally->waiting->len; i++) {
        const struct tally_op *op = &g_array_index(tally->waiting, struct tally_op, i);
        gint64 id = op->is_void ? op->row.id : op->row.replaces;

        if (id != 0)
            g_hash_table_add(voided, g_memdup2(&id, sizeof(id)));
    }
    return voided;
}

static void give(const struct tally_row *row, gpointer user)
{
    const struct reader *reader = user;
    struct tally_row copy = *row;

    if (g_hash_table_contains(reader->voided, &row->id))
        copy.voided = TRUE;
    reader->fn(&copy, reader->user);
}

static void give_waiting(const struct tally *tally, gint64 from_s, gint64 to_s,
                         struct reader *reader)
{
    for (guint i = 0; i < tally->waiting->len; i++) {
        const struct tally_op *op = &g_array_index(tally->waiting, struct tally_op, i);
        struct tally_row row = tally_row_rounded(&op->row);

        if (!op->is_void && row.time_ms / 1000 >= from_s && row.time_ms / 1000 < to_s)
            give(&row, reader);
    }
}

static gboolean each_row(struct tally *tally, gint64 from_s, gint64 to_s, gboolean with_waiting,
                         tally_row_fn *fn, gpointer user, GError **error)
{
    struct reader reader = {.voided = voided_in_memory(tally), .fn = fn, .user = user};
    gboolean is_good = tally_file_rows(tally->file, from_s, to_s, give, &reader, error);

    if (is_good && with_waiting)
        give_waiting(tally, from_s, to_s, &reader);
    g_hash_table_unref(reader.voided);
    return is_good;
}

static void collect_row(const struct tally_row *row, gpointer user)
{
    g_array_append_val((GArray *)user, *row);
}

static gint compare_ids(gconstpointer a, gconstpointer b)
{
    const struct tally_row *left = a, *right = b;

    return (left->id > right->id) - (left->id < right->id);
}

/* The first second at or after an instant, for the borders of a span. */
static gint64 second_from(gint64 time_ms)
{
    return time_ms <= 0 ? 0 : (time_ms + 999) / 1000;
}

gboolean tally_rows(struct tally *tally, gint64 from_ms, gint64 to_ms, tally_row_fn *fn,
                    gpointer user, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct tally_row));

    if (!each_row(tally, second_from(from_ms), second_from(to_ms), TRUE, collect_row, rows, error))
        return FALSE;
    g_array_sort(rows, compare_ids);
    for (guint i = 0; i < rows->len; i++)
        fn(&g_array_index(rows, struct tally_row, i), user);
    return TRUE;
}

/* ---- Sums ---- */

struct both_sums {
    struct tally_sums *staff, *visitors;
};

static void sum_row(const struct tally_row *row, gpointer user)
{
    const struct both_sums *sums = user;

    if (!row->voided)
        tally_sums_add_row(row->person == PERSON_STAFF ? sums->staff : sums->visitors, row);
}

static void sum_hour(gint64 start_s, enum person person, struct tally_sums *more, gpointer user)
{
    const struct both_sums *sums = user;

    (void)start_s;
    tally_sums_add(person == PERSON_STAFF ? sums->staff : sums->visitors, more);
}

gboolean tally_sum(struct tally *tally, gint64 from_ms, gint64 to_ms, struct tally_sums *ret_staff,
                   struct tally_sums *ret_visitors, GError **error)
{
    struct tally_sums staff = {0}, visitors = {0};
    struct both_sums sums = {&staff, &visitors};
    gint64 from_s = second_from(from_ms), to_s = second_from(to_ms);
    gboolean is_good;

    if (!tally_file_begin_reading(tally->file, error))
        return FALSE;
    is_good = each_row(tally, from_s, to_s, TRUE, sum_row, &sums, error) &&
              tally_file_hours(tally->file, from_s, to_s, sum_hour, &sums, error);
    tally_file_end_reading(tally->file);
    if (is_good) {
        *ret_staff = staff;
        *ret_visitors = visitors;
    }
    return is_good;
}

/* ---- Hours ---- */

static gint64 hour_floor(GTimeZone *zone, gint64 time_s)
{
    gint interval = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, time_s);
    gint64 offset = g_time_zone_get_offset(zone, interval);
    gint64 into = (time_s + offset) % HOUR_S;

    return time_s - (into < 0 ? into + HOUR_S : into);
}

/* Where a zone changes by part of an hour, an hour there is shorter, or runs over. */
static gint64 hour_after(GTimeZone *zone, gint64 start_s)
{
    gint64 next = hour_floor(zone, start_s + HOUR_S);

    return next > start_s ? next : start_s + HOUR_S;
}

struct hours {
    GArray *hours; /* of struct tally_hour */
    gint64 end_s;
};

static struct tally_hour *hour_at(const struct hours *hours, guint index)
{
    return &g_array_index(hours->hours, struct tally_hour, index);
}

static gint64 hour_start_s(const struct hours *hours, guint index)
{
    return index < hours->hours->len ? hour_at(hours, index)->start_ms / 1000 : hours->end_s;
}

static struct hours make_hours(GTimeZone *zone, gint64 from_s, gint64 to_s, gint64 condensed_s)
{
    struct hours hours = {.hours = g_array_new(FALSE, TRUE, sizeof(struct tally_hour))};

    for (hours.end_s = hour_floor(zone, from_s); hours.end_s < to_s;
         hours.end_s = hour_after(zone, hours.end_s)) {
        struct tally_hour hour = {.start_ms = hours.end_s * 1000,
                                  .is_condensed = hours.end_s < condensed_s};

        g_array_append_val(hours.hours, hour);
    }
    return hours;
}

/* The index of the hour that an instant lies in; outside of them all, how many they are. */
static guint find_hour(const struct hours *hours, gint64 time_s)
{
    guint low = 0, high = hours->hours->len;

    if (high == 0 || time_s < hour_start_s(hours, 0) || time_s >= hours->end_s)
        return hours->hours->len;
    while (high - low > 1) {
        guint middle = low + (high - low) / 2;

        if (hour_start_s(hours, middle) <= time_s)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct tally_sums *hour_sums(const struct hours *hours, gint64 time_s, enum person person)
{
    guint index = find_hour(hours, time_s);

    if (index == hours->hours->len)
        return NULL;
    return person == PERSON_STAFF ? &hour_at(hours, index)->staff
                                  : &hour_at(hours, index)->visitors;
}

static void add_row_to_hour(const struct tally_row *row, gpointer user)
{
    struct tally_sums *sums = hour_sums(user, row->time_ms / 1000, row->person);

    if (sums != NULL && !row->voided)
        tally_sums_add_row(sums, row);
}

static void add_condensed(gint64 start_s, enum person person, struct tally_sums *more,
                          gpointer user)
{
    struct tally_sums *sums = hour_sums(user, start_s, person);

    if (sums != NULL)
        tally_sums_add(sums, more);
}

/* While it is added up, visits_band is the variance. */
static void add_slot(const struct tally_slot *slot, guint slots, gpointer user)
{
    const struct hours *hours = user;
    guint index = find_hour(hours, slot->start_s);
    struct tally_hour *hour;

    if (index == hours->hours->len)
        return;
    hour = hour_at(hours, index);
    hour->is_counted = TRUE;
    hour->slots += slots;
    hour->visits += slot->visits;
    hour->visits_band += slot->variance;
}

static void add_slots(struct tally *tally, struct hours *hours)
{
    for (guint i = 0; i < tally->slots->len; i++)
        add_slot(&g_array_index(tally->slots, struct tally_slot, i), 1, hours);
    for (guint i = 0; i < hours->hours->len; i++)
        hour_at(hours, i)->visits_band = 1.96 * sqrt(hour_at(hours, i)->visits_band);
}

static void collect_alive(const struct tally_alive *span, gpointer user)
{
    g_array_append_val((GArray *)user, *span);
}

static gint compare_starts(gconstpointer a, gconstpointer b)
{
    const struct tally_alive *left = a, *right = b;

    return (left->start_s > right->start_s) - (left->start_s < right->start_s);
}

/* Of a span within the hour; seconds from its begin. */
static void take_minutes(struct tally_hour *hour, gint64 begin, gint64 end)
{
    for (gint64 minute = begin / MINUTE_S; minute * MINUTE_S < end; minute++) {
        gint64 from = MAX(begin, minute * MINUTE_S), to = MIN(end, (minute + 1) * MINUTE_S);

        hour->off_of_minute[minute] = (guint8)(hour->off_of_minute[minute] - (to - from));
    }
}

/* Takes from each hour's time off what lies in the span. */
static void take_span(struct hours *hours, gint64 from_s, gint64 to_s)
{
    guint index;

    from_s = MAX(from_s, hour_start_s(hours, 0));
    index = find_hour(hours, from_s);
    for (; index < hours->hours->len && hour_start_s(hours, index) < to_s; index++) {
        gint64 begin = MAX(from_s, hour_start_s(hours, index));
        gint64 end = MIN(to_s, hour_start_s(hours, index + 1));

        hour_at(hours, index)->off_seconds -= (guint32)(end - begin);
        take_minutes(hour_at(hours, index), begin - hour_start_s(hours, index),
                     end - hour_start_s(hours, index));
    }
}

/* All of it is off, until spans are taken from it. */
static void begin_off(struct tally_hour *hour, gint64 length_s)
{
    hour->off_seconds = (guint32)length_s;
    for (gint64 minute = 0; minute * MINUTE_S < length_s; minute++)
        hour->off_of_minute[minute] = (guint8)MIN(length_s - minute * MINUTE_S, MINUTE_S);
}

/* Spans may overlap, where a clock was set back: each second is taken once. */
static gboolean add_off(struct tally *tally, struct hours *hours, GError **error)
{
    g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(struct tally_alive));
    gint64 reached = G_MININT64;

    if (!tally_file_alive(tally->file, hour_start_s(hours, 0), hours->end_s, collect_alive, spans,
                          error))
        return FALSE;
    g_array_append_vals(spans, tally->alive->data, tally->alive->len);
    g_array_sort(spans, compare_starts);
    for (guint i = 0; i < hours->hours->len; i++)
        begin_off(hour_at(hours, i), hour_start_s(hours, i + 1) - hour_start_s(hours, i));
    for (guint i = 0; i < spans->len; i++) {
        const struct tally_alive *span = &g_array_index(spans, struct tally_alive, i);

        if (span->end_s > reached)
            take_span(hours, MAX(span->start_s, reached), span->end_s);
        reached = MAX(reached, span->end_s);
    }
    return TRUE;
}

static gboolean fill_hours(struct tally *tally, struct hours *hours, GError **error)
{
    gint64 start_s = hour_start_s(hours, 0);

    if (!each_row(tally, start_s, hours->end_s, TRUE, add_row_to_hour, hours, error) ||
        !tally_file_hours(tally->file, start_s, hours->end_s, add_condensed, hours, error) ||
        !tally_file_slots(tally->file, start_s, hours->end_s, add_slot, hours, error))
        return FALSE;
    add_slots(tally, hours);
    return add_off(tally, hours, error);
}

static gboolean read_hours(struct tally *tally, gint64 from_s, gint64 to_s, struct hours *ret_hours,
                           GError **error)
{
    gint64 condensed_s;
    gboolean is_good;

    if (!tally_file_begin_reading(tally->file, error))
        return FALSE;
    is_good = tally_file_condensed_until(tally->file, &condensed_s, error);
    if (is_good) {
        *ret_hours = make_hours(tally->zone, from_s, to_s, condensed_s);
        is_good = fill_hours(tally, ret_hours, error);
    }
    tally_file_end_reading(tally->file);
    return is_good;
}

gboolean tally_hours(struct tally *tally, gint64 from_ms, gint64 to_ms, tally_hour_fn *fn,
                     gpointer user, GError **error)
{
    enum { DAYS_MAX = 400 };
    gint64 from_s = MAX(from_ms, 0) / 1000, to_s = second_from(to_ms);
    struct hours hours = {0};
    gboolean is_good;

    if (to_s < from_s || to_s - from_s > (gint64)DAYS_MAX * DAY_S) {
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_SPAN, _("a span of up to %d days was expected"),
                    DAYS_MAX);
        return FALSE;
    }
    is_good = read_hours(tally, from_s, to_s, &hours, error);
    for (guint i = 0; is_good && i < hours.hours->len; i++)
        fn(hour_at(&hours, i), user);
    g_clear_pointer(&hours.hours, g_array_unref);
    return is_good;
}

guint32 tally_off_until(const struct tally_hour *hour, gint64 now_ms)
{
    gint64 to_come = (hour->start_ms + HOUR_S * 1000 - now_ms) / 1000;

    return (guint32)MAX((gint64)hour->off_seconds - CLAMP(to_come, 0, HOUR_S), 0);
}

guint32 tally_off_between(const struct tally_hour *hour, guint from_minute, guint to_minute,
                          gint64 now_ms)
{
    gint64 sum = 0;

    for (guint minute = from_minute; minute < MIN(to_minute, TALLY_HOUR_MINUTES); minute++) {
        gint64 to_come = hour->start_ms / 1000 + (gint64)(minute + 1) * MINUTE_S - now_ms / 1000;

        sum += MAX((gint64)hour->off_of_minute[minute] - CLAMP(to_come, 0, MINUTE_S), 0);
    }
    return (guint32)sum;
}

/* ---- Condensing ---- */

struct condenser {
    GTimeZone *zone;
    GHashTable *hours; /* by their start */
};

static struct tally_condensed_hour *condensed_hour(const struct condenser *condenser, gint64 time_s)
{
    gint64 start_s = hour_floor(condenser->zone, time_s);
    struct tally_condensed_hour *hour = g_hash_table_lookup(condenser->hours, &start_s);

    if (hour == NULL) {
        hour = g_new0(struct tally_condensed_hour, 1);
        hour->start_s = start_s;
        g_hash_table_insert(condenser->hours, &hour->start_s, hour);
    }
    return hour;
}

static void condense_row(const struct tally_row *row, gpointer user)
{
    struct tally_condensed_hour *hour;

    if (row->voided)
        return;
    hour = condensed_hour(user, row->time_ms / 1000);
    tally_sums_add_row(row->person == PERSON_STAFF ? &hour->staff : &hour->visitors, row);
}

static void condense_slot(const struct tally_slot *slot, guint slots, gpointer user)
{
    struct tally_condensed_hour *hour = condensed_hour(user, slot->start_s);

    (void)slots;

    hour->slots++;
    hour->visits += slot->visits;
    hour->variance += slot->variance;
}

static GArray *condensed_hours(const struct condenser *condenser)
{
    GArray *hours = g_array_new(FALSE, FALSE, sizeof(struct tally_condensed_hour));
    GHashTableIter iter;
    gpointer hour;

    g_hash_table_iter_init(&iter, condenser->hours);
    while (g_hash_table_iter_next(&iter, NULL, &hour))
        g_array_append_vals(hours, hour, 1);
    return hours;
}

gboolean tally_condense(struct tally *tally, gint64 now_ms, GError **error)
{
    gint64 limit_s = hour_floor(tally->zone, now_ms / 1000 - (gint64)tally->condense_days * DAY_S);
    struct condenser condenser = {
        .zone = tally->zone,
        .hours = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free),
    };
    g_autoptr(GArray) hours = NULL;
    gboolean is_good;

    g_assert(!tally->is_reader);
    limit_s = MAX(limit_s, 0) / TALLY_STEP_S * TALLY_STEP_S;
    is_good = each_row(tally, 0, limit_s, FALSE, condense_row, &condenser, error) &&
              tally_file_single_slots(tally->file, 0, limit_s, condense_slot, &condenser, error);
    if (is_good) {
        hours = condensed_hours(&condenser);
        is_good = tally_file_condense(tally->file, limit_s, hours, error);
    }
    g_hash_table_unref(condenser.hours);
    return is_good;
}

gint64 tally_condensed_until(struct tally *tally)
{
    gint64 until_s;

    return tally_file_condensed_until(tally->file, &until_s, NULL) ? until_s * 1000 : 0;
}
