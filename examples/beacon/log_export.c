/* SPDX-License-Identifier: MIT */
/* beacon log export: a log's sightings as the app's data_trace.txt. */
#include "command.h"
#include "files.h"
#include "progress.h"
#include "store_place.h"
#include "text.h"

#include <beacon/exchange.h>

#include <errno.h>
#include <stdio.h>

struct export
{
    struct store_place place;
    gint64 from_ms, to_ms;
    struct progress progress;
    guint64 rows;
    GError *error; /* of writing */
};

static gboolean on_row(const struct beacon_store_row *row, gpointer user)
{
    struct export *export = user;
    const struct beacon_trace_row line = {.own = row->own, .sighting = row->sighting};

    if (++export->rows % 4096 == 0)
        progress_show(&export->progress, _("writing the rows"), NULL);
    return beacon_trace_write(stdout, _("standard output"), &line, BEACON_TRACE_MILLISECONDS,
                              &export->error);
}

/* After the reading has ended for a reason of its own, or of ours. */
static int read_failed(struct export *export, GError *error)
{
    if (export->error == NULL)
        return store_error(error);
    g_error_free(error);
    say("%s", export->error->message);
    g_clear_error(&export->error);
    return EXIT_IO;
}

static int write_rows(struct export *export, beacon_store *store)
{
    GError *error = NULL;
    bool is_good = beacon_store_read(store, export->from_ms, export->to_ms, on_row, export, &error);

    progress_end(&export->progress);
    if (!is_good)
        return read_failed(export, error);
    if (fflush(stdout) != 0) {
        say(_("cannot write to standard output: %s"), g_strerror(errno));
        return EXIT_IO;
    }
    return EXIT_RAN;
}

static int run_export(struct export *export)
{
    g_autoptr(beacon_store) store = NULL;
    int code = store_place_open(&export->place, BEACON_STORE_READ, 0, &store);

    progress_begin(&export->progress, 1000);
    return code == EXIT_RAN ? write_rows(export, store) : code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct store_words words = {0};
    struct export export = {.rows = 0};
    g_auto(GStrv) from = NULL, to = NULL;
    const GOptionEntry options[] = {
        STORE_OPTIONS(words),
        {"from", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &from, N_("first day (UTC)"), N_("DATE")},
        {"to", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &to, N_("last day (UTC)"), N_("DATE")},
        {.long_name = NULL},
    };
    int code = EXIT_USAGE;

    if (command_parse_options(command, options, argc, argv, &code) &&
        option_store(command, &words, &export.place) && store_is_named(command, &export.place) &&
        option_days(command, from, to, &export.from_ms, &export.to_ms))
        code = run_export(&export);
    store_words_free(&words);
    return code;
}

const struct command command_log_export = {
    .group = "log",
    .name = "export",
    .operands = N_("--store STORE [--from DATE] [--to DATE] [--key FILE | --passphrase-file FILE | "
                   "--passphrase-prompt | --credential NAME]"),
    .summary = N_("write a log's sightings as the app's history"),
    .description =
        N_("Writes a line for each sighting, by time, as the app's data_trace.txt has them: own\n"
           "identifier, contact's identifier, RSSI and time in milliseconds, parted by tabs.\n"
           "Whoever has it knows whom this phone met, once keys are published: keep it as the log\n"
           "itself. Sightings without a date are left out. Days that are damaged are\n"
           "left out; it ends with exit code 3 then, and names them."),
    .examples = "  beacon log export --store log > data_trace.txt\n",
    .run = run,
};
