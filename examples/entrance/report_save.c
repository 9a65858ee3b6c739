/* SPDX-License-Identifier: MIT */
/* A report into a file: whole or not at all, and never in the place of a device. */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean failed(const char *path, GError **error)
{
    g_set_error(error, REPORT_ERROR, REPORT_ERROR_FILE, "%s: %s", path, g_strerror(errno));
    return FALSE;
}

static gboolean write_all(int descriptor, const char *text, gsize size)
{
    while (size > 0) {
        ssize_t count = write(descriptor, text, size);

        if (count < 0 && errno != EINTR)
            return FALSE;
        if (count > 0) {
            text += count;
            size -= (gsize)count;
        }
    }
    return TRUE;
}

/* A pipe or a device is written to as it is. */
static gboolean write_into(const char *path, const char *text, GError **error)
{
    int descriptor = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    gboolean is_good;

    if (descriptor < 0)
        return failed(path, error);
    is_good = write_all(descriptor, text, strlen(text)) || failed(path, error);
    if (close(descriptor) < 0 && is_good)
        is_good = failed(path, error);
    return is_good;
}

/* Beside its place, seen onto the disk, then given its name; behind a link, the link's target. */
static gboolean replace(const char *path, int mode, const char *text, GError **error)
{
    enum { HOW = G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE };
    g_autofree char *target = realpath(path, NULL);
    g_autoptr(GError) said = NULL;

    if (g_file_set_contents_full(target != NULL ? target : path, text, -1,
                                 (GFileSetContentsFlags)HOW, mode, &said))
        return TRUE;
    g_set_error_literal(error, REPORT_ERROR, REPORT_ERROR_FILE, said->message);
    return FALSE;
}

gboolean report_save(const char *path, const char *text, GError **error)
{
    struct stat status;

    if (stat(path, &status) == 0)
        return S_ISREG(status.st_mode) ? replace(path, (int)(status.st_mode & 0777), text, error)
                                       : write_into(path, text, error);
    return errno == ENOENT ? replace(path, 0666, text, error) : failed(path, error);
}
