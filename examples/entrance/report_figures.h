/* SPDX-License-Identifier: MIT */
/* The figures of a report, before anybody lays them out; and its words in both languages. */
#ifndef ENTRANCE_REPORT_FIGURES_H
#define ENTRANCE_REPORT_FIGURES_H

#include "report.h"

/* Sums over a part of the period, or over all of it. */
struct report_span {
    gint64 start_ms;
    struct tally_sums staff, visitors;
    gint64 off_s, office_off_s; /* not running or not hearing; of it, in office hours */
    guint counted_slots;        /* quarter hours that the radio counted */
    double visits, variance;    /* of its count */
    gboolean is_condensed;
};

/* Into what the period is divided for people. */
enum report_step { REPORT_BY_HOUR, REPORT_BY_DAY, REPORT_BY_MONTH };

struct report {
    const struct settings *settings;
    const struct report_options *options;
    enum language language;
    GTimeZone *zone;
    gint64 from_ms, to_ms; /* to_ms is the first moment after the period */
    gint64 condensed_until_ms;
    struct report_span all;
    GArray *hours;  /* of struct report_span */
    GArray *groups; /* the same, by `step` */
    enum report_step step;
};

struct report *report_new(struct tally *tally, const struct settings *settings,
                          const struct report_options *options, GError **error);
struct report *report_free(struct report *report);

struct report_span *report_hour(const struct report *report, guint index);
struct report_span *report_group(const struct report *report, guint index);

/* Staff and visitors together. */
struct tally_sums report_both(const struct report_span *span);

/* Half the width of the 95 % band about the radio's count. */
double report_band(const struct report_span *span);

/* Whether an hour has anything to tell. */
gboolean report_is_quiet(const struct report_span *span);

/* The figures of the form, in its order. */
struct report_figure {
    const char *name; /* for machines */
    gsize offset;     /* in struct tally_sums */
    const char *vi, *en;
};
#define REPORT_FIGURES 16
extern const struct report_figure report_figures[REPORT_FIGURES];
guint64 report_figure(const struct tally_sums *sums, const struct report_figure *figure);
const char *report_label(const struct report *report, const struct report_figure *figure);

/* One of two texts, by the report's language. */
const char *report_say(const struct report *report, const char *vi, const char *en);

/* Rounded, the same wherever it stands. */
gint64 report_minutes(gint64 seconds);

/* A local time in the form of g_date_time_format. This and all below: the caller frees it. */
char *report_time(const struct report *report, gint64 time_ms, const char *format);
char *report_date(const struct report *report, const GDate *date); /* "10/8/2020" */
char *report_day(const struct report *report, gint64 time_ms);     /* the same, of local time */
char *report_number(const struct report *report, guint64 number);  /* "1.234" */
/* "12,3 %", rounded outwards: a bound down or up, so that what it says stays true. */
char *report_percent_low(const struct report *report, guint64 part, guint64 whole);
char *report_percent_high(const struct report *report, guint64 part, guint64 whole);
char *report_hours(const struct report *report, gint64 seconds); /* "1 giờ 05 phút" */
char *report_group_name(const struct report *report, const struct report_span *group);

/* Sentences: what the report answers; the share of some; the radio's own count, NULL where it did
 * not count; hours off; and, as an array ended by NULL, what a reader must know of the figures. */
char *report_occasion(const struct report *report);
char *report_share(const struct report *report, const struct tally_sums *sums);
char *report_count(const struct report *report);
char *report_off(const struct report *report);
char *report_staff(const struct report *report);
char **report_notes(const struct report *report);
const char *report_method(const struct report *report);

/* The layouts; the caller frees what they return. */
char *report_html(const struct report *report);
char *report_csv(const struct report *report);
char *report_json(const struct report *report);
char *report_text(const struct report *report);

#endif
