/* SPDX-License-Identifier: MIT */
/* Advertising reports from a controller's socket to the program's callback: how many, how soon, and
 * what a thousand a second cost. */
#include "bench.h"

#include "radio_peer.h"
#include "random.h"

#include <beacon/advert.h>
#include <beacon/radio.h>
#include <stdlib.h>
#include <string.h>

#define REPORTS       1048576
#define KINDS         4096 /* of reports, sent again and again */
#define SEVERAL       7    /* of ours that fit into one event */
#define LATENCIES     200
#define LATENCY_PAUSE 20000 /* µs: each comes alone */
#define STEADY        500
#define STEADY_ROUNDS 7
#define STEADY_PAUSE  1000 /* µs: a thousand a second */
#define LIMIT_S       20   /* without any report */

struct listening {
    GMainContext *context;
    beacon_clock *clock;
    struct radio_peer *peer;
    beacon_radio *radio;
    GByteArray *packets; /* HCI events, one after the other */
    guint times;         /* that they are sent in a run */
    uint64_t right_digest;
    uint64_t count, digest; /* of what was heard */
    uint64_t wanted;
    double *heard_us; /* or NULL */
};

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct listening *listening = user;
    uint64_t end;

    if (listening->heard_us)
        listening->heard_us[listening->count] = 1e6 * machine_wall_seconds();
    memcpy(&end, packet->data + packet->size - sizeof(end), sizeof(end));
    listening->digest += end + packet->address.bytes[5] + (uint64_t)packet->size;
    listening->count++;
}

/* LE Advertising Report (Bluetooth Core 5.3, vol 4 part E, 7.7.65.2). */
static void put_event(struct listening *listening, struct random_source *random, guint reports)
{
    GByteArray *packets = listening->packets;
    const guint start = packets->len;
    const guint8 head[] = {4, 0x3E, 0, 0x02, (guint8)reports};

    g_byte_array_append(packets, head, sizeof(head));
    for (guint i = 0; i < reports; i++) {
        struct beacon_identifier identifier;
        struct beacon_advert advert;
        guint8 begin[9] = {0, 1}, rssi = 0xC0;
        uint64_t end;

        random_fill(random, &identifier, sizeof(identifier));
        random_fill(random, begin + 2, 6);
        beacon_advert_android(&identifier, &advert);
        begin[8] = advert.size;
        g_byte_array_append(packets, begin, sizeof(begin));
        g_byte_array_append(packets, advert.bytes, advert.size);
        g_byte_array_append(packets, &rssi, 1);
        memcpy(&end, advert.bytes + advert.size - sizeof(end), sizeof(end));
        listening->right_digest += end + begin[2] + advert.size;
    }
    packets->data[start + 2] = (guint8)(packets->len - start - 3);
}

static void open_radio(struct listening *listening)
{
    const struct beacon_radio_options options = {.size = sizeof(options),
                                                 .clock = listening->clock};
    const struct beacon_radio_listener listener = {.on_packet = on_packet, .user = listening};
    const struct beacon_radio_scan scan = {.size = sizeof(scan)};

    listening->radio =
        beacon_radio_open(radio_peer_address(listening->peer), &options, &listener, NULL);
    if (!listening->radio || !beacon_radio_scan(listening->radio, &scan, NULL))
        fail("no radio at %s", radio_peer_address(listening->peer));
    while (!beacon_radio_health(listening->radio).scanning)
        g_main_context_iteration(listening->context, TRUE);
}

static struct listening *listening_new(size_t reports, guint in_an_event)
{
    struct listening *listening = g_new0(struct listening, 1);
    struct random_source random = {1};
    const guint kinds = (guint)MIN(reports, KINDS) / in_an_event;

    listening->context = g_main_context_new();
    listening->clock = beacon_clock_new(listening->context);
    listening->packets = g_byte_array_new();
    for (guint i = 0; i < MAX(kinds, 1); i++)
        put_event(listening, &random, in_an_event);
    listening->times = (guint)MAX(reports / KINDS, 1);
    listening->wanted = (uint64_t)MAX(kinds, 1) * in_an_event * listening->times;
    listening->peer = radio_peer_new();
    open_radio(listening);
    return listening;
}

static void listening_free(void *state)
{
    struct listening *listening = state;

    beacon_radio_free(listening->radio);
    radio_peer_free(listening->peer);
    beacon_clock_unref(listening->clock);
    g_main_context_unref(listening->context);
    g_byte_array_unref(listening->packets);
    g_free(listening);
}

