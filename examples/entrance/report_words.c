/* SPDX-License-Identifier: MIT */
/* The words of a report in both languages: numbers, times, and sentences made of figures. */
#include "report_figures.h"

#include <math.h>

const char *report_say(const struct report *report, const char *vi, const char *en)
{
    return report->language == LANGUAGE_EN ? en : vi;
}

const char *report_label(const struct report *report, const struct report_figure *figure)
{
    return report_say(report, figure->vi, figure->en);
}

/* ---- Numbers and times ---- */

char *report_time(const struct report *report, gint64 time_ms, const char *format)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time_ms / 1000);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, report->zone);

    return g_date_time_format(local, format);
}

/* As letters write it: a day below ten and the first two months with a 0 before. */
char *report_date(const struct report *report, const GDate *date)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    guint day, month, year;

    if (!g_date_valid(date))
        return g_strdup("…/…/…");
    day = g_date_get_day(date);
    month = (guint)g_date_get_month(date);
    year = g_date_get_year(date);
    if (report->language == LANGUAGE_EN)
        return g_strdup_printf("%u %s %u", day, months[month - 1], year);
    return g_strdup_printf(month <= 2 ? "%02u/%02u/%u" : "%02u/%u/%u", day, month, year);
}

char *report_day(const struct report *report, gint64 time_ms)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time_ms / 1000);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, report->zone);
    GDate date;

    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)g_date_time_get_day_of_month(local),
                   (GDateMonth)g_date_time_get_month(local),
                   (GDateYear)g_date_time_get_year(local));
    return report_date(report, &date);
}

/* "09:30 ngày 10/8/2020" */
static char *moment(const struct report *report, gint64 time_ms)
{
    g_autofree char *time = report_time(report, time_ms, "%H:%M");
    g_autofree char *day = report_day(report, time_ms);

    return g_strdup_printf(report_say(report, "%s ngày %s", "%s on %s"), time, day);
}

char *report_number(const struct report *report, guint64 number)
{
    g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, number);
    GString *text = g_string_new(digits);

    for (gssize at = (gssize)text->len - 3; at > 0; at -= 3)
        g_string_insert(text, at, report_say(report, ".", ","));
    return g_string_free(text, FALSE);
}

static char *percent(const struct report *report, guint64 tenths)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT "%s%u\u00a0%%", tenths / 10,
                           report_say(report, ",", "."), (guint)(tenths % 10));
}

char *report_percent_low(const struct report *report, guint64 part, guint64 whole)
{
    return percent(report, part * 1000 / whole);
}

char *report_percent_high(const struct report *report, guint64 part, guint64 whole)
{
    return percent(report, (part * 1000 + whole - 1) / whole);
}

gint64 report_minutes(gint64 seconds)
{
    return (seconds + 30) / 60;
}

char *report_hours(const struct report *report, gint64 seconds)
{
    gint64 minutes = report_minutes(seconds);

    return g_strdup_printf(report_say(report, "%d giờ %02d phút", "%d h %02d min"),
                           (int)(minutes / 60), (int)(minutes % 60));
}

char *report_group_name(const struct report *report, const struct report_span *group)
{
    static const char *const formats[][2] = {
        [REPORT_BY_HOUR] = {"%H:%M", "%H:%M"},
        [REPORT_BY_DAY] = {NULL, "%Y-%m-%d"},
        [REPORT_BY_MONTH] = {"%m/%Y", "%Y-%m"},
    };

    if (formats[report->step][report->language] == NULL)
        return report_day(report, group->start_ms);
    return report_time(report, group->start_ms, formats[report->step][report->language]);
}

/* ---- Sentences ---- */

/* "Công văn số 4758/VP-KGVX ngày 05/8/2020 của …"; "" where there is no such letter. */
static char *letter(const struct report *report, const char *number, const GDate *date,
                    const char *from)
{
    g_autofree char *day = report_date(report, date);

    if (*number == '\0')
        return g_strdup("");
    if (report->language == LANGUAGE_EN)
        return g_strdup_printf("Letter No. %s of %s from %s", number, day, from);
    return g_strdup_printf("Công văn số %s ngày %s của %s", number, day, from);
}

