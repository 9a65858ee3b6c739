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

static int read_lists(char **paths, int count, GArray *keys)
{
    for (int i = 0; i < count; i++) {
        g_autoptr(GError) error = NULL;
        FILE *stream = input_open(paths[i]);
        bool is_good;

        if (stream == NULL)
            return EXIT_IO;
        is_good = beacon_key_list_read(stream, input_name(paths[i]), on_key, NULL, keys, &error);
        input_close(stream);
        if (!is_good)
            return input_failed(error);
    }
    return EXIT_RAN;
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

static bool check_call(const struct command *command, const struct call *call, guint64 days)
{
    if (call->output == NULL || call->region == NULL)
        usage_error(command, _("something is missing: %s"), _(command->operands));
    else if (strlen(call->region) > BEACON_BUNDLE_REGION_MAX)
        usage_error(command, _("--region %s: expected 1 to 16 letters, digits or hyphens"),
                    call->region);
    else if (days == 0)
        usage_error(command, _("--days: expected at least one day"));
    else
        return true;
    return false;
}

static int run(const struct command *command, int argc, char *argv[])
{
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
        !option_number(command, "--days", days, 3650, 14, &good_days) ||
        !option_time(command, "--at", at, &call.created_ms) ||
        !check_call(command, &call, good_days))
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
