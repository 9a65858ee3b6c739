/* SPDX-License-Identifier: MIT */
/* beacon match: published keys against a phone's history. */
#include "match.h"

#include "command.h"
#include "exposure_rule.h"
#include "key_files.h"
#include "progress.h"
#include "radio_options.h"
#include "store_place.h"
#include "text.h"
#include "times.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The phone's log, as it grows. */
struct history {
    struct beacon_sighting *sightings;
    size_t count, room;
};

struct call {
    char **key_lists;
    char **traces; /* or NULL */
    struct store_place store;
    const char *html;
    gint64 tolerance_ms;
    bool is_keep_going;
    bool is_json;
    bool is_signed_required;
    struct beacon_public_key signer; /* that is required */
    gint64 now_ms;
    guint64 threads;

    struct history history;
    struct found found;
    struct batch batch;
    struct progress progress;
    const char *path; /* of what is being read */
    FILE *stream;
    uint64_t rows;           /* read of it */
    uint64_t records_before; /* in the lists before the one that is being read */
    uint64_t records;        /* so far in the one that is being read */
    int error;               /* of the library, that stopped a reader */
};

static bool history_add(struct history *history, const struct beacon_sighting *sighting)
{
    if (history->count == history->room) {
        size_t room = history->room > 0 ? 2 * history->room : 4096;
        struct beacon_sighting *sightings =
            g_try_realloc_n(history->sightings, room, sizeof(*sightings));

        if (sightings == NULL)
            return false;
        history->sightings = sightings;
        history->room = room;
    }
    history->sightings[history->count++] = *sighting;
    return true;
}

static void show_progress(struct call *call, const char *text)
{
    progress_show(&call->progress, text, call->stream);
}

static gboolean on_row(const struct beacon_trace_row *row, uint64_t line, gpointer user)
{
    struct call *call = user;

    (void)line;
    if (++call->rows % 4096 == 0)
        show_progress(call, _("reading the trace"));
    if (history_add(&call->history, &row->sighting))
        return TRUE;
    call->error = BEACON_ENOMEM;
    return FALSE;
}

static gboolean on_refused(const struct beacon_refusal *refusal, gpointer user)
{
    struct call *call = user;

    call->records = MAX(call->records, refusal->record);
    return found_refuse(&call->found, call->path, refusal);
}

static gboolean on_key(const struct beacon_published_key *key, uint64_t record, gpointer user)
{
    struct call *call = user;

    call->records = MAX(call->records, record);
    if (++call->rows % 256 == 0)
        show_progress(call, _("matching"));
    call->error = batch_add(&call->batch, key, call->records_before + record);
    return call->error == 0;
}

/* After a reader has failed. */
static int read_failed(struct call *call, const char *path, const GError *error)
{
    progress_end(&call->progress);
    if (call->error < 0)
        return library_error(input_name(path), call->error);
    if (!g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_CANCELED))
        return input_failed(error);
    say(_("%s: %d records or lines refused, and no end; is it the right file?"), input_name(path),
        REFUSED_MAX);
    return EXIT_INPUT;
}

static int read_trace(struct call *call, const char *path)
{
    beacon_refused_fn *refused = call->is_keep_going ? on_refused : NULL;
    g_autoptr(GError) error = NULL;
    bool is_good;

    call->path = path;
    call->stream = input_open(path);
    if (call->stream == NULL)
        return EXIT_IO;
    call->rows = 0;
    is_good =
        beacon_trace_read(call->stream, input_name(path), on_row, refused, call, NULL, &error);
    input_close(call->stream);
    return is_good ? EXIT_RAN : read_failed(call, path, error);
}

static int read_log(struct call *call)
{
    g_autoptr(beacon_store) store = NULL;
    GError *error = NULL;
    GArray *sightings;
    bool has_room = true;
    int code = store_place_open(&call->store, BEACON_STORE_READ, 0, &store);

    if (code != EXIT_RAN)
        return code;
    progress_show(&call->progress, _("reading the log"), NULL);
    sightings = beacon_store_load(store, BEACON_TIME_MIN_MS, BEACON_TIME_END_MS, &error);
    progress_end(&call->progress);
    if (sightings == NULL)
        return store_error(error);
    for (guint i = 0; i < sightings->len && has_room; i++)
        has_room =
            history_add(&call->history, &g_array_index(sightings, struct beacon_sighting, i));
    g_array_unref(sightings);
    return has_room ? EXIT_RAN : library_error(call->store.path, BEACON_ENOMEM);
}

