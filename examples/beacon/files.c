/* SPDX-License-Identifier: MIT */
/* Files read with suspicion, since they hold secrets, and files written whole or not at all. */
#define _GNU_SOURCE /* renameat2 */
#include "files.h"

#include "command.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_TRACED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_TRACED 1
#endif
#endif
#ifndef IS_TRACED
#define IS_TRACED 0
#endif

int secrets_guard(void)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

    if (sodium_init() < 0) {
        message(_("libsodium cannot be used on this machine"));
        return EXIT_IO;
    }
    setrlimit(RLIMIT_CORE, &none);
    if (!IS_TRACED) /* the leak check traces its own process, which this would forbid */
        prctl(PR_SET_DUMPABLE, 0);
    return EXIT_RAN;
}

int io_error(const char *path)
{
    message("%s: %s", path, g_strerror(errno));
    return EXIT_IO;
}

static int check_file(const char *path, const struct stat *status)
{
    if (!S_ISREG(status->st_mode)) {
        message(_("%s: expected a regular file"), path);
        return EXIT_INPUT;
    }
    if (status->st_uid != geteuid()) {
        message(_("%s: the file belongs to another user"), path);
        return EXIT_INPUT;
    }
    if ((status->st_mode & 077) != 0) {
        g_autofree char *quoted = g_shell_quote(path);

        message(_("%s: others can access this file, which must be secret; type: chmod 600 %s"),
                path, quoted);
        return EXIT_INPUT;
    }
    return EXIT_RAN;
}

/* Reads up to `max` bytes; a file that fills them all is too long anyway. */
static int read_text(const char *path, int descriptor, char *text, size_t max, size_t *ret_length)
{
    size_t length = 0;

    while (length < max) {
        ssize_t count = read(descriptor, text + length, max - length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return io_error(path);
        if (count == 0)
            break;
        length += (size_t)count;
    }
    *ret_length = length;
    return EXIT_RAN;
}

static int read_open(const char *path, int descriptor, char *text, size_t max, size_t *ret_length)
{
    struct stat status;
    int code;

    if (fstat(descriptor, &status) < 0)
        return io_error(path);
    code = check_file(path, &status);
    return code == EXIT_RAN ? read_text(path, descriptor, text, max, ret_length) : code;
}

int secret_file_read(const char *path, char *text, size_t max, size_t *ret_length)
{
    /* Not blocking, so that a pipe with nobody at its other end is refused and not waited for. */
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int code;

    if (descriptor < 0 && errno == ELOOP) {
        message(_("%s: a symbolic link; name the file itself"), path);
        return EXIT_INPUT;
    }
    if (descriptor < 0)
        return io_error(path);
    code = read_open(path, descriptor, text, max, ret_length);
    close(descriptor);
    return code;
}

/* Sees what happened to the names in a file's directory onto the disk. */
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

/* Fills a new file and sees it onto the disk. Takes the descriptor. An exit code. */
static int fill_file(const char *path, int descriptor, file_fill_fn *fill, const void *user)
{
    FILE *stream = fdopen(descriptor, "w");
    int code;

    if (stream == NULL) {
        close(descriptor);
        return io_error(path);
    }
    code = fill(stream, path, user);
    if (code == EXIT_RAN && (fflush(stream) != 0 || fsync(descriptor) < 0))
        code = io_error(path);
    if (fclose(stream) != 0 && code == EXIT_RAN)
        code = io_error(path);
    return code;
}

int file_write(const char *path, enum file_mode mode, file_fill_fn *fill, const void *user)
{
    const mode_t bits = mode & FILE_SECRET ? 0600 : 0644;
    g_autofree char *beside = g_strdup_printf("%s.XXXXXX", path);
    int descriptor = g_mkstemp_full(beside, O_WRONLY | O_CLOEXEC, 0600);
    int code;

    if (descriptor < 0 || fchmod(descriptor, bits) < 0) {
        code = io_error(path);
        if (descriptor >= 0)
            close(descriptor);
    } else {
        code = fill_file(path, descriptor, fill, user);
    }
    if (code == EXIT_RAN &&
        (mode & FILE_REPLACE ? g_rename(beside, path) : name_without_replacing(beside, path)) < 0)
        code = io_error(path);
    if (code == EXIT_RAN)
        return sync_directory(path);
    if (descriptor >= 0)
        unlink(beside);
    return code;
}
