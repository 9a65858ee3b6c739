/* SPDX-License-Identifier: MIT */
/* Results as a table to read. */
#include "report.h"

#include <string.h>

static void heading(const struct machine *machine, FILE *stream)
{
    fprintf(stream, "processor  %s, %u cores, %.2f GHz measured\n", machine->cpu, machine->cores,
            machine->clock_ghz);
    fprintf(stream, "system     %s\n", machine->kernel);
    fprintf(stream, "build      libbeacon %s, commit %s, %s, flags %s\n", machine->version,
            machine->commit, machine->compiler, machine->flags);
    fprintf(stream, "\nMedian, least and most of runs taken in turns; ns for one; ratio: how many "
                    "times as fast the group's first is.\n");
}

static const struct row *row_at(const struct report *report, guint i)
{
    return report->rows->pdata[i];
}

static int widest_subject(const struct report *report)
{
    size_t width = strlen("subject");

    for (guint i = 0; i < report->rows->len; i++)
        width = MAX(width, strlen(row_at(report, i)->subject));
    return (int)width;
}

static void show_row(const struct row *row, int width, FILE *stream)
{
    char *median = report_number(row->median), *min = report_number(row->min);
    char *max = report_number(row->max), *ns = report_number(1e3 / row->median);
    char *ratio = report_number(row->ratio);

    fprintf(stream, "  %-*s  %10s %10s %10s  %-4s  %11s  %9s  %4u\n", width, row->subject, median,
            min, max, row->unit, ns, ratio, row->runs);
    g_free(median);
    g_free(min);
    g_free(max);
    g_free(ns);
    g_free(ratio);
}

static void show_list(const char *title, const GPtrArray *texts, FILE *stream)
{
    if (texts->len > 0)
        fprintf(stream, "\n%s\n", title);
    for (guint i = 0; i < texts->len; i++)
        fprintf(stream, "  * %s\n", (const char *)texts->pdata[i]);
}

void report_table(const struct report *report, FILE *stream)
{
    const int width = widest_subject(report);
    const struct row *last = NULL;

    heading(&report->machine, stream);
    for (guint i = 0; i < report->rows->len; i++) {
        const struct row *row = row_at(report, i);

        if (!last || strcmp(last->bench, row->bench) != 0)
            fprintf(stream, "\n%s\n", row->bench);
        if (!last || last->group != row->group || strcmp(last->case_name, row->case_name) != 0)
            fprintf(stream, " %s\n", row->case_name);
        if (!last)
            fprintf(stream, "  %-*s  %10s %10s %10s  %s  %11s  %9s  %4s\n", width, "subject",
                    "median", "min", "max", "    ", "ns", "ratio", "runs");
        show_row(row, width, stream);
        last = row;
    }
    show_list("Notes", report->notes, stream);
    show_list("Wrong", report->errors, stream);
    fprintf(stream, "\n%u figures in %.0f s\n", report->rows->len, report->seconds);
}
