/* SPDX-License-Identifier: MIT */
/* The files people exchange, read and written: bytes a second. */
#include "bench.h"

#include "workload.h"

#include <beacon/exchange.h>

#define ROWS 100000
#define KEYS 20000

static const char own_identifier[] = "B9A665D754FE65E665D76A45";

/* A file's contents as values and, made without the library, as text; and one to write. */
struct exchange {
    struct workload *workload;
    GString *text;
    FILE *stream; /* holds the text for reading, or is written to */
    uint64_t count;
    uint64_t digest; /* of the values read, in their order */
    uint64_t right_digest;
};

static void must(gboolean done, const GError *error)
{
    if (!done)
        g_error("%s", error->message);
}

static FILE *stream_new(void)
{
    FILE *stream = tmpfile();

    if (!stream)
        g_error("no temporary file");
    return stream;
}

static uint64_t digest_of(uint64_t digest, const void *memory, size_t size)
{
    const unsigned char *bytes = memory;

    for (size_t done = 0; done < size; done += 8) {
        uint64_t number = 0;

        memcpy(&number, bytes + done, size - done < 8 ? size - done : 8);
        digest = random_mix(digest + number + 1);
    }
    return digest;
}

static uint64_t digest_of_sighting(uint64_t digest, const struct beacon_sighting *sighting)
{
    digest = digest_of(digest, &sighting->identifier, sizeof(sighting->identifier));
    digest = digest_of(digest, &sighting->time_ms, sizeof(sighting->time_ms));
    return digest_of(digest, &sighting->rssi_dbm, sizeof(sighting->rssi_dbm));
}

static uint64_t digest_of_key(uint64_t digest, const struct beacon_published_key *key)
{
    digest = digest_of(digest, &key->daily_key, sizeof(key->daily_key));
    digest = digest_of(digest, &key->slots_per_day, sizeof(key->slots_per_day));
    digest = digest_of(digest, &key->start_ms, sizeof(key->start_ms));
    return digest_of(digest, &key->end_ms, sizeof(key->end_ms));
}

/* Puts the text into the file, from its start. */
static void put_text(struct exchange *exchange)
{
    rewind(exchange->stream);
    if (fwrite(exchange->text->str, 1, exchange->text->len, exchange->stream) !=
            exchange->text->len ||
        fflush(exchange->stream) != 0)
        g_error("a temporary file cannot be written");
}

/* Whether the file holds the text, whole and alone. */
static bool holds_text(struct exchange *exchange)
{
    char *held = g_malloc(exchange->text->len + 1);
    size_t size;

    rewind(exchange->stream);
    size = fread(held, 1, exchange->text->len + 1, exchange->stream);
    rewind(exchange->stream);
    size = size == exchange->text->len && memcmp(held, exchange->text->str, size) == 0;
    g_free(held);
    return size != 0;
}

static void prepare_reading(void *state)
{
    struct exchange *exchange = state;

    exchange->count = 0;
    exchange->digest = 0;
}

static void trace_make(struct exchange *exchange, size_t rows)
{
    exchange->workload = workload_new(WORKLOAD_SPREAD, rows, 1);
    exchange->text = g_string_new(NULL);
    exchange->stream = stream_new();
    for (size_t i = 0; i < rows; i++) {
        const struct beacon_sighting *sighting = &exchange->workload->log[i];

        g_string_append_printf(exchange->text, "%s\t", own_identifier);
        for (size_t byte = 0; byte < BEACON_IDENTIFIER_SIZE; byte++)
            g_string_append_printf(exchange->text, "%02X", sighting->identifier.bytes[byte]);
        g_string_append_printf(exchange->text, "\t%d\t%" G_GINT64_FORMAT "\n", sighting->rssi_dbm,
                               sighting->time_ms);
        exchange->right_digest = digest_of_sighting(exchange->right_digest, sighting);
    }
    put_text(exchange);
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
        g_error("a temporary file cannot be written");
    fflush(exchange->stream);
    g_free(zeros);
}

