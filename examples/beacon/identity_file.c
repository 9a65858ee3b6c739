/* SPDX-License-Identifier: MIT */
/* The file an identity is kept in: read with suspicion, written whole or not at all. */
#define _GNU_SOURCE /* renameat2 */
#include "identity_file.h"

#include "command.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <stdio.h>
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

int identity_guard(void)
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

/* After a call that set errno. */
static int io_error(const char *path)
{
    message("%s: %s", path, g_strerror(errno));
    return EXIT_IO;
}

/* Text of an identity, in guarded memory. */
static char *text_new(void)
{
    char *text = sodium_malloc(BEACON_IDENTITY_TEXT_MAX);

    if (text == NULL)
        message("%s", error_text(BEACON_ENOMEM));
    return text;
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

/* Reads up to BEACON_IDENTITY_TEXT_MAX bytes; a file that fills them all is too long anyway. */
static int read_text(const char *path, int descriptor, char *text, size_t *ret_length)
{
    size_t length = 0;

    while (length < BEACON_IDENTITY_TEXT_MAX) {
        ssize_t count = read(descriptor, text + length, BEACON_IDENTITY_TEXT_MAX - length);

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

static int parse_text(const char *path, const char *text, size_t length,
                      beacon_identity **ret_identity)
{
    int error = length < BEACON_IDENTITY_TEXT_MAX
                    ? beacon_identity_from_text(text, length, ret_identity)
                    : BEACON_EFORMAT;

    if (error == 0)
        return EXIT_RAN;
    message(_("%s: not an identity file: %s"), path, error_text(error));
    return error == BEACON_ENOMEM ? EXIT_IO : EXIT_INPUT;
}

static int load_open(const char *path, int descriptor, beacon_identity **ret_identity)
{
    struct stat status;
    size_t length;
    char *text;
    int code;

    if (fstat(descriptor, &status) < 0)
        return io_error(path);
    code = check_file(path, &status);
    if (code != EXIT_RAN)
        return code;
    text = text_new();
    if (text == NULL)
        return EXIT_IO;
    code = read_text(path, descriptor, text, &length);
    if (code == EXIT_RAN)
        code = parse_text(path, text, length, ret_identity);
    sodium_free(text);
    return code;
}

int identity_file_load(const char *path, beacon_identity **ret_identity)
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
    code = load_open(path, descriptor, ret_identity);
    close(descriptor);
    return code;
}

/* Sees what happened to the names in a file's directory onto the disk. */
static int sync_directory(const char *path)
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

static int write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(descriptor, bytes, size);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

static int write_identity(int descriptor, const beacon_identity *identity)
{
    char *text = text_new();
    size_t length;
    int status;

    if (text == NULL) {
        errno = ENOMEM;
        return -1;
    }
    beacon_identity_to_text(identity, text, &length);
    status = write_all(descriptor, text, length);
    sodium_free(text);
    return status;
}

/* Writes an identity to a new file beside `path`; its name, or NULL after a message. */
static char *write_beside(const char *path, const beacon_identity *identity)
{
    char *beside = g_strdup_printf("%s.XXXXXX", path);
    int descriptor = g_mkstemp_full(beside, O_WRONLY | O_CLOEXEC, 0600);
    bool is_good;

    if (descriptor < 0) {
        io_error(path);
        g_free(beside);
        return NULL;
    }
    is_good = fchmod(descriptor, 0600) == 0 && write_identity(descriptor, identity) == 0 &&
              fsync(descriptor) == 0;
    if (!is_good)
        io_error(path);
    if (close(descriptor) < 0 && is_good) {
        io_error(path);
        is_good = false;
    }
    if (is_good)
        return beside;
    unlink(beside);
    g_free(beside);
    return NULL;
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

static int write_as(const char *path, const beacon_identity *identity,
                    int (*give_name)(const char *beside, const char *path))
{
    g_autofree char *beside = write_beside(path, identity);

    if (beside == NULL)
        return EXIT_IO;
    if (give_name(beside, path) < 0) {
        io_error(path);
        unlink(beside);
        return EXIT_IO;
    }
    return sync_directory(path);
}

int identity_file_create(const char *path, const beacon_identity *identity)
{
    return write_as(path, identity, name_without_replacing);
}

int identity_file_replace(const char *path, const beacon_identity *identity)
{
    return write_as(path, identity, g_rename);
}

int identity_file_rename(const char *path, const char *new_path)
{
    return g_rename(path, new_path) == 0 ? sync_directory(new_path) : io_error(path);
}

int identity_file_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? sync_directory(path) : io_error(path);
}

int identity_compare(const beacon_identity *a, const beacon_identity *b, bool *ret_is_same)
{
    char *text_a = text_new(), *text_b = text_new();
    int code = EXIT_IO;

    if (text_a != NULL && text_b != NULL) {
        size_t length_a, length_b;

        beacon_identity_to_text(a, text_a, &length_a);
        beacon_identity_to_text(b, text_b, &length_b);
        *ret_is_same = length_a == length_b && sodium_memcmp(text_a, text_b, length_a) == 0;
        code = EXIT_RAN;
    }
    sodium_free(text_a);
    sodium_free(text_b);
    return code;
}
