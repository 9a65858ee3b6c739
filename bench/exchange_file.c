/* SPDX-License-Identifier: MIT */
/* A file that is read or written again and again, and what is right about it. */
#include "exchange_file.h"

void must(gboolean done, const GError *error)
{
    if (!done)
        fail("%s", error->message);
}

FILE *exchange_stream_new(void)
{
    FILE *stream = tmpfile();

    if (!stream)
        fail("no temporary file");
    return stream;
}

uint64_t digest_of(uint64_t digest, const void *memory, size_t size)
{
    const unsigned char *bytes = memory;

    for (size_t done = 0; done < size; done += 8) {
        uint64_t number = 0;

        memcpy(&number, bytes + done, size - done < 8 ? size - done : 8);
        digest = random_mix(digest + number + 1);
    }
    return digest;
}

static uint64_t digest_of_key(uint64_t digest, const struct beacon_published_key *key)
{
    digest = digest_of(digest, &key->daily_key, sizeof(key->daily_key));
    digest = digest_of(digest, &key->slots_per_day, sizeof(key->slots_per_day));
    digest = digest_of(digest, &key->start_ms, sizeof(key->start_ms));
    return digest_of(digest, &key->end_ms, sizeof(key->end_ms));
}

void exchange_put_text(struct exchange *exchange)
{
    rewind(exchange->stream);
    if (fwrite(exchange->text->str, 1, exchange->text->len, exchange->stream) !=
            exchange->text->len ||
        fflush(exchange->stream) != 0)
        fail("a temporary file cannot be written");
}

bool exchange_holds_text(struct exchange *exchange)
{
    char *held = g_malloc(exchange->text->len + 1);
    size_t size;
    bool same;

    rewind(exchange->stream);
    size = fread(held, 1, exchange->text->len + 1, exchange->stream);
    rewind(exchange->stream);
    same = size == exchange->text->len && memcmp(held, exchange->text->str, size) == 0;
    g_free(held);
    return same;
}

void exchange_forget(void *state)
{
    struct exchange *exchange = state;

    exchange->count = 0;
    exchange->digest = 0;
}

void exchange_make_keys(struct exchange *exchange, size_t keys)
{
    exchange->workload = workload_new(WORKLOAD_SPREAD, 1, keys);
    for (size_t i = 0; i < keys; i++) {
        struct beacon_published_key *key = &exchange->workload->keys[i];

        key->end_ms -= 999;
        exchange->right_digest = digest_of_key(exchange->right_digest, key);
    }
}

void exchange_take_key(struct exchange *exchange, const struct beacon_published_key *key)
{
    exchange->count++;
    exchange->digest = digest_of_key(exchange->digest, key);
}

bool exchange_check_keys(void *state)
{
    const struct exchange *exchange = state;

    return exchange->count == exchange->workload->keys_count &&
           exchange->digest == exchange->right_digest;
}

void exchange_clear(struct exchange *exchange)
{
    workload_free(exchange->workload);
    if (exchange->text)
        g_string_free(exchange->text, TRUE);
    fclose(exchange->stream);
}

void exchange_measure(struct session *session, struct exchange *exchange, const char *subject,
                      char *case_name_taken, struct contender contender)
{
    struct group *group = group_new("exchange", "MB/s");

    contender.state = exchange;
    if (session_wants(session, subject))
        group_add(group, subject, case_name_taken, contender);
    else
        g_free(case_name_taken);
    group_measure(session, group);
    group_free(group);
}
