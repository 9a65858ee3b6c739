/* SPDX-License-Identifier: MIT */
/* The store beside a plain table: adding, loading for the engine, purging a day; how large files
 * and memory become. */
#include "bench.h"

#include "exchange_file.h"
#include "peer_sqlite_store.h"
#include "random.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SIGHTINGS  10000000
#define BATCH      32768
#define LOADED_MAX 1000000

/* One of the two, in a folder of its own. */
struct side {
    const struct storage *storage;
    char *folder, *path;
    void *store; /* beacon_store or struct plain_store */
    size_t sightings;
    gint64 from_ms, to_ms; /* to be loaded */
    size_t loaded;
    uint64_t digest, right_digest;
    double bytes, peak; /* of the file and of memory, after adding */
};

struct storage {
    const char *subject;
    void *(*open)(const char *path);
    void (*add)(void *store, const struct beacon_store_row rows[], gsize count);
    guint64 (*count)(void *store);
    GArray *(*load)(void *store, gint64 from_ms, gint64 to_ms);
    void (*purge)(void *store, gint64 before_ms);
    void (*close)(void *store);
};

static void *sealed_open(const char *path)
{
    const struct beacon_store_options options = {.size = sizeof(options),
                                                 .access = BEACON_STORE_CREATE};
    GError *error = NULL;
    beacon_store *store = beacon_store_open(path, &options, &error);

    must(store != NULL, error);
    return store;
}

static void sealed_add(void *store, const struct beacon_store_row rows[], gsize count)
{
    GError *error = NULL;

    must(beacon_store_add_all(store, rows, count, NULL, &error), error);
}

static guint64 sealed_count(void *store)
{
    struct beacon_store_info info;
    GError *error = NULL;

    must(beacon_store_info(store, &info, &error), error);
    return info.sightings;
}

static GArray *sealed_load(void *store, gint64 from_ms, gint64 to_ms)
{
    GError *error = NULL;
    GArray *log = beacon_store_load(store, from_ms, to_ms, &error);

    must(log != NULL, error);
    return log;
}

static void sealed_purge(void *store, gint64 before_ms)
{
    GError *error = NULL;

    must(beacon_store_purge(store, before_ms, NULL, &error), error);
}

static void sealed_close(void *store)
{
    GError *error = NULL;

    must(beacon_store_close(store, &error), error);
}

static void *plain_open(const char *path)
{
    return plain_store_open(path);
}

static void plain_add(void *store, const struct beacon_store_row rows[], gsize count)
{
    plain_store_add(store, rows, count);
}

static guint64 plain_count(void *store)
{
    return plain_store_count(store);
}

static GArray *plain_load(void *store, gint64 from_ms, gint64 to_ms)
{
    return plain_store_load(store, from_ms, to_ms);
}

static void plain_purge(void *store, gint64 before_ms)
{
    plain_store_purge(store, before_ms);
}

static void plain_close(void *store)
{
    plain_store_close(store);
}

static const struct storage storages[] = {
    {SUBJECT_STORE, sealed_open, sealed_add, sealed_count, sealed_load, sealed_purge, sealed_close},
    {SUBJECT_PLAIN, plain_open, plain_add, plain_count, plain_load, plain_purge, plain_close},
};

/* Evenly over fourteen days, a new identifier each. */
static struct beacon_store_row row_at(const struct side *side, size_t number)
{
    const double part = (double)number / (double)side->sightings;
    struct beacon_store_row row = {
        .sighting = {.time_ms =
                         WORKLOAD_START_MS + (gint64)(part * WORKLOAD_DAYS * (double)BEACON_DAY_MS),
                     .rssi_dbm = (gint8)(-40 - (int)(number % 50)),
                     .tx_power_dbm = BEACON_TX_POWER_ABSENT,
                     .platform = BEACON_PLATFORM_ANDROID}};
    const uint64_t head = random_mix(number), own = random_mix(number / 1000);

    memcpy(row.sighting.identifier.bytes, &head, sizeof(head));
    memcpy(row.own.bytes, &own, sizeof(own));
    return row;
}

static uint64_t digest_of_log(const GArray *log)
{
    uint64_t digest = 0;

    for (guint i = 0; i < log->len; i++)
        digest = random_mix(
            digest + random_mix((uint64_t)g_array_index(log, struct beacon_sighting, i).time_ms) +
            g_array_index(log, struct beacon_sighting, i).identifier.bytes[3]);
    return digest;
}

static void remove_files(const struct side *side)
{
    GDir *dir = g_dir_open(side->folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        char *path = g_build_filename(side->folder, name, NULL);

        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
}

static void close_side(struct side *side)
{
    if (side->store)
        side->storage->close(side->store);
    side->store = NULL;
}

/* The most memory since the last call, in bytes, above what there was then; 0 where it is not told.
 */
static double peak_memory(bool begins)
{
    static double before;
    char *status = NULL;
    const char *line;
    double now = 0;

    if (begins)
        g_file_set_contents_full("/proc/self/clear_refs", "5", 1, G_FILE_SET_CONTENTS_NONE, 0600,
                                 NULL);
    if (g_file_get_contents("/proc/self/status", &status, NULL, NULL) &&
        (line = strstr(status, "VmHWM:")))
        now = 1024 * g_ascii_strtod(line + strlen("VmHWM:"), NULL);
    g_free(status);
    if (begins)
        before = now;
    return now - before;
}

static void prepare_adding(void *state)
{
    struct side *side = state;

    close_side(side);
    remove_files(side);
    side->store = side->storage->open(side->path);
    peak_memory(true);
}

static void add_all(void *state)
{
    struct side *side = state;
    struct beacon_store_row *rows = g_new(struct beacon_store_row, BATCH);

    for (size_t done = 0; done < side->sightings; done += BATCH) {
        const size_t count = MIN(BATCH, side->sightings - done);

        for (size_t i = 0; i < count; i++)
            rows[i] = row_at(side, done + i);
        side->storage->add(side->store, rows, count);
    }
    g_free(rows);
}

static double size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (double)status.st_size : 0;
}

