/* SPDX-License-Identifier: MIT */
/* The face: opens a backend by its address, and stands between it and the program. */
#include "radio/face.h"

#include "radio/auto.h"
#include "radio/text.h"
#include <string.h>

G_DEFINE_QUARK(beacon - radio - error - quark, beacon_radio_error)

enum { SILENCE_MS = 60000, COMMAND_MS = 2000, VISIT_MS = 3000 };

struct kind {
    const char *prefix;
    struct bcn_backend *(*open)(const struct bcn_opening *opening, GError **error);
    /* NULL: it lives in the machine's time */
    gint64 (*start_us)(const char *path, const char *const *settings, GError **error);
};

static const struct kind kinds[] = {
    {"hci:", bcn_backend_hci, NULL},
    {"h4:", bcn_backend_h4, NULL},
    {BCN_SHARED_KIND, bcn_backend_bluez, NULL},
    {"capture:", bcn_backend_capture, bcn_capture_start_us},
    {"sim:", bcn_backend_sim, bcn_sim_start_us},
};

static const struct kind *find_kind(const char *address)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_prefix(address, kinds[i].prefix) && address[strlen(kinds[i].prefix)] != '\0')
            return &kinds[i];
    return NULL;
}

static struct beacon_radio_options with_defaults(const struct beacon_radio_options *options)
{
    struct beacon_radio_options full = {.size = sizeof full};
    if (options != NULL)
        memcpy(&full, options, MIN(options->size, sizeof full));
    if (full.silence_ms == 0)
        full.silence_ms = SILENCE_MS;
    if (full.command_ms == 0)
        full.command_ms = COMMAND_MS;
    if (full.visit_ms == 0)
        full.visit_ms = VISIT_MS;
    return full;
}

static double clock_speed(double speed)
{
    return speed == 0 ? 1 : speed < 0 ? BEACON_CLOCK_AT_ONCE : speed;
}

/* The caller's clock, or one of the backend's time. */
static beacon_clock *make_clock(const struct kind *kind, const char *rest,
                                const struct beacon_radio_options *options, GError **error)
{
    if (options->clock != NULL)
        return beacon_clock_ref(options->clock);
    GMainContext *context = g_main_context_get_thread_default();
    if (kind->start_us == NULL)
        return beacon_clock_new(context);
    gint64 start = kind->start_us(rest, options->settings, error);
    if (start < 0)
        return NULL;
    return beacon_clock_new_virtual(context, start, clock_speed(options->speed));
}

static beacon_radio *new_radio(const char *address, beacon_clock *clock,
                               const struct beacon_radio_listener *listener)
{
    beacon_radio *radio = g_new0(beacon_radio, 1);
    radio->address = g_strdup(address);
    radio->clock = clock;
    if (listener != NULL)
        radio->listener = *listener;
    radio->text = g_strdup(_("starting"));
    radio->health.text = radio->text;
    radio->health.last_packet_us = -1;
    radio->deaf_since_us = -1;
    bcn_scanner_init(radio);
    bcn_advertiser_init(radio);
    bcn_visits_init(radio);
    return radio;
}

static void stop_face(beacon_radio *radio)
{
    bcn_scanner_stop(radio);
    bcn_advertiser_stop(radio);
    bcn_visits_stop(radio);
    bcn_record_stop(radio);
}

static void release(beacon_radio *radio)
{
    if (radio->backend != NULL)
        radio->backend->class->free(radio->backend);
    beacon_clock_unref(radio->clock);
    g_free(radio->text);
    g_free(radio->address);
    g_free(radio);
}

static void refuse_address(const char *address, GError **error)
{
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS,
                _("\"%s\" does not name a radio: expected auto, hci:hci0, hci:AA:BB:CC:DD:EE:FF, "
                  "bluez:hci0, h4:PATH, capture:FILE or sim:FILE"),
                address);
}

