/* SPDX-License-Identifier: MIT */
/* Nodes meet on one simulated air, and what their logs say of it afterwards. */
#include "world.h"

#include "check_main.h"
#include "store/shim.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const gint64 minute_us = G_TIME_SPAN_MINUTE;

/* What 'beacon match --json' says of the one record there is. */
struct verdict {
    guint matches, exposures;
    double minutes;
    bool is_close;
};

static guint count(const char *text, const char *word)
{
    guint found = 0;

    for (; (text = strstr(text, word)) != NULL; text += strlen(word))
        found++;
    return found;
}

static struct verdict read_verdict(const char *json)
{
    struct verdict verdict = {.matches = count(json, "\"record\":1,"),
                              .exposures = count(json, "\"minutes\":"),
                              .is_close = strstr(json, "\"close\":true") != NULL};

    for (const char *at = json; (at = strstr(at, "\"minutes\":")) != NULL; at++)
        verdict.minutes += g_ascii_strtod(at + strlen("\"minutes\":"), NULL);
    return verdict;
}

/* A's key, taken by 'beacon identity report' after the day, against the log of another. */
static char *report_of(const struct world *world, const struct world_node *node)
{
    g_autofree char *path = g_build_filename(world->folder, "report.json", NULL);
    g_autofree char *text = world_tool(0, "identity", "report", node->identity_path, "--at",
                                       "2020-08-10T03:00:00Z", NULL);

    ck_assert(g_file_set_contents(path, text, -1, NULL));
    return g_steal_pointer(&path);
}

static struct verdict verdict_at(const struct world_node *node, const char *report,
                                 const char *cycle)
{
    g_autofree char *json = world_tool(0, "match", "--keys", report, "--store", node->log,
                                       "--cycle", cycle, "--json", NULL);

    return read_verdict(json);
}

/* Forty minutes through three edges of slots, and one minute for C; as examples/air/three-nodes.
 * One seed of it; the phones are as strong as their kind. */
static const char *const meeting = "seed 1\nstart 2020-08-10T01:00:00Z\nlength 45 min\n"
                                   "phone A node at 0 m offset 0 dB\n"
                                   "phone B node at 1 m to 40 min offset 0 dB\n"
                                   "phone C node path 20 min 5 m, 20.5 min 1 m, 21 min 5 m\n"
                                   "receiver a on A\nreceiver b on B\nreceiver c on C\n";

static void meet(struct world *world)
{
    static const char *const receivers[] = {"a", "b", "c"};

    world_begin(world, meeting);
    for (guint i = 0; i < G_N_ELEMENTS(receivers); i++)
        world_add(world, receivers[i]);
    world_advance(world, 45 * minute_us);
    for (guint i = 0; i < G_N_ELEMENTS(receivers); i++)
        world_stop(&world->nodes[i]);
}

START_TEST(forty_minutes_in_full)
{
    struct world world = {
        .vfs = SHIM_VFS, .scan = BEACON_CYCLE_FULL, .advertise = BEACON_CYCLE_FULL};
    g_autofree char *report = NULL;
    struct verdict at_b, at_c;

    meet(&world);
    report = report_of(&world, &world.nodes[0]);
    at_b = verdict_at(&world.nodes[1], report, "full");
    ck_assert_uint_eq(at_b.matches, 1);
    ck_assert_uint_eq(at_b.exposures, 1);
    ck_assert_double_eq_tol(at_b.minutes, 40, 1);
    ck_assert(at_b.is_close);
    at_c = verdict_at(&world.nodes[2], report, "full");
    ck_assert_uint_eq(at_c.matches, 1);
    ck_assert_uint_eq(at_c.exposures, 1);
    ck_assert_double_eq_tol(at_c.minutes, 1, 0.2);
    ck_assert(!at_c.is_close);
    /* A heard both: B under four identifiers, C under one; each keeps a row every 5 seconds. */
    ck_assert_uint_eq(world_log_info(&world.nodes[0]).encounters, 4);
    ck_assert_uint_gt(world_log_info(&world.nodes[0]).sightings, 8 * 40);
    world_end(&world);
}
END_TEST

