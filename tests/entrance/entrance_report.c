/* SPDX-License-Identifier: MIT */
/* A week of visits that were added up by hand: every layout of the report says the same, in both
 * languages, beside a tool that is running, and after its rows became hours. */
#include "check_main.h"
#include "report.h"
#include "tally_rig.h"

#include <stdlib.h>
#include <yajl/yajl_tree.h>

static struct rig rig;
static struct settings *settings;
static struct report_options options;

static void set_period(guint from_day, guint to_day)
{
    g_date_clear(&options.from, 1);
    g_date_clear(&options.to, 1);
    g_date_set_dmy(&options.from, (GDateDay)from_day, G_DATE_AUGUST, 2020);
    g_date_set_dmy(&options.to, (GDateDay)to_day, G_DATE_AUGUST, 2020);
}

static void set_text(char **field, const char *text)
{
    g_free(*field);
    *field = g_strdup(text);
}

static void set_up(void)
{
    rig = rig_new();
    rig_open(&rig);
    settings = settings_read(NULL, NULL);
    ck_assert_ptr_nonnull(settings);
    set_text(&settings->organisation, "Sở Ví dụ");
    set_text(&settings->superior, "Ủy ban nhân dân tỉnh Kiên Giang");
    set_text(&settings->abbreviation, "SVD");
    set_text(&settings->place, "Rạch Giá");
    settings->staff_total = 1120;
    settings->staff_with_smartphone = 112;
    options = (struct report_options){.size = sizeof(options),
                                      .format = REPORT_JSON,
                                      .timezone = VIETNAM,
                                      .now_ms = MONDAY_MS + 7 * DAY_MS + HOUR_MS};
    set_period(10, 16);
}

static void tear_down(void)
{
    settings_free(settings);
    rig_remove(&rig);
}

static char *make(enum report_format format, enum language language)
{
    GError *error = NULL;
    struct tally *reader = rig_reader(&rig); /* as the program does, beside the one that writes */
    char *text;

    options.format = format;
    options.language = language;
    text = report_make(reader, settings, &options, &error);
    ck_assert_msg(text != NULL, "%s", error != NULL ? error->message : "");
    ck_assert(g_utf8_validate(text, -1, NULL));
    tally_free(reader);
    return text;
}

static void check_has(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "\"%s\" is not in:\n%.3000s", words, text);
}

static void check_has_not(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) == NULL, "\"%s\" is in:\n%.3000s", words, text);
}

/* ---- The week ---- */

static void add(struct tally_row *row, guint times)
{
    for (guint i = 0; i < times; i++)
        tally_add(rig.tally, row);
}

/*
 * Staff: ten heard, who had it before; two not heard and told, of whom one is helped to install it;
 * one cannot tell; three by hand; one without a smartphone; twelve go. 29 visits.
 */
static void add_staff(gint64 time_ms)
{
    struct tally_row row = row_at(time_ms);

    row.installed = INSTALLED_BEFORE;
    add(&row, 10);
    row.verdict = VERDICT_NOT_HEARD;
    row.told = TRUE;
    row.installed = INSTALLED_NO;
    add(&row, 1);
    row.helped = TRUE;
    row.installed = INSTALLED_ON_THE_SPOT;
    add(&row, 1);
    row = row_at(time_ms);
    row.verdict = VERDICT_CANNOT_TELL;
    row.reason = REASON_ONE_AT_A_TIME;
    add(&row, 1);
    row = row_at(time_ms);
    row.verdict = VERDICT_NONE;
    row.by_hand = TRUE;
    row.count = 3;
    add(&row, 1);
    row.direction = DIRECTION_OUT;
    row.time_ms += 9 * HOUR_MS;
    row.count = 12;
    add(&row, 1);
    row = row_at(time_ms);
    row.verdict = VERDICT_NONE;
    row.exempt = TRUE;
    add(&row, 1);
}

/* Visitors: four heard, one who declines. */
static void add_visitors(gint64 time_ms)
{
    struct tally_row row = row_at(time_ms);

    row.person = PERSON_VISITOR;
    add(&row, 4);
    row.verdict = VERDICT_NONE;
    row.declined = TRUE;
    add(&row, 1);
}

