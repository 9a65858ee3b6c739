/* SPDX-License-Identifier: MIT */
/* The simulated radio: gives exactly what the air's timeline has, at its times, and nothing else.
 */
#include <beacon/air.h>
#include <beacon/radio.h>

#include "check_main.h"
#include <glib/gstdio.h>
#include <string.h>

/* Two phones with the app, an iPhone, a receiver that loses its adapter for ten seconds. */
static const char *const scenario_text = "seed 7\n"
                                         "start 2020-08-10T00:14:30Z\n"
                                         "length 60 s\n"
                                         "receiver door away from 20 s to 30 s\n"
                                         "phone near android-open at 20 cm\n"
                                         "phone far android-background at 6 m\n"
                                         "phone apple iphone-open at 50 cm\n"
                                         "phone lazy iphone-stalling at 50 cm\n"
                                         "phone other iphone-same-bit at 50 cm\n"
                                         "phone us node at 1 m\n";
static const gint64 second_us = G_TIME_SPAN_SECOND;

struct heard {
    gint64 time_us;
    struct beacon_address address;
    gint8 rssi_dbm;
    struct beacon_advert advert;
};

static struct {
    beacon_radio *radio;
    GArray *packets; /* struct heard */
    GString *states;
    guint free_at;
    guint payloads, rotations;
    GArray *visits; /* struct beacon_visit */
    gint64 visited_us;
} told;

static char *folder, *path, *address;

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct heard heard = {packet->time_us, packet->address, packet->rssi_dbm, {0}};
    (void)user;
    heard.advert.size = (guint8)packet->size;
    memcpy(heard.advert.bytes, packet->data, packet->size);
    g_array_append_val(told.packets, heard);
    if (told.packets->len == told.free_at)
        told.radio = beacon_radio_free(told.radio);
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    (void)user;
    g_string_append_printf(told.states, "%s ", beacon_radio_state_text(health->state));
}

static void on_rotation(const struct beacon_advert *advert, const struct beacon_address *from,
                        gint64 gap_us, gpointer user)
{
    (void)advert, (void)user;
    ck_assert_int_eq(gap_us, 0);
    ck_assert_int_eq(beacon_address_form(from), BEACON_ADDRESS_FORM_NON_RESOLVABLE);
    told.rotations++;
}

static const struct beacon_radio_listener listener = {on_packet, on_health, on_rotation, NULL};

static void set_up(void)
{
    GError *error = NULL;
    memset(&told, 0, sizeof told);
    told.packets = g_array_new(FALSE, FALSE, sizeof(struct heard));
    told.visits = g_array_new(FALSE, FALSE, sizeof(struct beacon_visit));
    told.states = g_string_new(NULL);
    folder = g_dir_make_tmp("sim-XXXXXX", &error);
    ck_assert_ptr_nonnull(folder);
    path = g_build_filename(folder, "scenario.air", NULL);
    address = g_strconcat("sim:", path, NULL);
    ck_assert(g_file_set_contents(path, scenario_text, -1, &error));
}

static void tear_down(void)
{
    told.radio = beacon_radio_free(told.radio);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_unlink(path);
    g_rmdir(folder);
    g_free(folder);
    g_free(path);
    g_free(address);
    g_array_unref(told.packets);
    g_array_unref(told.visits);
    g_string_free(told.states, TRUE);
}

static void open_radio(double speed)
{
    GError *error = NULL;
    const struct beacon_radio_options options = {.size = sizeof options, .speed = speed};
    told.radio = beacon_radio_open(address, &options, &listener, &error);
    ck_assert_msg(told.radio != NULL, "%s", error != NULL ? error->message : "");
}

static void scan(struct beacon_cycle cycle)
{
    const struct beacon_radio_scan params = {.size = sizeof params, .cycle = cycle};
    ck_assert(beacon_radio_scan(told.radio, &params, NULL));
}

static void play_to_the_end(void)
{
    while (told.radio != NULL && beacon_radio_health(told.radio).state != BEACON_RADIO_ENDED)
        g_main_context_iteration(NULL, TRUE);
}