START_TEST(forty_minutes_as_phones_do)
{
    struct world world = {.vfs = SHIM_VFS,
                          .scan = BEACON_CYCLE_PHONE_SCAN,
                          .advertise = BEACON_CYCLE_PHONE_ADVERTISE};
    g_autofree char *report = NULL;
    struct verdict at_b;

    meet(&world);
    report = report_of(&world, &world.nodes[0]);
    at_b = verdict_at(&world.nodes[1], report, "phone");
    ck_assert_uint_eq(at_b.exposures, 1);
    ck_assert_double_eq_tol(at_b.minutes, 40, 5);
    ck_assert(at_b.is_close);
    world_end(&world);
}
END_TEST

/*
 * A phone in the background, 15 s on and 15 s off, is passed by for D = 60 s by a node that scans
 * 40 s of every 300 s and began at any time. The protocol's text has (D + 40)/300 as the upper
 * bound of being recorded (chapter 8.4); where the two overlap for L < 15 s only, the phone is
 * silent meanwhile with (15 - L)/30, which takes two times 3.75 s off the sum.
 */
static bool is_heard(guint32 seed)
{
    g_autofree char *scenario =
        g_strdup_printf("seed %u\nstart 2020-08-10T01:00:00Z\nlength 380 s\n"
                        "phone A android-background at 0 m\n"
                        "phone C node path 310 s 5 m, 340 s 1 m, 370 s 5 m\nreceiver c on C\n",
                        seed);
    struct world world = {.vfs = SHIM_VFS,
                          .scan = BEACON_CYCLE_PHONE_SCAN,
                          .advertise = BEACON_CYCLE_PHONE_ADVERTISE};
    GRand *random = g_rand_new_with_seed(seed);
    struct node_status status;
    struct world_node *node;

    world_begin(&world, scenario);
    /* The air begins with the radio: what comes before the scan does not exist. */
    node = world_add(&world, "c");
    node_end(node->node);
    beacon_clock_advance(world.clock, (gint64)(g_rand_double(random) * 300e6));
    ck_assert(node_begin(node->node, node->radio, NULL));
    beacon_clock_advance(world.clock, 6 * minute_us + 10 * G_TIME_SPAN_SECOND);
    node_status(node->node, &status);
    world_end(&world);
    g_rand_free(random);
    return status.sightings > 0;
}

START_TEST(one_minute_is_heard_as_often_as_arithmetic_says)
{
    const double runs = 200, bound = (60.0 + 40) / 300, chance = bound - 2 * 3.75 / 300;
    guint heard = 0;

    for (guint32 seed = 1; seed <= (guint32)runs; seed++)
        heard += is_heard(seed);
    ck_assert_double_le(fabs(heard - runs * chance), 4 * sqrt(runs * chance * (1 - chance)));
    ck_assert_double_le(heard, runs * bound + 4 * sqrt(runs * bound * (1 - bound)));
    printf("heard in %u of %.0f, expected %.1f, at most %.1f\n", heard, runs, runs * chance,
           runs * bound);
}
END_TEST

/* ---- The clock ---- */

static const char *const pair = "start 2020-08-10T01:00:00Z\nlength 2 h\n"
                                "phone A node at 0 m offset 0 dB\nphone B node at 1 m offset 0 dB\n"
                                "receiver a on A\nreceiver b on B\n";

static void live_at(struct world *world, gint64 wall_ms)
{
    beacon_clock_set_wall(world->clock, wall_ms * 1000);
    memset(&world->said, 0, sizeof world->said);
    world_advance(world, 3 * minute_us);
}

