/* SPDX-License-Identifier: MIT */
/*
 * The engine with every kernel that runs here, against the plain rule, on a large log and thousands
 * of keys of mixed phases with hits planted at every edge; the work it does, the memory it takes,
 * and threads that share a matcher.
 */
#include <beacon/identity.h>
#include <beacon/match.h>

#include "base/cpu.h"
#include "check_main.h"
#include "match/kernel.h"
#include "match/plain_engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START INT64_C(1596844800000)
#define FOUND 60000
/* At most, and as tests/run --all has it (BEACON_TEST_LONG). */
#define LOG  100000
#define KEYS 2000

static struct sizes {
    size_t log, keys, planted;
} sizes = {.log = 20000, .keys = 400, .planted = 4000};

static struct beacon_sighting sightings[LOG];
static struct beacon_published_key keys[KEYS];

static uint64_t seed = 2841;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void fill(void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(any() >> 32);
}

/* What was found, as a set. */
struct pair {
    size_t key_index;
    size_t sighting;
    int64_t slot_start_ms;
};

struct found {
    struct pair pairs[FOUND];
    size_t count;
};

static int collect(const struct beacon_match *match, void *user)
{
    struct found *found = user;

    ck_assert_uint_lt(found->count, FOUND);
    found->pairs[found->count++] = (struct pair){.key_index = match->key_index,
                                                 .sighting = (size_t)(match->sighting - sightings),
                                                 .slot_start_ms = match->slot_start_ms};
    return 0;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    if (x->key_index != y->key_index)
        return x->key_index < y->key_index ? -1 : 1;
    return (x->sighting > y->sighting) - (x->sighting < y->sighting);
}

static struct beacon_match_listener listener_of(struct found *found)
{
    found->count = 0;
    return (struct beacon_match_listener){
        .size = sizeof(struct beacon_match_listener), .on_match = collect, .user = found};
}

/* Most keys as phones have them; some start anywhere, have other slots a day, or end at once. */
static struct beacon_published_key any_key(void)
{
    static const uint32_t slots[] = {96, 96, 96, 96, 96, 96, 144, 24, 1440, 1};
    struct beacon_published_key key = {.slots_per_day = slots[any() % 10]};
    int64_t days = key.slots_per_day > 200 ? 1 : (int64_t)(any() % 6);

    fill(&key.daily_key, sizeof(key.daily_key));
    key.start_ms = START + (int64_t)(any() % 14) * BEACON_DAY_MS;
    if (any() % 10 == 0)
        key.start_ms += (int64_t)(any() % 20) * 450000;
    key.end_ms = key.start_ms + days * BEACON_DAY_MS + (int64_t)(any() % BEACON_DAY_MS);
    return key;
}

/* As a hostile list has them: each begins at a millisecond of its own, whatever its slots a day. */
static struct beacon_published_key unaligned_key(void)
{
    static const uint32_t slots[] = {96, 96, 96, 96, 1440, 1, 2, 24, 720, 60};
    struct beacon_published_key key = {.slots_per_day = slots[any() % 10]};

    fill(&key.daily_key, sizeof(key.daily_key));
    key.start_ms = START + (int64_t)(any() % (14 * (uint64_t)BEACON_DAY_MS));
    key.end_ms = key.start_ms + (int64_t)(any() % (3 * (uint64_t)BEACON_DAY_MS));
    return key;
}

enum list { PHONES, UNALIGNED, MIXED, LISTS };

static struct beacon_published_key key_of_list(enum list list)
{
    return list == PHONES || (list == MIXED && any() % 2) ? any_key() : unaligned_key();
}

/* A sighting of a key in one of its slots, or just past its end, at an edge of the window or beside
 * it. */
static struct beacon_sighting plant(const struct beacon_published_key *key, int64_t tolerance_ms)
{
    const int64_t length_ms = BEACON_DAY_MS / key->slots_per_day;
    const uint64_t slot = any() % (beacon_published_key_slots(key) + 1);
    struct beacon_sighting sighting = {.time_ms = key->start_ms + (int64_t)slot * length_ms};
    struct beacon_dated_key day = {.day = 0, .key = key->daily_key};
    struct beacon_sub_key sub_key;

