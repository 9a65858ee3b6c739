/* SPDX-License-Identifier: MIT */
/* Files rows into chunks: each kind's last chunk is filled up before another is begun. */
#include "store/filer.h"

#include "store/fail.h"
#include "store/text.h"

#include <sodium.h>
#include <string.h>

void bcn_store_filer_make(struct bcn_store_filer *filer, const struct bcn_store_database *database,
                          const struct bcn_store_seal *seal)
{
    *filer = (struct bcn_store_filer){.database = database, .seal = seal};
    for (guint kind = 0; kind < BCN_STORE_KINDS; kind++)
        filer->tails[kind].records = bcn_store_guarded(BCN_STORE_RECORDS_SIZE);
    filer->refusals = g_array_new(FALSE, FALSE, sizeof(struct bcn_store_refusal));
}

void bcn_store_filer_clear(struct bcn_store_filer *filer)
{
    for (guint kind = 0; kind < BCN_STORE_KINDS; kind++) {
        sodium_free(filer->tails[kind].records);
        filer->tails[kind].records = NULL;
    }
    g_clear_pointer(&filer->refusals, g_array_unref);
}

void bcn_store_filer_forget(struct bcn_store_filer *filer)
{
    for (guint kind = 0; kind < BCN_STORE_KINDS; kind++)
        filer->tails[kind].head.count = 0;
}

void bcn_store_filer_trust(struct bcn_store_filer *filer)
{
    g_array_set_size(filer->refusals, 0);
}

/* That of the kind and day; NULL if they are not refused. */
static struct bcn_store_refusal *refusal_of(const struct bcn_store_filer *filer, guint kind,
                                            gint32 day)
{
    for (guint i = 0; i < filer->refusals->len; i++) {
        struct bcn_store_refusal *refusal =
            &g_array_index(filer->refusals, struct bcn_store_refusal, i);

        if (refusal->kind == kind && refusal->day == day)
            return refusal;
    }
    return NULL;
}

bool bcn_store_filer_set_aside(struct bcn_store_filer *filer)
{
    const struct bcn_store_item *item = filer->stuck;
    struct bcn_store_refusal *known = item ? refusal_of(filer, item->kind, item->day) : NULL;

    if (!item || (known && known->is_uncounted))
        return false;
    if (known) {
        known->is_uncounted = true;
    } else {
        const struct bcn_store_refusal refusal = {.kind = item->kind, .day = item->day};

        g_array_append_val(filer->refusals, refusal);
    }
    bcn_store_filer_forget(filer);
    return true;
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

/* Begins a chunk behind the last of its kind and day, or of those of it that were set aside. */
static bool begin(struct bcn_store_filer *filer, struct bcn_store_tail *tail,
                  const struct bcn_store_item *item, bool is_aside, GError **error)
{
    const guint64 number =
        bcn_store_number_of(item->kind, item->day, is_aside ? BCN_STORE_ASIDE_COUNT : 0);
    const gint64 first = (gint64)bcn_store_place_of(number),
                 end = first + (gint64)BCN_STORE_ASIDE_COUNT - 1;
    gint64 last;

    if (!bcn_store_number(filer->database,
                          is_aside ? "SELECT max(id) FROM aside WHERE id BETWEEN ? AND ?"
                                   : "SELECT max(id) FROM chunk WHERE id BETWEEN ? AND ?",
                          first, end, first - 1, &last, error))
        return false;
    if (last < first - 1 || last >= end)
        return bcn_store_fail(filer->database->path, BEACON_STORE_ERROR_DAMAGED,
                              _("damaged: its chunks are numbered wrongly"), error);
    tail->head = (struct bcn_store_head){
        .kind = item->kind, .day = item->day, .id = (guint64)(last + 1) & ~BCN_STORE_ASIDE};
    randombytes_buf(&tail->head.birth, sizeof(tail->head.birth));
    return true;
}

/* Fills the chunk with items from `first` on; the number behind the last that went in. */
static guint fill(struct bcn_store_tail *tail, const GPtrArray *items, guint first)
{
    const struct bcn_store_item *item = items->pdata[first];
    const gsize size = bcn_store_record_size(item->kind);
    const guint kind = item->kind;

    do {
        memcpy(tail->records + tail->head.count * size, item->record, size);
        tail->head.count++;
        if (++first == items->len)
            break;
        item = items->pdata[first];
    } while (item->kind == kind && is_same_chunk(tail, item));
    return first;
}

static bool write_tail(const struct bcn_store_filer *filer, const struct bcn_store_tail *tail,
                       guint before, bool is_counted, GError **error)
{
    return is_counted ? bcn_store_chunk_put(filer->database, filer->seal, &tail->head,
                                            tail->records, before, error)
                      : bcn_store_chunk_write(filer->database, filer->seal, &tail->head,
                                              tail->records, error);
}

static bool put_some(struct bcn_store_filer *filer, const GPtrArray *items, guint *next,
                     GError **error)
{
    const struct bcn_store_item *item = items->pdata[*next];
    const struct bcn_store_refusal *refusal = refusal_of(filer, item->kind, item->day);
    struct bcn_store_tail *tail = &filer->tails[item->kind];
    guint before;

    filer->stuck = item;
    if (!is_same_chunk(tail, item) && !begin(filer, tail, item, refusal != NULL, error))
        return false;
    before = tail->head.count;
    *next = fill(tail, items, *next);
    if (!write_tail(filer, tail, before, !refusal || !refusal->is_uncounted, error))
        return false;
    tail->head.generation++;
    filer->set_aside += refusal ? tail->head.count - before : 0;
    filer->stuck = NULL;
    return true;
}

bool bcn_store_filer_put(struct bcn_store_filer *filer, GPtrArray *items, GError **error)
{
    guint next = 0;

    filer->stuck = NULL;
    filer->set_aside = 0;
    if (!is_in_order(items))
        g_ptr_array_sort(items, compare); /* stable */
    while (next < items->len)
        if (!put_some(filer, items, &next, error))
            return false;
    return true;
}
