/* SPDX-License-Identifier: MIT */
/* The writer and its disk: syncs that take for ever, a disk that is full, power that is lost. */
#include "store/made.h"

#include "check_main.h"
#include "size.h"
#include "store/shim.h"

#include <beacon/identity.h>
#include <errno.h>
#include <sqlite3.h>
#include <unistd.h>

static char *folder, *path;

static void set_up(void)
{
    shim_reset();
    folder = made_folder();
    path = g_build_filename(folder, "log", NULL);
}

static void tear_down(void)
{
    g_free(path);
    made_folder_free(folder);
}

static struct beacon_store_health health_of(beacon_store *store)
{
    struct beacon_store_health health;

    beacon_store_health(store, &health);
    return health;
}

static bool add(beacon_store *store, guint64 number, GError **error)
{
    const struct beacon_store_row row = made_row(number);

    return beacon_store_add(store, &row, error);
}

/* What a node does at a slot's edge: it adds, asks how it goes and derives an identifier; none of
 * it waits for a sync that does not end. */
START_TEST(a_sync_that_takes_for_ever_delays_nobody)
{
    beacon_store *store =
        made_open_with(path, BEACON_STORE_CREATE, (struct beacon_store_options){.vfs = SHIM_VFS});
    beacon_identity *identity;
    GError *error = NULL;

    made_add(store, 0, 100);
    ck_assert_int_eq(beacon_identity_generate(MADE_DAY, BEACON_SLOTS_PER_DAY, &identity), 0);
    shim_hold();
    for (guint64 i = 100; i < 16500; i++) /* the first 16 384 are half a queue: they are due */
        must(add(store, i, &error), error);
    shim_wait_held();
    for (guint64 i = 16500; i < 20000; i++) {
        struct beacon_identifier identifier;
        const gint64 edge_ms = MADE_START_MS + (gint64)(i % 96) * 900000;

        must(add(store, i, &error), error);
        ck_assert_int_eq(beacon_identity_at(identity, edge_ms, &identifier, NULL), 0);
    }
    ck_assert_uint_eq(health_of(store).committed, 100);
    ck_assert_uint_eq(health_of(store).queued, 19900);
    made_expect(store, 0, 100); /* readers go on as well, and see what is durable */
    shim_release();
    made_flush(store);
    made_expect(store, 0, 20000);
    ck_assert_uint_eq(health_of(store).dropped, 0);
    beacon_identity_free(identity);
    made_close(store);
}
END_TEST

START_TEST(what_overflows_the_queue_is_counted_and_told)
{
    const struct beacon_store_options options = {.vfs = SHIM_VFS, .queue_rows = 8};
    beacon_store *store = made_open_with(path, BEACON_STORE_CREATE, options);
    GError *error = NULL;
    guint64 accepted = 0;

    shim_hold();
    while (add(store, accepted, &error)) {
        accepted++;
        ck_assert_uint_le(accepted, 8);
    }
    must_fail(false, error, BEACON_STORE_ERROR_OVERFLOW);
    ck_assert_uint_eq(accepted, 8);
    ck_assert(!add(store, 100, NULL));
    ck_assert_uint_eq(health_of(store).dropped, 2);
    shim_release();
    made_flush(store);
    made_expect(store, 0, 8);
    must(add(store, 8, &error), error);
    made_close(store);
    store = made_open(path, BEACON_STORE_READ);
    made_expect(store, 0, 9);
    made_close(store);
}
END_TEST

