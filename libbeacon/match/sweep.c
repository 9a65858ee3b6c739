/* SPDX-License-Identifier: MIT */
/*
 * The sweep: a table is filled with identifiers of many keys, and the log is swept past it.
 *
 * SHA-256 does not care when a slot begins, so days of any keys share the lanes of a kernel: they
 * are taken in the order in which they begin, whole, until the table is full. Each identifier that
 * is derived goes into a filter. Then the sightings that lie in the windows of these days are read
 * once and probe the filter; the few that pass are looked for in the table, and held against the
 * window of the slot whose identifier they carry.
 *
 * The table is filled in the order of derivation, and an identifier's place tells its lane and its
 * slot: finding it means going through the table, which is done for thousands of sightings at once.
 */
#include "match/sweep.h"

#include "match/chain.h"
#include "match/filter.h"
#include "match/survivors.h"

#include <string.h>

#define SURVIVORS_MAX 4096

/* Sixteen identifiers: bytes 0 1 2 3, then 4 6 5 7 (the fingerprint), then 8 10 9 11 of each. */
struct packed {
    uint32_t head[BCN_GROUP_LANES];
    uint32_t middle[BCN_GROUP_LANES];
    uint32_t tail[BCN_GROUP_LANES];
};

/* A key on its way through its days. */
struct phone {
    uint32_t daily_key[8];
    int64_t day_start_ms; /* of the next day to take */
    uint32_t index;       /* in the chunk */
    bool to_turn;         /* daily_key is still that of the day before */
};

/* A day of a key, in the table. */
struct day {
    uint32_t daily_key[8];
    int64_t start_ms;
    uint32_t index; /* of the key, in the chunk */
    uint32_t slots; /* that are worth deriving */
};

struct sweep {
    struct bcn_run *run;
    struct bcn_sweep_room room;

    struct phone *phones; /* in the order of their first days */
    size_t phones_count;
    size_t begun;    /* phones whose first day was taken */
    uint32_t *queue; /* a ring of begun phones with days left, in the order of those days */
    size_t queue_at, queue_count;
    uint32_t *to_turn; /* phones */
    size_t to_turn_count;

    struct day *days; /* in the order of their starts */
    size_t days_count;
    uint32_t *lanes;  /* lanes[k]: the day in lane k; those with most slots first */
    uint32_t *ending; /* ending[n]: how many days have n slots */
    uint32_t *places; /* places[n]: the next lane for one of these */
    size_t identifiers;
    uint32_t slots_most;

    struct bcn_group *keys, *chains;
    struct packed *table;
    uint32_t *dwords;
    struct bcn_filter filter;
    struct bcn_window ahead;        /* of the day taken last */
    struct bcn_survivors survivors; /* sightings; tag: how far behind `survivors_from` */
    size_t survivors_from;
};

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

static size_t lanes_of(size_t days)
{
    return (days + BCN_PAD_LANES - 1) / BCN_PAD_LANES * BCN_PAD_LANES;
}

struct bcn_sweep_room bcn_sweep_room(size_t keys, uint64_t slots, size_t sightings)
{
    return (struct bcn_sweep_room){
        .keys = least(keys, BCN_SWEEP_KEYS),
        .days = least(slots, BCN_SWEEP_DAYS),
        /* A day's slots may each end in a group that is not full. */
        .groups = least(slots / BCN_GROUP_LANES + least(slots, BEACON_SLOTS_PER_DAY_MAX),
                        BCN_SWEEP_IDENTIFIERS / BCN_GROUP_LANES),
        .survivors = least(sightings, SURVIVORS_MAX),
    };
}

/* Lays a sweep out in one piece of memory, from what needs the greatest alignment to the least, or
 * with NULL only adds up; returns the size. */
static size_t lay_out(struct sweep *sweep, const struct bcn_sweep_room *room, unsigned char *memory)
{
    const size_t groups = lanes_of(room->days) / BCN_GROUP_LANES;
    size_t at = 0, survivors;

#define PLACE(member, count)                                                                       \
    (sweep->member = memory ? (void *)(memory + at) : NULL, at += (count) * sizeof(*sweep->member))
    PLACE(keys, groups);
    PLACE(chains, groups);
    PLACE(table, room->groups);
    PLACE(phones, room->keys);
    PLACE(days, room->days);
    survivors = at;
    at += bcn_survivors_size(room->survivors);
    PLACE(dwords, BCN_FILTER_DWORDS_MAX);
    PLACE(queue, room->keys);
    PLACE(to_turn, room->keys);
    PLACE(lanes, room->days);
    PLACE(ending, BEACON_SLOTS_PER_DAY_MAX + 1);
    PLACE(places, BEACON_SLOTS_PER_DAY_MAX + 1);
#undef PLACE
    if (memory)
        bcn_survivors_place(&sweep->survivors, memory + survivors, room->survivors);
    return at;
}

