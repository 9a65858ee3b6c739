/* SPDX-License-Identifier: MIT */
/* beacon advertise: is a phone with the app, to those who listen. */
#include "advertise.h"

#include "advertise_words.h"
#include "command.h"
#include "files.h"
#include "identity_file.h"
#include "live_output.h"
#include "radio_session.h"
#include "radio_words.h"
#include "text.h"

struct advertiser {
    const struct advertise_request *request;
    struct radio_session session;
    struct live_output output;
    beacon_identity *identity;
    gint64 slot_start_ms; /* of what is on the air */
    guint again;          /* timer */
    guint64 rotations;
    bool has_complained; /* that there is no identifier for this time */
};

/* ---- What to send ---- */

/* The identifier of a time; false, after a message the first time, when there is none. */
static bool identifier_at(struct advertiser *advertiser, gint64 time_us,
                          struct beacon_identifier *ret_identifier, struct beacon_slot *ret_slot)
{
    int error = beacon_identity_at(advertiser->identity, time_us / 1000, ret_identifier, ret_slot);

    if (error < 0 && !advertiser->has_complained)
        say(_("nothing is sent: for this time the identity has no identifier: %s"),
            error_text(error));
    advertiser->has_complained = error < 0;
    return error == 0;
}

static void advertise_again(gpointer user);

/* An iPhone's data is the same for every identifier: that the slot has changed is ours to see, for
 * the address has to change with it. */
static void roll_with_slot(struct advertiser *advertiser, const struct beacon_slot *slot)
{
    bool is_rolling = advertiser->request->is_iphone &&
                      advertiser->slot_start_ms != slot->start_ms &&
                      advertiser->slot_start_ms != 0 && advertiser->again == 0;

    advertiser->slot_start_ms = slot->start_ms;
    if (is_rolling)
        advertiser->again = beacon_clock_after(beacon_radio_clock(advertiser->session.radio), 0,
                                               advertise_again, advertiser);
}

static gboolean payload(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                        gpointer user)
{
    struct advertiser *advertiser = user;
    struct beacon_identifier identifier;
    struct beacon_slot slot;

    if (!identifier_at(advertiser, time_us, &identifier, &slot)) {
        /* Until then, or until the clock is set, which asks again by itself. */
        *ret_until_us = time_us + 60 * G_TIME_SPAN_SECOND;
        return FALSE;
    }
    *ret_until_us = slot.end_ms * 1000;
    roll_with_slot(advertiser, &slot);
    if (advertiser->request->is_iphone)
        beacon_advert_iphone_open(ret_advert);
    else
        beacon_advert_android(&identifier, ret_advert);
    return TRUE;
}

/* What a visitor reads is of the moment (protocol 3.1), but never what belongs to the next address.
 */
static gboolean value(gint64 time_us, struct beacon_identifier *ret_identifier, gpointer user)
{
    struct advertiser *advertiser = user;
    struct beacon_slot slot;

    return identifier_at(advertiser, time_us, ret_identifier, &slot) &&
           slot.start_ms == advertiser->slot_start_ms && advertiser->again == 0;
}

/* ---- What is told ---- */

static void on_rotation(const struct beacon_advert *advert, const struct beacon_address *address,
                        gint64 gap_us, gpointer user)
{
    struct advertiser *advertiser = user;
    struct rotation rotation = {.address = *address, .gap_us = gap_us};
    struct beacon_advert_info info;

    rotation.time_ms = beacon_clock_wall_us(beacon_radio_clock(advertiser->session.radio)) / 1000;
    rotation.is_first = advertiser->rotations++ == 0;
    beacon_advert_recognise(advert->bytes, advert->size, &info);
    rotation.identifier = info.identifier;
    /* An iPhone's slot began with this rotation, to within what the radio took for it. */
    if (advertiser->request->is_iphone &&
        beacon_identity_at(advertiser->identity, advertiser->slot_start_ms, &rotation.identifier,
                           NULL) < 0)
        return;
    advertise_put_rotation(&advertiser->output, &rotation, advertiser->request->is_json);
}

/* Of machines; people are told on standard error. */
static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    struct advertiser *advertiser = user;
    gint64 now_us = beacon_clock_wall_us(beacon_radio_clock(advertiser->session.radio));

    advertise_put_health(&advertiser->output, health, now_us / 1000);
}

static void on_output_broken(void *user)
{
    struct advertiser *advertiser = user;

    radio_session_stop(&advertiser->session, EXIT_IO);
}

/* ---- The run ---- */

static bool start(struct advertiser *advertiser, GError **error)
{
    const struct advertise_request *request = advertiser->request;
    const struct beacon_radio_advertise advertise = {
        .size = sizeof advertise,
        .payload = payload,
        .user = advertiser,
        .interval_us = request->interval_us,
        .cycle = request->cycle,
        .not_connectable = request->is_not_connectable,
        .or_not_connectable = !request->is_serving, /* to be heard takes no connection */
    };

    return beacon_radio_advertise(advertiser->session.radio, &advertise, error);
}

static void advertise_again(gpointer user)
{
    struct advertiser *advertiser = user;
    GError *error = NULL;

    advertiser->again = 0;
    if (!start(advertiser, &error))
        radio_session_stop(&advertiser->session, radio_error(error));
}

static int run_radio(struct advertiser *advertiser)
{
    beacon_radio *radio = advertiser->session.radio;
    GError *error = NULL;

    if ((advertiser->request->is_serving &&
         !beacon_radio_serve(radio, value, advertiser, &error)) ||
        !start(advertiser, &error)) {
        radio_session_stop(&advertiser->session, radio_error(error));
        return radio_session_close(&advertiser->session);
    }
    radio_session_run(&advertiser->session);
    beacon_clock_cancel(beacon_radio_clock(radio), &advertiser->again);
    return radio_session_close(&advertiser->session);
}

static int run_session(struct advertiser *advertiser)
{
    const struct beacon_radio_listener listener = {
        .on_rotation = on_rotation,
        .on_health = advertiser->request->is_json ? on_health : NULL,
        .user = advertiser};
    int output_code;
    int code = radio_session_open(&advertiser->session, &advertiser->request->radio, &listener);

    if (code != EXIT_RAN)
        return code;
    advertiser->output = (struct live_output){.is_patient = advertiser->session.is_replay,
                                              .on_broken = on_output_broken,
                                              .user = advertiser};
    live_output_begin(&advertiser->output);
    code = run_radio(advertiser);
    output_code = live_output_end(&advertiser->output);
    return code != EXIT_RAN ? code : output_code;
}

int advertise_run(const struct advertise_request *request)
{
    struct advertiser advertiser = {.request = request};
    int code = secrets_guard();

    if (code == EXIT_RAN)
        code = identity_file_load(request->identity, &advertiser.identity);
    if (code == EXIT_RAN)
        code = run_session(&advertiser);
    beacon_identity_free(advertiser.identity);
    return code;
}
