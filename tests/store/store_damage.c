/* SPDX-License-Identifier: MIT */
/* Damaged files: told, never silently less, and what is whole is salvaged. */
#include "store/made.h"
#include "store/run_sql.h"

#include "check_main.h"
#include "size.h"

#define ROWS  1000
#define CHUNK "((18482 << 32) + 3)"
#define PAGE  4096

static char *folder, *path, *key_file, *rescued;
static char *whole; /* the bytes of a store of ROWS rows */
static gsize whole_size;

static void set_up(void)
{
    folder = made_folder();
    path = g_build_filename(folder, "log", NULL);
    key_file = g_strconcat(path, ".key", NULL);
    rescued = g_build_filename(folder, "rescued", NULL);
    {
        beacon_store *store = made_open(path, BEACON_STORE_CREATE);

        made_add(store, 0, ROWS);
        made_close(store);
    }
    ck_assert(g_file_get_contents(path, &whole, &whole_size, NULL));
}

static void tear_down(void)
{
    g_free(whole);
    g_free(path);
    g_free(key_file);
    g_free(rescued);
    made_folder_free(folder);
}

static void put(const char *bytes, gsize size)
{
    FILE *stream = fopen(path, "w");

    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, size, stream), size);
    ck_assert_int_eq(fclose(stream), 0);
}

static void remove_rescued(void)
{
    static const char *const suffixes[] = {"", ".key", "-lock", "-wal", "-shm"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        char *name = g_strconcat(rescued, suffixes[i], NULL);

        g_unlink(name);
        g_free(name);
    }
}

/* Salvages; what comes is rows that were there, in order, none twice. How many. */
static guint salvage(struct beacon_store_report *ret_report)
{
    GError *error = NULL;
    beacon_store *store;
    GArray *rows;
    guint count, next = 0;

    memset(ret_report, 0, sizeof(*ret_report));
    if (!beacon_store_salvage(path, rescued, NULL, ret_report, &error)) {
        ck_assert_msg(error->code == BEACON_STORE_ERROR_FORMAT ||
                          error->code == BEACON_STORE_ERROR_KEY,
                      "%s", error->message);
        g_error_free(error);
        return 0;
    }
    store = made_open(rescued, BEACON_STORE_READ);
    rows = made_read(store);
    for (guint i = 0; i < rows->len; i++) {
        const struct beacon_store_row *row = &g_array_index(rows, struct beacon_store_row, i);
        const guint number = (guint)((row->sighting.time_ms - MADE_START_MS) / 1000);

        ck_assert_uint_ge(number, next);
        ck_assert(made_is_row(row, number));
        next = number + 1;
    }
    count = rows->len;
    ck_assert_uint_eq(ret_report->sightings, count);
    g_array_unref(rows);
    made_close(store);
    remove_rescued();
    return count;
}

static char *copy_whole(void)
{
    char *copy = g_malloc(whole_size);

    memcpy(copy, whole, whole_size);
    return copy;
}

/* How many chunks lie wholly within the first bytes. */
static guint chunks_within(gsize size, guint *ret_rows)
{
    static const guint8 magic[] = {0xD5, 'B', 'C', 'K'};
    guint chunks = 0;

    *ret_rows = 0;
    for (gsize i = 0; i + 92 <= size; i++) {
        guint count;

        if (memcmp(whole + i, magic, sizeof(magic)) != 0)
            continue;
        count = (guint8)whole[i + 40];
        if (i + 92 + 36 * count > size)
            continue;
        chunks++;
        *ret_rows += count;
    }
    return chunks;
}

/* A store that opens and reads to its end without a word must have every row. */
static bool says_it_is_whole(void)
{
    struct beacon_store_report report;
    GError *error = NULL;
    beacon_store *store = beacon_store_open(path, NULL, &error);
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_row));
    bool is_read = false, is_checked = false;

    if (store) {
        is_read = beacon_store_read(store, G_MININT64, G_MAXINT64, made_collect, rows, &error);
        if (is_read)
            ck_assert_uint_eq(rows->len, ROWS);
        else
            ck_assert_ptr_nonnull(error);
        g_clear_error(&error);
        is_checked = beacon_store_check(store, &report, &error) && report.database_is_whole &&
                     report.damaged_chunks == 0;
        if (is_checked)
            ck_assert_uint_eq(report.sightings, ROWS);
    } else {
        ck_assert_ptr_nonnull(error);
    }
    g_clear_error(&error);
    beacon_store_free(store);
    g_array_unref(rows);
    return is_read && is_checked;
}