static int compare_sightings(const void *a, const void *b)
{
    const struct beacon_sighting *one = a, *other = b;
    int order;

    if (one->time_ms != other->time_ms)
        return one->time_ms < other->time_ms ? -1 : 1;
    order = memcmp(&one->identifier, &other->identifier, sizeof one->identifier);
    return order != 0 ? order : one->rssi_dbm - other->rssi_dbm;
}

/* What two histories both have, as a log and what was exported from it, was heard once. */
static void drop_repeated(struct history *history)
{
    struct beacon_sighting *sightings = history->sightings;
    size_t kept = 0;

    if (history->count == 0)
        return;
    qsort(sightings, history->count, sizeof *sightings, compare_sightings);
    for (size_t i = 1; i < history->count; i++)
        if (compare_sightings(&sightings[kept], &sightings[i]) != 0)
            sightings[++kept] = sightings[i];
    history->count = kept + 1;
}

static int read_histories(struct call *call)
{
    int code = EXIT_RAN, histories = 0;

    for (char **path = call->traces; path != NULL && *path != NULL && code == EXIT_RAN; path++) {
        code = read_trace(call, *path);
        histories++;
    }
    if (code == EXIT_RAN && call->store.path != NULL) {
        code = read_log(call);
        histories++;
    }
    if (histories > 1)
        drop_repeated(&call->history);
    call->found.sightings = call->history.count;
    return code;
}

static bool on_bundle_keys(const struct beacon_published_key keys[], gsize count, void *user)
{
    struct call *call = user;

    for (gsize i = 0; i < count; i++)
        if (!on_key(&keys[i], call->records + 1, call))
            return false;
    return true;
}

/* Hands a bundle's keys on as they come, which is work, so what can be told of the bundle is told
 * first. Nothing is printed before its end was found good. */
static bool read_bundle(struct call *call, const char *name, GError **error)
{
    const struct beacon_public_key *required = call->is_signed_required ? &call->signer : NULL;
    const gint64 now_s = call->now_ms / 1000;
    beacon_bundle_reader *reader = beacon_bundle_open(call->stream, name, error);
    bool is_good;

    if (reader == NULL)
        return false;
    is_good = beacon_bundle_accept(reader, required, now_s, error) &&
              bundle_each(reader, on_bundle_keys, call, error) &&
              beacon_bundle_finish(reader, required, now_s, error);
    beacon_bundle_free(reader);
    return is_good;
}

static int refuse_unsigned(const char *path, enum input_kind kind)
{
    if (kind == INPUT_EMPTY)
        say(_("%s: expected a signed bundle; the file is empty"), input_name(path));
    else
        say(_("%s: expected a signed bundle; this is no bundle"), input_name(path));
    return EXIT_INPUT;
}

/* Reads the list or bundle that is open. */
static int read_keys(struct call *call, const char *path)
{
    beacon_refused_fn *refused = call->is_keep_going ? on_refused : NULL;
    g_autoptr(GError) error = NULL;
    enum input_kind kind;
    bool is_good;
    int code = input_look(call->stream, path, &kind);

    if (code != EXIT_RAN)
        return code;
    if (call->is_signed_required && kind != INPUT_BUNDLE)
        return refuse_unsigned(path, kind);
    if (kind == INPUT_BUNDLE)
        is_good = read_bundle(call, input_name(path), &error);
    else
        is_good =
            beacon_key_list_read(call->stream, input_name(path), on_key, refused, call, &error);
    return is_good ? EXIT_RAN : read_failed(call, path, error);
}

static int read_key_list(struct call *call, const char *path)
{
    int code;

    progress_end(&call->progress);
    call->path = path;
    call->stream = input_open(path);
    if (call->stream == NULL)
        return EXIT_IO;
    call->rows = 0;
    call->records = 0;
    code = read_keys(call, path);
    input_close(call->stream);
    call->records_before += call->records;
    return code;
}

static int read_key_lists(struct call *call)
{
    for (char **path = call->key_lists; *path != NULL; path++) {
        int code = read_key_list(call, *path);

        if (code != EXIT_RAN)
            return code;
    }
    call->error = batch_flush(&call->batch);
    return call->error < 0 ? library_error("--keys", call->error) : EXIT_RAN;
}

