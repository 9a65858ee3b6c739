/* SPDX-License-Identifier: MIT */
/* What may be read in a store's bytes: without its key nothing but counts and days; after a purge
 * nothing of what expired. And which keys open it. */
#define _DEFAULT_SOURCE /* syscall */
#include "store/made.h"
#include "store/run_sql.h"

#include "check_main.h"
#include "size.h"

#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *folder, *path;

static void set_up(void)
{
    folder = made_folder();
    path = g_build_filename(folder, "log", NULL);
}

static void tear_down(void)
{
    g_free(path);
    made_folder_free(folder);
}

static char *beside(const char *suffix)
{
    return g_strconcat(path, suffix, NULL);
}

/* Identifiers, times and own identifiers of some rows, in all of the folder's files. */
static guint count_planted(void)
{
    guint found = 0;

    for (guint64 i = 0; i < 300; i += 17) {
        const struct beacon_store_row row = made_row(i);
        const gint64 little = GINT64_TO_LE(row.sighting.time_ms),
                     big = GINT64_TO_BE(row.sighting.time_ms);

        found += made_count_in(folder, ".key", row.own.bytes, BEACON_IDENTIFIER_SIZE);
        found +=
            made_count_in(folder, ".key", row.sighting.identifier.bytes, BEACON_IDENTIFIER_SIZE);
        found += made_count_in(folder, ".key", &little, 6);
        found += made_count_in(folder, ".key", (const guint8 *)&big + 2, 6); /* as SQLite has it */
    }
    return found;
}

START_TEST(nothing_planted_is_in_the_bytes)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    const struct beacon_store_boot boot = {"planted bootname"};
    struct beacon_store_encounter encounter = {
        .identifier = {"planted iden"},
        .encounter = {.start_ms = MADE_START_MS, .end_ms = MADE_START_MS + 5}};
    struct beacon_store_row row = made_row(17);
    char *key_file = beside(".key"), *key_text;
    GError *error = NULL;

    made_add(store, 0, 300);
    row.sighting.time_ms = 123456;
    must(beacon_store_add_undated(store, &boot, &row, &error), error);
    must(beacon_store_add_encounter(store, &encounter, &error), error);
    made_flush(store);
    for (guint closed = 0; closed < 2; closed++) { /* in the WAL, and then in the database */
        ck_assert_uint_eq(count_planted(), 0);
        ck_assert_uint_eq(made_count_in(folder, NULL, "planted ", 8), 0);
        if (!closed)
            made_close(store);
    }
    ck_assert(g_file_get_contents(key_file, &key_text, NULL, NULL));
    ck_assert_uint_eq(made_count_in(folder, NULL, key_text + 19, 64), 1); /* in its own file */
    ck_assert_uint_eq(made_count_in(folder, ".key", key_text + 19, 16), 0);
    g_free(key_text);
    g_free(key_file);
}
END_TEST

START_TEST(the_key_is_not_in_the_bytes)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    char *key_file = beside(".key"), *text;
    guint8 key[32];

    made_add(store, 0, TEST_PART(3000, 500));
    made_close(store);
    ck_assert(g_file_get_contents(key_file, &text, NULL, NULL));
    for (guint i = 0; i < sizeof(key); i++)
        key[i] = (guint8)(g_ascii_xdigit_value(text[19 + 2 * i]) << 4 |
                          g_ascii_xdigit_value(text[20 + 2 * i]));
    for (guint i = 0; i + 8 <= sizeof(key); i++)
        ck_assert_uint_eq(made_count_in(folder, NULL, key + i, 8), 0);
    g_free(text);
    g_free(key_file);
}
END_TEST

static void prepare_version_1(void)
{
    made_copy(BEACON_TEST_STORE "/version-1.db", path);
}