    beacon_dated_key_advance(&day, (int64_t)(slot / key->slots_per_day));
    beacon_sub_key_first(&day.key, &sub_key);
    for (uint64_t i = 0; i < slot % key->slots_per_day; i++)
        beacon_sub_key_next(&sub_key, &sub_key);
    beacon_sub_key_identifier(&sub_key, &sighting.identifier);
    sighting.time_ms += any() % 2 ? length_ms + tolerance_ms : -tolerance_ms;
    sighting.time_ms += (int64_t)(any() % 3) - 1;
    return sighting;
}

/* Some keys are listed twice; in lists of other phones than ours, also under another start. */
static void make_case(enum list list, size_t key_count, int64_t tolerance_ms)
{
    for (size_t i = 0; i < key_count; i++) {
        keys[i] = i % 50 == 49 ? keys[i - 1] : key_of_list(list);
        if (i % 100 == 99 && list != PHONES) {
            keys[i].start_ms += 1000;
            keys[i].end_ms += 1000;
        }
    }
    for (size_t i = 0; i < sizes.log; i++) {
        if (i < sizes.planted) {
            sightings[i] = plant(&keys[any() % key_count], tolerance_ms);
            continue;
        }
        sightings[i].time_ms = START + (int64_t)(any() % (20 * (uint64_t)BEACON_DAY_MS));
        fill(&sightings[i].identifier, sizeof(sightings[i].identifier));
    }
}

static beacon_matcher *matcher_of(const char *kernel, int64_t tolerance_ms, bool no_pruning)
{
    const struct beacon_matcher_options options = {.size = sizeof(options),
                                                   .strict = tolerance_ms == 0,
                                                   .tolerance_ms = tolerance_ms,
                                                   .no_pruning = no_pruning,
                                                   .kernel = kernel};
    beacon_matcher *matcher;

    ck_assert_int_eq(beacon_matcher_new(sightings, sizes.log, &options, &matcher), 0);
    ck_assert_str_eq(beacon_matcher_kernel(matcher), kernel);
    return matcher;
}

static void assert_same(struct found *got, const struct found *expected)
{
    qsort(got->pairs, got->count, sizeof(got->pairs[0]), compare_pairs);
    ck_assert_uint_eq(got->count, expected->count);
    ck_assert_mem_eq(got->pairs, expected->pairs, got->count * sizeof(got->pairs[0]));
}

START_TEST(every_kernel_finds_what_the_rule_finds)
{
    static const int64_t tolerances[] = {0, BEACON_TOLERANCE_MS, 3600000, BEACON_DAY_MS};
    static struct found expected, got;
    const int64_t tolerance_ms = tolerances[_i / LISTS];
    /* The plain rule reads two days of the log for each slot when told to tolerate a day. */
    const size_t key_count = tolerance_ms == BEACON_DAY_MS ? sizes.keys / 20 : sizes.keys;
    struct beacon_match_listener listener = listener_of(&expected);
    size_t count;
    const struct bcn_kernel *const *kernels = bcn_kernels(&count);

    make_case((enum list)(_i % LISTS), key_count, tolerance_ms);
    beacon_sightings_sort(sightings, sizes.log);
    for (size_t i = 0; i < key_count; i++)
        plain_match(sightings, sizes.log, tolerance_ms, &keys[i], i, &listener);
    qsort(expected.pairs, expected.count, sizeof(expected.pairs[0]), compare_pairs);
    ck_assert_uint_gt(expected.count, sizes.planted / 3);
    for (size_t i = 0; i < count; i++) {
        if (!bcn_kernel_choose(bcn_cpu_detect(), kernels[i]->name)) {
            printf("%s: not run, this machine lacks it\n", kernels[i]->name);
            continue;
        }
        for (int no_pruning = 0; no_pruning < 2; no_pruning++) {
            beacon_matcher *matcher = matcher_of(kernels[i]->name, tolerance_ms, no_pruning);

            listener = listener_of(&got);
            ck_assert_int_eq(beacon_matcher_run(matcher, keys, key_count, &listener, NULL), 0);
            assert_same(&got, &expected);
            beacon_matcher_free(matcher);
        }
        printf("%s: %zu matches, as the rule has it\n", kernels[i]->name, got.count);
    }
}
END_TEST

struct share {
    const beacon_matcher *matcher;
    size_t first, count;
    struct found found;
};

static void *run_share(void *argument)
{
    struct share *share = argument;
    const struct beacon_match_listener listener = listener_of(&share->found);

    if (beacon_matcher_run(share->matcher, keys + share->first, share->count, &listener, NULL) != 0)
        abort();
    for (size_t i = 0; i < share->found.count; i++)
        share->found.pairs[i].key_index += share->first;
    return NULL;
}

