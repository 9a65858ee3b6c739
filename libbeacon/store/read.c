/* SPDX-License-Identifier: MIT */
/* Reads rows back, a UTC day at a time, in order of time. */
#include "store/fail.h"
#include "store/store.h"
#include "store/text.h"

#include <beacon/identity.h>
#include <sodium.h>
#include <string.h>

/* Of days that are damaged. */
#define DAYS_NAMED_MAX 10

/* What is read of a day, and how: records are taken in the order in which they were added. */
struct taking {
    guint kind;
    gint64 from_ms, to_ms;
    GArray *rows; /* of what `take` makes of a record */
    void (*take)(struct taking *taking, const guint8 *record);
};

static void take_chunk(struct taking *taking, const struct bcn_store_scan *scan)
{
    const gsize size = bcn_store_record_size(taking->kind);

    for (guint i = 0; i < scan->head.count; i++) {
        const guint8 *record = scan->records + i * size;
        const gint64 time_ms = bcn_store_record_ms(taking->kind, record);

        if (time_ms >= taking->from_ms && time_ms < taking->to_ms)
            taking->take(taking, record);
    }
}

/* In one transaction, which begins and ends here. */
static bool take_day(beacon_store *store, struct taking *taking, gint64 day, GError **error)
{
    enum bcn_store_found found = BCN_STORE_FAILED;
    struct bcn_store_scan scan;

    g_mutex_lock(&store->reading);
    if (bcn_store_scan_day(&scan, &store->reader, &store->seal, taking->kind, day, error))
        while ((found = bcn_store_scan_next(&scan, error)) == BCN_STORE_CHUNK)
            take_chunk(taking, &scan);
    if (found > BCN_STORE_END)
        bcn_store_scan_fail(&scan, found, error);
    bcn_store_scan_end(&scan);
    g_mutex_unlock(&store->reading);
    return found == BCN_STORE_END;
}

/* The first day from `day` on that has such rows; G_MAXINT64 if there is none. */
static bool next_day(beacon_store *store, guint kind, gint64 day, gint64 *ret_day, GError **error)
{
    bool is_known;

    g_mutex_lock(&store->reading);
    is_known = bcn_store_next_day(&store->reader, kind, day, ret_day, error);
    g_mutex_unlock(&store->reading);
    return is_known;
}

void bcn_store_rows_free(GArray *rows)
{
    if (!rows)
        return;
    sodium_memzero(rows->data, (gsize)rows->len * g_array_get_element_size(rows));
    g_array_unref(rows);
}

static void take_row(struct taking *taking, const guint8 *record)
{
    struct beacon_store_row row;

    bcn_store_get_row(record, &row);
    g_array_append_val(taking->rows, row);
}

static void take_sighting(struct taking *taking, const guint8 *record)
{
    struct beacon_sighting sighting;

    bcn_store_get_sighting(record, &sighting);
    g_array_append_val(taking->rows, sighting);
}

static void take_encounter(struct taking *taking, const guint8 *record)
{
    struct beacon_store_encounter encounter;

    bcn_store_get_encounter(record, &encounter);
    g_array_append_val(taking->rows, encounter);
}

GArray *bcn_store_rows_of_day(beacon_store *store, gint64 day, GError **error)
{
    struct taking taking = {.kind = BCN_STORE_SIGHTING,
                            .from_ms = G_MININT64,
                            .to_ms = G_MAXINT64,
                            .rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_row)),
                            .take = take_row};

    if (take_day(store, &taking, day, error))
        return taking.rows;
    bcn_store_rows_free(taking.rows);
    return NULL;
}

static gint compare_rows(gconstpointer a, gconstpointer b)
{
    const struct beacon_store_row *first = a, *second = b;

    return first->sighting.time_ms < second->sighting.time_ms
               ? -1
               : first->sighting.time_ms > second->sighting.time_ms;
}

static gint compare_encounters(gconstpointer a, gconstpointer b)
{
    const struct beacon_store_encounter *first = a, *second = b;

    return first->encounter.end_ms < second->encounter.end_ms
               ? -1
               : first->encounter.end_ms > second->encounter.end_ms;
}

