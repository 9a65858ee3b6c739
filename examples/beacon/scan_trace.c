/* SPDX-License-Identifier: MIT */
/* The history that a scan adds to a file, row by row, as the app keeps its own. */
#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include "scan_trace.h"

#include "command.h"
#include "files.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROW_MAX = 128 };

/* What a library call refused, as an exit code. */
static int exchange_error(GError *error)
{
    int code = error->code == BEACON_EXCHANGE_ERROR_IO ? EXIT_IO : EXIT_INPUT;

    say("%s", error->message);
    g_error_free(error);
    return code;
}

static gboolean on_row(const struct beacon_trace_row *row, uint64_t line, gpointer user)
{
    (void)row, (void)line, (void)user;
    return TRUE;
}

/* Reads what is there already: it must be a trace, and its unit is gone on with. */
static int read_rows(struct scan_trace *trace, FILE *stream)
{
    GError *error = NULL;
    BeaconTraceUnit unit;

    if (!beacon_trace_read(stream, trace->path, on_row, NULL, NULL, &unit, &error))
        return exchange_error(error);
    if (unit != BEACON_TRACE_EMPTY)
        trace->unit = unit;
    return EXIT_RAN;
}

/* A last line that is whole may yet lack its end. */
static int end_last_line(struct scan_trace *trace, FILE *stream)
{
    if (fseek(stream, -1, SEEK_END) == 0 && getc(stream) != '\n' &&
        write(trace->descriptor, "\n", 1) != 1)
        return io_error(trace->path);
    return EXIT_RAN;
}

static int go_on(struct scan_trace *trace)
{
    FILE *stream = fopen(trace->path, "re");
    int code;

    if (stream == NULL)
        return io_error(trace->path);
    code = read_rows(trace, stream);
    if (code == EXIT_RAN)
        code = end_last_line(trace, stream);
    fclose(stream);
    return code;
}

int scan_trace_open(struct scan_trace *trace, const char *path, beacon_identity *identity)
{
    struct stat status;
    int code = EXIT_RAN;

    *trace =
        (struct scan_trace){.path = path, .identity = identity, .unit = BEACON_TRACE_MILLISECONDS};
    trace->descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600);
    if (trace->descriptor < 0)
        return io_error(path);
    if (fstat(trace->descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        code = go_on(trace);
    if (code != EXIT_RAN)
        scan_trace_close(trace);
    return code;
}

/* Our identifier of that time; zeros without an identity, or where it has none. */
static void fill_own(struct scan_trace *trace, struct beacon_trace_row *row)
{
    int error;

    if (trace->identity == NULL)
        return;
    error = beacon_identity_at(trace->identity, row->sighting.time_ms, &row->own, NULL);
    if (error < 0 && !trace->has_no_own) {
        say(_("%s: the identity has no identifier for this time, and zeros stand for it: %s"),
            trace->path, error_text(error));
        trace->has_no_own = true;
    }
}

/* Half a row is taken back: the disk is full, perhaps. */
static int write_row(const struct scan_trace *trace, const char *row)
{
    size_t length = strlen(row);
    ssize_t count;

    do
        count = write(trace->descriptor, row, length);
    while (count < 0 && errno == EINTR);
    if (count == (ssize_t)length)
        return EXIT_RAN;
    if (count > 0) {
        off_t end = lseek(trace->descriptor, 0, SEEK_END);

        if (end >= count && ftruncate(trace->descriptor, end - count) == 0)
            errno = ENOSPC;
    }
    return io_error(trace->path);
}

/* A clock that was never set is a reason to say so, not to end. */
static int tell_unfit(struct scan_trace *trace, GError *error)
{
    if (!trace->has_unfit)
        say("%s", error->message);
    trace->has_unfit = true;
    g_error_free(error);
    return EXIT_RAN;
}

int scan_trace_add(struct scan_trace *trace, const struct reception *reception)
{
    struct beacon_trace_row row = {
        .sighting = {.identifier = reception->identifier,
                     .time_ms = reception->time_ms,
                     .rssi_dbm = reception->rssi_dbm,
                     .tx_power_dbm = BEACON_TX_POWER_ABSENT},
    };
    char text[ROW_MAX];
    FILE *stream = fmemopen(text, sizeof text, "w");
    GError *error = NULL;
    bool is_made;

    if (stream == NULL)
        return io_error(trace->path);
    fill_own(trace, &row);
    is_made = beacon_trace_write(stream, trace->path, &row, trace->unit, &error);
    is_made &= fclose(stream) == 0;
    if (error != NULL)
        return tell_unfit(trace, error);
    return is_made ? write_row(trace, text) : io_error(trace->path);
}

int scan_trace_close(struct scan_trace *trace)
{
    int status = trace->descriptor >= 0 ? close(trace->descriptor) : 0;

    trace->descriptor = -1;
    return status == 0 ? EXIT_RAN : io_error(trace->path);
}
