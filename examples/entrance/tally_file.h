/* SPDX-License-Identifier: MIT */
/* The tally's file, an SQLite database: opened, checked, written and read. Times in here are whole
 * seconds, and spans of time leave out their end. */
#ifndef ENTRANCE_TALLY_FILE_H
#define ENTRANCE_TALLY_FILE_H

#include "tally_sums.h"

struct tally_file;

/* What is to be written: a row, which voids the one it replaces; or, `is_void`, that the row of
 * that id is void. */
struct tally_op {
    gboolean is_void;
    struct tally_row row;
};

/* The radio's count in a span of time; the tool heard from start to end. */
struct tally_slot {
    gint64 start_s;
    double visits, variance;
};
struct tally_alive {
    gint64 start_s, end_s;
};

enum tally_row_state { TALLY_ROW_ABSENT, TALLY_ROW_THERE, TALLY_ROW_VOIDED, TALLY_ROW_CONDENSED };

struct tally_file *tally_file_open(const char *path, const struct tally_options *options,
                                   GError **error);
struct tally_file *tally_file_free(struct tally_file *file);

/* The id that no row has or had. */
gboolean tally_file_next_id(struct tally_file *file, gint64 *ret_id, GError **error);
gboolean tally_file_state(struct tally_file *file, gint64 id, enum tally_row_state *ret_state,
                          GError **error);

/* Each writes all or nothing, and it is on disk when it returns. */
gboolean tally_file_write(struct tally_file *file, const GArray *ops, GError **error);
gboolean tally_file_write_slots(struct tally_file *file, const GArray *slots, GError **error);
gboolean tally_file_write_alive(struct tally_file *file, const GArray *spans, GError **error);

/* What is seen between begin and end is of one moment, whoever writes meanwhile. */
gboolean tally_file_begin_reading(struct tally_file *file, GError **error);
void tally_file_end_reading(struct tally_file *file);

/* In order of id, also voided rows, which are marked. */
gboolean tally_file_rows(struct tally_file *file, gint64 from_s, gint64 to_s, tally_row_fn *fn,
                         gpointer user, GError **error);

/* Condensed hours that begin in the span. */
typedef void tally_file_hour_fn(gint64 start_s, enum person person, struct tally_sums *sums,
                                gpointer user);
gboolean tally_file_hours(struct tally_file *file, gint64 from_s, gint64 to_s,
                          tally_file_hour_fn *fn, gpointer user, GError **error);

/* Slots that begin in the span; and those with sums of them in condensed hours, `slots` each. */
typedef void tally_file_slot_fn(const struct tally_slot *slot, guint slots, gpointer user);
gboolean tally_file_single_slots(struct tally_file *file, gint64 from_s, gint64 to_s,
                                 tally_file_slot_fn *fn, gpointer user, GError **error);
gboolean tally_file_slots(struct tally_file *file, gint64 from_s, gint64 to_s,
                          tally_file_slot_fn *fn, gpointer user, GError **error);

/* Spans that overlap the one given, by their start. */
typedef void tally_file_alive_fn(const struct tally_alive *span, gpointer user);
gboolean tally_file_alive(struct tally_file *file, gint64 from_s, gint64 to_s,
                          tally_file_alive_fn *fn, gpointer user, GError **error);

/* Before this moment only hours remain; 0: nothing was condensed yet. */
gboolean tally_file_condensed_until(struct tally_file *file, gint64 *ret_until_s, GError **error);

/* What takes the place of rows and slots before until_s, which are removed with every byte of
 * them. Sums are added to those that an hour has already. */
struct tally_condensed_hour {
    gint64 start_s;
    struct tally_sums staff, visitors;
    guint slots;
    double visits, variance;
};
gboolean tally_file_condense(struct tally_file *file, gint64 until_s, const GArray *hours,
                             GError **error);

#endif
