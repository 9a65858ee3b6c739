/* SPDX-License-Identifier: MIT */
/* The report that is due, for the report page: as a letter and as tables. */
#include "web_parts.h"

#include "report.h"
#include "say.h"

#include <string.h>

struct layout {
    const char *path;
    enum report_format format;
    char separator;
};

static const struct layout layouts[] = {
    {"/report.html", REPORT_HTML, 0},
    {"/report.csv", REPORT_CSV, ','},
    {"/report-semicolon.csv", REPORT_CSV, ';'},
};

static gboolean read_language(const char *text, enum language *ret_language, GError **error)
{
    if (strcmp(text, "lang=vi") == 0 || strcmp(text, "lang=en") == 0) {
        *ret_language = text[5] == 'e' ? LANGUAGE_EN : LANGUAGE_VI;
        return TRUE;
    }
    g_set_error(error, WEB_ERROR, WEB_ERROR_INPUT, _("lang=vi or lang=en was expected"));
    return FALSE;
}

/* "from=2020-08-01&to=2020-08-05&lang=vi", in this order. */
static gboolean read_query(const char *query, struct report_options *options, GError **error)
{
    char **parts = g_strsplit(query != NULL ? query : "", "&", 4);
    gboolean named = g_strv_length(parts) == 3 && g_str_has_prefix(parts[0], "from=") &&
                     g_str_has_prefix(parts[1], "to=");
    gboolean read = web_report_days(named ? parts[0] + 5 : NULL, named ? parts[1] + 3 : NULL,
                                    &options->from, &options->to, error) &&
                    read_language(parts[2], &options->language, error);

    g_strfreev(parts);
    return read;
}

char *web_official(const struct web *web, const char *path, const char *query, GError **error)
{
    struct report_options options = {
        .size = sizeof options,
        .timezone = web->timezone_name,
        .now_ms = door_view(web->door)->time_ms,
    };

    for (guint i = 0; i < G_N_ELEMENTS(layouts); i++)
        if (strcmp(layouts[i].path, path) == 0) {
            options.format = layouts[i].format;
            options.separator = layouts[i].separator;
        }
    return read_query(query, &options, error)
               ? report_make(door_tally(web->door), web->settings, &options, error)
               : NULL;
}
