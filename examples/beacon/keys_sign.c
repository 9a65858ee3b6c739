/* SPDX-License-Identifier: MIT */
/* beacon keys sign: put a signature on a bundle. */
#include "command.h"
#include "files.h"
#include "key_files.h"
#include "text.h"

#include <sodium.h>

static int sign(const char *path, const char *key_path)
{
    struct beacon_signing_key *key = NULL;
    struct key_bundle bundle;
    int code = signing_key_load(key_path, &key);

    if (code != EXIT_RAN)
        return code;
    code = bundle_load(path, &bundle);
    if (code == EXIT_RAN) {
        code = bundle_write(path, &bundle, key);
        g_array_free(bundle.keys, TRUE);
    }
    sodium_free(key);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    g_auto(GStrv) keys = NULL;
    const GOptionEntry options[] = {
        {"key", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &keys, N_("sign with this key"), N_("FILE")},
        {.long_name = NULL},
    };
    struct operands operands;
    const char *key_path;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code) ||
        !option_once(command, "--key", keys, &key_path))
        return code;
    if (key_path == NULL)
        return usage_error(command, _("something is missing: %s"), _(command->operands));
    code = secrets_guard();
    return code != EXIT_RAN ? code : sign(operands.values[0], key_path);
}

const struct command command_keys_sign = {
    .group = "keys",
    .name = "sign",
    .operands = N_("BUNDLE --key FILE"),
    .summary = N_("sign a bundle"),
    .description = N_(
        "Replaces a bundle by the same one signed, whole, when that is complete. A signature that\n"
        "was there is replaced. With - it signs standard input to standard output."),
    .examples = "  beacon keys sign week.keys --key authority.key\n"
                "  beacon keys sign - --key authority.key < week.keys > signed.keys\n",
    .run = run,
};
