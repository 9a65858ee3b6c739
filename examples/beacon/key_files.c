/* SPDX-License-Identifier: MIT */
/* Files of published keys, lists and bundles alike, and the keys that bundles are signed with. */
#include "key_files.h"

#include "command.h"
#include "file_write.h"
#include "files.h"
#include "text.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

FILE *input_open(const char *path)
{
    FILE *stream;

    if (strcmp(path, "-") == 0)
        return stdin;
    stream = fopen(path, "re");
    if (stream == NULL)
        say("%s: %s", path, g_strerror(errno));
    return stream;
}

void input_close(FILE *stream)
{
    if (stream != NULL && stream != stdin)
        fclose(stream);
}

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? _("standard input") : path;
}

int input_look(FILE *stream, const char *path, enum input_kind *ret_kind)
{
    int first = fgetc(stream);

    if (first == EOF && ferror(stream))
        return io_error(input_name(path));
    if (first == EOF)
        *ret_kind = INPUT_EMPTY;
    else
        *ret_kind = first == BEACON_BUNDLE_FIRST_BYTE ? INPUT_BUNDLE : INPUT_OTHER;
    if (first != EOF)
        ungetc(first, stream);
    return EXIT_RAN;
}

int input_failed(const GError *error)
{
    say("%s", error->message);
    return g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_IO) ? EXIT_IO
                                                                                   : EXIT_INPUT;
}

bool bundle_each(beacon_bundle_reader *reader, bundle_keys_fn *on_keys, void *user, GError **error)
{
    struct beacon_published_key keys[256];
    gssize count;

    while ((count = beacon_bundle_next(reader, keys, G_N_ELEMENTS(keys), error)) > 0)
        if (!on_keys(keys, (gsize)count, user))
            return false;
    return count == 0;
}

static bool read_bundle(FILE *stream, const char *path, const struct bundle_reading *reading,
                        struct beacon_bundle_info *ret_info, GError **error)
{
    beacon_bundle_reader *reader = beacon_bundle_open(stream, input_name(path), error);
    bool is_good;

    if (reader == NULL)
        return false;
    is_good = bundle_each(reader, reading->on_keys, reading->user, error) &&
              beacon_bundle_finish(reader, reading->required, reading->now_s, error);
    *ret_info = *beacon_bundle_info(reader);
    beacon_bundle_free(reader);
    return is_good;
}

int bundle_read(const char *path, const struct bundle_reading *reading,
                struct beacon_bundle_info *ret_info)
{
    g_autoptr(GError) error = NULL;
    FILE *stream = input_open(path);
    bool is_good;

    if (stream == NULL)
        return EXIT_IO;
    is_good = read_bundle(stream, path, reading, ret_info, &error);
    input_close(stream);
    return is_good ? EXIT_RAN : input_failed(error);
}

bool bundle_pass_over(const struct beacon_published_key keys[], gsize count, void *user)
{
    (void)keys, (void)count, (void)user;
    return true;
}

static bool keep_keys(const struct beacon_published_key keys[], gsize count, void *user)
{
    g_array_append_vals(user, keys, (guint)count);
    return true;
}

int bundle_load(const char *path, struct key_bundle *ret_bundle)
{
    struct key_bundle bundle = {.keys =
                                    g_array_new(FALSE, FALSE, sizeof(struct beacon_published_key))};
    const struct bundle_reading reading = {.on_keys = keep_keys, .user = bundle.keys};
    int code = bundle_read(path, &reading, &bundle.info);

    if (code == EXIT_RAN)
        *ret_bundle = bundle;
    else
        g_array_free(bundle.keys, TRUE);
    return code;
}

struct writing {
    const struct key_bundle *bundle;
    const struct beacon_signing_key *signing_key;
};

