/* SPDX-License-Identifier: MIT */
/* beacon derive: the identifiers of a day from its daily key. */
#include "command.h"
#include "identifiers.h"
#include "text.h"
#include "times.h"

#include <beacon/identity.h>

#include <string.h>

static const struct range start_range = {.max = (guint64)(BEACON_TIME_END_MS / 1000 - 1)};

static int derive(const char *key_text, gint64 start_ms, guint32 slots_per_day, bool is_json)
{
    struct beacon_identifier *identifiers;
    struct beacon_daily_key key;
    int code, error = beacon_daily_key_from_hex(key_text, strlen(key_text), &key);

    if (error < 0) {
        say(_("--daily-key: expected 64 hexadecimal digits"));
        return EXIT_INPUT;
    }
    identifiers = g_new(struct beacon_identifier, slots_per_day);
    error = beacon_identifiers_of_day(&key, slots_per_day, identifiers);
    code = error < 0 ? library_error("--slots", error)
                     : identifiers_print(identifiers, slots_per_day, start_ms, is_json);
    g_free(identifiers);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    g_auto(GStrv) keys = NULL, starts = NULL, slots = NULL;
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        {"daily-key", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &keys,
         N_("the daily key, 64 hexadecimal digits"), N_("HEX")},
        {"start", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &starts,
         N_("when slot 0 begins, in Unix seconds"), N_("SECONDS")},
        {"slots", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &slots, N_("slots a day (default 96)"),
         N_("N")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    const char *key, *start;
    guint64 start_s;
    guint32 slots_per_day;
    int code = EXIT_USAGE;

    if (!command_parse_options(command, options, argc, argv, &code) ||
        !option_once(command, "--daily-key", keys, &key) ||
        !option_once(command, "--start", starts, &start) ||
        !option_number(command, "--start", starts, &start_range, &start_s) ||
        !option_slots(command, slots, &slots_per_day))
        return code;
    if (key == NULL || start == NULL)
        return usage_error(command, _("something is missing: %s"), _(command->operands));
    return derive(key, (gint64)start_s * 1000, slots_per_day, is_json);
}

const struct command command_derive = {
    .name = "derive",
    .operands = N_("--daily-key HEX --start SECONDS [--slots N] [--json]"),
    .summary = N_("the identifiers of a day, from its daily key"),
    .description = N_(
        "Prints the identifiers a phone sends on one day, with the time at which each goes on\n"
        "air. The day begins at --start, which need not be midnight. The key is not printed.\n"
        "\n"
        "With --json: {\"identifiers\":[{\"slot\",\"identifier\",\"start_ms\",\"end_ms\"}, ...]}."),
    .examples =
        "  beacon derive --start 1596844800 \\\n"
        "    --daily-key 4C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084\n",
    .run = run,
};
