/* SPDX-License-Identifier: MIT */
/* The report for machines and terminals: CSV, JSON, and plain text. */
#include "report_figures.h"

#include "json.h"

#include <math.h>
#include <string.h>

/* ---- CSV ---- */

struct csv {
    GString *text;
    const struct report *report;
    char separator;
    gboolean is_begun; /* the line has a field */
};

/* A field that begins so would be a formula to a spreadsheet: it gets an apostrophe before it. */
static gboolean is_formula(const char *text)
{
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
}

static void add_field(struct csv *csv, const char *text)
{
    if (csv->is_begun)
        g_string_append_c(csv->text, csv->separator);
    csv->is_begun = TRUE;
    if (!is_formula(text) && strpbrk(text, ",;\t\"\r\n") == NULL) {
        g_string_append(csv->text, text);
        return;
    }
    g_string_append_c(csv->text, '"');
    if (is_formula(text))
        g_string_append_c(csv->text, '\'');
    for (; *text != '\0'; text++)
        g_string_append(csv->text, *text == '"' ? "\"\"" : (char[]){*text, '\0'});
    g_string_append_c(csv->text, '"');
}

static void take_field(struct csv *csv, char *text)
{
    add_field(csv, text);
    g_free(text);
}

static void add_number(struct csv *csv, guint64 number)
{
    take_field(csv, g_strdup_printf("%" G_GUINT64_FORMAT, number));
}

static void end_line(struct csv *csv)
{
    g_string_append(csv->text, "\r\n");
    csv->is_begun = FALSE;
}

static const char *say(const struct csv *csv, const char *vi, const char *en)
{
    return report_say(csv->report, vi, en);
}

static void add_heads(struct csv *csv)
{
    add_field(csv, say(csv, "Đơn vị", "Unit"));
    add_field(csv, say(csv, "Mức", "Level"));
    add_field(csv, say(csv, "Bắt đầu", "Begin"));
    add_field(csv, say(csv, "Đối tượng", "Who"));
    for (gsize i = 0; i < REPORT_FIGURES; i++)
        add_field(csv, report_label(csv->report, &report_figures[i]));
    add_field(csv, say(csv, "Mẫu số tỷ lệ", "Base of the share"));
    add_field(csv, say(csv, "Đang chạy: ít nhất", "Running: at least"));
    add_field(csv, say(csv, "Đang chạy: nhiều nhất", "Running: at most"));
    add_field(csv, say(csv, "Máy tắt (phút)", "Off (minutes)"));
    add_field(csv, say(csv, "Máy tự đếm (Android)", "Receiver's count (Android)"));
    add_field(csv, say(csv, "± (95 %)", "± (95 %)"));
    add_field(csv, say(csv, "Tổng số người", "Staff in all"));
    add_field(csv, say(csv, "Có điện thoại thông minh", "With a smartphone"));
    end_line(csv);
}

/* Which part of the period, and of whom. */
struct line {
    const char *level;
    const struct report_span *span;
    const char *who;
    const struct tally_sums *sums;
    gboolean is_everybody, is_all_staff;
};

static void add_if(struct csv *csv, gboolean holds, double number)
{
    if (holds)
        add_number(csv, (guint64)llround(number));
    else
        add_field(csv, "");
}

/* The tool and its own count know nothing of who it was; what the clerk enters is of the staff. */
static void add_rest(struct csv *csv, const struct line *line)
{
    const struct settings *settings = csv->report->settings;
    gboolean is_counted = line->is_everybody && line->span->counted_slots > 0;

    add_if(csv, line->is_everybody, (double)line->span->off_s / 60);
    add_if(csv, is_counted, line->span->visits);
    add_if(csv, is_counted, report_band(line->span));
    add_if(csv, line->is_all_staff && settings->staff_total >= 0, settings->staff_total);
    add_if(csv, line->is_all_staff && settings->staff_with_smartphone >= 0,
           settings->staff_with_smartphone);
}

static void add_line(struct csv *csv, const struct line *line)
{
    struct tally_share share;

    tally_share(line->sums, &share);
    add_field(csv, csv->report->settings->organisation);
    add_field(csv, line->level);
    take_field(csv, report_time(csv->report, line->span->start_ms, "%Y-%m-%d %H:%M"));
    add_field(csv, line->who);
    for (gsize i = 0; i < REPORT_FIGURES; i++)
        add_number(csv, report_figure(line->sums, &report_figures[i]));
    add_number(csv, share.n);
    add_number(csv, share.low);
    add_number(csv, share.high);
    add_rest(csv, line);
    end_line(csv);
}

