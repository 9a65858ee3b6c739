/* SPDX-License-Identifier: MIT */
/* A disk under the test's hand, as an SQLite VFS named "shim". */
#include "store/shim.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512

/* Something written and not yet synced; without bytes, a truncation. */
struct pending {
    char *name;
    gint64 offset;
    GBytes *bytes;
};

static struct {
    GMutex lock;
    GCond changed;
    gboolean holds;
    guint held;
    int write_result, sync_result;
    gint64 unreadable; /* offset, or negative */
    gint syncs_left;   /* negative: without end */
    guint syncs;
    char *disk;         /* folder, or NULL */
    GPtrArray *pending; /* of struct pending */
} shim;

struct shim_file {
    sqlite3_file base;
    char *name; /* of the file in the disk's folder; NULL if it is not kept */
    gboolean is_dirty, is_database;
    sqlite3_file *real;
};

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct shim_file *)(void *)file)->real;
}

static void free_pending(gpointer data)
{
    struct pending *pending = data;

    g_free(pending->name);
    if (pending->bytes)
        g_bytes_unref(pending->bytes);
    g_free(pending);
}

static void add_pending(struct shim_file *file, gint64 offset, const void *bytes, gsize size)
{
    struct pending *pending;

    g_mutex_lock(&shim.lock);
    file->is_dirty = TRUE;
    if (shim.disk && file->name) {
        pending = g_new0(struct pending, 1);
        pending->name = g_strdup(file->name);
        pending->offset = offset;
        pending->bytes = bytes ? g_bytes_new(bytes, size) : NULL;
        g_ptr_array_add(shim.pending, pending);
    }
    g_mutex_unlock(&shim.lock);
}

static int open_on_disk(const char *name)
{
    char *path = g_build_filename(shim.disk, name, NULL);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (descriptor < 0)
        abort();
    g_free(path);
    return descriptor;
}

static void write_to_disk(const struct pending *pending, gsize from, gsize size)
{
    int descriptor = open_on_disk(pending->name);
    const guint8 *bytes = pending->bytes ? g_bytes_get_data(pending->bytes, NULL) : NULL;

    if (!bytes && ftruncate(descriptor, (off_t)pending->offset) != 0)
        abort();
    if (bytes && pwrite(descriptor, bytes + from, size, (off_t)(pending->offset + (gint64)from)) !=
                     (ssize_t)size)
        abort();
    close(descriptor);
}

static gsize size_of(const struct pending *pending)
{
    return pending->bytes ? g_bytes_get_size(pending->bytes) : 0;
}

static void settle(const char *name)
{
    for (guint i = 0; i < shim.pending->len;) {
        const struct pending *pending = shim.pending->pdata[i];

        if (strcmp(pending->name, name) != 0) {
            i++;
            continue;
        }
        write_to_disk(pending, 0, size_of(pending));
        g_ptr_array_remove_index(shim.pending, i);
    }
}

static int shim_close(sqlite3_file *file)
{
    struct shim_file *mine = (struct shim_file *)(void *)file;
    int result = mine->real->pMethods->xClose(mine->real);

    g_free(mine->name);
    return result;
}

static bool is_unreadable(const struct shim_file *file, int size, sqlite3_int64 offset)
{
    bool is_hit;

    g_mutex_lock(&shim.lock);
    is_hit = file->is_database && shim.unreadable >= offset && shim.unreadable < offset + size;
    g_mutex_unlock(&shim.lock);
    return is_hit;
}

static int shim_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    if (is_unreadable((struct shim_file *)(void *)file, size, offset))
        return SQLITE_IOERR_READ;
    return real_of(file)->pMethods->xRead(real_of(file), bytes, size, offset);
}

static int write_result(void)
{
    int result;

    g_mutex_lock(&shim.lock);
    result = shim.write_result;
    g_mutex_unlock(&shim.lock);
    return result;
}

