/* SPDX-License-Identifier: MIT */
/* The matcher's face: the protocol's table of edges, tolerance, options, counters, stopping, bad
 * keys. */
#include <beacon/identity.h>
#include <beacon/match.h>

#include "check_main.h"
#include "vectors.h"

#include <inttypes.h>

#define MAX_MATCHES 64

static const char vectors_path[] = BEACON_TEST_DATA "/vectors.txt";

struct found {
    struct beacon_match matches[MAX_MATCHES];
    size_t count;
    size_t stop_after; /* 0: never */
};

static int collect(const struct beacon_match *match, void *user)
{
    struct found *found = user;

    ck_assert_uint_lt(found->count, MAX_MATCHES);
    found->matches[found->count++] = *match;
    return found->stop_after != 0 && found->count >= found->stop_after;
}

static int run(const beacon_matcher *matcher, const struct beacon_published_key *keys, size_t count,
               beacon_match_fn *on_match, void *user, struct beacon_match_counters *counters)
{
    const struct beacon_match_listener listener = {
        .size = sizeof(listener), .on_match = on_match, .user = user};

    return beacon_matcher_run(matcher, keys, count, &listener, counters);
}

static struct beacon_published_key key_of_c(int64_t end_s)
{
    struct beacon_published_key key = {
        .slots_per_day = 96, .start_ms = INT64_C(1596844800000), .end_ms = end_s * 1000};

    key.daily_key = vectors_key(vectors_path, "C", "0");
    return key;
}

static struct beacon_sighting sighting(const char *hex, int64_t time_ms)
{
    struct beacon_sighting sighting = {
        .time_ms = time_ms, .rssi_dbm = -70, .tx_power_dbm = BEACON_TX_POWER_ABSENT};

    ck_assert_int_eq(beacon_identifier_from_hex(hex, 24, &sighting.identifier), 0);
    return sighting;
}

static beacon_matcher *matcher_of(struct beacon_sighting *sightings, size_t count,
                                  int64_t tolerance_ms)
{
    struct beacon_matcher_options options = {
        .size = sizeof(options), .strict = tolerance_ms == 0, .tolerance_ms = tolerance_ms};
    beacon_matcher *matcher;

    ck_assert_int_eq(beacon_matcher_new(sightings, count, &options, &matcher), 0);
    return matcher;
}

/* How many of one sighting match one key. */
static size_t hits(struct beacon_sighting one, const struct beacon_published_key *key,
                   int64_t tolerance_ms)
{
    beacon_matcher *matcher = matcher_of(&one, 1, tolerance_ms);
    struct found found = {.count = 0};

    ck_assert_int_eq(run(matcher, key, 1, collect, &found, NULL), 0);
    beacon_matcher_free(matcher);
    return found.count;
}

#define SLOT_23  "B9A665D754FE65E665D76A45"
#define SLOT_24  "3AA8DFC0A15682B27216FC31"
#define DAY_1_0  "64C0D2707C49D2F0D5E3E348"
#define START_24 INT64_C(1596866400000)

