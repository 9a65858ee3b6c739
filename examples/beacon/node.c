/* SPDX-License-Identifier: MIT */
/* A node: sends its identifiers, hears others, remembers, as a phone with the app; on the clock,
 * radio and store that it is given. */
#include "node.h"

#include "exposure_rule.h"
#include "node_chores.h"
#include "node_contacts.h"
#include "scan_visits.h"
#include "text.h"

#include <string.h>
#include <time.h>

/* How often it is seen to that encounters end; whether the clock is right by now; whether there is
 * another identity, of which the source usually says so itself. */
static const gint64 tidy_us = 30 * G_TIME_SPAN_SECOND;
static const gint64 clock_us = G_TIME_SPAN_SECOND;
static const gint64 look_us = G_TIME_SPAN_MINUTE;
static const gint64 about_ms = 30000;

/* The log is purged once a day. A clock that was set may be set once more: what it says is held
 * against nobody's history before it has stood for a while. */
static const gint64 purge_us = G_TIME_SPAN_DAY;
static const gint64 purge_soon_us = G_TIME_SPAN_MINUTE;
static const gint64 purge_quiet_us = G_TIME_SPAN_HOUR;

struct node {
    struct node_options options;
    beacon_clock *clock;
    beacon_radio *radio; /* NULL: it does nothing */
    beacon_identity *identity;
    struct node_chores *chores;
    struct node_contacts contacts;
    struct scan_visits visits;
    struct node_status status;
    gint64 slot_start_ms, slot_end_ms; /* of what is on the air */
    bool has_complained;               /* that there is no identifier for this time */
    bool has_undated;                  /* sightings that wait for a date */
    bool has_purged;                   /* once at least */
    guint again, tidy, look, clock_check, clock_set, purge; /* timers */
};

/* ---- Time ---- */

static gint64 wall_ms(const struct node *node)
{
    return beacon_clock_wall_us(node->clock) / 1000;
}

static gint64 monotonic_ms(const struct node *node)
{
    return beacon_clock_monotonic_us(node->clock) / 1000;
}

