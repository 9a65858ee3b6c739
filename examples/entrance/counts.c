/* SPDX-License-Identifier: MIT */
/* Two tables of keyed hashes, of this slot and the one before, and an estimate from their sizes. */
#include "counts.h"
#include "slot_keys.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

#define SECOND_US ((gint64)G_USEC_PER_SEC)

/* Around the edge e of a slot: new ones are counted from e + 50 s until 5 s before the next. */
#define BEFORE_US  (5 * SECOND_US)
#define SETTLED_US (50 * SECOND_US)
#define GAP_US     (BEFORE_US + SETTLED_US)
/* A late burst of the old identifier: heard after e + 35 s, or e + 45 s of one that is on the air
 * without a pause. */
#define LATE_US        (35 * SECOND_US)
#define LATE_STEADY_US (45 * SECOND_US)
#define STEADY_US      (20 * SECOND_US)
#define PAUSE_US       (4 * SECOND_US)
#define HERE_US        (35 * SECOND_US)
/* Off for so long within a slot, and it cannot be counted. */
#define OFF_LIMIT_US (30 * SECOND_US)

#define BAND 1.96 /* standard deviations to each side: 95 % */

#define TABLE         8192 /* a power of two */
#define TABLE_AT_MOST (TABLE * 3 / 4)
#define SLOTS_MAX     1500 /* 25 hours of the shortest slots */

struct entry {
    guint64 hash; /* 0: free */
    gint64 first_us, last_us;
    gint64 steady_us; /* since when it has been heard without a pause */
    guint8 nearness;
    gboolean is_iphone;
    gboolean is_late; /* of the slot before, and heard after the edge's settling */
};

struct table {
    struct entry entries[TABLE];
    guint16 used[TABLE_AT_MOST]; /* where they are, in the order of their coming */
    guint count;
    gboolean is_full;
};

struct counts {
    struct slot_keys keys;
    counts_slot_fn *fn;
    gpointer user;
    gint64 slot_us, now_us, edge_us; /* edge of the slot under way; -1: none known */
    gint64 last_tick_us, looked_us;  /* monotonic */
    gint64 off_us;
    gboolean is_whole; /* the slot under way is seen from before its edge */
    gboolean is_closed;
    gboolean hears;
    enum clock_quality clock;
    guint late; /* of the slot before, and heard after the edge */
    guint iphones;
    guint live;                    /* on the air at the edge */
    struct counts_now now, before; /* here now; just before the edge */
    struct table *current, *old;
    struct counts_slot slots[SLOTS_MAX];
    guint slots_count, slots_next, slots_kept;
};

/* ---- Tables ---- */

static struct entry *find(struct table *table, guint64 hash)
{
    gsize at = hash % TABLE;
    while (table->entries[at].hash != 0 && table->entries[at].hash != hash)
        at = (at + 1) % TABLE;
    return &table->entries[at];
}

static void clear(struct table *table)
{
    if (table->count > 0)
        sodium_memzero(table->entries, sizeof table->entries);
    table->count = 0;
    table->is_full = FALSE;
}

static gboolean is_here(const struct entry *entry, gint64 now_us)
{
    return entry->hash != 0 && now_us - entry->last_us < HERE_US;
}

static gboolean is_live(const struct entry *entry, gint64 now_us)
{
    return is_here(entry, now_us) && !entry->is_iphone;
}

static void count_here(const struct table *table, gint64 now_us, gboolean late_alone,
                       struct counts_now *now)
{
    guint *const places[] = {
        [NEARNESS_FAR] = &now->far,
        [NEARNESS_MIDDLE] = &now->middle,
        [NEARNESS_NEAR] = &now->near,
    };
    for (guint i = 0; i < table->count; i++) {
        const struct entry *entry = &table->entries[table->used[i]];
        if (is_here(entry, now_us) && (entry->is_late || !late_alone))
            ++*places[entry->nearness];
    }
}

