/* SPDX-License-Identifier: MIT */
/* The figures of a report: hours of the tally added up by day, by person, and in all. */
#include "report_figures.h"

#include "say.h"

#include <math.h>

enum { PERIOD_DAYS_MAX = 366, DAYS_AS_DAYS_MAX = 62 };

/* What the running tool has not written down yet is not missed. */
enum { UNWRITTEN_MS = 360000 };

G_DEFINE_QUARK(report - error - quark, report_error)

#define FIGURE(name, vi, en)                                                                       \
    {                                                                                              \
#name, offsetof(struct tally_sums, name), vi, en                                           \
    }

const struct report_figure report_figures[REPORT_FIGURES] = {
    FIGURE(total, "Tổng số lượt ghi nhận", "Visits recorded"),
    FIGURE(in, "Lượt vào", "Coming in"),
    FIGURE(out, "Lượt ra", "Going out"),
    FIGURE(told, "Được thông báo, hướng dẫn về Bluezone", "Told about Bluezone"),
    FIGURE(helped, "Được hỗ trợ cài đặt, bật ứng dụng", "Helped to install it or turn it on"),
    FIGURE(installed_before, "Đã cài đặt từ trước", "Installed before"),
    FIGURE(installed_on_the_spot, "Cài đặt tại chỗ", "Installed on the spot"),
    FIGURE(installed_no, "Chưa cài đặt", "Not installed"),
    FIGURE(heard, "Nghe thấy tín hiệu Bluezone", "Bluezone heard"),
    FIGURE(not_heard, "Chưa nghe thấy tín hiệu", "Not heard"),
    FIGURE(cannot_tell, "Chưa xác định được", "Cannot tell"),
    FIGURE(unchecked, "Vào mà không kiểm tra", "Came in unchecked"),
    FIGURE(left_unchecked, "Ra mà không kiểm tra", "Went out unchecked"),
    FIGURE(exempt, "Không có điện thoại thông minh (miễn)", "No smartphone (exempt)"),
    FIGURE(declined, "Không đồng ý", "Declined"),
    FIGURE(by_hand, "Trong tổng số: đếm bằng tay", "Of the visits: counted by hand"),
};

guint64 report_figure(const struct tally_sums *sums, const struct report_figure *figure)
{
    return *(const guint64 *)(gconstpointer)((const char *)sums + figure->offset);
}

struct report_span *report_hour(const struct report *report, guint index)
{
    return &g_array_index(report->hours, struct report_span, index);
}

struct report_span *report_group(const struct report *report, guint index)
{
    return &g_array_index(report->groups, struct report_span, index);
}

struct tally_sums report_both(const struct report_span *span)
{
    struct tally_sums both = span->staff;

    tally_sums_add(&both, &span->visitors);
    return both;
}

double report_band(const struct report_span *span)
{
    return 1.96 * sqrt(span->variance);
}

gboolean report_is_quiet(const struct report_span *span)
{
    return span->staff.total + span->visitors.total == 0 && span->visits < 0.5;
}

/* ---- Time ---- */

static gint64 midnight_ms(GTimeZone *zone, const GDate *date)
{
    g_autoptr(GDateTime) midnight = g_date_time_new(
        zone, g_date_get_year(date), (gint)g_date_get_month(date), g_date_get_day(date), 0, 0, 0);

    return g_date_time_to_unix(midnight) * 1000;
}

static GDateTime *local_time(const struct report *report, gint64 time_ms)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time_ms / 1000);

    return g_date_time_to_timezone(utc, report->zone);
}

/* What the hour was off for in the office's hours; there are none on a weekend. */
static gint64 office_off(const struct report *report, const struct tally_hour *hour)
{
    g_autoptr(GDateTime) start = local_time(report, hour->start_ms);
    gint64 begin = g_date_time_get_hour(start) * 60 + g_date_time_get_minute(start);
    gint64 from = MAX(begin, report->settings->office_from_minute);
    gint64 to = MIN(begin + 60, report->settings->office_to_minute);

    if (g_date_time_get_day_of_week(start) > 5 || to <= from)
        return 0;
    return tally_off_between(hour, (guint)(from - begin), (guint)(to - begin),
                             report->options->now_ms - UNWRITTEN_MS);
}

/* ---- Spans ---- */

static void add_span(struct report_span *sum, const struct report_span *more)
{
    tally_sums_add(&sum->staff, &more->staff);
    tally_sums_add(&sum->visitors, &more->visitors);
    sum->off_s += more->off_s;
    sum->office_off_s += more->office_off_s;
    sum->counted_slots += more->counted_slots;
    sum->visits += more->visits;
    sum->variance += more->variance;
    sum->is_condensed |= more->is_condensed;
}

