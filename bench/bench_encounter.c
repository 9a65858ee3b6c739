/* SPDX-License-Identifier: MIT */
/* What becomes of a log: thinned, and made into encounters. */
#include "bench.h"

#include "findings.h"

#include <beacon/encounter.h>

#define LOG_COUNT 1000000
#define AROUND    24    /* phones in hearing */
#define STEP_MS   80    /* from one sighting to the next, so that most are too soon */
#define TURN      20000 /* sightings after which all phones are others */
#define START_MS  INT64_C(1596844800000)
#define SCAN      200 /* sightings of one contact, then a pause */
#define PAUSE_MS  260000
#define BREAK     10 /* scans, then a pause that ends the encounter */
#define BREAK_MS  3600000

/* A log, and what thinning it has to leave. */
struct thinning {
    struct beacon_sighting *log; /* in order of time */
    size_t count;
    struct beacon_sighting *thinned;
    size_t kept;
    size_t right_count;
    uint64_t right_digest;
};

static void fill_street(struct beacon_sighting log[], size_t count)
{
    struct random_source random = {1};

    for (size_t i = 0; i < count; i++) {
        struct random_source phone = {1000 * (i / TURN) + random_below(&random, AROUND)};

        log[i] = (struct beacon_sighting){.time_ms = START_MS + (int64_t)i * STEP_MS,
                                          .rssi_dbm = (int8_t)(-60 - (int)(i % 30)),
                                          .tx_power_dbm = BEACON_TX_POWER_ABSENT,
                                          .platform = BEACON_PLATFORM_ANDROID};
        random_fill(&phone, &log[i].identifier, sizeof(log[i].identifier));
    }
}

static guint identifier_hash(gconstpointer identifier)
{
    guint hash;

    memcpy(&hash, identifier, sizeof(hash));
    return hash;
}

static gboolean identifier_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct beacon_identifier)) == 0;
}

/* Thinning as one would write it: the last sighting kept of each identifier, in a hash table. */
static void thin_with_table(void *state)
{
    struct thinning *thinning = state;
    GHashTable *last = g_hash_table_new(identifier_hash, identifier_equal);

    thinning->kept = 0;
    for (size_t i = 0; i < thinning->count; i++) {
        const struct beacon_sighting *sighting = &thinning->thinned[i];
        const struct beacon_sighting *before = g_hash_table_lookup(last, &sighting->identifier);

        if (before && sighting->time_ms - before->time_ms < BEACON_DEDUPLICATE_MS)
            continue;
        thinning->thinned[thinning->kept] = *sighting;
        g_hash_table_replace(last, &thinning->thinned[thinning->kept].identifier,
                             &thinning->thinned[thinning->kept]);
        thinning->kept++;
    }
    g_hash_table_destroy(last);
}

static void thin(void *state)
{
    struct thinning *thinning = state;

    thinning->kept =
        beacon_sightings_deduplicate(thinning->thinned, thinning->count, BEACON_DEDUPLICATE_MS);
}

static void thinning_prepare(void *state)
{
    struct thinning *thinning = state;

    memcpy(thinning->thinned, thinning->log, thinning->count * sizeof(thinning->log[0]));
}

static uint64_t digest_of(const struct beacon_sighting log[], size_t count)
{
    struct findings findings = {0};

    for (size_t i = 0; i < count; i++)
        findings_add(&findings, 0, log[i].time_ms, &log[i].identifier);
    return findings.digest;
}

static bool thinning_check(void *state)
{
    const struct thinning *thinning = state;

    return thinning->kept == thinning->right_count &&
           digest_of(thinning->thinned, thinning->kept) == thinning->right_digest;
}

static void add_thinning(struct session *session, struct group *group, const char *subject,
                         struct thinning *thinning, void (*run)(void *))
{
    if (session_wants(session, subject))
        group_add(group, subject, g_strdup_printf("deduplicate log=%zu", thinning->count),
                  (struct contender){.work = (double)thinning->count,
                                     .prepare = thinning_prepare,
                                     .run = run,
                                     .check = thinning_check,
                                     .state = thinning});
}

static void bench_thinning(struct session *session, size_t count)
{
    struct thinning thinning = {.log = g_new(struct beacon_sighting, count),
                                .thinned = g_new(struct beacon_sighting, count),
                                .count = count};
    struct group *group = group_new("encounter", "M/s");

    fill_street(thinning.log, count);
    thinning_prepare(&thinning);
    thin_with_table(&thinning);
    thinning.right_count = thinning.kept;
    thinning.right_digest = digest_of(thinning.thinned, thinning.kept);
    add_thinning(session, group, SUBJECT_DEDUPLICATE, &thinning, thin);
    add_thinning(session, group, SUBJECT_TABLE, &thinning, thin_with_table);
    group_measure(session, group);
    group_free(group);
    g_free(thinning.log);
    g_free(thinning.thinned);
}

/* The sightings of one contact, and the encounters they make. */
struct building {
    struct beacon_sighting *log;
    size_t count;
    uint64_t right_encounters;
    uint64_t encounters;
    uint64_t sightings; /* in them */
};

static void fill_contact(struct building *building)
{
    int64_t time_ms = START_MS;

    building->right_encounters = 1;
    for (size_t i = 0; i < building->count; i++) {
        if (i > 0 && i % ((size_t)SCAN * BREAK) == 0) {
            time_ms += BREAK_MS;
            building->right_encounters++;
        } else if (i > 0 && i % SCAN == 0) {
            time_ms += PAUSE_MS;
        }
        time_ms += STEP_MS;
        building->log[i] = (struct beacon_sighting){.time_ms = time_ms,
                                                    .rssi_dbm = (int8_t)(-60 - (int)(i % 30)),
                                                    .tx_power_dbm = BEACON_TX_POWER_ABSENT,
                                                    .platform = BEACON_PLATFORM_ANDROID};
    }
}

static void count_encounter(struct building *building, const struct beacon_encounter *encounter)
{
    building->encounters++;
    building->sightings += encounter->sightings;
}

static void building_run(void *state)
{
    struct building *building = state;
    struct beacon_encounter_builder builder;
    struct beacon_encounter encounter;

    building->encounters = building->sightings = 0;
    beacon_encounter_begin(&builder, NULL);
    for (size_t i = 0; i < building->count; i++)
        if (beacon_encounter_add(&builder, &building->log[i], &encounter) == 1)
            count_encounter(building, &encounter);
    if (beacon_encounter_end(&builder, &encounter) == 1)
        count_encounter(building, &encounter);
}

static bool building_check(void *state)
{
    const struct building *building = state;

    return building->encounters == building->right_encounters &&
           building->sightings == building->count;
}

static void bench_building(struct session *session, size_t count)
{
    struct building building = {.log = g_new(struct beacon_sighting, count), .count = count};
    struct group *group = group_new("encounter", "M/s");

    fill_contact(&building);
    if (session_wants(session, SUBJECT_ENCOUNTER))
        group_add(group, SUBJECT_ENCOUNTER, g_strdup_printf("build log=%zu", count),
                  (struct contender){.work = (double)count,
                                     .run = building_run,
                                     .check = building_check,
                                     .state = &building});
    group_measure(session, group);
    group_free(group);
    g_free(building.log);
}

void bench_encounter(struct session *session)
{
    const size_t count = options_size(session->options.logs, LOG_COUNT);

    bench_thinning(session, count);
    bench_building(session, count);
}
