/* SPDX-License-Identifier: MIT */
/* A radio that replays a btsnoop file: every record at its moment, on whatever clock it is given.
 */
#include "radio/backend.h"
#include "radio/btsnoop.h"
#include "radio/report.h"
#include "radio/text.h"

/* Records that one timer may handle, so that others on the context have their turn. */
#define BURST 64

struct capture {
    struct bcn_backend base;
    beacon_clock *clock;
    gboolean own_time; /* the clock was made for this file, and shows its times */
    gint64 ahead_us;   /* the clock's monotonic time minus the file's */
    gint64 begin_us;   /* the file's first moment */
    gint64 last_us;    /* the last record's, so far */
    guint64 heard;     /* advertisements replayed, whoever listened */
    struct bcn_btsnoop *file;
    struct bcn_btsnoop_record record; /* the next */
    gboolean has_record;
    gboolean scanning, tapped, ended, stopped;
    guint timer;
};

static struct capture *capture_of(struct bcn_backend *backend)
{
    return (struct capture *)backend;
}

/* ---- Packets ---- */

/* What a clock that runs late would blur is exact: times are the record's, not of the delivery. */
static void set_times(struct capture *capture, struct beacon_radio_packet *packet)
{
    packet->monotonic_us = capture->record.time_us + capture->ahead_us;
    gint64 late_us = beacon_clock_monotonic_us(capture->clock) - packet->monotonic_us;
    packet->time_us = capture->own_time ? capture->record.time_us
                                        : beacon_clock_wall_us(capture->clock) - late_us;
}

static void give(struct capture *capture, const struct beacon_radio_packet *packet)
{
    capture->heard++;
    if (!capture->scanning)
        return;
    if (packet->size == 0)
        bcn_face_counters(capture->base.face)->empty++;
    else
        bcn_face_packet(capture->base.face, packet);
}

static void give_reports(struct capture *capture, const guint8 *parameters, gsize size)
{
    struct bcn_reports reports = bcn_reports_begin(parameters, size);
    struct beacon_radio_packet packet;
    int more = 0;
    set_times(capture, &packet);
    while (!capture->stopped && (more = bcn_reports_next(&reports, &packet)) == 1)
        give(capture, &packet);
    if (more == -1)
        bcn_face_counters(capture->base.face)->malformed++;
}

/* Of an event that the file holds in part, the reports before the cut are good. */
static void give_record(struct capture *capture)
{
    const guint8 *packet = capture->record.packet;
    gsize size = capture->record.size;
    if (capture->tapped && capture->scanning && packet[0] != 0)
        bcn_face_passed(capture->base.face, capture->record.received, packet, size);
    if (size > 3 && packet[0] == BCN_H4_EVENT && packet[1] == BCN_EVENT_LE_META &&
        bcn_is_report(packet[3]))
        give_reports(capture, packet + 3, MIN(size - 3, packet[2]));
}

/* ---- The end ---- */

static void end(struct capture *capture)
{
    capture->ended = TRUE;
    bcn_face_on_air(capture->base.face, FALSE, FALSE);
}

static char *summary(const struct capture *capture)
{
    gint64 seconds = (capture->last_us - capture->begin_us) / G_TIME_SPAN_SECOND;
    return g_strdup_printf(g_dngettext("libbeacon",
                                       "the capture has ended: %llu advertisement in %d:%02d:%02d",
                                       "the capture has ended: %llu advertisements in %d:%02d:%02d",
                                       (gulong)capture->heard),
                           (unsigned long long)capture->heard, (int)(seconds / 3600),
                           (int)(seconds / 60 % 60), (int)(seconds % 60));
}

static void end_well(struct capture *capture)
{
    struct bcn_btsnoop_counts counts = bcn_btsnoop_counts(capture->file);
    char *text = summary(capture);
    if (counts.cut > 0 || counts.backwards > 0) {
        char *first = text;
        text = g_strdup_printf(_("%s; of its records, %llu hold only the beginning of a packet, "
                                 "and %llu are earlier than the one before"),
                               first, (unsigned long long)counts.cut,
                               (unsigned long long)counts.backwards);
        g_free(first);
    }
    end(capture);
    bcn_face_state(capture->base.face, BEACON_RADIO_ENDED, BEACON_RADIO_STEP_NONE, text);
    g_free(text);
}

static void end_at_damage(struct capture *capture, const GError *error)
{
    end(capture);
    bcn_face_damaged(capture->base.face, error->message);
}

/* ---- Time ---- */

/* Sees to it that there is a next record; FALSE: there is none, and the face knows why. */
static gboolean read_ahead(struct capture *capture)
{
    GError *error = NULL;
    if (capture->has_record)
        return TRUE;
    int more = bcn_btsnoop_next(capture->file, &capture->record, &error);
    capture->has_record = more == 1;
    if (more == 0)
        end_well(capture);
    if (more == -1)
        end_at_damage(capture, error);
    g_clear_error(&error);
    return capture->has_record;
}