static void add_span(struct csv *csv, const char *level, const struct report_span *span,
                     gboolean is_period)
{
    struct tally_sums both = report_both(span);
    struct line line = {.level = level, .span = span};

    line.who = say(csv, "cán bộ", "staff");
    line.sums = &span->staff;
    line.is_all_staff = is_period;
    add_line(csv, &line);
    line.who = say(csv, "khách", "visitors");
    line.sums = &span->visitors;
    line.is_all_staff = FALSE;
    add_line(csv, &line);
    line.who = say(csv, "cộng", "all");
    line.sums = &both;
    line.is_everybody = TRUE;
    add_line(csv, &line);
}

char *report_csv(const struct report *report)
{
    static const char *const steps[][2] = {
        [REPORT_BY_HOUR] = {"giờ", "hour"},
        [REPORT_BY_DAY] = {"ngày", "day"},
        [REPORT_BY_MONTH] = {"tháng", "month"},
    };
    struct csv csv = {.text = g_string_new("\xEF\xBB\xBF"), .report = report};
    struct report_span all = report->all;

    csv.separator = report->options->separator != '\0' ? report->options->separator : ',';
    all.start_ms = report->from_ms;
    add_heads(&csv);
    add_span(&csv, say(&csv, "cả kỳ", "period"), &all, TRUE);
    if (report->step != REPORT_BY_HOUR)
        for (guint i = 0; i < report->groups->len; i++)
            add_span(&csv, steps[report->step][report->language], report_group(report, i), FALSE);
    for (guint i = 0; i < report->hours->len; i++)
        if (!report_is_quiet(report_hour(report, i)))
            add_span(&csv, say(&csv, "giờ", "hour"), report_hour(report, i), FALSE);
    return g_string_free(csv.text, FALSE);
}

/* ---- JSON ---- */

static void json_entered(yajl_gen json, const char *name, gint number)
{
    if (number < 0)
        json_put_null(json, name);
    else
        json_put_number(json, name, number);
}

static void json_time(yajl_gen json, const struct report *report, const char *name, gint64 time_ms)
{
    g_autofree char *text = report_time(report, time_ms, "%Y-%m-%dT%H:%M:%S%:z");

    json_put_text(json, name, text);
}

static void json_date(yajl_gen json, const char *name, const GDate *date)
{
    char text[16] = "";

    if (g_date_valid(date))
        g_date_strftime(text, sizeof(text), "%Y-%m-%d", date);
    json_put_text(json, name, *text != '\0' ? text : NULL);
}

static void json_share(yajl_gen json, const struct tally_sums *sums)
{
    struct tally_share share;

    tally_share(sums, &share);
    json_key(json, "share");
    yajl_gen_map_open(json);
    json_put_number(json, "n", (gint64)share.n);
    json_put_number(json, "low", (gint64)share.low);
    json_put_number(json, "high", (gint64)share.high);
    yajl_gen_map_close(json);
}

static void json_reasons(yajl_gen json, const struct tally_sums *sums)
{
    json_key(json, "reasons");
    yajl_gen_map_open(json);
    for (enum reason reason = REASON_OPEN_THE_APP; reason < REASONS; reason++)
        json_put_number(json, words_reason_name(reason), (gint64)sums->reasons[reason]);
    yajl_gen_map_close(json);
}

static void json_sums(yajl_gen json, const char *name, const struct tally_sums *sums)
{
    json_key(json, name);
    yajl_gen_map_open(json);
    for (gsize i = 0; i < REPORT_FIGURES; i++)
        json_put_number(json, report_figures[i].name,
                        (gint64)report_figure(sums, &report_figures[i]));
    json_put_number(json, "clock_unknown", (gint64)sums->clock_unknown);
    json_share(json, sums);
    json_reasons(json, sums);
    yajl_gen_map_close(json);
}