/* Goes on while the machine sleeps. */
static gint64 boot_ms(const struct node *node)
{
    struct timespec now;

    if (beacon_clock_is_virtual(node->clock) || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
        return monotonic_ms(node);
    return (gint64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_believed(gint64 time_ms)
{
    return time_ms >= BEACON_TIME_MIN_MS && time_ms < BEACON_TIME_END_MS;
}

static bool has_time(const struct node *node)
{
    return node->status.is_clock_right && is_believed(wall_ms(node));
}

static void changed(struct node *node)
{
    if (node->options.on_change != NULL)
        node->options.on_change(node->options.user);
}

static void tell_problem(struct node *node, const char *text)
{
    if (node->options.on_problem != NULL)
        node->options.on_problem(text, node->options.user);
}

/* ---- What it sends ---- */

/* The identifier of a time, of which no other is believed in. */
static bool identifier_at(struct node *node, gint64 time_ms,
                          struct beacon_identifier *ret_identifier, struct beacon_slot *ret_slot)
{
    int error;

    if (!has_time(node) || node->identity == NULL)
        return false;
    error = beacon_identity_at(node->identity, time_ms, ret_identifier, ret_slot);
    if (error < 0 && !node->has_complained) {
        g_autofree char *text =
            g_strdup_printf(_("nothing is sent: for this time the identity has no identifier: %s"),
                            error_text(error));

        tell_problem(node, text);
    }
    node->has_complained = error < 0;
    return error == 0;
}

static void note_sending(struct node *node, bool is_sending)
{
    bool is_news = node->status.is_sending != is_sending;

    node->status.is_sending = is_sending;
    if (is_news)
        changed(node);
}

static void on_again(gpointer user);

static void advertise_soon(struct node *node)
{
    if (node->again == 0)
        node->again = beacon_clock_after(node->clock, 0, on_again, node);
}

/* An iPhone's data is the same for every identifier, and the address has to change with it. */
static void note_slot(struct node *node, const struct beacon_slot *slot, gint64 time_us)
{
    if (node->slot_end_ms == slot->start_ms)
        node->status.worst_lateness_us =
            MAX(node->status.worst_lateness_us, time_us - slot->start_ms * 1000);
    if (node->options.is_iphone && node->slot_end_ms != 0 && node->slot_start_ms != slot->start_ms)
        advertise_soon(node);
    node->slot_start_ms = slot->start_ms;
    node->slot_end_ms = slot->end_ms;
}

static gboolean payload(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                        gpointer user)
{
    struct node *node = user;
    struct beacon_identifier identifier;
    struct beacon_slot slot;

    if (!identifier_at(node, time_us / 1000, &identifier, &slot)) {
        /* Asked again before then when the clock is set, or there is another identity. */
        *ret_until_us = time_us + G_TIME_SPAN_MINUTE;
        note_sending(node, false);
        return FALSE;
    }
    *ret_until_us = slot.end_ms * 1000;
    note_slot(node, &slot, time_us);
    note_sending(node, true);
    if (node->options.is_iphone)
        beacon_advert_iphone_open(ret_advert);
    else
        beacon_advert_android(&identifier, ret_advert);
    return TRUE;
}

/* What a visitor reads is of the moment (protocol 3.1), but never what belongs to the next address.
 */
static gboolean value(gint64 time_us, struct beacon_identifier *ret_identifier, gpointer user)
{
    struct node *node = user;
    struct beacon_slot slot;

    return identifier_at(node, time_us / 1000, ret_identifier, &slot) &&
           slot.start_ms == node->slot_start_ms && node->again == 0;
}

static bool advertise(struct node *node, GError **error)
{
    const struct beacon_radio_advertise advertise = {
        .size = sizeof advertise,
        .payload = payload,
        .user = node,
        .cycle = node->options.advertise,
    };

    return beacon_radio_advertise(node->radio, &advertise, error);
}

static void on_again(gpointer user)
{
    struct node *node = user;
    g_autoptr(GError) error = NULL;

    node->again = 0;
    if (node->radio != NULL && !advertise(node, &error))
        tell_problem(node, error->message);
}

void node_rotated(struct node *node)
{
    node->status.rotations++;
}

/* ---- What it remembers ---- */

/* Time of a sighting, which was at a monotonic time: of the wall, or since the boot. */
static bool place(const struct node *node, gint64 then_ms, gint64 *ret_time_ms)
{
    gint64 age_ms = monotonic_ms(node) - then_ms;
    bool is_dated = has_time(node) && is_believed(wall_ms(node) - age_ms);

    *ret_time_ms = is_dated ? wall_ms(node) - age_ms : MAX(boot_ms(node) - age_ms, 0);
    return is_dated;
}

static void keep(struct node *node, const struct beacon_sighting *sighting)
{
    struct beacon_store_row row = {.sighting = *sighting};
    bool is_dated = place(node, sighting->time_ms, &row.sighting.time_ms);
    bool is_kept;

    if (is_dated)
        identifier_at(node, row.sighting.time_ms, &row.own, NULL);
    is_kept = is_dated
                  ? beacon_store_add(node->options.store, &row, NULL)
                  : beacon_store_add_undated(node->options.store, &node->options.boot, &row, NULL);
    node->has_undated |= is_kept && !is_dated;
    if (!is_kept)
        node->status.lost++;
    else if (is_dated)
        node->status.sightings++;
    else
        node->status.undated++;
}

static void on_over(const struct beacon_identifier *identifier, guint8 platform,
                    const struct beacon_encounter *encounter, void *user)
{
    struct node *node = user;
    struct beacon_store_encounter over = {
        .identifier = *identifier, .platform = platform, .encounter = *encounter};

    /* Without a date its sightings tell of it, once they have theirs. */
    if (place(node, encounter->start_ms, &over.encounter.start_ms) &&
        place(node, encounter->end_ms, &over.encounter.end_ms) &&
        beacon_store_add_encounter(node->options.store, &over, NULL))
        node->status.encounters++;
}

static void take_down(struct node *node, const struct reception *reception)
{
    const struct beacon_sighting sighting = {
        .time_ms = reception->monotonic_us / 1000,
        .identifier = reception->identifier,
        .rssi_dbm = reception->rssi_dbm,
        .tx_power_dbm = reception->tx_power_dbm,
        .platform = reception->kind == BEACON_ADVERT_ANDROID ? BEACON_PLATFORM_ANDROID
                                                             : BEACON_PLATFORM_IPHONE,
    };

    if (node_contacts_note(&node->contacts, &sighting))
        keep(node, &sighting);
}

static void on_read(const struct reception *reception, void *user)
{
    take_down(user, reception);
}

void node_heard(struct node *node, const struct beacon_radio_packet *packet)
{
    struct reception reception = scan_visits_reception(packet);

    if (node->radio == NULL || reception.kind == BEACON_ADVERT_OTHER)
        return;
    scan_visits_complete(&node->visits, &reception);
    if (reception.has_identifier && reception.kind != BEACON_ADVERT_OTHER)
        take_down(node, &reception);
}

static void on_tidy(gpointer user)
{
    struct node *node = user;

    node_contacts_forget_gone(&node->contacts, monotonic_ms(node));
    node->tidy = beacon_clock_after(node->clock, tidy_us, on_tidy, node);
}

/* ---- Chores: what may wait for a disk ---- */

struct chore {
    struct node *node;
    gint64 time_ms; /* now, or an offset */
    beacon_identity *identity;
    GError *error;
};

static void free_chore(gpointer data)
{
    struct chore *chore = data;

    beacon_identity_free(chore->identity);
    g_clear_error(&chore->error);
    g_free(chore);
}

static void add_chore(struct node *node, void (*work)(void *data), void (*done)(void *data),
                      gint64 time_ms)
{
    struct chore *data = g_new0(struct chore, 1);
    const struct node_chore chore = {.work = work, .done = done, .free = free_chore, .data = data};

    data->node = node;
    data->time_ms = time_ms;
    node_chores_add(node->chores, &chore);
}

static void tell_error(void *data)
{
    struct chore *chore = data;

    if (chore->error != NULL)
        tell_problem(chore->node, chore->error->message);
}

static void date(void *data)
{
    struct chore *chore = data;

    beacon_store_date_boot(chore->node->options.store, &chore->node->options.boot, chore->time_ms,
                           NULL, &chore->error);
}

/* What could not be dated is tried again. */
static void note_dated(void *data)
{
    struct chore *chore = data;

    tell_error(chore);
    chore->node->has_undated |= chore->error != NULL;
}

/* The clock has arrived: what was seen before gets its place. */
static void date_sightings(struct node *node)
{
    if (!node->has_undated || !has_time(node))
        return;
    node->has_undated = false;
    add_chore(node, date, note_dated, wall_ms(node) - boot_ms(node));
}

static void look(void *data)
{
    struct chore *chore = data;
    const struct node_identity_source *source = &chore->node->options.identity;

    source->look(&chore->identity, source->user);
}

/* What the old one said is not said again. */
static void take_identity(void *data)
{
    struct chore *chore = data;
    struct node *node = chore->node;

    if (chore->identity == NULL)
        return;
    beacon_identity_free(node->identity);
    node->identity = g_steal_pointer(&chore->identity);
    node->has_complained = false;
    if (node->radio != NULL)
        advertise_soon(node);
}

void node_look_for_identity(struct node *node)
{
    add_chore(node, look, take_identity, 0);
}

static void on_look(gpointer user)
{
    struct node *node = user;

    node_look_for_identity(node);
    date_sightings(node);
    node->look = beacon_clock_after(node->clock, look_us, on_look, node);
}

static void purge(void *data)
{
    struct chore *chore = data;

    beacon_store_purge_expired(chore->node->options.store, chore->time_ms, NULL, &chore->error);
}

/* The clock of an earlier boot will never arrive. */
static void purge_undated(void *data)
{
    struct chore *chore = data;

    beacon_store_purge_undated(chore->node->options.store, &chore->node->options.boot, NULL,
                               &chore->error);
}

static void on_purge(gpointer user)
{
    struct node *node = user;

    node->purge = beacon_clock_after(node->clock, purge_us, on_purge, node);
    if (!has_time(node))
        return;
    add_chore(node, purge, tell_error, wall_ms(node));
    if (node->has_purged)
        add_chore(node, purge_undated, tell_error, 0);
    node->has_purged = true;
}

static void purge_after(struct node *node, gint64 delay_us)
{
    beacon_clock_cancel(node->clock, &node->purge);
    node->purge = beacon_clock_after(node->clock, delay_us, on_purge, node);
}

/* ---- The clock ---- */

static bool ask_for_clock(const struct node *node)
{
    return (node->options.is_clock_right == NULL ||
            node->options.is_clock_right(node->options.user)) &&
           is_believed(wall_ms(node));
}

static void on_clock_check(gpointer user);

/* Once it is right it stays so: whoever sets it again believes to know better. */
static void look_at_clock(struct node *node)
{
    if (node->status.is_clock_right)
        return;
    if (!ask_for_clock(node)) {
        beacon_clock_cancel(node->clock, &node->clock_check);
        node->clock_check = beacon_clock_after(node->clock, clock_us, on_clock_check, node);
        return;
    }
    node->status.is_clock_right = true;
    node->has_undated = true; /* of this boot, from a run before this one */
    date_sightings(node);
    purge_after(node, purge_soon_us);
    advertise_soon(node);
    changed(node);
}

static void on_clock_check(gpointer user)
{
    struct node *node = user;

    node->clock_check = 0;
    look_at_clock(node);
}

static void on_clock_set(gpointer user)
{
    struct node *node = user;

    node->clock_set = beacon_clock_when_set(node->clock, on_clock_set, node);
    if (node->status.is_clock_right)
        purge_after(node, purge_quiet_us);
    date_sightings(node);
    look_at_clock(node);
}

/* ---- Its life ---- */

struct node *node_new(const struct node_options *options)
{
    struct node *node = g_new0(struct node, 1);

    node->options = *options;
    node->clock = beacon_clock_ref(options->clock);
    options->identity.look(&node->identity, options->identity.user);
    node->chores = node_chores_new(beacon_clock_context(node->clock), options->is_in_place);
    node->contacts.rule = exposure_rule(options->scan);
    node->contacts.gap_ms = BEACON_DEDUPLICATE_MS; /* as the app does (protocol 4.5) */
    node->contacts.on_over = on_over;
    node->contacts.user = node;
    return node;
}

static bool scan(struct node *node, GError **error)
{
    const struct beacon_radio_scan scan = {.size = sizeof scan, .cycle = node->options.scan};

    return beacon_radio_scan(node->radio, &scan, error);
}

static void begin_timers(struct node *node)
{
    node->tidy = beacon_clock_after(node->clock, tidy_us, on_tidy, node);
    node->look = beacon_clock_after(node->clock, look_us, on_look, node);
    node->clock_set = beacon_clock_when_set(node->clock, on_clock_set, node);
    look_at_clock(node);
}

bool node_begin(struct node *node, beacon_radio *radio, GError **error)
{
    node->radio = radio;
    node_contacts_begin(&node->contacts);
    if (beacon_radio_capabilities(radio) & BEACON_RADIO_CAN_READ)
        node->visits.radio = radio;
    node->visits.on_read = on_read;
    node->visits.user = node;
    scan_visits_begin(&node->visits);
    begin_timers(node);
    if (scan(node, error) &&
        (!node->options.is_iphone || beacon_radio_serve(radio, value, node, error)) &&
        advertise(node, error))
        return true;
    node_end(node);
    return false;
}

void node_status(struct node *node, struct node_status *ret_status)
{
    *ret_status = node->status;
    if (node->radio != NULL)
        ret_status->about = node_contacts_since(&node->contacts, monotonic_ms(node) - about_ms);
    beacon_store_health(node->options.store, &ret_status->store);
}

void node_end(struct node *node)
{
    guint *timers[] = {&node->again,       &node->tidy,      &node->look,
                       &node->clock_check, &node->clock_set, &node->purge};

    if (node->radio == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(timers); i++)
        beacon_clock_cancel(node->clock, timers[i]);
    scan_visits_end(&node->visits);
    node_contacts_end(&node->contacts);
    beacon_radio_advertise(node->radio, NULL, NULL);
    beacon_radio_scan(node->radio, NULL, NULL);
    node->radio = NULL;
}

struct node *node_free(struct node *node)
{
    if (node == NULL)
        return NULL;
    node_end(node);
    node_chores_free(node->chores);
    beacon_identity_free(node->identity);
    beacon_clock_unref(node->clock);
    g_free(node);
    return NULL;
}