/* What the first receiver hears by the air's own account, within a span of the scenario. */
static guint expect_timeline(gint64 from_us, gint64 to_us, guint at)
{
    struct beacon_air_event event;
    beacon_air *air = beacon_air_load(path, NULL, NULL);
    gint64 start = beacon_air_start_us(air);
    while (beacon_air_next(air, &event)) {
        if (event.type != BEACON_AIR_PACKET || event.time_us < start + from_us ||
            event.time_us >= start + to_us)
            continue;
        ck_assert_uint_lt(at, told.packets->len);
        const struct heard *heard = &g_array_index(told.packets, struct heard, at++);
        ck_assert_int_eq(heard->time_us, event.time_us);
        ck_assert_int_eq(heard->rssi_dbm, event.packet.rssi_dbm);
        ck_assert_mem_eq(&heard->advert, &event.packet.advert, 1u + event.packet.advert.size);
        for (guint i = 0; i < 6; i++)
            ck_assert_uint_eq(heard->address.bytes[i], event.packet.address[5 - i]);
    }
    beacon_air_free(air);
    return at;
}

START_TEST(hears_the_timeline)
{
    open_radio(-1);
    scan(BEACON_CYCLE_FULL);
    play_to_the_end();
    ck_assert_uint_gt(told.packets->len, 100);
    ck_assert_uint_eq(expect_timeline(0, 60 * second_us, 0), told.packets->len);
    ck_assert_str_eq(told.states->str, "ready lost ready ended ");
    struct beacon_radio_health health = beacon_radio_health(told.radio);
    ck_assert_uint_eq(health.counters.packets, told.packets->len);
    ck_assert_int_eq(health.counters.deaf_us, 10 * second_us);
}
END_TEST

START_TEST(hears_only_while_its_cycle_is_on)
{
    open_radio(-1);
    scan((struct beacon_cycle){5000, 7000});
    play_to_the_end();
    guint at = 0;
    for (gint64 from = 0; from < 60; from += 12)
        at = expect_timeline(from * second_us, (from + 5) * second_us, at);
    ck_assert_uint_gt(at, 20);
    ck_assert_uint_eq(at, told.packets->len);
}
END_TEST

START_TEST(may_be_freed_by_its_callback)
{
    open_radio(-1);
    scan(BEACON_CYCLE_FULL);
    told.free_at = 5;
    play_to_the_end();
    ck_assert_uint_eq(told.packets->len, 5);
}
END_TEST

/* ---- Visits ---- */

static void on_visit(const struct beacon_visit *visit, gpointer user)
{
    (void)user;
    g_array_append_val(told.visits, *visit);
    told.visited_us = beacon_clock_wall_us(beacon_radio_clock(told.radio));
}

static struct beacon_air_read read_of(const char *name, struct beacon_address *ret_address)
{
    struct beacon_air_event event;
    struct beacon_air_read read;
    guint32 device;
    beacon_air *air = beacon_air_load(path, NULL, NULL);
    ck_assert(beacon_air_find_device(air, name, &device));
    do
        ck_assert(beacon_air_next(air, &event));
    while (event.type != BEACON_AIR_PACKET || event.device != device);
    beacon_air_read(air, 0, event.packet.address, beacon_air_start_us(air), &read);
    ret_address->type = event.packet.address_type == BEACON_AIR_ADDRESS_PUBLIC
                            ? BEACON_ADDRESS_PUBLIC
                            : BEACON_ADDRESS_RANDOM;
    for (guint i = 0; i < 6; i++)
        ret_address->bytes[i] = event.packet.address[5 - i];
    beacon_air_free(air);
    return read;
}

static struct beacon_visit visit(const struct beacon_address *whom)
{
    gint64 until = beacon_clock_wall_us(beacon_radio_clock(told.radio)) + 20 * second_us;
    guint before = told.visits->len;
    ck_assert(beacon_radio_visit(told.radio, whom, until, on_visit, NULL));
    while (told.visits->len == before)
        g_main_context_iteration(NULL, TRUE);
    return g_array_index(told.visits, struct beacon_visit, before);
}

START_TEST(visits_as_the_air_answers)
{
    struct beacon_address whom;
    const struct beacon_air_read read = read_of("apple", &whom);
    open_radio(-1);
    struct beacon_visit result = visit(&whom);
    ck_assert_int_eq(read.outcome, BEACON_AIR_READ_ANSWERED);
    ck_assert_int_eq(result.result, BEACON_VISIT_READ);
    ck_assert_mem_eq(result.identifier.bytes, read.value, BEACON_IDENTIFIER_SIZE);
    ck_assert_int_eq(result.time_us, read.answered_us);
    ck_assert(!result.remembered);
    result = visit(&whom);
    ck_assert(result.remembered);
    ck_assert_int_eq(told.visited_us, read.answered_us);
}
END_TEST

