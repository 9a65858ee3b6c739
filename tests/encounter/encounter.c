/* SPDX-License-Identifier: MIT */
/* From sightings to encounters: every threshold on either side, the phones' own scan cycles, a
 * captured history. */
#include <beacon/encounter.h>

#include "check_main.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST 600

static struct beacon_encounter found[MOST];

static struct beacon_sighting heard(int64_t time_ms, int rssi_dbm)
{
    struct beacon_sighting sighting = {
        .time_ms = time_ms, .rssi_dbm = (int8_t)rssi_dbm, .tx_power_dbm = BEACON_TX_POWER_ABSENT};

    return sighting;
}

static size_t build(const struct beacon_encounter_rule *rule, const struct beacon_sighting *log,
                    size_t count)
{
    struct beacon_encounter_builder builder;
    size_t encounters = 0;

    ck_assert_int_eq(beacon_encounter_begin(&builder, rule), 0);
    for (size_t i = 0; i < count; i++) {
        int finished = beacon_encounter_add(&builder, &log[i], &found[encounters]);

        ck_assert_int_ge(finished, 0);
        encounters += (size_t)finished;
    }
    encounters += (size_t)beacon_encounter_end(&builder, &found[encounters]);
    ck_assert_int_eq(beacon_encounter_end(&builder, &found[encounters]), 0);
    return encounters;
}

/* Two sightings, so far apart. */
static size_t build_two(const struct beacon_encounter_rule *rule, int64_t gap_ms)
{
    const struct beacon_sighting log[2] = {heard(1000, -60), heard(1000 + gap_ms, -60)};

    return build(rule, log, 2);
}

START_TEST(gaps_are_joined_up_to_the_limit)
{
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .join_ms = 1000};

    ck_assert_uint_eq(build_two(NULL, 600000), 1);
    ck_assert_int_eq(found[0].end_ms, 601000);
    ck_assert_uint_eq(found[0].sightings, 2);
    ck_assert_uint_eq(build_two(NULL, 600001), 2);
    ck_assert_int_eq(found[0].end_ms, 1000);
    ck_assert_int_eq(found[1].start_ms, 601001);
    ck_assert_uint_eq(build_two(&rule, 1000), 1);
    ck_assert_uint_eq(build_two(&rule, 1001), 2);
}
END_TEST

START_TEST(a_gap_counts_up_to_the_scan_period)
{
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .gap_counted_ms = 50000};

    build_two(NULL, 300000);
    ck_assert_int_eq(found[0].duration_ms, 300000);
    build_two(NULL, 300001);
    ck_assert_int_eq(found[0].duration_ms, 300000);
    build_two(NULL, 299999);
    ck_assert_int_eq(found[0].duration_ms, 299999);
    build_two(&rule, 50001);
    ck_assert_int_eq(found[0].duration_ms, 50000);
}
END_TEST

START_TEST(a_scan_is_one_instance)
{
    /* Within the scan the level is the mean of all; after it, each instance has its own. */
    const struct beacon_sighting together[2] = {heard(0, -60), heard(40000, -79)};
    const struct beacon_sighting apart[2] = {heard(0, -60), heard(40001, -81)};
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .scan_pause_ms = 7};

    build(&rule, together, 2);
    ck_assert_int_eq(found[0].duration_ms, 40007);
    ck_assert_int_eq(found[0].near_ms, 40007); /* mean -69.5 */
    build(&rule, apart, 2);
    ck_assert_int_eq(found[0].duration_ms, 40008);
    ck_assert_int_eq(found[0].near_ms, 7);
}
END_TEST

/* Time spent near, of an instance with these two levels. */
static int64_t near_of(int platform, int a_dbm, int b_dbm)
{
    struct beacon_sighting log[2] = {heard(0, a_dbm), heard(1000, b_dbm)};

    log[0].platform = log[1].platform = (uint8_t)platform;
    build(NULL, log, 2);
    return found[0].near_ms;
}