START_TEST(version_1_is_sealed_and_leaves_nothing_plain)
{
    beacon_store *store;
    struct beacon_store_report report;
    GError *error = NULL;

    prepare_version_1();
    ck_assert_uint_eq(count_planted(), 18 * 3); /* the searcher sees them where they are */
    store = made_open(path, BEACON_STORE_WRITE);
    made_expect(store, 0, 300);
    ck_assert_uint_eq(count_planted(), 0);
    must(beacon_store_check(store, &report, &error), error);
    ck_assert(report.database_is_whole);
    made_add(store, 300, 310);
    made_close(store);
    ck_assert_uint_eq(count_planted(), 0);
    store = made_open(path, BEACON_STORE_READ);
    made_expect(store, 0, 310);
    made_close(store);
}
END_TEST

START_TEST(an_upgrade_that_cannot_be_leaves_all_as_it_was)
{
    static const char *const damages[] = {
        "UPDATE sighting SET own = x'01' WHERE rowid = 77",
        "UPDATE sighting SET contact = 'twelve chars' WHERE rowid = 77",
        "UPDATE sighting SET time_ms = 12 WHERE rowid = 300",
        "UPDATE sighting SET time_ms = 'now' WHERE rowid = 1",
        "UPDATE sighting SET rssi_dbm = 128 WHERE rowid = 5",
        "UPDATE sighting SET platform = 3 WHERE rowid = 5",
        "UPDATE sighting SET tx_power_dbm = NULL WHERE rowid = 5",
    };
    struct beacon_store_options options = {.size = sizeof(options), .access = BEACON_STORE_WRITE};

    for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
        GError *error = NULL;
        sqlite3 *database;
        sqlite3_stmt *statement;

        prepare_version_1();
        run_sql(path, damages[i]);
        must_fail(beacon_store_open(path, &options, &error) != NULL, error,
                  BEACON_STORE_ERROR_DAMAGED);
        ck_assert_int_eq(sqlite3_open(path, &database), SQLITE_OK);
        ck_assert_int_eq(
            sqlite3_prepare_v2(database, "SELECT count(*) FROM sighting", -1, &statement, NULL),
            SQLITE_OK);
        ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
        ck_assert_int_eq(sqlite3_column_int(statement, 0), 300);
        sqlite3_finalize(statement);
        sqlite3_close(database);
    }
}
END_TEST

START_TEST(what_is_not_a_store_is_refused)
{
    struct beacon_store_options options = {.size = sizeof(options), .access = BEACON_STORE_WRITE};
    static const char *const changes[] = {
        "PRAGMA user_version = 3",
        "PRAGMA user_version = -1",
        "PRAGMA user_version = 0",
        "PRAGMA application_id = 7",
        "CREATE TABLE more (a)",
        "CREATE VIEW seen AS SELECT * FROM chunk",
        "CREATE TRIGGER t AFTER INSERT ON chunk BEGIN DELETE FROM chunk; END",
        "DROP TABLE day",
    };
    GError *error = NULL;

    must_fail(beacon_store_open(path, &options, &error) != NULL, error, BEACON_STORE_ERROR_MISSING);
    must_fail(beacon_store_open(path, NULL, &error) != NULL, error, BEACON_STORE_ERROR_MISSING);
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        made_close(made_open(path, BEACON_STORE_CREATE));
        run_sql(path, changes[i]);
        must_fail(beacon_store_open(path, &options, &error) != NULL, error,
                  BEACON_STORE_ERROR_FORMAT);
        must_fail(beacon_store_open(path, NULL, &error) != NULL, error, BEACON_STORE_ERROR_FORMAT);
        ck_assert_int_eq(g_unlink(path), 0);
    }
    prepare_version_1();
    must_fail(beacon_store_open(path, NULL, &error) != NULL, error, BEACON_STORE_ERROR_FORMAT);
    must(g_file_set_contents(path, "", 0, &error), error);
    must_fail(beacon_store_open(path, &options, &error) != NULL, error, BEACON_STORE_ERROR_FORMAT);
    must(g_file_set_contents(path, "not a database, and long enough to see that", -1, &error),
         error);
    must_fail(beacon_store_open(path, &options, &error) != NULL, error, BEACON_STORE_ERROR_DAMAGED);
    ck_assert_int_eq(g_unlink(path), 0);
    ck_assert_int_eq(g_mkdir(path, 0700), 0);
    must_fail(beacon_store_open(path, &options, &error) != NULL, error, BEACON_STORE_ERROR_FORMAT);
    ck_assert_int_eq(g_rmdir(path), 0);
}
END_TEST

