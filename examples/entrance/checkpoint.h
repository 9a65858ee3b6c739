/* SPDX-License-Identifier: MIT */
/* The judge at the door: packets, taps and the radio's health go in; phases, verdicts and wishes
 * for a GATT read come out. */
#ifndef ENTRANCE_CHECKPOINT_H
#define ENTRANCE_CHECKPOINT_H

#include "calibration.h"
#include "counts.h"
#include "words.h"

#include <beacon/radio.h>

/*
 * A state machine without a clock, a main loop or a file: it lives by the times that it is given,
 * and does the same on a radio, a capture or a simulated air. Its memory is of a fixed size,
 * whatever is heard. Of who is heard it keeps keyed hashes alone, whose key is destroyed 165 s
 * after the slot has ended. Listeners are called from within its calls and must not call back into
 * it, but for checkpoint_view, checkpoint_due_us, and checkpoint_visited from within on_visit.
 */
struct checkpoint;

/* A moment, as a clock tells it. Monotonic times never go back; what is late is taken as now. */
struct checkpoint_time {
    gint64 monotonic_us;
    gint64 wall_us;
    enum clock_quality clock;
};

enum checkpoint_phase {
    CHECKPOINT_IDLE,
    CHECKPOINT_LISTENING, /* the first two seconds */
    CHECKPOINT_ASKING,    /* "please open the app": until the guard saw it open, or 35 s */
    CHECKPOINT_OPENED,    /* the guard saw it open: until 8 effective seconds */
    CHECKPOINT_SHOWING,   /* a verdict, for 2.5 s */
};

/* What a lamp beside the spot shows. */
enum checkpoint_lamp {
    CHECKPOINT_LAMP_OFF,
    CHECKPOINT_LAMP_WHITE, /* a check is under way */
    CHECKPOINT_LAMP_GREEN,
    CHECKPOINT_LAMP_AMBER,
    CHECKPOINT_LAMP_BLUE, /* blue-grey: not heard. Never red */
};

/* A check that has ended. */
struct checkpoint_result {
    guint64 check;        /* counts from 1 */
    enum verdict verdict; /* NONE: put off */
    enum reason reason;
    enum beacon_platform platform; /* of what was heard */
    enum proof proof;
    enum check_mode mode;
    gboolean by_itself; /* a phone that rose at the gate began it, nobody tapped */
    gint64 begin_us;    /* wall */
    gint64 opened_us;   /* wall; -1: the guard did not tap */
    gint64 end_us;      /* wall */
    double seconds;     /* from begin to end */
    double effective_s; /* of the window that decided, without what the receiver missed */
    guint calibration;  /* number of the one in force; 0: none */
};

struct checkpoint_listener {
    /* A check has begun. */
    void (*on_begin)(guint64 check, gboolean by_itself, gint64 time_us, gpointer user);
    /* A check has ended; in walk-through and share-only mode, the tap of one person (verdict and
     * reason NONE). */
    void (*on_result)(const struct checkpoint_result *result, gpointer user);
    /* Read this iPhone's identifier, and give the result to checkpoint_visited. FALSE: cannot. */
    gboolean (*on_visit)(const struct beacon_address *address, gint64 remember_until_us,
                         gpointer user);
    /* A slot is counted. */
    void (*on_slot)(const struct counts_slot *slot, gpointer user);
    gpointer user;
};

struct checkpoint_options {
    gsize size;             /* of this struct */
    guint slots_per_day;    /* 0: 96 */
    enum check_mode mode;   /* 0: attended */
    gboolean waits_for_tap; /* a phone that rises at the gate begins no check by itself */
    /* For the keys of hashes; NULL: the machine's. */
    void (*random)(void *bytes, gsize size, gpointer user);
    gpointer random_user;
};

/* calibration may be NULL: none is in force, and no verdict but cannot tell. Both are copied. */
struct checkpoint *checkpoint_new(const struct checkpoint_options *options,
                                  const struct calibration *calibration,
                                  const struct checkpoint_listener *listener,
                                  const struct checkpoint_time *now);

/* Wipes what it knows. Takes NULL, returns NULL. */
struct checkpoint *checkpoint_free(struct checkpoint *checkpoint);

/* Bytes that it takes, and all that it will ever take. */
gsize checkpoint_size(void);

/* ---- In ---- */

/* What was heard. Its times stand in the packet; the clock's quality is that last given. */
void checkpoint_packet(struct checkpoint *checkpoint, const struct beacon_radio_packet *packet);

/* The radio's health changed. Call once at the beginning too. */
void checkpoint_health(struct checkpoint *checkpoint, const struct beacon_radio_health *health,
                       const struct checkpoint_time *now);

/* The result of a visit that on_visit asked for; of any other it is ignored. While a link is sought
 * and held a radio without BEACON_RADIO_SCANS_ON_VISITS hears nothing: tell with
 * checkpoint_visits_deafen, once. */
void checkpoint_visited(struct checkpoint *checkpoint, const struct beacon_visit *visit,
                        const struct checkpoint_time *now);
void checkpoint_visits_deafen(struct checkpoint *checkpoint, gboolean deafen);

/* Time passes. Call when checkpoint_due_us comes, and at least once a second. A wall clock that
 * jumps is noticed here. */
void checkpoint_tick(struct checkpoint *checkpoint, const struct checkpoint_time *now);

/* A new calibration, mode or wish. */
void checkpoint_calibrate(struct checkpoint *checkpoint, const struct calibration *calibration);
void checkpoint_set_mode(struct checkpoint *checkpoint, enum check_mode mode,
                         const struct checkpoint_time *now);

/* Taps. Begin: a check begins (a verdict that is still shown goes); FALSE while one is under way.
 * In walk-through and share-only mode: one person more. Opened, later: FALSE when no check is under
 * way. */
gboolean checkpoint_begin(struct checkpoint *checkpoint, const struct checkpoint_time *now);
gboolean checkpoint_opened(struct checkpoint *checkpoint, const struct checkpoint_time *now);
gboolean checkpoint_later(struct checkpoint *checkpoint, const struct checkpoint_time *now);

/* ---- Out ---- */

struct checkpoint_view {
    enum checkpoint_phase phase;
    enum checkpoint_lamp lamp;
    double progress;      /* 0 … 1 of the phase */
    enum verdict verdict; /* of the last check; while showing */
    enum reason reason;   /* of the last check while showing; else what holds a verdict back */
    enum beacon_platform platform; /* of the last check; while showing */
    guint64 check;                 /* the one under way, or the last */
    gboolean hears;                /* the radio is heard to hear: some proof holds at this moment */
    gboolean is_deaf;              /* scanner off, in error, or silence for too long */
    gboolean is_flooded;
    gboolean has_reference; /* the reference beacon is heard as calibrated */
    double green_drift_db; /* greens against calibration; beyond 6 dB either way: calibrate again */
    struct counts_now now;
};

void checkpoint_view(struct checkpoint *checkpoint, struct checkpoint_view *ret_view);

/* The monotonic time at which checkpoint_tick is needed next; G_MAXINT64: not before a packet. */
gint64 checkpoint_due_us(const struct checkpoint *checkpoint);

/* Its counts, for sums of hours and days. Borrowed. */
const struct counts *checkpoint_counts(const struct checkpoint *checkpoint);

#endif