START_TEST(nearness_has_a_level_for_each_platform)
{
    ck_assert_int_eq(near_of(BEACON_PLATFORM_ANDROID, -70, -70), 1000);
    ck_assert_int_eq(near_of(BEACON_PLATFORM_ANDROID, -70, -71), 0);
    ck_assert_int_eq(near_of(BEACON_PLATFORM_ANDROID, -69, -71), 1000);
    ck_assert_int_eq(near_of(BEACON_PLATFORM_UNKNOWN, -70, -70), 1000);
    ck_assert_int_eq(near_of(BEACON_PLATFORM_UNKNOWN, -71, -70), 0);
    ck_assert_int_eq(near_of(BEACON_PLATFORM_IPHONE, -55, -55), 1000);
    ck_assert_int_eq(near_of(BEACON_PLATFORM_IPHONE, -55, -56), 0);
    ck_assert_int_eq(near_of(BEACON_PLATFORM_ANDROID, -70, BEACON_RSSI_ABSENT), 1000);
    ck_assert_int_eq(near_of(BEACON_PLATFORM_ANDROID, BEACON_RSSI_ABSENT, BEACON_RSSI_ABSENT), 0);
    ck_assert_int_eq(found[0].rssi_max_dbm, BEACON_RSSI_ABSENT);
    ck_assert_uint_eq(found[0].rssi_count, 0);
    near_of(BEACON_PLATFORM_ANDROID, -90, -50);
    ck_assert_int_eq(found[0].rssi_max_dbm, -50);
    ck_assert_int_eq(found[0].rssi_sum_dbm, -140);
    ck_assert_uint_eq(found[0].rssi_count, 2);
}
END_TEST

START_TEST(each_sighting_is_held_against_its_own_platform)
{
    /* An iPhone 10 dB short of its level, an Android phone 10 dB above its own, and 1 dB less. */
    struct beacon_sighting log[2] = {heard(0, -65), heard(1000, -60)};
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .near_iphone_dbm = -54};

    log[0].platform = BEACON_PLATFORM_IPHONE;
    log[1].platform = BEACON_PLATFORM_ANDROID;
    build(NULL, log, 2);
    ck_assert_int_eq(found[0].near_ms, 1000);
    build(&rule, log, 2);
    ck_assert_int_eq(found[0].near_ms, 0);
    log[1].rssi_dbm = -61;
    build(NULL, log, 2);
    ck_assert_int_eq(found[0].near_ms, 0);
    log[1].platform = 200; /* one that is not known is held against Android's */
    log[1].rssi_dbm = -60;
    build(NULL, log, 2);
    ck_assert_int_eq(found[0].near_ms, 1000);
}
END_TEST

START_TEST(an_instance_without_levels_is_not_near)
{
    /* The first instance's levels do not speak for the second. */
    const struct beacon_sighting log[3] = {heard(0, -60), heard(40001, BEACON_RSSI_ABSENT),
                                           heard(50001, BEACON_RSSI_ABSENT)};

    build(NULL, log, 3);
    ck_assert_int_eq(found[0].duration_ms, 50001);
    ck_assert_int_eq(found[0].near_ms, 0);
    ck_assert_uint_eq(found[0].sightings, 3);
    ck_assert_uint_eq(found[0].rssi_count, 1);
}
END_TEST

START_TEST(an_instance_stands_for_all_its_length)
{
    const struct beacon_sighting log[2] = {heard(0, -60), heard(400000, -60)};
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .scan_ms = 400000};

    build(&rule, log, 2);
    ck_assert_int_eq(found[0].duration_ms, 400000);
    rule.scan_ms--;
    build(&rule, log, 2);
    ck_assert_int_eq(found[0].duration_ms, 300000);
}
END_TEST

START_TEST(distance_becomes_a_level)
{
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, 1), -64);
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, 2), -70);
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_UNKNOWN, 10), -84);
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_IPHONE, 2), -55);
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, 3), -74);   /* -73.54 */
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, 5), -78);   /* -77.98 */
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, 6), -80);   /* -79.56 */
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, 7), -81);   /* -80.90 */
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, 1.5), -68); /* -67.52 */
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_IPHONE, 1e9), -127);
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_IPHONE, NAN), 20);
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_IPHONE, 1e-9), 20);
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_IPHONE, 0), 20);
    ck_assert_int_eq(beacon_rssi_expected_dbm(BEACON_PLATFORM_IPHONE, -1), 20);
}
END_TEST

