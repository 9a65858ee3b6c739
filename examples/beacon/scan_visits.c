/* SPDX-License-Identifier: MIT */
/* iPhones do not send their identifier: each is asked once, and remembered until its slot ends. */
#include "scan_visits.h"

#include <beacon/identity.h>

/* Forged addresses may fill this; it is emptied then, and the radio bounds what is asked. */
enum { KNOWN_MAX = 4096 };

struct known {
    struct beacon_address address; /* the key */
    gint64 until_ms;
    bool is_asked; /* and has not answered */
    enum beacon_visit_result result;
    struct beacon_identifier identifier;
    struct reception first; /* that made us ask */
};

static guint address_hash(gconstpointer key)
{
    const struct beacon_address *address = key;
    guint hash = address->type;

    for (gsize i = 0; i < sizeof address->bytes; i++)
        hash = hash * 31 + address->bytes[i];
    return hash;
}

static gboolean address_equal(gconstpointer a, gconstpointer b)
{
    return beacon_address_equal(a, b);
}

/* What no radio measures (Bluetooth Core 5.3, vol 4 part E, 7.7.65.2) is no measure. */
static gint8 believed_rssi(gint8 rssi_dbm)
{
    return rssi_dbm >= -127 && rssi_dbm <= 20 ? rssi_dbm : BEACON_RSSI_ABSENT;
}

struct reception scan_visits_reception(const struct beacon_radio_packet *packet)
{
    struct beacon_advert_info info;

    beacon_advert_recognise(packet->data, packet->size, &info);
    return (struct reception){
        .time_ms = packet->time_us / 1000,
        .monotonic_us = packet->monotonic_us,
        .kind = info.kind,
        .has_identifier = info.kind == BEACON_ADVERT_ANDROID,
        .identifier = info.identifier,
        .rssi_dbm = believed_rssi(packet->rssi_dbm),
        .tx_power_dbm = packet->tx_power_dbm != BEACON_TX_POWER_ABSENT ? packet->tx_power_dbm
                                                                       : info.tx_power_dbm,
        .address = packet->address,
    };
}

/* What holds until some moment was said of another time. */
static void on_clock_set(gpointer user)
{
    struct scan_visits *visits = user;

    g_hash_table_remove_all(visits->known);
    visits->clock_set =
        beacon_clock_when_set(beacon_radio_clock(visits->radio), on_clock_set, visits);
}

void scan_visits_begin(struct scan_visits *visits)
{
    visits->known = g_hash_table_new_full(address_hash, address_equal, NULL, g_free);
    if (visits->radio != NULL)
        visits->clock_set =
            beacon_clock_when_set(beacon_radio_clock(visits->radio), on_clock_set, visits);
}

void scan_visits_end(struct scan_visits *visits)
{
    if (visits->radio != NULL)
        beacon_clock_cancel(beacon_radio_clock(visits->radio), &visits->clock_set);
    visits->radio = NULL;
    g_clear_pointer(&visits->known, g_hash_table_unref);
}

static void on_visit(const struct beacon_visit *visit, gpointer user)
{
    struct scan_visits *visits = user;
    struct known *known;
    struct reception reception;

    known = visits->known != NULL ? g_hash_table_lookup(visits->known, &visit->address) : NULL;
    if (known == NULL || !known->is_asked)
        return;
    if (visit->result == BEACON_VISIT_DROPPED) { /* asked again when it is heard again */
        g_hash_table_remove(visits->known, &visit->address);
        return;
    }
    known->is_asked = false;
    known->result = visit->result;
    known->identifier = visit->identifier;
    if (visit->result != BEACON_VISIT_READ)
        return;
    reception = known->first;
    reception.time_ms = visit->time_us / 1000;
    reception.monotonic_us = beacon_clock_monotonic_us(beacon_radio_clock(visits->radio));
    reception.has_identifier = true;
    reception.identifier = visit->identifier;
    visits->on_read(&reception, visits->user);
}

static void ask(struct scan_visits *visits, const struct reception *reception)
{
    struct beacon_slot slot;
    struct known *known;

    /* iPhones have 96 slots a day, whatever the server says (protocol 1.5). */
    if (beacon_slot_at(reception->time_ms, BEACON_SLOTS_PER_DAY, &slot) < 0 ||
        !beacon_radio_visit(visits->radio, &reception->address, slot.end_ms * 1000, on_visit,
                            visits))
        return;
    if (g_hash_table_size(visits->known) >= KNOWN_MAX)
        g_hash_table_remove_all(visits->known);
    known = g_new0(struct known, 1);
    known->address = reception->address;
    known->until_ms = slot.end_ms;
    known->is_asked = true;
    known->first = *reception;
    g_hash_table_replace(visits->known, &known->address, known);
}

static void fill_in(const struct known *known, struct reception *reception)
{
    if (known->is_asked)
        return;
    if (known->result == BEACON_VISIT_READ) {
        reception->has_identifier = true;
        reception->identifier = known->identifier;
    } else if (known->result == BEACON_VISIT_FOREIGN &&
               reception->kind == BEACON_ADVERT_IPHONE_BACKGROUND) {
        reception->kind = BEACON_ADVERT_OTHER;
    }
}

void scan_visits_complete(struct scan_visits *visits, struct reception *reception)
{
    const struct known *known;

    if (visits->radio == NULL || (reception->kind != BEACON_ADVERT_IPHONE_OPEN &&
                                  reception->kind != BEACON_ADVERT_IPHONE_BACKGROUND))
        return;
    known = g_hash_table_lookup(visits->known, &reception->address);
    if (known != NULL && reception->time_ms < known->until_ms)
        fill_in(known, reception);
    else
        ask(visits, reception);
}
