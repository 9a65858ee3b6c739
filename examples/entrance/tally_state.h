/* SPDX-License-Identifier: MIT */
/* A tally at work: its file, and what waits in memory to be written there. */
#ifndef ENTRANCE_TALLY_STATE_H
#define ENTRANCE_TALLY_STATE_H

#include "tally_file.h"

#define TALLY_STEP_MS 300000 /* to which times are rounded down */
#define TALLY_STEP_S  (TALLY_STEP_MS / 1000)
#define TALLY_SLOT_S  900

struct tally {
    struct tally_file *file;
    GTimeZone *zone;
    guint condense_days;
    gboolean is_reader;
    gint64 next_id;
    gboolean clock_is_set;
    gint64 offset_ms; /* by which what came before that was moved */

    GArray *waiting;   /* of struct tally_op */
    GArray *slots;     /* of struct tally_slot */
    GArray *alive;     /* of struct tally_alive; the last goes on while is_alive */
    gboolean is_alive; /* it heard when last noted */
    gint64 alive_s;    /* until when that stands in the file; 0: not at all */
    guint64 lost;
    char *problem;
};

/* The row as it will stand in the file. */
struct tally_row tally_row_rounded(const struct tally_row *row);

#endif
