/* SPDX-License-Identifier: MIT */
/* beacon run: its command line. */
#include "command.h"
#include "radio_options.h"
#include "run.h"
#include "text.h"

#include <string.h>

/* As they were typed. */
struct run_words {
    struct radio_words radio;
    struct store_words store;
    char **identity, **cycle, **form, **retention, **status, **flag;
};

static void free_words(struct run_words *words)
{
    char **all[] = {words->identity,  words->cycle,  words->form,
                    words->retention, words->status, words->flag};

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        g_strfreev(all[i]);
    radio_words_free(&words->radio);
    store_words_free(&words->store);
}

/* "40/260,15/15": how it scans, and how it advertises. */
static bool parse_cycles(const char *text, struct run_request *request)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 3);

    if (strcmp(text, "phone") == 0) {
        request->scan = BEACON_CYCLE_PHONE_SCAN;
        request->advertise = BEACON_CYCLE_PHONE_ADVERTISE;
        return true;
    }
    if (strcmp(text, "full") == 0) {
        request->scan = request->advertise = BEACON_CYCLE_FULL;
        return true;
    }
    return g_strv_length(parts) == 2 && cycle_parse(parts[0], &request->scan) &&
           cycle_parse(parts[1], &request->advertise);
}

static bool read_cycles(const struct command *command, char **values, struct run_request *request)
{
    const char *text;

    if (!option_once(command, "--cycle", values, &text))
        return false;
    if (parse_cycles(text != NULL ? text : "full", request))
        return true;
    usage_error(command,
                _("--cycle %s: expected full, phone, or seconds on and off of scanning and of "
                  "advertising, such as 40/260,15/15"),
                text);
    return false;
}

static bool read_numbers(const struct command *command, const struct run_words *words,
                         struct run_request *request)
{
    static const struct range retention = {.min = 1, .max = BEACON_STORE_RETENTION_DAYS_MAX};
    static const struct range status = {.min = 1, .max = 86400, .otherwise = 60};
    guint64 status_s;

    if (!option_number(command, "--retention", words->retention, &retention,
                       &request->retention_days) ||
        !option_number(command, "--status-every", words->status, &status, &status_s))
        return false;
    request->status_us = (gint64)status_s * G_TIME_SPAN_SECOND;
    return true;
}

static bool read_words(const struct command *command, const struct run_words *words,
                       struct run_request *request)
{
    if (!option_radio(command, &words->radio, &request->radio) ||
        !option_once(command, "--identity", words->identity, &request->identity) ||
        !option_store(command, &words->store, &request->place) ||
        !read_cycles(command, words->cycle, request) ||
        !option_form(command, words->form, &request->is_iphone) ||
        !option_once(command, "--clock-flag", words->flag, &request->clock_flag) ||
        !read_numbers(command, words, request) || !store_is_named(command, &request->place))
        return false;
    if (request->identity != NULL)
        return true;
    usage_error(command, _("something is missing: %s"), "--identity");
    return false;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct run_words words = {0};
    struct run_request request = {0};
    const GOptionEntry options[] = {
        RADIO_OPTION(words.radio),
        {"identity", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.identity,
         N_("whose identifiers to send"), N_("FILE")},
        STORE_OPTIONS(words.store),
        {"cycle", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.cycle,
         N_("full (default), phone, or seconds: 40/260,15/15"), N_("CYCLE")},
        {"form", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.form,
         N_("android (default), or iphone with its app open"), N_("FORM")},
        {"retention", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.retention,
         N_("delete what is older than so many days (default 14)"), N_("DAYS")},
        {"clock-is-right", 0, 0, G_OPTION_ARG_NONE, &request.is_clock_trusted,
         N_("believe the machine's clock, as it is"), NULL},
        RADIO_RUN_OPTIONS(words.radio),
        {"status-every", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.status,
         N_("tell how it goes so often (default 60)"), N_("SECONDS")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &request.is_json, N_("print JSON, a line for each event"),
         NULL},
        {"clock-flag", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &words.flag,
         "the clock is right once this file is there", "FILE"},
        {.long_name = NULL},
    };
    int code = EXIT_USAGE;

    if (command_parse_options(command, options, argc, argv, &code) &&
        read_words(command, &words, &request))
        code = run_node(&request);
    free_words(&words);
    return code;
}

const struct command command_run = {
    .name = "run",
    .operands = N_("[--radio RADIO] --identity FILE --store STORE [OPTION...]"),
    .summary = N_("be a phone with the app: send, listen, remember"),
    .description = N_(
        "Sends the identity's identifiers, listens for phones with the app, reads iPhones, and\n"
        "keeps whom it heard in a log, which is made where there is none; what is older than the\n"
        "retention is deleted every day. An identity that 'beacon identity report' has replaced "
        "is\n"
        "taken up at once. It ends after --for, or when it is interrupted.\n"
        "\n"
        "Until the clock is known to be right (systemd-timesyncd or the kernel says so, or, where\n"
        "there is no timesyncd, it is later than this program), nothing is sent, and what is "
        "heard\n"
        "is kept without a date; it gets one when the clock arrives.\n"
        "\n"
        "What is heard is on the disk within 5 seconds: so much may be lost when power fails.\n"
        "Started by systemd, it reports to it, also that it is alive (Type=notify, WatchdogSec=).\n"
        "\n"
        "An identity has no identifiers for days before its own. A scenario that is older is "
        "moved\n"
        "with --set, as in the last example; a phone of the kind node in it is ours.\n"
        "\n"
        "With --json: {\"time_ms\",\"event\":\"status\",\"state\",\"text\",\"clock\",\"sending\","
        "\"about\",\n"
        "\"sightings\",\"encounters\",\"undated\",\"lost\",\"rotations\",\"queued\",\"committed\","
        "\n"
        "\"store_failing\"}. Nothing that is said holds an identifier."),
    .examples =
        "  beacon run --radio hci:hci0 --identity phone.identity --store log\n"
        "  beacon run --identity phone.identity --store log --cycle phone --json\n"
        "  beacon run --radio sim:examples/air/three-nodes.air#a --identity phone.identity \\\n"
        "    --store log --speed max --set \"start $(date -u +%FT%TZ)\" \\\n"
        "    --set 'phone D android-open at 1 m'\n",
    .run = run,
};
