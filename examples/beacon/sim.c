/* SPDX-License-Identifier: MIT */
/* beacon sim: plays a scenario of the simulated air, and writes what was heard and the truth about
 * it. */
#include "command.h"
#include "file_write.h"
#include "output.h"
#include "text.h"

#include <beacon/air.h>

#include <string.h>

/* Lines are written by so many bytes at a time. */
#define CHUNK 65536

struct count {
    guint64 sent, fates[4];
};

struct simulation {
    beacon_air *air;
    gboolean is_json;
    GString *lines;
    struct count counts[BEACON_AIR_KINDS];
};

static void count_emission(const struct beacon_air_emission *emission, gpointer user)
{
    struct count *count = &((struct simulation *)user)->counts[emission->kind];

    count->sent++;
    count->fates[emission->fate]++;
}

/* As beacon scan has it. */
static const char *kind_text(enum beacon_advert_kind kind)
{
    switch (kind) {
    case BEACON_ADVERT_ANDROID:
        return "android";
    case BEACON_ADVERT_IPHONE_OPEN:
        return "iphone";
    case BEACON_ADVERT_IPHONE_BACKGROUND:
        return "iphone-background";
    default:
        return "other";
    }
}

static void append_packet(GString *lines, const struct beacon_air_packet *packet)
{
    const guint8 *address = packet->address;
    struct beacon_advert_info info;
    char identifier[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_advert_recognise(packet->advert.bytes, packet->advert.size, &info);
    beacon_identifier_to_hex(&info.identifier, identifier);
    g_string_append_printf(lines, "\"kind\":\"%s\",", kind_text(info.kind));
    if (info.kind == BEACON_ADVERT_ANDROID)
        g_string_append_printf(lines, "\"identifier\":\"%s\",", identifier);
    if (packet->rssi_dbm != BEACON_RSSI_ABSENT)
        g_string_append_printf(lines, "\"rssi_dbm\":%d,", packet->rssi_dbm);
    else
        g_string_append(lines, "\"rssi_dbm\":null,");
    g_string_append_printf(lines, "\"address\":\"%02X:%02X:%02X:%02X:%02X:%02X\"", address[5],
                           address[4], address[3], address[2], address[1], address[0]);
}

static void append_event(const struct simulation *simulation, const struct beacon_air_event *event)
{
    static const char *const names[] = {"packet", "away", "back", "check", "opened"};
    GString *lines = simulation->lines;

    g_string_append_printf(lines, "{\"time_ms\":%" G_GINT64_FORMAT ",", event->time_us / 1000);
    if (event->type == BEACON_AIR_PACKET)
        append_packet(lines, &event->packet);
    else
        g_string_append_printf(lines, "\"event\":\"%s\"", names[event->type]);
    if (event->type == BEACON_AIR_CHECK || event->type == BEACON_AIR_OPENED)
        g_string_append_printf(lines, ",\"device\":\"%s\"",
                               beacon_air_device_name(simulation->air, event->device));
    else
        g_string_append_printf(lines, ",\"receiver\":\"%s\"",
                               beacon_air_receiver_name(simulation->air, event->receiver));
    if (event->type == BEACON_AIR_CHECK)
        g_string_append_printf(lines, ",\"until_ms\":%" G_GINT64_FORMAT, event->until_us / 1000);
    g_string_append(lines, "}\n");
}

/* Whatever has come together, if it is `least` bytes or more. */
static int write_lines(struct simulation *simulation, gsize least)
{
    if (simulation->lines->len < least || simulation->lines->len == 0)
        return EXIT_RAN;
    if (!say_out_bytes(simulation->lines->str, simulation->lines->len, NULL))
        return EXIT_IO;
    g_string_truncate(simulation->lines, 0);
    return EXIT_RAN;
}

static int play(struct simulation *simulation)
{
    struct beacon_air_event event;
    int code = EXIT_RAN;

    beacon_air_set_truth(simulation->air, count_emission, simulation);
    while (code == EXIT_RAN && beacon_air_next(simulation->air, &event))
        if (simulation->is_json) {
            append_event(simulation, &event);
            code = write_lines(simulation, CHUNK);
        }
    return code == EXIT_RAN ? write_lines(simulation, 1) : code;
}

static int play_with_truth(FILE *stream, const char *path, const void *user)
{
    struct simulation *simulation = *(struct simulation *const *)user;
    g_autoptr(GError) error = NULL;
    int code;

    beacon_air_begin_truth(simulation->air, stream);
    code = play(simulation);
    if (beacon_air_finish_truth(simulation->air, &error) || code != EXIT_RAN)
        return code;
    say("%s: %s", path, error->message);
    return EXIT_IO;
}

static int print_summary(const struct simulation *simulation)
{
    GString *text = g_string_new(NULL);
    int code;

    for (int kind = 0; kind < BEACON_AIR_KINDS; kind++) {
        const struct count *count = &simulation->counts[kind];

        if (count->sent > 0)
            g_string_append_printf(
                text,
                _("%s: sent %llu, arrived %llu, lost %llu, too weak %llu, receiver away %llu\n"),
                beacon_air_kind_name((enum beacon_air_kind)kind), (unsigned long long)count->sent,
                (unsigned long long)count->fates[BEACON_AIR_ARRIVED],
                (unsigned long long)count->fates[BEACON_AIR_LOST],
                (unsigned long long)count->fates[BEACON_AIR_WEAK],
                (unsigned long long)count->fates[BEACON_AIR_AWAY]);
    }
    g_string_append_printf(text, _("devices: %u\n"), beacon_air_devices(simulation->air));
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static int run_simulation(struct simulation *simulation, const char *truth)
{
    struct simulation *const user = simulation;
    int code;

    simulation->lines = g_string_new(NULL);
    code = truth != NULL ? public_file_write(truth, play_with_truth, &user) : play(simulation);
    if (code == EXIT_RAN && !simulation->is_json)
        code = print_summary(simulation);
    g_string_free(simulation->lines, TRUE);
    return code;
}

static int load_failed(const GError *error)
{
    say("%s", error->message);
    return g_error_matches(error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_IO) ? EXIT_IO : EXIT_INPUT;
}

static int run(const struct command *command, int argc, char *argv[])
{
    g_auto(GStrv) truths = NULL;
    g_auto(GStrv) settings = NULL;
    struct simulation simulation = {0};
    const GOptionEntry options[] = {
        {"truth", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &truths, N_("write what really happened"),
         N_("FILE")},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings,
         N_("a line that holds over the scenario's own"), N_("LINE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &simulation.is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    g_autoptr(GError) error = NULL;
    struct operands operands;
    const char *truth;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code) ||
        !option_once(command, "--truth", truths, &truth))
        return code;
    simulation.air = beacon_air_load(operands.values[0], (const char *const *)settings, &error);
    if (simulation.air == NULL)
        return load_failed(error);
    code = run_simulation(&simulation, truth);
    beacon_air_free(simulation.air);
    return code;
}

const struct command command_sim = {
    .name = "sim",
    .operands = N_("SCENARIO [--truth FILE] [--set LINE]... [--json]"),
    .summary = N_("play phones, people and radio waves from a file"),
    .description = N_(
        "Plays a scenario as fast as it can: phones with and without the app come, stand and go,\n"
        "and a receiver hears some of what they send. Prints how much of it was heard; with "
        "--json,\n"
        "each advertisement heard and each other event, a line each. The same scenario gives the "
        "same\n"
        "result on every machine; another seed, another one (--set 'seed 7').\n"
        "\n"
        "--truth writes what every device really did, second by second, as JSON lines. A "
        "scenario's\n"
        "language is described in <beacon/air.h>."),
    .examples = "  beacon sim examples/air/rush.air\n"
                "  beacon sim examples/air/rush.air --truth truth.jsonl --json > heard.jsonl\n"
                "  beacon sim examples/air/rush.air --set 'seed 7' --set 'loss 60 %'\n",
    .run = run,
};
