/* SPDX-License-Identifier: MIT */
/* The words of the check: what may be found, why, on what proof, and how people are told. */
#ifndef ENTRANCE_WORDS_H
#define ENTRANCE_WORDS_H

#include <beacon/base.h>
#include <glib.h>

/* Verdicts speak of the radio, not of the person. */
enum verdict {
    VERDICT_NONE, /* not checked: counted by hand, put off, walked through */
    VERDICT_HEARD,
    VERDICT_CANNOT_TELL,
    VERDICT_NOT_HEARD,
};
#define VERDICTS 4

/* Why nothing better could be said; what to do follows from it. */
enum reason {
    REASON_NONE,
    REASON_OPEN_THE_APP,  /* nothing on the spot, and no proof that it is not there */
    REASON_ONE_AT_A_TIME, /* two transmitters are equally near */
    REASON_NOT_HEARING,   /* our receiver is deaf, off, or not known to hear */
    REASON_IPHONE_SILENT, /* an iPhone nearby did not answer */
    REASON_TOO_MANY,      /* a flood of transmitters */
    REASON_NO_LEVELS,     /* the radio tells no RSSI: near cannot be told from far */
    REASON_UNCALIBRATED,  /* no gate has been measured for this spot */
    REASON_PUT_OFF,       /* sent aside before it was decided */
};
#define REASONS 9

/* By what it was known that the receiver heard. */
enum proof {
    PROOF_NONE,
    PROOF_REFERENCE, /* A: the fixed reference beacon */
    PROOF_TRAFFIC,   /* B: other transmitters, and a green not long ago */
};
#define PROOFS 3

enum check_mode {
    MODE_ATTENDED,
    MODE_WALK_THROUGH, /* no verdict on a person and no GATT: one tap a person */
    MODE_SHARE_ONLY,   /* the same, because calibration could not tell the spot from the line */
};
#define MODES 3

enum person { PERSON_STAFF, PERSON_VISITOR };
enum direction { DIRECTION_IN, DIRECTION_OUT };
enum installed { INSTALLED_UNKNOWN, INSTALLED_BEFORE, INSTALLED_ON_THE_SPOT, INSTALLED_NO };
enum clock_quality { CLOCK_UNKNOWN, CLOCK_SET };

enum language { LANGUAGE_VI, LANGUAGE_EN };

/* Static texts, for people: "ĐÃ NGHE THẤY BLUEZONE"; the thanks or the advice below it; one line
 * that says what to do about a reason. Never NULL; "" where there is nothing to say. */
const char *words_verdict(enum verdict verdict, enum language language);
const char *words_after(enum verdict verdict, enum language language);
const char *words_reason(enum reason reason, enum language language);

/* "✓", "?", "–", "": an icon goes with each colour. */
const char *words_icon(enum verdict verdict);

/* Names for machines, as JSON and CSV have them: "heard", "cannot_tell", "not_heard", "none";
 * "open_the_app"; "reference"; "attended"; "staff"; "in"; "before"; "set". Static. */
const char *words_verdict_name(enum verdict verdict);
const char *words_reason_name(enum reason reason);
const char *words_proof_name(enum proof proof);
const char *words_mode_name(enum check_mode mode);
const char *words_person_name(enum person person);
const char *words_direction_name(enum direction direction);
const char *words_installed_name(enum installed installed);
const char *words_clock_name(enum clock_quality quality);
const char *words_platform_name(enum beacon_platform platform); /* "android", "iphone", "unknown" */

#endif