START_TEST(visits_end_at_their_limit)
{
    struct beacon_address whom;
    read_of("lazy", &whom);
    open_radio(-1);
    gint64 start = beacon_clock_wall_us(beacon_radio_clock(told.radio));
    ck_assert_int_eq(visit(&whom).result, BEACON_VISIT_STALLED);
    ck_assert_int_eq(told.visited_us - start, 3 * second_us);
}
END_TEST

START_TEST(visits_strangers_and_nobody)
{
    struct beacon_address whom;
    read_of("other", &whom);
    open_radio(-1);
    ck_assert_int_eq(visit(&whom).result, BEACON_VISIT_FOREIGN);
    whom.bytes[5] ^= 1;
    ck_assert_int_eq(visit(&whom).result, BEACON_VISIT_UNREACHABLE);
}
END_TEST

/* ---- Sending ---- */

static gboolean payload(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                        gpointer user)
{
    struct beacon_identifier identifier = {{0}};
    (void)user;
    identifier.bytes[0] = (guint8)++told.payloads;
    beacon_advert_android(&identifier, ret_advert);
    *ret_until_us = time_us - time_us % (15 * second_us) + 15 * second_us;
    return TRUE;
}

START_TEST(sends_as_the_node_and_rolls)
{
    const struct beacon_radio_advertise advertise = {
        .size = sizeof advertise, .payload = payload, .not_connectable = TRUE};
    open_radio(-1);
    ck_assert(beacon_radio_capabilities(told.radio) & BEACON_RADIO_CAN_ADVERTISE);
    ck_assert(beacon_radio_advertise(told.radio, &advertise, NULL));
    play_to_the_end();
    ck_assert_uint_eq(told.payloads,
                      5); /* at the start, and at each quarter minute, the last one too */
    ck_assert_uint_ge(told.rotations, 4);
}
END_TEST

/* ---- Several on one air ---- */

/* Three of our own; nobody hears whom it is carried by. */
static const char *const shared_text = "start 2020-08-10T00:14:30Z\nlength 60 s\nloss 0 %\n"
                                       "phone A node at 0 m\nphone B node at 1 m\n"
                                       "receiver a on A\nreceiver b on B\nreceiver door\n";

static struct {
    beacon_clock *clock;
    beacon_radio *radios[3];
    guint heard[3][2]; /* by whom, from whom */
    guint ends;
} shared;

static void on_shared_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct beacon_advert_info info;
    beacon_advert_recognise(packet->data, packet->size, &info);
    ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
    shared.heard[GPOINTER_TO_INT(user)][info.identifier.bytes[0]]++;
    ck_assert_int_eq(packet->time_us, beacon_clock_wall_us(shared.clock));
}

static void on_shared_health(const struct beacon_radio_health *health, gpointer user)
{
    (void)user;
    shared.ends += health->state == BEACON_RADIO_ENDED;
}

static gboolean shared_payload(gint64 time_us, struct beacon_advert *ret_advert,
                               gint64 *ret_until_us, gpointer user)
{
    const struct beacon_identifier identifier = {{(guint8)GPOINTER_TO_INT(user)}};
    beacon_advert_android(&identifier, ret_advert);
    *ret_until_us = time_us + G_TIME_SPAN_HOUR;
    return TRUE;
}

static beacon_radio *open_shared(int number, const char *receiver, GError **error)
{
    const struct beacon_radio_options options = {.size = sizeof options, .clock = shared.clock};
    const struct beacon_radio_listener ours = {.on_packet = on_shared_packet,
                                               .on_health = on_shared_health,
                                               .user = GINT_TO_POINTER(number)};
    char *name = g_strconcat(address, "#", receiver, NULL);
    beacon_radio *radio = beacon_radio_open(name, &options, &ours, error);
    g_free(name);
    return radio;
}

