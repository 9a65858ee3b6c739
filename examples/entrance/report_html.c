/* SPDX-License-Identifier: MIT */
/* The report as a letter of the administration (Decree 30/2020/NĐ-CP, annex I): a page that prints
 * on A4 and that a word processor opens, whole in one file. */
#include "report_figures.h"

#include <string.h>

/* The decree's page is A4 with margins of 20-25, 15-20, 20-25 and 30-35 mm; its letters are Times
 * New Roman's shapes, here by whatever name the machine has them. Page numbers stand from the
 * second page on. Borders draw bars and lines, for printers leave backgrounds out. A word processor
 * would give the body's margin to each paragraph: it is told to screens only. */
static const char style[] =
    "@page{size:A4;margin:20mm 15mm 20mm 30mm;"
    "@top-center{content:counter(page);font:13pt 'Times New Roman','Liberation Serif',serif}}\n"
    "@page:first{@top-center{content:none}}\n"
    "body{font:13pt/1.3 'Times New Roman','Liberation Serif','Tinos','FreeSerif','Noto "
    "Serif',serif;"
    "color:#000;background:#fff;padding:0 1px}\n"
    "@media screen and (min-width:1px){body{max-width:165mm;margin:8mm auto}}\n"
    "@media print{body{margin:0}}\n"
    "p{margin:0 0 6pt;text-align:justify}\n"
    "p.first{text-indent:10mm}\n"
    "td,h2{text-wrap:balance}\n"
    "h1{font-size:14pt;text-align:center;margin:18pt 0 0}\n"
    "h2{font-size:14pt;text-align:center;margin:0}\n"
    "h3{font-size:13pt;margin:8pt 0 4pt;page-break-after:avoid}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "td,th{padding:1pt 4pt;vertical-align:top;font-weight:normal}\n"
    "table.plain td{padding:0;text-align:center}\n"
    "table.figures td,table.figures th{border:1px solid #000;font-size:12pt}\n"
    "table.figures th{font-weight:bold;text-align:center;vertical-align:middle}\n"
    "table.figures td.number{text-align:right;white-space:nowrap}\n"
    "table.figures tbody tr:nth-last-child(-n+3){page-break-before:avoid}\n"
    "table.figures tr,table.signatures,div.together{page-break-inside:avoid}\n"
    "tr.sum td{font-weight:bold}\n"
    "thead{display:table-header-group}\n"
    "hr{border:0;border-top:1px solid #000;margin:1pt auto 0;height:0}\n"
    "table.figures td.of-bar{border-right:0}\n"
    "table.figures td.bar{border-left:0}\n"
    "div.bar{border-top:9pt solid #5b7c99;height:0;margin-top:4pt}\n";

/* A word processor takes a table's lines and widths from these, not from the style. */
#define FIGURES  "border=\"1\" cellspacing=\"0\" cellpadding=\"3\" width=\"100%\""
#define TOGETHER "<div class=\"together\">\n"
#define PLAIN    "border=\"0\" cellspacing=\"0\" cellpadding=\"0\" width=\"100%\""

static void append_escaped(GString *html, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);

    g_string_append(html, escaped);
}

