/* SPDX-License-Identifier: MIT */
/* A chunk: rows of one kind and UTC day, sealed, in a blob that says all that is needed to open it
 * but the key. */
#include "store/chunk.h"

#include <sodium.h>
#include <string.h>

#define VERSION  2
#define BIRTH_AT 44
#define NONCE_AT 52

G_STATIC_ASSERT(NONCE_AT + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == BCN_STORE_HEAD_SIZE);
G_STATIC_ASSERT(crypto_aead_xchacha20poly1305_ietf_ABYTES == BCN_STORE_TAG_SIZE);

static const guint8 magic[] = {0xD5, 'B', 'C', 'K'};

guint bcn_store_records_max(guint kind)
{
    return (guint)(BCN_STORE_RECORDS_SIZE / bcn_store_record_size(kind));
}

guint64 bcn_store_number_of(guint kind, gint64 day, guint32 count)
{
    return (guint64)kind << 56 | ((guint64)day & 0xFFFFFF) << 32 | count;
}

gint64 bcn_store_day_of_number(guint64 number)
{
    return (gint64)(number >> 32 & 0xFFFFFF);
}

guint64 bcn_store_place_of(guint64 number)
{
    return number & BCN_STORE_ASIDE_COUNT ? number | BCN_STORE_ASIDE : number;
}

gint64 bcn_store_day_id(guint64 number)
{
    return (gint64)((number & ~BCN_STORE_ASIDE) >> 32);
}

gsize bcn_store_chunk_size(guint kind, guint count)
{
    return BCN_STORE_HEAD_SIZE + count * bcn_store_record_size(kind) + BCN_STORE_TAG_SIZE;
}

/* Everything up to the nonce. */
static void write_head(const struct bcn_store_seal *seal, const struct bcn_store_head *head,
                       guint8 *bytes)
{
    const guint64 id = GUINT64_TO_LE(head->id);
    const guint32 generation = GUINT32_TO_LE(head->generation),
                  day = GUINT32_TO_LE((guint32)head->day);
    const guint16 count = GUINT16_TO_LE((guint16)head->count);

    memset(bytes, 0, NONCE_AT);
    memcpy(bytes, magic, sizeof(magic));
    memcpy(bytes + BIRTH_AT, &head->birth, sizeof(head->birth));
    bytes[4] = VERSION;
    bytes[5] = (guint8)head->kind;
    bytes[6] = seal->passes;
    bytes[7] = seal->memory_log2;
    memcpy(bytes + 8, seal->store_id, BCN_STORE_ID_SIZE);
    memcpy(bytes + 24, &id, sizeof(id));
    memcpy(bytes + 32, &generation, sizeof(generation));
    memcpy(bytes + 36, &day, sizeof(day));
    memcpy(bytes + 40, &count, sizeof(count));
}

void bcn_store_chunk_seal(const struct bcn_store_seal *seal, const struct bcn_store_head *head,
                          const guint8 *records, guint8 ret_chunk[BCN_STORE_CHUNK_MAX])
{
    write_head(seal, head, ret_chunk);
    randombytes_buf(ret_chunk + NONCE_AT, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret_chunk + BCN_STORE_HEAD_SIZE, NULL, records,
                                               head->count * bcn_store_record_size(head->kind),
                                               ret_chunk, BCN_STORE_HEAD_SIZE, NULL,
                                               ret_chunk + NONCE_AT, seal->key);
}

bool bcn_store_head_read(const guint8 *bytes, gsize size, struct bcn_store_head *ret_head)
{
    guint64 id;
    guint32 generation, day;
    guint16 count;

    if (size < BCN_STORE_HEAD_SIZE || memcmp(bytes, magic, sizeof(magic)) != 0 ||
        bytes[4] != VERSION || bytes[5] >= BCN_STORE_KINDS)
        return false;
    memcpy(&id, bytes + 24, sizeof(id));
    memcpy(&generation, bytes + 32, sizeof(generation));
    memcpy(&day, bytes + 36, sizeof(day));
    memcpy(&count, bytes + 40, sizeof(count));
    *ret_head = (struct bcn_store_head){.kind = bytes[5],
                                        .passes = bytes[6],
                                        .memory_log2 = bytes[7],
                                        .id = GUINT64_FROM_LE(id),
                                        .generation = GUINT32_FROM_LE(generation),
                                        .day = (gint32)GUINT32_FROM_LE(day),
                                        .count = GUINT16_FROM_LE(count)};
    memcpy(ret_head->store_id, bytes + 8, BCN_STORE_ID_SIZE);
    memcpy(&ret_head->birth, bytes + BIRTH_AT, sizeof(ret_head->birth));
    return ret_head->count > 0 && ret_head->count <= bcn_store_records_max(ret_head->kind) &&
           ret_head->id ==
               bcn_store_number_of(ret_head->kind, ret_head->day, (guint32)ret_head->id) &&
           bcn_store_chunk_size(ret_head->kind, ret_head->count) <= size;
}

bool bcn_store_chunk_open(const struct bcn_store_seal *seal, const guint8 *bytes,
                          const struct bcn_store_head *head,
                          guint8 ret_records[BCN_STORE_RECORDS_SIZE])
{
    const gsize size = head->count * bcn_store_record_size(head->kind) + BCN_STORE_TAG_SIZE;

    return memcmp(head->store_id, seal->store_id, BCN_STORE_ID_SIZE) == 0 &&
           crypto_aead_xchacha20poly1305_ietf_decrypt(
               ret_records, NULL, NULL, bytes + BCN_STORE_HEAD_SIZE, size, bytes,
               BCN_STORE_HEAD_SIZE, bytes + NONCE_AT, seal->key) == 0;
}

gsize bcn_store_chunk_find(const guint8 *bytes, gsize size, gsize from)
{
    while (from + sizeof(magic) <= size) {
        const guint8 *found = memchr(bytes + from, magic[0], size - from - (sizeof(magic) - 1));

        if (!found)
            return size;
        from = (gsize)(found - bytes);
        if (memcmp(found, magic, sizeof(magic)) == 0)
            return from;
        from++;
    }
    return size;
}