static void json_span_members(yajl_gen json, const struct report_span *span)
{
    struct tally_sums both = report_both(span);

    json_sums(json, "staff", &span->staff);
    json_sums(json, "visitors", &span->visitors);
    json_sums(json, "all", &both);
    json_put_number(json, "off_seconds", span->off_s);
    json_put_number(json, "off_seconds_in_office_hours", span->office_off_s);
    if (span->counted_slots > 0) {
        json_key(json, "counted");
        yajl_gen_map_open(json);
        json_put_number(json, "quarter_hours", span->counted_slots);
        json_put_decimal(json, "visits", span->visits, 1);
        json_put_decimal(json, "band", report_band(span), 1);
        yajl_gen_map_close(json);
    } else {
        json_put_null(json, "counted");
    }
    json_put_flag(json, "condensed", span->is_condensed);
}

static void json_spans(yajl_gen json, const struct report *report, const char *name, GArray *spans)
{
    json_key(json, name);
    yajl_gen_array_open(json);
    for (guint i = 0; i < spans->len; i++) {
        const struct report_span *span = &g_array_index(spans, struct report_span, i);

        yajl_gen_map_open(json);
        json_time(json, report, "begin", span->start_ms);
        json_span_members(json, span);
        yajl_gen_map_close(json);
    }
    yajl_gen_array_close(json);
}

static void json_letter(yajl_gen json, const char *number, const GDate *date, const char *from)
{
    yajl_gen_map_open(json);
    json_put_text(json, "number", number);
    json_date(json, "date", date);
    json_put_text(json, "from", from);
    yajl_gen_map_close(json);
}

static void json_about(yajl_gen json, const struct report *report)
{
    const struct settings *s = report->settings;

    json_put_text(json, "organisation", s->organisation);
    json_put_text(json, "superior", s->superior);
    json_key(json, "answers");
    yajl_gen_array_open(json);
    json_letter(json, s->province_letter, &s->province_letter_date, s->province_letter_from);
    json_letter(json, s->ministry_letter, &s->ministry_letter_date, s->ministry_letter_from);
    yajl_gen_array_close(json);
    json_date(json, "from", &report->options->from);
    json_date(json, "to", &report->options->to);
    json_date(json, "due", &s->due_date);
    json_time(json, report, "made", report->options->now_ms);
    json_entered(json, "staff_total", s->staff_total);
    json_entered(json, "staff_with_smartphone", s->staff_with_smartphone);
    if (report->condensed_until_ms > 0)
        json_time(json, report, "condensed_until", report->condensed_until_ms);
    else
        json_put_null(json, "condensed_until");
}

static void json_notes(yajl_gen json, const struct report *report)
{
    char **notes = report_notes(report);

    json_key(json, "notes");
    yajl_gen_array_open(json);
    for (guint i = 0; notes[i] != NULL; i++)
        json_text(json, notes[i]);
    yajl_gen_array_close(json);
    json_put_text(json, "method", report_method(report));
    g_strfreev(notes);
}

char *report_json(const struct report *report)
{
    static const char *const steps[] = {"hour", "day", "month"};
    yajl_gen json = yajl_gen_alloc(NULL);

    yajl_gen_config(json, yajl_gen_beautify, 1);
    yajl_gen_config(json, yajl_gen_indent_string, "  ");
    yajl_gen_map_open(json);
    json_about(json, report);
    json_key(json, "period");
    yajl_gen_map_open(json);
    json_span_members(json, &report->all);
    yajl_gen_map_close(json);
    json_put_text(json, "step", steps[report->step]);
    json_spans(json, report, "steps", report->groups);
    json_spans(json, report, "hours", report->hours);
    json_notes(json, report);
    yajl_gen_map_close(json);
    return json_end(json);
}

/* ---- Text ---- */

enum { LABEL_WIDTH = 42, NUMBER_WIDTH = 11, LINE_WIDTH = 76 };

/* To the left of the room it has, or to the right. */
static void append_padded(GString *text, const char *word, glong width, gboolean to_the_right)
{
    glong space = MAX(width - g_utf8_strlen(word, -1), 0);

    g_string_append_printf(text, "%*s%s%*s", to_the_right ? (int)space : 0, "", word,
                           to_the_right ? 0 : (int)space, "");
}

static void append_figure(GString *text, const struct report *report, guint64 number)
{
    g_autofree char *digits = report_number(report, number);

    append_padded(text, digits, NUMBER_WIDTH, TRUE);
}

/* Breaks a paragraph between words. */
static void append_wrapped(GString *text, const char *paragraph)
{
    g_auto(GStrv) words = g_strsplit(paragraph, " ", -1);
    glong column = 0;

    for (guint i = 0; words[i] != NULL; i++) {
        glong width = g_utf8_strlen(words[i], -1);

        if (column > 0 && column + 1 + width > LINE_WIDTH) {
            g_string_append_c(text, '\n');
            column = 0;
        } else if (column > 0) {
            g_string_append_c(text, ' ');
            column++;
        }
        g_string_append(text, words[i]);
        column += width;
    }
    g_string_append_c(text, '\n');
}

