/* SPDX-License-Identifier: MIT */
/* The air of simulated radios, played on their clock: of one radio alone, or of several that share
 * it. */
#include "radio/sim_air.h"

#include "radio/backend.h"
#include "radio/text.h"
#include <string.h>

struct bcn_sim_air {
    guint references;
    beacon_clock *clock;
    beacon_air *air;
    gint64 ahead_us;    /* the clock's monotonic time minus the air's */
    GQuark shared;      /* what it is found by on its clock, or 0 */
    GPtrArray *members; /* struct bcn_sim_member, borrowed */
    guint timer;
    gboolean has_pending; /* looked for in advance, where nobody can change what comes */
    struct beacon_air_event pending;
    gboolean ended;
};

gint64 bcn_sim_air_now_us(const struct bcn_sim_air *air)
{
    return beacon_clock_monotonic_us(air->clock) - air->ahead_us;
}

beacon_air *bcn_sim_air_timeline(struct bcn_sim_air *air)
{
    return air->air;
}

static void drop(struct bcn_sim_air *air)
{
    if (--air->references > 0)
        return;
    g_ptr_array_unref(air->members);
    beacon_air_free(air->air);
    beacon_clock_unref(air->clock);
    g_free(air);
}

/* ---- The timeline ---- */

static struct bcn_sim_member *find_member(const struct bcn_sim_air *air, guint32 receiver)
{
    for (guint i = 0; i < air->members->len; i++) {
        struct bcn_sim_member *member = g_ptr_array_index(air->members, i);
        if (member->receiver == receiver)
            return member;
    }
    return NULL;
}

static void deliver(struct bcn_sim_air *air, const struct beacon_air_event *event)
{
    if (event->type == BEACON_AIR_CHECK || event->type == BEACON_AIR_OPENED)
        return; /* a person's doing, which no radio hears */
    struct bcn_sim_member *member = find_member(air, event->receiver);
    if (member != NULL)
        member->happens(event, member->user);
}

/* Somebody may leave meanwhile, or all. */
static void end_all(struct bcn_sim_air *air)
{
    air->ended = TRUE;
    for (guint32 i = 0; i < beacon_air_receivers(air->air); i++) {
        struct bcn_sim_member *member = find_member(air, i);
        if (member != NULL)
            member->ended(member->user);
    }
}

static gboolean can_be_changed(const struct bcn_sim_air *air)
{
    for (guint i = 0; i < air->members->len; i++)
        if (((const struct bcn_sim_member *)g_ptr_array_index(air->members, i))->has_node)
            return TRUE;
    return FALSE;
}

static gint64 next_us(struct bcn_sim_air *air)
{
    if (!air->has_pending && !can_be_changed(air))
        air->has_pending = beacon_air_next(air->air, &air->pending);
    return air->has_pending ? air->pending.time_us : beacon_air_next_us(air->air);
}

static void on_time(gpointer user);

static void arm(struct bcn_sim_air *air)
{
    beacon_clock_cancel(air->clock, &air->timer);
    if (air->members->len == 0 || air->ended)
        return;
    air->timer =
        beacon_clock_after(air->clock, next_us(air) - bcn_sim_air_now_us(air), on_time, air);
}

static void on_time(gpointer user)
{
    struct bcn_sim_air *air = user;
    gint64 now = bcn_sim_air_now_us(air);
    struct beacon_air_event event;
    air->timer = 0;
    air->references++;
    if (air->has_pending && air->pending.time_us <= now) {
        event = air->pending;
        air->has_pending = FALSE;
        deliver(air, &event);
    }
    while (air->members->len > 0 && !air->has_pending &&
           beacon_air_next_until(air->air, now, &event))
        deliver(air, &event);
    if (now >= beacon_air_end_us(air->air))
        end_all(air);
    arm(air);
    drop(air);
}

void bcn_sim_air_transmit(struct bcn_sim_air *air, const struct bcn_sim_member *member,
                          const struct beacon_air_packet *packet, gint64 interval_us)
{
    if (!member->has_node || air->ended)
        return;
    beacon_air_transmit(air->air, member->node, bcn_sim_air_now_us(air), packet, interval_us);
    arm(air);
}

/* ---- Places on it ---- */

/* The file's name; what follows a '#' is a receiver, or NULL, unless the file itself has one. */
static char *split(const char *rest, const char **ret_receiver)
{
    const char *hash = strrchr(rest, '#');
    *ret_receiver = NULL;
    if (hash == NULL || strchr(hash, '/') != NULL || g_file_test(rest, G_FILE_TEST_EXISTS))
        return g_strdup(rest);
    *ret_receiver = hash + 1;
    return g_strndup(rest, (gsize)(hash - rest));
}

