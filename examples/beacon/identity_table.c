/* SPDX-License-Identifier: MIT */
/* beacon identity table: all identifiers of a day. */
#include "command.h"
#include "identifiers.h"
#include "files.h"
#include "identity_file.h"
#include "text.h"
#include "times.h"

static int print_table(const char *path, gint64 day, bool is_json)
{
    g_autoptr(beacon_identity) identity = NULL;
    struct beacon_identifier *identifiers;
    uint32_t slots_per_day;
    int error, code = identity_file_load(path, &identity);

    if (code != EXIT_RAN)
        return code;
    slots_per_day = beacon_identity_slots_per_day(identity);
    identifiers = g_new(struct beacon_identifier, slots_per_day);
    error = beacon_identity_day(identity, day, identifiers);
    code = error < 0 ? library_error(path, error)
                     : identifiers_print(identifiers, slots_per_day, day * BEACON_DAY_MS, is_json);
    g_free(identifiers);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    g_auto(GStrv) days = NULL;
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        {"day", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &days, N_("the day, in UTC: 2020-08-08"),
         N_("DATE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    struct operands operands;
    const char *text;
    gint64 day;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code) ||
        !option_once(command, "--day", days, &text))
        return code;
    if (text == NULL)
        return usage_error(command, _("something is missing: %s"), _(command->operands));
    if (!day_parse(text, &day))
        return usage_error(
            command, _("--day: expected a day of the years 1970 to 2100, such as 2020-08-08"));
    code = secrets_guard();
    return code != EXIT_RAN ? code : print_table(operands.values[0], day, is_json);
}

const struct command command_identity_table = {
    .group = "identity",
    .name = "table",
    .operands = N_("FILE --day DATE [--json]"),
    .summary = N_("all identifiers of a day"),
    .description = N_(
        "Prints the identifiers of one day (in UTC), with the time at which each goes on air.\n"
        "\n"
        "With --json: {\"identifiers\":[{\"slot\",\"identifier\",\"start_ms\",\"end_ms\"}, ...]}."),
    .examples = "  beacon identity table phone.identity --day 2026-11-24\n",
    .run = run,
};
