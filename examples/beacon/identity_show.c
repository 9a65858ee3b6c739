/* SPDX-License-Identifier: MIT */
/* beacon identity show: the identifier on air now, or at another time. */
#include "command.h"
#include "files.h"
#include "identity_file.h"
#include "json.h"
#include "output.h"
#include "text.h"
#include "times.h"

static int print_json(const struct beacon_identifier *identifier, const struct beacon_slot *slot)
{
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_named_identifier(&json, "identifier", identifier);
    json_named_integer(&json, "slot", slot->index);
    json_named_integer(&json, "start_ms", slot->start_ms);
    json_named_integer(&json, "end_ms", slot->end_ms);
    json_close_object(&json);
    return json_end(&json);
}

static int print_text(const struct beacon_identifier *identifier, const struct beacon_slot *slot)
{
    g_autofree char *start = time_local(slot->start_ms, TIME_FORMAT_ISO);
    g_autofree char *end = time_local(slot->end_ms, TIME_FORMAT_ISO);
    char hex[2 * BEACON_IDENTIFIER_SIZE + 1];
    GString *text = g_string_new(NULL);
    int code;

    beacon_identifier_to_hex(identifier, hex);
    g_string_append_printf(text, _("%s, slot %u, from %s to %s\n"), hex, slot->index, start, end);
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static int show(const char *path, gint64 time_ms, bool is_json)
{
    g_autoptr(beacon_identity) identity = NULL;
    struct beacon_identifier identifier;
    struct beacon_slot slot;
    int error, code = identity_file_load(path, &identity);

    if (code != EXIT_RAN)
        return code;
    error = beacon_identity_at(identity, time_ms, &identifier, &slot);
    if (error < 0)
        return library_error(path, error);
    return is_json ? print_json(&identifier, &slot) : print_text(&identifier, &slot);
}

static int run(const struct command *command, int argc, char *argv[])
{
    g_auto(GStrv) at = NULL;
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        {"at", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &at, N_("at this time (default: the present)"),
         N_("TIME")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    struct operands operands;
    gint64 time_ms;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code) ||
        !option_time(command, "--at", at, &time_ms))
        return code;
    code = secrets_guard();
    return code != EXIT_RAN ? code : show(operands.values[0], time_ms, is_json);
}

const struct command command_identity_show = {
    .group = "identity",
    .name = "show",
    .operands = N_("FILE [--at TIME] [--json]"),
    .summary = N_("the identifier on air now, or at another time"),
    .description =
        N_("Prints the identifier that is on air, its slot, and from when to when. Never a key.\n"
           "\n"
           "TIME is in Unix seconds (1596866191), in milliseconds with ms after them\n"
           "(1596866191387ms), or like 2020-08-08T05:56:31Z; without a zone it is local time.\n"
           "\n"
           "With --json: {\"identifier\",\"slot\",\"start_ms\",\"end_ms\"}."),
    .examples = "  beacon identity show phone.identity\n"
                "  beacon identity show phone.identity --at 2026-11-24T09:00:00+07:00 --json\n",
    .run = run,
};