START_TEST(the_close_distance_moves_the_levels)
{
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .close_distance_m = 1};
    const struct beacon_sighting at_64[2] = {heard(0, -64), heard(1, -64)};
    const struct beacon_sighting at_65[2] = {heard(0, -65), heard(1, -65)};

    build(&rule, at_64, 2);
    ck_assert_int_eq(found[0].near_ms, 1);
    build(&rule, at_65, 2);
    ck_assert_int_eq(found[0].near_ms, 0);
    rule.near_android_dbm = -65;
    build(&rule, at_65, 2);
    ck_assert_int_eq(found[0].near_ms, 1);
}
END_TEST

/* A sighting every 5 s for so long. */
static size_t stay(struct beacon_sighting *log, int64_t duration_ms, int rssi_dbm)
{
    size_t count = 0;

    for (int64_t time_ms = 0; time_ms < duration_ms; time_ms += 5000)
        log[count++] = heard(time_ms, rssi_dbm);
    log[count++] = heard(duration_ms, rssi_dbm);
    return count;
}

START_TEST(a_close_contact_is_near_for_15_minutes)
{
    static struct beacon_sighting log[MOST];
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .close_ms = 60000};

    build(NULL, log, stay(log, 900000, -60));
    ck_assert_int_eq(found[0].near_ms, 900000);
    ck_assert(found[0].close);
    build(NULL, log, stay(log, 899999, -60));
    ck_assert(!found[0].close);
    build(NULL, log, stay(log, 1800000, -71));
    ck_assert_int_eq(found[0].duration_ms, 1800000);
    ck_assert(!found[0].close);
    build(&rule, log, stay(log, 60000, -60));
    ck_assert(found[0].close);
    build(&rule, log, stay(log, 59999, -60));
    ck_assert(!found[0].close);
}
END_TEST

/* What a phone beside another for `stay_ms` records: rows every 5 s while it scans, from a phase of
 * its cycle on. */
static size_t cycle(struct beacon_sighting *log, int64_t stay_ms, int64_t on_ms, int64_t off_ms,
                    int64_t phase_ms)
{
    size_t count = 0;

    for (int64_t time_ms = 0; time_ms <= stay_ms; time_ms += 5000)
        if ((time_ms + phase_ms) % (on_ms + off_ms) < on_ms)
            log[count++] = heard(time_ms, -60);
    return count;
}

START_TEST(forty_minutes_are_forty_minutes)
{
    static struct beacon_sighting log[MOST];
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .scan_pause_ms = 260000};

    for (int64_t phase_ms = 0; phase_ms < 300000; phase_ms += 5000) {
        ck_assert_uint_eq(build(NULL, log, cycle(log, 2400000, 150000, 5000, phase_ms)), 1);
        ck_assert_int_le(llabs(found[0].duration_ms - 2400000), 60000);
        ck_assert_uint_eq(build(&rule, log, cycle(log, 2400000, 40000, 260000, phase_ms)), 1);
        ck_assert_int_le(llabs(found[0].duration_ms - 2400000), 300000);
        ck_assert(found[0].close);
    }
}
END_TEST

START_TEST(the_captured_phone_met_somebody_twice)
{
    /* Worked out from the file and the rule with a short script of another language. */
    static const struct beacon_encounter expected[2] = {{.start_ms = INT64_C(1596866191387),
                                                         .end_ms = INT64_C(1596866874070),
                                                         .duration_ms = 682683,
                                                         .near_ms = 682683,
                                                         .sightings = 42,
                                                         .rssi_count = 42,
                                                         .rssi_sum_dbm = -2629,
                                                         .rssi_max_dbm = -53},
                                                        {.start_ms = INT64_C(1596867559031),
                                                         .end_ms = INT64_C(1596869042058),
                                                         .duration_ms = 1483027,
                                                         .near_ms = 1436211,
                                                         .sightings = 59,
                                                         .rssi_count = 59,
                                                         .rssi_sum_dbm = -3825,
                                                         .rssi_max_dbm = -58,
                                                         .close = true}};
    FILE *file = fopen(BEACON_TEST_DATA "/phone-c.trace.txt", "r");
    static struct beacon_sighting log[MOST];
    int64_t time_ms;
    size_t count = 0;
    int rssi_dbm;

    ck_assert_ptr_nonnull(file);
    while (fscanf(file, "%*s %*s %d %" SCNd64, &rssi_dbm, &time_ms) == 2)
        log[count++] = heard(time_ms, rssi_dbm);
    fclose(file);
    ck_assert_uint_eq(build(NULL, log, count), 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(found[i].start_ms, expected[i].start_ms);
        ck_assert_int_eq(found[i].end_ms, expected[i].end_ms);
        ck_assert_int_eq(found[i].duration_ms, expected[i].duration_ms);
        ck_assert_int_eq(found[i].near_ms, expected[i].near_ms);
        ck_assert_uint_eq(found[i].sightings, expected[i].sightings);
        ck_assert_uint_eq(found[i].rssi_count, expected[i].rssi_count);
        ck_assert_int_eq(found[i].rssi_sum_dbm, expected[i].rssi_sum_dbm);
        ck_assert_int_eq(found[i].rssi_max_dbm, expected[i].rssi_max_dbm);
        ck_assert(found[i].close == expected[i].close);
    }
}
END_TEST

