/* SPDX-License-Identifier: MIT */
/* Opens a store and closes it, and takes its rows. */
#include "store/store.h"

#include "store/fail.h"
#include "store/files.h"
#include "store/text.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAYS_MAX        400
#define INTERVAL_MAX_MS 3600000
#define QUEUE_ROWS_MIN  2
#define QUEUE_ROWS_MAX  10000000

/* Options with their defaults filled in. */
struct settings {
    BeaconStoreAccess access;
    struct bcn_store_key key;
    guint retention_days;
    struct bcn_store_pace pace;
    const char *vfs;
};

static bool fail_option(const char *path, const char *name, GError **error)
{
    char *words = g_strdup_printf(_("the option %s is out of its range"), name);

    bcn_store_fail(path, BEACON_STORE_ERROR_INVALID, words, error);
    g_free(words);
    return false;
}

/* The name of an option that is wrong, or NULL. */
static const char *wrong_option(const struct beacon_store_options *options)
{
    const guint days_max = options->long_retention ? DAYS_MAX : BEACON_STORE_RETENTION_DAYS_MAX;

    if (options->size != sizeof(*options))
        return "size";
    if (options->access < BEACON_STORE_READ || options->access > BEACON_STORE_CREATE)
        return "access";
    if (options->key_source < BEACON_STORE_KEY_BESIDE ||
        options->key_source > BEACON_STORE_KEY_CREDENTIAL)
        return "key_source";
    if (options->key_source != BEACON_STORE_KEY_BESIDE && (!options->key || !*options->key))
        return "key";
    if (options->key_source == BEACON_STORE_KEY_CREDENTIAL && strchr(options->key, '/'))
        return "key";
    if (options->retention_days > days_max)
        return "retention_days";
    if (options->sync_interval_ms > INTERVAL_MAX_MS)
        return "sync_interval_ms";
    if (options->queue_rows != 0 &&
        (options->queue_rows < QUEUE_ROWS_MIN || options->queue_rows > QUEUE_ROWS_MAX))
        return "queue_rows";
    return NULL;
}

static guint or_default(guint value, guint standard)
{
    return value != 0 ? value : standard;
}

static bool read_options(const char *path, const struct beacon_store_options *options,
                         struct settings *ret_settings, GError **error)
{
    static const struct beacon_store_options standard = {.size = sizeof(standard)};
    const char *wrong;

    if (!options)
        options = &standard;
    wrong = wrong_option(options);
    if (wrong)
        return fail_option(path, wrong, error);
    *ret_settings = (struct settings){
        .access = options->access,
        .key = {options->key_source, options->key},
        .retention_days = or_default(options->retention_days, BEACON_STORE_RETENTION_DAYS),
        .pace = {.sync_interval_ms =
                     or_default(options->sync_interval_ms, BEACON_STORE_SYNC_INTERVAL_MS),
                 .queue_rows = or_default(options->queue_rows, BEACON_STORE_QUEUE_ROWS),
                 .monotonic_us = options->monotonic_us,
                 .user = options->user},
        .vfs = options->vfs,
    };
    return true;
}

static bool fail_missing(const beacon_store *store, GError **error)
{
    return bcn_store_fail(store->path, BEACON_STORE_ERROR_MISSING, _("there is no such store"),
                          error);
}

/* The seal of a store that is there; the key is told from a wrong one. */
static bool unlock(beacon_store *store, const struct bcn_store_database *database,
                   const struct bcn_store_key *key, GError **error)
{
    guint8 expected[BCN_STORE_CHECK_SIZE], check[BCN_STORE_CHECK_SIZE];

    if (!bcn_store_schema_seal(database, &store->seal, expected, error) ||
        !bcn_store_seal_unlock(store->path, key, &store->seal, check, error))
        return false;
    if (sodium_memcmp(expected, check, sizeof(check)) == 0)
        return true;
    return bcn_store_fail(store->path, BEACON_STORE_ERROR_KEY,
                          key->source == BEACON_STORE_KEY_PASSPHRASE
                              ? _("this is not its passphrase")
                              : _("this is not its key"),
                          error);
}

/* A seal for a store that has none yet. */
static bool make_seal(beacon_store *store, const struct bcn_store_key *key,
                      guint8 check[BCN_STORE_CHECK_SIZE], GError **error)
{
    if (!bcn_store_key_prepare(store->path, key, &store->made.key, error))
        return false;
    bcn_store_seal_begin(key, &store->seal);
    return bcn_store_seal_unlock(store->path, key, &store->seal, check, error);
}