static int shim_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    int result = write_result();

    if (result != SQLITE_OK)
        return result;
    add_pending((struct shim_file *)(void *)file, offset, bytes, (gsize)size);
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    add_pending((struct shim_file *)(void *)file, size, NULL, 0);
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int shim_sync(sqlite3_file *file, int flags)
{
    struct shim_file *mine = (struct shim_file *)(void *)file;
    int result;

    (void)flags; /* the test's disk needs no syncing below */
    g_mutex_lock(&shim.lock);
    while (shim.holds) {
        shim.held++;
        g_cond_broadcast(&shim.changed);
        g_cond_wait(&shim.changed, &shim.lock);
        shim.held--;
    }
    result = shim.syncs_left == 0 ? SQLITE_IOERR_FSYNC : shim.sync_result;
    if (shim.syncs_left > 0)
        shim.syncs_left--;
    if (result == SQLITE_OK) {
        shim.syncs += mine->is_dirty ? 1 : 0;
        mine->is_dirty = FALSE;
        if (shim.disk && mine->name)
            settle(mine->name);
    }
    g_mutex_unlock(&shim.lock);
    return result;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int shim_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int shim_check_lock(sqlite3_file *file, int *result)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

static int shim_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int shim_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

/* A disk that promises nothing. */
static int shim_characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static int shim_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void shim_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shim_unmap(sqlite3_file *file, int deletes)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), deletes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_lock,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_barrier,
    .xShmUnmap = shim_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *flags_out)
{
    sqlite3_vfs *real = vfs->pAppData;
    struct shim_file *mine = (struct shim_file *)(void *)file;
    int result;

    memset(mine, 0, sizeof(*mine));
    mine->real = (sqlite3_file *)(void *)(mine + 1);
    result = real->xOpen(real, name, mine->real, flags, flags_out);
    if (result != SQLITE_OK)
        return result;
    if (name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        mine->name = g_path_get_basename(name);
    mine->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    mine->base.pMethods = &methods;
    return SQLITE_OK;
}

static void make_vfs(void)
{
    static sqlite3_vfs vfs;
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);

    vfs = *real;
    vfs.pNext = NULL;
    vfs.zName = SHIM_VFS;
    vfs.pAppData = real;
    vfs.szOsFile = (int)sizeof(struct shim_file) + real->szOsFile;
    vfs.xOpen = shim_open;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
        abort();
}

void shim_reset(void)
{
    if (!sqlite3_vfs_find(SHIM_VFS))
        make_vfs();
    shim.holds = FALSE;
    shim.write_result = shim.sync_result = SQLITE_OK;
    shim.syncs = 0;
    shim.unreadable = -1;
    shim.syncs_left = -1;
    g_clear_pointer(&shim.disk, g_free);
    g_clear_pointer(&shim.pending, g_ptr_array_unref);
}

static void set(int *variable, int value)
{
    g_mutex_lock(&shim.lock);
    *variable = value;
    g_cond_broadcast(&shim.changed);
    g_mutex_unlock(&shim.lock);
}

void shim_hold(void)
{
    set(&shim.holds, TRUE);
}

void shim_release(void)
{
    set(&shim.holds, FALSE);
}

void shim_wait_held(void)
{
    g_mutex_lock(&shim.lock);
    while (shim.held == 0)
        g_cond_wait(&shim.changed, &shim.lock);
    g_mutex_unlock(&shim.lock);
}

void shim_fail_writes(int result)
{
    set(&shim.write_result, result);
}

void shim_fail_syncs(int result)
{
    set(&shim.sync_result, result);
}

void shim_fail_syncs_after(guint syncs)
{
    set(&shim.syncs_left, (int)syncs);
}

void shim_fail_reads_at(gint64 offset)
{
    g_mutex_lock(&shim.lock);
    shim.unreadable = offset;
    g_mutex_unlock(&shim.lock);
}

guint shim_syncs(void)
{
    guint syncs;

    g_mutex_lock(&shim.lock);
    syncs = shim.syncs;
    g_mutex_unlock(&shim.lock);
    return syncs;
}

void shim_keep_disk(const char *folder)
{
    shim.disk = g_strdup(folder);
    shim.pending = g_ptr_array_new_with_free_func(free_pending);
}

void shim_tear(guint32 seed)
{
    GRand *random = g_rand_new_with_seed(seed);

    g_mutex_lock(&shim.lock);
    for (guint i = 0; i < shim.pending->len; i++) {
        const struct pending *pending = shim.pending->pdata[i];

        if (!pending->bytes && g_rand_boolean(random))
            write_to_disk(pending, 0, 0);
        for (gsize from = 0; from < size_of(pending); from += SECTOR)
            if (g_rand_boolean(random))
                write_to_disk(pending, from, MIN(SECTOR, size_of(pending) - from));
    }
    g_ptr_array_set_size(shim.pending, 0);
    g_mutex_unlock(&shim.lock);
    g_rand_free(random);
}
