/* SPDX-License-Identifier: MIT */
/* What the store's tests are made of: folders of their own, rows that follow from their number, and
 * files looked at byte by byte. */
#ifndef STORE_MADE_H
#define STORE_MADE_H

#include <beacon/store.h>

#include <check.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* 2020-08-08T00:00:00Z, day 18482. */
#define MADE_START_MS INT64_C(1596844800000)
#define MADE_DAY      18482

/* What must work: the error that a call left, told. */
static inline void made_must(gboolean is_good, GError *error)
{
    ck_assert_msg(is_good && !error, "%s", error ? error->message : "no error told");
}

/* What must fail, with that code and a message that names the file. */
static inline void made_must_fail(gboolean is_good, GError *error, BeaconStoreError code)
{
    ck_assert_msg(!is_good, "it worked");
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(g_error_matches(error, BEACON_STORE_ERROR, (int)code), "%d: %s", error->code,
                  error->message);
    ck_assert_msg(strstr(error->message, ": ") != NULL, "%s", error->message);
    g_error_free(error);
}

/* The same for a call that leaves its error in a variable; must_fail leaves it NULL. */
#define must(call, error)                                                                          \
    do {                                                                                           \
        const gboolean must_result = (call);                                                       \
        made_must(must_result, error);                                                             \
    } while (0)
#define must_fail(call, error, code)                                                               \
    do {                                                                                           \
        const gboolean must_result = (call);                                                       \
        made_must_fail(must_result, error, code);                                                  \
        error = NULL;                                                                              \
    } while (0)

/* A folder that is removed by made_folder_free. */
static inline char *made_folder(void)
{
    char *folder = g_dir_make_tmp("beacon-store-XXXXXX", NULL);

    ck_assert_ptr_nonnull(folder);
    return folder;
}

static inline void made_folder_free(char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    ck_assert_ptr_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        char *path = g_build_filename(folder, name, NULL);

        g_chmod(path, 0600);
        ck_assert_int_eq(g_unlink(path), 0);
        g_free(path);
    }
    g_dir_close(dir);
    ck_assert_int_eq(g_rmdir(folder), 0);
    g_free(folder);
}

static inline guint made_files(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    guint count = 0;

    ck_assert_ptr_nonnull(dir);
    while (g_dir_read_name(dir))
        count++;
    g_dir_close(dir);
    return count;
}

static inline void made_copy(const char *from, const char *to)
{
    GError *error = NULL;
    char *bytes = NULL;
    gsize size = 0;

    must(g_file_get_contents(from, &bytes, &size, &error), error);
    must(g_file_set_contents(to, bytes, (gssize)size, &error), error);
    ck_assert_int_eq(g_chmod(to, 0600), 0);
    g_free(bytes);
}

/* A row by its number: a second apart, every field different from its neighbour's. */
static inline struct beacon_store_row made_row(guint64 number)
{
    struct beacon_store_row row = {.sighting = {.time_ms = MADE_START_MS + (gint64)number * 1000,
                                                .rssi_dbm = (gint8)(-30 - (int)(number % 60)),
                                                .tx_power_dbm = (gint8)(number % 20),
                                                .platform = (guint8)(number % 3)}};
    guint64 head = GUINT64_TO_LE(number * 0x9E3779B97F4A7C15u);

    memcpy(row.sighting.identifier.bytes, &head, sizeof(head));
    memset(row.sighting.identifier.bytes + 8, 0x5A, 4);
    memcpy(row.own.bytes + 4, &head, sizeof(head));
    memset(row.own.bytes, 0xA5, 4);
    return row;
}

static inline bool made_is_row(const struct beacon_store_row *row, guint64 number)
{
    const struct beacon_store_row made = made_row(number);

    return memcmp(&row->own, &made.own, sizeof(made.own)) == 0 &&
           memcmp(&row->sighting.identifier, &made.sighting.identifier,
                  sizeof(made.sighting.identifier)) == 0 &&
           row->sighting.time_ms == made.sighting.time_ms &&
           row->sighting.rssi_dbm == made.sighting.rssi_dbm &&
           row->sighting.tx_power_dbm == made.sighting.tx_power_dbm &&
           row->sighting.platform == made.sighting.platform && row->sighting.reserved == 0;
}

static inline beacon_store *made_open_with(const char *path, BeaconStoreAccess access,
                                           struct beacon_store_options options)
{
    GError *error = NULL;
    beacon_store *store;

    options.size = sizeof(options);
    options.access = access;
    store = beacon_store_open(path, &options, &error);
    must(store != NULL, error);
    return store;
}

static inline beacon_store *made_open(const char *path, BeaconStoreAccess access)
{
    return made_open_with(path, access, (struct beacon_store_options){0});
}

static inline void made_close(beacon_store *store)
{
    GError *error = NULL;

    must(beacon_store_close(store, &error), error);
}

static inline void made_flush(beacon_store *store)
{
    GError *error = NULL;

    must(beacon_store_flush(store, &error), error);
}

/* Rows from … to, by number, durable. */
static inline void made_add(beacon_store *store, guint64 from, guint64 to)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_row));
    GError *error = NULL;
    gboolean is_good;

    for (guint64 i = from; i < to; i++) {
        struct beacon_store_row row = made_row(i);

        g_array_append_val(rows, row);
    }
    is_good = beacon_store_add_all(store, (struct beacon_store_row *)(void *)rows->data, rows->len,
                                   NULL, &error);
    must(is_good, error);
    g_array_unref(rows);
}

static inline gboolean made_collect(const struct beacon_store_row *row, gpointer user)
{
    g_array_append_vals(user, row, 1);
    return TRUE;
}

/* All rows; g_array_unref. */
static inline GArray *made_read(beacon_store *store)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_row));
    GError *error = NULL;
    gboolean is_good = beacon_store_read(store, G_MININT64, G_MAXINT64, made_collect, rows, &error);

    must(is_good, error);
    return rows;
}

/* The store holds exactly the rows from … to. */
static inline void made_expect(beacon_store *store, guint64 from, guint64 to)
{
    GArray *rows = made_read(store);

    ck_assert_uint_eq(rows->len, to - from);
    for (guint i = 0; i < rows->len; i++)
        ck_assert_msg(made_is_row(&g_array_index(rows, struct beacon_store_row, i), from + i),
                      "row %u is another", i);
    g_array_unref(rows);
}

/* How often some bytes stand in a file; 0 if there is no file. */
static inline guint made_count(const char *path, const void *needle, gsize size)
{
    char *bytes = NULL;
    gsize length = 0;
    guint count = 0;

    if (!g_file_get_contents(path, &bytes, &length, NULL))
        return 0;
    for (gsize i = 0; i + size <= length; i++)
        count += bytes[i] == *(const char *)needle && memcmp(bytes + i, needle, size) == 0;
    g_free(bytes);
    return count;
}

/* The same in all files of a folder, but not those with that ending. */
static inline guint made_count_in(const char *folder, const char *except, const void *needle,
                                  gsize size)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    guint count = 0;

    ck_assert_ptr_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        char *path = g_build_filename(folder, name, NULL);

        if (!except || !g_str_has_suffix(name, except))
            count += made_count(path, needle, size);
        g_free(path);
    }
    g_dir_close(dir);
    return count;
}

#endif