/* From seven to five, but for an hour of Tuesday's; the receiver counts five visits a quarter of
 * the first hour, variance one. */
static void live_a_day(guint day)
{
    gint64 midnight = MONDAY_MS + day * DAY_MS;

    for (gint64 now = midnight + 7 * HOUR_MS; now <= midnight + 17 * HOUR_MS; now += MINUTE_MS)
        tally_note_alive(rig.tally, now,
                         day != 1 || now <= midnight + 13 * HOUR_MS ||
                             now >= midnight + 14 * HOUR_MS);
    tally_note_alive(rig.tally, midnight + 17 * HOUR_MS + MINUTE_MS, FALSE);
    for (guint i = 0; i < 4; i++)
        tally_note_visits(rig.tally, midnight + 7 * HOUR_MS + i * 15 * MINUTE_MS, 5, 1);
}

/* Monday to Friday; on Wednesday a visit is undone, and one is amended that was there already. */
static void add_week(void)
{
    struct tally_row row = row_at(MONDAY_MS + 2 * DAY_MS + 8 * HOUR_MS);
    gint64 amended;

    for (guint day = 0; day < 5; day++) {
        live_a_day(day);
        add_staff(MONDAY_MS + day * DAY_MS + 7 * HOUR_MS + 31 * MINUTE_MS);
        add_visitors(MONDAY_MS + day * DAY_MS + 10 * HOUR_MS);
    }
    ck_assert(tally_void(rig.tally, tally_add(rig.tally, &row), NULL));
    amended = tally_add(rig.tally, &row);
    row.verdict = VERDICT_NOT_HEARD;
    amended = tally_replace(rig.tally, amended, &row, NULL);
    ck_assert(tally_void(rig.tally, amended, NULL));
}

/* In the form's order; twice staff and visitors. */
static const guint64 staff_sums[] = {145, 85, 60, 10, 5, 50, 5, 5, 50, 10, 5, 15, 60, 5, 0, 75};
static const guint64 visitor_sums[] = {25, 25, 0, 0, 0, 0, 0, 0, 20, 0, 0, 5, 0, 0, 5, 0};
static const char *const names[] = {"total",
                                    "in",
                                    "out",
                                    "told",
                                    "helped",
                                    "installed_before",
                                    "installed_on_the_spot",
                                    "installed_no",
                                    "heard",
                                    "not_heard",
                                    "cannot_tell",
                                    "unchecked",
                                    "left_unchecked",
                                    "exempt",
                                    "declined",
                                    "by_hand"};
static const char *const labels[][2] = {
    {"Tổng số lượt ghi nhận", "Visits recorded"},
    {"Lượt vào", "Coming in"},
    {"Lượt ra", "Going out"},
    {"Được thông báo, hướng dẫn về Bluezone", "Told about Bluezone"},
    {"Được hỗ trợ cài đặt, bật ứng dụng", "Helped to install it or turn it on"},
    {"Đã cài đặt từ trước", "Installed before"},
    {"Cài đặt tại chỗ", "Installed on the spot"},
    {"Chưa cài đặt", "Not installed"},
    {"Nghe thấy tín hiệu Bluezone", "Bluezone heard"},
    {"Chưa nghe thấy tín hiệu", "Not heard"},
    {"Chưa xác định được", "Cannot tell"},
    {"Vào mà không kiểm tra", "Came in unchecked"},
    {"Ra mà không kiểm tra", "Went out unchecked"},
    {"Không có điện thoại thông minh (miễn)", "No smartphone (exempt)"},
    {"Không đồng ý", "Declined"},
    {"Trong tổng số: đếm bằng tay", "Of the visits: counted by hand"},
};

/* ---- Letter ---- */

START_TEST(the_letter_has_the_sums)
{
    add_week();
    for (enum language language = LANGUAGE_VI; language <= LANGUAGE_EN; language++) {
        g_autofree char *html = make(REPORT_HTML, language);

        for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
            g_autofree char *row =
                g_strdup_printf("<td>%s</td>\n<td class=\"number\" align=\"right\">%u</td>\n<td "
                                "class=\"number\" align=\"right\">%u</td>\n"
                                "<td class=\"number\" align=\"right\">%u</td>\n",
                                labels[i][language], (guint)staff_sums[i], (guint)visitor_sums[i],
                                (guint)(staff_sums[i] + visitor_sums[i]));

            check_has(html, row);
        }
    }
}
END_TEST

