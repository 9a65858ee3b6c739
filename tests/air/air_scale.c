/* SPDX-License-Identifier: MIT */
/* Ten thousand phones at once: what it costs in memory, that none is taken while it runs, and that
 * the next event is found by a heap. */
#include "heard.h"

#include "air/model.h"
#include "check_main.h"

#include <stdlib.h>

/* Every allocation of the room passes through one of these (see CMakeLists.txt). */
gpointer __real_g_malloc(gsize size);
gpointer __real_g_malloc0(gsize size);
gpointer __real_g_malloc_n(gsize count, gsize size);
gpointer __real_g_malloc0_n(gsize count, gsize size);
BEACON_API gpointer __wrap_g_malloc(gsize size);
BEACON_API gpointer __wrap_g_malloc0(gsize size);
BEACON_API gpointer __wrap_g_malloc_n(gsize count, gsize size);
BEACON_API gpointer __wrap_g_malloc0_n(gsize count, gsize size);

static gsize calls, bytes;

static void count(gsize size)
{
    calls++;
    bytes += size;
}

gpointer __wrap_g_malloc(gsize size)
{
    count(size);
    return __real_g_malloc(size);
}

gpointer __wrap_g_malloc0(gsize size)
{
    count(size);
    return __real_g_malloc0(size);
}

gpointer __wrap_g_malloc_n(gsize number, gsize size)
{
    count(number * size);
    return __real_g_malloc_n(number, size);
}

gpointer __wrap_g_malloc0_n(gsize number, gsize size)
{
    count(number * size);
    return __real_g_malloc0_n(number, size);
}

#ifdef BEACON_TEST_SMALL
#define PHONES 1000
#else
#define PHONES 10000
#endif

static const char crowd[] = "length 20 s\n" G_STRINGIFY(
    PHONES) " people staying at 1 m to 30 m: 60 % android-background, 10 % android-open, "
            "30 % iphone-background\n";

static void check_heap(const beacon_air *air)
{
    for (guint i = 0; i < air->heap_count; i++) {
        ck_assert_uint_eq(air->heap[i]->heap_at, i + 1);
        if (i > 0)
            ck_assert_int_ge(air->heap[i]->next_us, air->heap[(i - 1) / 2]->next_us);
    }
}

START_TEST(memory_is_taken_at_the_start_alone)
{
    struct beacon_air_event event;
    beacon_air *air;
    guint64 heard = 0;
    gsize calls_before;

    bytes = 0;
    air = heard_parse(crowd);
    ck_assert_uint_gt(bytes, PHONES * sizeof(struct bcn_device));
    ck_assert_uint_le(bytes, PHONES * 1024); /* and the paths, of two points here */
    calls_before = calls;
    while (beacon_air_next(air, &event))
        if (++heard % PHONES == 0)
            check_heap(air);
    ck_assert_uint_eq(calls, calls_before);
    ck_assert_uint_gt(heard, 10 * PHONES);
    beacon_air_free(air);
}
END_TEST

START_TEST(a_flood_takes_no_memory)
{
    struct beacon_air_event event;
    beacon_air *air = heard_parse("length 60 s\nphone f forger at 1 m new 1000 per second\n");
    gsize calls_before = calls;

    while (beacon_air_next(air, &event))
        ;
    ck_assert_uint_eq(calls, calls_before);
    beacon_air_free(air);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scale");
    TCase *tcase = tcase_create("scale");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, memory_is_taken_at_the_start_alone);
    tcase_add_test(tcase, a_flood_takes_no_memory);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