/* ---- A slot's estimate ---- */

static gboolean counts_whole_slot(const struct counts *counts)
{
    return counts->is_whole && !counts->current->is_full && !counts->old->is_full &&
           counts->off_us < OFF_LIMIT_US && counts->clock == CLOCK_SET;
}

static guint first_heard(const struct counts *counts)
{
    gint64 from = counts->edge_us + SETTLED_US, to = counts->edge_us + counts->slot_us - BEFORE_US;
    guint count = 0;
    for (guint i = 0; i < counts->current->count; i++) {
        const struct entry *entry = &counts->current->entries[counts->current->used[i]];
        count += !entry->is_iphone && entry->first_us >= from && entry->first_us < to ? 1 : 0;
    }
    return count;
}

/* Who comes within the gap around the edge is not seen to come: as many as at other times. */
static struct counts_slot estimate(const struct counts *counts)
{
    double gap = (double)GAP_US, open = (double)(counts->slot_us - GAP_US);
    guint new_ones = first_heard(counts);
    double seen = new_ones > counts->late ? new_ones - counts->late : 0;
    return (struct counts_slot){
        .start_us = counts->edge_us,
        .length_us = counts->slot_us,
        .visits = seen * (gap + open) / open,
        .variance = MAX(seen, 1) * (gap / open) * (1.0 + gap / open) + counts->late / 4.0 +
                    0.03 * counts->live,
        .first_heard = new_ones,
        .still_heard = counts->late,
        .live = counts->live,
        .iphones = counts->iphones,
        .is_counted = counts_whole_slot(counts),
    };
}

static void close_slot(struct counts *counts)
{
    if (counts->is_closed || counts->edge_us < 0)
        return;
    struct counts_slot slot = estimate(counts);
    counts->is_closed = TRUE;
    counts->slots[counts->slots_next] = slot;
    counts->slots_next = (counts->slots_next + 1) % counts->slots_kept;
    counts->slots_count = MIN(counts->slots_count + 1, counts->slots_kept);
    if (counts->fn != NULL)
        counts->fn(&slot, counts->user);
}

/* ---- Edges ---- */

static void pass_edge(struct counts *counts, gint64 time_us, guint events)
{
    struct table *table = counts->old;
    gboolean jumped = (events & SLOT_JUMPED) != 0 || counts->edge_us < 0;
    counts->edge_us = time_us - slot_keys_since_edge_us(&counts->keys, time_us);
    counts->is_closed = FALSE;
    counts->late = counts->live = counts->iphones = 0;
    counts->off_us = 0;
    counts->before = counts->now;
    counts->old = counts->current;
    counts->current = table;
    clear(counts->current);
    if (jumped) {
        clear(counts->old);
        counts->before = (struct counts_now){0};
    }
    for (guint i = 0; i < counts->old->count; i++)
        counts->live += is_live(&counts->old->entries[counts->old->used[i]], time_us) ? 1 : 0;
    counts->is_whole = time_us - counts->edge_us <= BEFORE_US;
}

static void lose_clock(struct counts *counts)
{
    counts->is_whole = FALSE;
    close_slot(counts);
    clear(counts->current);
    clear(counts->old);
    counts->edge_us = -1;
    counts->before = (struct counts_now){0};
}

static gint64 since_edge(const struct counts *counts)
{
    return counts->now_us - counts->edge_us;
}

static void look_around(struct counts *counts)
{
    struct counts_now now = {0};
    gboolean settles = counts->edge_us >= 0 && since_edge(counts) < SETTLED_US;
    count_here(counts->current, counts->now_us, FALSE, &now);
    if (!settles) /* who has changed his name is not here twice */
        count_here(counts->old, counts->now_us, TRUE, &now);
    else {
        /* Everybody has two identifiers for a while: as many as before, or as the new ones. */
        now.near = MAX(now.near, counts->before.near);
        now.middle = MAX(now.middle, counts->before.middle);
        now.far = MAX(now.far, counts->before.far);
    }
    now.is_counting = counts->clock == CLOCK_SET && counts->hears && !counts->current->is_full;
    counts->now = now;
    counts->looked_us = counts->last_tick_us;
}

