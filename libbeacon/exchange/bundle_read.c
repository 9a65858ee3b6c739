/* SPDX-License-Identifier: MIT */
/* Reads a key bundle block by block, hashing as it goes, and judges it at its end. */
#define _POSIX_C_SOURCE 200809L /* ftello, fseeko */
#include "exchange/bundle.h"

#include "exchange/refuse.h"
#include "exchange/text.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

struct beacon_bundle_reader {
    FILE *stream;
    char *name;
    struct beacon_bundle_info info;
    uint64_t read;                 /* records so far */
    bool is_over;                  /* finished, or failed: nothing more is to be read */
    crypto_sign_state signed_hash; /* Ed25519ph's: SHA-512 of all before the trailer */
};

/* Refuses a record, or with 0 a field or the whole. Returns false. */
static bool refuse(const beacon_bundle_reader *reader, uint64_t record, const char *field,
                   const char *expected, GError **error)
{
    const struct bcn_reader at = {.name = reader->name, .error = error};

    return bcn_refuse(&at, record, 0, field, _(expected));
}

static bool fail_reading(const beacon_bundle_reader *reader, int error_number, GError **error)
{
    const struct bcn_reader at = {.name = reader->name, .error = error};

    return bcn_fail_reading(&at, error_number);
}

/* Reads exactly `size` bytes; the end of the file is an error too. */
static bool read_bytes(const beacon_bundle_reader *reader, uint8_t *bytes, size_t size,
                       GError **error)
{
    if (fread(bytes, 1, size, reader->stream) == size)
        return true;
    if (ferror(reader->stream))
        return fail_reading(reader, errno, error);
    return refuse(reader, 0, NULL, N_("a header, all records and a trailer; the file is cut"),
                  error);
}

static bool read_header(beacon_bundle_reader *reader, GError **error)
{
    uint8_t bytes[BEACON_BUNDLE_HEADER_SIZE];
    const char *expected = NULL, *wrong;

    if (sodium_init() < 0)
        return fail_reading(reader, ENOSYS, error);
    if (!read_bytes(reader, bytes, sizeof(bytes), error))
        return false;
    wrong = bcn_bundle_decode_header(bytes, &reader->info, &expected);
    if (wrong)
        return refuse(reader, 0, wrong, expected, error);
    crypto_sign_init(&reader->signed_hash);
    crypto_sign_update(&reader->signed_hash, bytes, sizeof(bytes));
    return true;
}

beacon_bundle_reader *beacon_bundle_open(FILE *stream, const char *name, GError **error)
{
    beacon_bundle_reader *reader = g_new0(beacon_bundle_reader, 1);

    reader->stream = stream;
    reader->name = g_strdup(name);
    if (!read_header(reader, error))
        return beacon_bundle_free(reader);
    return reader;
}

const struct beacon_bundle_info *beacon_bundle_info(const beacon_bundle_reader *reader)
{
    return &reader->info;
}

/* Reads a block of records into `bytes`; how many. */
static gssize read_block(beacon_bundle_reader *reader, uint8_t *bytes, gsize max, GError **error)
{
    uint64_t left = reader->info.records - reader->read;
    gsize count = (gsize)MIN(MIN(max, BCN_BUNDLE_BLOCK), left);
    gsize size = count * BEACON_BUNDLE_RECORD_SIZE;

    if (!read_bytes(reader, bytes, size, error))
        return -1;
    crypto_sign_update(&reader->signed_hash, bytes, size);
    return (gssize)count;
}

gssize beacon_bundle_next(beacon_bundle_reader *reader, struct beacon_published_key ret_keys[],
                          gsize max, GError **error)
{
    uint8_t bytes[BCN_BUNDLE_BLOCK * BEACON_BUNDLE_RECORD_SIZE];
    gssize count;

    g_return_val_if_fail(!reader->is_over, -1);
    count = read_block(reader, bytes, max, error);
    reader->is_over = count < 0;
    for (gssize i = 0; i < count; i++) {
        const char *expected =
            bcn_bundle_decode_record(bytes + i * BEACON_BUNDLE_RECORD_SIZE, &ret_keys[i]);

        reader->read++;
        if (!expected)
            continue;
        refuse(reader, reader->read, NULL, expected, error);
        reader->is_over = true;
        return -1;
    }
    return count;
}

