/* SPDX-License-Identifier: MIT */
/* Time as the office's clock has it. */
#include "zone.h"

#if GLIB_CHECK_VERSION(2, 68, 0)
#define zone_named g_time_zone_new_identifier
#else
#define zone_named g_time_zone_new
#endif

GTimeZone *zone_new(const char *name)
{
    GTimeZone *zone = name != NULL && *name != '\0' ? zone_named(name) : NULL;

    return zone != NULL ? zone : g_time_zone_new_local();
}

char *zone_text(GTimeZone *zone, gint64 time_ms, const char *format)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time_ms / 1000);
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;

    return local != NULL ? g_date_time_format(local, format) : g_strdup("?");
}
