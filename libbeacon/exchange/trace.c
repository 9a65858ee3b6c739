/* SPDX-License-Identifier: MIT */
/* Traces, the history a phone uploads: read line by line in a buffer of fixed size, and written. */
#include <beacon/exchange.h>

#include "exchange/refuse.h"
#include "exchange/text.h"

#include <errno.h>
#include <string.h>

#define BUFFER_SIZE   65536
#define LINE_SIZE_MAX 256
#define FIELDS        4

#define RSSI_MIN_DBM (-127)
#define RSSI_MAX_DBM 20

/* Below this a time counts seconds (protocol 6.6). */
#define SECONDS_END INT64_C(100000000000)

#define EXPECTED_RSSI N_("a whole number of dBm from -127 to 20, or 127")
#define EXPECTED_TIME N_("milliseconds or seconds since 1970, in the years 2020 to 2100")

/* A stream cut into lines. */
struct lines {
    FILE *stream;
    size_t begin, end; /* of what is read and not yet taken */
    bool at_end;       /* of the stream */
    char buffer[BUFFER_SIZE];
};

enum line_result {
    LINE,
    LINE_LAST,     /* without an end of line */
    LINE_TOO_LONG, /* skipped */
    LINE_NONE,     /* the end */
    LINE_UNREADABLE,
};

/* Gets more into the buffer, behind what it holds still; false on an error. */
static bool fill(struct lines *lines)
{
    memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
    lines->end -= lines->begin;
    lines->begin = 0;
    errno = 0;
    lines->end += fread(lines->buffer + lines->end, 1, BUFFER_SIZE - lines->end, lines->stream);
    if (ferror(lines->stream))
        return false;
    lines->at_end = lines->end < BUFFER_SIZE;
    return true;
}

/* The next line without its end, valid until the next call. */
static enum line_result next_line(struct lines *lines, const char **ret_text, size_t *ret_length)
{
    bool too_long = false;

    for (;;) {
        const char *text = lines->buffer + lines->begin;
        const size_t rest = lines->end - lines->begin;
        const char *newline = memchr(text, '\n', rest);
        const size_t length = newline ? (size_t)(newline - text) : rest;

        too_long |= length > LINE_SIZE_MAX;
        if (newline || lines->at_end) {
            lines->begin += length + (newline ? 1 : 0);
            *ret_text = text;
            *ret_length = length > 0 && text[length - 1] == '\r' ? length - 1 : length;
            if (too_long)
                return LINE_TOO_LONG;
            if (newline)
                return LINE;
            return length > 0 ? LINE_LAST : LINE_NONE;
        }
        if (too_long)
            lines->begin = lines->end;
        if (!fill(lines))
            return LINE_UNREADABLE;
    }
}

/* Decimal digits, few enough for 64 bits. */
static bool take_digits(const char *text, size_t length, size_t length_max, int64_t *ret_number)
{
    int64_t number = 0;

    if (length == 0 || length > length_max)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *ret_number = number;
    return true;
}

static bool is_rssi(int64_t rssi_dbm)
{
    return (rssi_dbm >= RSSI_MIN_DBM && rssi_dbm <= RSSI_MAX_DBM) || rssi_dbm == BEACON_RSSI_ABSENT;
}

static bool take_rssi(const char *text, size_t length, int8_t *ret_rssi_dbm)
{
    const bool is_negative = length > 0 && text[0] == '-';
    int64_t number;

    if (!take_digits(text + is_negative, length - is_negative, 3, &number))
        return false;
    if (is_negative)
        number = -number;
    if (!is_rssi(number))
        return false;
    *ret_rssi_dbm = (int8_t)number;
    return true;
}

static bool is_believed(int64_t time_ms)
{
    return time_ms >= BEACON_TIME_MIN_MS && time_ms < BEACON_TIME_END_MS;
}

static bool take_time(const char *text, size_t length, int64_t *ret_ms, BeaconTraceUnit *ret_unit)
{
    int64_t number;
    BeaconTraceUnit unit;

    if (!take_digits(text, length, 15, &number))
        return false;
    unit = number < SECONDS_END ? BEACON_TRACE_SECONDS : BEACON_TRACE_MILLISECONDS;
    if (unit == BEACON_TRACE_SECONDS)
        number *= 1000;
    if (!is_believed(number))
        return false;
    *ret_ms = number;
    *ret_unit = unit;
    return true;
}

/* What is wrong with a line; all NULL if nothing is. */
struct problem {
    const char *field;
    const char *expected; /* marked for translation */
};

struct text {
    const char *start;
    size_t length;
};

static bool split(const char *line, size_t length, struct text ret_fields[FIELDS])
{
    const char *end = line + length;

    for (size_t i = 0; i < FIELDS; i++) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));

        if (!tab != (i == FIELDS - 1))
            return false;
        ret_fields[i].start = line;
        ret_fields[i].length = (size_t)((tab ? tab : end) - line);
        line = tab ? tab + 1 : end;
    }
    return true;
}

