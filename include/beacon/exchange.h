/* SPDX-License-Identifier: MIT */
/* Files that people exchange: key lists, a phone's own key report, traces. In libbeacon-store. */
#ifndef BEACON_EXCHANGE_H
#define BEACON_EXCHANGE_H

#include <beacon/base.h>
#include <beacon/encounter.h>
#include <beacon/match.h>

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/*
 * Everything here comes from strangers. Readers stream: they hold one record at a time, whatever
 * the file's size, and read from the stream's present position to its end without closing it.
 * `name` stands for the file in messages. Messages are in the language of the process (gettext
 * domain "libbeacon").
 */

#define BEACON_EXCHANGE_ERROR (beacon_exchange_error_quark())
BEACON_API GQuark beacon_exchange_error_quark(void);

typedef enum {
    /* The file is not what it should be; the message names file, line or record, and field. */
    BEACON_EXCHANGE_ERROR_INPUT,
    /* It could not be read or written; the message has the system's words. */
    BEACON_EXCHANGE_ERROR_IO,
    /* A callback asked to stop. */
    BEACON_EXCHANGE_ERROR_CANCELED,
} BeaconExchangeError;

/* Why a record, a line or a whole file was refused, in parts, for whoever shows a list of them.
 * Valid during the callback. */
struct beacon_refusal {
    const char *name;     /* of the file */
    uint64_t record;      /* counted from 1 within its file; 0 where line counts, or the whole */
    uint64_t line;        /* counted from 1; 0 where record counts, or the whole */
    const char *field;    /* "daily_key", "max", "rssi", …, or NULL for the whole */
    const char *expected; /* in words, translated */
    const char *message;  /* all of it in one sentence, as the GError would have it; fit for a
                             terminal: no control character, nothing quoted from the file */
};

/*
 * With a refusal callback, a reader goes on after what it refuses; returning false stops it.
 * Without one, the first refusal ends it with BEACON_EXCHANGE_ERROR_INPUT. When the text itself is
 * broken (not JSON, nested too deep, too large, cut, "data" missing or given twice), what follows
 * cannot be trusted: that is one last refusal, after which the reader answers TRUE all the same.
 */
typedef gboolean beacon_refused_fn(const struct beacon_refusal *refusal, gpointer user);

/* One record that is good; `record` as in a refusal. Returning false stops the reader. */
typedef gboolean beacon_published_key_fn(const struct beacon_published_key *key, uint64_t record,
                                         gpointer user);

/*
 * Reads a list of published keys (protocol 6.1):
 * {"data":[{"daily_key","time_start","max","time_end"}, …]}, also when that whole text is itself a
 * JSON string. Times are integer seconds. Unknown members are skipped; a member missing, given
 * twice or of another type is refused. Depth is limited to BEACON_JSON_DEPTH_MAX and a record to
 * BEACON_JSON_RECORD_MAX bytes.
 */
#define BEACON_JSON_DEPTH_MAX  16
#define BEACON_JSON_RECORD_MAX 65536

BEACON_API gboolean beacon_key_list_read(FILE *stream, const char *name,
                                         beacon_published_key_fn *on_key,
                                         beacon_refused_fn *on_refused, gpointer user,
                                         GError **error);

/*
 * Writes such a list: open, any number of keys, close, which flushes the stream and leaves it open.
 * A key that would not be read back (beacon_published_key_check, times that are not whole seconds)
 * is refused with BEACON_EXCHANGE_ERROR_INPUT and the list goes on. Plain data, nothing to free.
 */
struct beacon_key_list_writer {
    FILE *stream;
    const char *name;
    uint64_t records;
};

BEACON_API gboolean beacon_key_list_open(struct beacon_key_list_writer *writer, FILE *stream,
                                         const char *name, GError **error);
BEACON_API gboolean beacon_key_list_add(struct beacon_key_list_writer *writer,
                                        const struct beacon_published_key *key, GError **error);
BEACON_API gboolean beacon_key_list_close(struct beacon_key_list_writer *writer, GError **error);

/*
 * The report a phone makes of its own keys, InfoF of an upload (protocol 6.2):
 * {"base_id","time","daily_key","time_start"}, times in seconds, integer or (from an iPhone) with a
 * fraction, "time_start" not before "time"; or that whole text as a JSON string. Limits and other
 * members as in a list.
 *
 * It carries the base key, so it is read and never written. The reader wipes what it held; the
 * caller wipes the result (sodium_memzero), and keeps the secret out of the stream's own buffer
 * with setvbuf(stream, NULL, _IONBF, 0), which costs nothing here.
 */
struct beacon_key_report {
    struct beacon_base_key base_key;
    int64_t base_ms; /* start of the base key's day */
    struct beacon_daily_key daily_key;
    int64_t start_ms; /* start of the daily key's day */
};

BEACON_API gboolean beacon_key_report_read(FILE *stream, const char *name,
                                           struct beacon_key_report *ret_report, GError **error);

/* What a trace's times count. The file does not say; below 10^11 it is seconds (protocol 6.6). */
typedef enum {
    BEACON_TRACE_EMPTY = 0, /* no row, so no unit */
    BEACON_TRACE_MILLISECONDS,
    BEACON_TRACE_SECONDS,
} BeaconTraceUnit;

/* One line of data_trace.txt: own identifier, contact's identifier, RSSI, time, separated by tabs
 * (protocol 6.6). */
struct beacon_trace_row {
    struct beacon_identifier own;
    /* Of the contact; platform unknown, TX power absent, time in ms whatever the unit. */
    struct beacon_sighting sighting;
};

typedef gboolean beacon_trace_row_fn(const struct beacon_trace_row *row, uint64_t line,
                                     gpointer user);

/*
 * Reads a trace. Lines end in LF, CRLF or, the last one, the end of the file only if it is
 * complete. Refused: a line that has not four fields, hexadecimal digits that are not 24, an RSSI
 * outside -127 … 20 (127 means not available), a time outside 2020 … 2100. A file that mixes
 * seconds and milliseconds is refused as a whole: BEACON_EXCHANGE_ERROR_INPUT, also with
 * on_refused, naming the line; the rows heard so far are not to be used. ret_unit may be NULL.
 */
BEACON_API gboolean beacon_trace_read(FILE *stream, const char *name, beacon_trace_row_fn *on_row,
                                      beacon_refused_fn *on_refused, gpointer user,
                                      BeaconTraceUnit *ret_unit, GError **error);

/*
 * Writes one row as the app does; seconds are rounded down. A row that would not be read back is
 * refused. The stream buffers: whoever closes it sees whether all was written.
 */
BEACON_API gboolean beacon_trace_write(FILE *stream, const char *name,
                                       const struct beacon_trace_row *row, BeaconTraceUnit unit,
                                       GError **error);

G_END_DECLS

#endif