/* Whether the trailer is the signature of `key`, or the plain hash if there is none. */
static bool trailer_is_right(beacon_bundle_reader *reader,
                             const uint8_t trailer[BEACON_BUNDLE_TRAILER_SIZE])
{
    unsigned char hash[crypto_hash_sha512_BYTES];

    if (reader->info.is_signed)
        return crypto_sign_final_verify(&reader->signed_hash, trailer, reader->info.signer.bytes) ==
               0;
    crypto_hash_sha512_final(&reader->signed_hash.hs, hash);
    return memcmp(hash, trailer, sizeof(hash)) == 0;
}

/* Whether the header is that of a bundle from whom it must come, at a time when it is good. */
static bool is_acceptable(const beacon_bundle_reader *reader,
                          const struct beacon_public_key *required, int64_t now_s, GError **error)
{
    if (!reader->info.is_signed)
        return refuse(reader, 0, "signer", N_("a signed bundle; this one is not"), error);
    if (memcmp(&reader->info.signer, required, sizeof(*required)) != 0)
        return refuse(reader, 0, "signer", N_("the public key that is required"), error);
    if (now_s < reader->info.created_s)
        return refuse(reader, 0, "created", N_("a time that has come; is the clock right?"), error);
    if (now_s >= reader->info.expires_s)
        return refuse(reader, 0, "expires", N_("a time to come; the bundle has expired"), error);
    return true;
}

static bool skip_records(beacon_bundle_reader *reader, GError **error)
{
    uint8_t bytes[BCN_BUNDLE_BLOCK * BEACON_BUNDLE_RECORD_SIZE];
    gssize count;

    while ((count = read_block(reader, bytes, BCN_BUNDLE_BLOCK, error)) > 0)
        reader->read += (uint64_t)count;
    return count == 0;
}

/* The end of the file and no error. */
static bool read_end(const beacon_bundle_reader *reader, GError **error)
{
    if (fgetc(reader->stream) != EOF)
        return refuse(reader, 0, NULL, N_("nothing after the trailer"), error);
    return !ferror(reader->stream) || fail_reading(reader, errno, error);
}

/* Hashes the records that are left, and judges the whole by its trailer. */
static bool check_rest(beacon_bundle_reader *reader, GError **error)
{
    uint8_t trailer[BEACON_BUNDLE_TRAILER_SIZE];

    if (!skip_records(reader, error) || !read_bytes(reader, trailer, sizeof(trailer), error) ||
        !read_end(reader, error))
        return false;
    if (trailer_is_right(reader, trailer))
        return true;
    if (reader->info.is_signed)
        return refuse(reader, 0, "signature",
                      N_("the signature of these bytes; they are damaged, changed or forged"),
                      error);
    return refuse(reader, 0, "hash", N_("the hash of these bytes; they are damaged or changed"),
                  error);
}

/* A pass over all of it, after which the reader stands before the first record again, the hash too.
 * True for a stream that cannot go back, of which nothing is read. */
static bool check_ahead(beacon_bundle_reader *reader, GError **error)
{
    const beacon_bundle_reader begun = *reader;
    const off_t first_record = ftello(reader->stream);

    if (first_record < 0)
        return true;
    if (!check_rest(reader, error))
        return false;
    *reader = begun;
    return fseeko(reader->stream, first_record, SEEK_SET) == 0 ||
           fail_reading(reader, errno, error);
}

gboolean beacon_bundle_accept(beacon_bundle_reader *reader,
                              const struct beacon_public_key *required, int64_t now_s,
                              GError **error)
{
    g_return_val_if_fail(!reader->is_over && reader->read == 0, FALSE);
    reader->is_over =
        (required && !is_acceptable(reader, required, now_s, error)) || !check_ahead(reader, error);
    return !reader->is_over;
}

gboolean beacon_bundle_finish(beacon_bundle_reader *reader,
                              const struct beacon_public_key *required, int64_t now_s,
                              GError **error)
{
    g_return_val_if_fail(!reader->is_over, FALSE);
    reader->is_over = true;
    return (!required || is_acceptable(reader, required, now_s, error)) &&
           check_rest(reader, error);
}

beacon_bundle_reader *beacon_bundle_free(beacon_bundle_reader *reader)
{
    if (reader)
        g_free(reader->name);
    g_free(reader);
    return NULL;
}
