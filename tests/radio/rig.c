/* SPDX-License-Identifier: MIT */
/* A radio on a scripted controller, on a clock that goes by hand, with all that it says written
 * down. */
#include "radio/rig.h"

#include <check.h>
#include <string.h>

static void told(struct rig *rig, const char *callback)
{
    if (rig->at != NULL)
        rig->at(rig, callback);
}

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct rig *rig = user;
    rig->packets++;
    rig->last = *packet;
    rig->last.data = rig->last_data;
    rig->last_size = MIN(packet->size, sizeof rig->last_data);
    memcpy(rig->last_data, packet->data, rig->last_size);
    told(rig, "packet");
    ck_assert_mem_eq(rig->last_data, packet->data, rig->last_size); /* still there */
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    struct rig *rig = user;
    struct rig_step step = {health->state, health->step};
    ck_assert_ptr_nonnull(health->text);
    ck_assert_uint_gt(strlen(health->text), 0);
    g_string_append_printf(rig->health, "%s%s", rig->health->len > 0 ? " " : "",
                           beacon_radio_state_text(health->state));
    if (health->step != BEACON_RADIO_STEP_NONE)
        g_string_append_printf(rig->health, "/%s", beacon_radio_step_text(health->step));
    g_array_append_val(rig->steps, step);
    told(rig, "health");
}

static void on_rotation(const struct beacon_advert *advert, const struct beacon_address *address,
                        gint64 gap_us, gpointer user)
{
    struct rig *rig = user;
    struct rig_rotation rotation = {beacon_clock_monotonic_us(rig->clock), *advert, *address,
                                    gap_us};
    g_array_append_val(rig->rotations, rotation);
    told(rig, "rotation");
}

static void on_visit(const struct beacon_visit *visit, gpointer user)
{
    struct rig *rig = user;
    g_array_append_val(rig->visits, *visit);
    told(rig, "visit");
}

static gboolean payload(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                        gpointer user)
{
    struct rig *rig = user;
    struct beacon_identifier identifier = {.bytes = {0}};
    gint64 slot = (time_us - RIG_START_US) / rig->slot_us;
    memcpy(identifier.bytes, &slot, sizeof slot);
    memcpy(identifier.bytes + 8, &rig->era, sizeof rig->era);
    beacon_advert_android(&identifier, ret_advert);
    *ret_until_us = RIG_START_US + (slot + 1) * rig->slot_us;
    told(rig, "payload");
    return TRUE;
}

static gboolean value(gint64 time_us, struct beacon_identifier *ret_identifier, gpointer user)
{
    (void)time_us;
    memcpy(ret_identifier->bytes, "we serve you", 12);
    told(user, "value");
    return TRUE;
}

struct rig *rig_new(guint kind)
{
    struct rig *rig = g_new0(struct rig, 1);
    rig->context = g_main_context_new();
    rig->clock = beacon_clock_new_virtual(rig->context, RIG_START_US, BEACON_CLOCK_BY_HAND);
    rig->controller = scripted_new(rig->clock, kind);
    rig->options = (struct beacon_radio_options){.size = sizeof rig->options, .clock = rig->clock};
    rig->step_us = 20000;
    rig->slot_us = 900 * G_TIME_SPAN_SECOND;
    rig->health = g_string_new(NULL);
    rig->steps = g_array_new(FALSE, FALSE, sizeof(struct rig_step));
    rig->rotations = g_array_new(FALSE, FALSE, sizeof(struct rig_rotation));
    rig->visits = g_array_new(FALSE, FALSE, sizeof(struct beacon_visit));
    return rig;
}

gboolean rig_open(struct rig *rig)
{
    const struct beacon_radio_listener listener = {on_packet, on_health, on_rotation, rig};
    GError *error = NULL;
    rig->radio = beacon_radio_open(rig->controller->address, &rig->options, &listener, &error);
    ck_assert((rig->radio == NULL) == (error != NULL));
    g_clear_error(&error);
    return rig->radio != NULL;
}

void rig_settle(struct rig *rig)
{
    gboolean did = TRUE;
    while (did) {
        did = scripted_run(rig->controller);
        while (g_main_context_iteration(rig->context, FALSE))
            did = TRUE;
    }
}

