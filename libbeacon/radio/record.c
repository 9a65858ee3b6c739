/* SPDX-License-Identifier: MIT */
/* The record: what passes, into a btsnoop file that holds whole packets whatever happens. */
#include "radio/btsnoop.h"
#include "radio/face.h"
#include "radio/report.h"
#include "radio/text.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Written at the latest when so much waits, or has waited so long. */
enum { WAITING_MAX = 65536, WAIT_US = G_TIME_SPAN_SECOND };

struct bcn_record {
    int fd;
    char *name;          /* fit to be shown */
    GByteArray *waiting; /* whole records, not yet in the file */
    gint64 size;         /* of the file */
    int failed;          /* errno of the write that failed; nothing is taken any more */
    guint timer;         /* the next write, or the bad news */
};

/* ---- The file ---- */

/* 0 or an errno. */
static int write_all(int fd, const guint8 *bytes, gsize size, gsize *ret_written)
{
    *ret_written = 0;
    while (*ret_written < size) {
        gssize got = write(fd, bytes + *ret_written, size - *ret_written);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : ENOSPC;
        *ret_written += (gsize)got;
    }
    return 0;
}

/* What could be written only in part is cut back to whole records. 0 or an errno. */
static int flush(struct bcn_record *record)
{
    gsize written;
    int number = write_all(record->fd, record->waiting->data, record->waiting->len, &written);
    if (number != 0) {
        written = bcn_btsnoop_whole(record->waiting->data, written);
        if (ftruncate(record->fd, record->size + (gint64)written) != 0)
            number = errno;
    }
    record->size += (gint64)written;
    g_byte_array_set_size(record->waiting, 0);
    return number;
}

static void set_error(const char *name, int number, GError **error)
{
    if (number == EEXIST)
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FAILED,
                    _("%s: exists already; a record does not write over a file"), name);
    else
        g_set_error(error, BEACON_RADIO_ERROR, (gint)bcn_error_of_errno(number),
                    _("%s: could not be written: %s"), name, g_strerror(number));
}

static void free_record(struct bcn_record *record)
{
    g_byte_array_unref(record->waiting);
    g_free(record->name);
    g_free(record);
}

static int write_header(struct bcn_record *record)
{
    gsize written;
    bcn_btsnoop_put_header(record->waiting);
    int number = write_all(record->fd, record->waiting->data, record->waiting->len, &written);
    record->size = (gint64)written;
    g_byte_array_set_size(record->waiting, 0);
    return number;
}

/* For its owner's eyes: it says who was there. */
static struct bcn_record *create(const char *path, GError **error)
{
    struct bcn_record *record = g_new0(struct bcn_record, 1);
    record->name = bcn_shown_name(path);
    record->waiting = g_byte_array_new();
    record->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int number = record->fd < 0 ? errno : write_header(record);
    if (number == 0)
        return record;
    if (record->fd >= 0) {
        close(record->fd);
        unlink(path);
    }
    set_error(record->name, number, error);
    free_record(record);
    return NULL;
}

/* ---- Its beginning and end ---- */

static gboolean has_tap(const beacon_radio *radio)
{
    return radio->backend->class->tap != NULL;
}

/* FALSE and an error, where the last packets could not be written. */
static gboolean end(beacon_radio *radio, GError **error)
{
    struct bcn_record *record = radio->record;
    if (record == NULL)
        return TRUE;
    radio->record = NULL;
    beacon_clock_cancel(radio->clock, &record->timer);
    if (has_tap(radio))
        radio->backend->class->tap(radio->backend, FALSE);
    int number = record->failed != 0 ? record->failed : flush(record);
    if (close(record->fd) != 0 && number == 0)
        number = errno;
    if (number != 0)
        set_error(record->name, number, error);
    free_record(record);
    return number == 0;
}

void bcn_record_stop(beacon_radio *radio)
{
    end(radio, NULL);
}

gboolean beacon_radio_record(beacon_radio *radio, const char *path, GError **error)
{
    if (!end(radio, error))
        return FALSE;
    if (path == NULL)
        return TRUE;
    radio->record = create(path, error);
    if (radio->record == NULL)
        return FALSE;
    if (has_tap(radio))
        radio->backend->class->tap(radio->backend, TRUE);
    return TRUE;
}

/* The radio goes on without it, and says so; who ends it is told once more. */
static void give_up(beacon_radio *radio)
{
    char *text = g_strdup_printf(_("the record has ended: %s could not be written: %s"),
                                 radio->record->name, g_strerror(radio->record->failed));
    if (has_tap(radio))
        radio->backend->class->tap(radio->backend, FALSE);
    bcn_face_state(radio, radio->health.state, radio->health.step, text);
    g_free(text);
}

static void flush_in_time(gpointer user)
{
    beacon_radio *radio = user;
    struct bcn_record *record = radio->record;
    record->timer = 0;
    if (record->failed == 0)
        record->failed = flush(record);
    if (record->failed != 0)
        give_up(radio);
}

/* ---- What passes ---- */

/* Bad news waits for the context: nobody who gives us a packet expects to be called back. */
static void flush_now(beacon_radio *radio)
{
    struct bcn_record *record = radio->record;
    record->failed = flush(record);
    if (record->failed == 0)
        return;
    beacon_clock_cancel(radio->clock, &record->timer);
    record->timer = beacon_clock_after(radio->clock, 0, flush_in_time, radio);
}

/* A timer only while something waits: on a virtual clock it would otherwise be time's only mover,
 * for ever. */
static void put(beacon_radio *radio, gint64 time_us, gboolean received, const guint8 *bytes,
                gsize size)
{
    struct bcn_record *record = radio->record;
    if (record->failed != 0)
        return;
    bcn_btsnoop_put_packet(record->waiting, MAX(time_us, 0), received, bytes, size);
    if (record->timer == 0)
        record->timer = beacon_clock_after(radio->clock, WAIT_US, flush_in_time, radio);
    if (record->waiting->len >= WAITING_MAX)
        flush_now(radio);
}

void bcn_face_passed(beacon_radio *radio, gboolean received, const guint8 *bytes, gsize size)
{
    if (radio->record != NULL)
        put(radio, beacon_clock_wall_us(radio->clock), received, bytes, size);
}

void bcn_record_packet(beacon_radio *radio, const struct beacon_radio_packet *packet)
{
    guint8 event[BCN_REPORT_EVENT_MAX];
    if (radio->record == NULL || has_tap(radio))
        return;
    gsize size = bcn_report_write(packet, event);
    put(radio, packet->time_us, TRUE, event, size);
}
