/* SPDX-License-Identifier: MIT */
/* Which encounter log, and where its key comes from: options that commands with a log share. */
#ifndef TOOL_STORE_PLACE_H
#define TOOL_STORE_PLACE_H

#include "command.h"

#include <beacon/store.h>

/* As they were typed. */
struct store_words {
    char **store, **key, **passphrase_file, **credential;
    gboolean is_prompting;
};

#define STORE_KEY_OPTIONS(words)                                                                   \
    {"key",                                                                                        \
     0,                                                                                            \
     0,                                                                                            \
     G_OPTION_ARG_FILENAME_ARRAY,                                                                  \
     &(words).key,                                                                                 \
     N_("the log's key (default STORE.key)"),                                                      \
     N_("FILE")},                                                                                  \
        {"passphrase-file",                                                                        \
         0,                                                                                        \
         0,                                                                                        \
         G_OPTION_ARG_FILENAME_ARRAY,                                                              \
         &(words).passphrase_file,                                                                 \
         N_("make the key of the passphrase in this file"),                                        \
         N_("FILE")},                                                                              \
        {"passphrase-prompt",                                                                      \
         0,                                                                                        \
         0,                                                                                        \
         G_OPTION_ARG_NONE,                                                                        \
         &(words).is_prompting,                                                                    \
         N_("make the key of a passphrase that is asked for"),                                     \
         NULL},                                                                                    \
    {                                                                                              \
        "credential", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(words).credential,                      \
            N_("the key is this credential of systemd's"), N_("NAME")                              \
    }
#define STORE_OPTIONS(words)                                                                       \
    {"store",    0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(words).store, N_("the encounter log"),       \
     N_("STORE")},                                                                                 \
        STORE_KEY_OPTIONS(words)

/* What they come to; strings are borrowed. */
struct store_place {
    const char *path;
    const char *key, *passphrase_file, *credential;
    bool is_prompting;
    bool is_checked; /* the question is whether it is damaged: that is EXIT_NO then */
};

/* False after a message. The path is NULL where --store was not given. */
bool option_store(const struct command *command, const struct store_words *words,
                  struct store_place *ret_place);
bool store_is_named(const struct command *command, const struct store_place *place);
void store_words_free(struct store_words *words);

/* Fills in a store's options for this key and calls `use`, which gets them for the while; an exit
 * code. `is_new`: a passphrase is asked for twice. */
typedef int store_use_fn(const struct beacon_store_options *options, void *user);
int store_with_key(const struct store_place *place, bool is_new, store_use_fn *use, void *user);

/* Opens the log; secrets are guarded from here on. retention_days 0: the store's own. An exit code,
 * after a message. */
int store_place_open(const struct store_place *place, BeaconStoreAccess access,
                     guint retention_days, beacon_store **ret_store);

/* Closes it: what waits becomes durable, or a message says that it did not. */
int store_place_close(beacon_store *store);

/* The same when the command has failed: a log that it made, and that is still empty, goes again. */
int store_place_abandon(beacon_store *store);

/* Says it, frees it, and returns the exit code for it. */
int store_error(GError *error);

/* The days of --from and --to, both included, as times from and to; false after a message. */
bool option_days(const struct command *command, char **from, char **to, gint64 *ret_from_ms,
                 gint64 *ret_to_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(beacon_store, beacon_store_free)

#endif
