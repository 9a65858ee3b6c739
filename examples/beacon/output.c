/* SPDX-License-Identifier: MIT */
/* Standard output: what a command has to say is collected, then written at once, and checked. */
#include "output.h"

#include "command.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static void say_failed(int error)
{
    message(_("cannot write to standard output: %s"), g_strerror(error));
}

/* Waits until a standard output that was made non-blocking takes more. */
static void wait_writable(void)
{
    struct pollfd poller = {.fd = STDOUT_FILENO, .events = POLLOUT};

    poll(&poller, 1, -1);
}

gboolean output_bytes(const char *bytes, gsize size, gsize *ret_written)
{
    gsize written = 0;
    gboolean is_good = TRUE;

    while (written < size && is_good) {
        ssize_t count = write(STDOUT_FILENO, bytes + written, size - written);

        if (count >= 0) {
            written += (gsize)count;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_writable();
        } else if (errno != EINTR) {
            say_failed(errno);
            is_good = FALSE;
        }
    }
    if (ret_written != NULL)
        *ret_written = written;
    return is_good;
}

gboolean output_sync(void)
{
    /* A pipe or a terminal answers EINVAL: there is no disk to wait for. */
    if (fsync(STDOUT_FILENO) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP)
        return TRUE;
    say_failed(errno);
    return FALSE;
}

/* Some file systems tell only when a file is closed that it could not be written. */
static int output_close(void)
{
    if (close(STDOUT_FILENO) == 0)
        return EXIT_RAN;
    say_failed(errno);
    return EXIT_IO;
}

int output_data(const char *bytes, gsize size)
{
    return output_bytes(bytes, size, NULL) ? output_close() : EXIT_IO;
}

int output_json(const GString *text)
{
    return output_data(text->str, text->len);
}

int output_text(const GString *text)
{
    g_autofree char *local = text_for_locale(text->str);

    return output_data(local, strlen(local));
}
