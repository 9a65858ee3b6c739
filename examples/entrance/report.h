/* SPDX-License-Identifier: MIT */
/* The report that is due: a tally's sums over some days, as a letter, a table, or for machines. */
#ifndef ENTRANCE_REPORT_H
#define ENTRANCE_REPORT_H

#include "settings.h"
#include "tally.h"

#define REPORT_ERROR (report_error_quark())
GQuark report_error_quark(void);

enum report_error {
    REPORT_ERROR_PERIOD, /* it ends before it begins, or is longer than 366 days */
    REPORT_ERROR_FILE,   /* it cannot be written */
};

enum report_format { REPORT_HTML, REPORT_CSV, REPORT_JSON, REPORT_TEXT };

struct report_options {
    gsize size;     /* of this struct */
    GDate from, to; /* days of local time; both belong to the period */
    enum report_format format;
    enum language language;
    char separator;       /* of CSV: ',' ';' '\t'; 0: ',' */
    const char *timezone; /* NULL: the system's */
    gint64 now_ms;        /* when it is made: nothing later is missed */
};

/* The whole report, UTF-8; a CSV begins with a byte-order mark. The caller frees it. NULL and an
 * error: REPORT_ERROR or TALLY_ERROR. */
char *report_make(struct tally *tally, const struct settings *settings,
                  const struct report_options *options, GError **error);

/* Writes it to a file, whole or not at all; a pipe or a device is written to as it is.
 * REPORT_ERROR.
 */
gboolean report_save(const char *path, const char *text, GError **error);

#endif