START_TEST(a_file_cut_anywhere_is_told_and_its_beginning_salvaged)
{
    for (gsize size = 0; size < whole_size; size += 512) {
        struct beacon_store_report report;
        guint rows;

        put(whole, size);
        ck_assert_msg(!says_it_is_whole(), "cut at %zu and content", size);
        chunks_within(size, &rows);
        ck_assert_uint_eq(salvage(&report), rows);
    }
    put(whole, whole_size);
    ck_assert(says_it_is_whole()); /* the control */
}
END_TEST

START_TEST(a_torn_page_costs_its_chunk_and_no_more)
{
    guint all, damaged = 0;
    const guint chunks = chunks_within(whole_size, &all);

    ck_assert_uint_eq(all, ROWS);
    for (gsize page = 0; page * PAGE < whole_size; page++) {
        struct beacon_store_report report;
        char *torn = copy_whole();
        guint left;

        for (gsize i = page * PAGE + PAGE / 2; i < (page + 1) * PAGE; i++)
            torn[i] = 0; /* the second half of a page never came */
        put(torn, whole_size);
        left = salvage(&report);
        ck_assert_uint_ge(report.chunks, chunks - 1);
        ck_assert_uint_ge(left, ROWS - 110);
        if (left < ROWS) {
            damaged++;
            ck_assert(!says_it_is_whole());
        }
        g_free(torn);
    }
    ck_assert_uint_ge(damaged, ROWS / 110);
}
END_TEST

START_TEST(a_bit_that_flips_is_seen_wherever_it_matters)
{
    GRand *random = g_rand_new_with_seed(1);

    for (guint i = 0; i < TEST_PART(100, 15); i++) {
        char *flipped = copy_whole();
        struct beacon_store_report report;
        const gsize at = (gsize)g_rand_int_range(random, 0, (gint32)whole_size);

        flipped[at] = (char)(flipped[at] ^ 1 << g_rand_int_range(random, 0, 8));
        put(flipped, whole_size);
        says_it_is_whole(); /* asserts that what it says is so */
        ck_assert_uint_ge(salvage(&report), ROWS - 110);
        g_free(flipped);
    }
    g_rand_free(random);
}
END_TEST

START_TEST(what_the_wal_holds_is_salvaged_too)
{
    beacon_store *store = made_open(path, BEACON_STORE_WRITE);
    char *wal = g_strconcat(path, "-wal", NULL), *copy = g_strconcat(rescued, "-copy", NULL),
         *copy_wal = g_strconcat(copy, "-wal", NULL), *copy_key = g_strconcat(copy, ".key", NULL);
    struct beacon_store_report report;
    beacon_store *from;
    GError *error = NULL;

    for (guint64 i = ROWS; i < ROWS + 500; i += 5)
        made_add(store, i, i + 5);
    made_copy(path, copy);
    made_copy(wal, copy_wal);
    made_copy(key_file, copy_key);
    made_close(store);
    must(beacon_store_salvage(copy, rescued, NULL, &report, &error), error);
    ck_assert_uint_eq(report.sightings, ROWS + 500);
    from = made_open(rescued, BEACON_STORE_READ);
    made_expect(from, 0, ROWS + 500);
    made_close(from);
    g_free(wal);
    g_free(copy);
    g_free(copy_wal);
    g_free(copy_key);
}
END_TEST

