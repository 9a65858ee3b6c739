/* SPDX-License-Identifier: MIT */
/* What a reader told its callbacks, kept for a test to look at. */
#ifndef EXCHANGE_HEARD_H
#define EXCHANGE_HEARD_H

#include <beacon/exchange.h>

#include "exchange/feed.h"

#define HEARD_MAX 256

struct heard_refusal {
    uint64_t record, line;
    char field[32]; /* empty for the whole */
    char expected[160];
    char message[256];
};

struct heard {
    uint64_t keys;
    struct beacon_published_key key[HEARD_MAX]; /* the first */
    uint64_t key_record[HEARD_MAX];
    uint64_t rows;
    struct beacon_trace_row row[HEARD_MAX];
    uint64_t row_line[HEARD_MAX];
    BeaconTraceUnit unit;
    uint64_t refusals;
    struct heard_refusal refusal[HEARD_MAX];
    uint64_t stop_after; /* callbacks of a kind; 0 for never */
    gboolean result;
    GError *error;
};

static inline gboolean heard_key(const struct beacon_published_key *key, uint64_t record,
                                 gpointer user)
{
    struct heard *heard = user;

    if (heard->keys < HEARD_MAX) {
        heard->key[heard->keys] = *key;
        heard->key_record[heard->keys] = record;
    }
    return ++heard->keys != heard->stop_after;
}

static inline gboolean heard_row(const struct beacon_trace_row *row, uint64_t line, gpointer user)
{
    struct heard *heard = user;

    if (heard->rows < HEARD_MAX) {
        heard->row[heard->rows] = *row;
        heard->row_line[heard->rows] = line;
    }
    return ++heard->rows != heard->stop_after;
}

static inline gboolean heard_refused(const struct beacon_refusal *refusal, gpointer user)
{
    struct heard *heard = user;

    if (heard->refusals < HEARD_MAX) {
        struct heard_refusal *kept = &heard->refusal[heard->refusals];

        kept->record = refusal->record;
        kept->line = refusal->line;
        g_strlcpy(kept->field, refusal->field ? refusal->field : "", sizeof(kept->field));
        g_strlcpy(kept->expected, refusal->expected, sizeof(kept->expected));
        g_strlcpy(kept->message, refusal->message, sizeof(kept->message));
    }
    return ++heard->refusals != heard->stop_after;
}

static inline void heard_clear(struct heard *heard)
{
    g_clear_error(&heard->error);
    memset(heard, 0, sizeof(*heard));
}

/* Each closes the stream. */
static inline void hear_list(struct heard *heard, FILE *stream, bool goes_on)
{
    heard->result = beacon_key_list_read(stream, "keys.json", heard_key,
                                         goes_on ? heard_refused : NULL, heard, &heard->error);
    fclose(stream);
}

static inline void hear_trace(struct heard *heard, FILE *stream, bool goes_on)
{
    heard->result =
        beacon_trace_read(stream, "phone.txt", heard_row, goes_on ? heard_refused : NULL, heard,
                          &heard->unit, &heard->error);
    fclose(stream);
}

static inline FILE *feed_text(const char *text)
{
    return feed_bytes(text, strlen(text));
}

#endif