START_TEST(a_full_disk_loses_nothing_that_was_accepted)
{
    beacon_store *store =
        made_open_with(path, BEACON_STORE_CREATE, (struct beacon_store_options){.vfs = SHIM_VFS});
    const int results[] = {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_OK};
    const BeaconStoreError codes[] = {BEACON_STORE_ERROR_NO_SPACE, BEACON_STORE_ERROR_IO};
    GError *error = NULL;

    made_add(store, 0, 50);
    for (guint i = 0; results[i] != SQLITE_OK; i++) {
        const guint64 first = 50 + i * 100;

        shim_fail_writes(results[i]);
        for (guint64 row = first; row < first + 100; row++)
            must(add(store, row, &error), error);
        must_fail(beacon_store_flush(store, &error), error, codes[i]);
        ck_assert(health_of(store).is_failing);
        ck_assert_uint_gt(health_of(store).failures, 0);
        ck_assert_str_ne(health_of(store).last_error, "");
        ck_assert_uint_eq(health_of(store).queued, 100);
        made_expect(store, 0, first);
        shim_fail_writes(SQLITE_OK);
        made_flush(store);
        ck_assert(!health_of(store).is_failing);
        made_expect(store, 0, first + 100);
    }
    made_close(store);
}
END_TEST

START_TEST(a_disk_that_cannot_sync_is_told)
{
    beacon_store *store =
        made_open_with(path, BEACON_STORE_CREATE, (struct beacon_store_options){.vfs = SHIM_VFS});
    GError *error = NULL;
    GArray *rows;

    made_add(store, 0, 50);
    shim_fail_syncs(SQLITE_IOERR_FSYNC);
    must(add(store, 50, &error), error);
    must_fail(beacon_store_flush(store, &error), error, BEACON_STORE_ERROR_IO);
    must(add(store, 51, &error), error);
    must_fail(beacon_store_close(store, &error), error, BEACON_STORE_ERROR_IO);
    shim_fail_syncs(SQLITE_OK);
    store = made_open(path, BEACON_STORE_READ); /* written, though not for certain: once */
    rows = made_read(store);
    ck_assert_uint_ge(rows->len, 50);
    ck_assert_uint_le(rows->len, 52);
    for (guint i = 0; i < rows->len; i++)
        ck_assert(made_is_row(&g_array_index(rows, struct beacon_store_row, i), i));
    g_array_unref(rows);
    made_close(store);
}
END_TEST

START_TEST(a_full_disk_while_many_are_added_is_told)
{
    const struct beacon_store_options options = {.vfs = SHIM_VFS, .queue_rows = 16};
    beacon_store *store = made_open_with(path, BEACON_STORE_CREATE, options);
    struct beacon_store_row rows[100];
    GError *error = NULL;
    gsize added = 0;

    for (guint i = 0; i < 100; i++)
        rows[i] = made_row(i);
    shim_fail_writes(SQLITE_FULL);
    must_fail(beacon_store_add_all(store, rows, 100, &added, &error), error,
              BEACON_STORE_ERROR_NO_SPACE);
    ck_assert_uint_le(added, 16);
    shim_fail_writes(SQLITE_OK);
    made_flush(store);
    made_expect(store, 0, added); /* as told */
    must(beacon_store_add_all(store, rows + added, 100 - added, NULL, &error), error);
    made_expect(store, 0, 100);
    made_close(store);
}
END_TEST

/* Where in the database the chunk lies that was written last. */
static gint64 find_last_chunk(void)
{
    static const guint8 magic[] = {0xD5, 'B', 'C', 'K'};
    char *bytes;
    gsize size, at = 0;

    ck_assert(g_file_get_contents(path, &bytes, &size, NULL));
    for (gsize i = 0; i + 92 <= size; i++)
        if (memcmp(bytes + i, magic, sizeof(magic)) == 0 &&
            (at == 0 || bytes[i + 24] > bytes[at + 24]))
            at = i;
    g_free(bytes);
    return (gint64)at;
}

