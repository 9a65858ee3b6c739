/* SPDX-License-Identifier: MIT */
/* The obvious design: a hash table from identifier to the sightings that carry it. */
#include "peer.h"

#include <glib.h>

/* Identifiers are random already. */
static guint identifier_hash(gconstpointer identifier)
{
    guint hash;

    memcpy(&hash, identifier, sizeof(hash));
    return hash;
}

static gboolean identifier_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct beacon_identifier)) == 0;
}

static void list_free(gpointer list)
{
    g_slist_free(list);
}

static void *table_open(const struct workload *workload)
{
    GHashTable *table = g_hash_table_new_full(identifier_hash, identifier_equal, NULL, list_free);

    for (size_t i = 0; i < workload->log_count; i++) {
        struct beacon_sighting *sighting = &workload->log[i];
        GSList *list = g_hash_table_lookup(table, &sighting->identifier);

        if (list)
            list->next = g_slist_prepend(list->next, sighting);
        else
            g_hash_table_insert(table, &sighting->identifier, g_slist_prepend(NULL, sighting));
    }
    return table;
}

static void look_up(GHashTable *table, const struct walk *walk, size_t key_index,
                    struct findings *findings)
{
    for (GSList *at = g_hash_table_lookup(table, &walk->identifier); at; at = at->next) {
        const struct beacon_sighting *sighting = at->data;

        if (sighting->time_ms >= walk->start_ms &&
            sighting->time_ms <= walk->start_ms + WORKLOAD_SLOT_MS)
            findings_add(findings, key_index, sighting->time_ms, &sighting->identifier);
    }
}

static void table_run(void *index, hash_fn *hash, const struct workload *workload,
                      struct sample sample, struct findings *findings)
{
    for (size_t i = 0; i < sample.keys; i++) {
        struct walk walk = walk_begin(hash, &workload->keys[i]);

        while (walk.slot < sample.slots) {
            walk_next(&walk);
            look_up(index, &walk, i, findings);
        }
    }
}

static void table_close(void *index)
{
    g_hash_table_destroy(index);
}

const struct peer peer_table_libsodium = {
    .name = "GHashTable+libsodium",
    .about = "GLib's hash table from identifier to a list of sightings, crypto_hash_sha256",
    .keys = 250,
    .open = table_open,
    .run = table_run,
    .close = table_close};

const struct peer peer_table_openssl = {.name = "GHashTable+OpenSSL",
                                        .about = "the same table, SHA256_Init, _Update, _Final",
                                        .openssl = true,
                                        .keys = 500,
                                        .open = table_open,
                                        .run = table_run,
                                        .close = table_close};
