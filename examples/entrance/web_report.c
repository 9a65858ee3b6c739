/* SPDX-License-Identifier: MIT */
/* The hours of some days as JSON, for the charts and the table of the report page. */
#include "web_parts.h"

#include "say.h"

#include <string.h>

#include "json.h"
#include "zone.h"

enum { DAYS_MAX = 62 };

static gboolean read_date(const char *text, GDate *ret_date)
{
    unsigned year, month, day;

    if (strlen(text) != 10)
        return FALSE;
    for (guint i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !g_ascii_isdigit(text[i]))
            return FALSE;
    year = (unsigned)g_ascii_strtoull(text, NULL, 10);
    month = (unsigned)g_ascii_strtoull(text + 5, NULL, 10);
    day = (unsigned)g_ascii_strtoull(text + 8, NULL, 10);
    if (year < 1970 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return FALSE;
    g_date_clear(ret_date, 1);
    g_date_set_dmy(ret_date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    return TRUE;
}

/* The door's day: of a simulated one, not ours. */
static void today(const struct web *web, GDate *ret_date)
{
    char *text = zone_text(web->timezone, door_view(web->door)->time_ms, "%Y-%m-%d");

    if (!read_date(text, ret_date)) {
        g_date_clear(ret_date, 1);
        g_date_set_dmy(ret_date, 1, G_DATE_JANUARY, 1970);
    }
    g_free(text);
}

gboolean web_report_days(const char *from, const char *to, GDate *ret_from, GDate *ret_to,
                         GError **error)
{
    if (from != NULL && to != NULL && read_date(from, ret_from) && read_date(to, ret_to) &&
        g_date_days_between(ret_from, ret_to) >= 0 &&
        g_date_days_between(ret_from, ret_to) < DAYS_MAX)
        return TRUE;
    g_set_error(error, WEB_ERROR, WEB_ERROR_INPUT,
                _("from=YYYY-MM-DD&to=YYYY-MM-DD was expected, %d days at most"), DAYS_MAX);
    return FALSE;
}

static gboolean read_query(const struct web *web, const char *query, GDate *ret_from, GDate *ret_to,
                           GError **error)
{
    char **parts;
    gboolean read;

    if (query == NULL) {
        today(web, ret_from);
        *ret_to = *ret_from;
        return TRUE;
    }
    parts = g_strsplit(query, "&", 3);
    read = g_strv_length(parts) == 2 && g_str_has_prefix(parts[0], "from=") &&
           g_str_has_prefix(parts[1], "to=");
    read = web_report_days(read ? parts[0] + 5 : NULL, read ? parts[1] + 3 : NULL, ret_from, ret_to,
                           error);
    g_strfreev(parts);
    return read;
}

/* Where the day begins. */
static gint64 start_ms(const struct web *web, const GDate *date)
{
    GDateTime *time = g_date_time_new(web->timezone, g_date_get_year(date),
                                      (int)g_date_get_month(date), g_date_get_day(date), 0, 0, 0);
    gint64 result = time != NULL ? g_date_time_to_unix(time) * 1000 : 0;

    g_clear_pointer(&time, g_date_time_unref);
    return result;
}

static const char *const columns[] = {
    "day",       "hour",      "staff",  "visitors", "in",     "out",  "heard", "cannot_tell",
    "not_heard", "unchecked", "exempt", "told",     "visits", "band", "off_s",
};

struct writing {
    const struct web *web;
    yajl_gen json;
    gint64 now_ms;
    struct tally_sums staff, visitors;
    guint64 off_s;
};

static void put_when(const struct writing *writing, gint64 time_ms)
{
    char *day = zone_text(writing->web->timezone, time_ms, "%Y-%m-%d");
    char *hour = zone_text(writing->web->timezone, time_ms, "%H");

    json_text(writing->json, day);
    yajl_gen_integer(writing->json, g_ascii_strtoll(hour, NULL, 10));
    g_free(hour);
    g_free(day);
}

static void put_counted(const struct writing *writing, const struct tally_hour *hour)
{
    yajl_gen json = writing->json;

    if (hour->is_counted) {
        json_decimal(json, hour->visits, 2);
        json_decimal(json, hour->visits_band, 2);
    } else {
        yajl_gen_null(json);
        yajl_gen_null(json);
    }
    yajl_gen_integer(json, tally_off_until(hour, writing->now_ms));
}

static void put_numbers(yajl_gen json, const struct tally_hour *hour, const struct tally_sums *all)
{
    const guint64 numbers[] = {
        hour->staff.total, hour->visitors.total, all->in,        all->out,    all->heard,
        all->cannot_tell,  all->not_heard,       all->unchecked, all->exempt, all->told,
    };

    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        yajl_gen_integer(json, (gint64)numbers[i]);
}

/* An hour in which nothing was is left out. */
static void put_hour(const struct tally_hour *hour, gpointer user)
{
    struct writing *writing = user;
    yajl_gen json = writing->json;
    struct tally_sums all = hour->staff;

    writing->off_s += tally_off_until(hour, writing->now_ms);
    tally_sums_add(&writing->staff, &hour->staff);
    tally_sums_add(&writing->visitors, &hour->visitors);
    tally_sums_add(&all, &hour->visitors);
    if (all.total == 0 && !hour->is_counted)
        return;
    yajl_gen_array_open(json);
    put_when(writing, hour->start_ms);
    put_numbers(json, hour, &all);
    put_counted(writing, hour);
    yajl_gen_array_close(json);
}

static void put_sums(yajl_gen json, const char *name, const struct tally_sums *sums)
{
    json_key(json, name);
    yajl_gen_map_open(json);
    json_put_number(json, "total", (gint64)sums->total);
    json_put_number(json, "in", (gint64)sums->in);
    json_put_number(json, "out", (gint64)sums->out);
    json_put_number(json, "heard", (gint64)sums->heard);
    json_put_number(json, "cannot_tell", (gint64)sums->cannot_tell);
    json_put_number(json, "not_heard", (gint64)sums->not_heard);
    json_put_number(json, "unchecked", (gint64)sums->unchecked);
    json_put_number(json, "told", (gint64)sums->told);
    json_put_number(json, "helped", (gint64)sums->helped);
    json_put_number(json, "exempt", (gint64)sums->exempt);
    json_put_number(json, "declined", (gint64)sums->declined);
    json_put_number(json, "by_hand", (gint64)sums->by_hand);
    json_put_number(json, "installed_before", (gint64)sums->installed_before);
    json_put_number(json, "installed_on_the_spot", (gint64)sums->installed_on_the_spot);
    json_put_number(json, "installed_no", (gint64)sums->installed_no);
    yajl_gen_map_close(json);
}

static void put_columns(yajl_gen json)
{
    json_key(json, "columns");
    yajl_gen_array_open(json);
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++)
        json_text(json, columns[i]);
    yajl_gen_array_close(json);
}

static gboolean put_hours(struct writing *writing, const GDate *from, const GDate *to,
                          GError **error)
{
    GDate after = *to;
    gboolean done;

    g_date_add_days(&after, 1);
    json_key(writing->json, "hours");
    yajl_gen_array_open(writing->json);
    done = tally_hours(door_tally(writing->web->door), start_ms(writing->web, from),
                       start_ms(writing->web, &after), put_hour, writing, error);
    yajl_gen_array_close(writing->json);
    return done;
}

static void put_date(yajl_gen json, const char *name, const GDate *date)
{
    char text[16];

    g_date_strftime(text, sizeof text, "%Y-%m-%d", date);
    json_put_text(json, name, text);
}

char *web_report_json(const struct web *web, const char *query, GError **error)
{
    struct writing writing = {.web = web, .now_ms = door_view(web->door)->time_ms};
    GDate from, to, now;

    if (!read_query(web, query, &from, &to, error))
        return NULL;
    today(web, &now);
    writing.json = yajl_gen_alloc(NULL);
    yajl_gen_map_open(writing.json);
    put_date(writing.json, "today", &now);
    put_date(writing.json, "from", &from);
    put_date(writing.json, "to", &to);
    put_columns(writing.json);
    if (!put_hours(&writing, &from, &to, error)) {
        yajl_gen_free(writing.json);
        return NULL;
    }
    put_sums(writing.json, "staff", &writing.staff);
    put_sums(writing.json, "visitors", &writing.visitors);
    json_put_number(writing.json, "off_s", (gint64)writing.off_s);
    yajl_gen_map_close(writing.json);
    return json_end(writing.json);
}
