/* SPDX-License-Identifier: MIT */
/* One door: radio, checkpoint, counts and tally put together; what every screen shows, and what it
 * may ask for. */
#ifndef ENTRANCE_DOOR_H
#define ENTRANCE_DOOR_H

#include "calibration.h"
#include "tally.h"
#include "words.h"

#include <beacon/clock.h>

struct door;
struct lines;

enum door_phase {
    DOOR_IDLE,        /* nobody is being checked */
    DOOR_LISTENING,   /* the first two seconds */
    DOOR_ASKING,      /* "please open the app": until the guard saw it open, or 35 s */
    DOOR_OPENED,      /* the guard saw it open: until 8 effective seconds */
    DOOR_SHOWING,     /* a verdict, for 2.5 s */
    DOOR_CALIBRATING, /* guided; `calibration_step` says what to do now */
};

/* How much of the air is here now, by nearness, and the visits so far today. */
struct door_counts {
    guint near, middle, far;                /* identifiers heard in the last 35 s */
    double visits_low, visits, visits_high; /* today */
    gboolean is_counting; /* false: the radio cannot (no levels, share of time too small) */
};

/* What the guard adds about a person. */
struct door_note {
    enum installed installed;
    gboolean installed_seen;
    gboolean told, helped, exempt, declined;
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
    gint64 last_row; /* id of the row last added; 0: none that can be undone or amended: a minute
                        has passed */
    struct door_note note; /* of that row, or of the check under way */
    gboolean can_undo;
    gboolean hears;         /* the radio is heard to hear */
    gboolean is_simulated;  /* the air is made up, or a recording, and every screen says so */
    gboolean is_deaf;       /* scanner off, in error, or silence for too long */
    gboolean is_over;       /* a replay has come to its end */
    const char *radio_text; /* how it stands with the radio, in words; translated */
    const char *trouble;    /* disk, clock, drift of greens: one line, or NULL */
    const char *notice;     /* what a calibration came to, lines; until the next action; or NULL */
    gboolean is_calibrated;
    guint calibration;      /* number of the calibration in force */
    guint calibration_step; /* while calibrating, from 0 */
    guint calibration_steps;
    double calibration_left_s;         /* of this step; 0: it waits for DOOR_DO_NEXT_STEP */
    struct tally_sums staff, visitors; /* today, local time */
    struct door_counts counts;
};

enum door_do {
    DOOR_DO_BEGIN,      /* tap: a check begins (attended), or one person more (walk-through) */
    DOOR_DO_OPENED,     /* Đã mở */
    DOOR_DO_LATER,      /* Để sau */
    DOOR_DO_UNDO,       /* voids the last row, for 10 s */
    DOOR_DO_AMEND,      /* the last row again, with `note`; or of the check under way (`row` 0),
                           which ends unchecked when the person is exempt or declines */
    DOOR_DO_BY_HAND,    /* a row without a check: `note` and `count` */
    DOOR_DO_PERSON,     /* `person` from now on */
    DOOR_DO_DIRECTION,  /* `direction` from now on */
    DOOR_DO_MODE,       /* `mode` from now on */
    DOOR_DO_CALIBRATE,  /* begins the guided calibration */
    DOOR_DO_NEXT_STEP,  /* what the step asked for is done */
    DOOR_DO_SKIP_STEPS, /* no iPhone at hand: the steps with one are left out */
    DOOR_DO_STOP_CALIBRATING,
};

struct door_action {
    enum door_do act;
    gint64 row; /* AMEND: the row that was meant; 0: the check under way. UNDO: the same; 0: the
                   last, whichever it is */
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

/* What an iBeacon says of itself. */
struct door_ibeacon {
    guint8 uuid[16];
    guint16 major, minor;
};

/* Strings and structs are copied. */
struct door_options {
    gsize size;                               /* of this struct */
    const char *radio;                        /* as beacon_radio_open takes it; NULL: "auto" */
    beacon_clock *clock;                      /* NULL: the machine's, or a replay's own */
    double speed;                             /* sim, capture: as beacon_radio_options has it */
    gboolean take;                            /* hci: also from bluetoothd */
    guint32 scan_interval_us, scan_window_us; /* as beacon_radio_scan has them */
    gboolean waits_for_radio;                 /* one that is not there is tried again, and told */
    const char *tally;                        /* path; NULL: in memory */
    const struct tally_options *tally_with;   /* NULL: the defaults */
    const char *calibration;                  /* path of its file; NULL: it is not kept */
    const struct calibration *assumed;        /* in force while there is no such file; NULL: none */
    const struct beacon_address *reference;   /* the office's beacon; NULL: as last calibrated */
    const struct door_ibeacon *ibeacon;       /* the same, known by what it says; NULL: none */
    gint reference_dbm;                       /* its level here; 0: as calibration measured it */
    const char *timezone;                     /* NULL: the system's */
    enum check_mode mode;                     /* to begin with */
    enum person person;
    enum direction direction;
    guint slots_per_day;    /* 0: 96 */
    gboolean waits_for_tap; /* a phone that rises at the gate begins no check by itself */
    struct lines *lines;    /* what happens, for machines; the caller's, and outlives it; or NULL */
    /* Whether the wall clock is right; NULL: always (virtual), or as the system says. */
    gboolean (*clock_is_set)(gpointer user);
    gpointer clock_user;
};

/* Opens tally, calibration and radio, and listens. NULL and an error: BEACON_RADIO_ERROR,
 * TALLY_ERROR or CALIBRATION_ERROR. Works on the clock's context. */
struct door *door_new(const struct door_options *options, GError **error);
struct door *door_free(struct door *door); /* leaves the air. Takes NULL, returns NULL */

/* The door as it is now; borrowed, and valid until the context runs again. */
const struct door_view *door_view(struct door *door);

/* What `trouble` says, in the language of this thread's messages; NULL: none. The caller's. */
char *door_trouble(struct door *door);

/* Does it, or says why not. A screen shows the message. */
gboolean door_act(struct door *door, const struct door_action *action, GError **error);

/* Called from the main context after a change of the view, at most ten times a second while only
 * the ring moves. Returns a number for door_unwatch. */
typedef void door_watch_fn(struct door *door, gpointer user);
guint door_watch(struct door *door, door_watch_fn *fn, gpointer user);
void door_unwatch(struct door *door, guint watch);

/* Writes the last of the lines: sums up to this moment. */
void door_end_lines(struct door *door);

struct tally *door_tally(struct door *door); /* borrowed: for reports and charts */
beacon_clock *door_clock(struct door *door); /* borrowed */

/* What the guided calibration asks for at a step, static. */
const char *door_calibration_text(guint step, enum language language);

#endif