START_TEST(threads_share_a_matcher)
{
    static struct share shares[2];
    static struct found expected;
    const struct beacon_match_listener listener = listener_of(&expected);
    struct found *got = &shares[0].found;
    beacon_matcher *matcher;
    pthread_t threads[2];

    make_case(MIXED, sizes.keys, 0);
    matcher = matcher_of("portable", 0, false);
    ck_assert_int_eq(beacon_matcher_run(matcher, keys, sizes.keys, &listener, NULL), 0);
    qsort(expected.pairs, expected.count, sizeof(expected.pairs[0]), compare_pairs);
    for (size_t i = 0; i < 2; i++) {
        shares[i] = (struct share){.matcher = matcher,
                                   .first = i * (sizes.keys / 3),
                                   .count = i ? sizes.keys - sizes.keys / 3 : sizes.keys / 3};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_share, &shares[i]), 0);
    }
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    memcpy(got->pairs + got->count, shares[1].found.pairs,
           shares[1].found.count * sizeof(got->pairs[0]));
    got->count += shares[1].found.count;
    assert_same(got, &expected);
    beacon_matcher_free(matcher);
}
END_TEST

/* 100 keys of 14 whole days against the first `count` sightings; what it took. */
static struct beacon_match_counters count_work(size_t count, bool no_pruning)
{
    const struct beacon_matcher_options options = {
        .size = sizeof(options), .strict = true, .no_pruning = no_pruning};
    static struct found found;
    const struct beacon_match_listener listener = listener_of(&found);
    struct beacon_match_counters counters = {0};
    beacon_matcher *matcher;

    for (size_t i = 0; i < 100; i++) {
        fill(&keys[i].daily_key, sizeof(keys[i].daily_key));
        keys[i].slots_per_day = 96;
        keys[i].start_ms = START;
        keys[i].end_ms = START + 14 * BEACON_DAY_MS - 1;
    }
    ck_assert_int_eq(beacon_matcher_new(sightings, count, &options, &matcher), 0);
    ck_assert_int_eq(beacon_matcher_run(matcher, keys, 100, &listener, &counters), 0);
    beacon_matcher_free(matcher);
    ck_assert_uint_eq(counters.identifiers, 100 * 1344);
    return counters;
}

START_TEST(work_is_what_the_log_calls_for)
{
    memset(sightings, 0, sizeof(sightings[0]) * 2);
    /* All: 1344 identifiers and 13 turns of the ratchet a key (1357). */
    ck_assert_uint_eq(count_work(0, true).compressions, 100 * 1357);
    /* Nothing heard: the ratchet alone. */
    ck_assert_uint_eq(count_work(0, false).compressions, 100 * 13);
    /* Heard in slot 10 of the fourth day alone: that day up to slot 10. */
    sightings[0].time_ms = START + 3 * BEACON_DAY_MS + 10 * 900000 + 1;
    ck_assert_uint_eq(count_work(1, false).compressions, 100 * (13 + 11));
    /* At the edge of slots 10 and 11: slot 11 too. */
    sightings[0].time_ms = START + 3 * BEACON_DAY_MS + 11 * 900000;
    ck_assert_uint_eq(count_work(1, false).compressions, 100 * (13 + 12));
    /* At midnight: the last slot of one day and the first of the next. */
    sightings[0].time_ms = START + 3 * BEACON_DAY_MS;
    ck_assert_uint_eq(count_work(1, false).compressions, 100 * (13 + 96 + 1));
    /* Before the keys' first day, and after their last slot: nothing. */
    sightings[0].time_ms = START - 1;
    sightings[1].time_ms = START + 14 * BEACON_DAY_MS + 1;
    ck_assert_uint_eq(count_work(2, false).compressions, 100 * 13);
}
END_TEST

/* Strangers, evenly over 14 days. */
static void make_even_log(void)
{
    for (size_t i = 0; i < sizes.log; i++) {
        sightings[i].time_ms = START + (int64_t)(i * (14 * (size_t)BEACON_DAY_MS / sizes.log));
        fill(&sightings[i].identifier, sizeof(sightings[i].identifier));
    }
}

