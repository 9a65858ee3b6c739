/* SPDX-License-Identifier: MIT */
/* Standard output of a command that goes on: written as it comes, without ever waiting long for
 * whoever reads it. */
#include "live_output.h"

#include "command.h"
#include "text.h"

#include <glib-unix.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* What may wait for a reader: some thousands of lines. */
enum { WAITING_MAX = 1 << 20, PATIENCE_MS = 250, LAST_WORDS_MS = 1000 };

static void give_up(struct live_output *output, int error)
{
    if (output->is_broken)
        return;
    output->is_broken = true;
    g_string_truncate(output->waiting, 0);
    say(_("cannot write to standard output: %s"), g_strerror(error));
    if (output->on_broken != NULL)
        output->on_broken(output->user);
}

/*
 * How much may be written without waiting for a pipe's reader: PIPE_BUF bytes, if poll says that
 * there is room. Cut at the end of a line where there is one.
 */
static gsize next_piece(const GString *waiting)
{
    const char *end;

    if (waiting->len <= PIPE_BUF)
        return waiting->len;
    end = g_strrstr_len(waiting->str, PIPE_BUF, "\n");
    return end != NULL ? (gsize)(end + 1 - waiting->str) : PIPE_BUF;
}

/* Writes while there is room, waiting `timeout_ms` for it at most. */
static void drain(struct live_output *output, int timeout_ms)
{
    while (output->waiting->len > 0) {
        struct pollfd poller = {.fd = STDOUT_FILENO, .events = POLLOUT};
        ssize_t count;

        if (poll(&poller, 1, timeout_ms) <= 0)
            return;
        count = write(STDOUT_FILENO, output->waiting->str, next_piece(output->waiting));
        if (count >= 0)
            g_string_erase(output->waiting, 0, count);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        else if (errno != EINTR) {
            give_up(output, errno);
            return;
        }
    }
}

static gboolean on_writable(gint descriptor, GIOCondition condition, gpointer user)
{
    struct live_output *output = user;

    (void)descriptor, (void)condition;
    drain(output, 0);
    if (output->waiting->len > 0)
        return G_SOURCE_CONTINUE;
    output->writable = 0;
    return G_SOURCE_REMOVE;
}

/* The reader is gone, while there was perhaps nothing to write. */
static gboolean on_closed(gint descriptor, GIOCondition condition, gpointer user)
{
    struct live_output *output = user;

    (void)descriptor, (void)condition;
    output->closed = 0;
    give_up(output, EPIPE);
    return G_SOURCE_REMOVE;
}

void live_output_begin(struct live_output *output)
{
    output->waiting = g_string_new(NULL);
    output->closed = g_unix_fd_add(STDOUT_FILENO, G_IO_ERR | G_IO_HUP, on_closed, output);
}

/* Returns whether so much more may be kept. */
static bool make_room(struct live_output *output, gsize size)
{
    /* In a replay the reader is waited for, but only so long that signals are still noticed. */
    if (output->is_patient && output->waiting->len + size > WAITING_MAX)
        drain(output, PATIENCE_MS);
    return output->is_patient || output->waiting->len + size <= WAITING_MAX;
}

void live_output_bytes(struct live_output *output, const char *bytes, gsize size)
{
    if (output->is_broken)
        return;
    if (!make_room(output, size)) {
        output->lost++;
        return;
    }
    g_string_append_len(output->waiting, bytes, (gssize)size);
    drain(output, 0);
    if (output->waiting->len > 0 && output->writable == 0)
        output->writable = g_unix_fd_add(STDOUT_FILENO, G_IO_OUT, on_writable, output);
}

void live_output_text(struct live_output *output, const char *text)
{
    g_autofree char *local = say_local(text);

    live_output_bytes(output, local, strlen(local));
}

bool live_output_is_idle(const struct live_output *output)
{
    return output->waiting->len == 0;
}

static void remove_source(guint *source)
{
    if (*source != 0)
        g_source_remove(*source);
    *source = 0;
}

int live_output_end(struct live_output *output)
{
    gint64 end_us = g_get_monotonic_time() + LAST_WORDS_MS * 1000;

    output->on_broken = NULL;
    while (output->waiting->len > 0 && g_get_monotonic_time() < end_us)
        drain(output, PATIENCE_MS);
    for (const char *c = output->waiting->str; (c = strchr(c, '\n')) != NULL; c++)
        output->lost++;
    remove_source(&output->writable);
    remove_source(&output->closed);
    if (output->lost > 0)
        say(ngettext("%" PRIu64 " line was lost: whoever reads standard output is too slow",
                     "%" PRIu64 " lines were lost: whoever reads standard output is too slow",
                     plural(output->lost)),
            output->lost);
    if (!output->is_broken && close(STDOUT_FILENO) < 0)
        give_up(output, errno);
    g_string_free(output->waiting, TRUE);
    output->waiting = NULL;
    return output->is_broken ? EXIT_IO : EXIT_RAN;
}
