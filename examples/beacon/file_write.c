/* SPDX-License-Identifier: MIT */
/* Files written whole or not at all. */
#define _GNU_SOURCE /* renameat2 */
#include "file_write.h"

#include "command.h"
#include "files.h"
#include "output.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int sync_directory(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = EXIT_RAN;

    if (descriptor < 0)
        return io_error(directory);
    if (fsync(descriptor) < 0 && errno != EINVAL) /* some file systems know no such thing */
        code = io_error(directory);
    close(descriptor);
    return code;
}

/* Gives `beside` the name `path` unless something has it. */
static int name_without_replacing(const char *beside, const char *path)
{
    if (renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* A file system without that call: a second name is never given over a first. */
    if (link(beside, path) < 0)
        return -1;
    unlink(beside);
    return 0;
}

/* Onto the disk, if there is one behind it: pipes and devices know no such thing. */
static bool sync_file(int descriptor)
{
    struct stat status;

    if (fsync(descriptor) == 0)
        return true;
    return errno == EINVAL && fstat(descriptor, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Fills a file that is open and sees it onto the disk. Takes the descriptor. An exit code. */
static int fill_file(const char *name, int descriptor, file_fill_fn *fill, const void *user)
{
    FILE *stream = fdopen(descriptor, "w");
    int code;

    if (stream == NULL) {
        close(descriptor);
        return io_error(name);
    }
    code = fill(stream, name, user);
    if (code == EXIT_RAN && (fflush(stream) != 0 || !sync_file(descriptor)))
        code = io_error(name);
    if (fclose(stream) != 0 && code == EXIT_RAN)
        code = io_error(name);
    return code;
}

/* Whose a file is and who may use it. */
struct access {
    uid_t user;
    gid_t group;
    mode_t mode;
};

#define OURS ((uid_t)-1)

/* A file that is to appear. */
struct place {
    const char *name;            /* for messages */
    const char *path;            /* where it appears */
    const struct access *access; /* or NULL: ours, for everybody whom the umask lets */
    bool replaces;               /* whatever has that name when it is whole */
};

/* Who it belongs to follows as far as we may give files away; the mode does in any case. */
static bool set_access(int descriptor, const struct access *access)
{
    if (fchown(descriptor, access->user, access->group) < 0 &&
        fchown(descriptor, OURS, access->group) < 0) {
        /* Then it is ours, as any new file. */
    }
    return fchmod(descriptor, access->mode) == 0;
}

static int write_beside(const struct place *place, file_fill_fn *fill, const void *user)
{
    g_autofree char *beside = g_strdup_printf("%s.XXXXXX", place->path);
    int descriptor =
        g_mkstemp_full(beside, O_WRONLY | O_CLOEXEC, place->access != NULL ? 0600 : 0666);
    int code;

    if (descriptor < 0)
        return io_error(place->name);
    if (place->access != NULL && !set_access(descriptor, place->access)) {
        code = io_error(place->name);
        close(descriptor);
    } else {
        code = fill_file(place->name, descriptor, fill, user);
    }
    if (code == EXIT_RAN && (place->replaces ? g_rename(beside, place->path)
                                             : name_without_replacing(beside, place->path)) < 0)
        code = io_error(place->name);
    if (code == EXIT_RAN)
        return sync_directory(place->path);
    unlink(beside);
    return code;
}

int secret_file_write(const char *path, bool replaces, file_fill_fn *fill, const void *user)
{
    static const struct access secret = {.user = OURS, .group = (gid_t)-1, .mode = 0600};
    const struct place place = {
        .name = path, .path = path, .access = &secret, .replaces = replaces};

    return write_beside(&place, fill, user);
}

static int write_output(file_fill_fn *fill, const void *user)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    int code;

    if (stream == NULL)
        return io_error(_("standard output"));
    code = fill(stream, _("standard output"), user);
    if (fclose(stream) != 0 && code == EXIT_RAN)
        code = io_error(_("standard output"));
    if (code == EXIT_RAN)
        code = output_data(bytes, size);
    free(bytes);
    return code;
}

static int write_into(const char *path, file_fill_fn *fill, const void *user)
{
    int descriptor = open(path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);

    return descriptor < 0 ? io_error(path) : fill_file(path, descriptor, fill, user);
}

/* Where symbolic links lead, the last of them perhaps to what does not exist yet. */
static char *follow_links(const char *path)
{
    enum { LINKS_MAX = 40 }; /* as the kernel has it, which has followed them already */
    char *target = g_strdup(path);

    for (int i = 0; i < LINKS_MAX; i++) {
        g_autofree char *link = g_file_read_link(target, NULL);
        g_autofree char *directory = g_path_get_dirname(target);

        if (link == NULL)
            break;
        g_free(target);
        target =
            g_path_is_absolute(link) ? g_strdup(link) : g_build_filename(directory, link, NULL);
    }
    return target;
}

static bool is_same_file(const char *path, const struct stat *status)
{
    struct stat found;

    return lstat(path, &found) == 0 && found.st_dev == status->st_dev &&
           found.st_ino == status->st_ino;
}

/* To the regular file of that name, or to a new one. */
static int write_regular(const char *path, const struct stat *old, file_fill_fn *fill,
                         const void *user)
{
    g_autofree char *target = follow_links(path);
    struct place place = {.name = path, .path = target, .replaces = true};
    struct access access;

    if (old == NULL)
        return write_beside(&place, fill, user);
    access =
        (struct access){.user = old->st_uid, .group = old->st_gid, .mode = old->st_mode & 0777};
    place.access = &access;
    /* A link below /proc can lead to a file without a name: there is nothing to be replaced. */
    return is_same_file(target, old) ? write_beside(&place, fill, user)
                                     : write_into(path, fill, user);
}

int public_file_write(const char *path, file_fill_fn *fill, const void *user)
{
    struct stat status;

    if (strcmp(path, "-") == 0)
        return write_output(fill, user);
    if (stat(path, &status) < 0)
        return errno == ENOENT ? write_regular(path, NULL, fill, user) : io_error(path);
    if (!S_ISREG(status.st_mode))
        return write_into(path, fill, user);
    return write_regular(path, &status, fill, user);
}