static void begin_shared(void)
{
    static const char *const names[] = {"a", "b", "door"};
    memset(&shared, 0, sizeof shared);
    ck_assert(g_file_set_contents(path, shared_text, -1, NULL));
    shared.clock = beacon_clock_new_virtual(NULL, INT64_C(1597018470000000), BEACON_CLOCK_BY_HAND);
    for (int i = 0; i < 3; i++) {
        const struct beacon_radio_scan scan_params = {.size = sizeof scan_params};
        const struct beacon_radio_advertise advertise = {.size = sizeof advertise,
                                                         .payload = shared_payload,
                                                         .user = GINT_TO_POINTER(i),
                                                         .not_connectable = TRUE};
        shared.radios[i] = open_shared(i, names[i], NULL);
        ck_assert_ptr_nonnull(shared.radios[i]);
        ck_assert(beacon_radio_scan(shared.radios[i], &scan_params, NULL));
        ck_assert(beacon_radio_advertise(shared.radios[i], &advertise, NULL) == (i < 2));
    }
}

static void end_shared(void)
{
    for (int i = 0; i < 3; i++)
        beacon_radio_free(shared.radios[i]);
    beacon_clock_unref(shared.clock);
}

START_TEST(radios_of_one_clock_share_an_air)
{
    begin_shared();
    beacon_clock_advance(shared.clock, 60 * second_us);
    /* Every 100 to 110 ms, from the start on. */
    for (int by = 0; by < 3; by++)
        for (int of = 0; of < 2; of++)
            if (by == of) {
                ck_assert_uint_eq(shared.heard[by][of], 0);
            } else {
                ck_assert_uint_ge(shared.heard[by][of], 540);
                ck_assert_uint_le(shared.heard[by][of], 601);
            }
    ck_assert_uint_eq(shared.ends, 3);
    end_shared();
}
END_TEST

START_TEST(who_leaves_is_silent_and_may_come_back)
{
    begin_shared();
    beacon_clock_advance(shared.clock, 10 * second_us);
    guint before = shared.heard[1][0];
    ck_assert_uint_gt(before, 80);
    shared.radios[0] = beacon_radio_free(shared.radios[0]);
    beacon_clock_advance(shared.clock, 10 * second_us);
    ck_assert_uint_le(shared.heard[1][0], before);
    ck_assert_uint_gt(shared.heard[2][1], 160);
    shared.radios[0] = open_shared(0, "a", NULL);
    const struct beacon_radio_advertise advertise = {
        .size = sizeof advertise, .payload = shared_payload, .not_connectable = TRUE};
    ck_assert(beacon_radio_advertise(shared.radios[0], &advertise, NULL));
    beacon_clock_advance(shared.clock, 10 * second_us);
    ck_assert_uint_gt(shared.heard[1][0], before + 80);
    end_shared();
}
END_TEST

START_TEST(a_receiver_is_one_radio)
{
    GError *error = NULL;
    begin_shared();
    ck_assert_ptr_null(open_shared(0, "b", &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_BUSY));
    g_clear_error(&error);
    ck_assert_ptr_null(open_shared(0, "nobody", &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS));
    g_clear_error(&error);
    end_shared();
    ck_assert_ptr_null(beacon_radio_open("sim:/nowhere/at.all#a", NULL, &listener, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ABSENT));
    g_clear_error(&error);
}
END_TEST

START_TEST(says_what_is_wrong_with_a_scenario)
{
    GError *error = NULL;
    ck_assert(g_file_set_contents(path, "seed 1\nphone nobody\n", -1, NULL));
    ck_assert_ptr_null(beacon_radio_open(address, NULL, &listener, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FORMAT));
    ck_assert_ptr_nonnull(strstr(error->message, "scenario.air:2:"));
    g_clear_error(&error);
    ck_assert_ptr_null(beacon_radio_open("sim:/nowhere/at.all", NULL, &listener, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ABSENT));
    g_clear_error(&error);
}
END_TEST

static Suite *sim_suite(void)
{
    Suite *suite = suite_create("sim");
    TCase *tcase = tcase_create("sim");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, hears_the_timeline);
    tcase_add_test(tcase, hears_only_while_its_cycle_is_on);
    tcase_add_test(tcase, may_be_freed_by_its_callback);
    tcase_add_test(tcase, visits_as_the_air_answers);
    tcase_add_test(tcase, visits_end_at_their_limit);
    tcase_add_test(tcase, visits_strangers_and_nobody);
    tcase_add_test(tcase, sends_as_the_node_and_rolls);
    tcase_add_test(tcase, radios_of_one_clock_share_an_air);
    tcase_add_test(tcase, who_leaves_is_silent_and_may_come_back);
    tcase_add_test(tcase, a_receiver_is_one_radio);
    tcase_add_test(tcase, says_what_is_wrong_with_a_scenario);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return check_main(sim_suite());
}