START_TEST(time_does_not_go_back)
{
    struct beacon_encounter_builder builder;
    struct beacon_encounter encounter;
    struct beacon_sighting late = heard(5000, -60), early = heard(4999, -60);

    beacon_encounter_begin(&builder, NULL);
    ck_assert_int_eq(beacon_encounter_add(&builder, &late, &encounter), 0);
    ck_assert_int_eq(beacon_encounter_add(&builder, &early, &encounter), BEACON_EINVAL);
    ck_assert_int_eq(beacon_encounter_add(&builder, &late, &encounter), 0);
    ck_assert_int_eq(beacon_encounter_end(&builder, &encounter), 1);
    ck_assert_uint_eq(encounter.sightings, 2);
}
END_TEST

START_TEST(outputs_are_written_only_with_an_encounter)
{
    struct beacon_encounter_builder builder;
    struct beacon_encounter encounter, same;
    struct beacon_sighting late = heard(5000, -60), early = heard(4999, -60);

    memset(&encounter, 0x5A, sizeof(encounter));
    memcpy(&same, &encounter, sizeof(same));
    beacon_encounter_begin(&builder, NULL);
    ck_assert_int_eq(beacon_encounter_end(&builder, &encounter), 0);
    ck_assert_int_eq(beacon_encounter_add(&builder, &late, &encounter), 0);
    ck_assert_int_eq(beacon_encounter_add(&builder, &early, &encounter), BEACON_EINVAL);
    ck_assert_mem_eq(&encounter, &same, sizeof(same));
}
END_TEST

START_TEST(an_ended_builder_begins_anew)
{
    struct beacon_encounter_builder builder;
    struct beacon_encounter encounter;
    struct beacon_encounter_rule rule = {.size = sizeof(rule), .scan_pause_ms = 7};
    struct beacon_sighting late = heard(5000, -60), early = heard(0, -75);

    beacon_encounter_begin(&builder, &rule);
    ck_assert_int_eq(beacon_encounter_add(&builder, &late, &encounter), 0);
    ck_assert_int_eq(beacon_encounter_end(&builder, &encounter), 1);
    ck_assert_int_eq(encounter.near_ms, 7);
    ck_assert_int_eq(beacon_encounter_add(&builder, &early, &encounter), 0);
    ck_assert_int_eq(beacon_encounter_end(&builder, &encounter), 1);
    ck_assert_int_eq(encounter.start_ms, 0);
    ck_assert_int_eq(encounter.end_ms, 0);
    ck_assert_int_eq(encounter.duration_ms, 7);
    ck_assert_int_eq(encounter.near_ms, 0);
    ck_assert_int_eq(encounter.rssi_max_dbm, -75);
    ck_assert_uint_eq(encounter.sightings, 1);
}
END_TEST

START_TEST(extreme_times_are_only_numbers)
{
    const struct beacon_sighting log[4] = {heard(INT64_MIN, -60), heard(-1, -60), heard(0, -60),
                                           heard(INT64_MAX, -60)};

    ck_assert_uint_eq(build(NULL, log, 4), 3);
    ck_assert_int_eq(found[1].duration_ms, 1);
}
END_TEST

