/* SPDX-License-Identifier: MIT */
/* A node whose disk does not answer, or is full: the air does not notice, and nothing is lost. */
#include "world.h"

#include "check_main.h"
#include "store/shim.h"

#include <sqlite3.h>
#include <string.h>

static const gint64 minute_us = G_TIME_SPAN_MINUTE;

/* Slots are minutes; A hears B. */
static const char *const pair = "start 2020-08-10T01:00:00Z\nlength 2 h\n"
                                "phone A node at 0 m\nphone B node at 1 m\n"
                                "receiver a on A\nreceiver b on B\n";

static struct world world;

static void set_up(void)
{
    shim_reset();
    world = (struct world){
        .vfs = SHIM_VFS, .slots_per_day = 1440, .has_threads = true, .on_packet = world_compare};
    world_begin(&world, pair);
    world_add(&world, "a");
    world_add(&world, "b");
    world_advance(&world, minute_us / 2);
}

static void tear_down(void)
{
    world_end(&world);
}

static struct node_status status_of(guint number)
{
    struct node_status status;

    node_status(world.nodes[number].node, &status);
    return status;
}

/* With a sync that has not come back, five edges pass, each at its moment; what waits for the disk
 * for longer (the daily deletion, which falls into this time) waits elsewhere. */
START_TEST(no_edge_waits_for_the_disk)
{
    struct node_status before;

    shim_hold();
    world_advance(&world, 10 * G_TIME_SPAN_SECOND);
    shim_wait_held();
    before = status_of(0);
    memset(&world.said, 0, sizeof world.said);
    world_advance(&world, 5 * minute_us);
    ck_assert_uint_eq(world.said.wrong, 0);
    ck_assert_uint_gt(world.said.right, 1000);
    ck_assert_uint_eq(status_of(0).rotations, before.rotations + 5);
    ck_assert_int_eq(status_of(0).worst_lateness_us, 0);
    ck_assert_uint_gt(status_of(0).sightings, before.sightings + 50);
    ck_assert_uint_eq(status_of(0).store.committed, before.store.committed);
    shim_release();
    world_stop(&world.nodes[0]);
    ck_assert_uint_ge(world_log_info(&world.nodes[0]).sightings, before.sightings + 50);
}
END_TEST

START_TEST(a_full_disk_is_told_and_what_waits_is_written_later)
{
    struct node_status full;
    guint64 kept;

    ck_assert(beacon_store_flush(world.nodes[0].store, NULL));
    shim_fail_writes(SQLITE_FULL);
    world_advance(&world, minute_us);
    ck_assert(!beacon_store_flush(world.nodes[0].store, NULL));
    full = status_of(0);
    ck_assert(full.store.is_failing);
    ck_assert_str_ne(full.store.last_error, "");
    ck_assert_uint_gt(full.store.queued, 10);
    ck_assert_uint_eq(full.lost, 0);
    ck_assert(full.is_sending);
    shim_fail_writes(SQLITE_OK);
    ck_assert(beacon_store_flush(world.nodes[0].store, NULL));
    ck_assert(!status_of(0).store.is_failing);
    kept = status_of(0).sightings;
    world_stop(&world.nodes[0]);
    ck_assert_uint_eq(world_log_info(&world.nodes[0]).sightings, kept);
}
END_TEST

static Suite *disk_suite(void)
{
    Suite *suite = suite_create("disk");
    TCase *tcase = tcase_create("disk");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, no_edge_waits_for_the_disk);
    tcase_add_test(tcase, a_full_disk_is_told_and_what_waits_is_written_later);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return check_main(disk_suite());
}
