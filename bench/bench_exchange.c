/* SPDX-License-Identifier: MIT */
/* Traces and key lists, read and written: bytes a second. */
#include "bench.h"

#include "exchange_file.h"

#include <beacon/exchange.h>

#define ROWS        100000
#define KEYS        20000
#define BUNDLE_KEYS 100000

static const char own_identifier[] = "B9A665D754FE65E665D76A45";

static uint64_t digest_of_sighting(uint64_t digest, const struct beacon_sighting *sighting)
{
    digest = digest_of(digest, &sighting->identifier, sizeof(sighting->identifier));
    digest = digest_of(digest, &sighting->time_ms, sizeof(sighting->time_ms));
    return digest_of(digest, &sighting->rssi_dbm, sizeof(sighting->rssi_dbm));
}

static void trace_make(struct exchange *exchange, size_t rows)
{
    exchange->workload = workload_new(WORKLOAD_SPREAD, rows, 1);
    exchange->text = g_string_new(NULL);
    exchange->stream = exchange_stream_new();
    for (size_t i = 0; i < rows; i++) {
        const struct beacon_sighting *sighting = &exchange->workload->log[i];

        g_string_append_printf(exchange->text, "%s\t", own_identifier);
        for (size_t byte = 0; byte < BEACON_IDENTIFIER_SIZE; byte++)
            g_string_append_printf(exchange->text, "%02X", sighting->identifier.bytes[byte]);
        g_string_append_printf(exchange->text, "\t%d\t%" G_GINT64_FORMAT "\n", sighting->rssi_dbm,
                               sighting->time_ms);
        exchange->right_digest = digest_of_sighting(exchange->right_digest, sighting);
    }
    exchange_put_text(exchange);
}

static gboolean take_row(const struct beacon_trace_row *row, uint64_t line, gpointer user)
{
    struct exchange *exchange = user;

    (void)line;
    exchange->count++;
    exchange->digest = digest_of_sighting(exchange->digest, &row->sighting);
    return TRUE;
}

static void trace_read(void *state)
{
    struct exchange *exchange = state;
    GError *error = NULL;

    rewind(exchange->stream);
    must(beacon_trace_read(exchange->stream, "trace", take_row, NULL, exchange, NULL, &error),
         error);
}

static bool trace_check_read(void *state)
{
    const struct exchange *exchange = state;

    return exchange->count == exchange->workload->log_count &&
           exchange->digest == exchange->right_digest;
}

static void trace_write(void *state)
{
    struct exchange *exchange = state;
    struct beacon_trace_row row = {0};
    GError *error = NULL;

    beacon_identifier_from_hex(own_identifier, strlen(own_identifier), &row.own);
    rewind(exchange->stream);
    for (size_t i = 0; i < exchange->workload->log_count; i++) {
        row.sighting = exchange->workload->log[i];
        must(beacon_trace_write(exchange->stream, "trace", &row, BEACON_TRACE_MILLISECONDS, &error),
             error);
    }
    fflush(exchange->stream);
}

/* The file is overwritten with zeros, so that what is found in it was written. */
static void prepare_writing(void *state)
{
    struct exchange *exchange = state;
    char *zeros = g_malloc0(exchange->text->len);

    rewind(exchange->stream);
    if (fwrite(zeros, 1, exchange->text->len, exchange->stream) != exchange->text->len)
        fail("a temporary file cannot be written");
    fflush(exchange->stream);
    g_free(zeros);
}

static bool trace_check_written(void *state)
{
    return exchange_holds_text(state);
}

