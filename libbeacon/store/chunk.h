/* SPDX-License-Identifier: MIT */
/* A chunk: rows of one kind and UTC day, sealed, in a blob that says all that is needed to open it
 * but the key. */
#ifndef BCN_STORE_CHUNK_H
#define BCN_STORE_CHUNK_H

#include "store/record.h"

/* clang-format off */
/*
 * Offset, size, content; numbers little-endian. The head is authenticated with the records.
 *
 *    0   4  D5 42 43 4B
 *    4   1  version: 2
 *    5   1  kind
 *    6   1  passes of Argon2id, 0 for a random key
 *    7   1  its memory, as the logarithm of bytes, 0 for a random key
 *    8  16  the store's identifier, which is Argon2id's salt
 *   24   8  the chunk's number
 *   32   4  its generation: how often it was rewritten
 *   36   4  UTC day, 0 for undated rows
 *   40   2  number of records
 *   42   2  zero
 *   44   8  birth: random, kept when it is rewritten; numbers come again, this does not
 *   52  24  nonce
 *   76   …  records, encrypted; 16 tag
 */
/* clang-format on */
#define BCN_STORE_HEAD_SIZE    76
#define BCN_STORE_TAG_SIZE     16
#define BCN_STORE_RECORDS_SIZE 3960
#define BCN_STORE_CHUNK_MAX    (BCN_STORE_HEAD_SIZE + BCN_STORE_RECORDS_SIZE + BCN_STORE_TAG_SIZE)
#define BCN_STORE_ID_SIZE      16

/* What seals: the key in guarded memory, and what a chunk's head says of it. */
struct bcn_store_seal {
    guint8 store_id[BCN_STORE_ID_SIZE];
    guint8 passes;
    guint8 memory_log2;
    guint8 *key; /* of 32 bytes, sodium_malloc */
};

struct bcn_store_head {
    guint kind;
    guint8 passes, memory_log2;
    guint8 store_id[BCN_STORE_ID_SIZE];
    guint64 id; /* of its kind and day; see bcn_store_number_of */
    guint32 generation;
    guint64 birth;
    gint32 day;
    guint count;
};

/*
 * A chunk's number is the kind, the day and a count: rows of one kind and day lie together in the
 * database, in the order in which they were added, and need no index.
 */
#define BCN_STORE_COUNT_MAX G_MAXUINT32

/*
 * Where the database is damaged it may refuse a day's next chunk. Such a chunk is set aside: it
 * lies in another table, which has pages of its own, its count is one of the upper half, and its
 * place in the database, elsewhere its number, is negative.
 */
#define BCN_STORE_ASIDE_COUNT 0x80000000u
#define BCN_STORE_ASIDE       (UINT64_C(1) << 63)

guint64 bcn_store_number_of(guint kind, gint64 day, guint32 count);
gint64 bcn_store_day_of_number(guint64 number);

/* The id of a chunk in the database. */
guint64 bcn_store_place_of(guint64 number);

/* The id of a chunk's kind and day in the table of days, from its number or its place. */
gint64 bcn_store_day_id(guint64 number);

/* Most records of a kind in a chunk: 110 sightings, 55 encounters, 76 undated. */
guint bcn_store_records_max(guint kind);

/* The size of a chunk's blob. */
gsize bcn_store_chunk_size(guint kind, guint count);

/* Of the head: kind, id, generation, birth, day and count. Writes bcn_store_chunk_size() bytes. */
void bcn_store_chunk_seal(const struct bcn_store_seal *seal, const struct bcn_store_head *head,
                          const guint8 *records, guint8 ret_chunk[BCN_STORE_CHUNK_MAX]);

/* False if the bytes do not begin with the head of a chunk that they hold as a whole. */
bool bcn_store_head_read(const guint8 *bytes, gsize size, struct bcn_store_head *ret_head);

/* False if the seal does not hold. The bytes are those of a head that was read. */
bool bcn_store_chunk_open(const struct bcn_store_seal *seal, const guint8 *bytes,
                          const struct bcn_store_head *head,
                          guint8 ret_records[BCN_STORE_RECORDS_SIZE]);

/* Where the first byte of a chunk may be, from `from` on; `size` if nowhere. */
gsize bcn_store_chunk_find(const guint8 *bytes, gsize size, gsize from);

#endif
