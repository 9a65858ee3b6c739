/* SPDX-License-Identifier: MIT */
/* Who was heard: the phones about now, and figures of the whole scan. In bounded memory. */
#include "scan_heard.h"

#include <string.h>

/* Ten thousand phones at once are believed; a million identifiers a minute are forged. */
enum { PHONES_MAX = 16384, IDENTIFIERS_MAX = 100000 };

static const gint64 row_gap_us = 5 * G_TIME_SPAN_SECOND;
static const gint64 gone_us = 30 * G_TIME_SPAN_SECOND;

static struct heard_key key_of_address(const struct beacon_address *address)
{
    struct heard_key key = {.is_identifier = FALSE};

    memcpy(key.bytes, address->bytes, sizeof address->bytes);
    key.bytes[sizeof address->bytes] = address->type;
    return key;
}

static struct heard_key key_of(const struct reception *reception)
{
    struct heard_key key = {.is_identifier = TRUE};

    if (!reception->has_identifier)
        return key_of_address(&reception->address);
    memcpy(key.bytes, reception->identifier.bytes, sizeof key.bytes);
    return key;
}

/* FNV-1a. */
static guint hash_bytes(const guint8 *bytes, gsize size)
{
    guint32 hash = 2166136261U;

    for (gsize i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 16777619U;
    return hash;
}

static guint key_hash(gconstpointer key)
{
    return hash_bytes(key, sizeof(struct heard_key));
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct heard_key)) == 0;
}

static guint identifier_hash(gconstpointer identifier)
{
    return hash_bytes(identifier, sizeof(struct beacon_identifier));
}

static gboolean identifier_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct beacon_identifier)) == 0;
}

void heard_begin(struct heard *heard)
{
    *heard = (struct heard){.recent = G_QUEUE_INIT};
    heard->phones = g_hash_table_new(key_hash, key_equal);
    heard->identifiers = g_hash_table_new_full(identifier_hash, identifier_equal, g_free, NULL);
}

static void forget(struct heard *heard, struct heard_phone *phone)
{
    g_hash_table_remove(heard->phones, &phone->key);
    g_queue_unlink(&heard->recent, &phone->link);
    g_free(phone);
}

void heard_end(struct heard *heard)
{
    while (!g_queue_is_empty(&heard->recent))
        forget(heard, g_queue_peek_head(&heard->recent));
    g_hash_table_unref(heard->phones);
    g_hash_table_unref(heard->identifiers);
}

static struct heard_phone *meet(struct heard *heard, const struct heard_key *key, gint64 now_us)
{
    struct heard_phone *phone;

    if (g_hash_table_size(heard->phones) >= PHONES_MAX)
        forget(heard, g_queue_peek_head(&heard->recent));
    phone = g_new0(struct heard_phone, 1);
    phone->key = *key;
    phone->first_us = now_us;
    phone->row_us = now_us - row_gap_us;
    phone->link.data = phone;
    g_hash_table_add(heard->phones, phone);
    g_queue_push_tail_link(&heard->recent, &phone->link);
    return phone;
}

static void count(struct heard *heard, const struct reception *reception)
{
    struct heard_figures *figures = &heard->by_kind[reception->kind];

    figures->packets++;
    if (!reception->has_identifier ||
        g_hash_table_contains(heard->identifiers, &reception->identifier))
        return;
    if (g_hash_table_size(heard->identifiers) >= IDENTIFIERS_MAX) {
        heard->is_full = true;
        return;
    }
    figures->identifiers++;
    g_hash_table_add(heard->identifiers,
                     g_memdup2(&reception->identifier, sizeof reception->identifier));
}

/* A mean that follows within some ten packets. */
static void note_rssi(struct heard_phone *phone, gint8 rssi_dbm)
{
    if (rssi_dbm == BEACON_RSSI_ABSENT)
        return;
    phone->mean_dbm += (rssi_dbm - phone->mean_dbm) * (phone->has_mean ? 0.2 : 1.0);
    phone->has_mean = true;
}

bool heard_note(struct heard *heard, const struct reception *reception)
{
    struct heard_key key = key_of(reception);
    struct heard_phone *phone;
    bool is_due;

    count(heard, reception);
    heard_forget_gone(heard, reception->monotonic_us);
    phone = g_hash_table_lookup(heard->phones, &key);
    if (phone == NULL)
        phone = meet(heard, &key, reception->monotonic_us);
    g_queue_unlink(&heard->recent, &phone->link);
    g_queue_push_tail_link(&heard->recent, &phone->link);
    phone->last = *reception;
    phone->count++;
    note_rssi(phone, reception->rssi_dbm);
    is_due = reception->monotonic_us - phone->row_us >= row_gap_us;
    if (is_due)
        phone->row_us = reception->monotonic_us;
    return is_due;
}

void heard_rename(struct heard *heard, const struct beacon_address *address)
{
    struct heard_key key = key_of_address(address);
    struct heard_phone *phone = g_hash_table_lookup(heard->phones, &key);

    if (phone != NULL)
        forget(heard, phone);
}

void heard_forget_gone(struct heard *heard, gint64 now_us)
{
    struct heard_phone *oldest;

    while ((oldest = g_queue_peek_head(&heard->recent)) != NULL &&
           now_us - oldest->last.monotonic_us > gone_us)
        forget(heard, oldest);
}
