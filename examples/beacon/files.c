/* SPDX-License-Identifier: MIT */
/* Files read with suspicion, since they hold secrets. */
#include "files.h"

#include "command.h"
#include "program.h"
#include "text.h"

#include <beacon/base.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

int secrets_guard(void)
{
    if (sodium_init() < 0) {
        say(_("libsodium cannot be used on this machine"));
        return EXIT_IO;
    }
    program_forbid_core_dumps();
    return EXIT_RAN;
}

int io_error(const char *path)
{
    say("%s: %s", path, g_strerror(errno));
    return EXIT_IO;
}

static int check_file(const char *path, const struct stat *status)
{
    if (!S_ISREG(status->st_mode)) {
        say(_("%s: expected a regular file"), path);
        return EXIT_INPUT;
    }
    if (status->st_uid != geteuid()) {
        say(_("%s: the file belongs to another user"), path);
        return EXIT_INPUT;
    }
    if ((status->st_mode & 077) != 0) {
        g_autofree char *quoted = g_shell_quote(path);

        say(_("%s: others can access this file, which must be secret; type: chmod 600 %s"), path,
            quoted);
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

char *secret_text_new(size_t size)
{
    char *text = sodium_malloc(size);

    if (text == NULL)
        say("%s", error_text(BEACON_ENOMEM));
    return text;
}

int secret_file_read(const char *path, char *text, size_t max, size_t *ret_length)
{
    /* Not blocking, so that a pipe with nobody at its other end is refused and not waited for. */
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int code;

    if (descriptor < 0 && errno == ELOOP) {
        say(_("%s: a symbolic link; name the file itself"), path);
        return EXIT_INPUT;
    }
    if (descriptor < 0)
        return io_error(path);
    code = read_open(path, descriptor, text, max, ret_length);
    close(descriptor);
    return code;
}
