/* SPDX-License-Identifier: MIT */
/* beacon log import: the app's data_trace.txt into a log. */
#include "command.h"
#include "key_files.h"
#include "log_known.h"
#include "output.h"
#include "progress.h"
#include "store_place.h"
#include "text.h"

#include <beacon/exchange.h>

#include <inttypes.h>
#include <sodium.h>

struct import {
    struct store_place place;
    const char *path;
    FILE *stream;
    struct progress progress;
    GArray *rows; /* struct beacon_store_row */
    BeaconTraceUnit unit;
    guint64 added;
};

static gboolean on_row(const struct beacon_trace_row *row, uint64_t line, gpointer user)
{
    struct import *import = user;
    const struct beacon_store_row kept = {.own = row->own, .sighting = row->sighting};

    (void)line;
    g_array_append_val(import->rows, kept);
    if (import->rows->len % 4096 == 0)
        progress_show(&import->progress, _("reading the trace"), import->stream);
    return import->rows->len < G_MAXUINT32;
}

static int read_rows(struct import *import)
{
    g_autoptr(GError) error = NULL;
    bool is_good;

    import->stream = input_open(import->path);
    if (import->stream == NULL)
        return EXIT_IO;
    is_good = beacon_trace_read(import->stream, input_name(import->path), on_row, NULL, import,
                                &import->unit, &error);
    input_close(import->stream);
    progress_end(&import->progress);
    return is_good ? EXIT_RAN : input_failed(error);
}

/* Of one instant the file's order stays. */
static gint by_time(gconstpointer a, gconstpointer b)
{
    const struct beacon_store_row *one = a, *other = b;

    if (one->sighting.time_ms != other->sighting.time_ms)
        return one->sighting.time_ms < other->sighting.time_ms ? -1 : 1;
    return 0;
}

static struct beacon_store_row *row_at(const struct import *import, guint at)
{
    return &g_array_index(import->rows, struct beacon_store_row, at);
}

static guint end_of_day(const struct import *import, guint at)
{
    gint64 day = row_at(import, at)->sighting.time_ms / BEACON_DAY_MS;

    while (at < import->rows->len && row_at(import, at)->sighting.time_ms / BEACON_DAY_MS == day)
        at++;
    return at;
}

/* A day at a time: equal rows are counted, which is only right within one call. */
static int write_rows(struct import *import, beacon_store *store)
{
    for (guint at = 0, end; at < import->rows->len; at = end) {
        GError *error = NULL;
        gsize added = 0;

        end = end_of_day(import, at);
        progress_show(&import->progress, _("writing the rows"), NULL);
        if (!log_known(store, row_at(import, at), end - at, import->unit == BEACON_TRACE_SECONDS,
                       &error) ||
            !beacon_store_import(store, row_at(import, at), end - at, &added, &error)) {
            progress_end(&import->progress);
            return store_error(error);
        }
        import->added += added;
    }
    progress_end(&import->progress);
    return EXIT_RAN;
}

static int say_what_came(const struct import *import)
{
    GString *text = g_string_new(NULL);
    guint rows = import->rows->len;
    int code;

    g_string_append_printf(text, ngettext("%u row read, ", "%u rows read, ", rows), rows);
    g_string_append_printf(
        text, ngettext("%" PRIu64 " new\n", "%" PRIu64 " new\n", plural(import->added)),
        import->added);
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static int write_log(struct import *import)
{
    beacon_store *store;
    int code = store_place_open(&import->place, BEACON_STORE_CREATE, 0, &store), close_code;

    if (code != EXIT_RAN)
        return code;
    g_array_sort(import->rows, by_time);
    code = write_rows(import, store);
    close_code = code == EXIT_RAN ? store_place_close(store) : store_place_abandon(store);
    if (code == EXIT_RAN)
        code = close_code;
    return code == EXIT_RAN ? say_what_came(import) : code;
}

/* Nothing is written before the last line was found good. */
static int run_import(struct import *import)
{
    int code;

    import->rows = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_row));
    progress_begin(&import->progress, 1000);
    code = read_rows(import);
    if (code == EXIT_RAN)
        code = write_log(import);
    sodium_memzero(import->rows->data, import->rows->len * sizeof(struct beacon_store_row));
    g_array_unref(import->rows);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct store_words words = {0};
    struct import import = {.path = NULL};
    const GOptionEntry options[] = {
        STORE_OPTIONS(words),
        {.long_name = NULL},
    };
    struct operands operands;
    int code = EXIT_USAGE;

    if (command_parse(command, options, argc, argv, 1, 1, &operands, &code) &&
        option_store(command, &words, &import.place) && store_is_named(command, &import.place)) {
        import.path = operands.values[0];
        code = run_import(&import);
    }
    store_words_free(&words);
    return code;
}

const struct command command_log_import = {
    .group = "log",
    .name = "import",
    .operands = N_("--store STORE FILE [--key FILE | --passphrase-file FILE | --passphrase-prompt "
                   "| --credential NAME]"),
    .summary = N_("take the app's history into a log"),
    .description = N_(
        "Reads a history as the app writes it, data_trace.txt, and adds its rows to the log,\n"
        "which is made, with its key, where there is none. Rows that the log has already are\n"
        "left out, so a history may be imported twice, in seconds or in milliseconds: a row is\n"
        "the same if its identifiers, RSSI and time are, and of times in seconds the second. The\n"
        "row that came first stays as it is.\n"
        "FILE may be -, standard input.\n"
        "\n"
        "A bad line ends the command with exit code 3, and nothing is added."),
    .examples = "  beacon log import --store log data_trace.txt\n",
    .run = run,
};