START_TEST(bad_rules_are_refused)
{
    struct beacon_encounter_builder builder;
    struct beacon_encounter_rule rule = {.size = sizeof(rule)};
    int64_t *const times[] = {&rule.join_ms, &rule.scan_ms, &rule.gap_counted_ms,
                              &rule.scan_pause_ms, &rule.close_ms};

    ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), 0);
    for (size_t i = 0; i < 5; i++) {
        *times[i] = -1;
        ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), BEACON_EINVAL);
        *times[i] = BEACON_DAY_MS + 1;
        ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), BEACON_EINVAL);
        *times[i] = BEACON_DAY_MS;
        ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), 0);
    }
    rule.close_distance_m = 1000;
    ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), 0);
    rule.close_distance_m = nextafter(1000, 1001);
    ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), BEACON_EINVAL);
    rule.close_distance_m = NAN;
    ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), BEACON_EINVAL);
    rule.close_distance_m = -1;
    ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), BEACON_EINVAL);
    rule.close_distance_m = INFINITY;
    ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), BEACON_EINVAL);
    rule.close_distance_m = 0;
    rule.size = 8;
    ck_assert_int_eq(beacon_encounter_begin(&builder, &rule), BEACON_EINVAL);
}
END_TEST

/* The rule as the header says it, worked out anew for every sighting from those before it. */
static size_t encounter_of(const struct beacon_encounter_rule *rule,
                           const struct beacon_sighting *log, size_t at)
{
    while (at > 0 && log[at].time_ms - log[at - 1].time_ms <= rule->join_ms)
        at--;
    return at;
}

static size_t instance_of(const struct beacon_encounter_rule *rule,
                          const struct beacon_sighting *log, size_t at)
{
    size_t first = encounter_of(rule, log, at);

    for (size_t i = first; i <= at; i++)
        if (log[i].time_ms - log[first].time_ms > rule->scan_ms)
            first = i;
    return first;
}

static bool is_near_slowly(const struct beacon_encounter_rule *rule,
                           const struct beacon_sighting *log, size_t first, size_t end)
{
    int heard_dbm = 0, wanted_dbm = 0, count = 0;

    for (size_t i = first; i < end; i++) {
        if (log[i].rssi_dbm == BEACON_RSSI_ABSENT)
            continue;
        heard_dbm += log[i].rssi_dbm;
        wanted_dbm += log[i].platform == BEACON_PLATFORM_IPHONE ? rule->near_iphone_dbm
                                                                : rule->near_android_dbm;
        count++;
    }
    return count > 0 && heard_dbm >= wanted_dbm;
}

/* The encounter that begins at `first`. */
static struct beacon_encounter encounter_slowly(const struct beacon_encounter_rule *rule,
                                                const struct beacon_sighting *log, size_t count,
                                                size_t first)
{
    struct beacon_encounter encounter = {.start_ms = log[first].time_ms,
                                         .rssi_max_dbm = BEACON_RSSI_ABSENT};

    for (size_t i = first; i < count && encounter_of(rule, log, i) == first; i++) {
        size_t end = i;
        int64_t before_ms, stands_for_ms;

        encounter.end_ms = log[i].time_ms;
        encounter.sightings++;
        if (log[i].rssi_dbm != BEACON_RSSI_ABSENT) {
            if (encounter.rssi_count++ == 0 || log[i].rssi_dbm > encounter.rssi_max_dbm)
                encounter.rssi_max_dbm = log[i].rssi_dbm;
            encounter.rssi_sum_dbm += log[i].rssi_dbm;
        }
        if (instance_of(rule, log, i) != i)
            continue;
        while (end < count && encounter_of(rule, log, end) == first &&
               instance_of(rule, log, end) == i)
            end++;
        before_ms = i == first ? rule->scan_pause_ms : log[i].time_ms - log[i - 1].time_ms;
        if (i != first && before_ms > rule->gap_counted_ms)
            before_ms = rule->gap_counted_ms;
        stands_for_ms = before_ms + log[end - 1].time_ms - log[i].time_ms;
        encounter.duration_ms += stands_for_ms;
        if (is_near_slowly(rule, log, i, end))
            encounter.near_ms += stands_for_ms;
    }
    encounter.close = encounter.near_ms >= rule->close_ms;
    return encounter;
}