static bool create(beacon_store *store, const struct settings *settings, GError **error)
{
    const struct bcn_store_database *database = &store->writer->database;
    guint8 check[BCN_STORE_CHECK_SIZE];
    bool is_good;

    if (settings->access != BEACON_STORE_CREATE)
        return bcn_store_fail(store->path, BEACON_STORE_ERROR_FORMAT, _("empty, not a store"),
                              error);
    if (!make_seal(store, &settings->key, check, error) || !bcn_store_begin(database, error))
        return false;
    if (!store->made.has_database) /* it may be sealed with the key from here on */
        g_clear_pointer(&store->made.key, g_free);
    is_good = bcn_store_schema_create(database, &store->seal, check, error);
    return bcn_store_end(database, is_good, error) && bcn_store_sync_directory(store->path, error);
}

static bool upgrade(beacon_store *store, const struct settings *settings, GError **error)
{
    guint8 check[BCN_STORE_CHECK_SIZE];

    if (!make_seal(store, &settings->key, check, error))
        return false;
    g_clear_pointer(&store->made.key, g_free); /* rows may be sealed with it from here on */
    return bcn_store_upgrade(&store->writer->database, &store->seal, check, error);
}

/* A purge, or an upgrade, that was cut short; where it cannot be ended now, it stays due. */
static bool finish_purge(const struct bcn_store_database *database, GError **error)
{
    gint64 is_due;

    if (!bcn_store_number(database, "SELECT purge_is_due FROM store", 0, 0, 0, &is_due, error))
        return false;
    if (is_due != 0)
        bcn_store_scrub(database, NULL);
    return true;
}

static bool prepare_database(beacon_store *store, const struct settings *settings, GError **error)
{
    const struct bcn_store_database *database = &store->writer->database;
    guint version;

    if (!bcn_store_version(database, &version, error))
        return false;
    if (version == 0)
        return create(store, settings, error);
    if (version < BEACON_STORE_VERSION)
        return upgrade(store, settings, error);
    return unlock(store, database, &settings->key, error) && finish_purge(database, error);
}

static bool open_writer(beacon_store *store, const struct settings *settings, GError **error)
{
    struct bcn_store_writer *writer;

    if (!bcn_store_lock(store->path, &store->lock, &store->made.has_lock, error) ||
        (settings->access == BEACON_STORE_CREATE &&
         !bcn_store_touch(store->path, &store->made.has_database, error)))
        return false;
    writer = store->writer = g_new0(struct bcn_store_writer, 1);
    if (!bcn_store_database_open(&writer->database, store->path, settings->vfs, true, error) ||
        !prepare_database(store, settings, error))
        return false;
    bcn_store_filer_make(&writer->filer, &writer->database, &store->seal);
    bcn_store_writer_start(writer, &settings->pace);
    return true;
}

static bool open_reader(beacon_store *store, const struct settings *settings, GError **error)
{
    guint version;

    if (!bcn_store_database_open(&store->reader, store->path, settings->vfs, false, error))
        return false;
    if (store->writer)
        return true;
    if (!bcn_store_version(&store->reader, &version, error))
        return false;
    if (version == 0)
        return bcn_store_fail(store->path, BEACON_STORE_ERROR_FORMAT, _("empty, not a store"),
                              error);
    if (version < BEACON_STORE_VERSION)
        return bcn_store_fail(store->path, BEACON_STORE_ERROR_FORMAT,
                              _("of an older version; who writes to it brings it up to date"),
                              error);
    return unlock(store, &store->reader, &settings->key, error);
}

/* Without the database there would be a lock file left for nothing. */
static bool is_there(const beacon_store *store, const struct settings *settings, GError **error)
{
    struct stat status;

    if (stat(store->path, &status) == 0)
        return S_ISREG(status.st_mode) || bcn_store_fail(store->path, BEACON_STORE_ERROR_FORMAT,
                                                         _("not an ordinary file"), error);
    if (errno != ENOENT)
        return bcn_store_fail_system(store->path, errno, error);
    return settings->access == BEACON_STORE_CREATE || fail_missing(store, error);
}

static void keep_made(beacon_store *store)
{
    store->made.has_lock = store->made.has_database = false;
    g_clear_pointer(&store->made.key, g_free);
}

/* What was made for a store that could not be opened, or was not used; under its lock. */
static void remove_made(beacon_store *store)
{
    static const char *const database[] = {"", "-wal", "-shm"};

    if (store->made.has_database)
        for (guint i = 0; i < G_N_ELEMENTS(database); i++)
            bcn_store_remove_beside(store->path, database[i]);
    if (store->made.key)
        bcn_store_remove_beside(store->made.key, "");
    if (store->made.has_lock && store->lock >= 0)
        bcn_store_remove_beside(store->path, "-lock");
    keep_made(store);
}

