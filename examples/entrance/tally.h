/* SPDX-License-Identifier: MIT */
/* The tally: one row a visit, appended and never changed; no identifier, address, RSSI, name or
 * free text. */
#ifndef ENTRANCE_TALLY_H
#define ENTRANCE_TALLY_H

#include "words.h"

struct tally;

#define TALLY_ERROR (tally_error_quark())
GQuark tally_error_quark(void);

enum tally_error {
    TALLY_ERROR_IO,     /* the file cannot be opened, read or written */
    TALLY_ERROR_FORMAT, /* it is not a tally, is damaged, or is of a later version */
    TALLY_ERROR_BUSY,   /* another program writes it */
    TALLY_ERROR_ROW,    /* no such row, or it is voided already, or condensed */
    TALLY_ERROR_SPAN,   /* it ends before it begins, or is longer than 400 days */
    TALLY_ERROR_ZONE,   /* no such time zone */
};

/* One visit, or several counted by hand at once. */
struct tally_row {
    gint64 id;      /* given by the tally */
    gint64 time_ms; /* UTC; the tally rounds it down to 5 minutes */
    enum clock_quality clock;
    enum direction direction;
    enum person person;
    enum check_mode mode;
    enum verdict verdict;
    enum reason reason;
    enum beacon_platform platform; /* of what was heard */
    enum proof proof;
    guint seconds;     /* that the check took */
    guint calibration; /* number of the one in force; 0: none */
    guint count;       /* 1, or how many were counted by hand */
    enum installed installed;
    gboolean installed_seen; /* by the guard; else declared */
    gboolean told, helped;
    gboolean exempt; /* no smartphone */
    gboolean declined;
    gboolean by_hand; /* counted by hand */
    gboolean voided;  /* given by the tally */
    gint64 replaces;  /* given by the tally: the row in whose place this one is; 0: none */
};

/*
 * Sums over rows that are not voided. Those with a smartphone or an unknown one, who came in or
 * were checked on leaving, are what a share is of: heard, cannot tell, not heard and unchecked add
 * up to them, and to total minus exempt minus left_unchecked.
 */
struct tally_sums {
    guint64 total, in, out;
    guint64 heard, cannot_tell, not_heard, unchecked;
    guint64 left_unchecked; /* went out, as people do, without a check */
    guint64 told, helped, exempt, declined, by_hand;
    guint64 clock_unknown; /* of total: their time is what an unset clock said */
    guint64 installed_before, installed_on_the_spot, installed_no;
    guint64 reasons[REASONS];
};

/*
 * The share running, as bounds: at least those heard, at most all but those not heard, of n. FALSE
 * when n is 0.
 */
struct tally_share {
    guint64 n, low, high; /* low / n … high / n */
};
gboolean tally_share(const struct tally_sums *sums, struct tally_share *ret_share);
void tally_sums_add(struct tally_sums *sums, const struct tally_sums *more);

#define TALLY_HOUR_MINUTES 60

/* One hour of local time. Staff and visitors apart. */
struct tally_hour {
    gint64 start_ms;
    struct tally_sums staff, visitors;
    /* Of the radio's own counting, where it counted: visits and the half-width of their band. */
    gboolean is_counted;
    guint slots; /* quarter hours counted, of 4 */
    double visits, visits_band;
    guint32 off_seconds; /* the tool was not running, did not hear, or will only do so */
    guint8 off_of_minute[TALLY_HOUR_MINUTES]; /* the same, of each minute */
    gboolean is_condensed; /* its rows, or some, are gone: only these sums remain */
};

struct tally_options {
    gsize size;           /* of this struct */
    const char *vfs;      /* name of an SQLite VFS, for tests; NULL: the system's */
    gboolean read_only;   /* for a report, beside the one that writes */
    guint condense_days;  /* rows older than this become hourly sums; 0: 30 */
    const char *timezone; /* "Asia/Ho_Chi_Minh", "+07:00"; NULL: the system's */
};

