/* SPDX-License-Identifier: MIT */
/* beacon keys verify: is a bundle whole, signed by whom it must be, and good now? */
#include "command.h"
#include "key_files.h"
#include "output.h"
#include "text.h"

static int say_good(const char *path)
{
    GString *text = g_string_new(NULL);
    g_autofree char *safe = say_safe(input_name(path));
    int code;

    g_string_append_printf(text, _("%s: whole, signed by that key, and good now\n"), safe);
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

/* A bundle that is not as it must be is the answer no; one that cannot be read is none. */
static int verify(const char *path, const struct beacon_public_key *signer, gint64 now_ms)
{
    const struct bundle_reading reading = {
        .required = signer, .now_s = now_ms / 1000, .on_keys = bundle_pass_over};
    struct beacon_bundle_info info;
    int code = bundle_read(path, &reading, &info);

    if (code == EXIT_RAN)
        return say_good(path);
    return code == EXIT_INPUT ? EXIT_NO : code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    g_auto(GStrv) signers = NULL, at = NULL;
    const GOptionEntry options[] = {
        {"signer", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &signers,
         N_("the public key, 64 hexadecimal digits"), N_("HEX")},
        {"at", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &at, N_("good at this time (default now)"),
         N_("TIME")},
        {.long_name = NULL},
    };
    struct beacon_public_key key;
    struct operands operands;
    const char *signer;
    gint64 now_ms;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code) ||
        !option_once(command, "--signer", signers, &signer) ||
        !option_time(command, "--at", at, &now_ms))
        return code;
    if (signer == NULL)
        return usage_error(command, _("something is missing: %s"), _(command->operands));
    if (!public_key_parse(signer, &key))
        return usage_error(command, _("%s: expected a public key, 64 hexadecimal digits"),
                           "--signer");
    return verify(operands.values[0], &key, now_ms);
}

const struct command command_keys_verify = {
    .group = "keys",
    .name = "verify",
    .operands = N_("BUNDLE --signer HEX [--at TIME]"),
    .summary = N_("is a bundle whole, rightly signed and good now?"),
    .description = N_("Exit code 0 if it is, 1 if it is not, with the reason on standard error."),
    .examples = "  beacon keys verify week.keys \\\n"
                "    --signer 03A107BFF3CE10BE1D70DD18E74BC09967E4D6309BA50D5F1DDC8664125531B8\n",
    .run = run,
};
