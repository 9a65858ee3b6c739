/* SPDX-License-Identifier: MIT */
/* beacon scan: hears phones, says who is about, and keeps a history as the app does. */
#include "scan.h"

#include "command.h"
#include "files.h"
#include "identity_file.h"
#include "radio_session.h"
#include "radio_words.h"
#include "scan_outputs.h"
#include "scan_table.h"
#include "scan_trace.h"
#include "scan_visits.h"
#include "terminal.h"
#include "text.h"

struct scan {
    const struct scan_request *request;
    struct radio_session session;
    struct live_output output;
    struct heard heard;
    struct scan_visits visits;
    struct scan_table table;
    struct scan_trace trace;
    bool is_table;
};

/* ---- What is heard ---- */

static void show(struct scan *scan, const struct reception *reception, bool is_due)
{
    if (scan->request->is_json)
        scan_put_json(&scan->output, reception, scan->request->is_all);
    else if (!scan->is_table && is_due)
        scan_put_line(&scan->output, reception, scan->request->is_all);
}

static void take_down(struct scan *scan, const struct reception *reception)
{
    bool is_due = heard_note(&scan->heard, reception);

    show(scan, reception, is_due);
    if (!is_due || !reception->has_identifier || scan->request->trace == NULL)
        return;
    if (scan_trace_add(&scan->trace, reception) != EXIT_RAN)
        radio_session_stop(&scan->session, EXIT_IO);
}

static void on_read(const struct reception *reception, void *user)
{
    struct scan *scan = user;

    heard_rename(&scan->heard, &reception->address);
    take_down(scan, reception);
}

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct scan *scan = user;
    struct reception reception = scan_visits_reception(packet);

    scan_visits_complete(&scan->visits, &reception);
    if (reception.kind == BEACON_ADVERT_OTHER && !scan->request->is_all)
        scan->heard.by_kind[BEACON_ADVERT_OTHER].packets++;
    else
        take_down(scan, &reception);
}

/* ---- The run ---- */

static void on_output_broken(void *user)
{
    struct scan *scan = user;

    radio_session_stop(&scan->session, EXIT_IO);
}

static void begin_outputs(struct scan *scan)
{
    const struct scan_request *request = scan->request;

    heard_begin(&scan->heard);
    scan->output.is_patient = scan->session.is_replay;
    scan->output.on_broken = on_output_broken;
    scan->output.user = scan;
    live_output_begin(&scan->output);
    scan->visits.radio = request->has_no_visits ? NULL : scan->session.radio;
    scan->visits.on_read = on_read;
    scan->visits.user = scan;
    scan_visits_begin(&scan->visits);
    scan->table = (struct scan_table){.heard = &scan->heard,
                                      .radio = scan->session.radio,
                                      .output = &scan->output,
                                      .is_full_address = request->is_all};
    if (scan->is_table)
        scan_table_begin(&scan->table);
}

/* The sum: for machines, which read standard output, on standard error. */
static void put_summary(struct scan *scan, gint64 started_us)
{
    struct beacon_radio_health health = beacon_radio_health(scan->session.radio);
    gint64 now_us = beacon_clock_monotonic_us(beacon_radio_clock(scan->session.radio));
    g_autofree char *summary = scan_summary(&scan->heard, &health, now_us - started_us);

    if (scan->request->is_json)
        say_as_it_is(summary);
    else
        live_output_text(&scan->output, summary);
}

/* Returns the worse of two exit codes, the first of equals. */
static int join(int code, int other)
{
    return code != EXIT_RAN ? code : other;
}

/* A record with a hole is none; that it has one was perhaps said already. */
static int end_record(struct scan *scan)
{
    GError *error = NULL;

    if (beacon_radio_record(scan->session.radio, NULL, &error))
        return EXIT_RAN;
    say("%s", error->message);
    g_error_free(error);
    return EXIT_IO;
}

static int end_scan(struct scan *scan, gint64 started_us)
{
    int record_code = end_record(scan), code;

    if (scan->is_table)
        scan_table_end(&scan->table);
    put_summary(scan, started_us);
    scan_visits_end(&scan->visits);
    code = radio_session_close(&scan->session);
    code = join(code, live_output_end(&scan->output));
    code = join(code, record_code);
    heard_end(&scan->heard);
    return code;
}

static int start_record(struct scan *scan)
{
    GError *error = NULL;
    int code;

    if (scan->request->record == NULL ||
        beacon_radio_record(scan->session.radio, scan->request->record, &error))
        return EXIT_RAN;
    code = g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED) ? EXIT_RADIO
                                                                                      : EXIT_IO;
    radio_error(error);
    return code;
}

static int start(struct scan *scan)
{
    GError *error = NULL;
    int code = start_record(scan);

    if (code != EXIT_RAN)
        return code;
    if (beacon_radio_scan(scan->session.radio, &scan->request->scan, &error))
        return EXIT_RAN;
    return radio_error(error);
}

static void ignore_health(const struct beacon_radio_health *health, gpointer user)
{
    (void)health, (void)user; /* the table shows it */
}

static int run_scan(struct scan *scan)
{
    const struct beacon_radio_listener listener = {
        .on_packet = on_packet, .on_health = scan->is_table ? ignore_health : NULL, .user = scan};
    gint64 started_us;
    int code = radio_session_open(&scan->session, &scan->request->radio, &listener);

    if (code != EXIT_RAN)
        return code;
    code = start(scan);
    if (code != EXIT_RAN) {
        radio_session_stop(&scan->session, code);
        return radio_session_close(&scan->session);
    }
    begin_outputs(scan);
    started_us = beacon_clock_monotonic_us(beacon_radio_clock(scan->session.radio));
    radio_session_run(&scan->session);
    return end_scan(scan, started_us);
}

/* Files first: a radio that is on the air already shall not wait for a wrong name. */
int scan_run(const struct scan_request *request)
{
    g_autoptr(beacon_identity) identity = NULL;
    struct scan scan = {.request = request,
                        .is_table = !request->is_json && terminal_is_live(),
                        .trace.descriptor = -1};
    int code = EXIT_RAN;

    if (request->identity != NULL) {
        code = secrets_guard();
        if (code == EXIT_RAN)
            code = identity_file_load(request->identity, &identity);
    }
    if (code == EXIT_RAN && request->trace != NULL)
        code = scan_trace_open(&scan.trace, request->trace, identity);
    if (code == EXIT_RAN)
        code = run_scan(&scan);
    return join(code, scan_trace_close(&scan.trace));
}