START_TEST(few_identifiers_are_compared_whole)
{
    struct beacon_match_counters counters;

    make_even_log();
    counters = count_work(sizes.log, true);
    ck_assert_uint_lt(counters.candidates, (counters.identifiers + counters.sightings) / 200);
}
END_TEST

#define WORK_KEYS 200

/* Keys of 14 days that each begin at a time of day of their own. */
static void make_unaligned_keys(void)
{
    for (size_t i = 0; i < WORK_KEYS; i++) {
        fill(&keys[i].daily_key, sizeof(keys[i].daily_key));
        keys[i].slots_per_day = 96;
        keys[i].start_ms = START + (int64_t)(i * (BEACON_DAY_MS / WORK_KEYS) + any() % 1000);
        keys[i].end_ms = keys[i].start_ms + 14 * BEACON_DAY_MS - 1;
    }
}

static struct beacon_match_counters count_unaligned(int64_t tolerance_ms, size_t *ret_found)
{
    const struct beacon_matcher_options options = {.size = sizeof(options),
                                                   .strict = tolerance_ms == 0,
                                                   .tolerance_ms = tolerance_ms,
                                                   .no_pruning = true};
    static struct found found;
    const struct beacon_match_listener listener = listener_of(&found);
    struct beacon_match_counters counters = {0};
    beacon_matcher *matcher;

    ck_assert_int_eq(beacon_matcher_new(sightings, sizes.log, &options, &matcher), 0);
    ck_assert_int_eq(beacon_matcher_run(matcher, keys, WORK_KEYS, &listener, &counters), 0);
    beacon_matcher_free(matcher);
    *ret_found = found.count;
    return counters;
}

/* The bound of match.h: the log once, and a day and both tolerances of it for each table of 131,072
 * identifiers. */
START_TEST(work_does_not_hang_on_phases)
{
    static const int64_t tolerances[] = {0, BEACON_TOLERANCE_MS, BEACON_DAY_MS};
    const uint64_t tables = WORK_KEYS * 1344 / 131072 + 1;
    const uint64_t around_ms = (uint64_t)(BEACON_DAY_MS + 2 * tolerances[_i]);
    const uint64_t day = sizes.log * around_ms / (14 * (uint64_t)BEACON_DAY_MS) + 1;
    struct beacon_match_counters counters;
    size_t found;

    make_even_log();
    make_unaligned_keys();
    counters = count_unaligned(tolerances[_i], &found);
    ck_assert_uint_eq(found, 0);
    ck_assert_uint_eq(counters.identifiers, WORK_KEYS * 1344);
    ck_assert_uint_eq(counters.compressions, WORK_KEYS * 1357);
    ck_assert_uint_ge(counters.sightings, sizes.log);
    ck_assert_uint_le(counters.sightings, sizes.log + tables * day);
    ck_assert_uint_lt(counters.candidates, counters.sightings / 100);
}
END_TEST

/* A log of nothing but sightings of the keys, all of which pass the filter: none is read more often
 * for it, and each is found. */
START_TEST(hostile_sightings_cost_no_more)
{
    struct beacon_match_counters strangers, ours;
    size_t found;

    make_even_log();
    make_unaligned_keys();
    strangers = count_unaligned(0, &found);
    for (size_t i = 0; i < sizes.log; i++) {
        const struct beacon_published_key *key = &keys[i % WORK_KEYS];
        const int64_t since_ms = sightings[i].time_ms - key->start_ms;
        struct beacon_published_key day = *key;

        if (since_ms < 0 || i >= FOUND)
            continue;
        day.end_ms = day.start_ms;
        sightings[i].identifier = plant(&day, 0).identifier;
        sightings[i].time_ms = key->start_ms + since_ms % 1000; /* in its first slot */
    }
    ours = count_unaligned(0, &found);
    ck_assert_uint_gt(found, sizes.planted / 10);
    ck_assert_uint_eq(ours.matches, found);
    ck_assert_uint_eq(ours.compressions, strangers.compressions);
    ck_assert_uint_le(ours.sightings, 3 * sizes.log);
    ck_assert_uint_le(ours.candidates, ours.sightings);
}
END_TEST

/* Memory taken by the engine, counted where it asks for it. */
static size_t taken;

void *__real_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    taken += size;
    return __real_malloc(size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    taken += size;
    return __real_aligned_alloc(alignment, size);
}

