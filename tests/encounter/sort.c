/* SPDX-License-Identifier: MIT */
/* Ordering and thinning logs, against the C library's sort and a plain quadratic rule. */
#define _DEFAULT_SOURCE /* mincore */
#include <beacon/encounter.h>

#include "check_main.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST 3000

static uint64_t seed;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Times of different characters: spread, few, clustered, all magnitudes, extremes. */
static int64_t any_time(int character)
{
    switch (character) {
    case 0:
        return INT64_C(1596844800000) + (int64_t)(any() % 1209600000);
    case 1:
        return (int64_t)(any() % 5);
    case 2:
        return (int64_t)(any() % 14) * BEACON_DAY_MS + (int64_t)(any() % 1000);
    case 3:
        return (int64_t)(any() >> any() % 64);
    default:
        return any() % 2 ? INT64_MIN + (int64_t)(any() % 3) : INT64_MAX - (int64_t)(any() % 3);
    }
}

static void fill(struct beacon_sighting *log, size_t count, int character)
{
    memset(log, 0, count * sizeof(log[0]));
    for (size_t i = 0; i < count; i++) {
        log[i].time_ms = any_time(character);
        log[i].identifier.bytes[any() % 12] = (uint8_t)(any() % 3);
        log[i].rssi_dbm = (int8_t)(i % 100);
    }
}

static int compare_all(const void *a, const void *b)
{
    const struct beacon_sighting *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return memcmp(x, y, sizeof(*x));
}

START_TEST(sorting_orders_and_keeps_every_sighting)
{
    static struct beacon_sighting log[MOST], same[MOST];

    seed = 42 + (uint64_t)_i;
    for (size_t count = 0; count <= MOST; count = count < 90 ? count + 1 : count * 3 / 2) {
        fill(log, count, _i);
        memcpy(same, log, count * sizeof(log[0]));
        beacon_sightings_sort(log, count);
        for (size_t i = 1; i < count; i++)
            ck_assert(log[i - 1].time_ms <= log[i].time_ms);
        qsort(log, count, sizeof(log[0]), compare_all);
        qsort(same, count, sizeof(same[0]), compare_all);
        ck_assert_mem_eq(log, same, count * sizeof(log[0]));
    }
}
END_TEST

/* The app's rule, written as it is said: each in turn against the last one kept of the same
 * identifier. */
static size_t thin_slowly(struct beacon_sighting *log, size_t count, int64_t gap_ms)
{
    size_t kept = 0;

    qsort(log, count, sizeof(log[0]), compare_all);
    for (size_t i = 0; i < count; i++) {
        bool keep = true;

        for (size_t k = 0; k < kept; k++)
            if (memcmp(&log[k].identifier, &log[i].identifier, 12) == 0 && gap_ms > 0 &&
                (uint64_t)log[i].time_ms - (uint64_t)log[k].time_ms < (uint64_t)gap_ms)
                keep = false;
        if (keep)
            log[kept++] = log[i];
    }
    return kept;
}

START_TEST(thinning_is_as_the_app_does_it)
{
    static struct beacon_sighting log[500], slow[500];
    static const int64_t gaps[] = {1, 2, 5000, 60000, BEACON_DAY_MS, INT64_MAX, INT64_MIN, -1, 0};

    seed = 7;
    for (int round = 0; round < 180; round++) {
        size_t count = (size_t)(1 + any() % 500), kept;
        int64_t gap_ms = gaps[round % 9];

        fill(log, count, round / 9 % 5);
        memcpy(slow, log, count * sizeof(log[0]));
        kept = beacon_sightings_deduplicate(log, count, gap_ms);
        ck_assert_uint_eq(kept, thin_slowly(slow, count, gap_ms));
        for (size_t i = 1; i < kept; i++)
            ck_assert(log[i - 1].time_ms <= log[i].time_ms);
        qsort(log, kept, sizeof(log[0]), compare_all);
        for (size_t i = 0; i < kept; i++) {
            ck_assert_int_eq(log[i].time_ms, slow[i].time_ms);
            ck_assert_mem_eq(&log[i].identifier, &slow[i].identifier, 12);
        }
    }
}
END_TEST

START_TEST(the_gap_is_inclusive)
{
    struct beacon_sighting log[3] = {{.time_ms = 9999}, {.time_ms = 0}, {.time_ms = 4999}};

    ck_assert_uint_eq(beacon_sightings_deduplicate(log, 3, BEACON_DEDUPLICATE_MS), 2);
    ck_assert_int_eq(log[1].time_ms, 9999);
    log[0].time_ms = INT64_MIN;
    log[1].time_ms = INT64_MAX;
    ck_assert_uint_eq(beacon_sightings_deduplicate(log, 2, INT64_MAX), 2);
    ck_assert_uint_eq(beacon_sightings_deduplicate(log, 0, 5), 0);
    log[0].time_ms = log[1].time_ms = 7;
    ck_assert_uint_eq(beacon_sightings_deduplicate(log, 2, 0), 2);
}
END_TEST

#define STACK_SIZE ((size_t)256 * 1024)

/* How much stack a function touches on a thread of its own, in whole pages as the kernel counts
 * them: nobody need read what lies below a stack pointer. */
static size_t stack_of(void *(*function)(void *))
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), touched = 0;
    uint8_t *stack =
        mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char is_resident[STACK_SIZE / 4096];
    pthread_attr_t attributes;
    pthread_t thread;

    ck_assert(stack != MAP_FAILED);
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstack(&attributes, stack, STACK_SIZE), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, function, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    ck_assert_int_eq(mincore(stack, STACK_SIZE, is_resident), 0);
    for (size_t i = 0; i < STACK_SIZE / page; i++)
        touched += is_resident[i] & 1 ? page : 0;
    munmap(stack, STACK_SIZE);
    return touched;
}

static struct beacon_sighting deep[60];

static void *do_nothing(void *unused)
{
    return unused;
}

static void *thin_deep_log(void *unused)
{
    ck_assert_uint_eq(beacon_sightings_deduplicate(deep, 60, 1), 60);
    return unused;
}

/* One identifier, and times that split off one sighting at a time: the recursion's deepest. */
START_TEST(the_deepest_log_needs_little_stack)
{
    memset(deep, 0, sizeof(deep));
    for (int i = 0; i < 60; i++)
        deep[i].time_ms = i < 53 ? i * 31 % 53 : INT64_C(1) << (8 * (i - 52));
    deep[59].time_ms = INT64_MAX;
    deep[0].time_ms = INT64_MIN;
    deep[1].time_ms = -1;
    ck_assert_uint_le(stack_of(thin_deep_log) - stack_of(do_nothing), 16384);
    for (int i = 1; i < 60; i++)
        ck_assert(deep[i - 1].time_ms < deep[i].time_ms);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sort");
    TCase *tests = tcase_create("sort");

    tcase_add_loop_test(tests, sorting_orders_and_keeps_every_sighting, 0, 5);
    tcase_add_test(tests, thinning_is_as_the_app_does_it);
    tcase_add_test(tests, the_gap_is_inclusive);
    tcase_add_test(tests, the_deepest_log_needs_little_stack);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
