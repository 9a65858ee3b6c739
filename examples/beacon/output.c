/* SPDX-License-Identifier: MIT */
/* Standard output: what a command has to say is collected, then written at once, and checked. */
#include "output.h"

#include "command.h"
#include "text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void say_failed(int error)
{
    say(_("cannot write to standard output: %s"), g_strerror(error));
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
    return say_out_bytes(bytes, size, NULL) ? output_close() : EXIT_IO;
}

int output_json(const GString *text)
{
    return output_data(text->str, text->len);
}

int output_text(const GString *text)
{
    g_autofree char *local = say_local(text->str);

    return output_data(local, strlen(local));
}