/* Sorting copies: what is in order already, the usual case, is left alone. */
static void sort(GArray *rows, GCompareFunc compare)
{
    const gsize size = g_array_get_element_size(rows);

    for (gsize i = 1; i < rows->len; i++)
        if (compare(rows->data + (i - 1) * size, rows->data + i * size) > 0) {
            g_array_sort(rows, compare); /* stable */
            return;
        }
}

/* Adds a day's name, of as many as one reads. */
static void name_day(GString *days, gint64 day)
{
    GDateTime *utc = g_date_time_new_from_unix_utc(day * (BEACON_DAY_MS / 1000));
    char *name = utc ? g_date_time_format(utc, "%Y-%m-%d") : g_strdup("?");

    if (days->len == 0)
        g_string_append(days, name);
    else if (days->len < DAYS_NAMED_MAX * strlen("2020-08-08, "))
        g_string_append_printf(days, ", %s", name);
    else if (!g_str_has_suffix(days->str, "…"))
        g_string_append(days, ", …");
    g_free(name);
    g_clear_pointer(&utc, g_date_time_unref);
}

static bool fail_days(const beacon_store *store, const GString *days, GError **error)
{
    char *words = g_strdup_printf(
        _("damaged; left out was all of: %s; salvage recovers what is whole"), days->str);

    bcn_store_fail(store->path, BEACON_STORE_ERROR_DAMAGED, words, error);
    g_free(words);
    return false;
}

/* Reads a day, or notes that it is damaged; false on any other error. */
static bool take_or_note(beacon_store *store, struct taking *taking, gint64 day, GString *damaged,
                         bool *ret_is_taken, GError **error)
{
    GError *reason = NULL;

    *ret_is_taken = take_day(store, taking, day, &reason);
    if (*ret_is_taken)
        return true;
    if (!g_error_matches(reason, BEACON_STORE_ERROR, BEACON_STORE_ERROR_DAMAGED)) {
        g_propagate_error(error, reason);
        return false;
    }
    g_error_free(reason);
    name_day(damaged, day);
    return true;
}

struct telling {
    gsize size; /* of a row */
    GCompareFunc compare;
    bool (*tell)(const GArray *rows, gpointer listener);
    gpointer listener;
};

/* Reads a day, sorts it, and has it told. */
static bool read_day(beacon_store *store, struct taking *taking, const struct telling *telling,
                     gint64 day, GString *damaged, GError **error)
{
    bool is_taken, goes_on;

    taking->rows = g_array_new(FALSE, FALSE, (guint)telling->size);
    goes_on = take_or_note(store, taking, day, damaged, &is_taken, error);
    if (is_taken) {
        sort(taking->rows, telling->compare);
        goes_on = telling->tell(taking->rows, telling->listener);
        if (!goes_on)
            bcn_store_fail(store->path, BEACON_STORE_ERROR_CANCELED,
                           _(beacon_error_text(BEACON_ECANCELED)), error);
    }
    bcn_store_rows_free(taking->rows);
    return goes_on;
}

/* Each day in turn. Damaged ones are left out, and are the error in the end. */
static bool read_days(beacon_store *store, struct taking *taking, const struct telling *telling,
                      GError **error)
{
    GString *damaged = g_string_new(NULL);
    gint64 day = taking->to_ms > taking->from_ms ? beacon_day_of(taking->from_ms) : G_MAXINT64;
    const gint64 last = day < G_MAXINT64 ? beacon_day_of(taking->to_ms - 1) : 0;
    bool goes_on = true;

    while (goes_on && day <= last) {
        goes_on = next_day(store, taking->kind, day, &day, error);
        if (goes_on && day <= last) {
            goes_on = read_day(store, taking, telling, day, damaged, error);
            day++;
        }
    }
    if (goes_on && damaged->len > 0)
        goes_on = fail_days(store, damaged, error);
    g_string_free(damaged, TRUE);
    return goes_on;
}

struct row_listener {
    beacon_store_row_fn *on_row;
    gpointer user;
};

