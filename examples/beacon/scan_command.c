/* SPDX-License-Identifier: MIT */
/* beacon scan: its command line. */
#include "command.h"
#include "radio_options.h"
#include "scan.h"
#include "text.h"

/* As they were typed. */
struct scan_words {
    struct radio_words radio;
    char **cycle, **interval, **window, **trace, **record, **identity;
};

static void free_words(struct scan_words *words)
{
    char **all[] = {words->cycle, words->interval, words->window,
                    words->trace, words->record,   words->identity};

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        g_strfreev(all[i]);
    radio_words_free(&words->radio);
}

static bool read_words(const struct command *command, const struct scan_words *words,
                       struct scan_request *request)
{
    struct beacon_radio_scan *scan = &request->scan;

    if (!option_radio(command, &words->radio, &request->radio) ||
        !option_cycle(command, words->cycle, &scan->cycle) ||
        !option_interval(command, "--interval", words->interval, 3, 10240, &scan->interval_us) ||
        !option_interval(command, "--window", words->window, 3, 10240, &scan->window_us) ||
        !option_once(command, "--trace", words->trace, &request->trace) ||
        !option_once(command, "--record", words->record, &request->record) ||
        !option_once(command, "--identity", words->identity, &request->identity))
        return false;
    scan->size = sizeof *scan;
    scan->active = request->is_active;
    scan->monitor = request->is_monitoring;
    return true;
}

/* What cannot be, together. */
static int check_request(const struct command *command, const struct scan_request *request)
{
    const struct beacon_radio_scan *scan = &request->scan;

    if (scan->window_us > (scan->interval_us != 0 ? scan->interval_us : 60000))
        return usage_error(command, _("--window is longer than --interval"));
    if (request->identity != NULL && request->trace == NULL)
        return usage_error(command, _("--identity is for --trace"));
    return EXIT_RAN;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct scan_words words = {0};
    struct scan_request request = {0};
    const GOptionEntry options[] = {
        RADIO_OPTION(words.radio),
        {"cycle", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.cycle,
         N_("full (default), or seconds on and off: 40/260"), N_("CYCLE")},
        {"active", 0, 0, G_OPTION_ARG_NONE, &request.is_active, N_("ask for scan responses"), NULL},
        {"monitor", 0, 0, G_OPTION_ARG_NONE, &request.is_monitoring,
         N_("bluez: passively, and phones alone, where it can"), NULL},
        {"interval", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.interval,
         N_("change the channel so often (default 60)"), N_("MS")},
        {"window", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.window,
         N_("listen so long of each interval (default all of it)"), N_("MS")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &request.is_json,
         N_("print JSON, a line for each packet"), NULL},
        {"trace", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.trace,
         N_("add rows to a history, as the app keeps it"), N_("FILE")},
        {"identity", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.identity,
         N_("whose identifier the history's first column holds"), N_("FILE")},
        {"record", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.record,
         N_("write all packets to a btsnoop file"), N_("FILE")},
        {"all", 0, 0, G_OPTION_ARG_NONE, &request.is_all,
         N_("other devices too, and addresses in full"), NULL},
        {"no-visits", 0, 0, G_OPTION_ARG_NONE, &request.has_no_visits,
         N_("do not ask iPhones for their identifier"), NULL},
        RADIO_RUN_OPTIONS(words.radio),
        {.long_name = NULL},
    };
    int code = EXIT_USAGE;

    if (command_parse_options(command, options, argc, argv, &code) &&
        read_words(command, &words, &request)) {
        code = check_request(command, &request);
        if (code == EXIT_RAN)
            code = scan_run(&request);
    }
    free_words(&words);
    return code;
}

const struct command command_scan = {
    .name = "scan",
    .operands = N_("[--radio RADIO] [OPTION...]"),
    .summary = N_("who is about"),
    .description = N_(
        "Listens for phones with the app, and reads the identifiers of iPhones, each once a slot.\n"
        "In a terminal a table shows who is about; otherwise there is a line for each phone, at\n"
        "most every 5 seconds. It ends with the radio (a capture or a scenario), after --for, or\n"
        "when it is interrupted, and then says what it heard.\n"
        "\n"
        "RADIO: auto (the best there is), hci:hci0, hci:AA:BB:CC:DD:EE:FF, bluez:hci0 (shared),\n"
        "h4:SOCKET, capture:FILE (of btmon -w, or --record), sim:SCENARIO. In a capture iPhones\n"
        "cannot be asked: it has them without identifiers.\n"
        "\n"
        "--trace adds a row for an identifier at most every 5 seconds, as the app does.\n"
        "\n"
        "With --json, for each packet: "
        "{\"time_ms\",\"kind\",\"identifier\",\"rssi_dbm\",\"address\"};\n"
        "kind is android, iphone, iphone-background or other, rssi_dbm may be null, identifier is\n"
        "left out where it is not known, and there is one more line when an iPhone told its own.\n"
        "Addresses are shortened unless --all is given."),
    .examples = "  beacon scan --radio hci:hci0 --trace data_trace.txt\n"
                "  beacon scan --radio hci:hci0 --take --cycle 40/260 --json --for 3600\n"
                "  beacon scan --radio capture:door.btsnoop --speed max\n",
    .run = run,
};