static struct problem parse_line(const char *line, size_t length, struct beacon_trace_row *row,
                                 BeaconTraceUnit *ret_unit)
{
    struct text fields[FIELDS];

    if (!split(line, length, fields))
        return (struct problem){NULL, N_("four fields, separated by tabs")};
    if (beacon_identifier_from_hex(fields[0].start, fields[0].length, &row->own) != 0)
        return (struct problem){"own", N_("24 hexadecimal digits")};
    if (beacon_identifier_from_hex(fields[1].start, fields[1].length, &row->sighting.identifier) !=
        0)
        return (struct problem){"contact", N_("24 hexadecimal digits")};
    if (!take_rssi(fields[2].start, fields[2].length, &row->sighting.rssi_dbm))
        return (struct problem){"rssi", EXPECTED_RSSI};
    if (!take_time(fields[3].start, fields[3].length, &row->sighting.time_ms, ret_unit))
        return (struct problem){"time", EXPECTED_TIME};
    return (struct problem){NULL, NULL};
}

struct trace {
    struct bcn_reader reader;
    beacon_trace_row_fn *on_row;
    BeaconTraceUnit unit;
    uint64_t line;
};

static bool refuse_line(const struct trace *trace, struct problem problem)
{
    return bcn_refuse(&trace->reader, 0, trace->line, problem.field, _(problem.expected));
}

/* Rows in two units cannot be told from rows of two phones: none of the file is to be trusted. */
static bool refuse_mixed(const struct trace *trace)
{
    struct bcn_reader reader = trace->reader;

    reader.on_refused = NULL;
    return bcn_refuse(&reader, 0, trace->line, "time",
                      trace->unit == BEACON_TRACE_SECONDS
                          ? _("seconds, as in the lines before; a file has one unit")
                          : _("milliseconds, as in the lines before; a file has one unit"));
}

static bool take_line(struct trace *trace, const char *text, size_t length, bool is_ended)
{
    struct beacon_trace_row row = {.sighting.tx_power_dbm = BEACON_TX_POWER_ABSENT};
    BeaconTraceUnit unit = BEACON_TRACE_EMPTY;
    struct problem problem = parse_line(text, length, &row, &unit);

    if (problem.expected)
        return refuse_line(trace, problem);
    if (trace->unit == BEACON_TRACE_EMPTY)
        trace->unit = unit;
    /* Milliseconds that lost their last three digits look like seconds. */
    if (unit != trace->unit && !is_ended)
        return refuse_line(trace,
                           (struct problem){"time", N_("all its digits; the file is cut here")});
    if (unit != trace->unit)
        return refuse_mixed(trace);
    return trace->on_row(&row, trace->line, trace->reader.user) ||
           bcn_fail_canceled(&trace->reader);
}

static bool read_lines(struct trace *trace, struct lines *lines)
{
    for (;;) {
        const char *text;
        size_t length;
        enum line_result result = next_line(lines, &text, &length);
        bool goes_on = true;

        trace->line++;
        switch (result) {
        case LINE:
        case LINE_LAST:
            goes_on = take_line(trace, text, length, result == LINE);
            break;
        case LINE_TOO_LONG:
            goes_on = refuse_line(
                trace,
                (struct problem){NULL, N_("four fields, separated by tabs, in at most 256 bytes")});
            break;
        case LINE_NONE:
            return true;
        case LINE_UNREADABLE:
            return bcn_fail_reading(&trace->reader, errno);
        }
        if (!goes_on)
            return false;
    }
}

gboolean beacon_trace_read(FILE *stream, const char *name, beacon_trace_row_fn *on_row,
                           beacon_refused_fn *on_refused, gpointer user, BeaconTraceUnit *ret_unit,
                           GError **error)
{
    struct trace trace = {
        .reader = {.name = name, .on_refused = on_refused, .user = user, .error = error},
        .on_row = on_row,
    };
    struct lines *lines = g_new0(struct lines, 1);
    bool is_read;

    lines->stream = stream;
    is_read = read_lines(&trace, lines);
    g_free(lines);
    if (is_read && ret_unit)
        *ret_unit = trace.unit;
    return is_read;
}

/* Seconds before 1970 would round the other way; they are refused before they get here. */
static int64_t in_unit(int64_t time_ms, BeaconTraceUnit unit)
{
    return unit == BEACON_TRACE_SECONDS ? time_ms / 1000 : time_ms;
}

gboolean beacon_trace_write(FILE *stream, const char *name, const struct beacon_trace_row *row,
                            BeaconTraceUnit unit, GError **error)
{
    const struct bcn_reader refuser = {.name = name, .error = error};
    char own[2 * BEACON_IDENTIFIER_SIZE + 1], contact[2 * BEACON_IDENTIFIER_SIZE + 1];

    if (!is_rssi(row->sighting.rssi_dbm))
        return bcn_refuse(&refuser, 0, 0, "rssi", _(EXPECTED_RSSI));
    if (!is_believed(row->sighting.time_ms))
        return bcn_refuse(&refuser, 0, 0, "time", _(EXPECTED_TIME));
    beacon_identifier_to_hex(&row->own, own);
    beacon_identifier_to_hex(&row->sighting.identifier, contact);
    if (fprintf(stream, "%s\t%s\t%d\t%lld\n", own, contact, row->sighting.rssi_dbm,
                (long long)in_unit(row->sighting.time_ms, unit)) < 0)
        return bcn_fail_writing(name, errno, error);
    return TRUE;
}
