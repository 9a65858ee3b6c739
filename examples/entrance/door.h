/* SPDX-License-Identifier: MIT */
/* One door: radio, checkpoint, counts and tally put together; what every screen shows, and what it
 * may ask for. */
#ifndef ENTRANCE_DOOR_H
#define ENTRANCE_DOOR_H

#include "tally.h"
#include "words.h"

#include <beacon/clock.h>

struct door;

enum door_phase {
    DOOR_IDLE,        /* nobody is being checked */
    DOOR_LISTENING,   /* the first two seconds */
    DOOR_ASKING,      /* "please open the app": until the guard saw it open, or 35 s */
    DOOR_OPENED,      /* the guard saw it open: until 8 effective seconds */
    DOOR_SHOWING,     /* a verdict, for 2.5 s */
    DOOR_CALIBRATING, /* guided; `calibration` says what to do now */
};

/* How much of the air is here now, by nearness, and the visits so far today. */
struct door_counts {
    guint near, middle, far;                /* identifiers heard in the last 35 s */
    double visits_low, visits, visits_high; /* today */
    gboolean is_counting; /* false: the radio cannot (no levels, share of time too small) */
};

/* A moment of the door. Texts are borrowed until the next change. */
struct door_view {
    guint64 change; /* another one at each change of anything below */
    gint64 time_ms;
    enum clock_quality clock;
    enum door_phase phase;
    double progress;      /* 0 … 1 of the ring that fills; listening, asking, opened */
    enum verdict verdict; /* of the last check; while showing */
    enum reason reason;   /* of the last check; while asking, what holds a verdict back */
    enum beacon_platform platform;
    enum check_mode mode;
    enum person person; /* that the next row will have */
    enum direction direction;
    gint64 last_row; /* id of the row last added; 0: none that can be undone or amended */
    gboolean can_undo;
    gboolean hears;         /* the radio is heard to hear */
    gboolean is_simulated;  /* the air is made up, and every screen says so */
    gboolean is_deaf;       /* scanner off, in error, or silence for too long */
    const char *radio_text; /* how it stands with the radio, in words; translated */
    const char *trouble;    /* disk, clock, drift of greens: one line, or NULL */
    gboolean is_calibrated;
    guint calibration;      /* number of the calibration in force */
    guint calibration_step; /* while calibrating, from 0 */
    guint calibration_steps;
    double calibration_left_s;         /* of this step; 0: it waits for DOOR_DO_NEXT_STEP */
    struct tally_sums staff, visitors; /* today, local time */
    struct door_counts counts;
};

enum door_do {
    DOOR_DO_BEGIN,     /* tap: a check begins (attended), or one person more (walk-through) */
    DOOR_DO_OPENED,    /* Đã mở */
    DOOR_DO_LATER,     /* Để sau */
    DOOR_DO_UNDO,      /* voids the last row, for 10 s */
    DOOR_DO_AMEND,     /* the last row again, with `note` */
    DOOR_DO_BY_HAND,   /* a row without a check: `note` and `count` */
    DOOR_DO_PERSON,    /* `person` from now on */
    DOOR_DO_DIRECTION, /* `direction` from now on */
    DOOR_DO_MODE,      /* `mode` from now on */
    DOOR_DO_CALIBRATE, /* begins the guided calibration */
    DOOR_DO_NEXT_STEP, /* what the step asked for is done */
    DOOR_DO_STOP_CALIBRATING,
};

/* What the guard adds about a person. */
struct door_note {
    enum installed installed;
    gboolean installed_seen;
    gboolean told, helped, exempt, declined;
};

struct door_action {
    enum door_do act;
    struct door_note note;    /* AMEND, BY_HAND */
    guint count;              /* BY_HAND: 1 … 999 */
    enum person person;       /* PERSON */
    enum direction direction; /* DIRECTION */
    enum check_mode mode;     /* MODE */
};

#define DOOR_ERROR (door_error_quark())
GQuark door_error_quark(void);

enum door_error {
    DOOR_ERROR_NOT_NOW, /* nothing to undo, no check under way … ; the text says what */
    DOOR_ERROR_INPUT,   /* a count or a note out of range */
};

/* The door as it is now; borrowed, and valid until the context runs again. */
const struct door_view *door_view(struct door *door);

/* Does it, or says why not. A screen shows the message. */
gboolean door_act(struct door *door, const struct door_action *action, GError **error);

/* Called from the main context after a change of the view, at most ten times a second while only
 * the ring moves. Returns a number for door_unwatch. */
typedef void door_watch_fn(struct door *door, gpointer user);
guint door_watch(struct door *door, door_watch_fn *fn, gpointer user);
void door_unwatch(struct door *door, guint watch);

struct tally *door_tally(struct door *door); /* borrowed: for reports and charts */
beacon_clock *door_clock(struct door *door); /* borrowed */

/* What the guided calibration asks for at a step, static. */
const char *door_calibration_text(guint step, enum language language);

#endif
