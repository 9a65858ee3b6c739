/* SPDX-License-Identifier: MIT */
/*
 * A disk between SQLite and the system's: it can be full, fail, or lose its power, and then holds
 * what was synced and, of what was not, some sectors by chance.
 */
#ifndef TALLY_DISK_H
#define TALLY_DISK_H

#include <check.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define DISK_VFS "test-disk"

enum disk_fault { DISK_SOUND, DISK_FULL, DISK_WRITE_FAILS, DISK_SYNC_FAILS, DISK_DEAD };

/* One write or, with `bytes` NULL, a truncation, that no sync has followed. */
struct disk_change {
    GBytes *bytes;
    sqlite3_int64 offset;
};

/* What a file held when it was last synced, and what was done to it since. */
struct disk_file {
    GByteArray *synced;
    GArray *changes;
};

struct disk {
    sqlite3_vfs vfs, *real;
    GHashTable *files; /* struct disk_file by name */
    enum disk_fault fault;
    gint64 sound_operations; /* that go well before the fault; then it lasts */
    gboolean is_once;        /* the fault hits one operation, and is gone */
    guint64 operations, syncs;
};

/* SQLite has one of that name for all; so have the tests. */
static struct disk disk;

struct disk_handle {
    sqlite3_file base;
    char *name; /* NULL: a file that is not kept */
    sqlite3_file *real;
};

static inline void disk_change_clear(gpointer change)
{
    g_clear_pointer(&((struct disk_change *)change)->bytes, g_bytes_unref);
}

static inline void disk_file_free(gpointer pointer)
{
    struct disk_file *file = pointer;

    g_byte_array_unref(file->synced);
    g_array_unref(file->changes);
    g_free(file);
}

static inline struct disk_file *disk_file(const char *name)
{
    struct disk_file *file = g_hash_table_lookup(disk.files, name);

    if (file == NULL) {
        file = g_new0(struct disk_file, 1);
        file->synced = g_byte_array_new();
        file->changes = g_array_new(FALSE, FALSE, sizeof(struct disk_change));
        g_array_set_clear_func(file->changes, disk_change_clear);
        g_hash_table_insert(disk.files, g_strdup(name), file);
    }
    return file;
}

static inline struct disk_handle *disk_handle(sqlite3_file *file)
{
    return (struct disk_handle *)(void *)file;
}

static inline sqlite3_file *disk_real(sqlite3_file *file)
{
    return disk_handle(file)->real;
}

/* Whether an operation meets the fault: writes and truncations one, syncs the other. */
static inline gboolean disk_fails(gboolean is_sync)
{
    enum disk_fault fault = disk.fault;

    disk.operations++;
    if (fault == DISK_SOUND || disk.sound_operations-- > 0)
        return FALSE;
    if (fault != DISK_DEAD && is_sync != (fault == DISK_SYNC_FAILS))
        return FALSE;
    if (disk.is_once)
        disk.fault = DISK_SOUND;
    return TRUE;
}

static inline int disk_code(int otherwise)
{
    return disk.fault == DISK_FULL ? SQLITE_FULL : otherwise;
}

static inline int disk_close(sqlite3_file *file)
{
    int code = disk_real(file)->pMethods->xClose(disk_real(file));

    g_free(disk_handle(file)->name);
    return code;
}

static inline int disk_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    return disk_real(file)->pMethods->xRead(disk_real(file), bytes, size, offset);
}

static inline void disk_note(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    struct disk_change change = {.offset = offset};

    if (disk_handle(file)->name == NULL)
        return;
    if (bytes != NULL)
        change.bytes = g_bytes_new(bytes, (gsize)size);
    g_array_append_val(disk_file(disk_handle(file)->name)->changes, change);
}

static inline int disk_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    int code = disk_code(SQLITE_IOERR_WRITE);

    if (disk_fails(FALSE))
        return code;
    disk_note(file, bytes, size, offset);
    return disk_real(file)->pMethods->xWrite(disk_real(file), bytes, size, offset);
}