/* <tag>text</tag>; the tag may have attributes. */
static void append_element(GString *html, const char *tag, const char *text)
{
    g_string_append_printf(html, "<%s>", tag);
    append_escaped(html, text);
    g_string_append_printf(html, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static void take_element(GString *html, const char *tag, char *text)
{
    append_element(html, tag, text);
    g_free(text);
}

static void append_number(GString *html, const struct report *report, guint64 number)
{
    take_element(html, "td class=\"number\" align=\"right\"", report_number(report, number));
}

static void append_rule(GString *html, const char *width)
{
    g_string_append_printf(html,
                           "<hr width=\"%s\" size=\"1\" noshade=\"noshade\" "
                           "style=\"width:%s\"/>\n",
                           width, width);
}

/* ---- The head of the letter ---- */

static void append_bold(GString *html, const char *size, const char *text)
{
    g_string_append_printf(html, "<b style=\"font-size:%s\">", size);
    append_escaped(html, text);
    g_string_append(html, "</b>");
}

static void append_unit(GString *html, const struct report *report)
{
    g_autofree char *superior = g_utf8_strup(report->settings->superior, -1);
    g_autofree char *unit = g_utf8_strup(*report->settings->organisation != '\0'
                                             ? report->settings->organisation
                                             : report_say(report, "(TÊN ĐƠN VỊ)", "(NAME OF UNIT)"),
                                         -1);

    g_string_append(html, "<td width=\"43%\" align=\"center\">");
    if (*superior != '\0')
        append_element(html, "div align=\"center\"", superior);
    g_string_append(html, "<div align=\"center\">");
    append_bold(html, "13pt", unit);
    g_string_append(html, "</div>\n");
    append_rule(html, "33%");
    g_string_append(html, "</td>\n");
}

static void append_nation(GString *html, const struct report *report)
{
    g_string_append(html, "<td width=\"57%\" align=\"center\">");
    append_bold(
        html, "12pt",
        report_say(report, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SOCIALIST REPUBLIC OF VIET NAM"));
    g_string_append(html, "<br/>");
    append_bold(
        html, "13pt",
        report_say(report, "Độc lập - Tự do - Hạnh phúc", "Independence - Freedom - Happiness"));
    append_rule(html, "60%");
    g_string_append(html, "</td>\n");
}

static char *number_of_report(const struct report *report)
{
    const struct settings *s = report->settings;

    return g_strdup_printf(report_say(report, "Số: %s/BC%s%s", "No. %s/BC%s%s"),
                           *s->report_number != '\0' ? s->report_number
                                                     : "\u00a0\u00a0\u00a0\u00a0\u00a0",
                           *s->abbreviation != '\0' ? "-" : "", s->abbreviation);
}

/* Days below ten and the first two months have a 0 before them. */
static char *place_and_date(const struct report *report)
{
    const char *place = *report->settings->place != '\0' ? report->settings->place : "……………";
    g_autofree char *date = report_day(report, report->options->now_ms);
    g_autofree char *day = report_time(report, report->options->now_ms, "%d");
    g_autofree char *month = report_time(report, report->options->now_ms, "%m");
    g_autofree char *year = report_time(report, report->options->now_ms, "%Y");
    const char *shown = month;

    if (report->language == LANGUAGE_EN)
        return g_strdup_printf("%s, %s", place, date);
    if (*month == '0' && month[1] > '2')
        shown = month + 1;
    return g_strdup_printf("%s, ngày %s tháng %s năm %s", place, day, shown, year);
}

static void append_head(GString *html, const struct report *report)
{
    g_string_append(html, "<table class=\"plain\" " PLAIN "><tr>\n");
    append_unit(html, report);
    append_nation(html, report);
    g_string_append(html, "</tr>\n<tr>\n<td align=\"center\" style=\"padding-top:8pt\">");
    take_element(html, "span", number_of_report(report));
    g_string_append(html, "</td>\n<td align=\"center\" style=\"padding-top:8pt\">");
    take_element(html, "i", place_and_date(report));
    g_string_append(html, "</td>\n</tr></table>\n");
    append_element(html, "h1 align=\"center\"", report_say(report, "BÁO CÁO", "REPORT"));
    append_element(
        html, "h2",
        report_say(
            report,
            "Về việc ghi nhận ra vào trụ sở và vận\u00a0động cài\u00a0đặt, sử\u00a0dụng ứng dụng "
            "Bluezone",
            "On recording who comes and goes, and on installing and running the "
            "Bluezone app"));
    append_rule(html, "30%");
    g_string_append(html, "<p style=\"margin:0 0 12pt\"></p>\n");
}

/* ---- The form ---- */

static void append_figure(GString *html, const struct report *report,
                          const struct report_figure *figure)
{
    struct tally_sums both = report_both(&report->all);

    g_string_append_printf(html, "<tr%s>", figure == report_figures ? " class=\"sum\"" : "");
    append_element(html, "td", report_label(report, figure));
    append_number(html, report, report_figure(&report->all.staff, figure));
    append_number(html, report, report_figure(&report->all.visitors, figure));
    append_number(html, report, report_figure(&both, figure));
    g_string_append(html, "</tr>\n");
}

static void append_figures(GString *html, const struct report *report)
{
    g_string_append(html, "<table class=\"figures\" " FIGURES "><thead><tr>");
    append_element(html, "th", report_say(report, "Nội dung (đơn vị: lượt)", "Visits"));
    append_element(html, "th width=\"17%\"", report_say(report, "Cán bộ, người lao động", "Staff"));
    append_element(html, "th width=\"17%\"", report_say(report, "Khách đến liên hệ", "Visitors"));
    append_element(html, "th width=\"13%\"", report_say(report, "Cộng", "All"));
    g_string_append(html, "</tr></thead><tbody>\n");
    for (gsize i = 0; i < REPORT_FIGURES; i++)
        append_figure(html, report, &report_figures[i]);
    g_string_append(html, "</tbody></table>\n");
}

static void append_share(GString *html, const char *who, const struct report *report,
                         const struct tally_sums *sums)
{
    g_autofree char *share = report_share(report, sums);

    g_string_append(html, "<p class=\"first\">- ");
    append_escaped(html, who);
    append_escaped(html, share);
    g_string_append(html, ".</p>\n");
}

static void append_shares(GString *html, const struct report *report)
{
    struct tally_sums both = report_both(&report->all);

    append_share(html, report_say(report, "Cán bộ, người lao động: ", "Staff: "), report,
                 &report->all.staff);
    append_share(html, report_say(report, "Khách đến liên hệ: ", "Visitors: "), report,
                 &report->all.visitors);
    append_share(html, report_say(report, "Chung: ", "All: "), report, &both);
}

/* ---- By day ---- */

static const char *const group_heads[][2] = {
    {"Vào", "In"},
    {"Ra", "Out"},
    {"Nghe thấy", "Heard"},
    {"Chưa nghe thấy", "Not heard"},
    {"Chưa xác định", "Cannot tell"},
    {"Không kiểm tra", "Un\u00adchecked"},
    {"Máy tắt (giờ:phút)", "Off (h:min)"},
};

static void append_group_heads(GString *html, const struct report *report)
{
    static const char *const firsts[][2] = {
        [REPORT_BY_HOUR] = {"Giờ", "Hour"},
        [REPORT_BY_DAY] = {"Ngày", "Day"},
        [REPORT_BY_MONTH] = {"Tháng", "Month"},
    };

    g_string_append(html, "<table class=\"figures\" " FIGURES "><thead><tr>");
    append_element(html, "th width=\"15%\"", firsts[report->step][report->language]);
    for (gsize i = 0; i < G_N_ELEMENTS(group_heads); i++)
        append_element(html, "th", group_heads[i][report->language]);
    append_element(html, "th width=\"24%\" colspan=\"2\"", report_say(report, "Số lượt", "Visits"));
    g_string_append(html, "</tr></thead><tbody>\n");
}

/* A bar beside its number, the longest of them as wide as the column lets it. */
static void append_bar(GString *html, const struct report *report, guint64 total, guint64 most)
{
    take_element(html, "td class=\"number of-bar\" width=\"7%\" align=\"right\"",
                 report_number(report, total));
    g_string_append(html, "<td class=\"bar\">");
    if (total > 0 && most > 0)
        g_string_append_printf(html, "<div class=\"bar\" style=\"width:%u%%\"></div>",
                               (guint)MAX(total * 100 / most, 1));
    g_string_append(html, "</td>");
}

/* most: of all groups; 0: no bar, the sum itself. */
static void append_group(GString *html, const struct report *report, const char *name,
                         const struct report_span *group, guint64 most)
{
    struct tally_sums both = report_both(group);
    const guint64 numbers[] = {both.in,        both.out,         both.heard,
                               both.not_heard, both.cannot_tell, both.unchecked};
    gint64 off_min = report_minutes(group->off_s);

    g_string_append(html, most == 0 ? "<tr class=\"sum\">" : "<tr>");
    append_element(html, "td", name);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        append_number(html, report, numbers[i]);
    take_element(html, "td class=\"number\" align=\"right\"",
                 g_strdup_printf("%d:%02d", (int)(off_min / 60), (int)(off_min % 60)));
    append_bar(html, report, both.total, most);
    g_string_append(html, "</tr>\n");
}

static guint64 most_of_groups(const struct report *report)
{
    guint64 most = 1;

    for (guint i = 0; i < report->groups->len; i++) {
        struct tally_sums both = report_both(report_group(report, i));

        most = MAX(most, both.total);
    }
    return most;
}

static void append_groups(GString *html, const struct report *report)
{
    guint64 most = most_of_groups(report);

    append_group_heads(html, report);
    for (guint i = 0; i < report->groups->len; i++) {
        const struct report_span *group = report_group(report, i);
        g_autofree char *name = report_group_name(report, group);

        if (report->step != REPORT_BY_HOUR || !report_is_quiet(group))
            append_group(html, report, name, group, most);
    }
    append_group(html, report, report_say(report, "Cộng", "All"), &report->all, 0);
    g_string_append(html, "</tbody></table>\n");
}

/* ---- The end of the letter ---- */

/* "- UBND tỉnh (để b/c);" … the last with a full stop. */
static void append_recipients(GString *html, const struct report *report)
{
    g_auto(GStrv) names = g_strsplit(report->settings->recipients, ";", -1);
    g_autoptr(GPtrArray) given = g_ptr_array_new();

    for (guint i = 0; names[i] != NULL; i++)
        if (*g_strstrip(names[i]) != '\0')
            g_ptr_array_add(given, names[i]);
    g_string_append(html, "<td width=\"36%\" valign=\"top\" style=\"text-align:left\">");
    append_bold(html, "12pt;font-style:italic", report_say(report, "Nơi nhận:", "Recipients:"));
    g_string_append(html, "<br/>\n<span style=\"font-size:11pt\">");
    for (guint i = 0; i < given->len; i++) {
        g_autofree char *line = g_strdup_printf("- %s%s", (const char *)given->pdata[i],
                                                i + 1 < given->len ? ";" : ".");

        append_escaped(html, line);
        g_string_append(html, "<br/>\n");
    }
    g_string_append(html, "</span></td>\n");
}

static void append_signature(GString *html, const struct report *report, const char *title)
{
    g_string_append(html, "<td width=\"32%\" align=\"center\" valign=\"top\">");
    append_bold(html, "12pt", title);
    g_string_append(html, "<br/>");
    append_element(html, "i style=\"font-size:12pt\"",
                   report_say(report, "(Ký, ghi rõ họ tên)", "(Signature and full name)"));
    g_string_append(html, "<br/><br/><br/><br/><br/></td>\n");
}

static void append_end(GString *html, const struct report *report)
{
    const char *head = *report->settings->head_title != '\0'
                           ? report->settings->head_title
                           : report_say(report, "Thủ trưởng đơn vị", "Head of unit");
    g_autofree char *title = g_utf8_strup(head, -1);

    g_string_append(html,
                    "<table class=\"plain signatures\" " PLAIN " style=\"margin-top:14pt\"><tr>\n");
    append_recipients(html, report);
    append_signature(html, report, report_say(report, "NGƯỜI LẬP BÁO CÁO", "PREPARED BY"));
    append_signature(html, report, title);
    g_string_append(html, "</tr></table>\n");
}

/* ---- All of it ---- */

static void append_heading(GString *html, guint number, const char *text)
{
    g_string_append_printf(html, "<h3>%u. ", number);
    append_escaped(html, text);
    g_string_append(html, "</h3>\n");
}

static void append_paragraph(GString *html, char *text)
{
    if (text != NULL)
        take_element(html, "p class=\"first\"", text);
}

static void append_body(GString *html, const struct report *report)
{
    static const char *const by[][2] = {
        [REPORT_BY_HOUR] = {"Theo giờ", "By hour"},
        [REPORT_BY_DAY] = {"Theo ngày", "By day"},
        [REPORT_BY_MONTH] = {"Theo tháng", "By month"},
    };
    char **notes = report_notes(report);

    append_paragraph(html, report_occasion(report));
    append_heading(html, 1, report_say(report, "Số người của đơn vị", "The unit"));
    append_paragraph(html, report_staff(report));
    append_heading(html, 2, report_say(report, "Kết quả ghi nhận", "What was recorded"));
    append_figures(html, report);
    g_string_append(html, "<p style=\"margin:0\"></p>\n");
    for (guint i = 0; notes[i] != NULL; i++)
        append_paragraph(html, g_strdup(notes[i]));
    g_string_append(html, TOGETHER);
    append_heading(html, 3,
                   report_say(report, "Tỷ lệ lượt có ứng dụng đang chạy",
                              "Share of visits with the app running"));
    append_shares(html, report);
    g_string_append(html, "</div>\n");
    append_heading(html, 4, by[report->step][report->language]);
    append_groups(html, report);
    g_string_append(html, TOGETHER);
    append_heading(html, 5, report_say(report, "Máy kiểm tra", "The tool"));
    append_paragraph(html, report_off(report));
    append_paragraph(html, report_count(report));
    g_string_append(html, "</div>\n");
    g_strfreev(notes);
}

/* No signature stands on a page without something that it is for. */
static void append_last(GString *html, const struct report *report)
{
    g_string_append(html, TOGETHER);
    append_heading(html, 6, report_say(report, "Phương pháp và giới hạn", "Method and limits"));
    append_paragraph(html, g_strconcat(report_method(report), report_say(report, "/.", ""), NULL));
    append_end(html, report);
    g_string_append(html, "</div>\n");
}

char *report_html(const struct report *report)
{
    GString *html = g_string_new("<!DOCTYPE html>\n");

    g_string_append_printf(html, "<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\"/>\n",
                           report_say(report, "vi", "en"));
    g_string_append(html, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                          "'none'; style-src 'unsafe-inline'\"/>\n");
    append_element(html, "title", report_say(report, "Báo cáo Bluezone", "Bluezone report"));
    g_string_append_printf(html, "<style>\n%s</style>\n</head>\n<body>\n", style);
    append_head(html, report);
    append_body(html, report);
    append_last(html, report);
    g_string_append(html, "</body>\n</html>\n");
    return g_string_free(html, FALSE);
}