static void check_nothing_else_opens(GMarkupParseContext *context, const char *element,
                                     const char **attributes, const char **values, gpointer user,
                                     GError **error)
{
    static const char *const known[] = {"html",  "head",  "meta", "title", "style", "body", "table",
                                        "thead", "tbody", "tr",   "td",    "th",    "b",    "i",
                                        "span",  "br",    "hr",   "h1",    "h2",    "h3",   "p",
                                        "ul",    "li",    "div",  NULL};

    (void)context;
    (void)user;
    (void)error;
    ck_assert_msg(g_strv_contains(known, element), "<%s>", element);
    for (guint i = 0; attributes[i] != NULL; i++) {
        ck_assert_msg(strncmp(attributes[i], "on", 2) != 0, "%s", attributes[i]);
        ck_assert_msg(strstr(values[i], "//") == NULL, "%s", values[i]);
    }
}

/* Every element is closed, none is a script or leads elsewhere. */
static void check_markup(const char *html)
{
    static const GMarkupParser parser = {.start_element = check_nothing_else_opens};
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, NULL, NULL);
    GError *error = NULL;

    ck_assert_msg(g_markup_parse_context_parse(context, html, -1, &error) &&
                      g_markup_parse_context_end_parse(context, &error),
                  "%s", error != NULL ? error->message : "");
    g_markup_parse_context_free(context);
}

