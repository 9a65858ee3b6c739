/* SPDX-License-Identifier: MIT */
/* What the office's network may see without TLS: totals of whole hours that are over, small ones
 * hidden, so that nobody can tell from them who came. */
#include "web_parts.h"

#include "zone.h"

#include <string.h>

enum {
    HOURS = 24,
    GRACE_MS = 600000, /* after an hour's end, in which rows may still be undone */
    FRESH_US = 60 * G_USEC_PER_SEC,
};

struct web_totals {
    GBytes *page; /* NULL: none yet */
    gint64 made_us;
};

/*
 * The parts are shown both or not at all: with one of them and their sum the other would be known.
 * Sums over hours are of what is shown alone, and so tell nothing more.
 */
void web_total_hide(struct web_total *total)
{
    total->shows_visits = total->heard + total->other >= WEB_TOTAL_MIN;
    total->shows_parts = total->heard >= WEB_TOTAL_MIN && total->other >= WEB_TOTAL_MIN;
}

struct writing {
    struct web *web;
    GString *rows;
    struct web_total sum; /* of what is shown: visits are heard + other */
    guint64 visits;
    gint64 until_ms;
};

static void add_cell(GString *rows, gboolean shown, guint64 value)
{
    if (shown)
        g_string_append_printf(rows, "<td>%" G_GUINT64_FORMAT "</td>", value);
    else
        g_string_append_printf(rows, "<td>&lt;\u00a0%d</td>", WEB_TOTAL_MIN);
}

/* A part that is hidden may be large: only its sum, or the other part, is small. */
static void add_part(GString *rows, const struct web_total *total, guint64 value)
{
    if (total->shows_parts)
        add_cell(rows, TRUE, value);
    else
        g_string_append(rows, "<td>–</td>");
}

static void add_hour(const struct tally_hour *hour, gpointer user)
{
    struct writing *writing = user;
    struct web_total total = {.heard = hour->staff.heard + hour->visitors.heard};
    char *when;

    if (hour->start_ms + 3600000 + GRACE_MS > writing->until_ms)
        return;
    total.other = hour->staff.total + hour->visitors.total - total.heard;
    web_total_hide(&total);
    when = zone_text(writing->web->timezone, hour->start_ms, "%d/%m %H:%M");
    g_string_append_printf(writing->rows, "<tr><th scope=\"row\">%s</th>", when);
    add_cell(writing->rows, total.shows_visits, total.heard + total.other);
    add_part(writing->rows, &total, total.heard);
    add_part(writing->rows, &total, total.other);
    g_string_append(writing->rows, "</tr>\n");
    writing->visits += total.shows_visits ? total.heard + total.other : 0;
    writing->sum.heard += total.shows_parts ? total.heard : 0;
    writing->sum.other += total.shows_parts ? total.other : 0;
    g_free(when);
}

static GBytes *make(struct web *web)
{
    gint64 now_ms = door_view(web->door)->time_ms;
    struct writing writing = {
        .web = web,
        .rows = g_string_new(NULL),
        .until_ms = now_ms,
    };
    GError *error = NULL;
    GBytes *page;
    char *sums;

    if (!tally_hours(door_tally(web->door), now_ms - HOURS * (gint64)3600000, now_ms, add_hour,
                     &writing, &error)) {
        g_string_truncate(writing.rows, 0); /* a table without rows; what failed is not for all */
        g_error_free(error);
    }
    sums = g_strdup_printf("<td>%" G_GUINT64_FORMAT "</td><td>%" G_GUINT64_FORMAT
                           "</td><td>%" G_GUINT64_FORMAT "</td>",
                           writing.visits, writing.sum.heard, writing.sum.other);
    page = web_page_fill("totals.html", "rows", writing.rows->str, "sums", sums, NULL);
    g_free(sums);
    g_string_free(writing.rows, TRUE);
    return page;
}

struct web_totals *web_totals_new(void)
{
    return g_new0(struct web_totals, 1);
}

struct web_totals *web_totals_free(struct web_totals *totals)
{
    if (totals == NULL)
        return NULL;
    g_clear_pointer(&totals->page, g_bytes_unref);
    g_free(totals);
    return NULL;
}

/* Made once a minute at most, however many ask. */
GBytes *web_totals_page(struct web *web)
{
    struct web_totals *totals = web->totals;
    gint64 now = g_get_monotonic_time();

    if (totals->page == NULL || now - totals->made_us >= FRESH_US) {
        g_clear_pointer(&totals->page, g_bytes_unref);
        totals->page = make(web);
        totals->made_us = now;
    }
    return g_bytes_ref(totals->page);
}
