/* SPDX-License-Identifier: MIT */
/* Results as a drawing for a report: bars, group by group. */
#include "report.h"

#include <math.h>
#include <string.h>

#define WIDTH        960
#define MARGIN       32
#define BAR_LEFT     250
#define BAR_WIDTH    610
#define ROW_HEIGHT   26
#define BAR_HEIGHT   16
#define GROUP_HEAD   44
#define GROUP_FOOT   34
#define HEAD_HEIGHT  104
#define MANY_GROUPS  16
#define FEW_SUBJECTS 3
#define LOG_SPAN     40.0 /* speeds further apart than this are drawn on a logarithmic scale */

/* The rows of one group, which stand together. */
struct bars {
    const struct report *report;
    guint from;
    guint end;
};

/* From a speed to a length. */
struct scale {
    bool logarithmic;
    double low; /* of the axis */
    double high;
};

static const struct row *row_at(const struct report *report, guint i)
{
    return report->rows->pdata[i];
}

static bool next_bars(struct bars *bars)
{
    const struct report *report = bars->report;

    bars->from = bars->end;
    while (bars->end < report->rows->len &&
           row_at(report, bars->end)->group == row_at(report, bars->from)->group)
        bars->end++;
    return bars->from < bars->end;
}

static guint count_groups(const struct report *report)
{
    struct bars bars = {.report = report};
    guint count = 0;

    while (next_bars(&bars))
        count++;
    return count;
}

/* Of many groups, those matchings are left to the table that compare hardly anyone. */
static bool is_drawn(const struct bars *bars, guint groups)
{
    return groups <= MANY_GROUPS || bars->end - bars->from >= FEW_SUBJECTS ||
           strcmp(row_at(bars->report, bars->from)->bench, "match") != 0;
}

static int height_of(const struct bars *bars)
{
    return GROUP_HEAD + (int)(bars->end - bars->from) * ROW_HEIGHT + GROUP_FOOT;
}

/* 1, 2 or 5 times a power of ten, at or above a number. */
static double round_up(double number)
{
    const double power = pow(10, floor(log10(number)));

    for (int i = 0; i < 3; i++)
        if (number <= power * (double[]){1, 2, 5}[i])
            return power * (double[]){1, 2, 5}[i];
    return 10 * power;
}

static struct scale scale_of(const struct bars *bars)
{
    double least = HUGE_VAL, most = 0;
    struct scale scale = {0};

    for (guint i = bars->from; i < bars->end; i++) {
        least = fmin(least, row_at(bars->report, i)->min);
        most = fmax(most, row_at(bars->report, i)->max);
    }
    scale.logarithmic = most > LOG_SPAN * least;
    scale.low = scale.logarithmic ? pow(10, floor(log10(least))) : 0;
    scale.high = scale.logarithmic ? pow(10, ceil(log10(most))) : round_up(most);
    return scale;
}

static double place(struct scale scale, double speed)
{
    if (scale.logarithmic)
        return BAR_WIDTH * log(speed / scale.low) / log(scale.high / scale.low);
    return BAR_WIDTH * speed / scale.high;
}

/* Text between tags; SVG is not to depend on what subjects are called. */
static void put_text(FILE *file, double x, double y, const char *attributes, const char *text)
{
    char *escaped = g_markup_escape_text(text, -1);

    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, attributes, escaped);
    g_free(escaped);
}

static void put_line(FILE *file, double x1, double y1, double x2, double y2, const char *colour)
{
    fprintf(file,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
            "stroke-width=\"1\"/>\n",
            x1, y1, x2, y2, colour);
}

static void put_tick(FILE *file, struct scale scale, double speed, double top, double bottom)
{
    const double x = BAR_LEFT + place(scale, speed);
    char text[32];

    g_snprintf(text, sizeof(text), "%g", speed);
    put_line(file, x, top, x, bottom, "#d8dde3");
    put_text(file, x, bottom + 15, "class=\"tick\" text-anchor=\"middle\"", text);
}

static void put_axis(FILE *file, struct scale scale, double top, double bottom)
{
    if (scale.logarithmic)
        for (double speed = scale.low; speed < 1.01 * scale.high; speed *= 10)
            put_tick(file, scale, speed, top, bottom);
    else
        for (int i = 0; i <= 5; i++)
            put_tick(file, scale, scale.high * i / 5, top, bottom);
}

static bool is_one_case(const struct bars *bars)
{
    return strcmp(row_at(bars->report, bars->from)->case_name,
                  row_at(bars->report, bars->end - 1)->case_name) == 0;
}