static bool tell_rows(const GArray *rows, gpointer listener)
{
    const struct row_listener *to = listener;

    for (guint i = 0; i < rows->len; i++)
        if (!to->on_row(&g_array_index(rows, struct beacon_store_row, i), to->user))
            return false;
    return true;
}

gboolean beacon_store_read(beacon_store *store, gint64 from_ms, gint64 to_ms,
                           beacon_store_row_fn *on_row, gpointer user, GError **error)
{
    struct taking taking = {
        .kind = BCN_STORE_SIGHTING, .from_ms = from_ms, .to_ms = to_ms, .take = take_row};
    struct row_listener listener = {on_row, user};
    const struct telling telling = {sizeof(struct beacon_store_row), compare_rows, tell_rows,
                                    &listener};

    return read_days(store, &taking, &telling, error);
}

struct encounter_listener {
    beacon_store_encounter_fn *on_encounter;
    gpointer user;
};

static bool tell_encounters(const GArray *rows, gpointer listener)
{
    const struct encounter_listener *to = listener;

    for (guint i = 0; i < rows->len; i++)
        if (!to->on_encounter(&g_array_index(rows, struct beacon_store_encounter, i), to->user))
            return false;
    return true;
}

gboolean beacon_store_read_encounters(beacon_store *store, gint64 from_ms, gint64 to_ms,
                                      beacon_store_encounter_fn *on_encounter, gpointer user,
                                      GError **error)
{
    struct taking taking = {
        .kind = BCN_STORE_ENCOUNTER, .from_ms = from_ms, .to_ms = to_ms, .take = take_encounter};
    struct encounter_listener listener = {on_encounter, user};
    const struct telling telling = {sizeof(struct beacon_store_encounter), compare_encounters,
                                    tell_encounters, &listener};

    return read_days(store, &taking, &telling, error);
}

/* Days are appended to one array, each in order. */
GArray *beacon_store_load(beacon_store *store, gint64 from_ms, gint64 to_ms, GError **error)
{
    struct taking taking = {.kind = BCN_STORE_SIGHTING,
                            .from_ms = from_ms,
                            .to_ms = to_ms,
                            .rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_sighting)),
                            .take = take_sighting};
    gint64 day = to_ms > from_ms ? beacon_day_of(from_ms) : G_MAXINT64;
    const gint64 last = day < G_MAXINT64 ? beacon_day_of(to_ms - 1) : 0;

    while (day <= last) {
        if (!next_day(store, taking.kind, day, &day, error) ||
            (day <= last && !take_day(store, &taking, day, error))) {
            bcn_store_rows_free(taking.rows);
            return NULL;
        }
        day += day <= last;
    }
    beacon_sightings_sort((struct beacon_sighting *)(void *)taking.rows->data, taking.rows->len);
    return taking.rows;
}

struct undated_listener {
    beacon_store_undated_fn *on_row;
    gpointer user;
};

static bool tell_undated(const GArray *records, gpointer listener)
{
    const struct undated_listener *to = listener;

    for (guint i = 0; i < records->len; i++) {
        struct beacon_store_boot boot;
        struct beacon_store_row row;

        bcn_store_get_undated((const guint8 *)records->data + i * BCN_STORE_UNDATED_SIZE, &boot,
                              &row);
        if (!to->on_row(&boot, &row, to->user))
            return false;
    }
    return true;
}

static void take_record(struct taking *taking, const guint8 *record)
{
    g_array_append_vals(taking->rows, record, 1);
}

static gint leave(gconstpointer a, gconstpointer b)
{
    (void)a;
    (void)b;
    return 0;
}

gboolean beacon_store_read_undated(beacon_store *store, beacon_store_undated_fn *on_row,
                                   gpointer user, GError **error)
{
    struct taking taking = {
        .kind = BCN_STORE_UNDATED, .from_ms = 0, .to_ms = G_MAXINT64, .take = take_record};
    struct undated_listener listener = {on_row, user};
    const struct telling telling = {BCN_STORE_UNDATED_SIZE, leave, tell_undated, &listener};

    return read_days(store, &taking, &telling, error);
}
