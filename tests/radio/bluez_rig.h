/* SPDX-License-Identifier: MIT */
/* A radio bluez:hci0 on a made-up bluetoothd, on a clock that a test moves; for programs of one
 * test at a time. */
#ifndef RADIO_BLUEZ_RIG_H
#define RADIO_BLUEZ_RIG_H

#include "check_main.h"
#include "radio/mock_bluez.h"

#include <beacon/radio.h>
#include <stdio.h>
#include <string.h>

enum { RIG_LIMIT_S = 30, RIG_MOMENT_US = 10 * G_TIME_SPAN_MILLISECOND };

static struct rig {
    struct mock *mock;
    beacon_clock *clock;
    beacon_radio *radio;
    struct beacon_radio_options options;
    GString *health; /* "lost: bluetoothd does not run; ready: ready; " */
    GPtrArray *packets;
    GArray *rotations; /* of struct beacon_advert */
    GArray *visits;    /* of struct beacon_visit */
    guint8 payload;    /* the identifier's last byte */
    gboolean is_private;
    gboolean free_at_health;
} rig;

struct rig_packet {
    struct beacon_radio_packet packet;
    guint8 data[229];
};

/* In place of the kernel's word. */
gboolean bcn_bluez_is_private(const char *adapter);
gboolean bcn_bluez_is_private(const char *adapter)
{
    ck_assert(g_str_has_prefix(adapter, "hci"));
    return rig.is_private;
}

static inline void rig_on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    (void)user;
    struct rig_packet *copy = g_new(struct rig_packet, 1);
    copy->packet = *packet;
    ck_assert_uint_le(packet->size, sizeof copy->data);
    memcpy(copy->data, packet->data, packet->size);
    g_ptr_array_add(rig.packets, copy);
}

static inline void rig_on_health(const struct beacon_radio_health *health, gpointer user)
{
    (void)user;
    g_string_append_printf(rig.health, "%s: %s; ", beacon_radio_state_text(health->state),
                           health->text);
    if (rig.free_at_health)
        rig.radio = beacon_radio_free(rig.radio);
}

static inline void rig_on_rotation(const struct beacon_advert *advert,
                                   const struct beacon_address *address, gint64 gap_us,
                                   gpointer user)
{
    (void)address, (void)gap_us, (void)user;
    g_array_append_val(rig.rotations, *advert);
}

static inline void rig_on_visit(const struct beacon_visit *visit, gpointer user)
{
    (void)user;
    g_array_append_val(rig.visits, *visit);
}

static inline gboolean rig_give(gint64 time_us, struct beacon_advert *ret_advert,
                                gint64 *ret_until_us, gpointer user)
{
    (void)user;
    struct beacon_identifier identifier = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ++rig.payload}};
    beacon_advert_android(&identifier, ret_advert);
    *ret_until_us = time_us + 900 * G_TIME_SPAN_SECOND;
    return TRUE;
}

static inline gboolean rig_value(gint64 time_us, struct beacon_identifier *ret_identifier,
                                 gpointer user)
{
    (void)time_us, (void)user;
    *ret_identifier = (struct beacon_identifier){{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, rig.payload}};
    return rig.payload != 0;
}

/* A bus without a daemon, and what a radio needs. */
static inline void rig_begin_on(int activation, gboolean denies)
{
    rig = (struct rig){.mock = mock_new(activation, denies)};
    rig.clock =
        beacon_clock_new_virtual(NULL, 1600000000 * G_TIME_SPAN_SECOND, BEACON_CLOCK_BY_HAND);
    rig.options = (struct beacon_radio_options){
        .size = sizeof rig.options, .clock = rig.clock, .command_ms = 2000, .visit_ms = 2000};
    rig.health = g_string_new(NULL);
    rig.packets = g_ptr_array_new_with_free_func(g_free);
    rig.rotations = g_array_new(FALSE, FALSE, sizeof(struct beacon_advert));
    rig.visits = g_array_new(FALSE, FALSE, sizeof(struct beacon_visit));
}

