/* SPDX-License-Identifier: MIT */
/* Results as they gather. */
#include "report.h"

#include <stdarg.h>

static void row_free(gpointer data)
{
    struct row *row = data;

    g_free(row->case_name);
    g_free(row->subject);
    g_free(row);
}

struct report *report_new(void)
{
    struct report *report = g_new0(struct report, 1);

    report->rows = g_ptr_array_new_with_free_func(row_free);
    report->notes = g_ptr_array_new_with_free_func(g_free);
    report->errors = g_ptr_array_new_with_free_func(g_free);
    return report;
}

void report_free(struct report *report)
{
    machine_clear(&report->machine);
    g_ptr_array_free(report->rows, TRUE);
    g_ptr_array_free(report->notes, TRUE);
    g_ptr_array_free(report->errors, TRUE);
    g_free(report);
}

static void add_once(GPtrArray *texts, char *text)
{
    if (g_ptr_array_find_with_equal_func(texts, text, g_str_equal, NULL))
        g_free(text);
    else
        g_ptr_array_add(texts, text);
}

void report_note(struct report *report, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_once(report->notes, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

void report_error(struct report *report, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_once(report->errors, g_strdup_vprintf(format, arguments));
    va_end(arguments);
    g_printerr("beacon-bench: %s\n", (char *)report->errors->pdata[report->errors->len - 1]);
}

char *report_number(double number)
{
    int digits = 0;

    for (double limit = 100; number < limit && digits < 8; limit /= 10)
        digits++;
    return g_strdup_printf("%.*f", digits, number);
}
