/* SPDX-License-Identifier: MIT */
/* A line on the terminal that says how far a long command has come. */
#include "progress.h"

#include "text.h"

#include <sys/stat.h>
#include <unistd.h>

void progress_begin(struct progress *progress, gint64 delay_ms)
{
    *progress = (struct progress){
        .start_us = g_get_monotonic_time(),
        .delay_us = delay_ms * 1000,
        .is_enabled = isatty(STDERR_FILENO) == 1,
    };
}

/* How much of a regular file has been read, in percent, or -1. */
static int percent_of(FILE *stream)
{
    struct stat status;
    off_t offset = ftello(stream);

    if (offset < 0 || fstat(fileno(stream), &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_size <= 0 || offset > status.st_size)
        return -1;
    return (int)((double)offset * 100 / (double)status.st_size);
}

void progress_show(struct progress *progress, const char *text, FILE *stream)
{
    enum { INTERVAL_US = 100000 };
    gint64 now_us;
    g_autofree char *line = NULL;
    int percent;

    if (!progress->is_enabled)
        return;
    now_us = g_get_monotonic_time();
    if (now_us - progress->start_us < progress->delay_us ||
        (progress->is_visible && now_us - progress->shown_us < INTERVAL_US))
        return;
    percent = percent_of(stream);
    line = percent < 0 ? g_strdup_printf("\r%s\033[K", text)
                       : g_strdup_printf("\r%s %d %%\033[K", text, percent);
    say_as_it_is(line);
    progress->is_visible = true;
    progress->shown_us = now_us;
}

void progress_end(struct progress *progress)
{
    if (progress->is_visible)
        say_as_it_is("\r\033[K");
    progress->is_visible = false;
}
