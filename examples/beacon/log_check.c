/* SPDX-License-Identifier: MIT */
/* beacon log check: is a log whole? */
#include "command.h"
#include "log_report.h"
#include "store_place.h"
#include "text.h"

static int check(beacon_store *store, bool is_json)
{
    struct beacon_store_report report;
    GError *error = NULL;
    int code;

    if (!beacon_store_check(store, &report, &error))
        return store_error(error);
    code = log_report_print(&report, NULL, is_json);
    if (code == EXIT_RAN && !log_report_is_whole(&report))
        return EXIT_NO;
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct store_words words = {0};
    struct store_place place;
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        STORE_OPTIONS(words),
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    int code = EXIT_USAGE;

    if (command_parse_options(command, options, argc, argv, &code) &&
        option_store(command, &words, &place) && store_is_named(command, &place)) {
        g_autoptr(beacon_store) store = NULL;

        place.is_checked = true;
        code = store_place_open(&place, BEACON_STORE_READ, 0, &store);
        if (code == EXIT_RAN)
            code = check(store, is_json);
    }
    store_words_free(&words);
    return code;
}

const struct command command_log_check = {
    .group = "log",
    .name = "check",
    .operands = N_("--store STORE [--key FILE | --passphrase-file FILE | --passphrase-prompt | "
                   "--credential NAME] [--json]"),
    .summary = N_("is a log whole?"),
    .description = N_("Reads all of the log and its seals. Exit code 1 says that it is damaged:\n"
                      "'beacon log salvage' recovers what is whole.\n"
                      "\n"
                      "With --json: {\"whole\",\"chunks\",\"damaged_chunks\",\"sightings\","
                      "\"encounters\",\"undated\",\"problem\"}."),
    .examples = "  beacon log check --store log\n",
    .run = run,
};