/* How it stands with the disk. */
struct tally_health {
    gboolean on_disk;    /* every row is */
    guint waiting;       /* rows in memory that are not on disk yet */
    guint64 lost;        /* that memory could not hold either; 0 in any life worth telling of */
    const char *problem; /* of the disk, in words, borrowed until the next call; NULL: none */
};

/*
 * Opens a tally, or makes one where there is none. path NULL: in memory only, for a simulated door.
 * One program at a time writes (BUSY); any number may read beside it. What waited in memory is
 * written by tally_free, rows of unknown time as such, if the disk takes it.
 */
struct tally *tally_open(const char *path, const struct tally_options *options, GError **error);
struct tally *tally_free(struct tally *tally);

/*
 * Adds a row and returns its id. It is on disk when this returns (synchronous=FULL), or, while the
 * disk is full or the row's clock unknown, in memory until tally_settle can write it; 0: memory
 * cannot hold it either, and it is counted as lost. The row is checked by assertion: enumerations
 * and booleans in range, count 1 … 999. tally_void undoes it; tally_replace voids it and adds
 * another in its place, returning the new id, or 0 and an error.
 */
gint64 tally_add(struct tally *tally, const struct tally_row *row);
gboolean tally_void(struct tally *tally, gint64 id, GError **error);
gint64 tally_replace(struct tally *tally, gint64 id, const struct tally_row *row, GError **error);

/*
 * Tries to write what waits; to be called now and then, and when the clock is first known to be
 * set, at the start if it is so already. Then all that came before, rows of unknown time and what
 * is noted below, is moved by offset_ms (true minus believed), rows are marked as set, and both are
 * written; so is a row of unknown time that comes later, being one of before that is amended.
 */
void tally_settle(struct tally *tally, gboolean clock_is_set, gint64 offset_ms);

/*
 * The radio's count of visits of one slot; noted again, the later count holds. That the tool lives
 * and hears: to be called once a minute, and when that changes. The last five minutes of it may be
 * lost with the power.
 */
void tally_note_visits(struct tally *tally, gint64 slot_start_ms, double visits, double variance);
void tally_note_alive(struct tally *tally, gint64 now_ms, gboolean hears);

/* Sums of [from_ms, to_ms), staff and visitors apart, with what waits in memory. */
gboolean tally_sum(struct tally *tally, gint64 from_ms, gint64 to_ms, struct tally_sums *ret_staff,
                   struct tally_sums *ret_visitors, GError **error);

/* Whole hours of local time that touch the span, in order, also those without a row. */
typedef void tally_hour_fn(const struct tally_hour *hour, gpointer user);
gboolean tally_hours(struct tally *tally, gint64 from_ms, gint64 to_ms, tally_hour_fn *fn,
                     gpointer user, GError **error);

/* Of the hour's time off, what lies before a moment: what is to come is not missed yet. */
guint32 tally_off_until(const struct tally_hour *hour, gint64 now_ms);
/* The same, from one minute of the hour to another, which is not of it. */
guint32 tally_off_between(const struct tally_hour *hour, guint from_minute, guint to_minute,
                          gint64 now_ms);

/* The rows themselves, by id, for the screens' list of the last few and for tests. */
typedef void tally_row_fn(const struct tally_row *row, gpointer user);
gboolean tally_rows(struct tally *tally, gint64 from_ms, gint64 to_ms, tally_row_fn *fn,
                    gpointer user, GError **error);

/* Makes hourly sums of rows older than the limit, and removes them for certain: no byte of them is
 * left in the tally's files. For once a day, when the clock is set and nobody waits: the file is
 * made anew. */
gboolean tally_condense(struct tally *tally, gint64 now_ms, GError **error);

/* Before this moment of UTC only hourly sums remain; 0: nothing is condensed yet, or an error. */
gint64 tally_condensed_until(struct tally *tally);

struct tally_health tally_health(struct tally *tally);

#endif