void counts_tick(struct counts *counts, gint64 monotonic_us, gint64 wall_us,
                 enum clock_quality clock, gboolean hears)
{
    gint64 passed = counts->last_tick_us == 0 ? 0 : monotonic_us - counts->last_tick_us;
    if (counts->edge_us >= 0 && wall_us >= counts->edge_us + counts->slot_us - BEFORE_US)
        close_slot(counts);
    if (!counts->hears)
        counts->off_us += MAX(passed, 0);
    counts->hears = hears;
    counts->last_tick_us = monotonic_us;
    counts->now_us = wall_us;
    if (counts->clock == CLOCK_SET && clock != CLOCK_SET)
        lose_clock(counts);
    counts->clock = clock;
    guint events = slot_keys_tick(&counts->keys, monotonic_us, wall_us, clock);
    if ((events & SLOT_TURNED) != 0) {
        close_slot(counts);
        if (clock == CLOCK_SET)
            pass_edge(counts, wall_us, events);
        else
            lose_clock(counts);
    }
    if (!counts->keys.has_old)
        clear(counts->old);
    if (events != SLOT_NOTHING || monotonic_us - counts->looked_us >= SECOND_US)
        look_around(counts);
}

/* ---- In and out ---- */

static void note(struct entry *entry, gint64 time_us, enum nearness nearness)
{
    if (time_us - entry->last_us > PAUSE_US)
        entry->steady_us = time_us;
    entry->last_us = time_us;
    entry->nearness = (guint8)nearness;
}

/* Of the slot before: it is one who stays, and whose new identifier will look like a visit. */
static void note_old(struct counts *counts, struct entry *entry, gint64 time_us,
                     enum nearness nearness)
{
    note(entry, time_us, nearness);
    gboolean steady = time_us - entry->steady_us > STEADY_US;
    gint64 limit = steady ? LATE_STEADY_US : LATE_US;
    if (entry->is_late || entry->is_iphone || entry->first_us >= counts->edge_us - BEFORE_US ||
        time_us <= counts->edge_us + limit)
        return;
    entry->is_late = TRUE;
    counts->late++;
}

static void note_new(struct table *table, struct entry *entry, guint64 hash, gint64 time_us,
                     enum nearness nearness)
{
    if (entry->hash == 0) {
        if (table->count >= TABLE_AT_MOST) {
            table->is_full = TRUE;
            return;
        }
        *entry = (struct entry){.hash = hash, .first_us = time_us, .steady_us = time_us};
        entry->last_us = time_us;
        table->used[table->count++] = (guint16)(entry - table->entries);
    }
    note(entry, time_us, nearness);
}

static struct entry *find_anywhere(struct counts *counts,
                                   const struct beacon_identifier *identifier, guint64 *ret_hash,
                                   gboolean *ret_is_old)
{
    const struct slot_keys *keys = &counts->keys;
    if (keys->has_old) {
        *ret_hash = slot_keys_hash(keys, TRUE, identifier->bytes, sizeof identifier->bytes);
        struct entry *entry = find(counts->old, *ret_hash);
        *ret_is_old = entry->hash == *ret_hash;
        if (*ret_is_old)
            return entry;
    }
    *ret_is_old = FALSE;
    *ret_hash = slot_keys_hash(keys, FALSE, identifier->bytes, sizeof identifier->bytes);
    return find(counts->current, *ret_hash);
}

