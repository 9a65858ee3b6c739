/* SPDX-License-Identifier: MIT */
/* What the command line asks for. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <glib.h>
#include <stdbool.h>

struct options {
    GPtrArray *benches;  /* of char *: names; empty for all */
    GArray *logs;        /* of size_t; empty for the usual ones */
    GArray *keys;        /* of size_t */
    GPtrArray *variants; /* of char *; empty for all */
    GPtrArray *subjects; /* of char *; empty for all */
    char *kernel;        /* NULL for the best */
    char *svg;           /* file, or NULL */
    int runs;            /* 0 for the usual number */
    bool json;
    bool list;
    bool quiet;
};

/* Why a command line was refused, and how the program ends then. */
#define EXIT_USAGE 2

/* Reads the command line, or explains it; ends the program with EXIT_USAGE when it makes no sense.
 */
void options_read(struct options *ret_options, int argc, char *argv[]);
void options_clear(struct options *options);

/* Whether a name is on a list of names; an empty list has them all. */
bool options_want(const GPtrArray *names, const char *name);

/* The first of the sizes asked for, or the usual one. */
size_t options_size(const GArray *asked, size_t usual);

/* Say why on stderr and end the program: for a command line that makes no sense, and for a machine
 * that cannot do what is needed. */
void usage_error(const char *format, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;
void fail(const char *format, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

#endif
