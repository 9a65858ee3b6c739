/* SPDX-License-Identifier: MIT */
/*
 * Any bytes from a controller, as H4 packets, to a host that runs, scans, advertises, serves and
 * visits. Commands are answered, so that it comes beyond its start; what it sends is well-formed,
 * and it ends when told, whatever came.
 *
 * The input is a list of strokes: a byte of which bit 7 says "let a while pass" and the rest how
 * many bytes follow, which are sent as they are.
 */
#include "radio/transport.h"

#include "fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

enum { START_US = 1000000, ANSWERS_MAX = 4096 };

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

/* A transport without a socket: what the host sends is answered when the input lets it. */
struct fake {
    struct bcn_transport base;
    gboolean open;
    GByteArray *answers; /* events, each behind its size */
    void (*cycle_done)(gpointer owner);
};

static struct fake *the_fake;

static gboolean fake_open(struct bcn_transport *transport, GError **error)
{
    (void)error;
    ((struct fake *)transport)->open = TRUE;
    return TRUE;
}

static void fake_close(struct bcn_transport *transport)
{
    struct fake *fake = (struct fake *)transport;
    fake->open = FALSE;
    fake->cycle_done = NULL;
    g_byte_array_set_size(fake->answers, 0);
}

static void answer(struct fake *fake, const guint8 *packet)
{
    guint opcode = packet[1] + 256U * packet[2];
    gboolean by_status = opcode == 0x0406 || opcode == 0x200D || opcode == 0x2043;
    guint8 complete[] = {15, 4, 0x0E, 12, 1, packet[1], packet[2], 0, 27, 0, 3, 0, 3, 0, 0, 0};
    const guint8 status[] = {7, 4, 0x0F, 4, 0, 1, packet[1], packet[2]};
    if (opcode == 0x1003)
        complete[12] = 0x40; /* LE is there */
    if (opcode == 0x201C)
        memset(complete + 8, 0xFF, 8); /* and does everything at once */
    if (fake->answers->len > ANSWERS_MAX)
        return;
    if (by_status)
        g_byte_array_append(fake->answers, status, sizeof status);
    else
        g_byte_array_append(fake->answers, complete, sizeof complete);
}

static gboolean fake_send(struct bcn_transport *transport, const guint8 *packet, gsize size)
{
    struct fake *fake = (struct fake *)transport;
    if (!fake->open)
        return FALSE;
    if (packet[0] == BCN_H4_COMMAND) {
        require(size >= 4 && size == 4U + packet[3]);
        answer(fake, packet);
    } else {
        require(packet[0] == BCN_H4_ACL && size > 5 && size == 5U + packet[3] + 256U * packet[4]);
        require(size <= 5 + 1024 * 64);
    }
    return TRUE;
}

static gboolean give_answer(struct fake *fake)
{
    guint8 event[256];
    if (!fake->open || fake->answers->len == 0)
        return FALSE;
    guint8 size = fake->answers->data[0];
    memcpy(event, fake->answers->data + 1, size);
    g_byte_array_remove_range(fake->answers, 0, 1U + size);
    fake->base.events->received(fake->base.owner, event, size);
    return TRUE;
}

static gboolean fake_wait(struct bcn_transport *transport, gint timeout_ms)
{
    (void)timeout_ms;
    return give_answer((struct fake *)transport);
}

static void fake_cycle(struct bcn_transport *transport, void (*done)(gpointer owner))
{
    ((struct fake *)transport)->cycle_done = done;
}

static void fake_free(struct bcn_transport *transport)
{
    struct fake *fake = (struct fake *)transport;
    fake_close(transport);
    g_byte_array_unref(fake->answers);
    g_free(fake);
    the_fake = NULL;
}

static const struct bcn_transport_class fake_class = {
    fake_open, fake_close, fake_send, fake_wait, fake_cycle, fake_free,
};

/* In place of the kernel's user channel. */
struct bcn_transport *bcn_transport_user(const char *adapter, gboolean take, GError **error)
{
    (void)adapter, (void)take, (void)error;
    the_fake = g_new0(struct fake, 1);
    the_fake->base.class = &fake_class;
    the_fake->answers = g_byte_array_new();
    return &the_fake->base;
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
    while (left-- > 0 && give_answer(the_fake))
        continue;
}

static void pass_time(beacon_clock *clock, GMainContext *context)
{
    beacon_clock_advance(clock, 2100000);
    while (g_main_context_iteration(context, FALSE))
        continue;
    void (*done)(gpointer) = the_fake->cycle_done;
    the_fake->cycle_done = NULL;
    if (done != NULL)
        done(the_fake->base.owner);
}

static void stroke(const uint8_t *bytes, size_t size)
{
    guint8 *packet = g_malloc(size + 1); /* on the heap, so that no byte past it is read unseen */
    guint8 *exact = g_realloc(packet, size > 0 ? size : 1);
    memcpy(exact, bytes, size);
    if (the_fake->open && size > 0)
        the_fake->base.events->received(the_fake->base.owner, exact, size);
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