/* What may pass is waited for; then the rows are set aside, and other rows wait no longer. */
START_TEST(a_page_that_cannot_be_read_holds_up_no_row)
{
    const struct beacon_store_options options = {.vfs = SHIM_VFS};
    char *rescued = g_build_filename(folder, "rescued", NULL);
    struct beacon_store_report report;
    GError *error = NULL;
    beacon_store *store = made_open_with(path, BEACON_STORE_CREATE, options);

    made_add(store, 0, 1000);
    made_close(store);
    store = made_open_with(path, BEACON_STORE_WRITE, options);
    shim_fail_reads_at(find_last_chunk());
    for (guint64 i = 1000; i < 1300; i++)
        must(add(store, i, &error), error);
    while (health_of(store).failures < 2)
        ck_assert_msg(!beacon_store_flush(store, NULL), "it was set aside too soon");
    made_flush(store);
    ck_assert_uint_eq(health_of(store).set_aside, 300);
    ck_assert_uint_eq(health_of(store).committed, 300);
    ck_assert(!health_of(store).is_failing);
    ck_assert_str_ne(health_of(store).last_error, "");
    shim_fail_reads_at(-1);
    made_expect(store, 0, 1300);
    made_close(store);
    must(beacon_store_salvage(path, rescued, NULL, &report, &error), error);
    ck_assert_uint_eq(report.sightings, 1300);
    g_free(rescued);
}
END_TEST

START_TEST(a_salvage_that_the_disk_ends_leaves_nothing)
{
    const struct beacon_store_options options = {.size = sizeof(options), .vfs = SHIM_VFS};
    char *rescued = g_build_filename(folder, "rescued", NULL),
         *key = g_strconcat(rescued, ".key", NULL);
    struct beacon_store_report report;
    GError *error = NULL;
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    guint files;

    made_add(store, 0, 1000);
    made_close(store);
    files = made_files(folder);
    shim_fail_writes(SQLITE_FULL);
    must_fail(beacon_store_salvage(path, rescued, &options, &report, &error), error,
              BEACON_STORE_ERROR_NO_SPACE);
    ck_assert_uint_eq(made_files(folder), files);
    must(beacon_store_key_create(key, &error), error);
    must_fail(beacon_store_salvage(path, rescued, &options, &report, &error), error,
              BEACON_STORE_ERROR_NO_SPACE);
    ck_assert_uint_eq(made_files(folder), files + 1); /* a key that was there stays */
    shim_fail_writes(SQLITE_OK);
    must(beacon_store_salvage(path, rescued, &options, &report, &error), error);
    ck_assert_uint_eq(report.sightings, 1000);
    g_free(rescued);
    g_free(key);
}
END_TEST

static gint64 virtual_us;

static gint64 tell_time(gpointer user)
{
    (void)user;
    return __atomic_load_n(&virtual_us, __ATOMIC_SEQ_CST);
}

#define ROWS TEST_PART(60000, 6000)

/* A row every 10 ms for ten minutes. */
START_TEST(commits_keep_their_distance)
{
    const struct beacon_store_options options = {.vfs = SHIM_VFS,
                                                 .sync_interval_ms = 5000,
                                                 .queue_rows = ROWS, /* a thread may wait */
                                                 .monotonic_us = tell_time};
    beacon_store *store = made_open_with(path, BEACON_STORE_CREATE, options);
    const guint before = shim_syncs();
    GError *error = NULL;

    for (guint64 i = 0; i < ROWS; i++) {
        __atomic_add_fetch(&virtual_us, 600 * G_USEC_PER_SEC / ROWS, __ATOMIC_SEQ_CST);
        must(add(store, i, &error), error);
    }
    made_flush(store);
    ck_assert_uint_ge(health_of(store).commits, 2);
    ck_assert_uint_le(health_of(store).commits, 600 / 5 + 2);
    /* Each commit syncs once, and once more after each of few checkpoints. */
    ck_assert_uint_le(shim_syncs() - before, 600 / 5 + 2 + 6);
    made_expect(store, 0, ROWS);
    made_close(store);
}
END_TEST

static beacon_store *open_disk(const char *disk, BeaconStoreAccess access)
{
    char *copy = g_build_filename(disk, "log", NULL);
    beacon_store *store = made_open(copy, access);

    g_free(copy);
    return store;
}

