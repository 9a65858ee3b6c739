/* SPDX-License-Identifier: MIT */
/* beacon log salvage: what is whole of a damaged log, into a new one. */
#include "command.h"
#include "files.h"
#include "log_report.h"
#include "store_place.h"
#include "text.h"

struct salvage {
    const char *from, *to;
    bool is_json;
};

static int salvage(const struct beacon_store_options *options, void *user)
{
    const struct salvage *salvage = user;
    struct beacon_store_report report;
    GError *error = NULL;

    if (!beacon_store_salvage(salvage->from, salvage->to, options, &report, &error))
        return store_error(error);
    report.database_is_whole = true; /* the old one's state is known, and the new one is new */
    return log_report_print(&report, _("What is whole was recovered.\n"), salvage->is_json);
}

static int run_salvage(struct store_place *place, struct salvage *request)
{
    int code = secrets_guard();

    place->path = request->from;
    return code == EXIT_RAN ? store_with_key(place, false, salvage, request) : code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct store_words words = {0};
    struct store_place place;
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        STORE_KEY_OPTIONS(words),
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    struct operands operands;
    int code = EXIT_USAGE;

    if (command_parse(command, options, argc, argv, 2, 2, &operands, &code) &&
        option_store(command, &words, &place)) {
        struct salvage request = {
            .from = operands.values[0], .to = operands.values[1], .is_json = is_json};

        code = run_salvage(&place, &request);
    }
    store_words_free(&words);
    return code;
}

const struct command command_log_salvage = {
    .group = "log",
    .name = "salvage",
    .operands = N_("FROM TO [--key FILE | --passphrase-file FILE | --passphrase-prompt | "
                   "--credential NAME] [--json]"),
    .summary = N_("recover what is whole of a damaged log"),
    .description =
        N_("Searches the files of the log FROM for chunks whose seal holds, and writes them to a\n"
           "new log, TO. FROM stays as it is. What it found is told as 'beacon log check' does;\n"
           "damaged chunks are left behind."),
    .examples = "  beacon log salvage log log.salvaged\n",
    .run = run,
};
