/* SPDX-License-Identifier: MIT */
/* A set-associative table: finding, and making room, take the same few steps whoever floods it. */
#include "transmitters.h"

#include <math.h>
#include <string.h>

/* A silence longer than this, and it appears anew. */
#define APPEARS_AFTER_MS 4000
#define RECENT_MS        2000

/* What a body stands in the way of for so long has another level afterwards. */
#define MEMORY_MS 8000.0

static struct transmitter *find(struct transmitters *transmitters, guint64 hash, guint32 epoch)
{
    struct transmitter *set = transmitters->table[hash % TRANSMITTER_SETS];
    for (guint i = 0; i < TRANSMITTER_WAYS; i++)
        if (set[i].hash == hash && set[i].epoch == epoch)
            return &set[i];
    return NULL;
}

/* The one that is missed least: a free one, else the one silent for longest; one at the gate or
 * counted only if there is no other. */
static struct transmitter *make_room(struct transmitters *transmitters, guint64 hash,
                                     guint32 now_ms)
{
    struct transmitter *set = transmitters->table[hash % TRANSMITTER_SETS], *least = NULL;
    guint64 least_worth = G_MAXUINT64;
    for (guint i = 0; i < TRANSMITTER_WAYS; i++) {
        gboolean matters = set[i].is_counted || set[i].has_risen;
        guint64 worth = set[i].hash == 0 ? 0 : 1 + set[i].last_ms + (matters ? 1ull << 40 : 0);
        if (worth < least_worth) {
            least = &set[i];
            least_worth = worth;
        }
    }
    if (least->hash != 0 && now_ms - least->last_ms < RECENT_MS)
        transmitters->pushed++;
    return least;
}

static struct transmitter *make(struct transmitters *transmitters, guint64 hash, guint32 epoch,
                                enum beacon_platform platform, guint32 now_ms)
{
    struct transmitter *made = make_room(transmitters, hash, now_ms);
    *made = (struct transmitter){
        .hash = hash,
        .epoch = epoch,
        .platform = (guint8)platform,
        .first_ms = now_ms,
        .appeared_ms = now_ms,
        .last_ms = now_ms,
        .base = {.dbm = LEVEL_NONE},
        .best_dbm = LEVEL_NONE,
    };
    transmitters->made++;
    return made;
}

static struct transmitter *move(struct transmitters *transmitters, struct transmitter *from,
                                guint64 hash, guint32 epoch, guint32 now_ms)
{
    struct transmitter copy = *from;
    memset(from, 0, sizeof *from);
    struct transmitter *to = make_room(transmitters, hash, now_ms);
    *to = copy;
    to->hash = hash;
    to->epoch = epoch;
    return to;
}

static struct transmitter *find_or_make(struct transmitters *transmitters,
                                        const struct slot_keys *keys, const void *bytes, gsize size,
                                        enum beacon_platform platform, guint32 now_ms)
{
    guint64 hash = slot_keys_hash(keys, FALSE, bytes, size);
    struct transmitter *found = find(transmitters, hash, keys->epoch);
    if (found != NULL)
        return found;
    if (keys->has_old)
        found = find(transmitters, slot_keys_hash(keys, TRUE, bytes, size), keys->epoch - 1);
    if (found != NULL && keys->is_guessed)
        return move(transmitters, found, hash, keys->epoch, now_ms);
    return found != NULL ? found : make(transmitters, hash, keys->epoch, platform, now_ms);
}

static void remember(struct transmitter *transmitter, guint32 now_ms, gint8 dbm)
{
    guint64 last = transmitter->samples + TRANSMITTER_RECENT - 1;
    if (transmitter->samples > 0 &&
        now_ms - transmitter->recent[last % TRANSMITTER_RECENT].ms < TRANSMITTER_APART)
        return;
    transmitter->recent[transmitter->samples % TRANSMITTER_RECENT] =
        (struct transmitter_sample){now_ms, dbm};
    transmitter->samples++;
}

static void note(struct transmitter *transmitter, guint32 now_ms, gint8 dbm)
{
    guint32 number = now_ms / TRANSMITTER_SPAN_MS + 1;
    struct transmitter_span *span = &transmitter->past[number % TRANSMITTER_PAST];
    if (now_ms - transmitter->last_ms > APPEARS_AFTER_MS)
        transmitter->appeared_ms = now_ms;
    if (span->number != number)
        *span = (struct transmitter_span){.number = number};
    span->sum_dbm += dbm;
    span->packets++;
    remember(transmitter, now_ms, dbm);
    transmitter->last_ms = now_ms;
}

struct transmitter *transmitters_hear(struct transmitters *transmitters,
                                      const struct slot_keys *keys, const void *bytes, gsize size,
                                      enum beacon_platform platform, guint32 now_ms, gint8 dbm,
                                      guint32 silent_ms)
{
    struct transmitter *heard = find_or_make(transmitters, keys, bytes, size, platform, now_ms);
    heard->came_back = now_ms - heard->last_ms > silent_ms;
    note(heard, now_ms, dbm);
    return heard;
}