START_TEST(salvage_needs_the_right_key_and_a_new_name)
{
    struct beacon_store_report report = {.chunks = 77};
    struct beacon_store_options options = {
        .size = sizeof(options), .key_source = BEACON_STORE_KEY_PASSPHRASE, .key = "a guess"};
    char *nowhere = g_build_filename(folder, "nowhere", NULL);
    GError *error = NULL;

    must_fail(beacon_store_salvage(nowhere, rescued, NULL, &report, &error), error,
              BEACON_STORE_ERROR_MISSING);
    must_fail(beacon_store_salvage(path, path, NULL, &report, &error), error,
              BEACON_STORE_ERROR_IO);
    must_fail(beacon_store_salvage(path, rescued, &options, &report, &error), error,
              BEACON_STORE_ERROR_KEY);
    ck_assert_int_eq(g_unlink(key_file), 0);
    must_fail(beacon_store_salvage(path, rescued, NULL, &report, &error), error,
              BEACON_STORE_ERROR_KEY);
    must(beacon_store_key_create(key_file, &error), error);
    must_fail(beacon_store_salvage(path, rescued, NULL, &report, &error), error,
              BEACON_STORE_ERROR_KEY);
    ck_assert_uint_eq(report.chunks, 77);
    ck_assert(!g_file_test(rescued, G_FILE_TEST_EXISTS));
    must(g_file_set_contents(path, "nothing of the kind", -1, &error), error);
    must_fail(beacon_store_salvage(path, rescued, NULL, &report, &error), error,
              BEACON_STORE_ERROR_FORMAT);
    g_free(nowhere);
}
END_TEST

/* Who writes to the file without the key cannot move a chunk, or say that it is another. */
START_TEST(a_forged_chunk_is_damage)
{
    static const char *const forgeries[] = {
        "UPDATE chunk SET sealed = (SELECT sealed FROM chunk WHERE id = " CHUNK
        " + 1) WHERE id = " CHUNK,
        "UPDATE chunk SET sealed = x'' WHERE id = " CHUNK,
        "UPDATE chunk SET sealed = zeroblob(4052) WHERE id = " CHUNK,
        "UPDATE chunk SET sealed = NULL WHERE id = " CHUNK,
        "UPDATE chunk SET sealed = 'text' WHERE id = " CHUNK,
        "UPDATE chunk SET id = id + 1000 WHERE id = " CHUNK,
        "DELETE FROM chunk WHERE id = " CHUNK, /* it is missed */
        "UPDATE day SET rows = rows + 1",
        "UPDATE day SET chunks = chunks + 1",
        "UPDATE day SET chunks = NULL",
        "DELETE FROM day",
    };

    for (guint i = 0; i < G_N_ELEMENTS(forgeries); i++) {
        struct beacon_store_report report;
        GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_row));
        GError *error = NULL;
        beacon_store *store;

        put(whole, whole_size);
        run_sql(path, forgeries[i]);
        store = made_open(path, BEACON_STORE_WRITE);
        must(beacon_store_check(store, &report, &error), error);
        ck_assert_msg(report.damaged_chunks == 1, "%s", forgeries[i]);
        ck_assert_str_ne(report.first_problem, "");
        ck_assert_uint_le(report.sightings, ROWS);
        ck_assert(!beacon_store_read(store, G_MININT64, G_MAXINT64, made_collect, rows, &error));
        must_fail(false, error, BEACON_STORE_ERROR_DAMAGED);
        made_close(store);
        g_array_unref(rows);
    }
}
END_TEST

START_TEST(a_damaged_store_still_takes_rows)
{
    beacon_store *store;
    GError *error = NULL;
    GArray *log;

    run_sql(path, "UPDATE chunk SET sealed = zeroblob(4052) WHERE id = " CHUNK);
    store = made_open(path, BEACON_STORE_WRITE);
    made_add(store, 100000, 100300); /* of the next day */
    log = beacon_store_load(store, MADE_START_MS + BEACON_DAY_MS, G_MAXINT64, &error);
    must(log != NULL, error);
    ck_assert_uint_eq(log->len, 300);
    g_array_unref(log);
    log = beacon_store_load(store, G_MININT64, G_MAXINT64, &error);
    must_fail(log != NULL, error, BEACON_STORE_ERROR_DAMAGED);
    must(beacon_store_purge(store, MADE_START_MS + BEACON_DAY_MS, NULL, &error), error);
    made_expect(store, 100000, 100300);
    made_close(store);
}
END_TEST

