/* SPDX-License-Identifier: MIT */
/* Scores a door's verdicts by the air's log of what really happened; knows nothing else of the
 * tool.
 */
#ifndef ENTRANCE_SCORE_H
#define ENTRANCE_SCORE_H

#include <glib.h>

/* What was true of a check (the rows of door-check.md's table). */
enum truth {
    TRUTH_OWN,         /* own phone within 0.25 m, 10 packets or more arrived */
    TRUTH_OWN_FEW,     /* the same, 1 to 9 */
    TRUTH_DOZING,      /* the app runs, and no packet arrived */
    TRUTH_POCKET,      /* runs, and stayed farther away */
    TRUTH_EMPTY,       /* nothing was sent on the spot, others 1 m away or farther */
    TRUTH_ANOTHERS,    /* nothing of his own, another's phone on the spot */
    TRUTH_UNCONFIRMED, /* an iPhone's overflow bit that no read confirms */
    TRUTH_DEAF,        /* the receiver deaf, away, or nothing heard at all */
    TRUTH_FORGER,      /* a forger at the gate */
};
#define TRUTHS 9

enum said { SAID_HEARD, SAID_CANNOT_TELL, SAID_NOT_HEARD };
#define SAIDS 3

enum worth { WORTH_RIGHT, WORTH_MISS, WORTH_WRONG, WORTH_FATAL };

const char *truth_name(enum truth truth); /* "own_few" */
const char *said_name(enum said said);    /* "cannot_tell" */
enum worth worth_of(enum truth truth, enum said said);

/* A verdict of the tool. */
struct verdict_line {
    gint64 begin_us, end_us;
    enum said said;
    gboolean put_off;
    gboolean by_itself; /* nobody tapped: it began when the phone was heard */
};

/* A slot that it counted. */
struct slot_line {
    gint64 start_us, length_us;
    gboolean is_counted;
    double visits, variance;
};

struct verdicts {
    GArray *verdicts; /* of struct verdict_line, by begin_us */
    GArray *slots;    /* of struct slot_line, by start_us */
};

/* Both files are untrusted. NULL and an error that names file and line. */
struct verdicts *verdicts_read(const char *path, GError **error);
struct verdicts *verdicts_free(struct verdicts *verdicts); /* takes NULL, returns NULL */

/* A device during one check. */
struct presence {
    guint32 device;
    gboolean runs; /* the app's signal, or one that looks like it */
    gboolean is_forger;
    gboolean is_unsure; /* an iPhone's bit that nobody confirms */
    gboolean is_open;   /* the app was on screen when the check began */
    guint sent;
    guint arrived_least; /* in seconds wholly within the check */
    guint arrived_most;  /* in any that touch it */
    double nearest_m;
};

/* What happened during one verdict's check. */
struct happening {
    gboolean has_check;
    guint32 person;
    gint64 stepped_us; /* when the person stepped up */
    GArray *presences; /* of struct presence */
    guint arrived;     /* of anything */
    gint64 deaf_us;    /* of the window */
};

struct truths {
    GArray *happenings; /* of struct happening, one a verdict, in their order */
    GArray *arrivals;   /* of gint64: when an Android that came was first heard */
    gint64 start_us, end_us;
};

struct truths *truths_read(const char *path, const struct verdicts *verdicts, GError **error);
struct truths *truths_free(struct truths *truths); /* takes NULL, returns NULL */

#define SCORE_HOUR_BEYOND 0.10

struct score {
    guint64 cells[TRUTHS][SAIDS];
    guint64 fatal, wrong, checks, put_off, unmatched;
    GArray *open_s, *background_s; /* of double: time to green, sorted */
    gboolean has_counts;
    guint hours, hours_beyond; /* of them, off by more than SCORE_HOUR_BEYOND */
    double day_error, hour_p95;
    double counted, visits, band;
    gboolean is_covered;
};

void score_make(struct score *score, const struct verdicts *verdicts, const struct truths *truths);
void score_clear(struct score *score);
double score_percentile(const GArray *seconds, double percent); /* NAN: none */

/* To standard output; FALSE: not all could be written. */
gboolean score_print_json(const struct score *score);
gboolean score_print_table(const struct score *score);

/* ---- Lines of JSON ---- */

#define SCORE_ERROR (score_error_quark())
GQuark score_error_quark(void);

enum score_error { SCORE_ERROR_IO, SCORE_ERROR_FORMAT };

/* A line's fields, valid until the next line. */
struct line;
typedef gboolean line_fn(const struct line *line, gpointer user, GError **error);

/* Calls for each line; each is one object with "type". */
gboolean lines_read(const char *path, line_fn *fn, gpointer user, GError **error);

gboolean line_is(const struct line *line, const char *type);
/* The field, or an error that names it. Integers from 0 up. */
gboolean line_integer(const struct line *line, const char *name, gint64 *ret_value, GError **error);
gboolean line_number(const struct line *line, const char *name, double *ret_value, GError **error);
gboolean line_boolean(const struct line *line, const char *name, gboolean *ret_value,
                      GError **error);
const char *line_text(const struct line *line, const char *name, GError **error); /* or NULL */
gboolean line_is_null(const struct line *line, const char *name);
gboolean line_refuse(const struct line *line, const char *name, const char *expected,
                     GError **error);

#endif
