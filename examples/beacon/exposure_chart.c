/* SPDX-License-Identifier: MIT */
/* A chart of exposures: minutes by day, as SVG within a page. */
#include "exposure_chart.h"

#include "exposure_words.h"
#include "text.h"
#include "times.h"

#include <beacon/identity.h>

/* In the SVG's own units. */
enum { WIDTH = 720, TOP = 24, HEIGHT = 150, BOTTOM = 44, COLUMN_MAX = 64 };

/* Days in between are shown too, unless they are so many. */
#define DAYS_MAX 31

struct column {
    gint64 day; /* local, as day_parse counts them */
    gint64 ms, near_ms;
};

static gint by_day(gconstpointer a, gconstpointer b)
{
    gint64 one = ((const struct column *)a)->day, other = ((const struct column *)b)->day;

    return one < other ? -1 : one > other;
}

static struct column *column_of(GArray *columns, gint64 day)
{
    const struct column column = {.day = day};

    for (guint i = 0; i < columns->len; i++)
        if (g_array_index(columns, struct column, i).day == day)
            return &g_array_index(columns, struct column, i);
    g_array_append_val(columns, column);
    return &g_array_index(columns, struct column, columns->len - 1);
}

static gint64 local_day(gint64 time_ms)
{
    g_autofree char *text = time_local(time_ms, "%Y-%m-%d");
    gint64 day;

    return text != NULL && day_parse(text, &day) ? day : beacon_day_of(time_ms);
}

static void fill_gaps(GArray *columns)
{
    gint64 first, last;

    g_array_sort(columns, by_day);
    first = g_array_index(columns, struct column, 0).day;
    last = g_array_index(columns, struct column, columns->len - 1).day;
    for (gint64 day = first; day < last && last - first < DAYS_MAX; day++)
        column_of(columns, day);
    g_array_sort(columns, by_day);
}

static GArray *add_up(const GArray *exposures)
{
    GArray *columns = g_array_new(FALSE, FALSE, sizeof(struct column));

    for (guint i = 0; i < exposures->len; i++) {
        const struct beacon_encounter *exposure =
            &g_array_index(exposures, struct beacon_encounter, i);
        struct column *column = column_of(columns, local_day(exposure->start_ms));

        column->ms += exposure->duration_ms;
        column->near_ms += exposure->near_ms;
    }
    fill_gaps(columns);
    return columns;
}

static gint64 highest(const GArray *columns)
{
    gint64 ms = 60000;

    for (guint i = 0; i < columns->len; i++)
        ms = MAX(ms, g_array_index(columns, struct column, i).ms);
    return ms;
}

static int height_of(gint64 ms, gint64 highest_ms)
{
    return (int)(ms * HEIGHT / highest_ms);
}

static void put_bar(GString *page, const char *class, int x, int width, int height)
{
    g_string_append_printf(page,
                           "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                           class, x, TOP + HEIGHT - height, width, height);
}

/* Days whose names would overlap have a tip instead. */
static void put_column(GString *page, const struct column *column, int x, int width,
                       gint64 highest_ms)
{
    int middle = x + width / 2, height = height_of(column->ms, highest_ms);
    g_autofree char *minutes = g_strdup_printf("%.0f", exposure_minutes(column->ms));
    g_autofree char *day = day_text(column->day);

    g_string_append_printf(page, "<g><title>%s: %s</title>\n", day, minutes);
    put_bar(page, "all", x, width, column->ms > 0 ? MAX(height, 1) : 0);
    put_bar(page, "near", x, width, height_of(column->near_ms, highest_ms));
    if (column->ms > 0)
        g_string_append_printf(page, "<text x=\"%d\" y=\"%d\">%s</text>\n", middle,
                               TOP + HEIGHT - height - 6, minutes);
    if (width >= 34)
        g_string_append_printf(page, "<text x=\"%d\" y=\"%d\">%s</text>\n", middle,
                               TOP + HEIGHT + 18, day + 5);
    g_string_append(page, "</g>\n");
}

static void put_key(GString *page)
{
    g_string_append_printf(page,
                           "<p class=\"key\"><span class=\"near\"></span>%s "
                           "<span class=\"all\"></span>%s</p>\n",
                           _("within about 2 metres"), _("farther away, or not known"));
}

void put_exposure_chart(GString *page, const GArray *exposures)
{
    GArray *columns = add_up(exposures);
    gint64 highest_ms = highest(columns);
    int step = MIN(WIDTH / (int)columns->len, COLUMN_MAX + 16);
    int width = MAX(step * 3 / 4, 1);

    g_string_append_printf(page,
                           "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
                           WIDTH, TOP + HEIGHT + BOTTOM, _("Minutes by day"));
    g_string_append_printf(page, "<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", TOP + HEIGHT,
                           WIDTH, TOP + HEIGHT);
    for (guint i = 0; i < columns->len; i++)
        put_column(page, &g_array_index(columns, struct column, i), (int)i * step, width,
                   highest_ms);
    g_string_append(page, "</svg>\n");
    g_string_append_printf(page, "<figcaption>%s</figcaption></figure>\n",
                           _("Minutes together, by day"));
    put_key(page);
    g_array_unref(columns);
}