static uint64_t seed;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* A rule with every member given, small enough that all of them are met often. */
static struct beacon_encounter_rule any_rule(void)
{
    return (struct beacon_encounter_rule){.size = sizeof(struct beacon_encounter_rule),
                                          .join_ms = 1 + (int64_t)(any() % 40),
                                          .scan_ms = 1 + (int64_t)(any() % 40),
                                          .gap_counted_ms = 1 + (int64_t)(any() % 40),
                                          .scan_pause_ms = (int64_t)(any() % 20),
                                          .close_ms = 1 + (int64_t)(any() % 300),
                                          .near_android_dbm = (int8_t)(-75 + (int)(any() % 10)),
                                          .near_iphone_dbm = (int8_t)(-60 + (int)(any() % 10))};
}

static void fill(struct beacon_sighting *log, size_t count)
{
    int64_t time_ms = (int64_t)(any() % 1000) - 500;

    for (size_t i = 0; i < count; i++) {
        time_ms += (int64_t)(any() % (any() % 8 == 0 ? 60 : 12));
        log[i] = heard(time_ms, any() % 4 == 0 ? BEACON_RSSI_ABSENT : -80 + (int)(any() % 30));
        log[i].platform = (uint8_t)(any() % 4);
    }
}

static void check_same(const struct beacon_encounter *a, const struct beacon_encounter *b)
{
    ck_assert_int_eq(a->start_ms, b->start_ms);
    ck_assert_int_eq(a->end_ms, b->end_ms);
    ck_assert_int_eq(a->duration_ms, b->duration_ms);
    ck_assert_int_eq(a->near_ms, b->near_ms);
    ck_assert_uint_eq(a->sightings, b->sightings);
    ck_assert_uint_eq(a->rssi_count, b->rssi_count);
    ck_assert_int_eq(a->rssi_sum_dbm, b->rssi_sum_dbm);
    ck_assert_int_eq(a->rssi_max_dbm, b->rssi_max_dbm);
    ck_assert(a->close == b->close);
}

START_TEST(any_log_gives_what_the_rule_says)
{
    static struct beacon_sighting log[60];

    seed = 11;
    for (int round = 0; round < 1000; round++) {
        struct beacon_encounter_rule rule = any_rule();
        size_t count = (size_t)(any() % 60), encounters, seen = 0;

        fill(log, count);
        encounters = build(&rule, log, count);
        for (size_t i = 0; i < count; i++) {
            struct beacon_encounter slow;

            if (encounter_of(&rule, log, i) != i)
                continue;
            slow = encounter_slowly(&rule, log, count, i);
            ck_assert_uint_lt(seen, encounters);
            check_same(&found[seen++], &slow);
        }
        ck_assert_uint_eq(seen, encounters);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("encounter");
    TCase *tests = tcase_create("encounter");

    tcase_add_test(tests, gaps_are_joined_up_to_the_limit);
    tcase_add_test(tests, a_gap_counts_up_to_the_scan_period);
    tcase_add_test(tests, a_scan_is_one_instance);
    tcase_add_test(tests, nearness_has_a_level_for_each_platform);
    tcase_add_test(tests, each_sighting_is_held_against_its_own_platform);
    tcase_add_test(tests, an_instance_without_levels_is_not_near);
    tcase_add_test(tests, an_instance_stands_for_all_its_length);
    tcase_add_test(tests, distance_becomes_a_level);
    tcase_add_test(tests, the_close_distance_moves_the_levels);
    tcase_add_test(tests, a_close_contact_is_near_for_15_minutes);
    tcase_add_test(tests, forty_minutes_are_forty_minutes);
    tcase_add_test(tests, the_captured_phone_met_somebody_twice);
    tcase_add_test(tests, time_does_not_go_back);
    tcase_add_test(tests, outputs_are_written_only_with_an_encounter);
    tcase_add_test(tests, an_ended_builder_begins_anew);
    tcase_add_test(tests, extreme_times_are_only_numbers);
    tcase_add_test(tests, bad_rules_are_refused);
    tcase_add_test(tests, any_log_gives_what_the_rule_says);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
