/* SPDX-License-Identifier: MIT */
/* beacon keys new: a key to sign bundles with. */
#include "command.h"
#include "files.h"
#include "key_files.h"
#include "output.h"
#include "text.h"

#include <sodium.h>

/* Prints the public key, which others need. */
static int print_public(const struct beacon_signing_key *key)
{
    char text[2 * BEACON_PUBLIC_KEY_SIZE + 1];
    struct beacon_public_key public_key;
    GString *line;
    int code;

    beacon_signing_key_public(key, &public_key);
    public_key_format(&public_key, text);
    line = g_string_new(text);
    g_string_append_c(line, '\n');
    code = output_text(line);
    g_string_free(line, TRUE);
    return code;
}

static int make(const char *path)
{
    struct beacon_signing_key *key = sodium_malloc(sizeof(*key));
    int code;

    if (key == NULL)
        return library_error(path, BEACON_ENOMEM);
    beacon_signing_key_generate(key);
    code = signing_key_create(path, key);
    if (code == EXIT_RAN)
        code = print_public(key);
    sodium_free(key);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    const GOptionEntry options[] = {{.long_name = NULL}};
    struct operands operands;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code))
        return code;
    code = secrets_guard();
    return code != EXIT_RAN ? code : make(operands.values[0]);
}

const struct command command_keys_new = {
    .group = "keys",
    .name = "new",
    .operands = N_("FILE"),
    .summary = N_("make a key to sign bundles with"),
    .description = N_(
        "Makes a random Ed25519 signing key and writes it to FILE, readable by you alone; a file\n"
        "that exists is never overwritten. Prints the public key, which those who check your\n"
        "bundles need."),
    .examples = "  beacon keys new authority.key\n",
    .run = run,
};