static void listening_prepare(void *state)
{
    struct listening *listening = state;

    listening->count = listening->digest = 0;
}

static gboolean wake(gpointer user)
{
    (void)user;
    return G_SOURCE_CONTINUE;
}

/* So that waiting for what does not come has an end. */
static GSource *wake_every_second(GMainContext *context)
{
    GSource *source = g_timeout_source_new_seconds(1);

    g_source_set_callback(source, wake, NULL, NULL);
    g_source_attach(source, context);
    return source;
}

static void listen_to_all(struct listening *listening)
{
    GSource *source = wake_every_second(listening->context);
    double last_s = machine_wall_seconds();
    uint64_t count = listening->count;

    while (listening->count < listening->wanted) {
        g_main_context_iteration(listening->context, TRUE);
        if (listening->count != count)
            last_s = machine_wall_seconds();
        else if (machine_wall_seconds() - last_s > LIMIT_S)
            fail("the radio has told no report for %d s", LIMIT_S);
        count = listening->count;
    }
    g_source_destroy(source);
    g_source_unref(source);
}

static void listening_run(void *state)
{
    struct listening *listening = state;

    radio_peer_send(listening->peer, listening->packets->data, listening->packets->len,
                    listening->times);
    listen_to_all(listening);
}

static bool listening_check(void *state)
{
    const struct listening *listening = state;

    return listening->count == listening->wanted &&
           listening->digest == listening->right_digest * listening->times;
}

static void measure_throughput(struct session *session, size_t reports)
{
    static const guint in_events[] = {1, SEVERAL};

    for (size_t i = 0; i < G_N_ELEMENTS(in_events); i++) {
        struct group *group = group_new("radio", "M/s");
        struct listening *listening = listening_new(reports, in_events[i]);

        group_add(group, SUBJECT_RADIO, g_strdup_printf("reports, %u an event", in_events[i]),
                  (struct contender){.work = (double)listening->wanted,
                                     .prepare = listening_prepare,
                                     .run = listening_run,
                                     .check = listening_check,
                                     .release = listening_free,
                                     .state = listening});
        group_measure(session, group);
        group_free(group);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* One report at a time, while the program waits for it. */
static void measure_latency(struct session *session, guint reports)
{
    struct listening *listening = listening_new(1, 1);
    double *sent_us = g_new(double, reports), *latencies = g_new(double, reports);

    listening->heard_us = latencies;
    listening->wanted = reports;
    radio_peer_send_slowly(listening->peer, listening->packets->data, listening->packets->len,
                           reports, LATENCY_PAUSE, sent_us);
    listen_to_all(listening);
    for (guint i = 0; i < reports; i++)
        latencies[i] -= sent_us[i];
    qsort(latencies, reports, sizeof(*latencies), compare_doubles);
    report_note(session->report,
                "radio: from a report's write to its callback %.1f µs (median of %u), %.1f µs "
                "(99 in 100)",
                latencies[reports / 2], reports, latencies[reports * 99ULL / 100]);
    listening_free(listening);
    g_free(sent_us);
    g_free(latencies);
}

/* The share of a core that so many reports take. */
static double load_of(struct listening *listening, guint reports)
{
    double wall = machine_wall_seconds(), running = machine_seconds();

    listening->count = 0;
    listening->wanted = reports;
    radio_peer_send_slowly(listening->peer, listening->packets->data, listening->packets->len,
                           reports, STEADY_PAUSE, NULL);
    listen_to_all(listening);
    wall = machine_wall_seconds() - wall;
    return (machine_seconds() - running) / wall;
}

static void measure_load(struct session *session, guint reports)
{
    struct listening *listening = listening_new(1, 1);
    double loads[STEADY_ROUNDS];

    for (size_t i = 0; i < STEADY_ROUNDS; i++)
        loads[i] = load_of(listening, reports);
    qsort(loads, STEADY_ROUNDS, sizeof(*loads), compare_doubles);
    report_note(session->report,
                "radio: a thousand reports a second cost %.2f %% of a core (%.2f to %.2f in %d "
                "rounds)",
                100 * loads[STEADY_ROUNDS / 2], 100 * loads[0], 100 * loads[STEADY_ROUNDS - 1],
                STEADY_ROUNDS);
    listening_free(listening);
}

void bench_radio(struct session *session)
{
    const size_t reports = options_size(session->options.logs, REPORTS);

    if (!session_wants(session, SUBJECT_RADIO))
        return;
    measure_throughput(session, reports);
    measure_latency(session, (guint)MIN(reports, LATENCIES));
    measure_load(session, (guint)MIN(reports, STEADY));
}