START_TEST(the_letter_has_all_its_parts)
{
    g_autofree char *html = NULL, *english = NULL;

    add_week();
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_markup(html);
    check_has(html, "ỦY BAN NHÂN DÂN TỈNH KIÊN GIANG</div>");
    check_has(html, "SỞ VÍ DỤ</b>");
    check_has(html, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
    check_has(html, "Độc lập - Tự do - Hạnh phúc");
    check_has(html, "/BC-SVD");
    check_has(html, "<i>Rạch Giá, ngày 17 tháng 8 năm 2020</i>");
    check_has(html, "<h1 align=\"center\">BÁO CÁO</h1>");
    check_has(html, "Công văn số 4758/VP-KGVX ngày 05/8/2020 của Văn phòng Ủy ban nhân dân tỉnh");
    check_has(html, "Công văn số 2841/BTTTT-THH ngày 01/8/2020 của Bộ Thông tin và Truyền thông");
    check_has(html, "từ ngày 10/8/2020 đến hết ngày 16/8/2020 (hạn báo cáo: 10/8/2020)");
    check_has(html, "người lao động: 1.120 người; trong đó có điện thoại thông minh: 112 người");
    check_has(html, "Cán bộ, người lao động: từ 62,5\u00a0% đến 87,5\u00a0% (trên 80 lượt).");
    check_has(html, "Khách đến liên hệ: từ 80,0\u00a0% đến 100,0\u00a0% (trên 25 lượt).");
    check_has(html, "Chung: từ 66,6\u00a0% đến 90,5\u00a0% (trên 105 lượt).");
    check_has(html,
              "không nghe được: 119 giờ 00 phút; trong đó trong giờ làm việc: 1 giờ 00 phút.");
    check_has(html, "100 ± 9 lượt trong 5 giờ 00 phút");
    check_has(html, "Nơi nhận:");
    check_has(html, ">- UBND tỉnh (để b/c);<br/>\n- Ban Chỉ đạo tỉnh (để b/c);<br/>\n"
                    "- Lưu: VT.<br/>");
    check_has(html, "NGƯỜI LẬP BÁO CÁO");
    check_has(html, "THỦ TRƯỞNG ĐƠN VỊ");
    check_has(html, "./.");
    check_has(
        html,
        "<td>10/8/2020</td>\n<td class=\"number\" align=\"right\">22</td>\n<td class=\"number\" "
        "align=\"right\">12</td>\n"
        "<td class=\"number\" align=\"right\">14</td>\n<td class=\"number\" "
        "align=\"right\">2</td>\n"
        "<td class=\"number\" align=\"right\">1</td>\n<td class=\"number\" align=\"right\">4</td>\n"
        "<td class=\"number\" align=\"right\">14:00</td>\n");
    check_has(html, "<td class=\"number\" align=\"right\">15:00</td>\n"); /* Tuesday */
    check_has(html,
              "<tr class=\"sum\"><td>Cộng</td>\n<td class=\"number\" align=\"right\">110</td>\n"
              "<td class=\"number\" align=\"right\">60</td>\n");
    english = make(REPORT_HTML, LANGUAGE_EN);
    check_markup(english);
    check_has(english, "Letter No. 4758/VP-KGVX of 5 August 2020");
    check_has(english, "Staff in all: 1,120; with a smartphone: 112");
    check_has(english, "Staff: from 62.5\u00a0% to 87.5\u00a0% (of 80 visits).");
    check_has(english, "The tool was off or did not hear for 119 h 00 min; of it, in office hours: "
                       "1 h 00 min.");
}
END_TEST

/* Ten hours and twenty seconds of Monday it heard: less than a minute is rounded in every place. */
START_TEST(time_off_is_the_same_in_table_and_sentence)
{
    const gint64 from = MONDAY_MS + 7 * HOUR_MS, to = MONDAY_MS + 17 * HOUR_MS;
    g_autofree char *html = NULL;

    for (gint64 now = from; now <= to; now += MINUTE_MS)
        tally_note_alive(rig.tally, now, TRUE);
    tally_note_alive(rig.tally, to + 20000, TRUE);
    tally_note_alive(rig.tally, to + 21000, FALSE);
    set_period(10, 11);
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_has(html, "<td class=\"number\" align=\"right\">14:00</td>\n");
    check_has(html, "<td class=\"number\" align=\"right\">38:00</td>\n");
    check_has(html, "không nghe được: 38 giờ 00 phút;");
}
END_TEST

START_TEST(what_settings_say_is_text_and_nothing_else)
{
    g_autofree char *html = NULL, *csv = NULL, *json = NULL;

    set_text(&settings->organisation, "=HYPERLINK(\"http://x\");<script>a&b</script>'");
    set_text(&settings->place, "<b>");
    set_text(&settings->recipients, "<i>;;&amp;");
    set_text(&settings->head_title, "<u>");
    set_text(&settings->province_letter, "\"<p>");
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_markup(html);
    check_has_not(html, "<script");
    check_has_not(html, "<u>");
    check_has(html, "&lt;script&gt;a&amp;b&lt;/script&gt;");
    check_has(html, ">- &lt;i&gt;;<br/>\n- &amp;amp.<br/>");
    csv = make(REPORT_CSV, LANGUAGE_VI);
    check_has(csv, "\r\n\"'=HYPERLINK(\"\"http://x\"\");<script>a&b</script>'\",cả kỳ,");
    json = make(REPORT_JSON, LANGUAGE_VI);
    check_has(json, "\"=HYPERLINK(\\\"http://x\\\");<script>a&b</script>'\"");
}
END_TEST

/* ---- Tables ---- */

/* The fields of a line of CSV that has no quotes but about its first line. */
static void check_csv_line(const char *csv, char separator, const char *begin, const guint64 *sums,
                           const char *end)
{
    GString *line = g_string_new("\r\n");

    g_string_append(line, begin);
    for (gsize i = 0; i < G_N_ELEMENTS(staff_sums); i++)
        g_string_append_printf(line, "%c%u", separator, (guint)sums[i]);
    g_string_append_printf(line, "%s\r\n", end);
    check_has(csv, line->str);
    g_string_free(line, TRUE);
}

START_TEST(the_table_has_the_sums)
{
    guint64 both[G_N_ELEMENTS(staff_sums)];
    g_autofree char *comma = NULL, *semicolon = NULL, *tab = NULL;
    g_auto(GStrv) lines = NULL;

    add_week();
    for (gsize i = 0; i < G_N_ELEMENTS(both); i++)
        both[i] = staff_sums[i] + visitor_sums[i];
    comma = make(REPORT_CSV, LANGUAGE_EN);
    ck_assert_mem_eq(comma, "\xEF\xBB\xBFUnit,Level,Begin,Who,Visits recorded,", 40);
    check_csv_line(comma, ',', "Sở Ví dụ,period,2020-08-10 00:00,staff", staff_sums,
                   ",80,50,70,,,,1120,112");
    check_csv_line(comma, ',', "Sở Ví dụ,period,2020-08-10 00:00,visitors", visitor_sums,
                   ",25,20,25,,,,,");
    check_csv_line(comma, ',', "Sở Ví dụ,period,2020-08-10 00:00,all", both,
                   ",105,70,95,7140,100,9,,");
    check_has(comma, "\r\nSở Ví dụ,hour,2020-08-14 10:00,visitors,5,5,0,0,0,0,0,0,4,0,0,1,0,0,1,0,"
                     "5,4,5,,,,,\r\n");
    lines = g_strsplit(comma, "\r\n", -1);
    /* Head, period, seven days, three hours a day, and nothing after the last line's end. */
    ck_assert_uint_eq(g_strv_length(lines), 1 + 3 * (1 + 7 + 5 * 3) + 1);
    options.separator = ';';
    semicolon = make(REPORT_CSV, LANGUAGE_VI);
    check_csv_line(semicolon, ';', "Sở Ví dụ;cả kỳ;2020-08-10 00:00;cán bộ", staff_sums,
                   ";80;50;70;;;;1120;112");
    options.separator = '\t';
    tab = make(REPORT_CSV, LANGUAGE_VI);
    check_csv_line(tab, '\t', "Sở Ví dụ\tcả kỳ\t2020-08-10 00:00\tcộng", both,
                   "\t105\t70\t95\t7140\t100\t9\t\t");
}
END_TEST

static long long json_at(yajl_val tree, const char *a, const char *b, const char *c)
{
    const char *path[] = {a, b, c, NULL};
    yajl_val value = yajl_tree_get(tree, path, yajl_t_number);

    ck_assert_msg(YAJL_IS_INTEGER(value), "%s %s %s", a, b != NULL ? b : "", c != NULL ? c : "");
    return YAJL_GET_INTEGER(value);
}

static yajl_val read_json(enum language language)
{
    g_autofree char *json = make(REPORT_JSON, language);
    char problem[200] = "";
    yajl_val tree = yajl_tree_parse(json, problem, sizeof(problem));

    ck_assert_msg(tree != NULL, "%s", problem);
    return tree;
}

/* On from half past seven to eight, and from half past eight to five. */
START_TEST(off_in_office_hours_is_what_of_them_it_was_off)
{
    static const gint64 spans[][2] = {{450, 480}, {510, 1020}};
    static const struct {
        guint from, to;
        gint64 off_s;
    } offices[] = {{450, 1020, 1800}, {420, 1020, 3600}, {450, 480, 0},
                   {475, 515, 1800},  {435, 455, 900},   {0, 1440, 54000}};

    for (guint i = 0; i < G_N_ELEMENTS(spans); i++) {
        for (gint64 minute = spans[i][0]; minute <= spans[i][1]; minute++)
            tally_note_alive(rig.tally, MONDAY_MS + minute * MINUTE_MS, TRUE);
        tally_note_alive(rig.tally, MONDAY_MS + (spans[i][1] + 1) * MINUTE_MS, FALSE);
    }
    set_period(10, 10);
    for (guint i = 0; i < G_N_ELEMENTS(offices); i++) {
        yajl_val tree;

        settings->office_from_minute = offices[i].from;
        settings->office_to_minute = offices[i].to;
        tree = read_json(LANGUAGE_VI);
        ck_assert_int_eq(json_at(tree, "period", "off_seconds_in_office_hours", NULL),
                         offices[i].off_s);
        ck_assert_int_eq(json_at(tree, "period", "off_seconds", NULL), 54000);
        yajl_tree_free(tree);
    }
}
END_TEST

/* What is said of at least and at most is true after rounding too. */
START_TEST(bounds_are_rounded_outwards)
{
    struct tally_row row = row_at(MONDAY_MS + 8 * HOUR_MS);
    char *text;

    row.count = 999;
    add(&row, 2);
    row.count = 1;
    add(&row, 1);
    row.verdict = VERDICT_NOT_HEARD;
    add(&row, 1);
    row.person = PERSON_VISITOR;
    row.count = 999;
    add(&row, 2);
    row.count = 1;
    add(&row, 1);
    row.verdict = VERDICT_HEARD;
    add(&row, 1);
    text = make(REPORT_HTML, LANGUAGE_EN);
    check_has(text, "Staff: from 99.9\u00a0% to 100.0\u00a0% (of 2,000 visits)");
    check_has(text, "Visitors: from 0.0\u00a0% to 0.1\u00a0% (of 2,000 visits)");
    g_free(text);
}
END_TEST

START_TEST(json_has_the_sums)
{
    add_week();
    for (enum language language = LANGUAGE_VI; language <= LANGUAGE_EN; language++) {
        yajl_val tree = read_json(language);
        const char *hours[] = {"hours", NULL}, *days[] = {"steps", NULL};

        for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
            ck_assert_int_eq(json_at(tree, "period", "staff", names[i]), (gint64)staff_sums[i]);
            ck_assert_int_eq(json_at(tree, "period", "visitors", names[i]),
                             (gint64)visitor_sums[i]);
            ck_assert_int_eq(json_at(tree, "period", "all", names[i]),
                             (gint64)(staff_sums[i] + visitor_sums[i]));
        }
        ck_assert_int_eq(json_at(tree, "period", "off_seconds", NULL), 119 * 3600);
        ck_assert_int_eq(json_at(tree, "period", "off_seconds_in_office_hours", NULL), 3600);
        ck_assert_int_eq(json_at(tree, "period", "counted", "quarter_hours"), 20);
        ck_assert_int_eq(json_at(tree, "staff_total", NULL, NULL), 1120);
        ck_assert_uint_eq(YAJL_GET_ARRAY(yajl_tree_get(tree, hours, yajl_t_array))->len, 7 * 24);
        ck_assert_uint_eq(YAJL_GET_ARRAY(yajl_tree_get(tree, days, yajl_t_array))->len, 7);
        yajl_tree_free(tree);
    }
}
END_TEST