START_TEST(sends_what_belongs_to_the_time_believed)
{
    struct world world = {.vfs = SHIM_VFS, .slots_per_day = 1440, .on_packet = world_compare};
    const gint64 day_ms = BEACON_DAY_MS;
    g_autofree char *report = NULL, *json = NULL;

    world_begin(&world, pair);
    world_add(&world, "a");
    world_add(&world, "b");
    const gint64 walls_ms[] = {
        WORLD_START_MS,
        WORLD_START_MS + BEACON_DAY_MS,
        WORLD_START_MS - BEACON_DAY_MS,
        INT64_C(2147483647000), /* 2038-01-19T03:14:07Z, through the edge of 32 bits */
        BEACON_TIME_MIN_MS + 366 * BEACON_DAY_MS,
        WORLD_START_MS + 7,
    };
    for (guint i = 0; i < G_N_ELEMENTS(walls_ms); i++) {
        live_at(&world, walls_ms[i]);
        ck_assert_uint_eq(world.said.wrong, 0);
        ck_assert_uint_gt(world.said.right, 500);
    }
    /* Before the key's day, and before any time that is believed, nothing is world.said. */
    live_at(&world, 0);
    ck_assert_uint_eq(world.said.right + world.said.wrong, 0);
    live_at(&world, WORLD_START_MS - 30 * day_ms);
    ck_assert_uint_eq(world.said.right + world.said.wrong, 0);
    live_at(&world, WORLD_START_MS + 10 * 60000);
    ck_assert_uint_gt(world.said.right, 500);
    world_stop(&world.nodes[0]);
    world_stop(&world.nodes[1]);
    ck_assert_uint_eq(world_log_info(&world.nodes[1]).undated, 0);
    report = report_of(&world, &world.nodes[0]);
    json = world_tool(0, "match", "--keys", report, "--store", world.nodes[1].log, "--json", NULL);
    ck_assert_uint_eq(read_verdict(json).matches, 1);
    world_end(&world);
}
END_TEST

START_TEST(what_was_seen_before_the_clock_gets_its_date)
{
    struct world world = {.vfs = SHIM_VFS, .on_packet = world_compare};
    struct node_status status;
    struct beacon_store_info info;
    struct world_node *b;

    world_begin(&world, "start 2020-08-10T01:00:00Z\nlength 2 h\nphone A android-open at 1 m\n"
                        "phone B node at 0 m\nphone D node at 1 m\nreceiver b on B\n"
                        "receiver d on D\n");
    world.is_clock_right = false;
    world.on_packet = NULL;
    beacon_clock_set_wall(world.clock, 5000000); /* as a machine without a clock starts */
    b = world_add(&world, "b");
    world_advance(&world, 2 * minute_us);
    node_status(b->node, &status);
    ck_assert(!status.is_clock_right && !status.is_sending);
    ck_assert_uint_gt(status.undated, 15);
    ck_assert_uint_eq(status.sightings, 0);
    /* Set, but nobody says that it is right. */
    beacon_clock_set_wall(world.clock, (WORLD_START_MS + 120000) * 1000);
    world_advance(&world, minute_us);
    node_status(b->node, &status);
    ck_assert_uint_eq(status.sightings, 0);
    world.is_clock_right = true;
    world_advance(&world, minute_us);
    node_status(b->node, &status);
    ck_assert(status.is_clock_right && status.is_sending);
    ck_assert_uint_gt(status.sightings, 5);
    world_stop(b);
    info = world_log_info(b);
    ck_assert_uint_eq(info.undated, 0);
    ck_assert_uint_eq(info.sightings, status.sightings + status.undated);
    /* The first was heard as the clock would have said it, had it been right. */
    ck_assert_int_ge(info.oldest_ms, WORLD_START_MS);
    ck_assert_int_le(info.oldest_ms, WORLD_START_MS + 10000);
    ck_assert_int_le(info.newest_ms, WORLD_START_MS + 240000);
    world_end(&world);
}
END_TEST

/* A clock that says 1970 for a while, in between. */
START_TEST(what_was_seen_in_an_impossible_time_gets_its_date_too)
{
    struct world world = {.vfs = SHIM_VFS};
    struct world_node *b;

    world_begin(&world, pair);
    world_add(&world, "a");
    b = world_add(&world, "b");
    world_advance(&world, minute_us);
    world.nodes[0].problems = 0;
    beacon_clock_set_wall(world.clock, 0);
    world_advance(&world, minute_us);
    beacon_clock_set_wall(world.clock, WORLD_START_MS * 1000 + 2 * minute_us);
    world_advance(&world, minute_us);
    world_stop(b);
    ck_assert_uint_eq(world_log_info(b).undated, 0);
    ck_assert_int_ge(world_log_info(b).oldest_ms, WORLD_START_MS);
    ck_assert_int_le(world_log_info(b).newest_ms, WORLD_START_MS + 180000);
    world_end(&world);
}
END_TEST

