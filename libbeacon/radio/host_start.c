/* SPDX-License-Identifier: MIT */
/* The start: reset, masks, and what the controller says of itself. */
#include "radio/host.h"

#include "radio/text.h"
#include <string.h>

/* Events asked for, by bit (Core 5.3, vol 4 part E, 7.3.1 and 7.8.1). */
#define EVENT(bit) (G_GUINT64_CONSTANT(1) << (bit))

enum {
    LE_IN_FEATURES_BYTE = 4,
    LE_IN_FEATURES_MASK = 0x40,
    EXTENDED_IN_LE_FEATURES_BYTE = 1,
    EXTENDED_IN_LE_FEATURES_MASK = 0x10,
    /* LE Set Extended Advertising Parameters, LE Set Extended Scan Parameters (6.27). */
    EXTENDED_ADVERTISE_OCTET = 36,
    EXTENDED_ADVERTISE_MASK = 0x04,
    EXTENDED_SCAN_OCTET = 37,
    EXTENDED_SCAN_MASK = 0x20,
    LE_HOST_SUPPORT_OCTET = 24,
    LE_HOST_SUPPORT_MASK = 0x40,
};

struct start_step {
    guint16 opcode;
    guint8 parameters[8];
    guint8 size;
    gboolean optional; /* an error is no obstacle */
    /* Takes what came back; FALSE: too short, or the end of the road, which it has told. */
    gboolean (*take)(struct bcn_host *host, const guint8 *result, gsize size);
};

static gboolean take_commands(struct bcn_host *host, const guint8 *result, gsize size)
{
    if (size <= EXTENDED_SCAN_OCTET)
        return TRUE;
    host->controller.sets_le_host = (result[LE_HOST_SUPPORT_OCTET] & LE_HOST_SUPPORT_MASK) != 0;
    host->controller.extended = (result[EXTENDED_ADVERTISE_OCTET] & EXTENDED_ADVERTISE_MASK) != 0 &&
                                (result[EXTENDED_SCAN_OCTET] & EXTENDED_SCAN_MASK) != 0;
    return TRUE;
}

static gboolean take_features(struct bcn_host *host, const guint8 *result, gsize size)
{
    if (size < 8)
        return FALSE;
    if ((result[LE_IN_FEATURES_BYTE] & LE_IN_FEATURES_MASK) != 0)
        return TRUE;
    bcn_host_open_later(host,
                        _("the controller has no Bluetooth Low Energy: take another adapter"));
    return FALSE;
}

static gboolean take_acl_buffers(struct bcn_host *host, const guint8 *result, gsize size)
{
    if (size < 3)
        return FALSE;
    host->controller.acl_size = bcn_get16(result);
    host->controller.acl_packets = result[2];
    return TRUE;
}

/* Controllers whose LE shares the buffers of the rest say 0 of LE's own. */
static gboolean take_shared_buffers(struct bcn_host *host, const guint8 *result, gsize size)
{
    if (size < 7)
        return FALSE;
    if (host->controller.acl_size == 0 || host->controller.acl_packets == 0) {
        host->controller.acl_size = bcn_get16(result);
        host->controller.acl_packets = (guint8)MIN(bcn_get16(result + 3), 255);
    }
    return TRUE;
}

static gboolean take_le_features(struct bcn_host *host, const guint8 *result, gsize size)
{
    if (size < 8)
        return FALSE;
    if ((result[EXTENDED_IN_LE_FEATURES_BYTE] & EXTENDED_IN_LE_FEATURES_MASK) == 0)
        host->controller.extended = FALSE;
    return TRUE;
}

static gboolean take_states(struct bcn_host *host, const guint8 *result, gsize size)
{
    if (size < 8)
        return FALSE;
    host->controller.states = 0;
    for (gsize i = 8; i-- > 0;)
        host->controller.states = host->controller.states << 8 | result[i];
    return TRUE;
}

#define MASK_BYTES(mask)                                                                           \
    (guint8)(mask), (guint8)((mask) >> 8), (guint8)((mask) >> 16), (guint8)((mask) >> 24),         \
        (guint8)((mask) >> 32), (guint8)((mask) >> 40), (guint8)((mask) >> 48),                    \
        (guint8)((mask) >> 56)

