/* SPDX-License-Identifier: MIT */
/* The score as JSON, and as a table for people. */
#include "score.h"

#include <math.h>
#include <stdio.h>

/* A number as JSON has it, whatever the locale; null where there is none. */
static void append_number(GString *text, const char *name, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    if (isfinite(value))
        g_ascii_formatd(digits, sizeof digits, "%.4f", value);
    g_string_append_printf(text, "\"%s\":%s", name, isfinite(value) ? digits : "null");
}

static void append_count(GString *text, const char *name, guint64 count)
{
    g_string_append_printf(text, "\"%s\":%" G_GUINT64_FORMAT, name, count);
}

static void append_cells(GString *text, const struct score *score)
{
    g_string_append(text, "\"cells\":{");
    for (int truth = 0; truth < TRUTHS; truth++) {
        g_string_append_printf(text, "%s\"%s\":{", truth > 0 ? "," : "",
                               truth_name((enum truth)truth));
        for (int said = 0; said < SAIDS; said++) {
            g_string_append(text, said > 0 ? "," : "");
            append_count(text, said_name((enum said)said), score->cells[truth][said]);
        }
        g_string_append_c(text, '}');
    }
    g_string_append_c(text, '}');
}

static void append_percentiles(GString *text, const GArray *seconds)
{
    append_count(text, "greens", seconds->len);
    g_string_append_c(text, ',');
    append_number(text, "p50", score_percentile(seconds, 50));
    g_string_append_c(text, ',');
    append_number(text, "p95", score_percentile(seconds, 95));
    g_string_append_c(text, ',');
    append_number(text, "p99", score_percentile(seconds, 99));
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void append_times(GString *text, const struct score *score)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(double));
    g_array_append_vals(all, score->open_s->data, score->open_s->len);
    g_array_append_vals(all, score->background_s->data, score->background_s->len);
    g_array_sort(all, by_value);
    g_string_append(text, "\"time_to_green_s\":{");
    append_percentiles(text, all);
    g_string_append(text, ",\"open\":{");
    append_percentiles(text, score->open_s);
    g_string_append(text, "},\"background\":{");
    append_percentiles(text, score->background_s);
    g_string_append(text, "}}");
    g_array_unref(all);
}

static void append_counts(GString *text, const struct score *score)
{
    if (!score->has_counts) {
        g_string_append(text, "\"count_error\":null");
        return;
    }
    g_string_append(text, "\"count_error\":{");
    append_number(text, "day", score->day_error);
    g_string_append_c(text, ',');
    append_number(text, "hour_p95", score->hour_p95);
    g_string_append_printf(text, ",\"covered\":%s,\"hours\":%u,",
                           score->is_covered ? "true" : "false", score->hours);
    append_count(text, "hours_beyond_10_percent", score->hours_beyond);
    g_string_append_c(text, ',');
    append_number(text, "visits", score->visits);
    g_string_append_c(text, ',');
    append_number(text, "counted", score->counted);
    g_string_append_c(text, ',');
    append_number(text, "band", score->band);
    g_string_append_c(text, '}');
}

static gboolean print(GString *text)
{
    gboolean is_written = fputs(text->str, stdout) != EOF && fflush(stdout) == 0;
    g_string_free(text, TRUE);
    return is_written;
}

gboolean score_print_json(const struct score *score)
{
    GString *text = g_string_new("{");
    append_cells(text, score);
    g_string_append_c(text, ',');
    append_count(text, "fatal", score->fatal);
    g_string_append_c(text, ',');
    append_count(text, "wrong", score->wrong);
    g_string_append_c(text, ',');
    append_count(text, "checks", score->checks);
    g_string_append_c(text, ',');
    append_count(text, "put_off", score->put_off);
    g_string_append_c(text, ',');
    append_count(text, "unmatched", score->unmatched);
    g_string_append_c(text, ',');
    append_times(text, score);
    g_string_append_c(text, ',');
    append_counts(text, score);
    g_string_append(text, "}\n");
    return print(text);
}

/* ---- For people ---- */

static const char *const descriptions[TRUTHS] = {
    [TRUTH_OWN] = "own phone on the spot, 10 packets or more",
    [TRUTH_OWN_FEW] = "own phone on the spot, 1 to 9 packets",
    [TRUTH_DOZING] = "app running, no packet arrived",
    [TRUTH_POCKET] = "app running, 0.25 to 1.25 m away",
    [TRUTH_EMPTY] = "nothing sent on the spot",
    [TRUTH_ANOTHERS] = "another's phone on the spot",
    [TRUTH_UNCONFIRMED] = "iPhone's bit, unconfirmed",
    [TRUTH_DEAF] = "receiver deaf",
    [TRUTH_FORGER] = "forger at the gate",
};

/* A zero is worth what its 95 % upper bound is: three in so many. */
static void append_cell(GString *text, const struct score *score, int truth, int said)
{
    static const char *const marks[] = {
        [WORTH_RIGHT] = "", [WORTH_MISS] = "", [WORTH_WRONG] = " wrong", [WORTH_FATAL] = " FATAL"};
    enum worth worth = worth_of((enum truth)truth, (enum said)said);
    guint64 count = score->cells[truth][said], all = 0;
    char cell[64];
    for (int i = 0; i < SAIDS; i++)
        all += score->cells[truth][i];
    if (count == 0 && all > 0 && worth >= WORTH_WRONG)
        g_snprintf(cell, sizeof cell, "0 (< %.2g %%)", MIN(300.0 / (double)all, 100.0));
    else
        g_snprintf(cell, sizeof cell, "%" G_GUINT64_FORMAT "%s", count,
                   count > 0 ? marks[worth] : "");
    g_string_append_printf(text, " %16s", cell);
}

static void append_time_line(GString *text, const char *name, const GArray *seconds)
{
    if (seconds->len > 0)
        g_string_append_printf(text, "time to green, %s: p50 %.1f s, p95 %.1f s, p99 %.1f s\n",
                               name, score_percentile(seconds, 50), score_percentile(seconds, 95),
                               score_percentile(seconds, 99));
}

gboolean score_print_table(const struct score *score)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%-42s %16s %16s %16s\n", "", "heard", "cannot tell", "not heard");
    for (int truth = 0; truth < TRUTHS; truth++) {
        g_string_append_printf(text, "%-42s", descriptions[truth]);
        for (int said = 0; said < SAIDS; said++)
            append_cell(text, score, truth, said);
        g_string_append_c(text, '\n');
    }
    g_string_append_printf(
        text,
        "checks %" G_GUINT64_FORMAT ", fatal %" G_GUINT64_FORMAT ", wrong %" G_GUINT64_FORMAT
        ", put off %" G_GUINT64_FORMAT ", of nobody %" G_GUINT64_FORMAT "\n",
        score->checks, score->fatal, score->wrong, score->put_off, score->unmatched);
    append_time_line(text, "app open", score->open_s);
    append_time_line(text, "background", score->background_s);
    if (score->has_counts)
        g_string_append_printf(text, "visits counted %.0f ± %.0f, true %.0f: off by %.1f %%%s\n",
                               score->counted, score->band, score->visits, 100 * score->day_error,
                               score->is_covered ? "" : ", outside the band");
    return print(text);
}
