/* SPDX-License-Identifier: MIT */
/* When something is wrong: from stopping and starting, by way of a reset, to waiting until the
 * adapter is back. */
#include "radio/host.h"

#include "radio/text.h"

enum {
    MOMENT_MS = 10,
    WELL_AFTER_S = 10, /* without trouble, before the ladder begins at its foot again */
    REOPEN_FIRST_MS = 500,
    REOPEN_LAST_MS = 8000, /* who is back is heard again within 10 s */
    SILENCE_FACTOR_MAX = 64,
};

static void tell(struct bcn_host *host, enum beacon_radio_state state, const char *text)
{
    bcn_face_state(host->base.face, state, host->recovery.last, text);
}

/* ---- Well again ---- */

static void say_ready(struct bcn_host *host)
{
    const char *note = host->transport->note; /* what was done to have it */
    char *text = note != NULL ? g_strdup_printf(_("ready; %s"), note) : g_strdup(_("ready"));
    tell(host, BEACON_RADIO_READY, text);
    g_free(text);
}

static void is_well(gpointer user)
{
    struct bcn_host *host = user;
    host->recovery.well_timer = 0;
    host->recovery.last = BEACON_RADIO_STEP_NONE;
    host->recovery.attempts = 0;
    say_ready(host);
}

void bcn_host_heard(struct bcn_host *host)
{
    beacon_clock_cancel(host->clock, &host->recovery.well_timer);
    host->recovery.silence_factor = 1;
    host->recovery.silent = FALSE;
    host->recovery.silent_us = 0;
    bcn_host_watch_silence(host); /* its limit is the shorter one again */
    is_well(host);
}

/* Silence is over only when something is heard; any other trouble when it does not come back. */
static void settle(struct bcn_host *host)
{
    struct bcn_host_recovery *recovery = &host->recovery;
    beacon_clock_cancel(host->clock, &recovery->well_timer);
    if (recovery->last != BEACON_RADIO_STEP_NONE && !recovery->silent)
        recovery->well_timer =
            beacon_clock_after(host->clock, WELL_AFTER_S * G_TIME_SPAN_SECOND, is_well, host);
    say_ready(host);
}

void bcn_host_running(struct bcn_host *host)
{
    settle(host);
    bcn_host_reconcile(host);
}

/* ---- Silence ---- */

static void silence_is_long(gpointer user)
{
    struct bcn_host *host = user;
    struct bcn_host_recovery *recovery = &host->recovery;
    recovery->silence_timer = 0;
    gint64 limit = (gint64)host->options.silence_ms * 1000 * recovery->silence_factor;
    gint64 silent = bcn_host_now_us(host) - recovery->heard_us;
    if (silent < limit) {
        recovery->silence_timer =
            beacon_clock_after(host->clock, limit - silent, silence_is_long, host);
        return;
    }
    recovery->silent = TRUE;
    recovery->heard_us = bcn_host_now_us(host);
    recovery->attempts = 0; /* it was open all the while */
    if (recovery->last >=
        BEACON_RADIO_STEP_CYCLE) { /* nothing helps: perhaps there is nothing to hear */
        recovery->last = BEACON_RADIO_STEP_NONE;
        recovery->silence_factor = MIN(recovery->silence_factor * 2, SILENCE_FACTOR_MAX);
    }
    char *text = g_strdup_printf(_("nothing was heard for %d seconds"), (int)(silent / 1000000));
    bcn_host_trouble(host, BEACON_RADIO_STEP_RESTART, text);
    g_free(text);
}

void bcn_host_watch_silence(struct bcn_host *host)
{
    struct bcn_host_recovery *recovery = &host->recovery;
    gint64 now = bcn_host_now_us(host);
    if (!host->scan.on) {
        if (recovery->silence_timer != 0)
            recovery->silent_us = now - recovery->heard_us;
        beacon_clock_cancel(host->clock, &recovery->silence_timer);
        return;
    }
    beacon_clock_cancel(host->clock, &recovery->silence_timer);
    recovery->heard_us = now - recovery->silent_us;
    recovery->silent_us = 0;
    gint64 limit = (gint64)host->options.silence_ms * 1000 * recovery->silence_factor;
    recovery->silence_timer =
        beacon_clock_after(host->clock, limit - (now - recovery->heard_us), silence_is_long, host);
}

void bcn_host_stop_watching(struct bcn_host *host)
{
    beacon_clock_cancel(host->clock, &host->recovery.silence_timer);
    beacon_clock_cancel(host->clock, &host->recovery.well_timer);
    beacon_clock_cancel(host->clock, &host->recovery.reopen_timer);
}

/* ---- The steps ---- */

static void silenced_scan(struct bcn_host *host, guint8 status)
{
    (void)status; /* it was off already */
    host->recovery.silence_first = FALSE;
    host->scan.on = FALSE;
    host->scan.configured = FALSE;
    settle(host);
}

