/* SPDX-License-Identifier: MIT */
/* The files around a database: its lock, its directory, and files that only their owner may read.
 */
#include "store/files.h"

#include "store/fail.h"
#include "store/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *bcn_store_beside(const char *path, const char *suffix)
{
    return g_strconcat(path, suffix, NULL);
}

void bcn_store_remove_beside(const char *path, const char *suffix)
{
    char *name = bcn_store_beside(path, suffix);

    unlink(name);
    g_free(name);
}

static int open_lock(const char *name, bool *ret_is_made)
{
    const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int descriptor = open(name, flags | O_CREAT | O_EXCL, 0600);

    *ret_is_made = descriptor >= 0;
    return descriptor < 0 && errno == EEXIST ? open(name, flags | O_CREAT, 0600) : descriptor;
}

/* Whoever could not make its store has removed its lock: that one locks nobody out any more. */
static bool is_named(int descriptor, const char *name)
{
    struct stat ours, named;

    return fstat(descriptor, &ours) == 0 && lstat(name, &named) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* flock, not fcntl: a lock of its own, that another descriptor's closing in this process leaves
 * alone. */
bool bcn_store_lock(const char *path, int *ret_descriptor, bool *ret_is_made, GError **error)
{
    char *name = bcn_store_beside(path, "-lock");
    int descriptor = open_lock(name, ret_is_made);
    bool is_locked = descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    bool is_ours = is_locked && is_named(descriptor, name);

    if (is_ours)
        *ret_descriptor = descriptor;
    else if (descriptor < 0)
        bcn_store_fail_system(name, errno, error);
    else if (is_locked || errno == EWOULDBLOCK)
        bcn_store_fail(path, BEACON_STORE_ERROR_BUSY, _("another program is writing to this store"),
                       error);
    else
        bcn_store_fail_system(name, errno, error);
    if (!is_ours && descriptor >= 0)
        close(descriptor);
    g_free(name);
    return is_ours;
}

bool bcn_store_touch(const char *path, bool *ret_is_made, GError **error)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    *ret_is_made = descriptor >= 0;
    if (descriptor < 0)
        return errno == EEXIST || bcn_store_fail_system(path, errno, error);
    close(descriptor);
    return true;
}

bool bcn_store_sync_directory(const char *path, GError **error)
{
    char *directory = g_path_get_dirname(path);
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_durable = descriptor >= 0 && fsync(descriptor) == 0;

    if (!is_durable)
        bcn_store_fail_system(directory, errno, error);
    if (descriptor >= 0)
        close(descriptor);
    g_free(directory);
    return is_durable;
}

bool bcn_store_sync_file(const char *path, GError **error)
{
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    /* EINVAL, EROFS: of what nothing is ever written to. */
    bool is_durable = descriptor < 0 || fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS;

    if (!is_durable)
        bcn_store_fail_system(path, errno, error);
    if (descriptor >= 0)
        close(descriptor);
    return is_durable;
}

static bool write_all(int descriptor, const char *text, gsize length)
{
    while (length > 0) {
        ssize_t written = write(descriptor, text, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        length -= (gsize)written;
    }
    return true;
}

/* Gives a file its name, if that is free. Some file systems know no second name for a file. */
static bool name_file(const char *from, const char *path)
{
    if (link(from, path) == 0)
        return unlink(from) == 0;
    if (errno != EPERM && errno != ENOSYS && errno != EOPNOTSUPP)
        return false;
    if (access(path, F_OK) == 0)
        errno = EEXIST;
    return errno != EEXIST && rename(from, path) == 0;
}

/* Under another name first, so that a process that is killed leaves no half of a key. */
bool bcn_store_write_secret(const char *path, const char *text, gsize length, GError **error)
{
    char *new_path = bcn_store_beside(path, ".new");
    int descriptor;
    bool is_written;

    unlink(new_path);
    descriptor = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    is_written = descriptor >= 0 && write_all(descriptor, text, length) && fsync(descriptor) == 0 &&
                 name_file(new_path, path);
    if (!is_written) {
        bcn_store_fail_system(path, errno, error);
        unlink(new_path);
    }
    if (descriptor >= 0)
        close(descriptor);
    g_free(new_path);
    return is_written && bcn_store_sync_directory(path, error);
}

static bool check_private(const char *path, const struct stat *status, GError **error)
{
    if (!S_ISREG(status->st_mode))
        return bcn_store_fail(path, BEACON_STORE_ERROR_KEY, _("not an ordinary file"), error);
    if (status->st_uid != geteuid() && status->st_uid != 0)
        return bcn_store_fail(path, BEACON_STORE_ERROR_KEY, _("belongs to somebody else"), error);
    if (status->st_mode & (S_IRWXG | S_IRWXO))
        return bcn_store_fail(path, BEACON_STORE_ERROR_KEY,
                              _("others may read this key; expected mode 0600"), error);
    return true;
}

/* One byte more than may be there, to see that it is not. */
static bool read_all(int descriptor, char *text, gsize max, gsize *ret_length)
{
    gsize length = 0;

    for (;;) {
        ssize_t got = read(descriptor, text + length, max - length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        length += (gsize)got;
        if (got == 0 || length == max)
            break;
    }
    *ret_length = length;
    return true;
}

bool bcn_store_read_secret(const char *path, bool is_private, char *text, gsize max,
                           gsize *ret_length, GError **error)
{
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    bool is_read = false;

    if (descriptor < 0 && errno == ENOENT)
        return bcn_store_fail(path, BEACON_STORE_ERROR_KEY, _("the key file is missing"), error);
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        bcn_store_fail_system(path, errno, error);
    else if (!is_private || check_private(path, &status, error))
        is_read = read_all(descriptor, text, max, ret_length) ||
                  bcn_store_fail_system(path, errno, error);
    if (descriptor >= 0)
        close(descriptor);
    return is_read;
}
