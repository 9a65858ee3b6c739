/* SPDX-License-Identifier: MIT */
/* Results, and the forms they are shown in. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "machine.h"

/* One figure. Rows of one group were measured in turns with each other. */
struct row {
    const char *bench; /* static */
    char *case_name;
    char *subject;
    const char *unit; /* static; millions a second */
    double median;
    double min;
    double max;
    double ratio; /* the group's first median over this one's */
    unsigned int runs;
    unsigned int group;
};

struct report {
    struct machine machine;
    GPtrArray *rows;   /* of struct row */
    GPtrArray *notes;  /* of char *: samples, what is absent */
    GPtrArray *errors; /* of char *: subjects that were wrong */
    bool has_figures;  /* among the notes */
    double seconds;    /* all of it took */
};

struct report *report_new(void);
void report_free(struct report *report);

/* Adds a note once, however often it is said. */
void report_note(struct report *report, const char *format, ...) G_GNUC_PRINTF(2, 3);
void report_error(struct report *report, const char *format, ...) G_GNUC_PRINTF(2, 3);

void report_table(const struct report *report, FILE *stream);
void report_json(const struct report *report, FILE *stream);
bool report_svg(const struct report *report, const char *path, GError **error);

/* A number with some three digits that matter, as tables and plots show it. */
char *report_number(double number);

#endif
