/* SPDX-License-Identifier: MIT */
/* Makes, turns and destroys the keys of hashes. */
#include "slot_keys.h"

#include <sodium.h>
#include <string.h>

/* Without a clock nobody knows when a slot ends: keys are turned so often that none is older than
 * the grace. */
#define GUESSED_US (82 * (gint64)G_USEC_PER_SEC)

#define DAY_US (24 * 3600 * (gint64)G_USEC_PER_SEC)

static void machine_random(void *bytes, gsize size, gpointer user)
{
    (void)user;
    randombytes_buf(bytes, size);
}

void slot_keys_init(struct slot_keys *keys, guint slots_per_day, slot_random_fn *random,
                    gpointer user)
{
    G_STATIC_ASSERT(SLOT_KEY_SIZE == crypto_shorthash_KEYBYTES);
    memset(keys, 0, sizeof *keys);
    keys->slot_us = DAY_US / (slots_per_day == 0 ? 96 : slots_per_day);
    keys->random = random == NULL ? machine_random : random;
    keys->random_user = user;
    keys->slot = -1;
}

void slot_keys_wipe(struct slot_keys *keys)
{
    sodium_memzero(keys->current, sizeof keys->current);
    sodium_memzero(keys->old, sizeof keys->old);
    keys->has_old = FALSE;
}

static void turn(struct slot_keys *keys, gint64 monotonic_us, gint64 keep_us)
{
    keys->has_old = keys->epoch > 0;
    memcpy(keys->old, keys->current, sizeof keys->old);
    keys->old_until_us = monotonic_us + keep_us;
    keys->random(keys->current, sizeof keys->current, keys->random_user);
    keys->epoch++;
    keys->turned_us = monotonic_us;
}

static gint64 slot_at(const struct slot_keys *keys, gint64 wall_us)
{
    return wall_us / keys->slot_us - (wall_us % keys->slot_us < 0 ? 1 : 0);
}

/* By the wall: at the slot's edge. */
static guint turn_by_clock(struct slot_keys *keys, gint64 monotonic_us, gint64 wall_us)
{
    gint64 slot = slot_at(keys, wall_us);
    gboolean follows = !keys->is_guessed && slot == keys->slot + 1;
    gint64 late_us = follows ? wall_us - slot * keys->slot_us : 0;
    if (keys->epoch > 0 && !keys->is_guessed && slot == keys->slot)
        return SLOT_NOTHING;
    keys->is_guessed = FALSE;
    keys->slot = slot;
    turn(keys, monotonic_us, MAX(0, SLOT_KEY_GRACE_US - late_us));
    return follows || keys->epoch == 1 ? SLOT_TURNED : SLOT_TURNED | SLOT_JUMPED;
}

static guint turn_by_guess(struct slot_keys *keys, gint64 monotonic_us)
{
    gboolean begins = !keys->is_guessed;
    if (!begins && monotonic_us - keys->turned_us < GUESSED_US)
        return SLOT_NOTHING;
    keys->is_guessed = TRUE;
    turn(keys, monotonic_us, GUESSED_US);
    return begins && keys->epoch > 1 ? SLOT_TURNED | SLOT_JUMPED : SLOT_TURNED;
}

guint slot_keys_tick(struct slot_keys *keys, gint64 monotonic_us, gint64 wall_us,
                     enum clock_quality clock)
{
    guint32 epoch = keys->epoch;
    gboolean had_old = keys->has_old;
    guint events = clock == CLOCK_SET ? turn_by_clock(keys, monotonic_us, wall_us)
                                      : turn_by_guess(keys, monotonic_us);
    /* Turned again while an old one was there: that one went with it. */
    if (keys->epoch != epoch && had_old)
        events |= SLOT_FORGOT;
    if (keys->has_old && monotonic_us >= keys->old_until_us) {
        sodium_memzero(keys->old, sizeof keys->old);
        keys->has_old = FALSE;
        events |= SLOT_FORGOT;
    }
    return events;
}

guint64 slot_keys_hash(const struct slot_keys *keys, gboolean old, const void *bytes, gsize size)
{
    guint64 hash = 0;
    G_STATIC_ASSERT(sizeof hash == crypto_shorthash_BYTES);
    crypto_shorthash((guint8 *)&hash, bytes, size, old ? keys->old : keys->current);
    return hash == 0 ? 1 : hash;
}

gint64 slot_keys_since_edge_us(const struct slot_keys *keys, gint64 wall_us)
{
    return keys->is_guessed ? -1 : wall_us - slot_at(keys, wall_us) * keys->slot_us;
}