static void list_make(struct exchange *exchange, size_t keys)
{
    exchange_make_keys(exchange, keys);
    exchange->text = g_string_new("{\"data\":[");
    exchange->stream = exchange_stream_new();
    for (size_t i = 0; i < keys; i++) {
        const struct beacon_published_key *key = &exchange->workload->keys[i];

        g_string_append(exchange->text, i > 0 ? ",\n{\"daily_key\":\"" : "\n{\"daily_key\":\"");
        for (size_t byte = 0; byte < BEACON_KEY_SIZE; byte++)
            g_string_append_printf(exchange->text, "%02X", key->daily_key.bytes[byte]);
        g_string_append_printf(exchange->text,
                               "\",\"time_start\":%" G_GINT64_FORMAT
                               ",\"max\":%u,\"time_end\":%" G_GINT64_FORMAT "}",
                               key->start_ms / 1000, key->slots_per_day, key->end_ms / 1000);
    }
    g_string_append(exchange->text, "\n]}\n");
    exchange_put_text(exchange);
}

static gboolean take_key(const struct beacon_published_key *key, uint64_t record, gpointer user)
{
    (void)record;
    exchange_take_key(user, key);
    return TRUE;
}

static void list_read(void *state)
{
    struct exchange *exchange = state;
    GError *error = NULL;

    rewind(exchange->stream);
    must(beacon_key_list_read(exchange->stream, "list", take_key, NULL, exchange, &error), error);
}

static void list_write(void *state)
{
    struct exchange *exchange = state;
    struct beacon_key_list_writer writer;
    GError *error = NULL;

    rewind(exchange->stream);
    must(beacon_key_list_open(&writer, exchange->stream, "list", &error), error);
    for (size_t i = 0; i < exchange->workload->keys_count; i++)
        must(beacon_key_list_add(&writer, &exchange->workload->keys[i], &error), error);
    must(beacon_key_list_close(&writer, &error), error);
}

/* White space is the writer's own: what it wrote is read again, into a file of its own. */
static void prepare_list_writing(void *state)
{
    struct exchange *exchange = state;

    fclose(exchange->stream);
    exchange->stream = exchange_stream_new();
    exchange_forget(exchange);
}

static bool list_check_written(void *state)
{
    list_read(state);
    return exchange_check_keys(state);
}

static void bench_trace(struct session *session, size_t rows)
{
    struct exchange exchange = {0};

    trace_make(&exchange, rows);
    exchange_measure(session, &exchange, SUBJECT_TRACE_READ,
                     g_strdup_printf("trace log=%zu read", rows),
                     (struct contender){.work = (double)exchange.text->len,
                                        .prepare = exchange_forget,
                                        .run = trace_read,
                                        .check = trace_check_read});
    exchange_measure(session, &exchange, SUBJECT_TRACE_WRITE,
                     g_strdup_printf("trace log=%zu write", rows),
                     (struct contender){.work = (double)exchange.text->len,
                                        .prepare = prepare_writing,
                                        .run = trace_write,
                                        .check = trace_check_written});
    exchange_clear(&exchange);
}

/* What the writer makes of the list, in bytes. */
static double list_written_size(struct exchange *exchange)
{
    prepare_list_writing(exchange);
    list_write(exchange);
    return (double)ftell(exchange->stream);
}

static void bench_list(struct session *session, size_t keys)
{
    struct exchange exchange = {0};

    list_make(&exchange, keys);
    exchange_measure(session, &exchange, SUBJECT_LIST_READ,
                     g_strdup_printf("list keys=%zu read", keys),
                     (struct contender){.work = (double)exchange.text->len,
                                        .prepare = exchange_forget,
                                        .run = list_read,
                                        .check = exchange_check_keys});
    exchange_measure(session, &exchange, SUBJECT_LIST_WRITE,
                     g_strdup_printf("list keys=%zu write", keys),
                     (struct contender){.work = list_written_size(&exchange),
                                        .prepare = prepare_list_writing,
                                        .run = list_write,
                                        .check = list_check_written});
    exchange_clear(&exchange);
}

void bench_exchange(struct session *session)
{
    bench_trace(session, options_size(session->options.logs, ROWS));
    bench_list(session, options_size(session->options.keys, KEYS));
    bench_bundle(session, options_size(session->options.keys, BUNDLE_KEYS));
}
