/* SPDX-License-Identifier: MIT */
/* Key bundles: published keys, too many for JSON, in records of one size, signed. In
 * libbeacon-store. */
#ifndef BEACON_BUNDLE_H
#define BEACON_BUNDLE_H

#include <beacon/exchange.h>

G_BEGIN_DECLS

/* clang-format off */
/*
 * The file, to the byte. Numbers are little-endian, signed ones two's complement; reserved bytes
 * are zero. Each line: offset, size, content.
 *
 *   header, 128 bytes
 *     0    8  89 42 5A 4B 0D 0A 1A 0A ("BZK" between bytes that careless copying would change)
 *     8    2  version: 1
 *    10    2  size of the header: 128
 *    12    2  size of a record: 56
 *    14    2  flags: bit 0, signed; the others zero
 *    16    8  number of records
 *    24    8  created, Unix time in seconds
 *    32    8  expires, Unix time in seconds, later than created; the bundle is good before it
 *    40   16  region: letters, digits and hyphens, at least one, padded with zero bytes
 *    56   32  Ed25519 public key of who signed; zero in an unsigned bundle
 *    88   40  reserved
 *
 *   records, 56 bytes each
 *     0   32  daily key of the first day
 *    32    4  slots a day
 *    36    4  reserved
 *    40    8  start, Unix time in milliseconds
 *    48    8  end, Unix time in milliseconds
 *
 *   trailer, 64 bytes, over all that stands before it
 *     signed    the signature, Ed25519ph with an empty context (RFC 8032, 5.1: the message is
 *               hashed with SHA-512 first, so that a reader need not hold it)
 *     unsigned  the SHA-512 hash, which tells damage but not who made it
 *
 * Nothing follows the trailer. On a little-endian machine a record is a struct
 * beacon_published_key as it lies in memory.
 */
/* clang-format on */
#define BEACON_BUNDLE_HEADER_SIZE  128
#define BEACON_BUNDLE_RECORD_SIZE  56
#define BEACON_BUNDLE_TRAILER_SIZE 64
#define BEACON_BUNDLE_REGION_MAX   16
#define BEACON_BUNDLE_FIRST_BYTE   0x89 /* tells a bundle from a JSON list */

#define BEACON_PUBLIC_KEY_SIZE  32
#define BEACON_SIGNING_KEY_SIZE 32

/* Who may sign: an Ed25519 public key, and the secret seed that makes it (RFC 8032, 5.1.5). */
struct beacon_public_key {
    uint8_t bytes[BEACON_PUBLIC_KEY_SIZE];
};

struct beacon_signing_key {
    uint8_t bytes[BEACON_SIGNING_KEY_SIZE];
};

/* A random signing key (the caller wipes it), and the public key that belongs to one. A process in
 * which libsodium cannot start ends here. */
BEACON_API void beacon_signing_key_generate(struct beacon_signing_key *ret_key);
BEACON_API void beacon_signing_key_public(const struct beacon_signing_key *key,
                                          struct beacon_public_key *ret_public_key);

/* What a header tells. */
struct beacon_bundle_info {
    uint64_t records;
    int64_t created_s; /* Unix time, years 2020 … 2100 */
    int64_t expires_s;
    char region[BEACON_BUNDLE_REGION_MAX + 1]; /* terminated */
    gboolean is_signed;
    /* Zero unless signed; to be believed only after beacon_bundle_finish. */
    struct beacon_public_key signer;
};

/*
 * Reads a bundle as a stream, a block of records at a time: nothing is mapped, so a file that
 * shrinks meanwhile ends in an error, and nothing is held, so its size does not matter. In order:
 * open; accept, if work that costs something waits for the keys; next, until it answers 0; finish.
 *
 * What is read is not to be believed before beacon_bundle_finish has seen the trailer, whatever
 * accept said; whoever acts on keys earlier must be able to take it back. After an error nothing is
 * left but to free the reader.
 *
 * Errors are of BEACON_EXCHANGE_ERROR and name the file and the record (from 1) or the header's
 * field.
 */
typedef struct beacon_bundle_reader beacon_bundle_reader;

/* Reads the header from the stream, which is borrowed. NULL and an error if it is not that of a
 * bundle. */
BEACON_API beacon_bundle_reader *beacon_bundle_open(FILE *stream, const char *name, GError **error);
BEACON_API const struct beacon_bundle_info *beacon_bundle_info(const beacon_bundle_reader *reader);

/*
 * The early decision, before any record was taken: whether this bundle is worth working on. With
 * `required`, the header must name that signer, and `now_s` must lie in [created, expires): that
 * costs nothing, but anybody can write such a header. So where the stream can go back (a file, not
 * a pipe) all of it is read, its trailer checked as by finish, and the stream put before the first
 * record again: a forged or damaged bundle then costs one pass of reading and hashing (a million
 * keys, 56 MB: about a tenth of a second) and none of the work on its keys. Of a pipe the header
 * alone is judged.
 *
 * The bytes that beacon_bundle_next then reads are hashed anew and judged by finish, so a file that
 * changes between the passes costs that work but is refused.
 */
BEACON_API gboolean beacon_bundle_accept(beacon_bundle_reader *reader,
                                         const struct beacon_public_key *required, int64_t now_s,
                                         GError **error);

/* The next records, at most `max`, each one that beacon_published_key_check accepts: their number,
 * 0 after the last, -1 on an error. */
BEACON_API gssize beacon_bundle_next(beacon_bundle_reader *reader,
                                     struct beacon_published_key ret_keys[], gsize max,
                                     GError **error);

/*
 * Reads what is left and checks the trailer and that nothing follows. With `required`, the bundle
 * must be signed by that key, and `now_s` must lie in [created, expires). Without, a signature must
 * be that of the key in the header, or the hash right. Records that were not taken are hashed but
 * not looked at: what they hold may be anything. To be called once.
 */
BEACON_API gboolean beacon_bundle_finish(beacon_bundle_reader *reader,
                                         const struct beacon_public_key *required, int64_t now_s,
                                         GError **error);

/* Takes NULL; returns NULL. The stream stays the caller's. */
BEACON_API beacon_bundle_reader *beacon_bundle_free(beacon_bundle_reader *reader);

/*
 * Writes a bundle: create with info->records, created, expires and region (its other members are
 * not read); add exactly that many records, in any portions; close. Signed by `key` if it is not
 * NULL: the writer makes its secret from it in guarded memory, and wipes that when it is freed; the
 * caller's key is not kept, and stays the caller's to wipe. The file is whole only when close has
 * returned TRUE.
 */
typedef struct beacon_bundle_writer beacon_bundle_writer;

BEACON_API beacon_bundle_writer *beacon_bundle_create(FILE *stream, const char *name,
                                                      const struct beacon_bundle_info *info,
                                                      const struct beacon_signing_key *key,
                                                      GError **error);
BEACON_API gboolean beacon_bundle_add(beacon_bundle_writer *writer,
                                      const struct beacon_published_key keys[], gsize count,
                                      GError **error);

/* Writes the trailer and flushes, and frees the writer whatever it returns. */
BEACON_API gboolean beacon_bundle_close(beacon_bundle_writer *writer, GError **error);

/* Frees a writer without finishing. Takes NULL; returns NULL. */
BEACON_API beacon_bundle_writer *beacon_bundle_abandon(beacon_bundle_writer *writer);

G_END_DECLS

#endif
