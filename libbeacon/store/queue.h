/* SPDX-License-Identifier: MIT */
/* A bounded queue of rows as records, and how rows are checked before they are queued. */
#ifndef BCN_STORE_QUEUE_H
#define BCN_STORE_QUEUE_H

#include "store/record.h"

struct bcn_store_item {
    gint32 day; /* UTC; 0 for undated rows */
    guint8 kind;
    guint8 record[BCN_STORE_RECORD_SIZE_MAX];
};

/* False for what beacon_store_add… refuses as INVALID. */
bool bcn_store_item_of_row(const struct beacon_store_row *row, struct bcn_store_item *ret_item);
bool bcn_store_item_of_undated(const struct beacon_store_boot *boot,
                               const struct beacon_store_row *row, struct bcn_store_item *ret_item);
bool bcn_store_item_of_encounter(const struct beacon_store_encounter *encounter,
                                 struct bcn_store_item *ret_item);

/* From a record that was queued before. */
void bcn_store_item_of_record(guint kind, gint32 day, const guint8 *record,
                              struct bcn_store_item *ret_item);

/* A ring. What lies between tail and head is not written to: whoever knows both may read it
 * without a lock. */
struct bcn_store_queue {
    struct bcn_store_item *items; /* out of core dumps */
    gsize capacity;
    guint64 head, tail; /* items ever put and taken */
};

void bcn_store_queue_make(struct bcn_store_queue *queue, gsize capacity);
void bcn_store_queue_clear(struct bcn_store_queue *queue); /* wipes */

gsize bcn_store_queue_room(const struct bcn_store_queue *queue);
void bcn_store_queue_put(struct bcn_store_queue *queue, const struct bcn_store_item *item);
const struct bcn_store_item *bcn_store_queue_at(const struct bcn_store_queue *queue,
                                                guint64 number);

#endif