static struct beacon_store_health health_of(beacon_store *store)
{
    struct beacon_store_health health;

    beacon_store_health(store, &health);
    return health;
}

static void add(beacon_store *store, guint64 number)
{
    const struct beacon_store_row row = made_row(number);
    GError *error = NULL;

    must(beacon_store_add(store, &row, &error), error);
}

/* The first bytes of the page that holds the last chunk, or of the page of that number. */
static void damage_page(gsize page)
{
    char *damaged = copy_whole();

    memset(damaged + page * PAGE + (page == 0 ? 100 : 0), 0xEE, 8);
    put(damaged, whole_size);
    g_free(damaged);
}

static gsize page_of_last_chunk(void)
{
    static const guint8 magic[] = {0xD5, 'B', 'C', 'K'};
    gsize at = 0;
    guint8 last = 0;

    for (gsize i = 0; i + 92 <= whole_size; i++)
        if (memcmp(whole + i, magic, sizeof(magic)) == 0 && (guint8)whole[i + 24] >= last) {
            last = (guint8)whole[i + 24];
            at = i;
        }
    ck_assert_uint_gt(at, 0);
    return at / PAGE;
}

static void expect_unreadable(beacon_store *store)
{
    GError *error = NULL;
    GArray *log = beacon_store_load(store, G_MININT64, G_MAXINT64, &error);

    must_fail(log != NULL, error, BEACON_STORE_ERROR_DAMAGED);
}

/* What is salvaged is each row from … to, once. */
static void expect_salvaged(guint64 from, guint64 to)
{
    struct beacon_store_report report;
    GError *error = NULL;
    beacon_store *store;

    must(beacon_store_salvage(path, rescued, NULL, &report, &error), error);
    store = made_open(rescued, BEACON_STORE_READ);
    made_expect(store, from, to);
    made_close(store);
    remove_rescued();
}

/* The page that the next chunk of a day would go to, and the days behind it, is no page any more:
 * that holds up no row and loses none. */
START_TEST(rows_of_a_damaged_day_are_set_aside)
{
    const gsize page = page_of_last_chunk();
    GError *error = NULL;
    beacon_store *store;

    damage_page(page);
    store = made_open(path, BEACON_STORE_WRITE);
    for (guint64 i = ROWS; i < ROWS + 300; i++)
        add(store, i);
    must(beacon_store_flush(store, &error), error);
    ck_assert_uint_eq(health_of(store).queued, 0);
    ck_assert_uint_eq(health_of(store).committed, 300);
    ck_assert_uint_eq(health_of(store).set_aside, 300);
    ck_assert_uint_eq(health_of(store).failures, 0);
    ck_assert_ptr_nonnull(strstr(health_of(store).last_error, path));
    expect_unreadable(store);
    made_close(store);
    expect_salvaged(0, ROWS + 300);
    store = made_open(path, BEACON_STORE_WRITE);
    made_add(store, ROWS + 300, ROWS + 400); /* another handle meets the damage anew */
    ck_assert_uint_eq(health_of(store).set_aside, 100);
    made_close(store);
    expect_salvaged(0, ROWS + 400);
}
END_TEST

/* So do the rows of a store of two chunks, where each page is a neighbour of the damaged one. */
START_TEST(a_small_store_sets_aside_too)
{
    beacon_store *store;

    ck_assert_int_eq(g_unlink(path), 0);
    store = made_open(path, BEACON_STORE_CREATE);
    made_add(store, 0, 200);
    made_close(store);
    g_free(whole);
    ck_assert(g_file_get_contents(path, &whole, &whole_size, NULL));
    damage_page(page_of_last_chunk());
    store = made_open(path, BEACON_STORE_WRITE);
    made_add(store, 200, 500);
    ck_assert_uint_eq(health_of(store).set_aside, 300);
    made_close(store);
    expect_salvaged(0, 500);
}
END_TEST