void counts_heard(struct counts *counts, const struct beacon_identifier *identifier, gint64 time_us,
                  enum nearness nearness)
{
    gboolean is_old;
    guint64 hash;
    if (counts->edge_us < 0 || time_us < counts->edge_us)
        return;
    struct entry *entry = find_anywhere(counts, identifier, &hash, &is_old);
    if (is_old)
        note_old(counts, entry, time_us, nearness);
    else
        note_new(counts->current, entry, hash, time_us, nearness);
}

void counts_read(struct counts *counts, const struct beacon_identifier *identifier, gint64 time_us)
{
    gboolean is_old;
    guint64 hash;
    if (counts->edge_us < 0 || time_us < counts->edge_us)
        return;
    struct entry *entry = find_anywhere(counts, identifier, &hash, &is_old);
    gboolean is_new = !is_old && entry->hash == 0;
    if (!is_old)
        note_new(counts->current, entry, hash, time_us, NEARNESS_NEAR);
    if (!is_new || entry->hash == 0)
        return;
    entry->is_iphone = TRUE;
    counts->iphones++;
}

struct counts_now counts_now(const struct counts *counts)
{
    return counts->now;
}

struct counts_sum counts_band(double visits, double variance)
{
    return (struct counts_sum){.visits = visits, .band = BAND * sqrt(MAX(variance, 0))};
}

struct counts_sum counts_sum(const struct counts *counts, gint64 from_us, gint64 to_us)
{
    double visits = 0, variance = 0;
    guint slots = 0, missed = 0;
    for (guint i = 0; i <= counts->slots_count; i++) {
        gboolean runs = i == counts->slots_count;
        if (runs && (counts->is_closed || counts->edge_us < 0))
            continue;
        struct counts_slot slot = runs ? estimate(counts) : counts->slots[i];
        if (slot.start_us < from_us || slot.start_us >= to_us)
            continue;
        slots++;
        missed += slot.is_counted ? 0 : 1;
        visits += slot.is_counted ? slot.visits : 0;
        variance += slot.is_counted ? slot.variance : 0;
    }
    struct counts_sum sum = counts_band(visits, variance);
    sum.slots = slots;
    sum.slots_missed = missed;
    return sum;
}

struct counts_sum counts_after(const struct counts *counts, gint64 last_us, double visits,
                               double variance)
{
    struct counts_sum more = counts_sum(counts, last_us + 1, G_MAXINT64);
    double deviation = more.band / BAND;
    return counts_band(visits + more.visits, variance + deviation * deviation);
}

struct counts_share counts_share(guint64 heard, guint64 cannot_tell, guint64 unchecked,
                                 guint64 counted)
{
    if (counted == 0)
        return (struct counts_share){0, 0};
    double high = (double)(heard + cannot_tell + unchecked) / (double)counted;
    return (struct counts_share){(double)heard / (double)counted, MIN(high, 1.0)};
}

struct counts *counts_new(guint slots_per_day, counts_slot_fn *fn, gpointer user,
                          void (*random)(void *bytes, gsize size, gpointer user),
                          gpointer random_user)
{
    struct counts *counts = g_new0(struct counts, 1);
    slot_keys_init(&counts->keys, slots_per_day, random, random_user);
    counts->slot_us = counts->keys.slot_us;
    counts->slots_kept = (guint)CLAMP(25 * 3600 * SECOND_US / counts->slot_us, 1, SLOTS_MAX);
    counts->fn = fn;
    counts->user = user;
    counts->edge_us = -1;
    counts->current = g_new0(struct table, 1);
    counts->old = g_new0(struct table, 1);
    return counts;
}

struct counts *counts_free(struct counts *counts)
{
    if (counts == NULL)
        return NULL;
    slot_keys_wipe(&counts->keys);
    sodium_memzero(counts->current, sizeof *counts->current);
    sodium_memzero(counts->old, sizeof *counts->old);
    g_free(counts->current);
    g_free(counts->old);
    g_free(counts);
    return NULL;
}

gsize counts_size(void)
{
    return sizeof(struct counts) + 2 * sizeof(struct table);
}