void transmitters_forget(struct transmitters *transmitters, const struct slot_keys *keys,
                         void (*before_forgetting)(const struct transmitter *, gpointer),
                         gpointer user)
{
    guint32 oldest = keys->has_old ? keys->epoch - 1 : keys->epoch;
    for (guint i = 0; i < TRANSMITTER_SETS * TRANSMITTER_WAYS; i++) {
        struct transmitter *one = &transmitters->table[i / TRANSMITTER_WAYS][i % TRANSMITTER_WAYS];
        if (one->hash == 0 || one->epoch >= oldest)
            continue;
        if (before_forgetting != NULL)
            before_forgetting(one, user);
        memset(one, 0, sizeof *one);
    }
}

/* Of at most TRANSMITTER_RECENT, sorted in place. */
static double median(gint8 *levels, guint count)
{
    for (guint i = 1; i < count; i++)
        for (guint j = i; j > 0 && levels[j] < levels[j - 1]; j--) {
            gint8 level = levels[j];
            levels[j] = levels[j - 1];
            levels[j - 1] = level;
        }
    return count % 2 == 1 ? levels[count / 2] : (levels[count / 2 - 1] + levels[count / 2]) / 2.0;
}

double transmitter_level(const struct transmitter *transmitter, guint32 now_ms, guint least,
                         guint32 span_ms, guint32 age_ms)
{
    gint8 levels[TRANSMITTER_RECENT];
    guint count = 0;
    guint most = (guint)MIN(transmitter->samples, TRANSMITTER_RECENT);
    gboolean is_long = FALSE;
    while (count < most && !(count >= least && is_long)) {
        guint64 at = transmitter->samples - 1 - count;
        const struct transmitter_sample *sample = &transmitter->recent[at % TRANSMITTER_RECENT];
        if (now_ms - sample->ms > age_ms)
            break;
        levels[count++] = sample->dbm;
        is_long = transmitter->last_ms - sample->ms >= span_ms;
    }
    return count >= least && is_long ? median(levels, count) : LEVEL_NONE;
}

double transmitter_past(const struct transmitter *transmitter, guint32 from_ms, guint32 to_ms)
{
    guint32 first = from_ms / TRANSMITTER_SPAN_MS + 1, last = to_ms / TRANSMITTER_SPAN_MS + 1;
    gint64 sum = 0, packets = 0;
    for (guint i = 0; i < TRANSMITTER_PAST; i++) {
        const struct transmitter_span *span = &transmitter->past[i];
        if (span->number == 0 || span->number < first || span->number >= last)
            continue;
        sum += span->sum_dbm;
        packets += span->packets;
    }
    return packets == 0 ? LEVEL_NONE : (double)sum / (double)packets;
}

double transmitter_mean(const struct transmitter *transmitter, guint32 now_ms, guint spans,
                        guint heard, guint least)
{
    guint32 last = now_ms / TRANSMITTER_SPAN_MS + 1;
    gint64 sum = 0, packets = 0;
    guint count = 0;
    for (guint32 number = last - spans; number <= last; number++) {
        const struct transmitter_span *span = &transmitter->past[number % TRANSMITTER_PAST];
        if (span->number != number)
            continue;
        count++;
        sum += span->sum_dbm;
        packets += span->packets;
    }
    return count < heard || packets < least ? LEVEL_NONE : (double)sum / (double)packets;
}

/* How much the levels of two spans have in common: 1 all, 0 nothing. */
static double likeness(guint32 spans)
{
    return exp(-(double)spans * TRANSMITTER_SPAN_MS / MEMORY_MS);
}

/*
 * The mean of a first-order process (what is seen now depends on what was seen last, and on nothing
 * before) has the least error if each value weighs as much as its neighbours do not tell:
 * 1/(1 + likeness to the one before) + 1/(1 + likeness to the one after) − 1.
 */
struct transmitter_looks transmitter_look(const struct transmitter *transmitter, guint32 from_ms,
                                          guint32 to_ms)
{
    struct transmitter_looks looks = {.dbm = LEVEL_NONE};
    const struct transmitter_span *last = NULL;
    guint32 first_number = from_ms / TRANSMITTER_SPAN_MS + 1,
            last_number = to_ms / TRANSMITTER_SPAN_MS + 1;
    double sum = 0, to_last = 0;
    for (guint32 i = TRANSMITTER_PAST; i-- > 0;) {
        guint32 number = last_number - i;
        const struct transmitter_span *span = &transmitter->past[number % TRANSMITTER_PAST];
        if (number < first_number || span->number != number || span->packets == 0)
            continue;
        if (last != NULL) {
            double to_next = likeness(number - last->number);
            double weight = 1 / (1 + to_last) + 1 / (1 + to_next) - 1;
            sum += weight * last->sum_dbm / last->packets;
            looks.count += weight;
            to_last = to_next;
        }
        looks.packets += span->packets;
        last = span;
    }
    if (last == NULL)
        return looks;
    double weight = 1 / (1 + to_last);
    looks.count += weight;
    looks.dbm = (sum + weight * last->sum_dbm / last->packets) / looks.count;
    return looks;
}
