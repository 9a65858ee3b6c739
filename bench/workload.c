/* SPDX-License-Identifier: MIT */
/* Logs and key lists to match: made from a seed, with hits planted whose matches are known. */
#include "workload.h"

#include <beacon/identity.h>

#include <glib.h>

#define HOUR_MS        (BEACON_DAY_MS / 24)
#define PLANTS_MAX     8192
#define FRONT_KEYS     32 /* a quarter of the plants belong to these, so that every sample has some */
#define MIDDLE_KEYS    512 /* a quarter to these */
#define RANDOM_SEED    UINT64_C(0x626C757A6F6E6500)
#define RANDOM_KEYS    (RANDOM_SEED + 1)
#define RANDOM_SHUFFLE (RANDOM_SEED + 2)
#define RANDOM_STARTS  (RANDOM_SEED + 3)

/* Times at which the phone was among people, as stretches in order. */
struct stretches {
    GArray *list; /* of struct stretch */
    int64_t length_ms;
};

struct stretch {
    int64_t start_ms;
    int64_t length_ms;
};

static void stretches_add(struct stretches *stretches, int64_t start_ms, int64_t length_ms)
{
    const struct stretch stretch = {start_ms, length_ms};

    g_array_append_val(stretches->list, stretch);
    stretches->length_ms += length_ms;
}

static void stretches_add_stays(struct stretches *stretches, struct random_source *random,
                                int64_t day_ms)
{
    const uint64_t stays = 2 + random_below(random, 2);

    for (uint64_t stay = 0; stay < stays; stay++) {
        /* Each begins within its own four hours from 6 o'clock on, and lasts 30 to 150 minutes. */
        int64_t start_ms = day_ms + (6 + 4 * (int64_t)stay) * HOUR_MS;

        start_ms += (int64_t)random_below(random, HOUR_MS);
        stretches_add(stretches, start_ms,
                      HOUR_MS / 2 + (int64_t)random_below(random, 2 * HOUR_MS));
    }
}

static struct stretches stretches_of(enum workload_shape shape)
{
    static const bool sparse_days[WORKLOAD_DAYS] = {
        [1] = true, [4] = true, [8] = true, [11] = true};
    struct stretches stretches = {.list = g_array_new(FALSE, FALSE, sizeof(struct stretch))};
    struct random_source random = {RANDOM_SEED};

    for (int day = 0; day < WORKLOAD_DAYS; day++) {
        const int64_t day_ms = WORKLOAD_START_MS + day * BEACON_DAY_MS;

        if (shape == WORKLOAD_SPREAD || shape == WORKLOAD_UNALIGNED)
            stretches_add(&stretches, day_ms, BEACON_DAY_MS);
        else if (shape == WORKLOAD_CLUSTERED)
            stretches_add_stays(&stretches, &random, day_ms);
        else if (shape == WORKLOAD_WAKING || sparse_days[day])
            stretches_add(&stretches, day_ms + 7 * HOUR_MS, 15 * HOUR_MS);
    }
    return stretches;
}

/* The time that lies `offset_ms` into the stretches; `at` remembers where the last one was found,
 * for offsets that grow. */
static int64_t stretches_time(const struct stretches *stretches, int64_t offset_ms, guint *at,
                              int64_t *passed_ms)
{
    const struct stretch *list = (const struct stretch *)(void *)stretches->list->data;

    while (*at + 1 < stretches->list->len && offset_ms >= *passed_ms + list[*at].length_ms)
        *passed_ms += list[(*at)++].length_ms;
    return list[*at].start_ms + offset_ms - *passed_ms;
}

static void identifier_of(const struct beacon_daily_key *first, uint32_t slot,
                          struct beacon_identifier *ret_identifier)
{
    struct beacon_daily_key key = *first;
    struct beacon_sub_key sub_key;

    for (uint32_t day = 0; day < slot / BEACON_SLOTS_PER_DAY; day++)
        beacon_daily_key_next(&key, &key);
    beacon_sub_key_first(&key, &sub_key);
    for (uint32_t i = 0; i < slot % BEACON_SLOTS_PER_DAY; i++)
        beacon_sub_key_next(&sub_key, &sub_key);
    beacon_sub_key_identifier(&sub_key, ret_identifier);
}