/* Runs of spaces as one, for what is laid out with them. */
static char *squeeze(const char *text)
{
    GString *squeezed = g_string_new(NULL);

    for (; *text != '\0'; text++)
        if (*text != ' ' || squeezed->len == 0 || squeezed->str[squeezed->len - 1] != ' ')
            g_string_append_c(squeezed, *text);
    return g_string_free(squeezed, FALSE);
}

START_TEST(text_has_the_sums)
{
    add_week();
    for (enum language language = LANGUAGE_VI; language <= LANGUAGE_EN; language++) {
        g_autofree char *text = make(REPORT_TEXT, language), *squeezed = squeeze(text);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
            g_autofree char *row =
                g_strdup_printf("%s %u %u %u\n", labels[i][language], (guint)staff_sums[i],
                                (guint)visitor_sums[i], (guint)(staff_sums[i] + visitor_sums[i]));

            check_has(squeezed, row);
        }
        check_has(squeezed, language == LANGUAGE_VI ? "từ 62,5\u00a0% đến 87,5\u00a0% (trên 80"
                                                    : "from 62.5\u00a0% to 87.5\u00a0% (of 80");
        for (guint i = 0; lines[i] != NULL; i++)
            ck_assert_int_le(g_utf8_strlen(lines[i], -1), 80);
    }
}
END_TEST

