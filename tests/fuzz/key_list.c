/* SPDX-License-Identifier: MIT */
/* Lists of published keys: what is taken is sound, reads the same when encoded twice, and survives
 * being written; what is refused is said in words fit for a terminal. */
#define _GNU_SOURCE /* fopencookie */
#include <beacon/exchange.h>

#include "exchange/feed.h"
#include "fuzz/replay.h"

struct taken {
    GArray *keys;
    uint64_t refused;
    uint64_t last_record;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static gboolean take_key(const struct beacon_published_key *key, uint64_t record, gpointer user)
{
    struct taken *taken = user;

    check(beacon_published_key_check(key) == 0);
    check(record > taken->last_record);
    taken->last_record = record;
    g_array_append_val(taken->keys, *key);
    return TRUE;
}

static gboolean take_refusal(const struct beacon_refusal *refusal, gpointer user)
{
    struct taken *taken = user;

    check(refusal->line == 0 && refusal->record <= taken->last_record + taken->refused + 1);
    check(feed_is_clean(refusal->message));
    taken->refused++;
    return TRUE;
}

/* Closes the stream. */
static struct taken read_all(FILE *stream)
{
    struct taken taken = {.keys = g_array_new(FALSE, FALSE, sizeof(struct beacon_published_key))};

    check(beacon_key_list_read(stream, "fuzz", take_key, take_refusal, &taken, NULL));
    fclose(stream);
    return taken;
}

static void check_same(const struct taken *a, const struct taken *b)
{
    check(a->refused == b->refused && a->keys->len == b->keys->len);
    check(a->keys->len == 0 || memcmp(a->keys->data, b->keys->data,
                                      a->keys->len * sizeof(struct beacon_published_key)) == 0);
}

/* Without a callback the first refusal is an error. */
static void check_strict(const uint8_t *data, size_t size, const struct taken *taken)
{
    struct taken strict = {.keys = g_array_new(FALSE, FALSE, sizeof(struct beacon_published_key))};
    FILE *stream = feed_bytes(data, size);
    GError *error = NULL;
    bool is_read = beacon_key_list_read(stream, "fuzz", take_key, NULL, &strict, &error);

    fclose(stream);
    check(is_read == (taken->refused == 0) && is_read == !error);
    check(is_read || g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT));
    check(!error || feed_is_clean(error->message));
    g_clear_error(&error);
    g_array_unref(strict.keys);
}

static void check_written(const struct taken *taken)
{
    struct beacon_key_list_writer writer;
    struct taken back;
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    check(beacon_key_list_open(&writer, stream, "fuzz", NULL));
    for (guint i = 0; i < taken->keys->len; i++)
        check(beacon_key_list_add(
            &writer, &g_array_index(taken->keys, struct beacon_published_key, i), NULL));
    check(beacon_key_list_close(&writer, NULL));
    fclose(stream);
    back = read_all(feed_bytes(text, size));
    back.refused = taken->refused;
    check_same(taken, &back);
    g_array_unref(back.keys);
    free(text);
}

/* A byte order mark, and a list that is a string already, mean something else within a string. */
static bool may_be_encoded(const uint8_t *data, size_t size)
{
    size_t i = 0;

    while (i < size && memchr(" \t\r\n", data[i], 4))
        i++;
    return i == size || (data[i] != '"' && data[i] != 0xEF);
}

static void check_encoded(const uint8_t *data, size_t size, const struct taken *taken)
{
    GString *text = feed_encoded(data, size);
    struct taken again = read_all(feed_bytes(text->str, text->len));

    check_same(taken, &again);
    g_array_unref(again.keys);
    g_string_free(text, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taken taken = read_all(feed_bytes(data, size));

    check_strict(data, size, &taken);
    check_written(&taken);
    if (may_be_encoded(data, size))
        check_encoded(data, size, &taken);
    g_array_unref(taken.keys);
    return 0;
}