void rig_advance(struct rig *rig, gint64 delay_us)
{
    rig_settle(rig);
    while (delay_us > 0) {
        gint64 step = MIN(rig->step_us, delay_us);
        beacon_clock_advance(rig->clock, step);
        delay_us -= step;
        rig_settle(rig);
    }
}

/* ---- The end, which waits for the controller ---- */

struct answering {
    GMainContext *context;
    gint stop;
};

static gpointer answer(gpointer user)
{
    struct answering *answering = user;
    while (!g_atomic_int_get(&answering->stop))
        g_main_context_iteration(answering->context, TRUE);
    return NULL;
}

void rig_close(struct rig *rig)
{
    struct answering answering = {rig->controller->context, 0};
    scripted_run(rig->controller);
    GThread *thread = g_thread_new("controller", answer, &answering);
    rig->radio = beacon_radio_free(rig->radio);
    g_atomic_int_set(&answering.stop, 1);
    g_main_context_wakeup(answering.context);
    g_thread_join(thread);
}

void rig_free(struct rig *rig)
{
    if (rig->radio != NULL)
        rig_close(rig);
    rig_settle(rig);
    beacon_clock_advance(rig->clock,
                         3600 * G_TIME_SPAN_SECOND); /* nothing is left that would act */
    scripted_free(rig->controller);
    beacon_clock_unref(rig->clock);
    g_main_context_unref(rig->context);
    g_string_free(rig->health, TRUE);
    g_array_unref(rig->steps);
    g_array_unref(rig->rotations);
    g_array_unref(rig->visits);
    g_free(rig);
}

struct rig *rig_ready(guint kind)
{
    struct rig *rig = rig_new(kind);
    ck_assert(rig_open(rig));
    rig_settle(rig);
    ck_assert_str_eq(rig->health->str, "ready");
    return rig;
}

/* ---- Wishes ---- */

void rig_scan(struct rig *rig, gboolean active, struct beacon_cycle cycle)
{
    const struct beacon_radio_scan scan = {.size = sizeof scan, .active = active, .cycle = cycle};
    ck_assert(beacon_radio_scan(rig->radio, &scan, NULL));
}

void rig_advertise(struct rig *rig, gboolean connectable, struct beacon_cycle cycle)
{
    const struct beacon_radio_advertise advertise = {.size = sizeof advertise,
                                                     .payload = payload,
                                                     .user = rig,
                                                     .cycle = cycle,
                                                     .not_connectable = !connectable};
    ck_assert(beacon_radio_advertise(rig->radio, &advertise, NULL));
}

void rig_serve(struct rig *rig)
{
    ck_assert(beacon_radio_serve(rig->radio, value, rig, NULL));
}

gboolean rig_visit(struct rig *rig, guint8 number, gint64 remember_us)
{
    const struct beacon_address address = {{0x40, 0, 0, 0, 0, number}, BEACON_ADDRESS_RANDOM};
    gint64 until = beacon_clock_wall_us(rig->clock) + remember_us;
    return beacon_radio_visit(rig->radio, &address, until, on_visit, rig);
}

void rig_hear(struct rig *rig, guint8 number)
{
    const guint8 address[6] = {0x40, 1, 2, 3, 4, number};
    const guint8 data[3] = {2, 1, number};
    scripted_hear(rig->controller, address, -60, data, sizeof data);
    rig_settle(rig);
}

struct beacon_radio_health rig_health(struct rig *rig)
{
    return beacon_radio_health(rig->radio);
}

const struct beacon_visit *rig_last_visit(struct rig *rig)
{
    ck_assert_uint_gt(rig->visits->len, 0);
    return &g_array_index(rig->visits, struct beacon_visit, rig->visits->len - 1);
}

void rig_assert_clean(const struct rig *rig)
{
    ck_assert_str_eq(rig->controller->faults->str, "");
    for (guint i = 0; i < rig->controller->commands->len; i++) {
        const struct scripted_command *command =
            &g_array_index(rig->controller->commands, struct scripted_command, i);
        ck_assert_msg(command->by_rule || command->status == 0,
                      "command %u, 0x%04X, was refused with status 0x%02X", i, command->opcode,
                      command->status);
    }
}