START_TEST(strict_agrees_with_the_table_of_edges)
{
    /* Protocol, section 12.6. */
    static const struct {
        const char *identifier;
        int64_t time_ms;
        int64_t end_s;
        size_t hits;
    } rows[] = {
        {SLOT_23, INT64_C(1596865500000), 1596866400, 1},
        {SLOT_23, START_24, 1596866400, 1},
        {SLOT_23, START_24 + 1, 1596866400, 0},
        {SLOT_23, INT64_C(1596865499999), 1596866400, 0},
        {SLOT_24, START_24 + 500, 1596866400, 1},
        {SLOT_24, START_24 + 500, 1596866399, 0},
        {DAY_1_0, INT64_C(1596931200000), 1596931200, 1},
        {SLOT_23, INT64_C(1596865500), 1596866400, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct beacon_published_key key = key_of_c(rows[i].end_s);

        ck_assert_uint_eq(hits(sighting(rows[i].identifier, rows[i].time_ms), &key, 0),
                          rows[i].hits);
    }
}
END_TEST

START_TEST(tolerance_reaches_to_the_millisecond)
{
    struct beacon_published_key key = key_of_c(1596866400);
    static const int64_t tolerances[] = {1, 1000, BEACON_TOLERANCE_MS, BEACON_DAY_MS};

    for (size_t i = 0; i < sizeof(tolerances) / sizeof(tolerances[0]); i++) {
        int64_t t = tolerances[i];

        ck_assert_uint_eq(hits(sighting(SLOT_23, START_24 + t), &key, t), 1);
        ck_assert_uint_eq(hits(sighting(SLOT_23, START_24 + t + 1), &key, t), 0);
        ck_assert_uint_eq(hits(sighting(SLOT_23, START_24 - 900000 - t), &key, t), 1);
        ck_assert_uint_eq(hits(sighting(SLOT_23, START_24 - 900000 - t - 1), &key, t), 0);
        /* Past the record's end too, but no further slot. */
        ck_assert_uint_eq(hits(sighting(SLOT_24, START_24 + 900000 + t), &key, t), 1);
        key.end_ms = START_24 - 1;
        ck_assert_uint_eq(hits(sighting(SLOT_24, START_24), &key, t), 0);
        key.end_ms = START_24;
    }
}
END_TEST

START_TEST(the_default_tolerance_is_150_seconds)
{
    struct beacon_sighting rows[] = {sighting(SLOT_23, START_24 + 150000),
                                     sighting(SLOT_23, START_24 + 150001)};
    struct beacon_published_key key = key_of_c(1596866400);
    struct found found = {.count = 0};
    beacon_matcher *matcher;

    ck_assert_int_eq(beacon_matcher_new(rows, 2, NULL, &matcher), 0);
    ck_assert_int_eq(run(matcher, &key, 1, collect, &found, NULL), 0);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_int_eq(found.matches[0].sighting->time_ms, START_24 + 150000);
    ck_assert_int_eq(found.matches[0].slot_start_ms, START_24 - 900000);
    beacon_matcher_free(matcher);
}
END_TEST

START_TEST(options_are_checked)
{
    struct beacon_matcher_options options = {.size = sizeof(options), .tolerance_ms = -1};
    beacon_matcher *matcher = NULL;

    ck_assert_int_eq(beacon_matcher_new(NULL, 0, &options, &matcher), BEACON_EINVAL);
    options.tolerance_ms = BEACON_DAY_MS + 1;
    ck_assert_int_eq(beacon_matcher_new(NULL, 0, &options, &matcher), BEACON_EINVAL);
    options.tolerance_ms = 1;
    options.strict = true;
    ck_assert_int_eq(beacon_matcher_new(NULL, 0, &options, &matcher), BEACON_EINVAL);
    options.tolerance_ms = 0;
    options.size = 4;
    ck_assert_int_eq(beacon_matcher_new(NULL, 0, &options, &matcher), BEACON_EINVAL);
    ck_assert_ptr_null(matcher);
    options.size = sizeof(options);
    ck_assert_int_eq(beacon_matcher_new(NULL, 0, &options, &matcher), 0);
    ck_assert_ptr_null(beacon_matcher_free(matcher));
    ck_assert_ptr_null(beacon_matcher_free(NULL));
}
END_TEST

START_TEST(keys_are_checked_before_any_match)
{
    struct beacon_sighting row = sighting(SLOT_23, START_24);
    beacon_matcher *matcher = matcher_of(&row, 1, 0);
    struct found found = {.count = 0};
    struct beacon_published_key keys[2] = {key_of_c(1596866400), key_of_c(1596866400)};

    keys[1].slots_per_day = 97;
    ck_assert_int_eq(run(matcher, keys, 2, collect, &found, NULL), BEACON_ESLOTS);
    keys[1].slots_per_day = 0;
    ck_assert_int_eq(run(matcher, keys, 2, collect, &found, NULL), BEACON_ESLOTS);
    keys[1].slots_per_day = 96;
    keys[1].end_ms = keys[1].start_ms - 1;
    ck_assert_int_eq(run(matcher, keys, 2, collect, &found, NULL), BEACON_ESPAN);
    keys[1].end_ms = keys[1].start_ms + BEACON_SPAN_MAX_MS + 1;
    ck_assert_int_eq(run(matcher, keys, 2, collect, &found, NULL), BEACON_ESPAN);
    keys[1].end_ms--;
    ck_assert_int_eq(beacon_published_key_check(&keys[1]), 0);
    keys[1].start_ms = BEACON_TIME_MIN_MS - 1;
    ck_assert_int_eq(beacon_published_key_check(&keys[1]), BEACON_ERANGE);
    keys[1].start_ms = keys[1].end_ms = BEACON_TIME_END_MS;
    ck_assert_int_eq(beacon_published_key_check(&keys[1]), BEACON_ERANGE);
    keys[1].start_ms = keys[1].end_ms = BEACON_TIME_END_MS - 1;
    ck_assert_int_eq(beacon_published_key_check(&keys[1]), 0);
    keys[1].start_ms = INT64_MIN;
    keys[1].end_ms = INT64_MAX;
    ck_assert_int_eq(beacon_published_key_check(&keys[1]), BEACON_ERANGE);
    ck_assert_uint_eq(found.count, 0);
    beacon_matcher_free(matcher);
}
END_TEST

START_TEST(counters_tell_the_work)
{
    struct beacon_sighting rows[] = {sighting(SLOT_23, START_24), sighting(SLOT_24, START_24)};
    beacon_matcher *matcher = matcher_of(rows, 2, 0);
    struct beacon_match_counters counters = {0};
    struct beacon_published_key key = key_of_c(1596866400);
    struct found found = {.count = 0};

    ck_assert_uint_eq(beacon_published_key_slots(&key), 25);
    ck_assert_int_eq(run(matcher, &key, 1, collect, &found, &counters), 0);
    ck_assert_uint_eq(counters.identifiers, 25);
    ck_assert_uint_eq(counters.matches, 2);
    ck_assert_int_eq(run(matcher, &key, 1, collect, &found, &counters), 0);
    ck_assert_uint_eq(counters.identifiers, 50);
    ck_assert_uint_eq(counters.matches, 4);
    beacon_matcher_free(matcher);
}
END_TEST

START_TEST(a_callback_can_stop_the_run)
{
    struct beacon_sighting rows[5];
    struct beacon_published_key key = key_of_c(1596866400);
    struct found found = {.stop_after = 3};
    beacon_matcher *matcher;

    for (size_t i = 0; i < 5; i++)
        rows[i] = sighting(SLOT_23, START_24 - (int64_t)i);
    matcher = matcher_of(rows, 5, 0);
    ck_assert_int_eq(run(matcher, &key, 1, collect, &found, NULL), BEACON_ECANCELED);
    ck_assert_uint_eq(found.count, 3);
    beacon_matcher_free(matcher);
}
END_TEST

static int count_slot(const struct beacon_match *match, void *user)
{
    ((size_t *)user)[(match->slot_start_ms - INT64_C(1596844800000)) / 900000]++;
    return 0;
}

START_TEST(every_row_of_the_captured_phone_matches_its_key)
{
    FILE *file = fopen(BEACON_TEST_DATA "/phone-c.trace.txt", "r");
    struct beacon_published_key key = key_of_c(1596931199);
    struct beacon_sighting rows[128];
    size_t slots[97] = {0}, count = 0;
    beacon_matcher *matcher;
    char own[25];
    int64_t time_ms;

    ck_assert_ptr_nonnull(file);
    while (count < 128 && fscanf(file, "%24s %*s %*d %" SCNd64, own, &time_ms) == 2)
        rows[count++] = sighting(own, time_ms);
    fclose(file);
    ck_assert_uint_eq(count, 101);
    matcher = matcher_of(rows, count, 0);
    ck_assert_int_eq(run(matcher, &key, 1, count_slot, slots, NULL), 0);
    ck_assert_uint_eq(slots[23] + slots[24] + slots[25] + slots[26], 101);
    ck_assert(slots[23] && slots[24] && slots[25] && slots[26]);
    beacon_matcher_free(matcher);
}
END_TEST

START_TEST(nothing_in_gives_nothing_out)
{
    struct beacon_published_key key = key_of_c(1596866400);
    beacon_matcher *matcher = matcher_of(NULL, 0, 0);
    struct found found = {.count = 0};

    ck_assert_int_eq(run(matcher, &key, 1, collect, &found, NULL), 0);
    ck_assert_int_eq(run(matcher, NULL, 0, collect, &found, NULL), 0);
    ck_assert_uint_eq(found.count, 0);
    beacon_matcher_free(matcher);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *tests = tcase_create("match");

    tcase_add_test(tests, strict_agrees_with_the_table_of_edges);
    tcase_add_test(tests, tolerance_reaches_to_the_millisecond);
    tcase_add_test(tests, the_default_tolerance_is_150_seconds);
    tcase_add_test(tests, options_are_checked);
    tcase_add_test(tests, keys_are_checked_before_any_match);
    tcase_add_test(tests, counters_tell_the_work);
    tcase_add_test(tests, a_callback_can_stop_the_run);
    tcase_add_test(tests, every_row_of_the_captured_phone_matches_its_key);
    tcase_add_test(tests, nothing_in_gives_nothing_out);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