/* ---- Periods ---- */

START_TEST(a_period_without_visits_says_so)
{
    g_autofree char *html = make(REPORT_HTML, LANGUAGE_VI), *text = make(REPORT_TEXT, LANGUAGE_EN);

    check_has(html, "Không ghi nhận lượt nào trong kỳ báo cáo.");
    check_has(html, "Chung: không có lượt nào để tính.");
    check_has(text, "No visit was recorded in this period.");
    check_has(text, "no visit to reckon with");
    check_has_not(html, "nan");
    yajl_tree_free(read_json(LANGUAGE_VI));
}
END_TEST

START_TEST(only_exempt_visits_make_no_share)
{
    struct tally_row row = row_at(MONDAY_MS + 8 * HOUR_MS);
    g_autofree char *html = NULL;

    row.exempt = TRUE;
    tally_add(rig.tally, &row);
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_has(html, "Chung: không có lượt nào để tính.");
    check_has_not(html, "Không ghi nhận lượt nào");
}
END_TEST

START_TEST(a_day_is_told_by_its_hours)
{
    g_autofree char *html = NULL;

    add_week();
    set_period(11, 11);
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_has(html, "báo cáo kết quả ngày 11/8/2020");
    check_has(html, "<th width=\"15%\">Giờ</th>");
    check_has(html, "<td>07:00</td>\n<td class=\"number\" align=\"right\">17</td>");
    check_has(html, "<td>16:00</td>\n<td class=\"number\" align=\"right\">0</td>\n<td "
                    "class=\"number\" align=\"right\">12</td>");
    check_has_not(html, "<td>08:00</td>"); /* nobody came */
}
END_TEST

