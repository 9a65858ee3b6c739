/* SPDX-License-Identifier: MIT */
/* beacon identity new: make an identity and keep it in a file. */
#include "command.h"
#include "files.h"
#include "identity_file.h"
#include "text.h"

static int make(const char *path, gint64 now_ms, guint32 slots_per_day)
{
    g_autoptr(beacon_identity) identity = NULL;
    int error = beacon_identity_generate(beacon_day_of(now_ms) - BEACON_BASE_DAY_OFFSET,
                                         slots_per_day, &identity);

    return error < 0 ? library_error(path, error) : identity_file_create(path, identity);
}

static int run(const struct command *command, int argc, char *argv[])
{
    g_auto(GStrv) slots = NULL, at = NULL;
    const GOptionEntry options[] = {
        {"slots", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &slots,
         N_("slots a day, kept in the file (default 96)"), N_("N")},
        {"at", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &at, "as if it were this time",
         "TIME"},
        {.long_name = NULL},
    };
    struct operands operands;
    guint32 slots_per_day;
    gint64 now_ms;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code) ||
        !option_slots(command, slots, &slots_per_day) || !option_time(command, "--at", at, &now_ms))
        return code;
    code = secrets_guard();
    return code != EXIT_RAN ? code : make(operands.values[0], now_ms, slots_per_day);
}

const struct command command_identity_new = {
    .group = "identity",
    .name = "new",
    .operands = N_("FILE [--slots N]"),
    .summary = N_("make an identity and keep it in a file"),
    .description = N_(
        "Makes a random base key and writes it to FILE, readable by you alone. A file that\n"
        "exists is never overwritten. The base key's day lies 15 days back, so that a report of\n"
        "the last 14 days cannot hold the base key itself."),
    .examples = "  beacon identity new phone.identity\n"
                "  beacon identity new phone.identity --slots 144\n",
    .run = run,
};
