/* SPDX-License-Identifier: MIT */
/*
 * Two radios meet while one of them changes its identifier again and again:
 *
 *     rotate SENDER RECEIVER ROTATIONS INTERVAL_MS LATEST_MS [connectable] [RECORD]
 *
 * Ends with 0 when every change was on the air within LATEST_MS of its edge and was heard; says so
 * as JSON. What passed at the receiver goes to RECORD, which tests/radio/rotations.py judges.
 */
#include <beacon/radio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTLE_US = 500000 };

struct meeting {
    GMainLoop *loop;
    beacon_clock *clock;
    beacon_radio *sender, *receiver;
    gint64 interval_us;
    guint wanted, made, told, heard;
    gint64 edge_us;   /* when the identifier now sent became due */
    gint64 latest_us; /* of all changes, after their edge */
    gint64 limit_us;  /* on that */
    gboolean connectable;
    guint last_heard;
};

static gboolean payload(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                        gpointer user)
{
    struct meeting *meeting = user;
    struct beacon_identifier identifier = {{0}};
    meeting->edge_us = meeting->edge_us != 0 ? meeting->edge_us + meeting->interval_us : time_us;
    meeting->made++;
    memcpy(identifier.bytes, &meeting->made, sizeof meeting->made);
    identifier.bytes[sizeof meeting->made] = meeting->connectable ? 1 : 0; /* other runs, others */
    beacon_advert_android(&identifier, ret_advert);
    *ret_until_us = meeting->edge_us + meeting->interval_us;
    return TRUE;
}

static gboolean finish(gpointer user)
{
    g_main_loop_quit(((struct meeting *)user)->loop);
    return G_SOURCE_REMOVE;
}

static void on_rotation(const struct beacon_advert *advert, const struct beacon_address *address,
                        gint64 gap_us, gpointer user)
{
    struct meeting *meeting = user;
    (void)advert, (void)address, (void)gap_us;
    gint64 late = beacon_clock_wall_us(meeting->clock) - meeting->edge_us;
    if (meeting->told++ > 0) /* the first has no edge: it goes out when the radio is ready */
        meeting->latest_us = MAX(meeting->latest_us, late);
    if (meeting->told == meeting->wanted)
        g_timeout_add(SETTLE_US / 1000, finish, meeting);
}

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct meeting *meeting = user;
    struct beacon_advert_info info;
    guint number;
    beacon_advert_recognise(packet->data, packet->size, &info);
    if (info.kind != BEACON_ADVERT_ANDROID)
        return;
    memcpy(&number, info.identifier.bytes, sizeof number);
    meeting->heard += number != meeting->last_heard;
    meeting->last_heard = number;
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    (void)user;
    fprintf(stderr, "%s: %s\n", beacon_radio_state_text(health->state), health->text);
}

static void die(GError *error)
{
    fprintf(stderr, "rotate: %s\n", error->message);
    exit(1);
}

static void open_both(struct meeting *meeting, char **argv)
{
    GError *error = NULL;
    const struct beacon_radio_options options = {
        .size = sizeof options, .clock = meeting->clock, .take = TRUE, .command_ms = 10000};
    const struct beacon_radio_listener sender = {
        .on_rotation = on_rotation, .on_health = on_health, .user = meeting};
    const struct beacon_radio_listener receiver = {
        .on_packet = on_packet, .on_health = on_health, .user = meeting};
    meeting->receiver = beacon_radio_open(argv[2], &options, &receiver, &error);
    if (meeting->receiver == NULL)
        die(error);
    meeting->sender = beacon_radio_open(argv[1], &options, &sender, &error);
    if (meeting->sender == NULL)
        die(error);
}

static void begin(struct meeting *meeting, const char *record)
{
    GError *error = NULL;
    const struct beacon_radio_scan scan = {.size = sizeof scan};
    const struct beacon_radio_advertise advertise = {.size = sizeof advertise,
                                                     .payload = payload,
                                                     .user = meeting,
                                                     .not_connectable = !meeting->connectable};
    if ((record != NULL && !beacon_radio_record(meeting->receiver, record, &error)) ||
        !beacon_radio_scan(meeting->receiver, &scan, &error) ||
        !beacon_radio_advertise(meeting->sender, &advertise, &error))
        die(error);
}

static gboolean tell(const struct meeting *meeting)
{
    struct beacon_radio_health health = beacon_radio_health(meeting->sender);
    gboolean well = meeting->told >= meeting->wanted && meeting->heard >= meeting->wanted &&
                    meeting->latest_us <= meeting->limit_us;
    printf("{\"rotations\":%u,\"heard\":%u,\"latest_us\":%" G_GINT64_FORMAT
           ",\"worst_gap_us\":%" G_GINT64_FORMAT "}\n",
           meeting->told, meeting->heard, meeting->latest_us, health.counters.worst_gap_us);
    return well;
}

int main(int argc, char **argv)
{
    struct meeting meeting = {0};
    if (argc < 6) {
        fputs("rotate SENDER RECEIVER ROTATIONS INTERVAL_MS LATEST_MS [connectable] [RECORD]\n",
              stderr);
        return 2;
    }
    meeting.connectable = argc > 6 && strcmp(argv[6], "connectable") == 0;
    const char *record = argc > 6 + meeting.connectable ? argv[6 + meeting.connectable] : NULL;
    meeting.loop = g_main_loop_new(NULL, FALSE);
    meeting.clock = beacon_clock_new(NULL);
    meeting.wanted = (guint)atoi(argv[3]);
    meeting.interval_us = atoi(argv[4]) * 1000;
    meeting.limit_us = atoi(argv[5]) * 1000;
    open_both(&meeting, argv);
    begin(&meeting, record);
    g_main_loop_run(meeting.loop);
    gboolean well = tell(&meeting);
    beacon_radio_free(meeting.sender);
    beacon_radio_free(meeting.receiver);
    beacon_clock_unref(meeting.clock);
    g_main_loop_unref(meeting.loop);
    return well ? 0 : 1;
}