START_TEST(a_period_that_goes_on_says_until_when)
{
    g_autofree char *html = NULL;
    yajl_val tree;

    add_week();
    options.now_ms = MONDAY_MS + 9 * HOUR_MS + 30 * MINUTE_MS;
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_has(html, "Kỳ báo cáo chưa kết thúc: số liệu tính đến 09:30 ngày 10/8/2020.");
    tree = read_json(LANGUAGE_VI);
    /* Off until seven; nothing after now is missed yet. */
    ck_assert_int_eq(json_at(tree, "period", "off_seconds", NULL), 7 * 3600);
    yajl_tree_free(tree);
}
END_TEST

static void check_same_period(yajl_val before, yajl_val after)
{
    static const char *const who[] = {"staff", "visitors", "all"};

    for (gsize i = 0; i < G_N_ELEMENTS(who); i++)
        for (gsize j = 0; j < G_N_ELEMENTS(names); j++)
            ck_assert_int_eq(json_at(before, "period", who[i], names[j]),
                             json_at(after, "period", who[i], names[j]));
    ck_assert_int_eq(json_at(before, "period", "off_seconds", NULL),
                     json_at(after, "period", "off_seconds", NULL));
    ck_assert_int_eq(json_at(before, "period", "counted", "quarter_hours"),
                     json_at(after, "period", "counted", "quarter_hours"));
}

START_TEST(a_period_that_begins_in_condensed_days_is_right_and_says_so)
{
    yajl_val before, after;
    g_autofree char *html = NULL;

    add_week();
    before = read_json(LANGUAGE_VI);
    ck_assert(tally_condense(rig.tally, MONDAY_MS + 32 * DAY_MS + 12 * HOUR_MS, NULL));
    after = read_json(LANGUAGE_VI);
    check_same_period(before, after);
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_has(html, "Trước 12:00 ngày 12/8/2020 chỉ còn lưu tổng theo giờ");
    yajl_tree_free(before);
    yajl_tree_free(after);
}
END_TEST

START_TEST(visits_of_an_unset_clock_are_told)
{
    struct tally_row row = row_at(MONDAY_MS + 8 * HOUR_MS);
    g_autofree char *html = NULL;

    tally_free(rig.tally);
    rig_open_early(&rig, NULL);
    row.clock = CLOCK_UNKNOWN;
    add(&row, 3);
    rig.tally = tally_free(rig.tally);
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_has(html, "Thời điểm của 3 lượt không chắc chắn");
}
END_TEST

START_TEST(a_long_period_is_told_by_its_months)
{
    g_autofree char *html = NULL;

    add_week();
    g_date_set_dmy(&options.from, 1, G_DATE_JANUARY, 2020);
    g_date_set_dmy(&options.to, 31, G_DATE_DECEMBER, 2020);
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_has(html, "từ ngày 01/01/2020 đến hết ngày 31/12/2020");
    check_has(html, "<td>08/2020</td>\n<td class=\"number\" align=\"right\">110</td>");
}
END_TEST

static void check_refused(void)
{
    GError *error = NULL;

    ck_assert_ptr_null(report_make(rig.tally, settings, &options, &error));
    ck_assert(g_error_matches(error, REPORT_ERROR, REPORT_ERROR_PERIOD));
    g_error_free(error);
}

START_TEST(a_period_that_is_none_is_refused)
{
    set_period(16, 10);
    check_refused();
    g_date_clear(&options.from, 1);
    check_refused();
    set_period(1, 1);
    g_date_add_days(&options.to, 366);
    check_refused();
}
END_TEST

