/* SPDX-License-Identifier: MIT */
/* beacon keys info: what a bundle says of itself. */
#include "command.h"
#include "json.h"
#include "key_files.h"
#include "output.h"
#include "text.h"
#include "times.h"

static int print_json(const struct beacon_bundle_info *info)
{
    char signer[2 * BEACON_PUBLIC_KEY_SIZE + 1];
    struct json json;

    public_key_format(&info->signer, signer);
    json_begin(&json);
    json_open_object(&json);
    json_named_integer(&json, "records", (gint64)info->records);
    json_named_integer(&json, "created_s", info->created_s);
    json_named_integer(&json, "expires_s", info->expires_s);
    json_named_string(&json, "region", info->region);
    json_name(&json, "signer");
    if (info->is_signed)
        json_string(&json, signer);
    else
        json_null(&json);
    json_close_object(&json);
    return json_end(&json);
}

static int print_text(const struct beacon_bundle_info *info)
{
    g_autofree char *created = time_local(info->created_s * 1000, TIME_FORMAT_ISO);
    g_autofree char *expires = time_local(info->expires_s * 1000, TIME_FORMAT_ISO);
    char signer[2 * BEACON_PUBLIC_KEY_SIZE + 1];
    GString *text = g_string_new(NULL);
    int code;

    public_key_format(&info->signer, signer);
    g_string_append_printf(text, _("records: %llu\n"), (unsigned long long)info->records);
    g_string_append_printf(text, _("region:  %s\n"), info->region);
    g_string_append_printf(text, _("created: %s\n"), created);
    g_string_append_printf(text, _("expires: %s\n"), expires);
    g_string_append_printf(text, _("signer:  %s\n"), info->is_signed ? signer : _("nobody"));
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    const struct bundle_reading reading = {.on_keys = bundle_pass_over};
    struct beacon_bundle_info info;
    struct operands operands;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code))
        return code;
    code = bundle_read(operands.values[0], &reading, &info);
    if (code != EXIT_RAN)
        return code;
    return is_json ? print_json(&info) : print_text(&info);
}

const struct command command_keys_info = {
    .group = "keys",
    .name = "info",
    .operands = N_("BUNDLE [--json]"),
    .summary = N_("what a bundle says of itself"),
    .description =
        N_("Reads a bundle to its end, finds it whole, and prints how many records it has, whose "
           "they\n"
           "are, since when and until when it is good, and the public key of who signed it.\n"
           "\n"
           "With --json: {\"records\",\"created_s\",\"expires_s\",\"region\",\"signer\"}; signer "
           "is null\n"
           "if nobody signed it."),
    .examples = "  beacon keys info week.keys\n",
    .run = run,
};