/* The key was made durable before it was used. */
static char *make_disk(void)
{
    char *disk = made_folder();

    shim_keep_disk(disk);
    return disk;
}

static void copy_key(const char *disk)
{
    char *from = g_strconcat(path, ".key", NULL), *to = g_build_filename(disk, "log.key", NULL);

    made_copy(from, to);
    g_free(from);
    g_free(to);
}

/* After each commit rows are added that were not synced; of what was being written, some sectors
 * arrive. What was told as durable must be there, in the right order, and no row that was not. */
static void lose_power(guint32 seed)
{
    const struct beacon_store_options options = {.vfs = SHIM_VFS, .sync_interval_ms = 3600000};
    char *disk;
    beacon_store *store, *after;
    guint64 durable = 0;
    GArray *rows;
    GError *error = NULL;
    GRand *random = g_rand_new_with_seed(seed);

    set_up();
    disk = make_disk();
    store = made_open_with(path, BEACON_STORE_CREATE, options);
    copy_key(disk);
    for (guint round = 0; round < 1 + seed % 7; round++) {
        const guint64 next = durable + (guint64)g_rand_int_range(random, 1, 900);

        made_add(store, durable, next);
        durable = next;
    }
    shim_fail_syncs(SQLITE_IOERR_FSYNC); /* the power goes while this is being synced */
    for (guint64 i = durable; i < durable + 300; i++)
        must(add(store, i, &error), error);
    ck_assert(!beacon_store_flush(store, NULL));
    shim_tear(seed);
    after = open_disk(disk, BEACON_STORE_WRITE);
    rows = made_read(after);
    ck_assert_uint_ge(rows->len, durable);
    ck_assert_uint_le(rows->len, durable + 300);
    for (guint i = 0; i < rows->len; i++)
        ck_assert(made_is_row(&g_array_index(rows, struct beacon_store_row, i), i));
    made_add(after, rows->len, rows->len + 10); /* and it goes on */
    made_expect(after, 0, rows->len + 10);
    g_array_unref(rows);
    made_close(after);
    beacon_store_free(store);
    shim_reset();
    g_rand_free(random);
    made_folder_free(disk);
    tear_down();
}

START_TEST(losing_power_loses_no_row_that_was_durable)
{
    tear_down();
    for (guint32 seed = 0; seed < 60; seed++)
        lose_power(seed);
    set_up();
}
END_TEST

/* The power goes at one of the syncs of a purge: what was not to be purged is there, what was is
 * there wholly or not at all. True if the purge had ended before. */
static bool lose_power_while_purging(guint syncs, guint32 seed)
{
    const struct beacon_store_options options = {.vfs = SHIM_VFS};
    struct beacon_store_report report;
    GError *error = NULL;
    beacon_store *store, *after;
    bool has_ended;
    GArray *rows;
    char *disk;

    set_up();
    disk = make_disk();
    store = made_open_with(path, BEACON_STORE_CREATE, options);
    copy_key(disk);
    made_add(store, 85000, 86400); /* and the next day */
    made_add(store, 86400, 87000);
    shim_fail_syncs_after(syncs);
    has_ended = beacon_store_purge(store, MADE_START_MS + 86500 * 1000, NULL, NULL);
    shim_tear(seed);
    after = open_disk(disk, BEACON_STORE_WRITE);
    rows = made_read(after);
    ck_assert_msg(rows->len == 500 || (rows->len == 2000 && !has_ended), "%u rows", rows->len);
    for (guint i = 0; i < rows->len; i++)
        ck_assert(
            made_is_row(&g_array_index(rows, struct beacon_store_row, i), 87000 - rows->len + i));
    must(beacon_store_check(after, &report, &error), error);
    ck_assert_msg(report.database_is_whole && report.damaged_chunks == 0, "%s",
                  report.first_problem);
    g_array_unref(rows);
    made_close(after);
    beacon_store_free(store);
    shim_reset();
    made_folder_free(disk);
    tear_down();
    return has_ended;
}