#define EVENTS (EVENT(4) | EVENT(15) | EVENT(25) | EVENT(61))
#define LE_EVENTS                                                                                  \
    (EVENT(0) | EVENT(1) | EVENT(2) | EVENT(4) | EVENT(5) | EVENT(9) | EVENT(12) | EVENT(17))

static const struct start_step steps[] = {
    {BCN_HCI_RESET, {0}, 0, FALSE, NULL},
    {BCN_HCI_SET_EVENT_MASK, {MASK_BYTES(EVENTS)}, 8, FALSE, NULL},
    {BCN_HCI_READ_COMMANDS, {0}, 0, TRUE, take_commands},
    {BCN_HCI_READ_FEATURES, {0}, 0, FALSE, take_features},
    {BCN_HCI_WRITE_LE_HOST_SUPPORT, {1, 0}, 2, TRUE, NULL},
    {BCN_HCI_LE_SET_EVENT_MASK, {MASK_BYTES(LE_EVENTS)}, 8, FALSE, NULL},
    {BCN_HCI_LE_READ_BUFFER_SIZE, {0}, 0, FALSE, take_acl_buffers},
    {BCN_HCI_READ_BUFFER_SIZE, {0}, 0, TRUE, take_shared_buffers},
    {BCN_HCI_LE_READ_FEATURES, {0}, 0, FALSE, take_le_features},
    {BCN_HCI_LE_READ_STATES, {0}, 0, TRUE, take_states},
};

static void next_step(struct bcn_host *host);

static void refused(struct bcn_host *host, guint16 opcode, guint8 status)
{
    char *text = g_strdup_printf(
        _("the controller did not start: it answered the command 0x%04X with status 0x%02X"),
        opcode, status);
    bcn_host_trouble(host, BEACON_RADIO_STEP_RESET, text);
    g_free(text);
}

/* Who has no word for what goes together does one thing at a time. Who only will not say it now is
 * believed to do all, and is reset when he does not. */
static void note_refusal(struct bcn_host *host, guint16 opcode, guint8 status)
{
    if (opcode == BCN_HCI_LE_READ_STATES && status == BCN_HCI_UNKNOWN_COMMAND)
        host->controller.states = 0;
}

static void step_done(guint8 status, const guint8 *result, gsize size, gpointer user)
{
    struct bcn_host *host = user;
    const struct start_step *step = &steps[host->start_step];
    gboolean worked = status == BCN_HCI_SUCCESS;
    if (!worked && !step->optional) {
        refused(host, step->opcode, status);
        return;
    }
    if (!worked)
        note_refusal(host, step->opcode, status);
    if (worked && step->take != NULL && !step->take(host, result, size) && !step->optional) {
        if (host->phase == BCN_HOST_STARTING)
            refused(host, step->opcode, status);
        return;
    }
    host->start_step++;
    next_step(host);
}

static gboolean is_due(const struct bcn_host *host, const struct start_step *step)
{
    return step->opcode != BCN_HCI_WRITE_LE_HOST_SUPPORT || host->controller.sets_le_host;
}

static void next_step(struct bcn_host *host)
{
    while (host->start_step < G_N_ELEMENTS(steps) && !is_due(host, &steps[host->start_step]))
        host->start_step++;
    if (host->start_step == G_N_ELEMENTS(steps)) {
        host->phase = BCN_HOST_RUNNING;
        bcn_host_running(host);
        return;
    }
    const struct start_step *step = &steps[host->start_step];
    bcn_commands_send(&host->commands, step->opcode, step->parameters, step->size, step_done, host);
}

/* A reset takes all of this with it. */
static void forget_what_was(struct bcn_host *host)
{
    host->busy = FALSE;
    host->register_set = FALSE;
    host->scan.on = FALSE;
    host->scan.configured = FALSE;
    host->advert.on = FALSE;
    host->advert.roll = BCN_ROLL_NOTHING;
    host->recovery.silence_first = FALSE;
    host->recovery.silent_us = 0;
    host->controller = (struct bcn_controller){.states = G_MAXUINT64};
}

void bcn_host_start(struct bcn_host *host)
{
    host->phase = BCN_HOST_STARTING; /* first: forgetting a visit calls the program */
    bcn_commands_clear(&host->commands);
    forget_what_was(host);
    bcn_host_forget_links(host);
    if (host->phase != BCN_HOST_STARTING)
        return;
    host->start_step = 0;
    next_step(host);
}
