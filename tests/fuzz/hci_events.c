/* SPDX-License-Identifier: MIT */
/*
 * Any bytes from a controller, as H4 packets, to a host that runs, scans, advertises, serves and
 * visits. Commands are answered, so that it comes beyond its start; what it sends is well-formed,
 * and it ends when told, whatever came.
 *
 * The input is a list of strokes: a byte of which bit 7 says "let a while pass" and the rest how
 * many bytes follow, which are sent as they are.
 */
#include "radio/fake.h"

#include "fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

enum { START_US = 1000000 };

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

/* ---- The program ---- */

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    guint sum = 0;
    (void)user;
    for (gsize i = 0; i < packet->size; i++)
        sum += packet->data[i];
    require(sum <= 255 * 255);
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    (void)user;
    require(health->text != NULL);
}

static gboolean payload(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                        gpointer user)
{
    (void)user;
    *ret_advert = (struct beacon_advert){8, {7, 0xFF}};
    memcpy(ret_advert->bytes + 2, &time_us, 6);
    *ret_until_us = time_us + 5 * G_TIME_SPAN_SECOND;
    return TRUE;
}

static gboolean value(gint64 time_us, struct beacon_identifier *ret_identifier, gpointer user)
{
    (void)time_us, (void)user;
    memset(ret_identifier, 'i', sizeof *ret_identifier);
    return TRUE;
}

static void visited(const struct beacon_visit *visit, gpointer user)
{
    (void)user;
    require(visit->result <= BEACON_VISIT_DROPPED);
}

static beacon_radio *open_radio(beacon_clock *clock)
{
    const struct beacon_radio_options options = {.size = sizeof options, .clock = clock};
    const struct beacon_radio_listener listener = {.on_packet = on_packet, .on_health = on_health};
    const struct beacon_radio_scan scan = {.size = sizeof scan, .active = TRUE};
    const struct beacon_radio_advertise advertise = {.size = sizeof advertise, .payload = payload};
    beacon_radio *radio = beacon_radio_open("hci:fake", &options, &listener, NULL);
    require(radio != NULL);
    require(beacon_radio_scan(radio, &scan, NULL));
    require(beacon_radio_advertise(radio, &advertise, NULL));
    require(beacon_radio_serve(radio, value, NULL, NULL));
    return radio;
}

static void answer_all(void)
{
    guint left = 100;
    while (left-- > 0 && fake_give_answer(fake_made))
        continue;
}

static void pass_time(beacon_clock *clock, GMainContext *context)
{
    beacon_clock_advance(clock, 2100000);
    while (g_main_context_iteration(context, FALSE))
        continue;
    void (*done)(gpointer) = fake_made->cycle_done;
    fake_made->cycle_done = NULL;
    if (done != NULL)
        done(fake_made->base.owner);
}

static void stroke(const uint8_t *bytes, size_t size)
{
    guint8 *packet = g_malloc(size + 1); /* on the heap, so that no byte past it is read unseen */
    guint8 *exact = g_realloc(packet, size > 0 ? size : 1);
    memcpy(exact, bytes, size);
    if (fake_made->open && size > 0)
        fake_made->base.events->received(fake_made->base.owner, exact, size);
    g_free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GMainContext *context = g_main_context_new();
    beacon_clock *clock = beacon_clock_new_virtual(context, START_US, BEACON_CLOCK_BY_HAND);
    beacon_radio *radio = open_radio(clock);
    const struct beacon_address address = {{0x40, 1, 2, 3, 4, 5}, BEACON_ADDRESS_RANDOM};
    guint strokes = 64;

    answer_all();
    while (size > 0 && strokes-- > 0) {
        size_t count = MIN(data[0] & 0x7FU, size - 1);
        beacon_radio_visit(radio, &address, 0, visited, NULL);
        if (data[0] & 0x80)
            pass_time(clock, context);
        stroke(data + 1, count);
        answer_all();
        data += 1 + count;
        size -= 1 + count;
    }
    beacon_radio_free(radio);
    while (g_main_context_iteration(context, FALSE))
        continue;
    beacon_clock_unref(clock);
    g_main_context_unref(context);
    return 0;
}
