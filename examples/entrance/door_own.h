/* SPDX-License-Identifier: MIT */
/* What a door consists of; for the files named door alone. */
#ifndef ENTRANCE_DOOR_OWN_H
#define ENTRANCE_DOOR_OWN_H

#include "checkpoint.h"
#include "door.h"
#include "lines.h"

#define DOOR_UNDO_US  (10 * G_USEC_PER_SEC)
#define DOOR_AMEND_US (60 * G_USEC_PER_SEC)

struct door_watcher {
    guint id;
    door_watch_fn *fn; /* NULL: gone, while others are being called */
    gpointer user;
};

/* Visits counted in slots that are over. */
struct door_visits {
    double visits, variance;
    gint64 last_slot_us; /* begin of the last of them; 0: none yet */
};

struct door {
    beacon_clock *clock;
    char *address;
    struct beacon_radio_options radio_options;
    struct beacon_radio_scan scan;
    beacon_radio *radio; /* NULL: it could not be had, and is tried again */
    guint reopen;        /* timer */
    gboolean is_replay;
    gboolean is_scanning; /* as the checkpoint was told */

    struct checkpoint *checkpoint;
    struct calibration calibration;
    char *calibration_path;
    gboolean has_reference;
    struct beacon_address reference;
    struct door_ibeacon ibeacon; /* by whose words the address is found */
    gboolean has_ibeacon;
    gint reference_dbm;            /* 0: as calibration measured it */
    struct calibrator *calibrator; /* while calibrating */

    struct tally *tally;
    GTimeZone *zone;
    gint64 day_start_ms, day_end_ms; /* of today, local time */
    struct tally_sums staff, visitors;
    struct door_visits visits;
    gint64 condensed_ms; /* begin of the day on which it last was */
    gint64 settled_us;   /* when what waits was last tried; monotonic */
    gint64 alive_us;     /* when the tally was last told that we live; monotonic */
    gboolean is_hearing; /* as it was told */
    gint64 heard_us;     /* when the radio last heard, or could; monotonic */

    gboolean (*clock_is_set)(gpointer user);
    gpointer clock_user;
    enum clock_quality quality;
    gint64 ahead_us; /* wall less monotonic, as rows of an unset clock have it */

    enum check_mode mode;
    enum person person;
    enum direction direction;
    struct tally_row row;  /* the last; its id 0: none that can be amended */
    gint64 row_us;         /* when it was added; monotonic */
    struct door_note note; /* of the check under way */

    struct lines *lines;
    struct door_view view;
    char *radio_text, *trouble, *notice;
    gboolean is_news;    /* a text has changed, or something that the view does not compare */
    gboolean is_stirred; /* something has that may wait for the ring */
    gint64 told_us;      /* when watchers were last called; monotonic */
    gint64 ring_us;      /* how often, while only the ring moves */
    GArray *watchers;    /* struct door_watcher */
    guint last_watch;
    gboolean is_telling;
    guint tick; /* timer */
    gint64 tick_due_us;
};

/* This moment, as the checkpoint wants it. */
struct checkpoint_time door_now(struct door *door);

/* Brings the view up to date, and tells who watches. */
void door_refresh(struct door *door);
void door_set_text(struct door *door, char **text, const char *new_text);

/* Rows and sums. */
void door_sum(struct door *door);
void door_add_row(struct door *door, const struct tally_row *row);
void door_take_result(struct door *door, const struct checkpoint_result *result);
void door_take_slot(struct door *door, const struct counts_slot *slot);
void door_check_clock(struct door *door);
void door_tell_alive(struct door *door);

/* What the office says of its beacon's level holds before what was measured. */
void door_set_reference_level(const struct door *door, struct calibration *calibration);

/* Ends a calibration whose steps are done. */
void door_finish_calibration(struct door *door);
/* Ends one that nobody goes on with. */
void door_give_up_calibration(struct door *door);
gboolean door_is_checking(const struct door *door);

/* Time passes; the next time is arranged for. */
void door_tick(struct door *door);

#endif
