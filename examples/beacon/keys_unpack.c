/* SPDX-License-Identifier: MIT */
/* beacon keys unpack: from a bundle back to a list. */
#include "command.h"
#include "key_files.h"
#include "output.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>

/* The list as text: nothing is printed before all of it is known to be good. */
static char *list_of(const char *path, const GArray *keys, size_t *ret_size, GError **error)
{
    struct beacon_key_list_writer writer;
    char *text = NULL;
    FILE *stream = open_memstream(&text, ret_size);
    bool is_good;

    if (stream == NULL) {
        g_set_error_literal(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_IO,
                            g_strerror(errno));
        return NULL;
    }
    is_good = beacon_key_list_open(&writer, stream, input_name(path), error);
    for (guint i = 0; is_good && i < keys->len; i++)
        is_good = beacon_key_list_add(&writer, &g_array_index(keys, struct beacon_published_key, i),
                                      error);
    is_good = is_good && beacon_key_list_close(&writer, error);
    fclose(stream);
    if (is_good)
        return text;
    free(text);
    return NULL;
}

static int print_list(const char *path, const GArray *keys)
{
    g_autoptr(GError) error = NULL;
    size_t size;
    char *text = list_of(path, keys, &size, &error);
    int code;

    if (text == NULL)
        return input_failed(error);
    code = output_data(text, size);
    free(text);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    const GOptionEntry options[] = {{.long_name = NULL}};
    struct key_bundle bundle;
    struct operands operands;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code))
        return code;
    code = bundle_load(operands.values[0], &bundle);
    if (code != EXIT_RAN)
        return code;
    code = print_list(operands.values[0], bundle.keys);
    g_array_free(bundle.keys, TRUE);
    return code;
}

const struct command command_keys_unpack = {
    .group = "keys",
    .name = "unpack",
    .operands = N_("BUNDLE"),
    .summary = N_("print the list that a bundle holds"),
    .description = N_(
        "Prints the records of a bundle as a JSON list. The bundle is read to its end and found\n"
        "whole first; whether it is signed by the right key is for 'keys verify' to say.\n"
        "\n"
        "A list counts in seconds, a bundle in milliseconds: one with a time between two seconds\n"
        "has no list, and ends the command with exit code 3."),
    .examples = "  beacon keys unpack week.keys > week.json\n",
    .run = run,
};
