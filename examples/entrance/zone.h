/* SPDX-License-Identifier: MIT */
/* Time as the office's clock has it. */
#ifndef ENTRANCE_ZONE_H
#define ENTRANCE_ZONE_H

#include <glib.h>

/* "Asia/Ho_Chi_Minh", "+07:00"; NULL, "" and what is unknown: the system's. The caller unrefs it.
 */
GTimeZone *zone_new(const char *name);

/* A time by g_date_time_format; "?" beyond all calendars. The caller frees it. */
char *zone_text(GTimeZone *zone, gint64 time_ms, const char *format);

#endif
