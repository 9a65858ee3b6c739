/* SPDX-License-Identifier: MIT */
/* Where a store's key comes from, and what is derived from it. */
#include "store/key.h"

#include "base/hex.h"
#include "store/fail.h"
#include "store/files.h"
#include "store/text.h"

#include <sodium.h>
#include <string.h>

#define HEADING     "beacon-store-key 1\n"
#define KEY_SIZE    32
#define DIGITS      (2 * KEY_SIZE)
#define TEXT_LENGTH (sizeof(HEADING) - 1 + DIGITS + 1)
#define CONTEXT     "bcnstore"

G_STATIC_ASSERT(BCN_STORE_ID_SIZE == crypto_pwhash_argon2id_SALTBYTES);
G_STATIC_ASSERT(KEY_SIZE == crypto_kdf_KEYBYTES);
G_STATIC_ASSERT(KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

void *bcn_store_guarded(gsize size)
{
    void *memory = sodium_init() < 0 ? NULL : sodium_malloc(size);

    if (!memory)
        g_error("no guarded memory for %zu bytes", size);
    memset(memory, 0, size);
    return memory;
}

gboolean beacon_store_key_create(const char *path, GError **error)
{
    guint8 *key = bcn_store_guarded(KEY_SIZE);
    char *text = bcn_store_guarded(TEXT_LENGTH + 1);
    bool is_written;

    randombytes_buf(key, KEY_SIZE);
    memcpy(text, HEADING, sizeof(HEADING) - 1);
    bcn_hex_encode(key, KEY_SIZE, text + sizeof(HEADING) - 1);
    text[TEXT_LENGTH - 1] = '\n';
    is_written = bcn_store_write_secret(path, text, TEXT_LENGTH, error);
    sodium_free(text);
    sodium_free(key);
    return is_written;
}

/* The file that the source names; NULL with an error, or (is_set) for a passphrase. g_free. */
static char *key_path(const char *path, const struct bcn_store_key *key, GError **error)
{
    const char *directory;

    if (key->source == BEACON_STORE_KEY_BESIDE)
        return bcn_store_beside(path, ".key");
    if (key->source == BEACON_STORE_KEY_FILE)
        return g_strdup(key->text);
    directory = g_getenv("CREDENTIALS_DIRECTORY");
    if (!directory) {
        bcn_store_fail(path, BEACON_STORE_ERROR_KEY,
                       _("there are no credentials here: CREDENTIALS_DIRECTORY is not set"), error);
        return NULL;
    }
    return g_build_filename(directory, key->text, NULL);
}

/* A key that somebody else made, or that we made and were killed before its name was durable. */
static bool keep_key(const char *name, GError **error)
{
    char *directory = g_path_get_dirname(name);
    bool is_kept = bcn_store_sync_file(name, error) && bcn_store_sync_file(directory, error);

    g_free(directory);
    return is_kept;
}

bool bcn_store_key_prepare(const char *path, const struct bcn_store_key *key, char **ret_made,
                           GError **error)
{
    char *name;
    bool is_there, is_durable;

    *ret_made = NULL;
    if (key->source != BEACON_STORE_KEY_BESIDE && key->source != BEACON_STORE_KEY_FILE)
        return true;
    name = key_path(path, key, error);
    is_there = g_file_test(name, G_FILE_TEST_EXISTS);
    is_durable = is_there ? keep_key(name, error) : beacon_store_key_create(name, error);
    if (is_durable && !is_there)
        *ret_made = g_steal_pointer(&name);
    g_free(name);
    return is_durable;
}

void bcn_store_seal_begin(const struct bcn_store_key *key, struct bcn_store_seal *seal)
{
    const bool is_passphrase = key->source == BEACON_STORE_KEY_PASSPHRASE;

    randombytes_buf(seal->store_id, sizeof(seal->store_id));
    seal->passes = is_passphrase ? BCN_STORE_PASSES : 0;
    seal->memory_log2 = is_passphrase ? BCN_STORE_MEMORY_LOG2 : 0;
}

/* A file's key. systemd keeps credentials where their reader alone gets in, with a mode that shows
 * the access list's mask. */
static bool master_from_file(const char *path, const struct bcn_store_key *key, guint8 *master,
                             GError **error)
{
    char *name = key_path(path, key, error), *text;
    bool is_known = false;
    gsize length;

    if (!name)
        return false;
    text = bcn_store_guarded(TEXT_LENGTH + 1);
    if (bcn_store_read_secret(name, key->source != BEACON_STORE_KEY_CREDENTIAL, text,
                              TEXT_LENGTH + 1, &length, error)) {
        is_known = length == TEXT_LENGTH && memcmp(text, HEADING, sizeof(HEADING) - 1) == 0 &&
                   text[TEXT_LENGTH - 1] == '\n' &&
                   bcn_hex_decode(text + sizeof(HEADING) - 1, DIGITS, master, KEY_SIZE);
        if (!is_known)
            bcn_store_fail(name, BEACON_STORE_ERROR_KEY,
                           _("not a store's key: expected \"beacon-store-key 1\" and a line of 64 "
                             "hexadecimal digits"),
                           error);
    }
    sodium_free(text);
    g_free(name);
    return is_known;
}

static bool master_from_passphrase(const char *path, const char *passphrase,
                                   const struct bcn_store_seal *seal, guint8 *master,
                                   GError **error)
{
    if (seal->passes < 1 || seal->passes > BCN_STORE_PASSES_MAX ||
        seal->memory_log2 < BCN_STORE_MEMORY_LOG2_MIN ||
        seal->memory_log2 > BCN_STORE_MEMORY_LOG2_MAX)
        return bcn_store_fail(path, BEACON_STORE_ERROR_KEY,
                              _("the store says of Argon2id what is out of bounds"), error);
    if (crypto_pwhash(master, KEY_SIZE, passphrase, strlen(passphrase), seal->store_id,
                      seal->passes, (size_t)1 << seal->memory_log2,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return bcn_store_fail(path, BEACON_STORE_ERROR_KEY, _("not enough memory for Argon2id"),
                              error);
    return true;
}

static bool master_read(const char *path, const struct bcn_store_key *key,
                        const struct bcn_store_seal *seal, guint8 *master, GError **error)
{
    const bool is_passphrase = key->source == BEACON_STORE_KEY_PASSPHRASE;

    if (is_passphrase != (seal->passes != 0))
        return bcn_store_fail(path, BEACON_STORE_ERROR_KEY,
                              is_passphrase ? _("this store has a key file, not a passphrase")
                                            : _("this store needs its passphrase"),
                              error);
    return is_passphrase ? master_from_passphrase(path, key->text, seal, master, error)
                         : master_from_file(path, key, master, error);
}

bool bcn_store_seal_unlock(const char *path, const struct bcn_store_key *key,
                           struct bcn_store_seal *seal, guint8 ret_check[BCN_STORE_CHECK_SIZE],
                           GError **error)
{
    guint8 *master = bcn_store_guarded(KEY_SIZE), *check_key = bcn_store_guarded(KEY_SIZE);
    bool is_unlocked = master_read(path, key, seal, master, error);

    if (is_unlocked) {
        seal->key = bcn_store_guarded(KEY_SIZE);
        crypto_kdf_derive_from_key(seal->key, KEY_SIZE, 1, CONTEXT, master);
        crypto_kdf_derive_from_key(check_key, KEY_SIZE, 2, CONTEXT, master);
        crypto_generichash(ret_check, BCN_STORE_CHECK_SIZE, seal->store_id, BCN_STORE_ID_SIZE,
                           check_key, KEY_SIZE);
    }
    sodium_free(master);
    sodium_free(check_key);
    return is_unlocked;
}

void bcn_store_seal_clear(struct bcn_store_seal *seal)
{
    sodium_free(seal->key);
    seal->key = NULL;
}