static void silenced_advert(struct bcn_host *host, guint8 status)
{
    (void)status;
    gboolean extended = host->controller.extended;
    static const guint8 off[6] = {0};
    host->advert.on = FALSE;
    host->advert.roll = BCN_ROLL_NOTHING;
    bcn_host_command(host, extended ? BCN_HCI_LE_SET_EXT_SCAN_ENABLE : BCN_HCI_LE_SET_SCAN_ENABLE,
                     off, extended ? 6 : 2, silenced_scan);
}

gboolean bcn_host_silence_first_step(struct bcn_host *host)
{
    static const guint8 off[2] = {0};
    gboolean extended = host->controller.extended;
    if (!host->recovery.silence_first)
        return FALSE;
    return bcn_host_command(
        host, extended ? BCN_HCI_LE_SET_EXT_ADVERTISE_ENABLE : BCN_HCI_LE_SET_ADVERTISE_ENABLE, off,
        extended ? 2 : 1, silenced_advert);
}

static void restart(struct bcn_host *host)
{
    host->counters->restarts++;
    host->recovery.silence_first = TRUE;
    bcn_host_reconcile(host);
}

/* A controller that we give up must not stay on the air: a reset, and a moment for it to get
 * through. */
static void silence(struct bcn_host *host)
{
    static const guint8 reset_packet[4] = {BCN_H4_COMMAND, BCN_HCI_RESET & 0xFF, BCN_HCI_RESET >> 8,
                                           0};
    host->phase = BCN_HOST_STOPPED; /* what comes now is not looked at */
    if (host->transport->class->send(host->transport, reset_packet, sizeof reset_packet))
        host->transport->class->wait(host->transport, MOMENT_MS);
}

static void let_go(struct bcn_host *host)
{
    bcn_host_stop_watching(host);
    bcn_commands_clear(&host->commands);
    silence(host);
    host->phase = BCN_HOST_CLOSED;
    host->busy = FALSE;
    host->scan.on = FALSE;
    host->advert.on = FALSE;
    bcn_face_on_air(host->base.face, FALSE, FALSE);
    host->transport->class->close(host->transport);
    bcn_host_forget_links(host);
}

static void reopen(gpointer user)
{
    struct bcn_host *host = user;
    GError *error = NULL;
    host->recovery.reopen_timer = 0;
    host->recovery.attempts++;
    if (host->transport->class->open(host->transport, &error)) {
        host->counters->reopenings++;
        bcn_host_start(host);
        return;
    }
    bcn_host_open_later(host, error->message);
    g_error_free(error);
}

static gint64 patience_us(const struct bcn_host *host)
{
    guint doublings = MIN(host->recovery.attempts, 10);
    return (gint64)MIN(REOPEN_FIRST_MS << doublings, REOPEN_LAST_MS) * 1000;
}

void bcn_host_open_later(struct bcn_host *host, const char *text)
{
    guint limit = host->options.lost_limit;
    if (host->phase == BCN_HOST_STOPPED)
        return;
    if (host->phase != BCN_HOST_CLOSED)
        let_go(host);
    if (host->phase != BCN_HOST_CLOSED)
        return;
    host->recovery.last = BEACON_RADIO_STEP_WAIT;
    if (limit != 0 && host->recovery.attempts >= limit) {
        tell(host, BEACON_RADIO_ENDED, text);
        return;
    }
    host->recovery.reopen_timer = beacon_clock_after(host->clock, patience_us(host), reopen, host);
    tell(host, BEACON_RADIO_LOST, text);
}

static void was_cycled(gpointer owner)
{
    struct bcn_host *host = owner;
    if (host->phase == BCN_HOST_CLOSED)
        reopen(host);
}

static void reset(struct bcn_host *host)
{
    host->counters->resets++;
    bcn_host_stop_watching(host);
    bcn_face_on_air(host->base.face, FALSE, FALSE);
    bcn_host_start(host);
}

static void cycle(struct bcn_host *host)
{
    host->counters->cycles++;
    let_go(host);
    if (host->phase == BCN_HOST_CLOSED)
        host->transport->class->cycle(host->transport, was_cycled);
}

static void take_step(struct bcn_host *host, enum beacon_radio_step step)
{
    switch (step) {
    case BEACON_RADIO_STEP_NONE:
    case BEACON_RADIO_STEP_RESTART:
        restart(host);
        break;
    case BEACON_RADIO_STEP_RESET:
        reset(host);
        break;
    case BEACON_RADIO_STEP_CYCLE:
        cycle(host);
        break;
    case BEACON_RADIO_STEP_WAIT:
        break;
    }
}

void bcn_host_trouble(struct bcn_host *host, enum beacon_radio_step step, const char *text)
{
    struct bcn_host_recovery *recovery = &host->recovery;
    if (host->phase == BCN_HOST_STOPPED)
        return;
    step = MAX(step, recovery->last + 1);
    if (step >= BEACON_RADIO_STEP_WAIT) {
        bcn_host_open_later(host, text);
        return;
    }
    recovery->last = step;
    beacon_clock_cancel(host->clock, &recovery->well_timer);
    tell(host, BEACON_RADIO_RECOVERING, text);
    if (host->phase != BCN_HOST_STOPPED)
        take_step(host, step);
}
