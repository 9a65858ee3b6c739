/* SPDX-License-Identifier: MIT */
/* Numbers, times and days as people type and read them. */
#include "times.h"

#include <beacon/base.h>

#include <stdio.h>
#include <string.h>

/* Reads digits from *text on, up to `max`; false when there are none, or too many. */
static bool take_digits(const char **text, guint64 max, guint64 *ret_number)
{
    const char *c = *text;
    guint64 number = 0;

    if (!g_ascii_isdigit(*c))
        return false;
    for (; g_ascii_isdigit(*c); c++) {
        guint64 digit = (guint64)(*c - '0');

        if (number > (max - digit) / 10 || digit > max)
            return false;
        number = 10 * number + digit;
    }
    *text = c;
    *ret_number = number;
    return true;
}

bool number_parse(const char *text, guint64 max, guint64 *ret_number)
{
    guint64 number;

    if (!take_digits(&text, max, &number) || *text != '\0')
        return false;
    *ret_number = number;
    return true;
}

bool seconds_parse(const char *text, gint64 max_ms, gint64 *ret_ms)
{
    guint64 whole;
    gint64 ms;

    if (!take_digits(&text, (guint64)max_ms / 1000, &whole))
        return false;
    ms = (gint64)whole * 1000;
    if (*text == '.') {
        gint64 unit = 100;

        if (!g_ascii_isdigit(*++text))
            return false;
        for (; g_ascii_isdigit(*text) && unit > 0; text++, unit /= 10)
            ms += (*text - '0') * unit;
    }
    if (*text != '\0' || ms > max_ms)
        return false;
    *ret_ms = ms;
    return true;
}

static bool iso_parse(const char *text, gint64 *ret_ms)
{
    g_autoptr(GTimeZone) local = g_time_zone_new_local();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, local);
    gint64 ms;

    if (time == NULL)
        return false;
    ms = g_date_time_to_unix(time) * 1000 + g_date_time_get_microsecond(time) / 1000;
    if (ms < 0 || ms >= BEACON_TIME_END_MS)
        return false;
    *ret_ms = ms;
    return true;
}

bool time_parse(const char *text, gint64 *ret_ms)
{
    const guint64 end_ms = (guint64)BEACON_TIME_END_MS;
    const char *rest = text;
    guint64 number;

    if (take_digits(&rest, end_ms - 1, &number)) {
        if (*rest == '\0' && number < end_ms / 1000) {
            *ret_ms = (gint64)number * 1000;
            return true;
        }
        if (strcmp(rest, "ms") == 0) {
            *ret_ms = (gint64)number;
            return true;
        }
    }
    return strchr(text, 'T') != NULL && iso_parse(text, ret_ms);
}

/* GLib counts days from year 1 and calls its first day 1; this is its number of 1970-01-01. */
static const gint64 julian_1970 = 719163;

bool day_parse(const char *text, gint64 *ret_day)
{
    int year, month, day_of_month;
    GDate date;

    if (strlen(text) != 10)
        return false;
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !g_ascii_isdigit(text[i]))
            return false;
    year = (int)g_ascii_strtoull(text, NULL, 10);
    month = (int)g_ascii_strtoull(text + 5, NULL, 10);
    day_of_month = (int)g_ascii_strtoull(text + 8, NULL, 10);
    if (year < 1970 || year > 2100 ||
        !g_date_valid_dmy((GDateDay)day_of_month, (GDateMonth)month, (GDateYear)year))
        return false;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day_of_month, (GDateMonth)month, (GDateYear)year);
    *ret_day = (gint64)g_date_get_julian(&date) - julian_1970;
    return true;
}

char *day_text(gint64 day)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(day * (BEACON_DAY_MS / 1000));

    return utc != NULL ? g_date_time_format(utc, "%Y-%m-%d") : NULL;
}

char *time_local(gint64 time_ms, const char *format)
{
    gint64 seconds = time_ms / 1000 - (time_ms % 1000 < 0 ? 1 : 0);
    g_autoptr(GDateTime) local = g_date_time_new_from_unix_local(seconds);

    return local != NULL ? g_date_time_format(local, format) : NULL;
}