static void take_hour(const struct tally_hour *hour, gpointer user)
{
    struct report *report = user;
    struct report_span span = {
        .start_ms = hour->start_ms,
        .staff = hour->staff,
        .visitors = hour->visitors,
        .off_s = tally_off_until(hour, report->options->now_ms - UNWRITTEN_MS),
        .counted_slots = hour->slots,
        .visits = hour->visits,
        .variance = (hour->visits_band / 1.96) * (hour->visits_band / 1.96),
        .is_condensed = hour->is_condensed,
        .office_off_s = office_off(report, hour),
    };

    g_array_append_val(report->hours, span);
    add_span(&report->all, &span);
}

/* What two hours of one group have in common: a number that grows with time. */
static gint group_of(const struct report *report, gint64 time_ms)
{
    g_autoptr(GDateTime) time = local_time(report, time_ms);
    gint month = g_date_time_get_year(time) * 12 + g_date_time_get_month(time);

    if (report->step == REPORT_BY_MONTH)
        return month;
    if (report->step == REPORT_BY_DAY)
        return month * 31 + g_date_time_get_day_of_month(time);
    return (gint)(time_ms / 1000 / 60);
}

static void make_groups(struct report *report)
{
    gint last = -1;

    for (guint i = 0; i < report->hours->len; i++) {
        const struct report_span *hour = report_hour(report, i);
        gint group = group_of(report, hour->start_ms);

        if (report->groups->len > 0 && group == last)
            add_span(report_group(report, report->groups->len - 1), hour);
        else
            g_array_append_vals(report->groups, hour, 1);
        last = group;
    }
}

static GTimeZone *open_zone(const char *name, GError **error)
{
    GTimeZone *zone = name != NULL ? g_time_zone_new_identifier(name) : g_time_zone_new_local();

    if (zone == NULL)
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_ZONE,
                    _("%s: unknown time zone; expected such as Asia/Ho_Chi_Minh or +07:00"), name);
    return zone;
}

static gboolean check_period(const struct report_options *options, GError **error)
{
    gint days;

    if (g_date_valid(&options->from) && g_date_valid(&options->to)) {
        days = g_date_days_between(&options->from, &options->to);
        if (days >= 0 && days < PERIOD_DAYS_MAX)
            return TRUE;
    }
    g_set_error(error, REPORT_ERROR, REPORT_ERROR_PERIOD,
                _("expected a period that ends after it begins, of %d days at most"),
                PERIOD_DAYS_MAX);
    return FALSE;
}

static void set_period(struct report *report)
{
    GDate after = report->options->to;
    gint days = g_date_days_between(&report->options->from, &report->options->to) + 1;

    g_date_add_days(&after, 1);
    report->from_ms = midnight_ms(report->zone, &report->options->from);
    report->to_ms = midnight_ms(report->zone, &after);
    report->step = days == 1                  ? REPORT_BY_HOUR
                   : days <= DAYS_AS_DAYS_MAX ? REPORT_BY_DAY
                                              : REPORT_BY_MONTH;
}

struct report *report_new(struct tally *tally, const struct settings *settings,
                          const struct report_options *options, GError **error)
{
    struct report *report;

    if (!check_period(options, error))
        return NULL;
    report = g_new0(struct report, 1);
    *report = (struct report){
        .settings = settings,
        .options = options,
        .language = options->language,
        .zone = open_zone(options->timezone, error),
        .hours = g_array_new(FALSE, FALSE, sizeof(struct report_span)),
        .groups = g_array_new(FALSE, FALSE, sizeof(struct report_span)),
    };
    if (report->zone == NULL)
        return report_free(report);
    set_period(report);
    report->condensed_until_ms = tally_condensed_until(tally);
    if (!tally_hours(tally, report->from_ms, report->to_ms, take_hour, report, error))
        return report_free(report);
    make_groups(report);
    return report;
}

struct report *report_free(struct report *report)
{
    if (report == NULL)
        return NULL;
    g_clear_pointer(&report->zone, g_time_zone_unref);
    g_array_unref(report->hours);
    g_array_unref(report->groups);
    g_free(report);
    return NULL;
}

char *report_make(struct tally *tally, const struct settings *settings,
                  const struct report_options *options, GError **error)
{
    struct report *report = report_new(tally, settings, options, error);
    char *text = NULL;

    if (report == NULL)
        return NULL;
    switch (options->format) {
    case REPORT_HTML:
        text = report_html(report);
        break;
    case REPORT_CSV:
        text = report_csv(report);
        break;
    case REPORT_JSON:
        text = report_json(report);
        break;
    case REPORT_TEXT:
        text = report_text(report);
        break;
    }
    report_free(report);
    return text;
}