START_TEST(losing_power_in_a_purge_loses_nothing_else)
{
    guint syncs = 0;
    bool has_ended = false;

    tear_down();
    for (; !has_ended; syncs++)
        for (guint32 seed = 0; seed < 5; seed++)
            has_ended = lose_power_while_purging(syncs, seed);
    ck_assert_uint_gt(syncs, 4); /* deleting, rebuilding, the WAL into the database, the mark */
    set_up();
}
END_TEST

/* Rows not flushed go to the disk when the interval is over: what is lost is younger than it. */
START_TEST(losing_power_loses_at_most_the_interval)
{
    const struct beacon_store_options options = {
        .vfs = SHIM_VFS, .sync_interval_ms = 5000, .monotonic_us = tell_time};
    char *disk = make_disk();
    beacon_store *store = made_open_with(path, BEACON_STORE_CREATE, options), *after;
    GError *error = NULL;
    GArray *rows;

    copy_key(disk);
    for (guint64 i = 0; i < 2000; i++) { /* a row a second */
        __atomic_add_fetch(&virtual_us, 1000000, __ATOMIC_SEQ_CST);
        must(add(store, i, &error), error);
        /* The writer's thread has its turn: it is due, and nothing else holds it up. */
        while (health_of(store).queued > 5)
            g_thread_yield();
    }
    shim_fail_syncs(SQLITE_IOERR_FSYNC);
    shim_tear(1);
    after = open_disk(disk, BEACON_STORE_READ);
    rows = made_read(after);
    ck_assert_uint_ge(rows->len, 2000 - 6);
    for (guint i = 0; i < rows->len; i++)
        ck_assert(made_is_row(&g_array_index(rows, struct beacon_store_row, i), i));
    g_array_unref(rows);
    made_close(after);
    beacon_store_free(store);
    shim_reset();
    made_folder_free(disk);
}
END_TEST

struct watch {
    GThread *thread;
    gint ends;
    guint reads;
};

/* Another reader, over and over: each time a beginning of the rows, never shorter than before. */
static gpointer watch(gpointer user)
{
    struct watch *watcher = user;
    guint before = 0;

    do {
        beacon_store *store = made_open(path, BEACON_STORE_READ);
        GArray *rows = made_read(store);

        ck_assert_uint_ge(rows->len, before);
        for (guint i = before; i < rows->len; i++)
            ck_assert(made_is_row(&g_array_index(rows, struct beacon_store_row, i), i));
        before = rows->len;
        g_array_unref(rows);
        made_close(store);
        watcher->reads++;
    } while (!g_atomic_int_get(&watcher->ends));
    return NULL;
}

START_TEST(readers_read_while_the_writer_writes)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    struct watch watcher = {0};

    made_add(store, 0, 10);
    watcher.thread = g_thread_new("reader", watch, &watcher);
    for (guint64 i = 10; i < 3010; i += 100)
        made_add(store, i, i + 100);
    g_atomic_int_set(&watcher.ends, 1);
    g_thread_join(watcher.thread);
    ck_assert_uint_gt(watcher.reads, 0);
    made_expect(store, 0, 3010);
    made_close(store);
}
END_TEST

START_TEST(there_is_one_writer)
{
    struct beacon_store_options options = {.size = sizeof(options), .access = BEACON_STORE_WRITE};
    beacon_store *store = made_open(path, BEACON_STORE_CREATE), *reader;
    const struct beacon_store_row row = made_row(0);
    GError *error = NULL;

    made_add(store, 0, 5);
    must_fail(beacon_store_open(path, &options, &error) != NULL, error, BEACON_STORE_ERROR_BUSY);
    reader = made_open(path, BEACON_STORE_READ);
    made_expect(reader, 0, 5);
    must_fail(beacon_store_add(reader, &row, &error), error, BEACON_STORE_ERROR_READ_ONLY);
    must_fail(beacon_store_flush(reader, &error), error, BEACON_STORE_ERROR_READ_ONLY);
    must_fail(beacon_store_purge(reader, G_MAXINT64, NULL, &error), error,
              BEACON_STORE_ERROR_READ_ONLY);
    made_close(reader);
    made_close(store);
    store = made_open(path, BEACON_STORE_WRITE); /* the lock went with the writer */
    made_close(store);
}
END_TEST

