/* SPDX-License-Identifier: MIT */
/* Writes a key bundle as a stream, signing what it writes. */
#include "exchange/bundle.h"

#include "exchange/refuse.h"
#include "exchange/text.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

struct beacon_bundle_writer {
    FILE *stream;
    char *name;
    struct beacon_bundle_info info;
    uint64_t written; /* records so far */
    crypto_sign_state hash;
    unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
};

/* For calls that cannot fail. As with GLib and memory, a process without what it stands on ends. */
static void start_sodium(void)
{
    if (sodium_init() < 0)
        g_error("libsodium cannot be used on this machine");
}

void beacon_signing_key_generate(struct beacon_signing_key *ret_key)
{
    start_sodium();
    randombytes_buf(ret_key->bytes, sizeof(ret_key->bytes));
}

void beacon_signing_key_public(const struct beacon_signing_key *key,
                               struct beacon_public_key *ret_public_key)
{
    unsigned char secret_key[crypto_sign_SECRETKEYBYTES];

    start_sodium();
    crypto_sign_seed_keypair(ret_public_key->bytes, secret_key, key->bytes);
    sodium_memzero(secret_key, sizeof(secret_key));
}

/* Refuses a record, or with 0 a field. Returns false. */
static bool refuse(const char *name, uint64_t record, const char *field, const char *expected,
                   GError **error)
{
    const struct bcn_reader at = {.name = name, .error = error};

    return bcn_refuse(&at, record, 0, field, _(expected));
}

/* Writes bytes and hashes them. */
static bool put_bytes(beacon_bundle_writer *writer, const uint8_t *bytes, size_t size,
                      GError **error)
{
    crypto_sign_update(&writer->hash, bytes, size);
    if (fwrite(bytes, 1, size, writer->stream) == size)
        return true;
    return bcn_fail_writing(writer->name, errno, error);
}

static bool put_header(beacon_bundle_writer *writer, GError **error)
{
    uint8_t bytes[BEACON_BUNDLE_HEADER_SIZE];

    bcn_bundle_encode_header(&writer->info, bytes);
    crypto_sign_init(&writer->hash);
    return put_bytes(writer, bytes, sizeof(bytes), error);
}

/* A writer without a key, in memory that can hold one. */
static beacon_bundle_writer *writer_new(FILE *stream, const char *name,
                                        const struct beacon_bundle_info *info)
{
    beacon_bundle_writer *writer = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(*writer));

    if (!writer)
        return NULL;
    memset(writer, 0, sizeof(*writer));
    writer->stream = stream;
    writer->name = g_strdup(name);
    writer->info = *info;
    writer->info.is_signed = FALSE;
    memset(&writer->info.signer, 0, sizeof(writer->info.signer));
    return writer;
}

beacon_bundle_writer *beacon_bundle_create(FILE *stream, const char *name,
                                           const struct beacon_bundle_info *info,
                                           const struct beacon_signing_key *key, GError **error)
{
    const char *expected = NULL, *wrong = bcn_bundle_check_info(info, &expected);
    beacon_bundle_writer *writer;

    if (wrong) {
        refuse(name, 0, wrong, expected, error);
        return NULL;
    }
    writer = writer_new(stream, name, info);
    if (!writer) {
        bcn_fail_writing(name, ENOMEM, error);
        return NULL;
    }
    if (key) {
        writer->info.is_signed = TRUE;
        crypto_sign_seed_keypair(writer->info.signer.bytes, writer->secret_key, key->bytes);
    }
    if (!put_header(writer, error))
        return beacon_bundle_abandon(writer);
    return writer;
}

/* Up to a block of records. */
static bool add_block(beacon_bundle_writer *writer, const struct beacon_published_key keys[],
                      gsize count, GError **error)
{
    uint8_t bytes[BCN_BUNDLE_BLOCK * BEACON_BUNDLE_RECORD_SIZE];

    for (gsize i = 0; i < count; i++) {
        int wrong = beacon_published_key_check(&keys[i]);

        if (wrong != 0)
            return refuse(writer->name, writer->written + i + 1, NULL,
                          bcn_bundle_expected_of(wrong), error);
        bcn_bundle_encode_record(&keys[i], bytes + i * BEACON_BUNDLE_RECORD_SIZE);
    }
    writer->written += count;
    return put_bytes(writer, bytes, count * BEACON_BUNDLE_RECORD_SIZE, error);
}

gboolean beacon_bundle_add(beacon_bundle_writer *writer, const struct beacon_published_key keys[],
                           gsize count, GError **error)
{
    if (count > writer->info.records - writer->written)
        return refuse(writer->name, 0, "records", N_("no more than the header tells"), error);
    for (gsize done = 0; done < count; done += BCN_BUNDLE_BLOCK)
        if (!add_block(writer, keys + done, MIN(count - done, BCN_BUNDLE_BLOCK), error))
            return FALSE;
    return TRUE;
}

static bool put_trailer(beacon_bundle_writer *writer, GError **error)
{
    uint8_t trailer[BEACON_BUNDLE_TRAILER_SIZE];

    if (writer->info.is_signed)
        crypto_sign_final_create(&writer->hash, trailer, NULL, writer->secret_key);
    else
        crypto_hash_sha512_final(&writer->hash.hs, trailer);
    if (fwrite(trailer, 1, sizeof(trailer), writer->stream) == sizeof(trailer) &&
        fflush(writer->stream) == 0)
        return true;
    return bcn_fail_writing(writer->name, errno, error);
}

gboolean beacon_bundle_close(beacon_bundle_writer *writer, GError **error)
{
    gboolean whole = FALSE;

    if (writer->written != writer->info.records)
        refuse(writer->name, 0, "records", N_("as many as the header tells"), error);
    else
        whole = put_trailer(writer, error);
    beacon_bundle_abandon(writer);
    return whole;
}

beacon_bundle_writer *beacon_bundle_abandon(beacon_bundle_writer *writer)
{
    if (writer)
        g_free(writer->name);
    sodium_free(writer); /* wipes the key */
    return NULL;
}