/* What a group is called: where the cases of its rows differ, without the last word. */
static char *title_of(const struct bars *bars)
{
    const struct row *first = row_at(bars->report, bars->from);
    const char *end = is_one_case(bars) ? NULL : strrchr(first->case_name, ' ');
    const size_t length = end ? (size_t)(end - first->case_name) : strlen(first->case_name);

    return g_strdup_printf("%s  %.*s", first->bench, (int)length, first->case_name);
}

/* What a row is called beside its bar: where the cases of its group differ, with the last word. */
static char *label_of(const struct bars *bars, const struct row *row)
{
    const char *word = strrchr(row->case_name, ' ');

    if (is_one_case(bars))
        return g_strdup(row->subject);
    return g_strdup_printf("%s,%s", row->subject, word ? word : row->case_name);
}

static void put_bar(FILE *file, const struct bars *bars, guint i, struct scale scale, double top)
{
    const struct row *row = row_at(bars->report, i);
    const double middle = top + ROW_HEIGHT / 2.0, length = place(scale, row->median);
    const double least = BAR_LEFT + place(scale, row->min);
    const double most = BAR_LEFT + place(scale, row->max);
    char *label = label_of(bars, row), *number = report_number(row->median);

    put_text(file, BAR_LEFT - 12, middle + 4.5, "class=\"label\" text-anchor=\"end\"", label);
    fprintf(file, "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n",
            BAR_LEFT, middle - BAR_HEIGHT / 2.0, fmax(length, 1), BAR_HEIGHT,
            i == bars->from ? "#1f5fa8" : "#9bb4cd");
    put_line(file, least, middle, most, middle, "#14181d");
    put_text(file, fmax(BAR_LEFT + length, most) + 8, middle + 4.5, "class=\"value\"", number);
    g_free(label);
    g_free(number);
}

static void put_group(FILE *file, const struct bars *bars, double top)
{
    const struct row *first = row_at(bars->report, bars->from);
    const struct scale scale = scale_of(bars);
    const double bars_top = top + GROUP_HEAD;
    char *title = title_of(bars);
    char *unit =
        g_strdup_printf("%s%s", first->unit, scale.logarithmic ? ", logarithmic scale" : "");

    put_text(file, MARGIN, top + 22, "class=\"title\"", title);
    put_text(file, BAR_LEFT + BAR_WIDTH, top + 22, "class=\"tick\" text-anchor=\"end\"", unit);
    put_axis(file, scale, bars_top - 6, bars_top + (bars->end - bars->from) * ROW_HEIGHT + 4);
    for (guint i = bars->from; i < bars->end; i++)
        put_bar(file, bars, i, scale, bars_top + (i - bars->from) * ROW_HEIGHT);
    g_free(title);
    g_free(unit);
}

static void put_heading(FILE *file, const struct machine *machine, int height)
{
    char *where = g_strdup_printf("%s, %u cores, %.2f GHz, %s", machine->cpu, machine->cores,
                                  machine->clock_ghz, machine->kernel);
    char *what = g_strdup_printf("libbeacon %s, commit %s, %s, %s", machine->version,
                                 machine->commit, machine->compiler, machine->flags);

    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\" fill=\"#14181d\">\n"
            "<style>.head{font-size:22px;font-weight:bold}.title{font-size:15px;font-weight:bold}"
            ".label,.value{font-size:13px}.tick,.note{font-size:11px;fill:#55606c}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
            WIDTH, height, WIDTH, height);
    put_text(file, MARGIN, 40, "class=\"head\"", "beacon-bench");
    put_text(file, MARGIN, 62, "class=\"note\"", where);
    put_text(file, MARGIN, 78, "class=\"note\"", what);
    put_text(file, MARGIN, 94, "class=\"note\"",
             "Millions a second, more is better. Bar: median; line: from the least to the most.");
    g_free(where);
    g_free(what);
}

bool report_svg(const struct report *report, const char *path, GError **error)
{
    const guint groups = count_groups(report);
    struct bars bars = {.report = report};
    int height = HEAD_HEIGHT, top = HEAD_HEIGHT;
    FILE *file = fopen(path, "w");
    bool written;

    while (next_bars(&bars))
        height += is_drawn(&bars, groups) ? height_of(&bars) : 0;
    if (file) {
        put_heading(file, &report->machine, height);
        for (bars = (struct bars){.report = report}; next_bars(&bars);)
            if (is_drawn(&bars, groups)) {
                put_group(file, &bars, top);
                top += height_of(&bars);
            }
        fputs("</svg>\n", file);
    }
    written = file && !ferror(file);
    if (file && fclose(file) != 0)
        written = false;
    if (!written)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: it could not be written", path);
    return written;
}