/* Both letters, or the one there is. */
static char *letters(const struct report *report)
{
    const struct settings *s = report->settings;
    g_autofree char *province =
        letter(report, s->province_letter, &s->province_letter_date, s->province_letter_from);
    g_autofree char *ministry =
        letter(report, s->ministry_letter, &s->ministry_letter_date, s->ministry_letter_from);
    const char *and =
        *province != '\0' && *ministry != '\0' ? report_say(report, " và ", " and ") : "";

    return g_strconcat(province, and, ministry, NULL);
}

static char *period(const struct report *report)
{
    const struct report_options *options = report->options;
    g_autofree char *from = report_date(report, &options->from);
    g_autofree char *to = report_date(report, &options->to);

    if (g_date_compare(&options->from, &options->to) == 0)
        return g_strdup_printf(report_say(report, "ngày %s", "on %s"), from);
    return g_strdup_printf(
        report_say(report, "từ ngày %s đến hết ngày %s", "from %s to %s, both included"), from, to);
}

static char *due(const struct report *report)
{
    g_autofree char *day = report_date(report, &report->settings->due_date);

    if (!g_date_valid(&report->settings->due_date))
        return g_strdup("");
    return g_strdup_printf(report_say(report, " (hạn báo cáo: %s)", " (due on %s)"), day);
}

char *report_occasion(const struct report *report)
{
    const char *unit = report->settings->organisation;
    g_autofree char *both = letters(report), *span = period(report), *when = due(report);

    if (*unit == '\0')
        unit = report_say(report, "đơn vị", "this unit");
    if (report->language == LANGUAGE_EN)
        return g_strdup_printf(
            "In answer to %s on spreading the word about the Bluezone app (measure 1: to record "
            "who "
            "comes and goes, and to see that all who work here know, install and run the app), %s "
            "reports %s%s as follows:",
            both, unit, span, when);
    return g_strdup_printf(
        "Thực hiện %s về việc triển khai tuyên truyền cài đặt ứng dụng Bluezone (biện pháp 1: ghi "
        "nhận các hoạt động ra vào trụ sở, yêu cầu mọi người đến làm việc biết, cài đặt và chạy "
        "ứng "
        "dụng), %s báo cáo kết quả %s%s như sau:",
        both, unit, span, when);
}

static char *entered(const struct report *report, gint number)
{
    return number < 0 ? g_strdup("………") : report_number(report, (guint64)number);
}

char *report_staff(const struct report *report)
{
    g_autofree char *total = entered(report, report->settings->staff_total);
    g_autofree char *with = entered(report, report->settings->staff_with_smartphone);

    return g_strdup_printf(
        report_say(report,
                   "Tổng số cán bộ, công chức, viên chức, người lao động: %s người; trong đó có "
                   "điện thoại thông minh: %s người (đơn vị kê khai).",
                   "Staff in all: %s; with a smartphone: %s (as entered by the unit)."),
        total, with);
}

char *report_share(const struct report *report, const struct tally_sums *sums)
{
    struct tally_share share;
    g_autofree char *low = NULL, *high = NULL, *n = NULL;

    if (!tally_share(sums, &share))
        return g_strdup(report_say(report, "không có lượt nào để tính", "no visit to reckon with"));
    low = report_percent_low(report, share.low, share.n);
    high = report_percent_high(report, share.high, share.n);
    n = report_number(report, share.n);
    return g_strdup_printf(
        report_say(report, "từ %s đến %s (trên %s lượt)", "from %s to %s (of %s visits)"), low,
        high, n);
}

char *report_count(const struct report *report)
{
    g_autofree char *visits = NULL, *band = NULL, *hours = NULL;

    if (report->all.counted_slots == 0)
        return NULL;
    visits = report_number(report, (guint64)llround(report->all.visits));
    band = report_number(report, (guint64)llround(report_band(&report->all)));
    hours = report_hours(report, (gint64)report->all.counted_slots * 900);
    return g_strdup_printf(
        report_say(
            report,
            "Máy tự ước lượng số lượt có máy Android theo tín hiệu (không nhận dạng ai): %s ± %s "
            "lượt trong %s có đếm.",
            "Visits with an Android phone as the receiver estimates them by signals, knowing "
            "nobody: "
            "%s ± %s in %s of counting."),
        visits, band, hours);
}