static void take_wrapped(GString *text, char *paragraph)
{
    if (paragraph != NULL)
        append_wrapped(text, paragraph);
    g_free(paragraph);
}

static void append_table(GString *text, const struct report *report)
{
    struct tally_sums both = report_both(&report->all);

    append_padded(text, report_say(report, "Lượt", "Visits"), LABEL_WIDTH, FALSE);
    append_padded(text, report_say(report, "Cán bộ", "Staff"), NUMBER_WIDTH, TRUE);
    append_padded(text, report_say(report, "Khách", "Visitors"), NUMBER_WIDTH, TRUE);
    append_padded(text, report_say(report, "Cộng", "All"), NUMBER_WIDTH, TRUE);
    g_string_append_c(text, '\n');
    for (gsize i = 0; i < REPORT_FIGURES; i++) {
        append_padded(text, report_label(report, &report_figures[i]), LABEL_WIDTH, FALSE);
        append_figure(text, report, report_figure(&report->all.staff, &report_figures[i]));
        append_figure(text, report, report_figure(&report->all.visitors, &report_figures[i]));
        append_figure(text, report, report_figure(&both, &report_figures[i]));
        g_string_append_c(text, '\n');
    }
}

static void append_share(GString *text, const struct report *report, const char *who,
                         const struct tally_sums *sums)
{
    g_autofree char *share = report_share(report, sums);

    append_padded(text, who, 12, FALSE);
    g_string_append_printf(text, "%s\n", share);
}

static void append_shares(GString *text, const struct report *report)
{
    struct tally_sums both = report_both(&report->all);

    g_string_append_printf(text, "\n%s\n",
                           report_say(report, "Tỷ lệ lượt có ứng dụng đang chạy:",
                                      "Share of visits with the app running:"));
    append_share(text, report, report_say(report, "  Cán bộ", "  Staff"), &report->all.staff);
    append_share(text, report, report_say(report, "  Khách", "  Visitors"), &report->all.visitors);
    append_share(text, report, report_say(report, "  Chung", "  All"), &both);
}

static void append_groups(GString *text, const struct report *report)
{
    static const char *const heads[][2] = {{"", ""},
                                           {"Vào", "In"},
                                           {"Ra", "Out"},
                                           {"Nghe", "Heard"},
                                           {"Chưa nghe", "Not heard"},
                                           {"Chưa rõ", "Unsure"},
                                           {"Không KT", "Unchecked"}};

    g_string_append_c(text, '\n');
    for (gsize i = 0; i < G_N_ELEMENTS(heads); i++)
        append_padded(text, heads[i][report->language], NUMBER_WIDTH, i > 0);
    g_string_append_c(text, '\n');
    for (guint i = 0; i < report->groups->len; i++) {
        const struct report_span *group = report_group(report, i);
        struct tally_sums both = report_both(group);
        g_autofree char *name = report_group_name(report, group);

        if (report->step == REPORT_BY_HOUR && report_is_quiet(group))
            continue;
        append_padded(text, name, NUMBER_WIDTH, FALSE);
        append_figure(text, report, both.in);
        append_figure(text, report, both.out);
        append_figure(text, report, both.heard);
        append_figure(text, report, both.not_heard);
        append_figure(text, report, both.cannot_tell);
        append_figure(text, report, both.unchecked);
        g_string_append_c(text, '\n');
    }
    g_string_append_c(text, '\n');
}

char *report_text(const struct report *report)
{
    GString *text = g_string_new(NULL);
    char **notes = report_notes(report);

    take_wrapped(text, report_occasion(report));
    g_string_append_c(text, '\n');
    take_wrapped(text, report_staff(report));
    g_string_append_c(text, '\n');
    append_table(text, report);
    append_shares(text, report);
    append_groups(text, report);
    take_wrapped(text, report_off(report));
    take_wrapped(text, report_count(report));
    for (guint i = 0; notes[i] != NULL; i++)
        append_wrapped(text, notes[i]);
    g_string_append_c(text, '\n');
    append_wrapped(text, report_method(report));
    g_strfreev(notes);
    return g_string_free(text, FALSE);
}