static void expect_refused(struct beacon_store_options options, BeaconStoreError code)
{
    GError *error = NULL;

    options.size = sizeof(options);
    must_fail(beacon_store_open(path, &options, &error) != NULL, error, code);
}

START_TEST(a_key_beside_is_private_and_the_right_one)
{
    char *key_file = beside(".key"), *saved = beside(".saved");
    struct beacon_store_options options = {.access = BEACON_STORE_WRITE};
    GError *error = NULL;
    struct stat status;

    made_close(made_open(path, BEACON_STORE_CREATE));
    ck_assert_int_eq(stat(key_file, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(g_chmod(key_file, 0640), 0);
    expect_refused(options, BEACON_STORE_ERROR_KEY);
    ck_assert_int_eq(g_rename(key_file, saved), 0);
    expect_refused(options, BEACON_STORE_ERROR_KEY);
    must(beacon_store_key_create(key_file, &error), error); /* another */
    expect_refused(options, BEACON_STORE_ERROR_KEY);
    options.access = BEACON_STORE_READ;
    expect_refused(options, BEACON_STORE_ERROR_KEY);
    options.access = BEACON_STORE_CREATE; /* never a new key over an old store */
    ck_assert_int_eq(g_unlink(key_file), 0);
    expect_refused(options, BEACON_STORE_ERROR_KEY);
    ck_assert(!g_file_test(key_file, G_FILE_TEST_EXISTS));
    made_copy(saved, key_file);
    made_close(made_open(path, BEACON_STORE_WRITE));
    must_fail(beacon_store_key_create(key_file, &error), error, BEACON_STORE_ERROR_IO);
    g_free(key_file);
    g_free(saved);
}
END_TEST

START_TEST(a_key_file_that_is_none_is_refused)
{
    static const char *const texts[] = {"",
                                        "beacon-store-key 1\n",
                                        "beacon-store-key 2\n%064d\n",
                                        "beacon-store-key 1\n%063dG\n",
                                        "beacon-store-key 1\n%064d",
                                        "beacon-store-key 1\n%065d\n",
                                        "beacon-store-key 1\n%064d\n\n"};
    char *key_file = beside(".key");

    made_close(made_open(path, BEACON_STORE_CREATE));
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        FILE *stream = fopen(key_file, "w");

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        fprintf(stream, texts[i], 0);
#pragma GCC diagnostic pop
        fclose(stream);
        expect_refused((struct beacon_store_options){.access = BEACON_STORE_WRITE},
                       BEACON_STORE_ERROR_KEY);
    }
    g_free(key_file);
}
END_TEST

START_TEST(a_key_elsewhere_and_a_credential_are_one_file)
{
    char *elsewhere = g_build_filename(folder, "elsewhere", NULL), *key_file = beside(".key");
    struct beacon_store_options options = {.key_source = BEACON_STORE_KEY_FILE, .key = elsewhere},
                                credential = {.key_source = BEACON_STORE_KEY_CREDENTIAL,
                                              .key = "elsewhere",
                                              .access = BEACON_STORE_READ};
    beacon_store *store = made_open_with(path, BEACON_STORE_CREATE, options);

    made_add(store, 0, 20);
    made_close(store);
    ck_assert(!g_file_test(key_file, G_FILE_TEST_EXISTS));
    expect_refused((struct beacon_store_options){0}, BEACON_STORE_ERROR_KEY);
    g_unsetenv("CREDENTIALS_DIRECTORY");
    expect_refused(credential, BEACON_STORE_ERROR_KEY);
    g_setenv("CREDENTIALS_DIRECTORY", folder, TRUE);
    ck_assert_int_eq(g_chmod(elsewhere, 0440), 0); /* as systemd has it */
    store = made_open_with(path, BEACON_STORE_READ, credential);
    made_expect(store, 0, 20);
    made_close(store);
    credential.key = "../elsewhere";
    expect_refused(credential, BEACON_STORE_ERROR_INVALID);
    g_unsetenv("CREDENTIALS_DIRECTORY");
    g_free(elsewhere);
    g_free(key_file);
}
END_TEST

START_TEST(a_passphrase_opens_what_it_closed)
{
    struct beacon_store_options options = {.key_source = BEACON_STORE_KEY_PASSPHRASE,
                                           .key = "một câu dài"};
    beacon_store *store = made_open_with(path, BEACON_STORE_CREATE, options);

    made_add(store, 0, 20);
    made_close(store);
    store = made_open_with(path, BEACON_STORE_READ, options);
    made_expect(store, 0, 20);
    made_close(store);
    ck_assert_uint_eq(made_count_in(folder, NULL, options.key, strlen(options.key)), 0);
    options.key = "một câu khác";
    expect_refused(options, BEACON_STORE_ERROR_KEY);
    expect_refused((struct beacon_store_options){0}, BEACON_STORE_ERROR_KEY);
    options.key = "";
    expect_refused(options, BEACON_STORE_ERROR_INVALID);
    options.key = "một câu dài";
    run_sql(path, "UPDATE store SET memory_log2 = 40"); /* a terabyte, says the file */
    expect_refused(options, BEACON_STORE_ERROR_KEY);
    run_sql(path, "UPDATE store SET memory_log2 = 26, passes = 200");
    expect_refused(options, BEACON_STORE_ERROR_KEY);
    run_sql(path, "UPDATE store SET passes = 5000000000");
    expect_refused(options, BEACON_STORE_ERROR_DAMAGED);
}
END_TEST

START_TEST(options_have_their_ranges)
{
    expect_refused((struct beacon_store_options){.retention_days = 22}, BEACON_STORE_ERROR_INVALID);
    expect_refused((struct beacon_store_options){.retention_days = 401, .long_retention = TRUE},
                   BEACON_STORE_ERROR_INVALID);
    expect_refused((struct beacon_store_options){.queue_rows = 1}, BEACON_STORE_ERROR_INVALID);
    expect_refused((struct beacon_store_options){.key_source = BEACON_STORE_KEY_FILE},
                   BEACON_STORE_ERROR_INVALID);
    expect_refused((struct beacon_store_options){.access = (BeaconStoreAccess)3},
                   BEACON_STORE_ERROR_INVALID);
    ck_assert(!g_file_test(path, G_FILE_TEST_EXISTS));
    made_close(made_open_with(
        path, BEACON_STORE_CREATE,
        (struct beacon_store_options){.retention_days = 22, .long_retention = TRUE}));
}
END_TEST

/* Pieces of the sealed chunks of a day, by which their bytes are known wherever they are. */
static void take_pieces(GPtrArray *pieces, const char *where)
{
    char *sql = g_strdup_printf("SELECT sealed FROM chunk WHERE %s", where);
    sqlite3_stmt *statement;
    sqlite3 *database;

    ck_assert_int_eq(sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const guint8 *sealed = sqlite3_column_blob(statement, 0);
        const int size = sqlite3_column_bytes(statement, 0);

        for (int at = 76; at + 16 <= size; at += 256)
            g_ptr_array_add(pieces, g_bytes_new(sealed + at, 16));
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    g_free(sql);
}

/* How many of them are in the files still. */
static guint count_pieces(const GPtrArray *pieces)
{
    guint found = 0;

    for (guint i = 0; i < pieces->len; i++) {
        gsize size;
        const void *bytes = g_bytes_get_data(pieces->pdata[i], &size);

        found += made_count_in(folder, ".key", bytes, size) > 0;
    }
    return found;
}

static GPtrArray *pieces_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

/* Rows that rewrite their chunk again and again, so that older copies lie about. */
static void add_slowly(beacon_store *store, guint64 from, guint64 to, guint64 step)
{
    for (guint64 i = from; i < to; i += step)
        made_add(store, i, MIN(i + step, to));
}

static dev_t watched_device;
static ino_t watched_file;
static guint watched_syncs;

/* Instead of the system's, for all of this program. */
int fsync(int descriptor)
{
    struct stat status;

    if (fstat(descriptor, &status) == 0 && status.st_dev == watched_device &&
        status.st_ino == watched_file)
        watched_syncs++;
    return (int)syscall(SYS_fsync, descriptor);
}

static void watch_syncs(const char *name)
{
    struct stat status;

    ck_assert_int_eq(stat(name, &status), 0);
    watched_device = status.st_dev;
    watched_file = status.st_ino;
    watched_syncs = 0;
}

/* Whoever made it may have been killed before its name, or it, was durable. */
START_TEST(a_key_that_was_there_is_made_durable_before_it_is_used)
{
    char *keys = made_folder(), *key = g_build_filename(keys, "key", NULL);
    const struct beacon_store_options options = {.key_source = BEACON_STORE_KEY_FILE, .key = key};
    const char *const watched[] = {key, keys};
    GError *error = NULL;

    must(beacon_store_key_create(key, &error), error);
    for (guint i = 0; i < G_N_ELEMENTS(watched); i++) {
        beacon_store *store;

        watch_syncs(watched[i]);
        store = made_open_with(path, BEACON_STORE_CREATE, options);
        ck_assert_uint_ge(watched_syncs, 1);
        made_close(store);
        ck_assert_int_eq(g_unlink(path), 0);
    }
    g_free(key);
    made_folder_free(keys);
}
END_TEST

START_TEST(a_purge_leaves_no_byte_of_what_expired)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    GPtrArray *expired = pieces_new(), *kept = pieces_new();
    struct beacon_store_purged purged;
    struct beacon_store_info info;
    GError *error = NULL;

    add_slowly(store, 86000, 87000, 7);       /* over the first midnight, chunks rewritten */
    take_pieces(expired, "id >> 32 = 18482"); /* with older copies in the WAL */
    add_slowly(store, 87000, 87300, 11);
    add_slowly(store, 86400 * 2, 86400 * 2 + 500, 50);
    take_pieces(expired, "id >> 32 = 18482");
    /* Of the day in which the border lies, its chunk and those before. */
    take_pieces(expired, "id IN (SELECT id FROM chunk WHERE id >> 32 = 18483 ORDER BY id LIMIT 7)");
    take_pieces(kept, "id >> 32 = 18484");
    ck_assert_uint_gt(expired->len, 20);
    ck_assert_uint_eq(count_pieces(expired), expired->len);
    must(beacon_store_purge(store, MADE_START_MS + 87100 * 1000, &purged, &error), error);
    ck_assert_uint_eq(purged.sightings, 1100);
    ck_assert_uint_eq(count_pieces(expired), 0);
    ck_assert_uint_eq(count_pieces(kept), kept->len); /* the searcher still sees */
    {
        GArray *rows = made_read(store);

        ck_assert_uint_eq(rows->len, 200 + 500);
        ck_assert(made_is_row(&g_array_index(rows, struct beacon_store_row, 0), 87100));
        g_array_unref(rows);
    }
    must(beacon_store_info(store, &info, &error), error);
    ck_assert(!info.purge_is_due);
    made_add(store, 90000, 90500);
    must(beacon_store_purge(store, MADE_START_MS, &purged, &error), error); /* nothing to do */
    ck_assert_uint_eq(purged.sightings, 0);
    made_close(store);
    ck_assert_uint_eq(count_pieces(expired), 0);
    g_ptr_array_unref(expired);
    g_ptr_array_unref(kept);
}
END_TEST

/* The control: the same rows deleted with secure_delete, and no more than that. */
START_TEST(secure_delete_alone_would_leave_some)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    GPtrArray *expired = pieces_new();

    add_slowly(store, 86000, 86400, 7);
    take_pieces(expired, "id >> 32 = 18482");
    add_slowly(store, 86400, 87000, 7);
    made_flush(store);
    run_sql(path,
            "PRAGMA secure_delete = ON; DELETE FROM chunk WHERE id >> 32 = 18482; DELETE FROM day "
            "WHERE id = 18482");
    ck_assert_uint_gt(count_pieces(expired), 0);
    made_close(store);
    g_ptr_array_unref(expired);
}
END_TEST