/* A clock that jumps ahead deletes nobody's history: what it says must have stood for an hour. */
START_TEST(a_jump_ahead_deletes_nothing_for_an_hour)
{
    struct world world = {.vfs = SHIM_VFS};
    struct beacon_store_info info;
    struct world_node *b;

    world_begin(&world, pair);
    world_add(&world, "a");
    b = world_add(&world, "b");
    world_advance(&world, minute_us / 2);
    beacon_clock_set_wall(world.clock, INT64_C(2147483647000000));
    world_advance(&world, 50 * minute_us);
    ck_assert(beacon_store_flush(b->store, NULL));
    ck_assert(beacon_store_info(b->store, &info, NULL));
    ck_assert_int_lt(info.oldest_ms, WORLD_START_MS + 60000);
    world_advance(&world, 15 * minute_us);
    ck_assert(beacon_store_info(b->store, &info, NULL));
    ck_assert_int_gt(info.oldest_ms, INT64_C(2147483647000) - 1);
    world_end(&world);
}
END_TEST

/* Of a boot that nobody dates any more. */
START_TEST(what_never_gets_a_date_goes_after_a_day)
{
    struct world world = {.vfs = SHIM_VFS};
    const struct beacon_store_boot earlier = {{9}};
    const struct beacon_store_row row = {.sighting = {.time_ms = 5000, .rssi_dbm = -60}};
    struct beacon_store_info info;
    struct world_node *b;

    world_begin(&world, pair);
    b = world_add(&world, "b");
    ck_assert(beacon_store_add_undated(b->store, &earlier, &row, NULL));
    ck_assert(beacon_store_flush(b->store, NULL));
    world_advance(&world, 10 * minute_us);
    ck_assert(beacon_store_info(b->store, &info, NULL));
    ck_assert_uint_eq(info.undated, 1);
    beacon_clock_advance(world.clock, G_TIME_SPAN_DAY);
    ck_assert(beacon_store_info(b->store, &info, NULL));
    ck_assert_uint_eq(info.undated, 0);
    world_end(&world);
}
END_TEST

/* ---- What is kept of a sighting ---- */

static struct {
    struct world_node *node;
    guint androids, iphones;
} kept;