static int fill_bundle(FILE *stream, const char *path, const void *user)
{
    const struct writing *writing = user;
    const GArray *keys = writing->bundle->keys;
    g_autoptr(GError) error = NULL;
    beacon_bundle_writer *writer =
        beacon_bundle_create(stream, path, &writing->bundle->info, writing->signing_key, &error);

    if (writer == NULL)
        return input_failed(error);
    if (!beacon_bundle_add(writer, (const struct beacon_published_key *)(const void *)keys->data,
                           keys->len, &error)) {
        beacon_bundle_abandon(writer);
        return input_failed(error);
    }
    return beacon_bundle_close(writer, &error) ? EXIT_RAN : input_failed(error);
}

int bundle_write(const char *path, const struct key_bundle *bundle,
                 const struct beacon_signing_key *signing_key)
{
    const struct writing writing = {.bundle = bundle, .signing_key = signing_key};

    return public_file_write(path, fill_bundle, &writing);
}

static const char head[] = "beacon-signing-key 1\nseed ";

#define SEED_DIGITS (2 * (size_t)BEACON_SIGNING_KEY_SIZE)
#define TEXT_LENGTH (sizeof(head) - 1 + SEED_DIGITS + 1)

static int fill_signing_key(FILE *stream, const char *path, const void *user)
{
    const struct beacon_signing_key *key = user;
    char *text = secret_text_new(TEXT_LENGTH + 1);
    int code = EXIT_RAN;

    if (text == NULL)
        return EXIT_IO;
    setvbuf(stream, NULL, _IONBF, 0); /* no copy in memory that nobody wipes */
    memcpy(text, head, sizeof(head) - 1);
    sodium_bin2hex(text + sizeof(head) - 1, SEED_DIGITS + 1, key->bytes, sizeof(key->bytes));
    text[TEXT_LENGTH - 1] = '\n';
    if (fwrite(text, 1, TEXT_LENGTH, stream) != TEXT_LENGTH)
        code = io_error(path);
    sodium_free(text);
    return code;
}

int signing_key_create(const char *path, const struct beacon_signing_key *key)
{
    return secret_file_write(path, false, fill_signing_key, key);
}

/* Exactly so many bytes in so many digits. */
static bool parse_hex(const char *text, size_t digits, uint8_t *ret_bytes)
{
    const char *end;
    size_t size;

    return sodium_hex2bin(ret_bytes, digits / 2, text, digits, NULL, &size, &end) == 0 &&
           size == digits / 2 && end == text + digits;
}

int signing_key_load(const char *path, struct beacon_signing_key **ret_key)
{
    struct beacon_signing_key *key = sodium_malloc(sizeof(*key));
    char *text = secret_text_new(TEXT_LENGTH + 1);
    size_t length;
    int code = EXIT_IO;

    if (key != NULL && text != NULL)
        code = secret_file_read(path, text, TEXT_LENGTH + 1, &length);
    if (code == EXIT_RAN && (length != TEXT_LENGTH || memcmp(text, head, sizeof(head) - 1) != 0 ||
                             text[TEXT_LENGTH - 1] != '\n' ||
                             !parse_hex(text + sizeof(head) - 1, SEED_DIGITS, key->bytes))) {
        say(_("%s: expected a signing key, as 'beacon keys new' makes it"), path);
        code = EXIT_INPUT;
    }
    sodium_free(text);
    if (code == EXIT_RAN)
        *ret_key = key;
    else
        sodium_free(key);
    return code;
}

bool public_key_parse(const char *text, struct beacon_public_key *ret_key)
{
    struct beacon_public_key key;

    if (strlen(text) != 2 * sizeof(key.bytes) || !parse_hex(text, strlen(text), key.bytes))
        return false;
    *ret_key = key;
    return true;
}

void public_key_format(const struct beacon_public_key *key,
                       char ret_text[2 * BEACON_PUBLIC_KEY_SIZE + 1])
{
    sodium_bin2hex(ret_text, 2 * BEACON_PUBLIC_KEY_SIZE + 1, key->bytes, sizeof(key->bytes));
    for (char *c = ret_text; *c != '\0'; c++)
        *c = g_ascii_toupper(*c);
}