/* Runs many keys of so many phases, that end at once, against a log of so many sightings. */
static size_t memory_of(struct beacon_sighting *log, size_t log_size,
                        struct beacon_published_key *many, size_t count, size_t phases)
{
    static struct found found;
    const struct beacon_match_listener listener = listener_of(&found);
    const struct beacon_matcher_options options = {.size = sizeof(options), .strict = true};
    beacon_matcher *matcher;

    for (size_t i = 0; i < log_size; i++)
        log[i].time_ms = START + (int64_t)i / 8;
    for (size_t i = 0; i < count; i++)
        many[i] = (struct beacon_published_key){.slots_per_day = 96,
                                                .start_ms = START + (int64_t)(i % phases),
                                                .end_ms = START + 200000};
    taken = 0;
    ck_assert_int_eq(beacon_matcher_new(log, log_size, &options, &matcher), 0);
    ck_assert_int_eq(beacon_matcher_run(matcher, many, count, &listener, NULL), 0);
    beacon_matcher_free(matcher);
    return taken;
}

START_TEST(memory_does_not_grow_with_log_or_batch)
{
    const size_t log_size = 4200000, count = 100000;
    struct beacon_sighting *log = calloc(log_size, sizeof(*log));
    struct beacon_published_key *many = calloc(count, sizeof(*many));

    ck_assert(log && many);
    for (size_t phases = 3; phases <= count; phases = phases < count ? count : count + 1) {
        ck_assert_uint_gt(memory_of(log, log_size, many, count, phases), 1000000);
        ck_assert_uint_le(memory_of(log, log_size, many, count, phases), 4000000);
        ck_assert_uint_le(memory_of(log, 1000, many, count, phases), 4000000);
    }
    ck_assert_uint_le(memory_of(log, 1000, many, 1, 1),
                      1000000); /* bounded by the caller's input */
    free(many);
    free(log);
}
END_TEST

static int stop_progress(uint64_t covered, uint64_t total, void *user)
{
    ck_assert_uint_le(covered, total);
    return ++*(int *)user >= 2;
}

static int ignore(const struct beacon_match *match, void *user)
{
    (void)match;
    (void)user;
    return 0;
}

START_TEST(progress_is_told_and_can_stop)
{
    int calls = 0;
    struct beacon_match_listener listener = {
        .size = sizeof(listener), .on_match = ignore, .on_progress = stop_progress, .user = &calls};
    beacon_matcher *matcher;

    make_even_log();
    make_unaligned_keys(); /* two tables at least */
    matcher = matcher_of("portable", 0, false);
    ck_assert_int_eq(beacon_matcher_run(matcher, keys, WORK_KEYS, &listener, NULL),
                     BEACON_ECANCELED);
    ck_assert_int_eq(calls, 2);
    listener.size = 1;
    ck_assert_int_eq(beacon_matcher_run(matcher, keys, WORK_KEYS, &listener, NULL), BEACON_EINVAL);
    beacon_matcher_free(matcher);
}
END_TEST

START_TEST(a_kernel_that_is_not_there_is_refused)
{
    const struct beacon_matcher_options options = {.size = sizeof(options), .kernel = "abacus"};
    beacon_matcher *matcher;

    ck_assert_int_eq(beacon_matcher_new(NULL, 0, &options, &matcher), BEACON_ENOTSUP);
}
END_TEST

static void choose_sizes(void)
{
#ifdef BEACON_TEST_SMALL
    sizes = (struct sizes){.log = 5000, .keys = 100, .planted = 1000};
#else
    if (getenv("BEACON_TEST_LONG"))
        sizes = (struct sizes){.log = LOG, .keys = KEYS, .planted = 20000};
#endif
}

int main(void)
{
    Suite *suite = suite_create("engine");
    TCase *tests = tcase_create("engine");

    choose_sizes();
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, every_kernel_finds_what_the_rule_finds, 0, 4 * LISTS);
    tcase_add_test(tests, threads_share_a_matcher);
    tcase_add_test(tests, work_is_what_the_log_calls_for);
    tcase_add_test(tests, few_identifiers_are_compared_whole);
    tcase_add_loop_test(tests, work_does_not_hang_on_phases, 0, 3);
    tcase_add_test(tests, hostile_sightings_cost_no_more);
    tcase_add_test(tests, memory_does_not_grow_with_log_or_batch);
    tcase_add_test(tests, progress_is_told_and_can_stop);
    tcase_add_test(tests, a_kernel_that_is_not_there_is_refused);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
