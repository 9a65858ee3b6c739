/* SPDX-License-Identifier: MIT */
/* beacon radio list: the machine's Bluetooth adapters. */
#include "command.h"
#include "json.h"
#include "output.h"
#include "radio_words.h"
#include "text.h"

static int print_json(const GArray *adapters)
{
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_name(&json, "adapters");
    json_open_array(&json);
    for (guint i = 0; i < adapters->len; i++) {
        const struct beacon_adapter *adapter = &g_array_index(adapters, struct beacon_adapter, i);
        g_autofree char *address = address_words(&adapter->address, true);

        json_open_object(&json);
        json_named_string(&json, "name", adapter->name);
        json_name(&json, "address");
        if (address_is_known(&adapter->address))
            json_string(&json, address);
        else
            json_null(&json);
        json_name(&json, "up");
        json_boolean(&json, adapter->up);
        json_name(&json, "held");
        json_boolean(&json, adapter->held);
        json_close_object(&json);
    }
    json_close_array(&json);
    json_close_object(&json);
    return json_end(&json);
}

static const char *state_words(const struct beacon_adapter *adapter)
{
    if (adapter->held)
        return _("in the hands of another program");
    return adapter->up ? _("on") : _("off");
}

static int print_text(const GArray *adapters)
{
    GString *text = g_string_new(NULL);
    int code;

    for (guint i = 0; i < adapters->len; i++) {
        const struct beacon_adapter *adapter = &g_array_index(adapters, struct beacon_adapter, i);
        g_autofree char *address = address_words(&adapter->address, true);

        g_string_append_printf(text, "hci:%-7s  %-17s  %s\n", adapter->name, address,
                               state_words(adapter));
    }
    if (adapters->len == 0)
        g_string_append(text, _("This machine has no Bluetooth adapter; 'beacon radio diagnose' "
                                "says more.\n"));
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

/* NULL with an error. A kernel without Bluetooth has no adapter: that is an answer. */
static GArray *find_adapters(GError **error)
{
    GError *problem = NULL;
    GArray *adapters = beacon_radio_adapters(&problem);

    if (g_error_matches(problem, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED)) {
        g_error_free(problem);
        return g_array_new(FALSE, FALSE, sizeof(struct beacon_adapter));
    }
    if (problem != NULL)
        g_propagate_error(error, problem);
    return adapters;
}

static int run(const struct command *command, int argc, char *argv[])
{
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    GError *error = NULL;
    GArray *adapters;
    int code;

    if (!command_parse_options(command, options, argc, argv, &code))
        return code;
    adapters = find_adapters(&error);
    if (adapters == NULL)
        return radio_error(error);
    code = is_json ? print_json(adapters) : print_text(adapters);
    if (code == EXIT_RAN && adapters->len == 0)
        code = EXIT_NO;
    g_array_unref(adapters);
    return code;
}

const struct command command_radio_list = {
    .group = "radio",
    .name = "list",
    .operands = N_("[--json]"),
    .summary = N_("the Bluetooth adapters of this machine"),
    .description = N_(
        "Prints the machine's adapters: what to call each, its address and whether it is on.\n"
        "Exit code 1 if there is none.\n"
        "\n"
        "With --json: {\"adapters\":[{\"name\",\"address\",\"up\",\"held\"}, ...]}; address may\n"
        "be null."),
    .examples = "  beacon radio list\n",
    .run = run,
};
