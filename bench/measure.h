/* SPDX-License-Identifier: MIT */
/* Subjects timed in turns, each result checked. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "options.h"
#include "report.h"

/* What all benches are handed. */
struct session {
    struct options options;
    struct report *report;
    const char *best;    /* the kernel's name that is used where none is named */
    GArray *clocks_ghz;  /* of double: measured between the runs */
    unsigned int groups; /* so far */
    bool with_wrong;     /* a test: let subjects take part that are wrong */
};

/* One who is timed. */
struct contender {
    char *subject;
    char *case_name;
    double work;                  /* units that a run does */
    void (*prepare)(void *state); /* before each run, not timed; or NULL */
    void (*run)(void *state);
    bool (*check)(void *state); /* after each run, not timed: whether the result is right */
    void (*release)(void *state);
    void *state;
    struct row *row; /* set when measured */
};

/* Some of them, who take turns: A B C A B C …; the first is what the others are compared with. */
struct group {
    const char *bench;
    const char *unit;
    GArray *contenders; /* of struct contender */
    bool wall;          /* time passes for all threads together, not for this one */
    double clock_ghz;   /* after measuring: the median between these runs */
};

struct group *group_new(const char *bench, const char *unit);

/* Whether a subject is wanted: if so, make its state and add it. */
bool session_wants(const struct session *session, const char *subject);

/* Takes over the state, which `release` frees. */
void group_add(struct group *group, const char *subject, char *case_name_taken,
               struct contender contender);

/* Warms up, times, checks and reports; a contender whose result is wrong gets an error and no
 * figure. */
void group_measure(struct session *session, struct group *group);

/* The figure a subject got, or NULL. */
const struct row *group_row(const struct group *group, const char *subject);
void group_free(struct group *group);

double median_of(GArray *numbers);

#endif
