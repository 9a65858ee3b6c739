/* SPDX-License-Identifier: MIT */
/* Files rows into chunks: each kind's last chunk is filled up before another is begun. */
#include "store/filer.h"

#include "store/fail.h"
#include "store/text.h"

#include <sodium.h>
#include <string.h>

/* More numbers than a disk holds chunks. */
#define NUMBERS_LEFT ((gint64)1 << 48)

bool bcn_store_filer_make(struct bcn_store_filer *filer, const struct bcn_store_database *database,
                          const struct bcn_store_seal *seal, GError **error)
{
    gint64 last;

    *filer = (struct bcn_store_filer){.database = database, .seal = seal};
    for (guint kind = 0; kind < BCN_STORE_KINDS; kind++)
        filer->tails[kind].records = bcn_store_guarded(BCN_STORE_RECORDS_SIZE);
    if (!bcn_store_number(database, "SELECT max(id) FROM chunk", 0, 0, 0, &last, error))
        return false;
    if (last < 0 || last > G_MAXINT64 - NUMBERS_LEFT)
        return bcn_store_fail(database->path, BEACON_STORE_ERROR_DAMAGED,
                              _("damaged: its chunks have no numbers left"), error);
    filer->next_id = (guint64)last + 1;
    return true;
}

void bcn_store_filer_clear(struct bcn_store_filer *filer)
{
    for (guint kind = 0; kind < BCN_STORE_KINDS; kind++) {
        sodium_free(filer->tails[kind].records);
        filer->tails[kind].records = NULL;
    }
}

void bcn_store_filer_forget(struct bcn_store_filer *filer)
{
    for (guint kind = 0; kind < BCN_STORE_KINDS; kind++)
        filer->tails[kind].head.count = 0;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const struct bcn_store_item *first = *(const struct bcn_store_item *const *)a,
                                *second = *(const struct bcn_store_item *const *)b;

    if (first->kind != second->kind)
        return first->kind < second->kind ? -1 : 1;
    return first->day < second->day ? -1 : first->day > second->day;
}

static bool is_in_order(const GPtrArray *items)
{
    for (guint i = 1; i < items->len; i++)
        if (compare(&items->pdata[i - 1], &items->pdata[i]) > 0)
            return false;
    return true;
}

static bool is_same_chunk(const struct bcn_store_tail *tail, const struct bcn_store_item *item)
{
    return tail->head.count > 0 && tail->head.day == item->day &&
           tail->head.count < bcn_store_records_max(item->kind);
}

static bool put_tail(struct bcn_store_filer *filer, struct bcn_store_tail *tail, GError **error)
{
    if (!bcn_store_chunk_put(filer->database, filer->seal, &tail->head, tail->records, error))
        return false;
    tail->head.generation++;
    return true;
}

/* Fills one chunk with items from `first` on; the number behind the last that went in. */
static guint fill(struct bcn_store_filer *filer, struct bcn_store_tail *tail,
                  const GPtrArray *items, guint first)
{
    const struct bcn_store_item *item = items->pdata[first];
    const gsize size = bcn_store_record_size(item->kind);
    const guint kind = item->kind;

    if (!is_same_chunk(tail, item))
        tail->head =
            (struct bcn_store_head){.kind = item->kind, .day = item->day, .id = filer->next_id++};
    do {
        memcpy(tail->records + tail->head.count * size, item->record, size);
        tail->head.count++;
        if (++first == items->len)
            break;
        item = items->pdata[first];
    } while (item->kind == kind && is_same_chunk(tail, item));
    return first;
}

bool bcn_store_filer_put(struct bcn_store_filer *filer, GPtrArray *items, GError **error)
{
    guint next = 0;

    if (!is_in_order(items))
        g_ptr_array_sort(items, compare); /* stable */
    while (next < items->len) {
        const struct bcn_store_item *item = items->pdata[next];
        struct bcn_store_tail *tail = &filer->tails[item->kind];

        next = fill(filer, tail, items, next);
        if (!put_tail(filer, tail, error))
            return false;
    }
    return true;
}