size_t bcn_sweep_size(const struct bcn_sweep_room *room)
{
    struct sweep sweep;

    return lay_out(&sweep, room, NULL);
}

static void enlist(struct sweep *sweep, const uint32_t indices[], size_t count)
{
    sweep->phones_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct beacon_published_key *key = &sweep->run->chunk[indices[i]];
        struct phone *phone = &sweep->phones[i];

        bcn_key_to_words(&key->daily_key, phone->daily_key);
        phone->day_start_ms = key->start_ms;
        phone->index = indices[i];
        phone->to_turn = false;
    }
}

/*
 * The phone whose next day begins first; NULL when no day is left. A phone that goes on is put at
 * the end of the queue, a day after the one just taken, which no phone before it exceeds: so the
 * queue is in order by itself.
 */
static struct phone *first_phone(const struct sweep *sweep)
{
    struct phone *old = NULL, *new = NULL;

    if (sweep->queue_count > 0)
        old = &sweep->phones[sweep->queue[sweep->queue_at]];
    if (sweep->begun < sweep->phones_count)
        new = &sweep->phones[sweep->begun];
    if (!old || !new)
        return old ? old : new;
    return old->day_start_ms <= new->day_start_ms ? old : new;
}

/* Turns the ratchets that are behind, side by side. */
static void turn_phones(struct sweep *sweep)
{
    const size_t count = sweep->to_turn_count;

    for (size_t lane = 0; lane < count; lane++)
        bcn_lane_put(sweep->keys, lane, sweep->phones[sweep->to_turn[lane]].daily_key);
    sweep->run->matcher->kernel->next(sweep->keys, count, NULL, NULL);
    sweep->run->counters->compressions += count;
    for (size_t lane = 0; lane < count; lane++) {
        struct phone *phone = &sweep->phones[sweep->to_turn[lane]];

        bcn_lane_get(sweep->keys, lane, phone->daily_key);
        phone->to_turn = false;
    }
    sweep->to_turn_count = 0;
}

/* Moves the first phone to its next day, if it has one. */
static void move_on(struct sweep *sweep, struct phone *phone)
{
    const uint32_t number = (uint32_t)(phone - sweep->phones);

    if (number == sweep->begun) {
        sweep->begun++;
    } else {
        sweep->queue_at = (sweep->queue_at + 1) % sweep->room.keys;
        sweep->queue_count--;
    }
    phone->day_start_ms += BEACON_DAY_MS;
    if (phone->day_start_ms > sweep->run->chunk[phone->index].end_ms)
        return;
    sweep->queue[(sweep->queue_at + sweep->queue_count++) % sweep->room.keys] = number;
    phone->to_turn = true;
    sweep->to_turn[sweep->to_turn_count++] = number;
}

/* Whether the table has room for a day of so many slots. The identifiers of each step begin a new
 * group, which costs less than a group a step. */
static bool has_room(const struct sweep *sweep, uint32_t slots)
{
    const size_t most = slots > sweep->slots_most ? slots : sweep->slots_most;

    return sweep->days_count < sweep->room.days &&
           (sweep->identifiers + slots) / BCN_GROUP_LANES + most <= sweep->room.groups;
}

static void add_day(struct sweep *sweep, const struct phone *phone, uint32_t slots)
{
    struct day *day = &sweep->days[sweep->days_count++];

    memcpy(day->daily_key, phone->daily_key, sizeof(day->daily_key));
    day->start_ms = phone->day_start_ms;
    day->index = phone->index;
    day->slots = slots;
    sweep->ending[slots]++;
    sweep->identifiers += slots;
    if (slots > sweep->slots_most)
        sweep->slots_most = slots;
}

/* Takes days until the table is full, or no more than progress should wait for. Returns how many
 * were looked at: 0 when none is left. */
static size_t take_days(struct sweep *sweep)
{
    struct bcn_run *run = sweep->run;
    struct phone *phone;
    size_t taken = 0;

    sweep->days_count = sweep->identifiers = sweep->slots_most = 0;
    memset(sweep->ending, 0, (BEACON_SLOTS_PER_DAY_MAX + 1) * sizeof(sweep->ending[0]));
    for (; taken < BCN_SWEEP_DAYS && (phone = first_phone(sweep)) != NULL; taken++) {
        const struct beacon_published_key *key = &run->chunk[phone->index];
        const uint32_t asked = bcn_slots_asked(key, phone->day_start_ms);
        const uint32_t worth = bcn_slots_worth(run->matcher, &sweep->ahead, phone->day_start_ms,
                                               BEACON_DAY_MS / key->slots_per_day, asked);

        if (!has_room(sweep, worth))
            break;
        if (phone->to_turn)
            turn_phones(sweep);
        if (worth > 0)
            add_day(sweep, phone, worth);
        run->covered += asked;
        move_on(sweep, phone);
    }
    return taken;
}