static inline void rig_begin(void)
{
    rig_begin_on(-1, FALSE);
    mock_add_adapter(rig.mock, "hci0", MOCK_ADDRESS);
}

static inline void rig_open(const char *address)
{
    const struct beacon_radio_listener listener = {rig_on_packet, rig_on_health, rig_on_rotation,
                                                   NULL};
    rig.radio = beacon_radio_open(address, &rig.options, &listener, NULL);
    ck_assert_ptr_nonnull(rig.radio);
}

/* The radio first: it takes leave of the daemon. */
static inline void rig_end(void)
{
    rig.radio = beacon_radio_free(rig.radio);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    beacon_clock_unref(rig.clock);
    mock_free(rig.mock);
    g_string_free(rig.health, TRUE);
    g_ptr_array_unref(rig.packets);
    g_array_unref(rig.rotations);
    g_array_unref(rig.visits);
}

/* ---- Waiting: for what comes by itself, or with time ---- */

static inline gboolean rig_is_late(gpointer what)
{
    fprintf(stderr, "not within %d s: %s\nhealth: %s\nlog: %s\n", RIG_LIMIT_S, (const char *)what,
            rig.health->str, rig.mock->log->str);
    abort();
}

static inline guint rig_watch(const char *what)
{
    return g_timeout_add_seconds(RIG_LIMIT_S, rig_is_late, (gpointer)(gsize)what);
}

#define RIG_WAIT(condition)                                                                        \
    do {                                                                                           \
        guint watch = rig_watch(#condition);                                                       \
        while (beacon_clock_advance(rig.clock, 0), !(condition))                                   \
            g_main_context_iteration(NULL, TRUE);                                                  \
        g_source_remove(watch);                                                                    \
    } while (0)

/* The clock goes on whenever nobody has anything to do. */
#define RIG_PASS(condition)                                                                        \
    do {                                                                                           \
        guint watch = rig_watch(#condition);                                                       \
        while (!(condition)) {                                                                     \
            if (g_main_context_iteration(NULL, FALSE))                                             \
                continue;                                                                          \
            beacon_clock_advance(rig.clock, RIG_MOMENT_US);                                        \
            g_usleep(200);                                                                         \
        }                                                                                          \
        g_source_remove(watch);                                                                    \
    } while (0)

/* What health says last contains this. */
static inline gboolean rig_says(const char *state, const char *words)
{
    struct beacon_radio_health health = beacon_radio_health(rig.radio);
    return strcmp(beacon_radio_state_text(health.state), state) == 0 &&
           strstr(health.text, words) != NULL;
}

/* It has said these at some time, in this order. */
static inline gboolean rig_said(const char *const *words)
{
    const char *rest = rig.health->str;
    for (; *words != NULL && rest != NULL; words++)
        rest = strstr(rest, *words);
    return rest != NULL;
}

/* ---- Wishes ---- */

static inline void rig_scan(gboolean monitor)
{
    const struct beacon_radio_scan scan = {.size = sizeof scan, .monitor = monitor};
    ck_assert(beacon_radio_scan(rig.radio, &scan, NULL));
}

static inline void rig_advertise(gboolean not_connectable, gboolean or_not)
{
    const struct beacon_radio_advertise advertise = {.size = sizeof advertise,
                                                     .payload = rig_give,
                                                     .not_connectable = not_connectable,
                                                     .or_not_connectable = or_not};
    ck_assert(beacon_radio_advertise(rig.radio, &advertise, NULL));
}

/* Opened on a daemon, and ready. */
static inline void rig_ready(void)
{
    rig_begin();
    mock_start(rig.mock);
    rig_open("bluez:hci0");
    RIG_WAIT(rig_says("ready", "ready"));
}

static inline gboolean rig_logged(const char *expected)
{
    char *log = mock_log(rig.mock);
    gboolean is = strcmp(log, expected) == 0;
    if (!is)
        fprintf(stderr, "the log is \"%s\", not \"%s\"\n", log, expected);
    g_free(log);
    return is;
}

#endif