static void play(gpointer user)
{
    struct capture *capture = user;
    gint64 wait_us = 0;
    capture->timer = 0;
    for (int i = 0; i < BURST; i++) {
        if (!read_ahead(capture))
            return;
        wait_us =
            capture->record.time_us + capture->ahead_us - beacon_clock_monotonic_us(capture->clock);
        if (wait_us > 0)
            break;
        capture->has_record = FALSE;
        capture->last_us = capture->record.time_us;
        give_record(capture);
        if (capture->stopped)
            return;
    }
    capture->timer = beacon_clock_after(capture->clock, wait_us, play, capture);
}

static void start(gpointer user)
{
    struct capture *capture = user;
    capture->timer = 0;
    bcn_face_state(capture->base.face, BEACON_RADIO_READY, BEACON_RADIO_STEP_NONE,
                   _("replaying a capture"));
    if (!capture->stopped)
        play(capture);
}

/* ---- What the face asks ---- */

static void capture_stop(struct bcn_backend *backend)
{
    struct capture *capture = capture_of(backend);
    capture->stopped = TRUE;
    beacon_clock_cancel(capture->clock, &capture->timer);
}

static void capture_free(struct bcn_backend *backend)
{
    struct capture *capture = capture_of(backend);
    bcn_btsnoop_close(capture->file);
    g_free(capture);
}

static guint capture_capabilities(const struct bcn_backend *backend)
{
    (void)backend;
    return BEACON_RADIO_CAN_SCAN | BEACON_RADIO_HEARS_EVERYTHING | BEACON_RADIO_TELLS_RSSI;
}

/* Nothing is to be made ready: it scans from now on. */
static void capture_scan(struct bcn_backend *backend, const struct bcn_scan_order *order)
{
    struct capture *capture = capture_of(backend);
    capture->scanning = order != NULL;
    if (!capture->ended)
        bcn_face_on_air(capture->base.face, capture->scanning, FALSE);
}

static void capture_tap(struct bcn_backend *backend, gboolean tap)
{
    capture_of(backend)->tapped = tap;
}

/* What it cannot do, and has said so: off is all that is asked for, and a visit is never. */

static void capture_advertise(struct bcn_backend *backend, const struct bcn_advert_order *order)
{
    (void)backend, (void)order;
}

static void capture_serve(struct bcn_backend *backend, gboolean serve)
{
    (void)backend, (void)serve;
}

static const struct bcn_backend_class capture_class = {
    .stop = capture_stop,
    .free = capture_free,
    .capabilities = capture_capabilities,
    .scan = capture_scan,
    .advertise = capture_advertise,
    .serve = capture_serve,
    .tap = capture_tap,
};

/* ---- Opening ---- */

/* Opens it and reads the first record, if there is any. */
static struct bcn_btsnoop *open_first(const char *path, struct bcn_btsnoop_record *ret_record,
                                      gboolean *ret_has_record, GError **error)
{
    struct bcn_btsnoop *file = bcn_btsnoop_open(path, error);
    int more = file != NULL ? bcn_btsnoop_next(file, ret_record, error) : -1;
    *ret_has_record = more == 1;
    return more == -1 ? bcn_btsnoop_close(file) : file;
}

gint64 bcn_capture_start_us(const char *path, const char *const *settings, GError **error)
{
    (void)settings;
    struct bcn_btsnoop_record record = {.time_us = 0};
    gboolean has_record;
    struct bcn_btsnoop *file = open_first(path, &record, &has_record, error);
    if (file == NULL)
        return -1;
    bcn_btsnoop_close(file);
    return record.time_us;
}

/* On a clock of the caller's, the capture begins now, and its times are moved there. */
struct bcn_backend *bcn_backend_capture(const struct bcn_opening *opening, GError **error)
{
    struct bcn_btsnoop_record record = {.time_us = 0};
    gboolean has_record;
    struct bcn_btsnoop *file = open_first(opening->rest, &record, &has_record, error);
    if (file == NULL)
        return NULL;
    struct capture *capture = g_new0(struct capture, 1);
    capture->base = (struct bcn_backend){&capture_class, opening->face};
    capture->clock = opening->clock;
    capture->file = file;
    capture->record = record;
    capture->has_record = has_record;
    capture->begin_us = capture->last_us = record.time_us;
    capture->own_time = opening->options.clock == NULL;
    if (!capture->own_time)
        capture->ahead_us = beacon_clock_monotonic_us(capture->clock) - record.time_us;
    capture->timer = beacon_clock_after(capture->clock, 0, start, capture);
    return &capture->base;
}
