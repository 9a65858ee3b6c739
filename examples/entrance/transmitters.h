/* SPDX-License-Identifier: MIT */
/* Who is on the air, as keyed hashes in a table of fixed size, and how strong each was of late. */
#ifndef ENTRANCE_TRANSMITTERS_H
#define ENTRANCE_TRANSMITTERS_H

#include "slot_keys.h"

#include <beacon/radio.h>

#define TRANSMITTER_SETS    256
#define TRANSMITTER_WAYS    8
#define TRANSMITTER_RECENT  16 /* packets remembered one by one, */
#define TRANSMITTER_APART   60 /* of those that come closer together, in ms, the first */
#define TRANSMITTER_PAST    24 /* spans before that, of which the mean is kept, */
#define TRANSMITTER_SPAN_MS 2000

#define LEVEL_NONE (-200.0) /* weaker than anything that can be heard */

enum visit_state {
    VISIT_NOT_ASKED,
    VISIT_ASKED,
    VISIT_ANSWERED, /* twelve bytes were read */
    VISIT_FAILED,
};

struct transmitter_sample {
    guint32 ms;
    gint8 dbm;
};

struct transmitter_span {
    guint32 number; /* of the span since the table began, plus one; 0: empty */
    gint32 sum_dbm;
    guint32 packets;
};

/* Levels of some seconds, and what they are worth: bodies fade for seconds, so that many packets
 * are few looks. */
struct transmitter_looks {
    double dbm;   /* their mean; LEVEL_NONE: none */
    double count; /* so many independent looks of one moment each would tell as much */
    guint packets;
};

struct transmitter {
    guint64 hash;            /* 0: free */
    guint64 identifier_hash; /* of what was read over GATT; 0: nothing */
    guint32 epoch;
    guint8 platform;
    guint8 visit;            /* enum visit_state */
    gboolean has_left;       /* since then: in the next check it may be asked again */
    gboolean has_risen;      /* came up to the gate, and was not below exit since */
    gboolean is_counted;     /* was green, and is still here */
    gboolean is_put_off;     /* its check was, and it is still here */
    gboolean is_known;       /* whether it is one that was put off, under a new name */
    gboolean was_below_exit; /* ever */
    gboolean came_back;      /* with this packet, after a silence */
    guint64 samples;         /* ever remembered */
    guint32 first_ms, last_ms;
    guint32 appeared_ms; /* after a silence; first_ms at the earliest */
    struct transmitter_sample recent[TRANSMITTER_RECENT];
    struct transmitter_span past[TRANSMITTER_PAST];
    struct transmitter_looks base; /* before the check that is under way */
    double best_dbm;               /* the best median during it */
    guint64 best_check;
    guint64 weak_check; /* during which it was heard, too weak to be on the spot */
};

struct transmitters {
    struct transmitter table[TRANSMITTER_SETS][TRANSMITTER_WAYS];
    guint64 made;   /* entries ever made */
    guint64 pushed; /* of them, those that pushed out one heard in the last 2 s */
};

/* The entry of a thing heard: found by either key, or made. When no slot's edge is known, one found
 * by the old key is taken over to the new. It came back if it was silent for longer than silent_ms.
 */
struct transmitter *transmitters_hear(struct transmitters *transmitters,
                                      const struct slot_keys *keys, const void *bytes, gsize size,
                                      enum beacon_platform platform, guint32 now_ms, gint8 dbm,
                                      guint32 silent_ms);

/* Forgets those of keys that are gone. before_forgetting may be NULL. */
void transmitters_forget(struct transmitters *transmitters, const struct slot_keys *keys,
                         void (*before_forgetting)(const struct transmitter *, gpointer),
                         gpointer user);

/* The median of the latest packets: at least `least` of them, and more back in time until they
 * span span_ms, none older than age_ms. LEVEL_NONE when there are not so many. */
double transmitter_level(const struct transmitter *transmitter, guint32 now_ms, guint least,
                         guint32 span_ms, guint32 age_ms);

/* The mean level over the last `spans` spans of time, of `least` packets in `heard` of the spans;
 * LEVEL_NONE when there are fewer. */
double transmitter_mean(const struct transmitter *transmitter, guint32 now_ms, guint spans,
                        guint heard, guint least);

/* Between two times, the second's span included. */
struct transmitter_looks transmitter_look(const struct transmitter *transmitter, guint32 from_ms,
                                          guint32 to_ms);

/* The mean level between two times before; LEVEL_NONE: unheard then. */
double transmitter_past(const struct transmitter *transmitter, guint32 from_ms, guint32 to_ms);

#endif
