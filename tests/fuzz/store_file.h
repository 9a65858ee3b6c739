/* SPDX-License-Identifier: MIT */
/* Bytes as the file of a store whose key is known, in memory where there is a file system for that.
 */
#ifndef FUZZ_STORE_FILE_H
#define FUZZ_STORE_FILE_H

#include <beacon/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct store_file {
    char *folder, *path, *key, *other;
};

static inline void store_file_remove(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        char *name = g_strconcat(path, suffixes[i], NULL);

        unlink(name);
        g_free(name);
    }
}

static inline void store_file_write(const char *path, const void *bytes, size_t size)
{
    FILE *stream = fopen(path, "w");

    if (!stream || fwrite(bytes, 1, size, stream) != size || fclose(stream) != 0)
        abort();
}

/* The key of the corpus. */
static inline struct store_file store_file_make(const uint8_t *data, size_t size)
{
    static const char key[] = "beacon-store-key 1\n"
                              "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n";
    struct store_file file = {.folder = g_strdup("/dev/shm/beacon-fuzz-XXXXXX")};

    if (!g_mkdtemp_full(file.folder, 0700)) {
        g_free(file.folder);
        file.folder = g_dir_make_tmp("beacon-fuzz-XXXXXX", NULL);
    }
    if (!file.folder)
        abort();
    umask(077);
    file.path = g_build_filename(file.folder, "log", NULL);
    file.key = g_build_filename(file.folder, "key", NULL);
    file.other = g_build_filename(file.folder, "other", NULL);
    store_file_write(file.key, key, sizeof(key) - 1);
    store_file_write(file.path, data, size);
    return file;
}

static inline void store_file_free(struct store_file *file)
{
    store_file_remove(file->path);
    store_file_remove(file->other);
    unlink(file->key);
    if (rmdir(file->folder) != 0)
        abort();
    g_free(file->folder);
    g_free(file->path);
    g_free(file->key);
    g_free(file->other);
}

/* A time that no sighting may have must not come out of any file. */
static inline gboolean store_file_take(const struct beacon_store_row *row, gpointer user)
{
    if (row->sighting.time_ms < BEACON_TIME_MIN_MS || row->sighting.time_ms >= BEACON_TIME_END_MS)
        abort();
    (*(guint64 *)user)++;
    return TRUE;
}

#endif