static struct beacon_sighting sighting_at(int64_t time_ms, struct random_source *random)
{
    struct beacon_sighting sighting = {.time_ms = time_ms,
                                       .tx_power_dbm = BEACON_TX_POWER_ABSENT,
                                       .platform = BEACON_PLATFORM_ANDROID};

    random_fill(random, &sighting.identifier, sizeof(sighting.identifier));
    sighting.rssi_dbm = (int8_t)(-50 - (int)(sighting.identifier.bytes[0] % 45));
    return sighting;
}

/* Where a plant stands, from its slot's start (or its end, which is the next one's start). */
static const struct {
    bool from_end;
    int64_t offset_ms;
} plant_places[] = {
    {false, WORKLOAD_SLOT_MS / 2},
    {false, 0},
    {true, 0},
    {false, 1},
    {true, -1},
    {false, -1},
    {true, 1},
    {false, -BEACON_TOLERANCE_MS},
    {true, BEACON_TOLERANCE_MS},
    {false, -BEACON_TOLERANCE_MS - 1},
    {true, BEACON_TOLERANCE_MS + 1},
};

/* The slot of a plant: one in which the phone was among people; in an even log, one time in four
 * the first or the last of a day or of all. */
static uint32_t plant_slot(enum workload_shape shape, const struct stretches *stretches,
                           struct random_source *random)
{
    static const uint32_t edges[] = {0, BEACON_SLOTS_PER_DAY - 1, BEACON_SLOTS_PER_DAY,
                                     WORKLOAD_SLOTS - BEACON_SLOTS_PER_DAY, WORKLOAD_SLOTS - 1};
    int64_t passed_ms = 0, time_ms;
    guint at = 0;

    if ((shape == WORKLOAD_SPREAD || shape == WORKLOAD_UNALIGNED) && random_below(random, 4) == 0)
        return edges[random_below(random, G_N_ELEMENTS(edges))];
    time_ms = stretches_time(
        stretches, (int64_t)random_below(random, (uint64_t)stretches->length_ms), &at, &passed_ms);
    return (uint32_t)((time_ms - WORKLOAD_START_MS) / WORKLOAD_SLOT_MS);
}

int64_t workload_slot_start(const struct workload *workload, size_t key_index, uint32_t slot)
{
    return workload->keys[key_index].start_ms + slot * WORKLOAD_SLOT_MS;
}

uint32_t workload_slot(const struct workload *workload, size_t key_index, int64_t start_ms)
{
    return (uint32_t)((start_ms - workload->keys[key_index].start_ms) / WORKLOAD_SLOT_MS);
}

static struct plant plant_make(const struct workload *workload, size_t number, uint32_t slot,
                               struct random_source *random)
{
    const size_t limits[] = {FRONT_KEYS, MIDDLE_KEYS, workload->keys_count, workload->keys_count};
    const size_t limit = MIN(limits[number % 4], workload->keys_count);
    const size_t place = number / 4 % (G_N_ELEMENTS(plant_places) + 1);
    const bool near_miss = place == G_N_ELEMENTS(plant_places);
    struct plant plant = {
        .key_index = (uint32_t)random_below(random, limit), .slot = slot, .near_miss = near_miss};
    int64_t time_ms = workload_slot_start(workload, plant.key_index, slot);

    if (near_miss)
        time_ms += WORKLOAD_SLOT_MS / 2;
    else
        time_ms +=
            (plant_places[place].from_end ? WORKLOAD_SLOT_MS : 0) + plant_places[place].offset_ms;
    plant.sighting = sighting_at(time_ms, random);
    identifier_of(&workload->keys[plant.key_index].daily_key, slot, &plant.sighting.identifier);
    if (near_miss)
        plant.sighting.identifier.bytes[number / 4 % BEACON_IDENTIFIER_SIZE] ^= 1;
    return plant;
}

static int compare_plants(const void *a, const void *b)
{
    const struct plant *x = a, *y = b;

    return (x->sighting.time_ms > y->sighting.time_ms) -
           (x->sighting.time_ms < y->sighting.time_ms);
}