START_TEST(retention_deletes_what_is_older)
{
    beacon_store *store = made_open_with(path, BEACON_STORE_CREATE,
                                         (struct beacon_store_options){.retention_days = 2});
    struct beacon_store_encounter encounter = {
        .encounter = {.start_ms = MADE_START_MS, .end_ms = MADE_START_MS + 900000}};
    struct beacon_store_purged purged;
    GError *error = NULL;
    GArray *days;

    for (guint i = 0; i < 5; i++)
        made_add(store, i * 86400, i * 86400 + 10);
    must(beacon_store_add_encounter(store, &encounter, &error), error);
    must_fail(beacon_store_purge_expired(store, 0, &purged, &error), error,
              BEACON_STORE_ERROR_INVALID);
    must_fail(beacon_store_purge_expired(store, BEACON_TIME_END_MS, &purged, &error), error,
              BEACON_STORE_ERROR_INVALID);
    must(beacon_store_purge_expired(store, MADE_START_MS + 4 * BEACON_DAY_MS + 5000, &purged,
                                    &error),
         error);
    ck_assert_uint_eq(purged.sightings, 25);
    ck_assert_uint_eq(purged.encounters, 1);
    days = beacon_store_days(store, &error);
    must(days != NULL, error);
    ck_assert_uint_eq(days->len, 3);
    ck_assert_uint_eq(g_array_index(days, struct beacon_store_day, 0).sightings, 5);
    g_array_unref(days);
    made_close(store);
}
END_TEST