static inline int disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (disk.fault != DISK_FULL && disk_fails(FALSE))
        return SQLITE_IOERR_TRUNCATE;
    disk_note(file, NULL, 0, size);
    return disk_real(file)->pMethods->xTruncate(disk_real(file), size);
}

static inline void disk_apply(GByteArray *content, const struct disk_change *change, gsize from,
                              gsize size)
{
    gsize end = (gsize)change->offset + from + size;

    if (content->len < end) {
        guint old = content->len;

        g_byte_array_set_size(content, (guint)end);
        memset(content->data + old, 0, end - old);
    }
    memcpy(content->data + change->offset + from,
           (const guint8 *)g_bytes_get_data(change->bytes, NULL) + from, size);
}

static inline void disk_apply_all(GByteArray *content, const struct disk_change *change)
{
    if (change->bytes != NULL)
        disk_apply(content, change, 0, g_bytes_get_size(change->bytes));
    else if (content->len > (guint)change->offset)
        g_byte_array_set_size(content, (guint)change->offset);
}

static inline int disk_sync(sqlite3_file *file, int flags)
{
    struct disk_file *kept;

    if (disk_fails(TRUE))
        return SQLITE_IOERR_FSYNC;
    disk.syncs++;
    if (disk_handle(file)->name != NULL) {
        kept = disk_file(disk_handle(file)->name);
        for (guint i = 0; i < kept->changes->len; i++)
            disk_apply_all(kept->synced, &g_array_index(kept->changes, struct disk_change, i));
        g_array_set_size(kept->changes, 0);
    }
    (void)flags; /* on the disk is where our own copy is */
    return SQLITE_OK;
}

static inline int disk_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return disk_real(file)->pMethods->xFileSize(disk_real(file), ret_size);
}

static inline int disk_lock(sqlite3_file *file, int level)
{
    return disk_real(file)->pMethods->xLock(disk_real(file), level);
}

static inline int disk_unlock(sqlite3_file *file, int level)
{
    return disk_real(file)->pMethods->xUnlock(disk_real(file), level);
}

static inline int disk_check_lock(sqlite3_file *file, int *ret_locked)
{
    return disk_real(file)->pMethods->xCheckReservedLock(disk_real(file), ret_locked);
}

static inline int disk_control(sqlite3_file *file, int what, void *value)
{
    return disk_real(file)->pMethods->xFileControl(disk_real(file), what, value);
}

static inline int disk_sector(sqlite3_file *file)
{
    return disk_real(file)->pMethods->xSectorSize(disk_real(file));
}

/* Nothing is promised: not that a write is whole, nor that they come in order. */
static inline int disk_promises(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static inline int disk_shm_map(sqlite3_file *file, int page, int size, int extend,
                               void volatile **ret_page)
{
    return disk_real(file)->pMethods->xShmMap(disk_real(file), page, size, extend, ret_page);
}

static inline int disk_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return disk_real(file)->pMethods->xShmLock(disk_real(file), offset, count, flags);
}

static inline void disk_shm_barrier(sqlite3_file *file)
{
    disk_real(file)->pMethods->xShmBarrier(disk_real(file));
}

static inline int disk_shm_unmap(sqlite3_file *file, int remove)
{
    return disk_real(file)->pMethods->xShmUnmap(disk_real(file), remove);
}

static const sqlite3_io_methods disk_methods = {
    .iVersion = 2,
    .xClose = disk_close,
    .xRead = disk_read,
    .xWrite = disk_write,
    .xTruncate = disk_truncate,
    .xSync = disk_sync,
    .xFileSize = disk_size,
    .xLock = disk_lock,
    .xUnlock = disk_unlock,
    .xCheckReservedLock = disk_check_lock,
    .xFileControl = disk_control,
    .xSectorSize = disk_sector,
    .xDeviceCharacteristics = disk_promises,
    .xShmMap = disk_shm_map,
    .xShmLock = disk_shm_lock,
    .xShmBarrier = disk_shm_barrier,
    .xShmUnmap = disk_shm_unmap,
};

