/* SPDX-License-Identifier: MIT */
/* One run of a radio: opened, listened to until a signal, a time or its end, and closed. */
#include "radio_session.h"

#include "command.h"
#include "radio_words.h"
#include "text.h"

#include <glib-unix.h>

#include <signal.h>
#include <string.h>

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    const struct radio_session *session = user;

    session->listener.on_packet(packet, session->listener.user);
}

static void on_rotation(const struct beacon_advert *advert, const struct beacon_address *address,
                        gint64 gap_us, gpointer user)
{
    const struct radio_session *session = user;

    session->listener.on_rotation(advert, address, gap_us, session->listener.user);
}

/* That it became ready at first is what everybody expects, unless there is a "ready; but"; of its
 * end the verdict tells. */
static bool is_news(const struct radio_session *session, const struct beacon_radio_health *health)
{
    if (health->state == BEACON_RADIO_READY)
        return session->was_ready || strchr(health->text, ';') != NULL;
    if (health->state == BEACON_RADIO_STARTING)
        return session->was_ready;
    return health->state != BEACON_RADIO_ENDED;
}

static void tell(const struct radio_session *session, const struct beacon_radio_health *health)
{
    if (session->listener.on_health != NULL)
        session->listener.on_health(health, session->listener.user);
    else if (is_news(session, health))
        say("%s: %s", beacon_radio_address_text(session->radio), health->text);
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    struct radio_session *session = user;

    tell(session, health);
    session->was_ready |= health->state == BEACON_RADIO_READY;
    if (health->state != BEACON_RADIO_ENDED)
        return;
    session->is_ended = true;
    if (session->loop != NULL)
        g_main_loop_quit(session->loop);
}

int radio_session_open(struct radio_session *session, const struct radio_place *place,
                       const struct beacon_radio_listener *listener)
{
    struct beacon_radio_listener ours = {.on_health = on_health, .user = session};
    GError *error = NULL;

    *session = (struct radio_session){
        .listener = *listener, .duration_us = place->duration_us, .code = EXIT_RAN};
    if (listener->on_packet != NULL)
        ours.on_packet = on_packet;
    if (listener->on_rotation != NULL)
        ours.on_rotation = on_rotation;
    session->radio = beacon_radio_open(place->address, &place->options, &ours, &error);
    if (session->radio == NULL) {
        int code = radio_error(error);

        return code == EXIT_RADIO && address_is_replay(place->address) ? EXIT_IO : code;
    }
    session->is_replay = beacon_clock_is_virtual(beacon_radio_clock(session->radio));
    return EXIT_RAN;
}

/* ---- The run ---- */

void radio_session_stop(struct radio_session *session, int code)
{
    if (session->code == EXIT_RAN)
        session->code = code;
    session->is_asked = true;
    if (session->loop != NULL)
        g_main_loop_quit(session->loop);
}

static gboolean on_signal(gpointer user)
{
    radio_session_stop(user, EXIT_RAN);
    return G_SOURCE_CONTINUE;
}

static void on_deadline(gpointer user)
{
    struct radio_session *session = user;

    session->deadline = 0;
    radio_session_stop(session, EXIT_RAN);
}

/* nohup, and shells that put us in the background, have some ignored: that stays so. */
static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void watch_signals(struct radio_session *session)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ending_signals); i++)
        if (!is_ignored(ending_signals[i]))
            session->signals[i] = g_unix_signal_add(ending_signals[i], on_signal, session);
}

void radio_session_run(struct radio_session *session)
{
    watch_signals(session);
    if (session->duration_us > 0)
        session->deadline = beacon_clock_after(beacon_radio_clock(session->radio),
                                               session->duration_us, on_deadline, session);
    session->loop = g_main_loop_new(NULL, FALSE);
    if (!session->is_ended && !session->is_asked)
        g_main_loop_run(session->loop);
    g_clear_pointer(&session->loop, g_main_loop_unref);
}

/* ---- The end ---- */

/* Silence from a radio that did not work is no finding. */
static int verdict(struct radio_session *session)
{
    struct beacon_radio_health health = beacon_radio_health(session->radio);
    const char *address = beacon_radio_address_text(session->radio);
    bool is_ended = health.state == BEACON_RADIO_ENDED;

    if (session->code != EXIT_RAN)
        return session->code;
    if (health.state == BEACON_RADIO_READY || (is_ended && session->is_replay && !health.damaged))
        return EXIT_RAN;
    if (is_ended)
        say("%s: %s", address, health.text);
    else
        say(_("%s: the radio was not working at the end: %s"), address, health.text);
    return health.damaged ? EXIT_INPUT : EXIT_RADIO;
}

int radio_session_close(struct radio_session *session)
{
    int code = verdict(session);

    if (session->deadline != 0)
        beacon_clock_cancel(beacon_radio_clock(session->radio), &session->deadline);
    session->radio = beacon_radio_free(session->radio);
    /* Last: a second signal shall not keep us from leaving the air. */
    for (gsize i = 0; i < G_N_ELEMENTS(session->signals); i++)
        if (session->signals[i] != 0)
            g_source_remove(session->signals[i]);
    return code;
}