static gboolean count_undated(const struct beacon_store_boot *boot,
                              const struct beacon_store_row *row, gpointer user)
{
    (void)row;
    ck_assert_uint_eq(boot->id[0], 2);
    (*(guint *)user)++;
    return TRUE;
}

START_TEST(undated_rows_of_other_boots_can_be_purged)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    const struct beacon_store_boot boots[] = {{{1}}, {{2}}, {{3}}};
    struct beacon_store_purged purged;
    GError *error = NULL;
    guint left = 0;

    for (guint i = 0; i < 300; i++) {
        struct beacon_store_row row = made_row(i);

        row.sighting.time_ms = i;
        must(beacon_store_add_undated(store, &boots[i % 3], &row, &error), error);
    }
    must(beacon_store_purge_undated(store, &boots[1], &purged, &error), error);
    ck_assert_uint_eq(purged.undated, 200);
    must(beacon_store_read_undated(store, count_undated, &left, &error), error);
    ck_assert_uint_eq(left, 100);
    must(beacon_store_purge_undated(store, NULL, &purged, &error), error);
    ck_assert_uint_eq(purged.undated, 100);
    made_close(store);
}
END_TEST

/* Chunks that nobody can open, or that nobody counted, go as well. */
START_TEST(what_is_damaged_can_be_purged)
{
    static const char *const damages[] = {"UPDATE chunk SET sealed = zeroblob(4052)",
                                          "UPDATE day SET rows = 0", "DELETE FROM day"};
    const struct beacon_store_boot boot = {{1}};

    for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
        beacon_store *store = made_open(path, BEACON_STORE_CREATE);
        GPtrArray *pieces = pieces_new();
        struct beacon_store_row row = made_row(i);
        struct beacon_store_info info;
        GError *error = NULL;
        guint left = 0;

        made_add(store, 0, 300);
        row.sighting.time_ms = 5;
        must(beacon_store_add_undated(store, &boot, &row, &error), error);
        made_flush(store);
        take_pieces(pieces, "1");
        made_close(store);
        run_sql(path, damages[i]);
        store = made_open(path, BEACON_STORE_WRITE);
        must(beacon_store_purge_undated(store, NULL, NULL, &error), error);
        must(beacon_store_read_undated(store, count_undated, &left, &error), error);
        ck_assert_uint_eq(left, 0);
        must(beacon_store_purge(store, MADE_START_MS + BEACON_DAY_MS, NULL, &error), error);
        ck_assert_uint_eq(count_pieces(pieces), 0);
        must(beacon_store_info(store, &info, &error), error);
        ck_assert_uint_eq(info.chunks, 0);
        ck_assert(!info.purge_is_due);
        made_close(store);
        g_ptr_array_unref(pieces);
    }
}
END_TEST