static bool trace_check_written(void *state)
{
    return holds_text(state);
}

static void list_make(struct exchange *exchange, size_t keys)
{
    exchange->workload = workload_new(WORKLOAD_SPREAD, 1, keys);
    exchange->text = g_string_new("{\"data\":[");
    exchange->stream = stream_new();
    for (size_t i = 0; i < keys; i++) {
        struct beacon_published_key *key = &exchange->workload->keys[i];

        key->end_ms -= 999; /* lists have whole seconds */
        g_string_append(exchange->text, i > 0 ? ",\n{\"daily_key\":\"" : "\n{\"daily_key\":\"");
        for (size_t byte = 0; byte < BEACON_KEY_SIZE; byte++)
            g_string_append_printf(exchange->text, "%02X", key->daily_key.bytes[byte]);
        g_string_append_printf(exchange->text,
                               "\",\"time_start\":%" G_GINT64_FORMAT
                               ",\"max\":%u,\"time_end\":%" G_GINT64_FORMAT "}",
                               key->start_ms / 1000, key->slots_per_day, key->end_ms / 1000);
        exchange->right_digest = digest_of_key(exchange->right_digest, key);
    }
    g_string_append(exchange->text, "\n]}\n");
    put_text(exchange);
}

static gboolean take_key(const struct beacon_published_key *key, uint64_t record, gpointer user)
{
    struct exchange *exchange = user;

    (void)record;
    exchange->count++;
    exchange->digest = digest_of_key(exchange->digest, key);
    return TRUE;
}

static void list_read(void *state)
{
    struct exchange *exchange = state;
    GError *error = NULL;

    rewind(exchange->stream);
    must(beacon_key_list_read(exchange->stream, "list", take_key, NULL, exchange, &error), error);
}

static bool keys_check_read(void *state)
{
    const struct exchange *exchange = state;

    return exchange->count == exchange->workload->keys_count &&
           exchange->digest == exchange->right_digest;
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
    exchange->stream = stream_new();
    prepare_reading(exchange);
}

static bool list_check_written(void *state)
{
    list_read(state);
    return keys_check_read(state);
}

static void exchange_clear(struct exchange *exchange)
{
    workload_free(exchange->workload);
    g_string_free(exchange->text, TRUE);
    fclose(exchange->stream);
}

/* Times one way of using the file */
static void bench_file(struct session *session, struct exchange *exchange, const char *subject,
                       char *case_name_taken, struct contender contender)
{
    struct group *group = group_new("exchange", "MB/s");

    contender.state = exchange;
    group_add(group, subject, case_name_taken, contender);
    group_measure(session, group);
    group_free(group);
}

static void bench_trace(struct session *session, size_t rows)
{
    struct exchange exchange = {0};

    trace_make(&exchange, rows);
    if (session_wants(session, SUBJECT_TRACE_READ))
        bench_file(session, &exchange, SUBJECT_TRACE_READ,
                   g_strdup_printf("trace log=%zu read", rows),
                   (struct contender){.work = (double)exchange.text->len,
                                      .prepare = prepare_reading,
                                      .run = trace_read,
                                      .check = trace_check_read});
    if (session_wants(session, SUBJECT_TRACE_WRITE))
        bench_file(session, &exchange, SUBJECT_TRACE_WRITE,
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
    if (session_wants(session, SUBJECT_LIST_READ))
        bench_file(session, &exchange, SUBJECT_LIST_READ,
                   g_strdup_printf("list keys=%zu read", keys),
                   (struct contender){.work = (double)exchange.text->len,
                                      .prepare = prepare_reading,
                                      .run = list_read,
                                      .check = keys_check_read});
    if (session_wants(session, SUBJECT_LIST_WRITE))
        bench_file(session, &exchange, SUBJECT_LIST_WRITE,
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
}
