/* SPDX-License-Identifier: MIT */
/* A bounded queue of rows as records, and how rows are checked before they are queued. */
#define _DEFAULT_SOURCE /* madvise */
#include "store/queue.h"

#include <beacon/identity.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

static bool is_believed(gint64 time_ms)
{
    return time_ms >= BEACON_TIME_MIN_MS && time_ms < BEACON_TIME_END_MS;
}

bool bcn_store_item_of_row(const struct beacon_store_row *row, struct bcn_store_item *ret_item)
{
    if (!is_believed(row->sighting.time_ms))
        return false;
    ret_item->kind = BCN_STORE_SIGHTING;
    ret_item->day = (gint32)beacon_day_of(row->sighting.time_ms);
    bcn_store_put_row(row, ret_item->record);
    return true;
}

bool bcn_store_item_of_undated(const struct beacon_store_boot *boot,
                               const struct beacon_store_row *row, struct bcn_store_item *ret_item)
{
    if (row->sighting.time_ms < 0)
        return false;
    ret_item->kind = BCN_STORE_UNDATED;
    ret_item->day = 0;
    bcn_store_put_undated(boot, row, ret_item->record);
    return true;
}

bool bcn_store_item_of_encounter(const struct beacon_store_encounter *encounter,
                                 struct bcn_store_item *ret_item)
{
    if (!is_believed(encounter->encounter.end_ms) || !is_believed(encounter->encounter.start_ms) ||
        encounter->encounter.end_ms < encounter->encounter.start_ms)
        return false;
    ret_item->kind = BCN_STORE_ENCOUNTER;
    ret_item->day = (gint32)beacon_day_of(encounter->encounter.end_ms);
    bcn_store_put_encounter(encounter, ret_item->record);
    return true;
}

void bcn_store_item_of_record(guint kind, gint32 day, const guint8 *record,
                              struct bcn_store_item *ret_item)
{
    ret_item->kind = (guint8)kind;
    ret_item->day = day;
    memcpy(ret_item->record, record, bcn_store_record_size(kind));
}

void bcn_store_queue_make(struct bcn_store_queue *queue, gsize capacity)
{
    const gsize size = capacity * sizeof(struct bcn_store_item);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        g_error("no memory for %zu bytes", size);
#ifdef MADV_DONTDUMP
    madvise(memory, size, MADV_DONTDUMP);
#endif
    *queue = (struct bcn_store_queue){.items = memory, .capacity = capacity};
}

void bcn_store_queue_clear(struct bcn_store_queue *queue)
{
    const gsize size = queue->capacity * sizeof(struct bcn_store_item);

    if (!queue->items)
        return;
    sodium_memzero(queue->items, size);
    munmap(queue->items, size);
    queue->items = NULL;
}

gsize bcn_store_queue_room(const struct bcn_store_queue *queue)
{
    return queue->capacity - (gsize)(queue->head - queue->tail);
}

void bcn_store_queue_put(struct bcn_store_queue *queue, const struct bcn_store_item *item)
{
    struct bcn_store_item *to = &queue->items[queue->head % queue->capacity];

    bcn_store_item_of_record(item->kind, item->day, item->record, to);
    queue->head++;
}

const struct bcn_store_item *bcn_store_queue_at(const struct bcn_store_queue *queue, guint64 number)
{
    return &queue->items[number % queue->capacity];
}