/* A purge that was cut short between deleting and rebuilding is ended by the next writer. */
START_TEST(a_purge_that_was_cut_short_is_finished)
{
    beacon_store *store = made_open(path, BEACON_STORE_CREATE);
    GPtrArray *expired = pieces_new();

    add_slowly(store, 86000, 86400, 7);
    take_pieces(expired, "id >> 32 = 18482");
    add_slowly(store, 86400, 87000, 7);
    made_close(store);
    run_sql(path,
            "PRAGMA secure_delete = OFF; DELETE FROM chunk WHERE id >> 32 = 18482; DELETE FROM day "
            "WHERE id = 18482; UPDATE store SET "
            "purge_is_due = 1");
    ck_assert_uint_gt(count_pieces(expired), 0);
    store = made_open(path, BEACON_STORE_WRITE);
    ck_assert_uint_eq(count_pieces(expired), 0);
    made_expect(store, 86400, 87000);
    made_close(store);
    g_ptr_array_unref(expired);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secrets of a store");
    TCase *secrets = tcase_create("secrets");

    tcase_add_checked_fixture(secrets, set_up, tear_down);
    tcase_set_timeout(secrets, 0);
    tcase_add_test(secrets, nothing_planted_is_in_the_bytes);
    tcase_add_test(secrets, the_key_is_not_in_the_bytes);
    tcase_add_test(secrets, version_1_is_sealed_and_leaves_nothing_plain);
    tcase_add_test(secrets, an_upgrade_that_cannot_be_leaves_all_as_it_was);
    tcase_add_test(secrets, what_is_not_a_store_is_refused);
    tcase_add_test(secrets, a_key_beside_is_private_and_the_right_one);
    tcase_add_test(secrets, a_key_file_that_is_none_is_refused);
    tcase_add_test(secrets, a_key_elsewhere_and_a_credential_are_one_file);
    tcase_add_test(secrets, a_passphrase_opens_what_it_closed);
    tcase_add_test(secrets, options_have_their_ranges);
    tcase_add_test(secrets, a_key_that_was_there_is_made_durable_before_it_is_used);
    tcase_add_test(secrets, a_purge_leaves_no_byte_of_what_expired);
    tcase_add_test(secrets, secure_delete_alone_would_leave_some);
    tcase_add_test(secrets, retention_deletes_what_is_older);
    tcase_add_test(secrets, undated_rows_of_other_boots_can_be_purged);
    tcase_add_test(secrets, what_is_damaged_can_be_purged);
    tcase_add_test(secrets, a_purge_that_was_cut_short_is_finished);
    suite_add_tcase(suite, secrets);
    return check_main(suite);
}
