/* SPDX-License-Identifier: MIT */
/* Numbers, times and days as people type and read them. */
#ifndef TOOL_TIMES_H
#define TOOL_TIMES_H

#include <glib.h>
#include <stdbool.h>

/* Digits alone, up to `max`. */
bool number_parse(const char *text, guint64 max, guint64 *ret_number);

/* Seconds with up to three decimals, as milliseconds, up to max_ms. */
bool seconds_parse(const char *text, gint64 max_ms, gint64 *ret_ms);

/*
 * An instant from 1970 to 2100: Unix seconds, milliseconds when "ms" follows, or ISO 8601
 * ("2020-08-08T05:56:31Z"; without a zone it is local time).
 */
bool time_parse(const char *text, gint64 *ret_ms);

/* A day, "2020-08-08", counted from 1970-01-01; years 1970 to 2100. */
bool day_parse(const char *text, gint64 *ret_day);

/* An instant in local time, in the form of g_date_time_format; the caller frees it. */
char *time_local(gint64 time_ms, const char *format);
#define TIME_FORMAT_ISO "%Y-%m-%dT%H:%M:%S%:z"

/* The day as "2020-08-08"; the caller frees it. */
char *day_text(gint64 day);

#endif