static bool check_added(void *state)
{
    struct side *side = state;
    bool is_right = side->storage->count(side->store) == side->sightings;

    side->peak = peak_memory(false);
    close_side(side); /* brings the WAL in */
    side->bytes = size_of(side->path);
    side->store = side->storage->open(side->path);
    return is_right;
}

static void load(void *state)
{
    struct side *side = state;
    GArray *log = side->storage->load(side->store, side->from_ms, side->to_ms);
    beacon_matcher *matcher;

    if (beacon_matcher_new((struct beacon_sighting *)(void *)log->data, log->len, NULL, &matcher) !=
        0)
        fail("the engine does not take the log");
    beacon_matcher_free(matcher);
    side->loaded = log->len;
    side->digest = digest_of_log(log);
    g_array_unref(log);
}

static bool check_loaded(void *state)
{
    const struct side *side = state;

    return side->digest == side->right_digest;
}

static void purge(void *state)
{
    struct side *side = state;

    side->storage->purge(side->store, WORKLOAD_START_MS + BEACON_DAY_MS);
}

/* The rows that are purged, again. */
static void prepare_purging(void *state)
{
    struct side *side = state;
    struct beacon_store_row *rows = g_new(struct beacon_store_row, BATCH);
    const size_t day = side->sightings / WORKLOAD_DAYS;
    size_t next = 0, missing = side->sightings - (size_t)side->storage->count(side->store);

    missing = MIN(missing, day);
    while (next < missing) {
        const size_t count = MIN(BATCH, missing - next);

        for (size_t i = 0; i < count; i++)
            rows[i] = row_at(side, next + i);
        side->storage->add(side->store, rows, count);
        next += count;
    }
    g_free(rows);
}

static bool check_purged(void *state)
{
    const struct side *side = state;
    const double left = (double)side->storage->count(side->store) / (double)side->sightings;

    return left > 12.9 / WORKLOAD_DAYS && left < 13.1 / WORKLOAD_DAYS + 1 / (double)side->sightings;
}

static void measure(struct session *session, struct side sides[], const char *what,
                    struct contender contender)
{
    struct group *group = group_new("store", "M/s");

    group->wall = true;
    for (size_t i = 0; i < G_N_ELEMENTS(storages); i++) {
        contender.state = &sides[i];
        if (session_wants(session, storages[i].subject))
            group_add(group, storages[i].subject,
                      g_strdup_printf("sightings=%zu %s", sides[i].sightings, what), contender);
    }
    group_measure(session, group);
    group_free(group);
}

static void note_sizes(struct session *session, const struct side *side)
{
    if (session_wants(session, side->storage->subject))
        report_note(session->report,
                    "store: %zu sightings in %s: %.1f MB on disk, %.1f bytes each; %.1f MB of "
                    "memory at most while adding",
                    side->sightings, side->storage->subject, 1e-6 * side->bytes,
                    side->bytes / (double)side->sightings, 1e-6 * side->peak);
}

/* The first million's span, and what loading it must give. */
static void choose_span(struct side *side)
{
    const size_t loaded = MIN(side->sightings, LOADED_MAX);
    GArray *log = g_array_new(FALSE, FALSE, sizeof(struct beacon_sighting));

    side->from_ms = WORKLOAD_START_MS;
    side->to_ms = row_at(side, loaded).sighting.time_ms;
    for (size_t i = 0; i < side->sightings; i++) {
        const struct beacon_store_row row = row_at(side, i);

        if (row.sighting.time_ms >= side->to_ms)
            break;
        g_array_append_val(log, row.sighting);
    }
    side->right_digest = digest_of_log(log);
    side->loaded = log->len;
    g_array_unref(log);
}

void bench_store(struct session *session)
{
    const size_t sightings = options_size(session->options.logs, SIGHTINGS);
    struct side sides[G_N_ELEMENTS(storages)] = {{0}};
    char *load_case;

    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        struct side *side = &sides[i];

        side->storage = &storages[i];
        side->sightings = sightings;
        side->folder = g_dir_make_tmp("beacon-bench-XXXXXX", NULL);
        if (!side->folder)
            fail("no temporary folder");
        side->path = g_build_filename(side->folder, "store", NULL);
        choose_span(side);
        if (!session_wants(session, side->storage->subject))
            continue;
        prepare_adding(side);
    }
    measure(session, sides, "add",
            (struct contender){.work = (double)sightings,
                               .prepare = prepare_adding,
                               .run = add_all,
                               .check = check_added});
    load_case = g_strdup_printf("load %zu", sides[0].loaded);
    measure(
        session, sides, load_case,
        (struct contender){.work = (double)sides[0].loaded, .run = load, .check = check_loaded});
    measure(session, sides, "purge a day",
            (struct contender){.work = (double)(sightings / WORKLOAD_DAYS),
                               .prepare = prepare_purging,
                               .run = purge,
                               .check = check_purged});
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        note_sizes(session, &sides[i]);
        close_side(&sides[i]);
        remove_files(&sides[i]);
        g_rmdir(sides[i].folder);
        g_free(sides[i].folder);
        g_free(sides[i].path);
    }
    g_free(load_case);
}
