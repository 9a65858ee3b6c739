/* SPDX-License-Identifier: MIT */
/* beacon match: published keys against the log, in batches, and what they have in common. */
#include "match.h"

#include <stdlib.h>

enum {
    BATCH_KEYS = 4096,
    BATCH_IDENTIFIERS = 1 << 22, /* a second's work or so, after which progress can be shown */
    /* A list that repeats a key that is met often would fill any memory with hits. Past this many
     * the batch is halved and tried again; a single key has at most one a sighting. */
    HITS_MAX = 1 << 20,
};

struct hit {
    uint32_t key;  /* in the batch */
    uint32_t slot; /* from the key's start */
    size_t sighting;
};

void found_begin(struct found *found)
{
    *found = (struct found){
        .met = g_array_new(FALSE, FALSE, sizeof(struct met)),
        .exposures = g_array_new(FALSE, FALSE, sizeof(struct beacon_encounter)),
        .refused = g_array_new(FALSE, FALSE, sizeof(struct refused)),
        .texts = g_string_chunk_new(256),
    };
}

void found_free(struct found *found)
{
    for (guint i = 0; i < found->refused->len; i++)
        g_free(g_array_index(found->refused, struct refused, i).message);
    g_array_free(found->met, TRUE);
    g_array_free(found->exposures, TRUE);
    g_array_free(found->refused, TRUE);
    g_string_chunk_free(found->texts);
}

gboolean found_refuse(struct found *found, const char *path, const struct beacon_refusal *refusal)
{
    struct refused refused = {
        .record = refusal->record,
        .line = refusal->line,
        .path = g_string_chunk_insert_const(found->texts, path),
        .expected = g_string_chunk_insert_const(found->texts, refusal->expected),
        .message = g_strdup(refusal->message),
    };

    if (refusal->field != NULL)
        refused.field = g_string_chunk_insert_const(found->texts, refusal->field);
    g_array_append_val(found->refused, refused);
    return found->refused->len < REFUSED_MAX;
}

void batch_begin(struct batch *batch, const beacon_matcher *matcher,
                 const struct beacon_sighting *sightings, struct found *found)
{
    *batch = (struct batch){
        .matcher = matcher,
        .sightings = sightings,
        .found = found,
        .keys = g_array_new(FALSE, FALSE, sizeof(struct beacon_published_key)),
        .records = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
        .hits = g_array_new(FALSE, FALSE, sizeof(struct hit)),
    };
}

void batch_free(struct batch *batch)
{
    g_array_free(batch->keys, TRUE);
    g_array_free(batch->records, TRUE);
    g_array_free(batch->hits, TRUE);
}

/* Part of a batch, as a run of the engine sees it. */
struct part {
    struct batch *batch;
    const struct beacon_published_key *keys;
    size_t first, count;
};

static int on_match(const struct beacon_match *match, void *user)
{
    struct part *part = user;
    struct batch *batch = part->batch;
    const struct beacon_published_key *key = &part->keys[match->key_index];
    int64_t slot_ms = BEACON_DAY_MS / key->slots_per_day;
    struct hit hit = {
        .key = (uint32_t)(part->first + match->key_index),
        .slot = (uint32_t)((match->slot_start_ms - key->start_ms) / slot_ms),
        .sighting = (size_t)(match->sighting - batch->sightings),
    };

    if (batch->hits->len >= HITS_MAX && part->count > 1)
        return 1;
    g_array_append_val(batch->hits, hit);
    return 0;
}

/* By key, then by time, which is the order of the matcher's sightings. */
static int compare_hits(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->sighting < y->sighting ? -1 : x->sighting > y->sighting;
}

/* Adds what one key met: `hits` are its own, in order of time. */
static void add_met(struct batch *batch, const struct hit hits[], size_t count)
{
    struct found *found = batch->found;
    const struct beacon_sighting *first = &batch->sightings[hits[0].sighting];
    struct met met = {
        .record = g_array_index(batch->records, uint64_t, hits[0].key),
        .daily_key = g_array_index(batch->keys, struct beacon_published_key, hits[0].key).daily_key,
        .sightings = count,
        .first_ms = first->time_ms,
        .last_ms = batch->sightings[hits[count - 1].sighting].time_ms,
        .first_slot = hits[0].slot,
        .last_slot = hits[0].slot,
        .exposures_at = found->exposures->len,
    };
    struct beacon_encounter_builder builder;
    struct beacon_encounter encounter;

    beacon_encounter_begin(&builder, NULL);
    for (size_t i = 0; i < count; i++) {
        met.first_slot = MIN(met.first_slot, hits[i].slot);
        met.last_slot = MAX(met.last_slot, hits[i].slot);
        if (beacon_encounter_add(&builder, &batch->sightings[hits[i].sighting], &encounter) == 1)
            g_array_append_val(found->exposures, encounter);
    }
    if (beacon_encounter_end(&builder, &encounter) == 1)
        g_array_append_val(found->exposures, encounter);
    met.exposures = found->exposures->len - met.exposures_at;
    g_array_append_val(found->met, met);
}

static void take_hits(struct batch *batch)
{
    const struct hit *hits = (const struct hit *)(const void *)batch->hits->data;
    size_t count = batch->hits->len, end;

    g_array_sort(batch->hits, compare_hits);
    for (size_t begin = 0; begin < count; begin = end) {
        for (end = begin + 1; end < count && hits[end].key == hits[begin].key;)
            end++;
        add_met(batch, hits + begin, end - begin);
    }
}

static int run_part(struct batch *batch, size_t first, size_t count)
{
    struct part part = {
        .batch = batch,
        .keys = &g_array_index(batch->keys, struct beacon_published_key, first),
        .first = first,
        .count = count,
    };
    const struct beacon_match_listener listener = {
        .size = sizeof(listener), .on_match = on_match, .user = &part};
    int error;

    g_array_set_size(batch->hits, 0);
    error = beacon_matcher_run(batch->matcher, part.keys, count, &listener, NULL);
    if (error == BEACON_ECANCELED && count > 1) {
        error = run_part(batch, first, count / 2);
        return error < 0 ? error : run_part(batch, first + count / 2, count - count / 2);
    }
    if (error == 0)
        take_hits(batch);
    return error;
}

int batch_flush(struct batch *batch)
{
    int error = batch->keys->len > 0 ? run_part(batch, 0, batch->keys->len) : 0;

    g_array_set_size(batch->keys, 0);
    g_array_set_size(batch->records, 0);
    batch->identifiers = 0;
    return error;
}

int batch_add(struct batch *batch, const struct beacon_published_key *key, uint64_t record)
{
    uint64_t identifiers = beacon_published_key_slots(key);

    g_array_append_val(batch->keys, *key);
    g_array_append_val(batch->records, record);
    batch->identifiers += identifiers;
    batch->found->keys++;
    batch->found->identifiers += identifiers;
    if (batch->keys->len < BATCH_KEYS && batch->identifiers < BATCH_IDENTIFIERS)
        return 0;
    return batch_flush(batch);
}
