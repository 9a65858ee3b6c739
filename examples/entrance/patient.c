/* SPDX-License-Identifier: MIT */
/* Standard output of a door that goes on: nobody who reads it slowly holds the door up. */
#define _GNU_SOURCE /* fopencookie */
#include "patient.h"

#include "say.h"

#include <glib-unix.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

enum { WAITING_MAX = 1 << 20, LAST_WORDS_MS = 1000 };

struct patient {
    FILE *stream;
    GString *waiting;
    guint source;
    guint64 lost; /* lines */
    int error;    /* errno, once it is broken */
    void (*on_broken)(gpointer user);
    gpointer user;
};

static void give_up(struct patient *patient, int error)
{
    if (patient->error != 0)
        return;
    patient->error = error;
    g_string_truncate(patient->waiting, 0);
    say(_("cannot write to standard output: %s"), g_strerror(error));
    if (patient->on_broken != NULL)
        patient->on_broken(patient->user);
}

/* PIPE_BUF bytes never wait, where poll says that there is room. */
static void drain(struct patient *patient, int timeout_ms)
{
    while (patient->waiting->len > 0) {
        struct pollfd poller = {.fd = STDOUT_FILENO, .events = POLLOUT};
        ssize_t count;

        if (poll(&poller, 1, timeout_ms) <= 0)
            return;
        count = write(STDOUT_FILENO, patient->waiting->str, MIN(patient->waiting->len, PIPE_BUF));
        if (count >= 0)
            g_string_erase(patient->waiting, 0, count);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        else if (errno != EINTR)
            give_up(patient, errno);
    }
}

static gboolean on_writable(gint descriptor, GIOCondition condition, gpointer user)
{
    struct patient *patient = user;

    (void)descriptor, (void)condition;
    drain(patient, 0);
    if (patient->waiting->len > 0)
        return G_SOURCE_CONTINUE;
    patient->source = 0;
    return G_SOURCE_REMOVE;
}

static ssize_t take(void *cookie, const char *bytes, size_t size)
{
    struct patient *patient = cookie;

    if (patient->error != 0) {
        errno = patient->error;
        return 0;
    }
    if (patient->waiting->len + size > WAITING_MAX) {
        patient->lost++;
        return (ssize_t)size;
    }
    g_string_append_len(patient->waiting, bytes, (gssize)size);
    drain(patient, 0);
    if (patient->waiting->len > 0 && patient->source == 0)
        patient->source = g_unix_fd_add(STDOUT_FILENO, G_IO_OUT, on_writable, patient);
    return (ssize_t)size;
}

struct patient *patient_new(void (*on_broken)(gpointer user), gpointer user)
{
    const cookie_io_functions_t functions = {.write = take};
    struct patient *patient = g_new0(struct patient, 1);

    patient->waiting = g_string_new(NULL);
    patient->on_broken = on_broken;
    patient->user = user;
    patient->stream = fopencookie(patient, "w", functions);
    if (patient->stream == NULL)
        g_error("fopencookie: %s", g_strerror(errno)); /* no memory, as elsewhere in GLib */
    return patient;
}

FILE *patient_stream(struct patient *patient)
{
    return patient->stream;
}

static void count_lost(struct patient *patient)
{
    for (gsize i = 0; i < patient->waiting->len; i++)
        patient->lost += patient->waiting->str[i] == '\n';
}

gboolean patient_free(struct patient *patient)
{
    gint64 end_us = g_get_monotonic_time() + LAST_WORDS_MS * 1000;
    gboolean is_good;

    patient->on_broken = NULL;
    fclose(patient->stream);
    while (patient->waiting->len > 0 && g_get_monotonic_time() < end_us)
        drain(patient, LAST_WORDS_MS / 10);
    count_lost(patient);
    if (patient->source != 0)
        g_source_remove(patient->source);
    if (patient->lost > 0)
        say(_("whoever reads standard output is too slow; lines lost: %u"),
            (guint)MIN(patient->lost, G_MAXUINT));
    is_good = patient->lost == 0 && patient->error == 0;
    g_string_free(patient->waiting, TRUE);
    g_free(patient);
    return is_good;
}
