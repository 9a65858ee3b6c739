/* SPDX-License-Identifier: MIT */
/* A transport in place of the kernel's user channel, for the one program that includes this: each
 * command is answered with success, when the program lets it. */
#ifndef RADIO_FAKE_H
#define RADIO_FAKE_H

#include "radio/transport.h"

#include <string.h>

enum { FAKE_ANSWERS_MAX = 4096 };

struct fake {
    struct bcn_transport base;
    gboolean open;
    gboolean refuses;    /* to be opened */
    guint opened;        /* how often it was tried */
    GByteArray *answers; /* events, each behind its size */
    void (*cycle_done)(gpointer owner);
};

static struct fake *fake_made;

static inline gboolean fake_open(struct bcn_transport *transport, GError **error)
{
    struct fake *fake = (struct fake *)transport;
    fake->opened++;
    if (fake->refuses)
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ABSENT, "there is no adapter");
    fake->open = !fake->refuses;
    return fake->open;
}

static inline void fake_close(struct bcn_transport *transport)
{
    struct fake *fake = (struct fake *)transport;
    fake->open = FALSE;
    fake->cycle_done = NULL;
    g_byte_array_set_size(fake->answers, 0);
}

static inline void fake_answer(struct fake *fake, const guint8 *packet)
{
    guint opcode = packet[1] + 256U * packet[2];
    gboolean by_status = opcode == 0x0406 || opcode == 0x200D || opcode == 0x2043;
    guint8 complete[] = {15, 4, 0x0E, 12, 1, packet[1], packet[2], 0, 27, 0, 3, 0, 3, 0, 0, 0};
    const guint8 status[] = {7, 4, 0x0F, 4, 0, 1, packet[1], packet[2]};
    if (opcode == 0x1003)
        complete[12] = 0x40; /* LE is there */
    if (opcode == 0x201C)
        memset(complete + 8, 0xFF, 8); /* and does everything at once */
    if (fake->answers->len > FAKE_ANSWERS_MAX)
        return;
    if (by_status)
        g_byte_array_append(fake->answers, status, sizeof status);
    else
        g_byte_array_append(fake->answers, complete, sizeof complete);
}

static inline gboolean fake_send(struct bcn_transport *transport, const guint8 *packet, gsize size)
{
    struct fake *fake = (struct fake *)transport;
    if (!fake->open)
        return FALSE;
    if (packet[0] == BCN_H4_COMMAND) {
        g_assert(size >= 4 && size == 4U + packet[3]);
        fake_answer(fake, packet);
    } else {
        g_assert(packet[0] == BCN_H4_ACL && size > 5 && size == 5U + packet[3] + 256U * packet[4]);
        g_assert(size <= 5 + 1024 * 64);
    }
    return TRUE;
}

static inline gboolean fake_give_answer(struct fake *fake)
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

static inline gboolean fake_wait(struct bcn_transport *transport, gint timeout_ms)
{
    (void)timeout_ms;
    return fake_give_answer((struct fake *)transport);
}

static inline void fake_cycle(struct bcn_transport *transport, void (*done)(gpointer owner))
{
    ((struct fake *)transport)->cycle_done = done;
}

static inline void fake_free(struct bcn_transport *transport)
{
    struct fake *fake = (struct fake *)transport;
    fake_close(transport);
    g_byte_array_unref(fake->answers);
    g_free(fake);
    fake_made = NULL;
}

static const struct bcn_transport_class fake_class = {
    fake_open, fake_close, fake_send, fake_wait, fake_cycle, fake_free,
};

/* In place of the kernel's user channel. */
struct bcn_transport *bcn_transport_user(const char *adapter, gboolean take, GError **error)
{
    (void)adapter, (void)take, (void)error;
    fake_made = g_new0(struct fake, 1);
    fake_made->base.class = &fake_class;
    fake_made->answers = g_byte_array_new();
    return &fake_made->base;
}

#endif
