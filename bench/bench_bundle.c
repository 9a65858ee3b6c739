/* SPDX-License-Identifier: MIT */
/* Signed key bundles, read and written: bytes a second. */
#include "bench.h"

#include "exchange_file.h"

#include <beacon/bundle.h>

#define KEYS_AT_ONCE 1024
#define CREATED_S    (WORKLOAD_START_MS / 1000)
#define EXPIRES_S    (CREATED_S + 86400)

/* An exchange whose file is a bundle. */
struct bundle {
    struct exchange exchange; /* first: it is handed to what works on any */
    struct beacon_signing_key signing_key;
    struct beacon_public_key public_key;
};

static void bundle_write(void *state)
{
    struct bundle *bundle = state;
    const struct workload *workload = bundle->exchange.workload;
    const struct beacon_bundle_info info = {.records = workload->keys_count,
                                            .created_s = CREATED_S,
                                            .expires_s = EXPIRES_S,
                                            .region = "bench"};
    GError *error = NULL;
    beacon_bundle_writer *writer;

    rewind(bundle->exchange.stream);
    writer = beacon_bundle_create(bundle->exchange.stream, "bundle", &info, &bundle->signing_key,
                                  &error);
    must(writer != NULL, error);
    must(beacon_bundle_add(writer, workload->keys, workload->keys_count, &error), error);
    must(beacon_bundle_close(writer, &error), error);
}

static void bundle_read(void *state)
{
    struct bundle *bundle = state;
    struct beacon_published_key keys[KEYS_AT_ONCE];
    beacon_bundle_reader *reader;
    GError *error = NULL;
    gssize count;

    rewind(bundle->exchange.stream);
    reader = beacon_bundle_open(bundle->exchange.stream, "bundle", &error);
    must(reader != NULL, error);
    while ((count = beacon_bundle_next(reader, keys, KEYS_AT_ONCE, &error)) > 0)
        for (gssize i = 0; i < count; i++)
            exchange_take_key(&bundle->exchange, &keys[i]);
    must(count == 0, error);
    must(beacon_bundle_finish(reader, &bundle->public_key, CREATED_S, &error), error);
    beacon_bundle_free(reader);
}

/* Written into a file of its own, and read again. */
static void prepare_writing(void *state)
{
    struct exchange *exchange = state;

    fclose(exchange->stream);
    exchange->stream = exchange_stream_new();
    exchange_forget(exchange);
}

static bool check_written(void *state)
{
    bundle_read(state);
    return exchange_check_keys(state);
}

void bench_bundle(struct session *session, size_t keys)
{
    struct bundle bundle = {.exchange = {.stream = exchange_stream_new()}};
    double size;

    exchange_make_keys(&bundle.exchange, keys);
    beacon_signing_key_generate(&bundle.signing_key);
    beacon_signing_key_public(&bundle.signing_key, &bundle.public_key);
    bundle_write(&bundle);
    size = (double)ftell(bundle.exchange.stream);
    exchange_measure(session, &bundle.exchange, SUBJECT_BUNDLE_READ,
                     g_strdup_printf("signed bundle keys=%zu read", keys),
                     (struct contender){.work = size,
                                        .prepare = exchange_forget,
                                        .run = bundle_read,
                                        .check = exchange_check_keys});
    exchange_measure(
        session, &bundle.exchange, SUBJECT_BUNDLE_WRITE,
        g_strdup_printf("signed bundle keys=%zu write", keys),
        (struct contender){
            .work = size, .prepare = prepare_writing, .run = bundle_write, .check = check_written});
    exchange_clear(&bundle.exchange);
}