START_TEST(what_is_not_entered_leaves_room)
{
    g_autofree char *html = NULL;

    settings->staff_total = settings->staff_with_smartphone = -1;
    set_text(&settings->organisation, "");
    set_text(&settings->place, "");
    set_text(&settings->ministry_letter, "");
    g_date_clear(&settings->due_date, 1);
    html = make(REPORT_HTML, LANGUAGE_VI);
    check_markup(html);
    check_has(html, "người lao động: ……… người");
    check_has(html, "(TÊN ĐƠN VỊ)");
    check_has(html, "<i>……………, ngày 17");
    check_has(html, "của Văn phòng Ủy ban nhân dân tỉnh Kiên Giang về việc");
    check_has_not(html, "hạn báo cáo");
}
END_TEST

/* ---- Files ---- */

static void check_saved(const char *path, const char *expected)
{
    g_autofree char *content = NULL;

    ck_assert(g_file_get_contents(path, &content, NULL, NULL));
    ck_assert_str_eq(content, expected);
}

static guint files_in(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    guint count = 0;

    while (g_dir_read_name(dir) != NULL)
        count++;
    g_dir_close(dir);
    return count;
}

START_TEST(a_report_is_saved_whole_or_not_at_all)
{
    g_autofree char *path = g_build_filename(rig.folder, "report", NULL);
    g_autofree char *link = g_build_filename(rig.folder, "link", NULL);
    g_autofree char *nowhere = g_build_filename(rig.folder, "nowhere", "report", NULL);
    GError *error = NULL;
    guint files;

    ck_assert(report_save(path, "một", NULL));
    check_saved(path, "một");
    ck_assert_int_eq(symlink("report", link), 0);
    ck_assert(report_save(link, "hai", NULL));
    check_saved(path, "hai");
    ck_assert(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    files = files_in(rig.folder);
    ck_assert(!report_save(nowhere, "ba", &error));
    ck_assert(g_error_matches(error, REPORT_ERROR, REPORT_ERROR_FILE));
    ck_assert_ptr_nonnull(strstr(error->message, nowhere));
    g_clear_error(&error);
    ck_assert(!report_save(rig.folder, "ba", &error));
    g_clear_error(&error);
    ck_assert_uint_eq(files_in(rig.folder), files); /* nothing is left beside */
}
END_TEST

START_TEST(a_device_is_written_to_and_stays_one)
{
    GError *error = NULL;

    ck_assert(report_save("/dev/null", "một", &error));
    ck_assert(!g_file_test("/dev/null", G_FILE_TEST_IS_REGULAR));
    ck_assert(!report_save("/dev/full", "một", &error));
    ck_assert(g_error_matches(error, REPORT_ERROR, REPORT_ERROR_FILE));
    g_error_free(error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_report");
    TCase *report = tcase_create("report");

    tcase_set_timeout(report, 60);
    tcase_add_checked_fixture(report, set_up, tear_down);
    tcase_add_test(report, the_letter_has_the_sums);
    tcase_add_test(report, the_letter_has_all_its_parts);
    tcase_add_test(report, time_off_is_the_same_in_table_and_sentence);
    tcase_add_test(report, what_settings_say_is_text_and_nothing_else);
    tcase_add_test(report, the_table_has_the_sums);
    tcase_add_test(report, off_in_office_hours_is_what_of_them_it_was_off);
    tcase_add_test(report, bounds_are_rounded_outwards);
    tcase_add_test(report, json_has_the_sums);
    tcase_add_test(report, text_has_the_sums);
    tcase_add_test(report, a_period_without_visits_says_so);
    tcase_add_test(report, only_exempt_visits_make_no_share);
    tcase_add_test(report, a_day_is_told_by_its_hours);
    tcase_add_test(report, a_period_that_goes_on_says_until_when);
    tcase_add_test(report, a_period_that_begins_in_condensed_days_is_right_and_says_so);
    tcase_add_test(report, visits_of_an_unset_clock_are_told);
    tcase_add_test(report, a_long_period_is_told_by_its_months);
    tcase_add_test(report, a_period_that_is_none_is_refused);
    tcase_add_test(report, what_is_not_entered_leaves_room);
    tcase_add_test(report, a_report_is_saved_whole_or_not_at_all);
    tcase_add_test(report, a_device_is_written_to_and_stays_one);
    suite_add_tcase(suite, report);
    return check_main(suite);
}
