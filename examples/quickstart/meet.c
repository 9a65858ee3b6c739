/* SPDX-License-Identifier: MIT */
/* Two phones are near each other for 20 minutes; later one key is published, and the other phone
 * finds out. */
#include <beacon/encounter.h>
#include <beacon/identity.h>
#include <beacon/match.h>

#include <stdio.h>

enum { HEARD = 121 };

static const int64_t day = 18482; /* 2020-08-08 */
static const int64_t met_ms = 1596866191387;

/* Alice's phone says its identifier every 10 seconds; Bob's writes down what it hears. */
static int meet(beacon_identity *alice, struct beacon_sighting history[HEARD])
{
    for (int i = 0; i < HEARD; i++) {
        struct beacon_sighting sighting = {
            .time_ms = met_ms + i * 10000,
            .rssi_dbm = -60,
            .tx_power_dbm = BEACON_TX_POWER_ABSENT,
            .platform = BEACON_PLATFORM_ANDROID,
        };
        int error = beacon_identity_at(alice, sighting.time_ms, &sighting.identifier, NULL);

        if (error < 0)
            return error;
        history[i] = sighting;
    }
    return 0;
}

/* Called for each sighting of Alice. */
static int on_match(const struct beacon_match *match, void *user)
{
    size_t *matches = user;

    (void)match;
    (*matches)++;
    return 0;
}

int main(void)
{
    struct beacon_sighting history[HEARD];
    struct beacon_published_key published = {
        .slots_per_day = BEACON_SLOTS_PER_DAY,
        .start_ms = day * BEACON_DAY_MS,
        .end_ms = (day + 1) * BEACON_DAY_MS - 1000,
    };
    size_t matches = 0;
    const struct beacon_match_listener listener = {
        .size = sizeof(listener), .on_match = on_match, .user = &matches};
    struct beacon_encounter_builder builder;
    struct beacon_encounter encounter;
    beacon_identity *alice;
    beacon_matcher *matcher;

    /* Alice, who falls ill, publishes the key of that day. */
    if (beacon_identity_generate(day - BEACON_BASE_DAY_OFFSET, BEACON_SLOTS_PER_DAY, &alice) < 0 ||
        meet(alice, history) < 0 || beacon_identity_daily_key(alice, day, &published.daily_key) < 0)
        return 1;
    beacon_identity_free(alice);

    /* Bob's phone compares it with its history. */
    if (beacon_matcher_new(history, HEARD, NULL, &matcher) < 0 ||
        beacon_matcher_run(matcher, &published, 1, &listener, NULL) < 0)
        return 1;
    beacon_matcher_free(matcher);
    printf("%zu of %d sightings were of the published phone\n", matches, HEARD);

    /* For how long, and how near? */
    beacon_encounter_begin(&builder, NULL);
    for (int i = 0; i < HEARD; i++)
        beacon_encounter_add(&builder, &history[i], &encounter);
    if (beacon_encounter_end(&builder, &encounter) == 1)
        printf("%.1f minutes, strongest %d dBm: %s\n", (double)encounter.duration_ms / 60000,
               encounter.rssi_max_dbm, encounter.close ? "close contact" : "no close contact");
    return matches == HEARD ? 0 : 1;
}