static beacon_radio *open_one(const char *address, const struct beacon_radio_options *options,
                              const struct beacon_radio_listener *listener, GError **error)
{
    const struct kind *kind = find_kind(address);
    if (kind == NULL) {
        refuse_address(address, error);
        return NULL;
    }
    const char *rest = address + strlen(kind->prefix);
    beacon_clock *clock = make_clock(kind, rest, options, error);
    if (clock == NULL)
        return NULL;
    beacon_radio *radio = new_radio(address, clock, listener);
    struct bcn_opening opening = {rest, clock, radio, *options};
    radio->backend = kind->open(&opening, error);
    if (radio->backend != NULL)
        return radio;
    stop_face(radio);
    release(radio);
    return NULL;
}

/* The first that can be had; the error is the first one's too. */
static beacon_radio *open_any(const struct beacon_radio_options *options,
                              const struct beacon_radio_listener *listener, GError **error)
{
    GError *first = NULL;
    beacon_radio *radio = NULL;
    GPtrArray *addresses = bcn_auto_addresses(options->take, &first);
    for (guint i = 0; radio == NULL && addresses != NULL && i < addresses->len; i++)
        radio = open_one(g_ptr_array_index(addresses, i), options, listener,
                         first == NULL ? &first : NULL);
    if (addresses != NULL)
        g_ptr_array_unref(addresses);
    if (radio != NULL) {
        g_clear_error(&first);
        return radio;
    }
    bcn_auto_hint(&first);
    g_propagate_error(error, first);
    return NULL;
}

beacon_radio *beacon_radio_open(const char *address, const struct beacon_radio_options *options,
                                const struct beacon_radio_listener *listener, GError **error)
{
    struct beacon_radio_options full = with_defaults(options);
    if (strcmp(address, "auto") == 0)
        return open_any(&full, listener, error);
    return open_one(address, &full, listener, error);
}

/* ---- An end that may come while we are on the stack ---- */

void bcn_face_enter(beacon_radio *radio)
{
    radio->calls++;
}

static gboolean release_idly(gpointer user)
{
    release(user);
    return G_SOURCE_REMOVE;
}

/* The backend's code may still be below us: the memory goes when the context has it back. */
static void release_later(beacon_radio *radio)
{
    GSource *source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_HIGH);
    g_source_set_callback(source, release_idly, radio, NULL);
    g_source_attach(source, beacon_clock_context(radio->clock));
    g_source_unref(source);
}

void bcn_face_leave(beacon_radio *radio)
{
    if (--radio->calls == 0 && radio->freed)
        release_later(radio);
}

beacon_radio *beacon_radio_free(beacon_radio *radio)
{
    if (radio == NULL || radio->freed)
        return NULL;
    radio->freed = TRUE;
    stop_face(radio);
    radio->backend->class->stop(radio->backend);
    if (radio->calls == 0)
        release(radio);
    return NULL;
}

/* ---- What is asked of us ---- */

beacon_clock *beacon_radio_clock(beacon_radio *radio)
{
    return radio->clock;
}

const char *beacon_radio_address_text(beacon_radio *radio)
{
    return radio->address;
}

guint beacon_radio_capabilities(beacon_radio *radio)
{
    return radio->backend->class->capabilities(radio->backend);
}

gboolean bcn_face_can(beacon_radio *radio, guint capability, const char *format, GError **error)
{
    if ((beacon_radio_capabilities(radio) & capability) == capability)
        return TRUE;
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED, format, radio->address);
    return FALSE;
}

gboolean beacon_radio_serve(beacon_radio *radio, beacon_radio_value_func value, gpointer user,
                            GError **error)
{
    if (value != NULL && !bcn_face_can(radio, BEACON_RADIO_CAN_SERVE,
                                       _("the radio %s cannot serve an identifier"), error))
        return FALSE;
    radio->value = value;
    radio->value_user = user;
    radio->backend->class->serve(radio->backend, value != NULL);
    return TRUE;
}

