/* SPDX-License-Identifier: MIT */
/* beacon match: published keys against the log, in batches, and what they have in common. */
#include "match.h"

#include <stdlib.h>

enum {
    /* For each thread. The engine likes many keys at once, and memory few. */
    BATCH_KEYS = 16384,
    BATCH_IDENTIFIERS = 1 << 25,
    /* A list that repeats a key that is met often would fill any memory with hits. Past this many
     * a thread's part of the batch is halved and tried again; a single key has at most one a
     * sighting. */
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
        .rule = {.size = sizeof found->rule},
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
                 const struct beacon_sighting *sightings, guint threads, struct found *found)
{
    *batch = (struct batch){
        .matcher = matcher,
        .sightings = sightings,
        .threads = threads,
        .found = found,
        .keys = g_array_new(FALSE, FALSE, sizeof(struct beacon_published_key)),
        .records = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
    };
}

void batch_free(struct batch *batch)
{
    g_array_free(batch->keys, TRUE);
    g_array_free(batch->records, TRUE);
}

/* Part of a batch: what one run of the engine sees, in whatever thread. */
struct part {
    const struct batch *batch;
    size_t first, count; /* of the batch's keys */
    guint hits_max;      /* with more than one key */
    GArray *hits;
    int error;
};

static const struct beacon_published_key *part_keys(const struct part *part)
{
    return &g_array_index(part->batch->keys, struct beacon_published_key, part->first);
}

static int on_match(const struct beacon_match *match, void *user)
{
    struct part *part = user;
    const struct beacon_published_key *key = &part_keys(part)[match->key_index];
    int64_t slot_ms = BEACON_DAY_MS / key->slots_per_day;
    struct hit hit = {
        .key = (uint32_t)(part->first + match->key_index),
        .slot = (uint32_t)((match->slot_start_ms - key->start_ms) / slot_ms),
        .sighting = (size_t)(match->sighting - part->batch->sightings),
    };

    if (part->hits->len >= part->hits_max && part->count > 1)
        return 1;
    g_array_append_val(part->hits, hit);
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

    beacon_encounter_begin(&builder, &found->rule);
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

static void take_hits(struct batch *batch, GArray *found)
{
    const struct hit *hits = (const struct hit *)(const void *)found->data;
    size_t count = found->len, end;

    g_array_sort(found, compare_hits);
    for (size_t begin = 0; begin < count; begin = end) {
        for (end = begin + 1; end < count && hits[end].key == hits[begin].key;)
            end++;
        add_met(batch, hits + begin, end - begin);
    }
}

static gpointer run_part(gpointer user)
{
    struct part *part = user;
    const struct beacon_match_listener listener = {
        .size = sizeof(listener), .on_match = on_match, .user = part};

    part->error =
        beacon_matcher_run(part->batch->matcher, part_keys(part), part->count, &listener, NULL);
    return NULL;
}

/* The first part runs in this thread, the others in their own. */
static void run_parts(struct part parts[], guint count)
{
    GThread *threads[THREADS_MAX] = {NULL};

    for (guint i = 1; i < count; i++)
        threads[i] = g_thread_try_new("match", run_part, &parts[i], NULL);
    run_part(&parts[0]);
    for (guint i = 1; i < count; i++) {
        if (threads[i] != NULL)
            g_thread_join(threads[i]);
        else /* the machine has no more threads to give */
            run_part(&parts[i]);
    }
}

static int match_keys(struct batch *batch, size_t first, size_t keys, guint hits_max);

/* Takes what a part has found, or, if it was too much at once, what its halves find, each of them
 * in all threads and with so much room together. */
static int take_part(struct batch *batch, const struct part *part)
{
    const guint hits_max = HITS_MAX / batch->threads;
    const size_t half = part->count / 2;
    int error;

    if (part->error == 0)
        take_hits(batch, part->hits);
    g_array_free(part->hits, TRUE);
    if (part->error != BEACON_ECANCELED)
        return part->error;
    error = match_keys(batch, part->first, half, hits_max);
    if (error < 0)
        return error;
    return match_keys(batch, part->first + half, part->count - half, hits_max);
}

/* Matches some of the batch's keys, a part in each thread, and takes what is found in their order.
 * Where the hits of a part pass hits_max it stops, unless it has but one key. */
static int match_keys(struct batch *batch, size_t first, size_t keys, guint hits_max)
{
    const guint count = (guint)MIN(batch->threads, keys);
    struct part parts[THREADS_MAX];
    int error = 0;

    for (guint i = 0; i < count; i++)
        parts[i] = (struct part){
            .batch = batch,
            .first = first + keys * i / count,
            .count = keys * (i + 1) / count - keys * i / count,
            .hits_max = hits_max,
            .hits = g_array_new(FALSE, FALSE, sizeof(struct hit)),
        };
    run_parts(parts, count);
    for (guint i = 0; i < count; i++) {
        if (error == 0)
            error = take_part(batch, &parts[i]);
        else
            g_array_free(parts[i].hits, TRUE);
    }
    return error;
}

int batch_flush(struct batch *batch)
{
    int error = batch->keys->len > 0 ? match_keys(batch, 0, batch->keys->len, HITS_MAX) : 0;

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
    if (batch->keys->len < BATCH_KEYS * batch->threads &&
        batch->identifiers < (uint64_t)BATCH_IDENTIFIERS * batch->threads)
        return 0;
    return batch_flush(batch);
}
