/* SPDX-License-Identifier: MIT */
/* beacon advertise: its command line. */
#include "advertise.h"
#include "command.h"
#include "radio_options.h"
#include "text.h"

/* As they were typed. */
struct advertise_words {
    struct radio_words radio;
    char **identity, **cycle, **interval, **form;
    gboolean is_serving, is_not_serving;
};

static void free_words(struct advertise_words *words)
{
    char **all[] = {words->identity, words->cycle, words->interval, words->form};

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        g_strfreev(all[i]);
    radio_words_free(&words->radio);
}

/* An iPhone is read, an Android phone is not (protocol 2.4, 3.1), unless somebody wants it so. */
static bool settle_serving(const struct command *command, const struct advertise_words *words,
                           struct advertise_request *request)
{
    if (words->is_serving && words->is_not_serving) {
        usage_error(command, _("%s and %s exclude each other"), "--serve", "--no-serve");
        return false;
    }
    request->is_serving = words->is_serving || (request->is_iphone && !words->is_not_serving);
    if (!request->is_serving || !request->is_not_connectable)
        return true;
    usage_error(command, _("an identifier is served over connections, which --not-connectable "
                           "refuses; add --no-serve"));
    return false;
}

static bool read_words(const struct command *command, const struct advertise_words *words,
                       struct advertise_request *request)
{
    if (!option_radio(command, &words->radio, &request->radio) ||
        !option_once(command, "--identity", words->identity, &request->identity) ||
        !option_cycle(command, words->cycle, &request->cycle) ||
        !option_interval(command, "--interval", words->interval, 20, 10240,
                         &request->interval_us) ||
        !option_form(command, words->form, &request->is_iphone) ||
        !settle_serving(command, words, request))
        return false;
    if (request->identity != NULL)
        return true;
    usage_error(command, _("something is missing: %s"), "--identity");
    return false;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct advertise_words words = {0};
    struct advertise_request request = {0};
    const GOptionEntry options[] = {
        RADIO_OPTION(words.radio),
        {"identity", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.identity,
         N_("whose identifiers to send"), N_("FILE")},
        {"cycle", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.cycle,
         N_("full (default), or seconds on and off: 15/15"), N_("CYCLE")},
        {"interval", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.interval,
         N_("from one packet to the next (default 100)"), N_("MS")},
        {"form", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.form,
         N_("android (default), or iphone with its app open"), N_("FORM")},
        {"serve", 0, 0, G_OPTION_ARG_NONE, &words.is_serving,
         N_("let others read the identifier, as from an iPhone"), NULL},
        {"no-serve", 0, 0, G_OPTION_ARG_NONE, &words.is_not_serving,
         N_("do not let others read it"), NULL},
        {"not-connectable", 0, 0, G_OPTION_ARG_NONE, &request.is_not_connectable,
         N_("take no connections"), NULL},
        RADIO_RUN_OPTIONS(words.radio),
        {"json", 0, 0, G_OPTION_ARG_NONE, &request.is_json, N_("print JSON, a line for each event"),
         NULL},
        {.long_name = NULL},
    };
    int code = EXIT_USAGE;

    if (command_parse_options(command, options, argc, argv, &code) &&
        read_words(command, &words, &request))
        code = advertise_run(&request);
    free_words(&words);
    return code;
}

const struct command command_advertise = {
    .name = "advertise",
    .operands = N_("[--radio RADIO] --identity FILE [OPTION...]"),
    .summary = N_("send an identity's identifiers"),
    .description = N_(
        "Sends what a phone with the app sends, from a fresh address with each identifier, at the\n"
        "moment its slot begins; says so, and what becomes of the radio. It ends after --for, or\n"
        "when it is interrupted, and leaves the adapter silent.\n"
        "\n"
        "RADIO: auto (the best there is), hci:hci0, hci:AA:BB:CC:DD:EE:FF, bluez:hci0 (shared),\n"
        "h4:SOCKET, sim:SCENARIO (in which a phone of the kind node is ours).\n"
        "\n"
        "Beside bluetoothd it takes no connections, unless bluetoothd uses private addresses\n"
        "(Privacy=device in /etc/bluetooth/main.conf); what is served is not, before that is so.\n"
        "\n"
        "With --json: {\"time_ms\",\"event\":\"rotation\",\"identifier\",\"address\",\"gap_ms\"},\n"
        "the last two null where not known, and\n"
        "{\"time_ms\",\"event\":\"health\",\"state\",\"step\",\"text\"}."),
    .examples = "  beacon advertise --radio hci:hci0 --identity phone.identity\n"
                "  beacon advertise --radio hci:hci0 --identity phone.identity --cycle 15/15\n"
                "  beacon advertise --radio hci:hci0 --identity phone.identity --form iphone\n",
    .run = run,
};