static inline int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                            int *ret_flags)
{
    struct disk_handle *handle = disk_handle(file);
    int code;

    (void)vfs;
    memset(handle, 0, sizeof(*handle));
    handle->real = (sqlite3_file *)(void *)(handle + 1);
    memset(handle->real, 0, (size_t)disk.real->szOsFile);
    code = disk.real->xOpen(disk.real, name, handle->real, flags, ret_flags);
    if (code == SQLITE_OK) {
        handle->name = g_strdup(name);
        handle->base.pMethods = &disk_methods;
    }
    return code;
}

static inline int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    g_hash_table_remove(disk.files, name);
    return disk.real->xDelete(disk.real, name, sync_folder);
}

static inline int disk_errno(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs;
    (void)size;
    (void)text;
    return disk.fault == DISK_FULL ? ENOSPC : EIO;
}

static inline void disk_set_up(void)
{
    disk = (struct disk){.real = sqlite3_vfs_find(NULL)};
    disk.vfs = *disk.real;
    disk.vfs.zName = DISK_VFS;
    disk.vfs.pNext = NULL;
    disk.vfs.szOsFile = (int)sizeof(struct disk_handle) + disk.real->szOsFile;
    disk.vfs.xOpen = disk_open;
    disk.vfs.xDelete = disk_delete;
    disk.vfs.xGetLastError = disk_errno;
    disk.files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, disk_file_free);
    ck_assert_int_eq(sqlite3_vfs_register(&disk.vfs, 0), SQLITE_OK);
}

static inline void disk_tear_down(void)
{
    sqlite3_vfs_unregister(&disk.vfs);
    g_hash_table_unref(disk.files);
}

static inline void disk_set_fault(enum disk_fault fault, gint64 sound_operations, gboolean is_once)
{
    disk.fault = fault;
    disk.sound_operations = sound_operations;
    disk.is_once = is_once;
}

/* Of what was not synced, each sector is there or not; the sizes that files had may be there. */
static inline GByteArray *disk_remains(const struct disk_file *file, GRand *chance)
{
    enum { SECTOR = 512 };
    GByteArray *content = g_byte_array_new();

    g_byte_array_append(content, file->synced->data, file->synced->len);
    for (guint i = 0; i < file->changes->len; i++) {
        const struct disk_change *change = &g_array_index(file->changes, struct disk_change, i);
        gsize size = change->bytes != NULL ? g_bytes_get_size(change->bytes) : 0;

        if (change->bytes == NULL && g_rand_boolean(chance))
            disk_apply_all(content, change);
        for (gsize from = 0; from < size; from += SECTOR)
            if (g_rand_boolean(chance))
                disk_apply(content, change, from, MIN(SECTOR, size - from));
    }
    return content;
}

/* Leaves in the folder what a machine finds there when its power comes back. Nothing is open. */
static inline void disk_power_up(GRand *chance)
{
    GHashTableIter iter;
    gpointer name, file;

    g_hash_table_iter_init(&iter, disk.files);
    while (g_hash_table_iter_next(&iter, &name, &file)) {
        GByteArray *content = disk_remains(file, chance);
        g_autofree char *index = g_strconcat(name, "-shm", NULL);
        FILE *stream = g_fopen(name, "wb");

        ck_assert_ptr_nonnull(stream);
        if (content->len > 0)
            ck_assert_uint_eq(fwrite(content->data, content->len, 1, stream), 1);
        fclose(stream);
        g_unlink(index); /* shared memory, not a file that anybody syncs */
        g_byte_array_unref(((struct disk_file *)file)->synced);
        ((struct disk_file *)file)->synced = content;
        g_array_set_size(((struct disk_file *)file)->changes, 0);
    }
    disk_set_fault(DISK_SOUND, 0, FALSE);
}

#endif
