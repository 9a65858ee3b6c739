/* SPDX-License-Identifier: MIT */
/* beacon keys pack: from lists of published keys to a bundle. */
#include "command.h"
#include "files.h"
#include "key_files.h"
#include "text.h"
#include "times.h"

#include <sodium.h>
#include <string.h>

static gboolean on_key(const struct beacon_published_key *key, uint64_t record, gpointer user)
{
    (void)record;
    g_array_append_val((GArray *)user, *key);
    return TRUE;
}

static int read_list(FILE *stream, const char *path, GArray *keys)
{
    g_autoptr(GError) error = NULL;
    enum input_kind kind;
    int code = input_look(stream, path, &kind);

    if (code != EXIT_RAN)
        return code;
    if (kind == INPUT_BUNDLE) {
        say(_("%s: expected a JSON list; this is a bundle already (see 'beacon keys sign' and "
              "'beacon keys unpack')"),
            input_name(path));
        return EXIT_INPUT;
    }
    if (beacon_key_list_read(stream, input_name(path), on_key, NULL, keys, &error))
        return EXIT_RAN;
    return input_failed(error);
}

static int read_lists(char **paths, int count, GArray *keys)
{
    int code = EXIT_RAN;

    for (int i = 0; i < count && code == EXIT_RAN; i++) {
        FILE *stream = input_open(paths[i]);

        code = stream != NULL ? read_list(stream, paths[i], keys) : EXIT_IO;
        input_close(stream);
    }
    return code;
}

struct call {
    const char *output, *region, *key_path;
    gint64 created_ms, expires_ms;
};

static int pack(const struct call *call, const struct operands *operands)
{
    struct key_bundle bundle = {
        .info = {.created_s = call->created_ms / 1000, .expires_s = call->expires_ms / 1000},
        .keys = g_array_new(FALSE, FALSE, sizeof(struct beacon_published_key))};
    struct beacon_signing_key *key = NULL;
    int code = read_lists(operands->values, operands->count, bundle.keys);

    g_strlcpy(bundle.info.region, call->region, sizeof(bundle.info.region));
    bundle.info.records = bundle.keys->len;
    if (code == EXIT_RAN && call->key_path != NULL)
        code = signing_key_load(call->key_path, &key);
    if (code == EXIT_RAN)
        code = bundle_write(call->output, &bundle, key);
    sodium_free(key);
    g_array_free(bundle.keys, TRUE);
    return code;
}

static bool is_region(const char *text)
{
    const size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != '-')
            return false;
    return length >= 1 && length <= BEACON_BUNDLE_REGION_MAX;
}

static bool check_call(const struct command *command, const struct call *call)
{
    if (call->output == NULL || call->region == NULL)
        usage_error(command, _("something is missing: %s"), _(command->operands));
    else if (!is_region(call->region))
        usage_error(command, _("--region: expected 1 to 16 letters, digits or hyphens"));
    else
        return true;
    return false;
}

static int run(const struct command *command, int argc, char *argv[])
{
    static const struct range range = {.min = 1, .max = 3650, .otherwise = 14};
    g_auto(GStrv) outputs = NULL, regions = NULL, days = NULL, keys = NULL, at = NULL;
    const GOptionEntry options[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME_ARRAY, &outputs,
         N_("the bundle to write; - for standard output"), N_("FILE")},
        {"region", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &regions,
         N_("whose list it is, such as VN-KG"), N_("REGION")},
        {"days", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &days, N_("how long it is good (default 14)"),
         N_("N")},
        {"key", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &keys, N_("sign with this key"), N_("FILE")},
        {"at", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &at, "as if it were this time",
         "TIME"},
        {.long_name = NULL},
    };
    struct call call = {.output = NULL};
    struct operands operands;
    guint64 good_days;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1000, &operands, &code) ||
        !option_once(command, "--output", outputs, &call.output) ||
        !option_once(command, "--region", regions, &call.region) ||
        !option_once(command, "--key", keys, &call.key_path) ||
        !option_number(command, "--days", days, &range, &good_days) ||
        !option_time(command, "--at", at, &call.created_ms) || !check_call(command, &call))
        return code;
    call.expires_ms = call.created_ms + (gint64)good_days * BEACON_DAY_MS;
    code = secrets_guard();
    return code != EXIT_RAN ? code : pack(&call, &operands);
}

const struct command command_keys_pack = {
    .group = "keys",
    .name = "pack",
    .operands = N_("LIST... --output FILE --region REGION [--days N] [--key FILE]"),
    .summary = N_("make a bundle from lists of published keys"),
    .description = N_(
        "Puts the records of one or more JSON lists, in the order given, into one bundle: a file\n"
        "of fixed-size records that a million keys fit in, with its time of creation, a time at\n"
        "which it expires, and a region. With --key it is signed. An existing bundle is replaced,\n"
        "whole, when the new one is complete. One LIST may be -, standard input; FILE as - is\n"
        "standard output."),
    .examples = "  beacon keys pack monday.json tuesday.json --output week.keys --region VN-KG\n"
                "  beacon keys pack all.json -o all.keys --region VN --key authority.key\n",
    .run = run,
};