static beacon_air *load(const char *path, const char *const *settings, GError **error)
{
    GError *problem = NULL;
    beacon_air *air = beacon_air_load(path, settings, &problem);
    if (air != NULL)
        return air;
    gboolean is_text = g_error_matches(problem, BEACON_AIR_ERROR, BEACON_AIR_ERROR_SCENARIO);
    g_set_error_literal(error, BEACON_RADIO_ERROR,
                        is_text ? BEACON_RADIO_ERROR_FORMAT : BEACON_RADIO_ERROR_ABSENT,
                        problem->message);
    g_error_free(problem);
    return NULL;
}

gint64 bcn_sim_start_us(const char *rest, const char *const *settings, GError **error)
{
    const char *receiver;
    char *path = split(rest, &receiver);
    beacon_air *air = load(path, settings, error);
    gint64 start = air == NULL ? -1 : beacon_air_start_us(air);
    beacon_air_free(air);
    g_free(path);
    return start;
}

static struct bcn_sim_air *new_air(beacon_clock *clock, const char *path,
                                   const char *const *settings, GError **error)
{
    beacon_air *timeline = load(path, settings, error);
    if (timeline == NULL)
        return NULL;
    struct bcn_sim_air *air = g_new0(struct bcn_sim_air, 1);
    air->clock = beacon_clock_ref(clock);
    air->air = timeline;
    air->ahead_us = beacon_clock_monotonic_us(clock) - beacon_air_start_us(timeline);
    air->members = g_ptr_array_new();
    return air;
}

static GQuark shared_name(const char *path, const char *const *settings)
{
    GString *name = g_string_new("beacon-sim:");
    g_string_append(name, path);
    for (; settings != NULL && *settings != NULL; settings++)
        g_string_append_printf(name, "\n%s", *settings);
    GQuark quark = g_quark_from_string(name->str);
    g_string_free(name, TRUE);
    return quark;
}

/* The air of this file and these settings on this clock, which is the first one's who came. */
static struct bcn_sim_air *shared_air(beacon_clock *clock, const char *path,
                                      const char *const *settings, GError **error)
{
    GQuark quark = shared_name(path, settings);
    struct bcn_sim_air *air = g_dataset_id_get_data(clock, quark);
    if (air != NULL)
        return air;
    air = new_air(clock, path, settings, error);
    if (air == NULL)
        return NULL;
    air->shared = quark;
    g_dataset_id_set_data(clock, quark, air);
    return air;
}

static gboolean is_node(const struct bcn_sim_air *air, guint32 device)
{
    return beacon_air_kind_at(air->air, device, beacon_air_start_us(air->air)) == BEACON_AIR_NODE;
}

static void take_first_place(const struct bcn_sim_air *air, struct bcn_sim_member *member)
{
    for (guint32 i = 0; i < beacon_air_devices(air->air) && !member->has_node; i++) {
        member->has_node = is_node(air, i);
        member->node = i;
    }
}

static gboolean take_named_place(const struct bcn_sim_air *air, const char *path,
                                 const char *receiver, struct bcn_sim_member *member,
                                 GError **error)
{
    if (!beacon_air_find_receiver(air->air, receiver, &member->receiver)) {
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS,
                    _("%s: the scenario has no receiver \"%s\""), path, receiver);
        return FALSE;
    }
    if (find_member(air, member->receiver) != NULL) {
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_BUSY,
                    _("%s: the receiver \"%s\" is another radio already"), path, receiver);
        return FALSE;
    }
    member->has_node = beacon_air_receiver_carrier(air->air, member->receiver, &member->node) &&
                       is_node(air, member->node);
    return TRUE;
}

/* Who has left last puts out the light. */
static void forget_if_empty(struct bcn_sim_air *air)
{
    if (air->members->len > 0)
        return;
    beacon_clock_cancel(air->clock, &air->timer);
    if (air->shared != 0)
        g_dataset_id_remove_data(air->clock, air->shared);
    air->shared = 0;
}

struct bcn_sim_air *bcn_sim_air_join(beacon_clock *clock, const char *rest,
                                     const char *const *settings, struct bcn_sim_member *member,
                                     GError **error)
{
    const char *receiver;
    char *path = split(rest, &receiver);
    struct bcn_sim_air *air = receiver != NULL ? shared_air(clock, path, settings, error)
                                               : new_air(clock, path, settings, error);
    gboolean has_place = air != NULL;
    if (air != NULL) {
        air->references++;
        if (receiver != NULL)
            has_place = take_named_place(air, path, receiver, member, error);
        else
            take_first_place(air, member);
        if (has_place)
            g_ptr_array_add(air->members, member);
        else
            forget_if_empty(air);
    }
    g_free(path);
    if (!has_place) {
        if (air != NULL)
            drop(air);
        return NULL;
    }
    arm(air);
    return air;
}

void bcn_sim_air_leave(struct bcn_sim_air *air, struct bcn_sim_member *member)
{
    if (member->has_node && !air->ended)
        beacon_air_transmit(air->air, member->node, bcn_sim_air_now_us(air), NULL, 0);
    g_ptr_array_remove(air->members, member);
    forget_if_empty(air);
    drop(air);
}
