/* SPDX-License-Identifier: MIT */
/* Which encounter log, and where its key comes from: options that commands with a log share. */
#include "store_place.h"

#include "files.h"
#include "passphrase.h"
#include "text.h"
#include "times.h"

#include <sodium.h>

void store_words_free(struct store_words *words)
{
    g_strfreev(words->store);
    g_strfreev(words->key);
    g_strfreev(words->passphrase_file);
    g_strfreev(words->credential);
}

bool option_store(const struct command *command, const struct store_words *words,
                  struct store_place *ret_place)
{
    struct store_place place = {.is_prompting = words->is_prompting};
    int sources;

    if (!option_once(command, "--store", words->store, &place.path) ||
        !option_once(command, "--key", words->key, &place.key) ||
        !option_once(command, "--passphrase-file", words->passphrase_file,
                     &place.passphrase_file) ||
        !option_once(command, "--credential", words->credential, &place.credential))
        return false;
    sources = (place.key != NULL) + (place.passphrase_file != NULL) + (place.credential != NULL) +
              place.is_prompting;
    *ret_place = place;
    if (place.path != NULL && *place.path == '\0') {
        usage_error(command, _("--store: expected the name of a file"));
        return false;
    }
    if (sources <= 1)
        return true;
    usage_error(command, _("expected one of --key, --passphrase-file, --passphrase-prompt and "
                           "--credential"));
    return false;
}

bool store_is_named(const struct command *command, const struct store_place *place)
{
    if (place->path != NULL)
        return true;
    usage_error(command, _("something is missing: %s"), "--store");
    return false;
}

bool option_days(const struct command *command, char **from, char **to, gint64 *ret_from_ms,
                 gint64 *ret_to_ms)
{
    const char *first, *last;
    gint64 first_day = BEACON_TIME_MIN_MS / BEACON_DAY_MS;
    gint64 last_day = BEACON_TIME_END_MS / BEACON_DAY_MS - 1;

    if (!option_once(command, "--from", from, &first) || !option_once(command, "--to", to, &last))
        return false;
    if ((first != NULL && !day_parse(first, &first_day)) ||
        (last != NULL && !day_parse(last, &last_day))) {
        usage_error(command, _("--from and --to: expected days such as 2020-08-08"));
        return false;
    }
    if (first_day > last_day) {
        usage_error(command, _("--from and --to: the first day lies after the last"));
        return false;
    }
    *ret_from_ms = first_day * BEACON_DAY_MS;
    *ret_to_ms = (last_day + 1) * BEACON_DAY_MS;
    return true;
}

/* ---- Errors ---- */

static int exit_code(const GError *error)
{
    if (error->domain != BEACON_STORE_ERROR)
        return EXIT_IO;
    switch ((BeaconStoreError)error->code) {
    case BEACON_STORE_ERROR_KEY:
    case BEACON_STORE_ERROR_FORMAT:
    case BEACON_STORE_ERROR_DAMAGED:
    case BEACON_STORE_ERROR_INVALID:
        return EXIT_INPUT;
    default:
        return EXIT_IO;
    }
}

int store_error(GError *error)
{
    int code = exit_code(error);

    say("%s", error->message);
    g_error_free(error);
    return code;
}

static int open_error(const struct store_place *place, GError *error)
{
    bool is_damage = g_error_matches(error, BEACON_STORE_ERROR, BEACON_STORE_ERROR_DAMAGED);
    int code = store_error(error);

    return is_damage && place->is_checked ? EXIT_NO : code;
}

/* ---- The key ---- */

static int use_passphrase(const struct store_place *place, bool is_new,
                          struct beacon_store_options *options, store_use_fn *use, void *user)
{
    char *passphrase = NULL;
    int code = place->is_prompting ? passphrase_ask(place->path, is_new, &passphrase)
                                   : passphrase_read(place->passphrase_file, &passphrase);

    if (code != EXIT_RAN)
        return code;
    options->key_source = BEACON_STORE_KEY_PASSPHRASE;
    options->key = passphrase;
    code = use(options, user);
    sodium_free(passphrase);
    return code;
}

int store_with_key(const struct store_place *place, bool is_new, store_use_fn *use, void *user)
{
    struct beacon_store_options options = {.size = sizeof options};

    if (place->is_prompting || place->passphrase_file != NULL)
        return use_passphrase(place, is_new, &options, use, user);
    if (place->key != NULL) {
        options.key_source = BEACON_STORE_KEY_FILE;
        options.key = place->key;
    } else if (place->credential != NULL) {
        options.key_source = BEACON_STORE_KEY_CREDENTIAL;
        options.key = place->credential;
    }
    return use(&options, user);
}

/* ---- The log ---- */

struct opening {
    const struct store_place *place;
    BeaconStoreAccess access;
    guint retention_days;
    beacon_store *store;
};

static int open_store(const struct beacon_store_options *options, void *user)
{
    struct opening *opening = user;
    struct beacon_store_options full = *options;
    GError *error = NULL;

    full.access = opening->access;
    full.retention_days = opening->retention_days;
    opening->store = beacon_store_open(opening->place->path, &full, &error);
    return opening->store != NULL ? EXIT_RAN : open_error(opening->place, error);
}

int store_place_open(const struct store_place *place, BeaconStoreAccess access,
                     guint retention_days, beacon_store **ret_store)
{
    struct opening opening = {.place = place, .access = access, .retention_days = retention_days};
    bool is_new = access == BEACON_STORE_CREATE && !g_file_test(place->path, G_FILE_TEST_EXISTS);
    int code = secrets_guard();

    if (code == EXIT_RAN)
        code = store_with_key(place, is_new, open_store, &opening);
    *ret_store = opening.store;
    return code;
}

int store_place_close(beacon_store *store)
{
    GError *error = NULL;

    return beacon_store_close(store, &error) ? EXIT_RAN : store_error(error);
}

int store_place_abandon(beacon_store *store)
{
    GError *error = NULL;

    return beacon_store_abandon(store, &error) ? EXIT_RAN : store_error(error);
}