static void mend_page(gsize page)
{
    FILE *stream = fopen(path, "r+");

    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fseek(stream, (long)(page * PAGE), SEEK_SET), 0);
    ck_assert_uint_eq(fwrite(whole + page * PAGE, 1, PAGE, stream), PAGE);
    ck_assert_int_eq(fclose(stream), 0);
}

/* Where the damage goes away, what was set aside is read, checked and purged with its day. */
START_TEST(rows_set_aside_are_rows_of_their_day)
{
    const gsize page = page_of_last_chunk();
    static const guint8 magic[] = {0xD5, 'B', 'C', 'K'};
    struct beacon_store_report report;
    struct beacon_store_purged purged;
    GError *error = NULL;
    beacon_store *store;

    damage_page(page);
    store = made_open(path, BEACON_STORE_WRITE);
    made_add(store, ROWS, ROWS + 300);
    ck_assert_uint_eq(health_of(store).set_aside, 300);
    made_close(store);
    mend_page(page);
    store = made_open(path, BEACON_STORE_WRITE);
    made_expect(store, 0, ROWS + 300);
    must(beacon_store_check(store, &report, &error), error);
    ck_assert(report.database_is_whole);
    ck_assert_uint_eq(report.damaged_chunks, 0);
    ck_assert_uint_eq(report.sightings, ROWS + 300);
    must(beacon_store_purge(store, MADE_START_MS + (ROWS + 100) * 1000, &purged, &error), error);
    ck_assert_uint_eq(purged.sightings, ROWS + 100);
    made_expect(store, ROWS + 100, ROWS + 300);
    must(beacon_store_purge(store, MADE_START_MS + BEACON_DAY_MS, &purged, &error), error);
    ck_assert_uint_eq(purged.sightings, 200);
    made_expect(store, 0, 0);
    made_close(store);
    ck_assert_uint_eq(made_count_in(folder, NULL, magic, sizeof(magic)), 0);
}
END_TEST

/* The page of the counts of days is no page any more: nothing can be read, nothing is lost. */
START_TEST(rows_that_cannot_be_counted_are_kept)
{
    beacon_store *store;

    damage_page(3);
    store = made_open(path, BEACON_STORE_WRITE);
    made_add(store, ROWS, ROWS + 300);
    ck_assert_uint_eq(health_of(store).set_aside, 300);
    expect_unreadable(store);
    made_close(store);
    expect_salvaged(0, ROWS + 300);
}
END_TEST

START_TEST(a_day_without_chunk_numbers_left_takes_rows)
{
    beacon_store *store;

    run_sql(path, "UPDATE chunk SET id = (18482 << 32) + 2147483647 WHERE id = " CHUNK);
    store = made_open(path, BEACON_STORE_WRITE);
    made_add(store, ROWS, ROWS + 10);
    ck_assert_uint_eq(health_of(store).set_aside, 10);
    expect_unreadable(store);
    made_close(store);
    expect_salvaged(0, ROWS + 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a damaged store");
    TCase *damage = tcase_create("damage");

    tcase_add_checked_fixture(damage, set_up, tear_down);
    tcase_set_timeout(damage, 0);
    tcase_add_test(damage, a_file_cut_anywhere_is_told_and_its_beginning_salvaged);
    tcase_add_test(damage, a_torn_page_costs_its_chunk_and_no_more);
    tcase_add_test(damage, a_bit_that_flips_is_seen_wherever_it_matters);
    tcase_add_test(damage, what_the_wal_holds_is_salvaged_too);
    tcase_add_test(damage, salvage_needs_the_right_key_and_a_new_name);
    tcase_add_test(damage, a_forged_chunk_is_damage);
    tcase_add_test(damage, a_damaged_store_still_takes_rows);
    tcase_add_test(damage, rows_of_a_damaged_day_are_set_aside);
    tcase_add_test(damage, a_small_store_sets_aside_too);
    tcase_add_test(damage, rows_set_aside_are_rows_of_their_day);
    tcase_add_test(damage, rows_that_cannot_be_counted_are_kept);
    tcase_add_test(damage, a_day_without_chunk_numbers_left_takes_rows);
    suite_add_tcase(suite, damage);
    return check_main(suite);
}