gboolean bcn_face_value(beacon_radio *radio, struct beacon_identifier *ret_identifier)
{
    const struct bcn_advertiser *advertiser = &radio->advertiser;
    gint64 now = beacon_clock_wall_us(radio->clock);
    gboolean rolls = advertiser->wanted && advertiser->has_payload && now >= advertiser->until_us;
    if (radio->freed || radio->value == NULL || rolls) /* the next one is for the next address */
        return FALSE;
    bcn_face_enter(radio);
    gboolean has = radio->value(now, ret_identifier, radio->value_user);
    bcn_face_leave(radio);
    return has;
}

/* ---- Health ---- */

struct beacon_radio_counters *bcn_face_counters(beacon_radio *radio)
{
    return &radio->health.counters;
}

void bcn_face_count_deafness(beacon_radio *radio)
{
    gboolean wants = radio->scanner.wanted && radio->scanner.cycle.on;
    gboolean deaf = wants && !radio->health.scanning && radio->health.state != BEACON_RADIO_ENDED;
    gint64 now = beacon_clock_monotonic_us(radio->clock);
    if (radio->deaf_since_us >= 0)
        radio->health.counters.deaf_us += now - radio->deaf_since_us;
    radio->deaf_since_us = deaf ? now : -1;
}

struct beacon_radio_health beacon_radio_health(beacon_radio *radio)
{
    bcn_face_count_deafness(radio);
    return radio->health;
}

void bcn_face_on_air(beacon_radio *radio, gboolean scanning, gboolean advertising)
{
    if (radio->freed)
        return;
    radio->health.scanning = scanning;
    radio->health.advertising = advertising;
    bcn_face_count_deafness(radio);
}

static gboolean health_is(const beacon_radio *radio, enum beacon_radio_state state,
                          enum beacon_radio_step step, const char *text)
{
    return radio->health.state == state && radio->health.step == step &&
           strcmp(radio->text, text) == 0;
}

void bcn_face_state(beacon_radio *radio, enum beacon_radio_state state, enum beacon_radio_step step,
                    const char *text)
{
    if (radio->freed || health_is(radio, state, step, text))
        return;
    g_free(radio->text);
    radio->text = g_strdup(text);
    radio->health.text = radio->text;
    radio->health.state = state;
    radio->health.step = step;
    bcn_face_count_deafness(radio);
    if (radio->listener.on_health == NULL)
        return;
    struct beacon_radio_health copy = radio->health;
    bcn_face_enter(radio);
    radio->listener.on_health(&copy, radio->listener.user);
    bcn_face_leave(radio);
}

void bcn_face_damaged(beacon_radio *radio, const char *text)
{
    radio->health.damaged = TRUE;
    bcn_face_state(radio, BEACON_RADIO_ENDED, BEACON_RADIO_STEP_NONE, text);
}

/* ---- What comes up ---- */

void bcn_face_packet(beacon_radio *radio, const struct beacon_radio_packet *packet)
{
    if (radio->freed || !radio->scanner.wanted || !radio->scanner.cycle.on)
        return;
    radio->health.counters.packets++;
    radio->health.last_packet_us = packet->monotonic_us;
    bcn_record_packet(radio, packet);
    if (radio->listener.on_packet == NULL)
        return;
    bcn_face_enter(radio);
    radio->listener.on_packet(packet, radio->listener.user);
    bcn_face_leave(radio);
}

void bcn_face_visited(beacon_radio *radio, enum beacon_visit_result result,
                      const struct beacon_identifier *identifier)
{
    if (!radio->freed)
        bcn_visits_done(radio, result, identifier);
}

void bcn_face_rotated(beacon_radio *radio, const struct bcn_advert_order *order,
                      const struct beacon_address *address, gint64 gap_us)
{
    struct beacon_radio_counters *counters = &radio->health.counters;
    if (radio->freed)
        return;
    counters->rotations++;
    counters->last_gap_us = gap_us;
    counters->worst_gap_us = MAX(counters->worst_gap_us, gap_us);
    if (radio->listener.on_rotation == NULL)
        return;
    bcn_face_enter(radio);
    radio->listener.on_rotation(&order->advert, address, gap_us, radio->listener.user);
    bcn_face_leave(radio);
}
