/* SPDX-License-Identifier: MIT */
/* What one would do without the engine: identifiers one by one, looked up in an index of the log.
 */
#include "peer.h"

#include <glib.h>

static const char salt[] = "bluzonesubkey";

const struct peer *peer_at(size_t number)
{
    static const struct peer *const peers[] = {&peer_table_libsodium, &peer_table_openssl,
                                               &peer_sorted, &peer_sqlite_indexed,
                                               &peer_sqlite_app};

    return number < G_N_ELEMENTS(peers) ? peers[number] : NULL;
}

hash_fn *peer_hash(const struct peer *peer)
{
    if (!peer->open)
        return NULL;
    return peer->openssl ? hash_openssl : hash_libsodium;
}

struct sample peer_sample(const struct peer *peer, const struct workload *workload)
{
    struct sample sample = {.keys = MIN(peer->keys, workload->keys_count), .slots = WORKLOAD_SLOTS};

    if (peer->rows_max > 0)
        sample.slots = (uint32_t)CLAMP(peer->rows_max / workload->log_count, 4, WORKLOAD_SLOTS);
    return sample;
}

struct walk walk_begin(hash_fn *hash, const struct beacon_published_key *key)
{
    struct walk walk = {.hash = hash, .start_ms = key->start_ms - WORKLOAD_SLOT_MS};

    memcpy(walk.daily_key, key->daily_key.bytes, BEACON_KEY_SIZE);
    memcpy(walk.daily_key + BEACON_KEY_SIZE, salt, sizeof(salt) - 1);
    return walk;
}

void walk_next(struct walk *walk)
{
    if (walk->slot % BEACON_SLOTS_PER_DAY != 0) {
        walk->hash(walk->sub_key, sizeof(walk->sub_key), walk->sub_key);
    } else {
        if (walk->slot > 0)
            walk->hash(walk->daily_key, BEACON_KEY_SIZE, walk->daily_key);
        walk->hash(walk->daily_key, sizeof(walk->daily_key), walk->sub_key);
    }
    for (size_t i = 0; i < 4; i++) {
        walk->identifier.bytes[i] = walk->sub_key[4 * i];
        walk->identifier.bytes[4 + i] = walk->sub_key[16 + 2 * i];
        walk->identifier.bytes[8 + i] = walk->sub_key[24 + 2 * i];
    }
    walk->slot++;
    walk->start_ms += WORKLOAD_SLOT_MS;
}