char *report_off(const struct report *report)
{
    g_autofree char *all = report_hours(report, report->all.off_s);
    g_autofree char *office = report_hours(report, report->all.office_off_s);

    return g_strdup_printf(
        report_say(report,
                   "Máy kiểm tra tắt hoặc không nghe được: %s; trong đó trong giờ làm việc: %s.",
                   "The tool was off or did not hear for %s; of it, in office hours: %s."),
        all, office);
}

static void add_note(GPtrArray *notes, char *note)
{
    g_ptr_array_add(notes, note);
}

static void note_condensed(const struct report *report, GPtrArray *notes)
{
    g_autofree char *until = NULL;

    if (report->condensed_until_ms <= report->from_ms)
        return;
    until = moment(report, MIN(report->condensed_until_ms, report->to_ms));
    add_note(notes, g_strdup_printf(report_say(report,
                                               "Trước %s chỉ còn lưu tổng theo giờ; các con số "
                                               "trong báo cáo không vì thế mà thay đổi.",
                                               "Before %s only hourly sums are kept; the figures "
                                               "here are not changed by that."),
                                    until));
}

static void note_clock(const struct report *report, const struct tally_sums *sums, GPtrArray *notes)
{
    g_autofree char *number = report_number(report, sums->clock_unknown);

    if (sums->clock_unknown > 0)
        add_note(notes,
                 g_strdup_printf(
                     report_say(report,
                                "Thời điểm của %s lượt không chắc chắn vì khi đó đồng hồ máy "
                                "chưa được đặt.",
                                "The time of %s of the visits is not certain: the machine's "
                                "clock was not set."),
                     number));
}

static void note_end(const struct report *report, GPtrArray *notes)
{
    g_autofree char *now = NULL;

    if (report->options->now_ms >= report->to_ms)
        return;
    now = moment(report, report->options->now_ms);
    add_note(notes,
             g_strdup_printf(report_say(report, "Kỳ báo cáo chưa kết thúc: số liệu tính đến %s.",
                                        "The period has not ended: figures are up to %s."),
                             now));
}

char **report_notes(const struct report *report)
{
    GPtrArray *notes = g_ptr_array_new();
    struct tally_sums both = report_both(&report->all);

    if (both.total == 0)
        add_note(notes, g_strdup(report_say(report, "Không ghi nhận lượt nào trong kỳ báo cáo.",
                                            "No visit was recorded in this period.")));
    note_end(report, notes);
    note_condensed(report, notes);
    note_clock(report, &both, notes);
    g_ptr_array_add(notes, NULL);
    return (char **)g_ptr_array_free(notes, FALSE);
}

const char *report_method(const struct report *report)
{
    return report_say(
        report,
        "Máy nghe tín hiệu Bluetooth tại cửa: “nghe thấy” nghĩa là có thiết bị ngay tại ô kiểm tra "
        "đang phát tín hiệu như ứng dụng Bluezone, không nói gì về sức khỏe hay danh tính, và máy "
        "không lưu tên, mã hay địa chỉ nào. Các con số đếm lượt chứ không đếm người; tỷ lệ đang "
        "chạy ứng dụng là một khoảng, từ số lượt nghe thấy đến số lượt không bị xác định là chưa "
        "nghe thấy, không tính lượt không có điện thoại thông minh và lượt ra không kiểm tra.",
        "A receiver listens to Bluetooth at the door: \"heard\" means that a device on the spot "
        "sends a signal like the Bluezone app's, which says nothing about health or identity, and "
        "no name, code or address is kept. Figures count visits, not people; the share running the "
        "app is a range, from the visits heard to all that were not found silent, leaving out "
        "those "
        "without a smartphone and those who went out unchecked.");
}
