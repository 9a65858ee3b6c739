/* SPDX-License-Identifier: MIT */
/* Files of published keys, lists and bundles alike, and the keys that bundles are signed with. */
#ifndef TOOL_KEY_FILES_H
#define TOOL_KEY_FILES_H

#include <beacon/bundle.h>

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* Opens a file, "-" being standard input; NULL after a message. */
FILE *input_open(const char *path);
void input_close(FILE *stream);
const char *input_name(const char *path); /* for messages */

/* What begins here; nothing is taken from the stream. An exit code. */
enum input_kind { INPUT_EMPTY, INPUT_BUNDLE, INPUT_OTHER };
int input_look(FILE *stream, const char *path, enum input_kind *ret_kind);

/* Says what went wrong with a file; an exit code. */
int input_failed(const GError *error);

/* What a bundle holds. */
struct key_bundle {
    struct beacon_bundle_info info;
    GArray *keys; /* struct beacon_published_key */
};

/* Some records of a bundle, in order; false stops. */
typedef bool bundle_keys_fn(const struct beacon_published_key keys[], gsize count, void *user);

/* Hands on all records that are left; false and an error, or false alone if it was stopped. */
bool bundle_each(beacon_bundle_reader *reader, bundle_keys_fn *on_keys, void *user, GError **error);

/* For whom the records need only be good. */
bool bundle_pass_over(const struct beacon_published_key keys[], gsize count, void *user);

struct bundle_reading {
    const struct beacon_public_key *required; /* it must be signed by this key, and good at now_s */
    gint64 now_s;
    bundle_keys_fn *on_keys; /* its records are not to be believed before the end; never stops */
    void *user;
};

/* Reads a bundle to its end, a block at a time, and checks all of it; an exit code. */
int bundle_read(const char *path, const struct bundle_reading *reading,
                struct beacon_bundle_info *ret_info);

/* The same for a bundle that is to be held whole; the caller frees the keys. */
int bundle_load(const char *path, struct key_bundle *ret_bundle);

/* Writes a bundle, signed if `signing_key` is not NULL, as public_file_write does; an exit code. */
int bundle_write(const char *path, const struct key_bundle *bundle,
                 const struct beacon_signing_key *signing_key);

/*
 * The file of a signing key: "beacon-signing-key 1", and a line "seed" with 64 hexadecimal digits.
 * Exit codes; the key read lies in memory from sodium_malloc, for the caller to sodium_free.
 */
int signing_key_create(const char *path, const struct beacon_signing_key *key);
int signing_key_load(const char *path, struct beacon_signing_key **ret_key);

/* 64 hexadecimal digits. */
bool public_key_parse(const char *text, struct beacon_public_key *ret_key);
void public_key_format(const struct beacon_public_key *key,
                       char ret_text[2 * BEACON_PUBLIC_KEY_SIZE + 1]);

#endif
