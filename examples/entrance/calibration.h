/* SPDX-License-Identifier: MIT */
/* What "on the spot" means to this receiver: gates in dBm, measured in two guided minutes and kept
 * in a small text file. */
#ifndef ENTRANCE_CALIBRATION_H
#define ENTRANCE_CALIBRATION_H

#include "words.h"

#include <beacon/radio.h>

#define CALIBRATION_PLATFORMS  3    /* by enum beacon_platform; the first is not used */
#define CALIBRATION_NUMBER_MAX 9999 /* what a row of the tally holds */

struct calibration_levels {
    double gate_dbm;   /* 5th percentile on the spot */
    double spot_dbm;   /* median on the spot */
    double line_dbm;   /* 99th percentile at the waiting line */
    gboolean measured; /* else assumed: of an iPhone, Android's + 15 dB */
};

struct calibration {
    guint number;        /* 1 …, one more each time up to the most; 0: no calibration */
    gint64 time_ms;      /* UTC, when it was made; 0: unknown */
    gboolean is_assumed; /* derived from assumed figures of a radio, not measured */
    struct calibration_levels platform[CALIBRATION_PLATFORMS];
    gboolean has_reference;
    struct beacon_address reference; /* the office's own beacon */
    double reference_dbm;            /* its median level */
    double reference_interval_ms;    /* between its packets, as sent */
};

/* The levels that verdicts go by, of one platform. */
struct calibration_gates {
    double gate_dbm;    /* at it or above: on the spot */
    double longer_dbm;  /* the same for a level over 8 s, */
    double longest_dbm; /* over 12 s */
    double unheard_dbm; /* the same for one of whom nothing was heard before it came */
    double exit_dbm;    /* below it: gone from the spot */
    double rise_db;     /* from what it was before it came */
    double spot_dbm;    /* usual on the spot, */
    double line_dbm;    /* and at the line */
    double body_db;     /* how far bodies move a level, one sigma */
};
void calibration_gates(const struct calibration *calibration, enum beacon_platform platform,
                       struct calibration_gates *ret_gates);

/* From the line to the spot, where it is less: 5th percentile on the spot less 99th at the line, in
 * dB. Below CALIBRATION_MARGIN_DB no verdict on a person can be trusted. */
#define CALIBRATION_MARGIN_DB 10.0
double calibration_margin_db(const struct calibration *calibration);
gboolean calibration_separates(const struct calibration *calibration);

/* Of a hundred checks with a crowd at the line, how many would be green for a wrong phone, and how
 * many true phones would not be green; by the measured margins and the assumed fading. */
void calibration_errors(const struct calibration *calibration, double *ret_wrong_percent,
                        double *ret_missed_percent);

/* The same in words, with "use a tray or move the line" where it does not separate; translated. The
 * caller's. */
char *calibration_text(const struct calibration *calibration);

/* ---- Its file ---- */

#define CALIBRATION_ERROR (calibration_error_quark())
GQuark calibration_error_quark(void);

enum calibration_error {
    CALIBRATION_ERROR_IO,     /* cannot be read or written */
    CALIBRATION_ERROR_FORMAT, /* the text names file and field, and what was expected */
    CALIBRATION_ERROR_STEPS,  /* what was measured will not do; the text says which step */
};

#define CALIBRATION_FILE_MAX 65536
gboolean calibration_load(const char *path, struct calibration *ret_calibration, GError **error);
gboolean calibration_parse(const char *text, gsize length, const char *name,
                           struct calibration *ret_calibration, GError **error);
/* Written beside it, flushed, and renamed over it. */
gboolean calibration_save(const struct calibration *calibration, const char *path, GError **error);

/* ---- Assumed ---- */

/* What a simulated or an unmeasured place is taken to be. */
struct calibration_assumption {
    double android_dbm; /* mean at 1 m; 0: -64 */
    double iphone_dbm;  /* 0: -49 */
    double spot_m;      /* 0: 0.125 */
    double line_m;      /* 0: 1.5 */
    double tray_db;     /* that lies between them */
    double fading_db;   /* slow; 0: 6 */
    double model_db;    /* 0: 4 */
};
void calibration_assume(const struct calibration_assumption *assumption,
                        struct calibration *ret_calibration);

/* ---- Guided ---- */

enum calibration_step {
    CALIBRATION_EMPTY,        /* 20 s, nobody on the spot; the reference beacon's level too */
    CALIBRATION_ANDROID_FLAT, /* on the spot, 10 s each from here on */
    CALIBRATION_ANDROID_HAND,
    CALIBRATION_ANDROID_LINE_FACING,
    CALIBRATION_ANDROID_LINE_TURNED,
    CALIBRATION_IPHONE_FLAT, /* from here on to be skipped where there is no iPhone */
    CALIBRATION_IPHONE_HAND,
    CALIBRATION_IPHONE_LINE_FACING,
    CALIBRATION_IPHONE_LINE_TURNED,
    CALIBRATION_DONE,
};
#define CALIBRATION_STEPS 9

/* What to do now; static. */
const char *calibration_step_text(enum calibration_step step, enum language language);

struct calibrator;

/* previous: the one in force, for its number and reference; NULL: none. reference: the address of
 * the office's beacon, or NULL: previous's, or none. */
struct calibrator *calibrator_new(const struct calibration *previous,
                                  const struct beacon_address *reference);
struct calibrator *calibrator_free(struct calibrator *calibrator); /* takes NULL, returns NULL */

/* What the step asked for is done: it measures from now on. FALSE while it measures. */
gboolean calibrator_next(struct calibrator *calibrator, gint64 monotonic_us);
/* No iPhone at hand: goes to the end. FALSE before the iPhone's steps. */
gboolean calibrator_skip(struct calibrator *calibrator);
void calibrator_packet(struct calibrator *calibrator, const struct beacon_radio_packet *packet);
void calibrator_tick(struct calibrator *calibrator, gint64 monotonic_us);

enum calibration_step calibrator_step(const struct calibrator *calibrator);
/* Seconds left of a step that measures; 0: it waits for calibrator_next. */
double calibrator_left_s(const struct calibrator *calibrator);
/* Nobody has tapped for ten minutes: free it, since it keeps a key and who lay on the spot. */
gboolean calibrator_is_left(const struct calibrator *calibrator);
/* The step has just failed, and is to be done again: too little was heard. */
gboolean calibrator_heard_too_little(const struct calibrator *calibrator);

/* Once it is done: the calibration, also one that does not separate; or which step heard too
 * little. */
gboolean calibrator_finish(const struct calibrator *calibrator, gint64 time_ms,
                           struct calibration *ret_calibration, GError **error);

#endif