/* Gives each day its lane, those with most slots first, so that the lanes at work are the first
 * ones at every step. */
static void assign_lanes(struct sweep *sweep)
{
    uint32_t lane = 0;

    for (uint32_t slots = sweep->slots_most; slots > 0; slots--) {
        sweep->places[slots] = lane;
        lane += sweep->ending[slots];
    }
    for (size_t i = 0; i < sweep->days_count; i++)
        sweep->lanes[sweep->places[sweep->days[i].slots]++] = (uint32_t)i;
    for (size_t k = 0; k < sweep->days_count; k++)
        bcn_lane_put(sweep->keys, k, sweep->days[sweep->lanes[k]].daily_key);
}

static void pack(const struct bcn_group *group, struct packed *ret_packed)
{
    for (size_t lane = 0; lane < BCN_GROUP_LANES; lane++) {
        ret_packed->head[lane] = (group->word[0][lane] & UINT32_C(0xFF000000)) |
                                 (group->word[1][lane] >> 8 & UINT32_C(0x00FF0000)) |
                                 (group->word[2][lane] >> 16 & UINT32_C(0x0000FF00)) |
                                 group->word[3][lane] >> 24;
        ret_packed->middle[lane] = bcn_fingerprint(group->word[4][lane], group->word[5][lane]);
        ret_packed->tail[lane] = bcn_fingerprint(group->word[6][lane], group->word[7][lane]);
    }
}

static struct beacon_identifier unpack(const struct packed *packed, size_t lane)
{
    const uint32_t head = packed->head[lane];
    const uint32_t rest[2] = {packed->middle[lane], packed->tail[lane]};
    struct beacon_identifier identifier;

    for (size_t i = 0; i < 4; i++)
        identifier.bytes[i] = (uint8_t)(head >> (24 - 8 * i));
    for (size_t i = 0; i < 2; i++) {
        identifier.bytes[4 + 4 * i] = (uint8_t)(rest[i] >> 24);
        identifier.bytes[6 + 4 * i] = (uint8_t)(rest[i] >> 16);
        identifier.bytes[5 + 4 * i] = (uint8_t)(rest[i] >> 8);
        identifier.bytes[7 + 4 * i] = (uint8_t)rest[i];
    }
    return identifier;
}

/* Puts the identifiers of the first `count` lanes into the table and the filter; returns how many
 * groups they fill. */
static size_t keep(struct sweep *sweep, struct packed *packed, size_t count)
{
    const unsigned int shift = sweep->filter.shift;
    size_t group = 0;

    for (size_t k = 0; k < count; k += BCN_GROUP_LANES, group++) {
        const size_t lanes = count - k < BCN_GROUP_LANES ? count - k : BCN_GROUP_LANES;

        pack(&sweep->chains[group], &packed[group]);
        for (size_t lane = 0; lane < lanes; lane++) {
            const uint32_t fingerprint = packed[group].middle[lane];

            sweep->dwords[fingerprint >> shift] |= bcn_filter_bits(fingerprint);
        }
    }
    return group;
}

static void fill_table(struct sweep *sweep)
{
    const struct bcn_kernel *kernel = sweep->run->matcher->kernel;
    struct packed *packed = sweep->table;
    size_t active = sweep->days_count;

    assign_lanes(sweep);
    sweep->filter = bcn_filter_clear(sweep->dwords, sweep->identifiers);
    for (uint32_t slot = 0; slot < sweep->slots_most; slot++) {
        active -= sweep->ending[slot];
        if (slot == 0)
            kernel->first(sweep->keys, sweep->chains, active, NULL, NULL);
        else
            kernel->next(sweep->chains, active, NULL, NULL);
        packed += keep(sweep, packed, active);
    }
    sweep->run->counters->compressions += sweep->identifiers;
}

/* Reports the survivors that carry an identifier of the table and lie in its slot's window. */
static int compare(struct sweep *sweep, const struct packed *packed, size_t k, uint32_t slot)
{
    const struct day *day = &sweep->days[sweep->lanes[k]];
    const beacon_matcher *matcher = sweep->run->matcher;
    const int64_t length_ms = BEACON_DAY_MS / sweep->run->chunk[day->index].slots_per_day;
    const int64_t start_ms = day->start_ms + slot * length_ms;
    const struct beacon_identifier identifier = unpack(packed, k % BCN_GROUP_LANES);
    uint32_t found = 0;

    while ((found = bcn_survivors_find(&sweep->survivors, &identifier, found)) != 0) {
        const struct beacon_sighting *sighting =
            &matcher->sightings[sweep->survivors_from + sweep->survivors.entries[found - 1].tag];
        int error;

        if (sighting->time_ms < start_ms - matcher->tolerance_ms)
            break; /* the last added is found first, so all others lie before it */
        if (sighting->time_ms > start_ms + length_ms + matcher->tolerance_ms)
            continue;
        error = bcn_run_report(sweep->run, day->index, sighting, start_ms);
        if (error != 0)
            return error;
    }
    return 0;
}

