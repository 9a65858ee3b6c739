/* SPDX-License-Identifier: MIT */
/* Files rows into chunks: each kind's last chunk is filled up before another is begun. */
#ifndef BCN_STORE_FILER_H
#define BCN_STORE_FILER_H

#include "store/queue.h"
#include "store/schema.h"

struct bcn_store_tail {
    struct bcn_store_head head; /* count 0: none */
    guint8 *records;            /* guarded */
};

struct bcn_store_filer {
    const struct bcn_store_database *database;
    const struct bcn_store_seal *seal;
    struct bcn_store_tail tails[BCN_STORE_KINDS];
};

void bcn_store_filer_make(struct bcn_store_filer *filer, const struct bcn_store_database *database,
                          const struct bcn_store_seal *seal);
void bcn_store_filer_clear(struct bcn_store_filer *filer);

/* Within a transaction. The array is put in order of kind and day, rows of one day as they came. */
bool bcn_store_filer_put(struct bcn_store_filer *filer, GPtrArray *items, GError **error);

/* After a transaction that was rolled back, or that touched chunks by another way: new chunks. */
void bcn_store_filer_forget(struct bcn_store_filer *filer);

#endif