static void make_keys(struct workload *workload, enum workload_shape shape)
{
    struct random_source random = {RANDOM_KEYS}, starts = {RANDOM_STARTS};

    workload->keys = g_new0(struct beacon_published_key, workload->keys_count);
    for (size_t i = 0; i < workload->keys_count; i++) {
        struct beacon_published_key *key = &workload->keys[i];

        random_fill(&random, &key->daily_key, sizeof(key->daily_key));
        key->slots_per_day = BEACON_SLOTS_PER_DAY;
        key->start_ms = WORKLOAD_START_MS;
        if (shape == WORKLOAD_UNALIGNED)
            key->start_ms += (int64_t)random_below(&starts, BEACON_DAY_MS);
        key->end_ms = key->start_ms + WORKLOAD_DAYS * BEACON_DAY_MS - 1;
    }
}

static void make_plants(struct workload *workload, enum workload_shape shape,
                        const struct stretches *stretches, struct random_source *random)
{
    workload->plants_count =
        workload->keys_count == 0 ? 0 : MIN(workload->log_count / 4, PLANTS_MAX);
    workload->plants = g_new(struct plant, workload->plants_count);
    for (size_t i = 0; i < workload->plants_count; i++)
        workload->plants[i] = plant_make(workload, i, plant_slot(shape, stretches, random), random);
    if (workload->plants_count > 0)
        qsort(workload->plants, workload->plants_count, sizeof(workload->plants[0]),
              compare_plants);
}

/* Strangers at even distances in the stretches, and the plants in between, all in order of time. */
static void make_log(struct workload *workload, const struct stretches *stretches,
                     struct random_source *random)
{
    const size_t strangers = workload->log_count - workload->plants_count;
    size_t plant = 0, count = 0;
    int64_t passed_ms = 0;
    guint at = 0;

    workload->log = g_new(struct beacon_sighting, workload->log_count);
    for (size_t i = 0; i < strangers; i++) {
        const double part = ((double)i + 0.5) / (double)strangers;
        const int64_t offset_ms = (int64_t)(part * (double)stretches->length_ms);
        const int64_t time_ms = stretches_time(stretches, offset_ms, &at, &passed_ms);

        while (plant < workload->plants_count && workload->plants[plant].sighting.time_ms < time_ms)
            workload->log[count++] = workload->plants[plant++].sighting;
        workload->log[count++] = sighting_at(time_ms, random);
    }
    while (plant < workload->plants_count)
        workload->log[count++] = workload->plants[plant++].sighting;
}

struct workload *workload_new(enum workload_shape shape, size_t log_count, size_t keys_count)
{
    struct workload *workload = g_new0(struct workload, 1);
    struct stretches stretches = stretches_of(shape);
    struct random_source random = {RANDOM_SEED + 16 + shape};

    workload->log_count = log_count;
    workload->keys_count = keys_count;
    make_keys(workload, shape);
    make_plants(workload, shape, &stretches, &random);
    make_log(workload, &stretches, &random);
    g_array_free(stretches.list, TRUE);
    return workload;
}

void workload_free(struct workload *workload)
{
    if (!workload)
        return;
    g_free(workload->log);
    g_free(workload->keys);
    g_free(workload->plants);
    g_free(workload);
}

struct findings workload_planted(const struct workload *workload, struct sample sample,
                                 int64_t tolerance_ms)
{
    struct findings findings = {0};

    for (size_t i = 0; i < workload->plants_count; i++) {
        const struct plant *plant = &workload->plants[i];
        const int64_t start_ms = workload_slot_start(workload, plant->key_index, plant->slot);
        const int64_t time_ms = plant->sighting.time_ms;

        if (!plant->near_miss && plant->key_index < sample.keys && plant->slot < sample.slots &&
            time_ms >= start_ms - tolerance_ms &&
            time_ms <= start_ms + WORKLOAD_SLOT_MS + tolerance_ms)
            findings_add(&findings, plant->key_index, time_ms, &plant->sighting.identifier);
    }
    return findings;
}

void workload_shuffle(struct beacon_sighting log[], size_t count)
{
    struct random_source random = {RANDOM_SHUFFLE};

    for (size_t left = count; left > 1; left--) {
        const size_t other = (size_t)random_below(&random, left);
        const struct beacon_sighting last = log[left - 1];

        log[left - 1] = log[other];
        log[other] = last;
    }
}