/* By another name it is the same store, with its key and its one writer. */
START_TEST(a_link_to_a_store_is_that_store)
{
    struct beacon_store_options options = {.size = sizeof(options), .access = BEACON_STORE_WRITE};
    char *link = g_build_filename(folder, "link", NULL);
    beacon_store *store = made_open(path, BEACON_STORE_CREATE), *reader;
    GError *error = NULL;

    made_add(store, 0, 5);
    ck_assert_int_eq(symlink("log", link), 0);
    must_fail(beacon_store_open(link, &options, &error) != NULL, error, BEACON_STORE_ERROR_BUSY);
    reader = made_open(link, BEACON_STORE_READ);
    made_expect(reader, 0, 5);
    made_close(reader);
    made_close(store);
    g_free(link);
}
END_TEST

/* As nobody, since root may write anywhere. */
START_TEST(where_nothing_may_be_written_there_is_reading)
{
    struct beacon_store_options options = {.size = sizeof(options), .access = BEACON_STORE_WRITE};
    const bool is_root = geteuid() == 0;
    GError *error = NULL;
    beacon_store *store;

    if (is_root) {
        ck_assert_int_eq(chown(folder, 65534, 65534), 0);
        ck_assert_int_eq(seteuid(65534), 0);
    }
    store = made_open(path, BEACON_STORE_CREATE);
    made_add(store, 0, 500);
    made_close(store);
    ck_assert_int_eq(g_chmod(path, 0400), 0);
    ck_assert_int_eq(g_chmod(folder, 0500), 0);
    store = beacon_store_open(path, &options, &error);
    ck_assert_ptr_null(store);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(error->code == BEACON_STORE_ERROR_READ_ONLY, "%d: %s", error->code,
                  error->message);
    g_clear_error(&error);
    store = made_open(path, BEACON_STORE_READ);
    made_expect(store, 0, 500);
    made_close(store);
    ck_assert_int_eq(g_chmod(folder, 0700), 0);
    if (is_root)
        ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a store and its disk");
    TCase *disk = tcase_create("disk");

    tcase_add_checked_fixture(disk, set_up, tear_down);
    tcase_set_timeout(disk, 0);
    tcase_add_test(disk, a_sync_that_takes_for_ever_delays_nobody);
    tcase_add_test(disk, what_overflows_the_queue_is_counted_and_told);
    tcase_add_test(disk, a_full_disk_loses_nothing_that_was_accepted);
    tcase_add_test(disk, a_disk_that_cannot_sync_is_told);
    tcase_add_test(disk, a_full_disk_while_many_are_added_is_told);
    tcase_add_test(disk, a_page_that_cannot_be_read_holds_up_no_row);
    tcase_add_test(disk, a_salvage_that_the_disk_ends_leaves_nothing);
    tcase_add_test(disk, commits_keep_their_distance);
    tcase_add_test(disk, losing_power_loses_no_row_that_was_durable);
    tcase_add_test(disk, losing_power_in_a_purge_loses_nothing_else);
    tcase_add_test(disk, losing_power_loses_at_most_the_interval);
    tcase_add_test(disk, readers_read_while_the_writer_writes);
    tcase_add_test(disk, there_is_one_writer);
    tcase_add_test(disk, a_link_to_a_store_is_that_store);
    tcase_add_test(disk, where_nothing_may_be_written_there_is_reading);
    suite_add_tcase(suite, disk);
    return check_main(suite);
}
