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

/* A kind and day whose chunks the database refuses: they are written aside. */
struct bcn_store_refusal {
    guint kind;
    gint32 day;
    bool is_uncounted; /* it refuses to count them as well */
};

struct bcn_store_filer {
    const struct bcn_store_database *database;
    const struct bcn_store_seal *seal;
    struct bcn_store_tail tails[BCN_STORE_KINDS];
    GArray *refusals;                   /* of struct bcn_store_refusal */
    const struct bcn_store_item *stuck; /* where bcn_store_filer_put ended; NULL: it did not */
    guint64 set_aside;                  /* rows of the last bcn_store_filer_put */
};

void bcn_store_filer_make(struct bcn_store_filer *filer, const struct bcn_store_database *database,
                          const struct bcn_store_seal *seal);
void bcn_store_filer_clear(struct bcn_store_filer *filer);

/* Within a transaction. The array is put in order of kind and day, rows of one day as they came. */
bool bcn_store_filer_put(struct bcn_store_filer *filer, GPtrArray *items, GError **error);

/* After a bcn_store_filer_put that the database refused, and that was rolled back: true if it may
 * be tried again, with the chunks that were refused written aside. */
bool bcn_store_filer_set_aside(struct bcn_store_filer *filer);

/* From now on nothing is written aside. */
void bcn_store_filer_trust(struct bcn_store_filer *filer);

/* After a transaction that was rolled back, or that touched chunks by another way: new chunks. */
void bcn_store_filer_forget(struct bcn_store_filer *filer);

#endif
