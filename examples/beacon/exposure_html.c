/* SPDX-License-Identifier: MIT */
/* Exposures as a page that people can read, print and pass on: no identifier, key or name is in it.
 */
#include "exposure_chart.h"
#include "file_write.h"
#include "files.h"
#include "match.h"
#include "text.h"
#include "times.h"

#include <inttypes.h>

static const char style[] =
    "body{margin:0;background:#f4f5f7;color:#1c2430;font:16px/1.5 system-ui,sans-serif}\n"
    "main{max-width:46rem;margin:0 auto;padding:1.5rem;background:#fff}\n"
    "h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:1.8rem 0 .5rem}\n"
    ".verdict{padding:.8rem 1rem;border-left:.4rem solid;font-weight:600}\n"
    ".red{background:#fdecec;border-color:#b3261e}\n"
    ".yellow{background:#fff5dc;border-color:#9a6a00}\n"
    ".green{background:#e8f5ec;border-color:#1b7f3b}\n"
    "table{border-collapse:collapse;width:100%}th,td{padding:.4rem .6rem;text-align:left;"
    "border-bottom:1px solid #d9dde3}td.number,th.number{text-align:right}\n"
    "tr.close td{background:#fdecec}tr.close td:last-child{font-weight:600}"
    "td:nth-child(-n+2){white-space:nowrap}\n"
    "figure{margin:1rem 0}svg{width:100%;height:auto}svg text{font-size:13px;text-anchor:middle;"
    "fill:#1c2430}svg line{stroke:#7a8594}rect.all{fill:#b7c4d6}rect.near{fill:#27527f}\n"
    "figcaption,.key,footer{font-size:.875rem;color:#4a5565}\n"
    ".key span{display:inline-block;width:.8rem;height:.8rem;margin:0 .4rem 0 .6rem;"
    "vertical-align:-.1rem}.key .near{background:#27527f}.key .all{background:#b7c4d6}\n"
    "@media print{body{background:#fff}main{padding:0}}\n";

static void put_escaped(GString *page, const char *tag, const char *class, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);

    if (class != NULL)
        g_string_append_printf(page, "<%s class=\"%s\">%s</%s>\n", tag, class, escaped, tag);
    else
        g_string_append_printf(page, "<%s>%s</%s>\n", tag, escaped, tag);
}

static const char *colour_class(enum colour colour)
{
    return colour == RED ? "red" : colour == GREEN ? "green" : "yellow";
}