/* Readers first: the last connection, which writes, cleans up. The lock goes last. */
static void tear_down(beacon_store *store)
{
    if (store->writer && store->writer->thread)
        bcn_store_writer_stop(store->writer);
    bcn_store_database_close(&store->reader);
    if (store->writer) {
        bcn_store_filer_clear(&store->writer->filer);
        bcn_store_database_close(&store->writer->database);
        g_free(store->writer);
    }
    remove_made(store);
    if (store->lock >= 0)
        close(store->lock);
    bcn_store_seal_clear(&store->seal);
    g_mutex_clear(&store->reading);
    g_free(store->path);
    g_free(store);
}

static beacon_store *discard(beacon_store *store)
{
    tear_down(store);
    return NULL;
}

/* Absolute, so never SQLite's "file:" or ":memory:". A link to a store is that store: it has the
 * same lock and key. */
static char *real_path(const char *path)
{
    char *real = realpath(path, NULL), *copy = g_strdup(real);

    free(real);
    return copy ? copy : g_canonicalize_filename(path, NULL);
}

beacon_store *beacon_store_open(const char *path, const struct beacon_store_options *options,
                                GError **error)
{
    struct settings settings;
    beacon_store *store;
    bool is_open;

    if (!read_options(path, options, &settings, error))
        return NULL;
    store = g_new0(beacon_store, 1);
    store->path = real_path(path);
    store->lock = -1;
    store->retention_days = settings.retention_days;
    g_mutex_init(&store->reading);
    is_open = is_there(store, &settings, error) &&
              (settings.access == BEACON_STORE_READ || open_writer(store, &settings, error)) &&
              open_reader(store, &settings, error);
    return is_open ? store : discard(store);
}

gboolean beacon_store_close(beacon_store *store, GError **error)
{
    bool is_durable = true;

    if (!store)
        return TRUE;
    if (store->writer && store->writer->thread)
        is_durable = beacon_store_flush(store, error);
    keep_made(store);
    tear_down(store);
    return is_durable;
}

gboolean beacon_store_abandon(beacon_store *store, GError **error)
{
    struct beacon_store_health health;

    if (!store)
        return TRUE;
    beacon_store_health(store, &health);
    if (health.queued + health.committed + health.dropped > 0)
        return beacon_store_close(store, error);
    tear_down(store);
    return TRUE;
}

beacon_store *beacon_store_free(beacon_store *store)
{
    beacon_store_close(store, NULL);
    return NULL;
}

bool bcn_store_check_writer(const beacon_store *store, GError **error)
{
    return store->writer || bcn_store_fail(store->path, BEACON_STORE_ERROR_READ_ONLY,
                                           _("this handle only reads the store"), error);
}

/* Queues what is good. */
static bool offer(beacon_store *store, bool is_good, struct bcn_store_item *item, GError **error)
{
    bool is_queued = false;

    if (!is_good)
        bcn_store_fail(store->path, BEACON_STORE_ERROR_INVALID,
                       _("a time that no sighting or encounter has"), error);
    else if (bcn_store_check_writer(store, error))
        is_queued = bcn_store_writer_offer(store->writer, item) ||
                    bcn_store_fail(store->path, BEACON_STORE_ERROR_OVERFLOW,
                                   _("the disk does not keep up; a row was dropped"), error);
    sodium_memzero(item, sizeof(*item));
    return is_queued;
}

gboolean beacon_store_add(beacon_store *store, const struct beacon_store_row *row, GError **error)
{
    struct bcn_store_item item;
    const bool is_good = bcn_store_item_of_row(row, &item);

    return offer(store, is_good, &item, error);
}

gboolean beacon_store_add_undated(beacon_store *store, const struct beacon_store_boot *boot,
                                  const struct beacon_store_row *row, GError **error)
{
    struct bcn_store_item item;
    const bool is_good = bcn_store_item_of_undated(boot, row, &item);

    return offer(store, is_good, &item, error);
}

gboolean beacon_store_add_encounter(beacon_store *store,
                                    const struct beacon_store_encounter *encounter, GError **error)
{
    struct bcn_store_item item;
    const bool is_good = bcn_store_item_of_encounter(encounter, &item);

    return offer(store, is_good, &item, error);
}

gboolean beacon_store_flush(beacon_store *store, GError **error)
{
    return bcn_store_check_writer(store, error) &&
           bcn_store_writer_call(store->writer, BCN_STORE_AFTER_ROWS, NULL, NULL, error);
}

void beacon_store_health(beacon_store *store, struct beacon_store_health *ret_health)
{
    struct bcn_store_writer *writer = store->writer;

    memset(ret_health, 0, sizeof(*ret_health));
    if (!writer)
        return;
    g_mutex_lock(&writer->lock);
    *ret_health = writer->health;
    ret_health->queued = writer->queue.head - writer->queue.tail;
    g_mutex_unlock(&writer->lock);
}