static gboolean on_row(const struct beacon_store_row *row, gpointer user)
{
    struct beacon_identifier own = world_identifier(kept.node, row->sighting.time_ms);

    (void)user;
    ck_assert_mem_eq(&row->own, &own, sizeof own);
    ck_assert_int_eq(row->sighting.tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert_int_ne(row->sighting.rssi_dbm, BEACON_RSSI_ABSENT);
    kept.androids += row->sighting.platform == BEACON_PLATFORM_ANDROID;
    kept.iphones += row->sighting.platform == BEACON_PLATFORM_IPHONE;
    return TRUE;
}

START_TEST(a_row_knows_who_sent_and_what_we_sent)
{
    struct world world = {.vfs = SHIM_VFS};
    struct node_status status;
    struct world_node *b;

    world_begin(&world, "start 2020-08-10T01:00:00Z\nlength 2 h\nphone A android-open at 1 m\n"
                        "phone I iphone-background at 1 m\nphone O iphone-same-bit at 1 m\n"
                        "phone B node at 0 m\nreceiver b on B\n");
    b = world_add(&world, "b");
    world_advance(&world, 20 * minute_us);
    node_status(b->node, &status);
    kept.node = b;
    kept.androids = kept.iphones = 0;
    ck_assert(beacon_store_flush(b->store, NULL));
    ck_assert(beacon_store_read(b->store, WORLD_START_MS, WORLD_START_MS + BEACON_DAY_MS, on_row,
                                NULL, NULL));
    ck_assert_uint_eq(kept.androids + kept.iphones, status.sightings);
    ck_assert_uint_gt(kept.androids, 200);
    ck_assert_uint_gt(kept.iphones, 200);
    world_end(&world);
}
END_TEST

/* ---- Another identity ---- */

static struct beacon_identifier last_heard;

static void keep_last(struct world *world, guint node, const struct beacon_radio_packet *packet)
{
    struct beacon_advert_info info;

    (void)world;
    beacon_advert_recognise(packet->data, packet->size, &info);
    if (node == 1)
        last_heard = info.identifier;
}

START_TEST(another_identity_is_taken_up_at_once)
{
    struct world world = {.vfs = SHIM_VFS, .on_packet = keep_last};
    struct beacon_identifier old, other;
    beacon_identity *fresh;
    struct world_node *a;
    gint64 now_ms;

    world_begin(&world, pair);
    a = world_add(&world, "a");
    world_add(&world, "b");
    world_advance(&world, minute_us);
    now_ms = beacon_clock_wall_us(world.clock) / 1000;
    old = world_identifier(a, now_ms);
    ck_assert_mem_eq(&last_heard, &old, sizeof old);
    ck_assert_int_eq(beacon_identity_generate(beacon_day_of(now_ms) - BEACON_BASE_DAY_OFFSET,
                                              BEACON_SLOTS_PER_DAY, &fresh),
                     0);
    ck_assert_int_eq(beacon_identity_at(fresh, now_ms, &other, NULL), 0);
    a->next = fresh;
    node_look_for_identity(a->node);
    world_advance(&world, 2 * G_TIME_SPAN_SECOND);
    ck_assert_mem_eq(&last_heard, &other, sizeof other);
    /* Without a word, at the next look. */
    ck_assert_int_eq(beacon_identity_generate(beacon_day_of(now_ms) - BEACON_BASE_DAY_OFFSET,
                                              BEACON_SLOTS_PER_DAY, &fresh),
                     0);
    ck_assert_int_eq(beacon_identity_at(fresh, now_ms, &other, NULL), 0);
    a->next = fresh;
    world_advance(&world, minute_us + G_TIME_SPAN_SECOND);
    ck_assert_mem_eq(&last_heard, &other, sizeof other);
    world_end(&world);
}
END_TEST

/* Forged identifiers are as many as somebody likes. */
START_TEST(a_flood_of_identifiers_is_bounded)
{
    struct world world = {.vfs = SHIM_VFS};
    struct node_status status;
    struct world_node *b;

    world_begin(&world, "start 2020-08-10T01:00:00Z\nlength 2 h\nloss 0 %\n"
                        "phone F forger at 1 m new 400 per second\nphone B node at 0 m\n"
                        "receiver b on B\n");
    b = world_add(&world, "b");
    world_advance(&world, minute_us);
    node_status(b->node, &status);
    ck_assert_uint_gt(status.sightings + status.lost, 20000);
    ck_assert_uint_le(status.about, 16384);
    ck_assert_uint_eq(status.encounters + 16384, status.sightings + status.lost);
    world_end(&world);
}
END_TEST

static Suite *node_suite(void)
{
    Suite *suite = suite_create("node");
    TCase *tcase = tcase_create("node");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, shim_reset, NULL); /* whose syncs cost nothing */
    tcase_add_test(tcase, forty_minutes_in_full);
    tcase_add_test(tcase, forty_minutes_as_phones_do);
    tcase_add_test(tcase, one_minute_is_heard_as_often_as_arithmetic_says);
    tcase_add_test(tcase, sends_what_belongs_to_the_time_believed);
    tcase_add_test(tcase, what_was_seen_before_the_clock_gets_its_date);
    tcase_add_test(tcase, what_was_seen_in_an_impossible_time_gets_its_date_too);
    tcase_add_test(tcase, a_jump_ahead_deletes_nothing_for_an_hour);
    tcase_add_test(tcase, what_never_gets_a_date_goes_after_a_day);
    tcase_add_test(tcase, a_row_knows_who_sent_and_what_we_sent);
    tcase_add_test(tcase, another_identity_is_taken_up_at_once);
    tcase_add_test(tcase, a_flood_of_identifiers_is_bounded);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return check_main(node_suite());
}