static int match_keys(struct call *call)
{
    const struct beacon_matcher_options options = {
        .size = sizeof(options),
        .strict = call->tolerance_ms == 0,
        .tolerance_ms = call->tolerance_ms,
    };
    beacon_matcher *matcher;
    int code, error = beacon_matcher_new(call->history.sightings, call->history.count, &options,
                                         &matcher);

    if (error < 0)
        return library_error(call->traces != NULL ? "--trace" : "--store", error);
    batch_begin(&call->batch, matcher, call->history.sightings, (guint)call->threads, &call->found);
    code = read_key_lists(call);
    batch_free(&call->batch);
    beacon_matcher_free(matcher);
    return code;
}

/* Nothing is printed before the last byte of input was found good. */
static int match(struct call *call)
{
    int code = read_histories(call);

    if (code == EXIT_RAN)
        code = match_keys(call);
    progress_end(&call->progress);
    if (code == EXIT_RAN && call->html != NULL)
        code = found_write_html(&call->found, call->html);
    if (code != EXIT_RAN)
        return code;
    return call->is_json ? found_print_json(&call->found) : found_print_verdict(&call->found);
}

static int count_standard_inputs(char **paths)
{
    int count = 0;

    for (; paths != NULL && *paths != NULL; paths++)
        count += strcmp(*paths, "-") == 0;
    return count;
}

/* The histories and all lists: standard input can be but one of them. */
static bool check_inputs(const struct command *command, const struct call *call)
{
    int inputs = count_standard_inputs(call->traces) + count_standard_inputs(call->key_lists);

    if (inputs > 1)
        usage_error(command, _("only one file can be standard input"));
    return inputs <= 1;
}

static bool option_tolerance(const struct command *command, char **values, gboolean is_strict,
                             gint64 *ret_ms)
{
    const char *text;

    if (!option_once(command, "--tolerance", values, &text))
        return false;
    *ret_ms = is_strict ? 0 : BEACON_TOLERANCE_MS;
    if (text == NULL)
        return true;
    if (is_strict)
        usage_error(command, _("expected either --strict or --tolerance"));
    else if (!seconds_parse(text, BEACON_DAY_MS, ret_ms))
        usage_error(command,
                    _("--tolerance: expected seconds from 0 to 86400, with up to three decimals"));
    else
        return true;
    return false;
}

static bool option_signer(const struct command *command, char **values, struct call *call)
{
    const char *text;

    if (!option_once(command, "--require-signed", values, &text))
        return false;
    call->is_signed_required = text != NULL;
    if (text == NULL || public_key_parse(text, &call->signer))
        return true;
    usage_error(command, _("%s: expected a public key, 64 hexadecimal digits"), "--require-signed");
    return false;
}

static bool option_inputs(const struct command *command, char **keys, char **traces,
                          const struct store_words *words, struct call *call)
{
    if (!option_store(command, words, &call->store))
        return false;
    call->key_lists = keys;
    call->traces = traces;
    if (call->key_lists == NULL || (traces == NULL && call->store.path == NULL)) {
        usage_error(command, _("something is missing: %s"), _(command->operands));
        return false;
    }
    return check_inputs(command, call);
}

/* By which rule sightings become exposures, and where a page about them goes. */
static bool option_exposures(const struct command *command, char **cycles, char **pages,
                             struct call *call)
{
    struct beacon_cycle cycle;

    if (!option_listening(command, cycles, &cycle) ||
        !option_once(command, "--html", pages, &call->html))
        return false;
    call->found.rule = exposure_rule(cycle);
    call->found.is_listening_assumed = cycles == NULL;
    if (g_strcmp0(call->html, "-") != 0)
        return true;
    usage_error(command, _("--html: expected a file"));
    return false;
}

