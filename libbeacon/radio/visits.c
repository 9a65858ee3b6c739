/* SPDX-License-Identifier: MIT */
/* Visits to iPhones: one at a time, those that wait bounded, and results remembered as long as the
 * caller said. */
#include "radio/face.h"

#include <string.h>

enum { WAITING_MAX = 32, REMEMBERED_MAX = 1024 };

struct bcn_visit_request {
    struct beacon_visit visit;
    gint64 remember_until_us;
    beacon_visit_func func;
    gpointer user;
};

struct bcn_memory {
    struct beacon_visit visit; /* first: its address is the key */
    gint64 until_us;
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

static void forget_all(beacon_radio *radio)
{
    g_hash_table_remove_all(radio->visits.remembered);
    g_queue_clear_full(&radio->visits.memories, g_free);
}

/* "Until" was said of another time. */
static void clock_was_set(gpointer user)
{
    beacon_radio *radio = user;
    forget_all(radio);
    radio->visits.clock_set = beacon_clock_when_set(radio->clock, clock_was_set, radio);
}

void bcn_visits_init(beacon_radio *radio)
{
    radio->visits.remembered = g_hash_table_new(address_hash, address_equal);
    radio->visits.clock_set = beacon_clock_when_set(radio->clock, clock_was_set, radio);
}

void bcn_visits_stop(beacon_radio *radio)
{
    struct bcn_visits *visits = &radio->visits;
    beacon_clock_cancel(radio->clock, &visits->next);
    beacon_clock_cancel(radio->clock, &visits->clock_set);
    forget_all(radio);
    g_clear_pointer(&visits->remembered, g_hash_table_unref);
    g_queue_clear_full(&visits->waiting, g_free);
    visits->busy = FALSE;
}

static const struct bcn_memory *recall(beacon_radio *radio, const struct beacon_address *address)
{
    const struct bcn_memory *memory = g_hash_table_lookup(radio->visits.remembered, address);
    gboolean holds = memory != NULL && beacon_clock_wall_us(radio->clock) < memory->until_us;
    return holds ? memory : NULL;
}

static void forget_oldest(struct bcn_visits *visits)
{
    struct bcn_memory *oldest = g_queue_pop_head(&visits->memories);
    if (g_hash_table_lookup(visits->remembered, &oldest->visit.address) == oldest)
        g_hash_table_remove(visits->remembered, &oldest->visit.address);
    g_free(oldest);
}

static void keep(beacon_radio *radio, const struct bcn_visit_request *request)
{
    struct bcn_visits *visits = &radio->visits;
    if (request->visit.result == BEACON_VISIT_DROPPED)
        return;
    while (g_queue_get_length(&visits->memories) >= REMEMBERED_MAX)
        forget_oldest(visits);
    struct bcn_memory *memory = g_new(struct bcn_memory, 1);
    *memory = (struct bcn_memory){request->visit, request->remember_until_us};
    memory->visit.remembered = TRUE;
    g_queue_push_tail(&visits->memories, memory);
    g_hash_table_replace(visits->remembered, &memory->visit.address, memory);
}

static void answer(beacon_radio *radio, struct bcn_visit_request *request)
{
    bcn_face_enter(radio);
    request->func(&request->visit, request->user);
    g_free(request);
    bcn_face_leave(radio);
}

static void begin(gpointer user);

static void begin_soon(beacon_radio *radio)
{
    struct bcn_visits *visits = &radio->visits;
    if (!radio->freed && !visits->busy && visits->next == 0 && !g_queue_is_empty(&visits->waiting))
        visits->next = beacon_clock_after(radio->clock, 0, begin, radio);
}

/* Takes the first that waits: answered from memory, or sent out. */
static void begin(gpointer user)
{
    beacon_radio *radio = user;
    struct bcn_visits *visits = &radio->visits;
    visits->next = 0;
    struct bcn_visit_request *request = g_queue_peek_head(&visits->waiting);
    const struct bcn_memory *memory = recall(radio, &request->visit.address);
    bcn_face_enter(radio);
    if (memory != NULL) {
        request->visit = memory->visit;
        g_queue_pop_head(&visits->waiting);
        answer(radio, request);
    } else {
        visits->busy = TRUE;
        radio->health.counters.visits++;
        radio->backend->class->visit(radio->backend, &request->visit.address);
    }
    begin_soon(radio);
    bcn_face_leave(radio);
}

void bcn_visits_done(beacon_radio *radio, enum beacon_visit_result result,
                     const struct beacon_identifier *identifier)
{
    struct bcn_visits *visits = &radio->visits;
    if (!visits->busy)
        return;
    struct bcn_visit_request *request = g_queue_pop_head(&visits->waiting);
    visits->busy = FALSE;
    request->visit.result = result;
    request->visit.time_us = beacon_clock_wall_us(radio->clock);
    if (result == BEACON_VISIT_READ)
        request->visit.identifier = *identifier;
    else
        radio->health.counters.visits_failed++;
    keep(radio, request);
    bcn_face_enter(radio);
    answer(radio, request);
    begin_soon(radio);
    bcn_face_leave(radio);
}

static gboolean waits(const struct bcn_visits *visits, const struct beacon_address *address)
{
    for (const GList *link = visits->waiting.head; link != NULL; link = link->next)
        if (beacon_address_equal(&((struct bcn_visit_request *)link->data)->visit.address, address))
            return TRUE;
    return FALSE;
}

gboolean beacon_radio_visit(beacon_radio *radio, const struct beacon_address *address,
                            gint64 remember_until_us, beacon_visit_func func, gpointer user)
{
    struct bcn_visits *visits = &radio->visits;
    if (radio->freed || !(beacon_radio_capabilities(radio) & BEACON_RADIO_CAN_READ) ||
        g_queue_get_length(&visits->waiting) >= WAITING_MAX || waits(visits, address))
        return FALSE;
    struct bcn_visit_request *request = g_new0(struct bcn_visit_request, 1);
    request->visit.address = *address;
    request->remember_until_us = remember_until_us;
    request->func = func;
    request->user = user;
    g_queue_push_tail(&visits->waiting, request);
    begin_soon(radio);
    return TRUE;
}
