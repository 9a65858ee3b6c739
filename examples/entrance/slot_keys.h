/* SPDX-License-Identifier: MIT */
/* Keys of hashes that live as long as a slot and a little longer, so that nobody can say later who
 * was heard. */
#ifndef ENTRANCE_SLOT_KEYS_H
#define ENTRANCE_SLOT_KEYS_H

#include "words.h"

#include <glib.h>

/* How long after a slot's edge its key is kept: a burst of the app on screen lasts 150 s, with the
 * identifier of its beginning (protocol 2.3). */
#define SLOT_KEY_GRACE_US (165 * (gint64)G_USEC_PER_SEC)

#define SLOT_KEY_SIZE 16

typedef void slot_random_fn(void *bytes, gsize size, gpointer user);

struct slot_keys {
    guint8 current[SLOT_KEY_SIZE], old[SLOT_KEY_SIZE];
    guint32 epoch; /* of the current key, from 1; the old one's is one less */
    gboolean has_old;
    gboolean is_guessed; /* the clock is unknown: turned in time of its own */
    gint64 slot;         /* the current one, since 1970 */
    gint64 turned_us;    /* monotonic: when the current key was made */
    gint64 old_until_us; /* monotonic */
    gint64 slot_us;      /* length */
    slot_random_fn *random;
    gpointer random_user;
};

enum slot_event {
    SLOT_NOTHING = 0,
    SLOT_TURNED = 1 << 0, /* a new key holds, the one before is the old one */
    SLOT_FORGOT = 1 << 1, /* the old key is gone: what was hashed by it must go too */
    SLOT_JUMPED = 1 << 2, /* the wall clock was set, or became known or unknown */
};

/* slots_per_day: 0 is 96. random: NULL is the machine's. */
void slot_keys_init(struct slot_keys *keys, guint slots_per_day, slot_random_fn *random,
                    gpointer user);
void slot_keys_wipe(struct slot_keys *keys);

/* Time passes: flags of enum slot_event. */
guint slot_keys_tick(struct slot_keys *keys, gint64 monotonic_us, gint64 wall_us,
                     enum clock_quality clock);

/* Never 0. old: by the key of the slot before, which must be there. */
guint64 slot_keys_hash(const struct slot_keys *keys, gboolean old, const void *bytes, gsize size);

/* Wall time since the edge of the slot; negative is not known. */
gint64 slot_keys_since_edge_us(const struct slot_keys *keys, gint64 wall_us);

#endif