static void put_head(GString *page, const struct found *found)
{
    enum colour colour;
    const char *headline = found_headline(found, &colour);
    g_autofree char *class = g_strconcat("verdict ", colour_class(colour), NULL);

    g_string_append(page, "<!DOCTYPE html>\n");
    /* T: the language's code, as HTML has it. */
    g_string_append(page, _("<html lang=\"en\">"));
    g_string_append(page, "\n<head>\n<meta charset=\"utf-8\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width\">\n");
    put_escaped(page, "title", NULL, _("Exposure report"));
    g_string_append_printf(page, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
    put_escaped(page, "h1", NULL, _("Exposure report"));
    put_escaped(page, "p", class, headline);
}

/* ---- The table ---- */

static const char *nearness(const struct beacon_encounter *exposure)
{
    if (exposure->rssi_count == 0)
        return _("not known");
    if (exposure->near_ms * 2 >= exposure->duration_ms && exposure->near_ms > 0)
        return _("mostly within 2 metres");
    if (exposure->near_ms > 0)
        return _("partly within 2 metres");
    return _("farther than 2 metres");
}

static void put_number(GString *page, double number)
{
    g_string_append_printf(page, "<td class=\"number\">%.1f</td>", number);
}

static void put_row(GString *page, const struct beacon_encounter *exposure)
{
    g_autofree char *day = time_local(exposure->start_ms, "%Y-%m-%d");
    g_autofree char *start = time_local(exposure->start_ms, "%H:%M");
    g_autofree char *end = time_local(exposure->end_ms, "%H:%M");

    g_string_append_printf(page, "<tr%s><td>%s</td><td>%s–%s</td>",
                           exposure->close ? " class=\"close\"" : "", day, start, end);
    put_number(page, exposure_minutes(exposure->duration_ms));
    put_number(page, exposure_minutes(exposure->near_ms));
    g_string_append_printf(page, "<td>%s</td><td>%s</td></tr>\n", nearness(exposure),
                           exposure->close ? _("close contact") : _("no close contact"));
}

static void put_heading(GString *page, const char *class, const char *text)
{
    put_escaped(page, "th", class, text);
}

static gint by_start(gconstpointer a, gconstpointer b)
{
    const struct beacon_encounter *one = a, *other = b;

    if (one->start_ms != other->start_ms)
        return one->start_ms < other->start_ms ? -1 : 1;
    return one->end_ms < other->end_ms ? -1 : one->end_ms > other->end_ms;
}

static void put_table(GString *page, const GArray *exposures)
{
    put_escaped(page, "h2", NULL, _("When, how long, how near"));
    g_string_append(page, "<table>\n<thead><tr>\n");
    put_heading(page, NULL, _("Day"));
    put_heading(page, NULL, _("Time"));
    put_heading(page, "number", _("Minutes"));
    put_heading(page, "number", _("near"));
    put_heading(page, NULL, _("Nearness"));
    put_heading(page, NULL, _("Judgement"));
    g_string_append(page, "</tr></thead>\n<tbody>\n");
    for (guint i = 0; i < exposures->len; i++)
        put_row(page, &g_array_index(exposures, struct beacon_encounter, i));
    g_string_append(page, "</tbody>\n</table>\n");
}

static void put_exposures(GString *page, const struct found *found)
{
    GArray *exposures = g_array_copy(found->exposures);
    g_autofree char *zone = NULL;
    g_autofree char *text = NULL;

    g_array_sort(exposures, by_start);
    put_exposure_chart(page, exposures);
    put_table(page, exposures);
    zone = time_local(g_array_index(exposures, struct beacon_encounter, 0).start_ms, "%:z");
    text = g_strdup_printf(_("Times are those of this place (UTC%s)."), zone);
    put_escaped(page, "p", "key", text);
    g_array_unref(exposures);
}

/* ---- What it means ---- */

static void put_meaning(GString *page, const struct found *found)
{
    put_escaped(page, "h2", NULL, _("What this says, and what it does not"));
    g_string_append(page, "<ul>\n");
    put_escaped(page, "li", NULL,
                _("It compares what this phone heard by radio with what was published of phones "
                  "whose owners were found to be infected. It does not say whose they are."));
    put_escaped(page, "li", NULL,
                _("A match is not a diagnosis: it does not say that you are infected. No match "
                  "does not say that you are not, nor that nobody was met."));
    put_escaped(page, "li", NULL,
                _("Minutes and nearness are estimates. Radio goes through thin walls and windows, "
                  "and is weakened by bodies and pockets."));
    put_escaped(page, "li", NULL,
                _("A close contact here means near for 15 minutes or more in one meeting. What "
                  "follows from it is for the health authority to say: ask there."));
    if (found->refused->len > 0)
        put_escaped(page, "li", NULL,
                    _("A part of the lists or of the history was refused and not compared."));
    g_string_append(page, "</ul>\n");
}

static void put_extent(GString *page, const struct found *found)
{
    g_autofree char *keys = g_strdup_printf(
        ngettext("%" PRIu64 " record", "%" PRIu64 " records", plural(found->keys)), found->keys);
    g_autofree char *sightings = g_strdup_printf(
        ngettext("%" PRIu64 " sighting", "%" PRIu64 " sightings", plural(found->sightings)),
        found->sightings);
    g_autofree char *text = g_strdup_printf(_("Compared: %s with %s."), keys, sightings);

    put_escaped(page, "footer", NULL, text);
}

static int fill(FILE *stream, const char *name, const void *user)
{
    const GString *page = user;

    return fwrite(page->str, 1, page->len, stream) == page->len ? 0 : io_error(name);
}

int found_write_html(const struct found *found, const char *path)
{
    GString *page = g_string_new(NULL);
    int code;

    put_head(page, found);
    if (found->exposures->len > 0)
        put_exposures(page, found);
    put_meaning(page, found);
    put_extent(page, found);
    g_string_append(page, "</main>\n</body>\n</html>\n");
    code = secret_file_write(path, true, fill, page); /* it is about somebody's health */
    g_string_free(page, TRUE);
    return code;
}
