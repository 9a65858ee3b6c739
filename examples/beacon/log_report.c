/* SPDX-License-Identifier: MIT */
/* What a check or a salvage found, in words or as JSON. */
#include "log_report.h"

#include "json.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>

bool log_report_is_whole(const struct beacon_store_report *report)
{
    return report->damaged_chunks == 0 && report->database_is_whole;
}

static int print_json(const struct beacon_store_report *report)
{
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_name(&json, "whole");
    json_boolean(&json, log_report_is_whole(report));
    json_named_integer(&json, "chunks", (gint64)report->chunks);
    json_named_integer(&json, "damaged_chunks", (gint64)report->damaged_chunks);
    json_named_integer(&json, "sightings", (gint64)report->sightings);
    json_named_integer(&json, "encounters", (gint64)report->encounters);
    json_named_integer(&json, "undated", (gint64)report->undated);
    json_named_string(&json, "problem", report->first_problem);
    json_close_object(&json);
    return json_end(&json);
}

static const char *judgement(const struct beacon_store_report *report)
{
    return log_report_is_whole(report) ? _("The log is whole.\n") : _("The log is damaged.\n");
}

/* SQLite's words may be several lines. */
static void put_problem(GString *text, const char *problem)
{
    g_autofree char *line = g_strdelimit(g_strdup(problem), "\n\r", ' ');
    g_autofree char *safe = say_safe(line);

    if (*safe != '\0')
        g_string_append_printf(text, "  %s\n", safe);
}

static int print_text(const struct beacon_store_report *report, const char *headline)
{
    GString *text = g_string_new(NULL);
    guint64 sightings = report->sightings + report->undated;
    int code;

    g_string_append(text, headline != NULL ? headline : judgement(report));
    g_string_append_printf(text,
                           ngettext("  whole: %" PRIu64 " chunk, ", "  whole: %" PRIu64 " chunks, ",
                                    plural(report->chunks)),
                           report->chunks);
    g_string_append_printf(
        text, ngettext("%" PRIu64 " sighting, ", "%" PRIu64 " sightings, ", plural(sightings)),
        sightings);
    g_string_append_printf(
        text,
        ngettext("%" PRIu64 " encounter\n", "%" PRIu64 " encounters\n", plural(report->encounters)),
        report->encounters);
    if (report->damaged_chunks > 0)
        g_string_append_printf(text,
                               ngettext("  damaged: %" PRIu64 " chunk\n",
                                        "  damaged: %" PRIu64 " chunks\n",
                                        plural(report->damaged_chunks)),
                               report->damaged_chunks);
    put_problem(text, report->first_problem);
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

int log_report_print(const struct beacon_store_report *report, const char *headline, bool is_json)
{
    return is_json ? print_json(report) : print_text(report, headline);
}