static int run(const struct command *command, int argc, char *argv[])
{
    static const struct range threads_range = {.min = 1, .max = THREADS_MAX, .otherwise = 1};
    static const struct range delay_range = {.max = 3600000, .otherwise = 1000};
    g_auto(GStrv) keys = NULL, traces = NULL, tolerances = NULL, delays = NULL;
    g_auto(GStrv) signers = NULL, threads = NULL, at = NULL, cycles = NULL, pages = NULL;
    struct store_words store = {0};
    gboolean is_strict = FALSE, is_keep_going = FALSE, is_json = FALSE;
    const GOptionEntry options[] = {
        {"keys", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &keys,
         N_("a list of published keys; may be given several times"), N_("FILE")},
        {"trace", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &traces,
         N_("the phone's history; may be given several times"), N_("FILE")},
        STORE_OPTIONS(store),
        {"cycle", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &cycles,
         N_("how it was listened: full (default), phone, or seconds on and off"), N_("CYCLE")},
        {"strict", 0, 0, G_OPTION_ARG_NONE, &is_strict,
         N_("compare times exactly as the original app does"), NULL},
        {"tolerance", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &tolerances,
         N_("accept times this much early or late (default 150)"), N_("SECONDS")},
        {"require-signed", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &signers,
         N_("take only bundles signed by this public key and not expired"), N_("HEX")},
        {"threads", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &threads,
         N_("match in so many threads (default 1)"), N_("N")},
        {"keep-going", 0, 0, G_OPTION_ARG_NONE, &is_keep_going,
         N_("leave out what is bad, and list it"), NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {"html", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &pages, N_("write a page to read, too"),
         N_("FILE")},
        {"at", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &at, "as if it were this time",
         "TIME"},
        {"progress-after", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &delays,
         "show progress after this long", "MILLISECONDS"},
        {.long_name = NULL},
    };
    struct call call = {.html = NULL};
    guint64 delay_ms;
    int code = EXIT_USAGE;

    found_begin(&call.found);
    if (command_parse_options(command, options, argc, argv, &code) &&
        option_inputs(command, keys, traces, &store, &call) &&
        option_tolerance(command, tolerances, is_strict, &call.tolerance_ms) &&
        option_signer(command, signers, &call) &&
        option_number(command, "--threads", threads, &threads_range, &call.threads) &&
        option_time(command, "--at", at, &call.now_ms) &&
        option_exposures(command, cycles, pages, &call) &&
        option_number(command, "--progress-after", delays, &delay_range, &delay_ms)) {
        call.is_keep_going = is_keep_going;
        call.is_json = is_json;
        call.found.tolerance_ms = call.tolerance_ms;
        progress_begin(&call.progress, (gint64)delay_ms);
        code = match(&call);
    }
    found_free(&call.found);
    g_free(call.history.sightings);
    store_words_free(&store);
    return code;
}

const struct command command_match = {
    .name = "match",
    .operands = N_("--keys FILE [--keys FILE...] --trace FILE | --store STORE [OPTION...]"),
    .summary = N_("was this phone near one whose key is published?"),
    .description =
        N_("Compares lists of published daily keys with the history a phone recorded, and says\n"
           "whether, when, for how long and how near one of those phones was met.\n"
           "\n"
           "A list is JSON: {\"data\":[{\"daily_key\",\"time_start\",\"max\",\"time_end\"}, ...]}. "
           "A history\n"
           "has a line for each sighting: own identifier, contact's identifier, RSSI and time,\n"
           "parted by tabs. One of the files may be -, standard input. A log that 'beacon run'\n"
           "or 'beacon log import' made is a history too; of several, what is in two of them was\n"
           "heard once.\n"
           "\n"
           "Minutes are right on average if --cycle says how the history's phone listened: the\n"
           "app's own way is phone. --html writes the result as a page without identifiers.\n"
           "\n"
           "A list may also be a bundle (see 'beacon keys'); a bundle that is damaged, or, with\n"
           "--require-signed, not signed by that key or expired, ends the command.\n"
           "\n"
           "Bad input ends the command with exit code 3 and nothing printed; with --keep-going,\n"
           "bad records and lines are left out and listed. It is no error if nothing matches.\n"
           "\n"
           "With --json: {\"keys\",\"identifiers\",\"sightings\",\"refused\",\"matches\"}."),
    .examples = "  beacon match --keys published.json --trace data_trace.txt\n"
                "  beacon match --keys published.json --store log --html exposures.html\n"
                "  beacon match --keys monday.json --keys tuesday.json --trace - --json < trace\n"
                "  beacon match --keys week.keys --trace data_trace.txt --threads 2 \\\n"
                "    --require-signed "
                "03A107BFF3CE10BE1D70DD18E74BC09967E4D6309BA50D5F1DDC8664125531B8\n",
    .run = run,
};