/* Goes through the table for the sightings that passed the filter, and lets them go. */
static int compare_survivors(struct sweep *sweep)
{
    const struct packed *packed = sweep->table;
    size_t active = sweep->days_count;
    int error = 0;

    if (sweep->survivors.count == 0)
        return 0;
    sweep->run->counters->candidates += sweep->survivors.count;
    for (uint32_t slot = 0; slot < sweep->slots_most && error == 0; slot++) {
        active -= sweep->ending[slot];
        for (size_t k = 0; k < active && error == 0; k++) {
            const size_t lane = k % BCN_GROUP_LANES;

            if (bcn_survivors_may_have(&sweep->survivors, packed->middle[lane]))
                error = compare(sweep, packed, k, slot);
            if (lane == BCN_GROUP_LANES - 1 || k == active - 1)
                packed++;
        }
    }
    bcn_survivors_clear(&sweep->survivors);
    return error;
}

/* Lets a stretch of the log, short enough for a tag, probe the filter. */
static int sweep_stretch(struct sweep *sweep, size_t first, size_t end)
{
    const struct beacon_sighting *sightings = sweep->run->matcher->sightings;
    const struct bcn_filter filter = sweep->filter;
    int error = 0;

    sweep->survivors_from = first;
    for (size_t i = first; i < end && error == 0; i++) {
        const uint32_t fingerprint = bcn_fingerprint_of(&sightings[i].identifier);
        const uint32_t bits = bcn_filter_bits(fingerprint);

        if ((filter.dwords[fingerprint >> filter.shift] & bits) != bits)
            continue;
        bcn_survivors_add(&sweep->survivors, &sightings[i].identifier, (uint32_t)(i - first));
        if (sweep->survivors.count == sweep->room.survivors)
            error = compare_survivors(sweep);
    }
    sweep->run->counters->sightings += end - first;
    return error != 0 ? error : compare_survivors(sweep);
}

/* The same with all sightings of [from_ms, to_ms]. */
static int sweep_span(struct sweep *sweep, int64_t from_ms, int64_t to_ms)
{
    struct bcn_window *window = &sweep->run->window;
    int error = 0;

    bcn_window_move(sweep->run->matcher, window, from_ms, to_ms);
    for (size_t first = window->first, end; first < window->end && error == 0; first = end) {
        end = window->end - first > UINT32_MAX ? first + UINT32_MAX : window->end;
        error = sweep_stretch(sweep, first, end);
    }
    return error;
}

/* Sweeps the stretches of the log that lie in the windows of the table's days, each once. */
static int sweep_days(struct sweep *sweep)
{
    const int64_t tolerance_ms = sweep->run->matcher->tolerance_ms;
    int64_t from_ms = sweep->days[0].start_ms - tolerance_ms, to_ms = from_ms;
    int error = 0;

    for (size_t i = 0; i < sweep->days_count && error == 0; i++) {
        const struct day *day = &sweep->days[i];
        const int64_t length_ms = BEACON_DAY_MS / sweep->run->chunk[day->index].slots_per_day;
        const int64_t end_ms = day->start_ms + day->slots * length_ms + tolerance_ms;

        if (day->start_ms - tolerance_ms > to_ms) {
            error = sweep_span(sweep, from_ms, to_ms);
            from_ms = day->start_ms - tolerance_ms;
        }
        if (end_ms > to_ms)
            to_ms = end_ms;
    }
    return error != 0 ? error : sweep_span(sweep, from_ms, to_ms);
}

int bcn_sweep(struct bcn_run *run, const struct bcn_sweep_room *room, void *memory,
              const uint32_t indices[], size_t count)
{
    struct sweep sweep = {.run = run, .room = *room};
    int error = 0;

    lay_out(&sweep, room, memory);
    memset(sweep.keys, 0, 2 * lanes_of(room->days) / BCN_GROUP_LANES * sizeof(struct bcn_group));
    enlist(&sweep, indices, count);
    while (error == 0 && take_days(&sweep) > 0) {
        if (sweep.days_count > 0) {
            fill_table(&sweep);
            error = sweep_days(&sweep);
        }
        if (error == 0)
            error = bcn_run_tell_progress(run);
    }
    return error;
}
