/* SPDX-License-Identifier: MIT */
/* beacon radio diagnose: whether a radio could be had, and what to do if not. */
#include "command.h"
#include "json.h"
#include "output.h"
#include "terminal.h"
#include "text.h"

#include <beacon/radio.h>

static const char *level_name(enum beacon_finding_level level)
{
    static const char *const names[] = {[BEACON_FINDING_GOOD] = "good",
                                        [BEACON_FINDING_NOTE] = "note",
                                        [BEACON_FINDING_BAD] = "bad"};

    return names[level];
}

static const char *level_words(enum beacon_finding_level level)
{
    static const char *const words[] = {[BEACON_FINDING_GOOD] = N_("good"),
                                        [BEACON_FINDING_NOTE] = N_("note"),
                                        [BEACON_FINDING_BAD] = N_("bad")};

    return _(words[level]);
}

static int print_json(const char *address, const GPtrArray *findings, bool is_good)
{
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_named_string(&json, "radio", address);
    json_name(&json, "good");
    json_boolean(&json, is_good);
    json_name(&json, "findings");
    json_open_array(&json);
    for (guint i = 0; i < findings->len; i++) {
        const struct beacon_finding *finding = g_ptr_array_index(findings, i);

        json_open_object(&json);
        json_named_string(&json, "level", level_name(finding->level));
        json_named_string(&json, "subject", finding->subject);
        json_named_string(&json, "text", finding->text);
        json_close_object(&json);
    }
    json_close_array(&json);
    json_close_object(&json);
    return json_end(&json);
}

static void put_level(GString *text, enum beacon_finding_level level)
{
    static const int colours[] = {
        [BEACON_FINDING_GOOD] = 32, [BEACON_FINDING_NOTE] = 33, [BEACON_FINDING_BAD] = 31};

    if (terminal_has_colour())
        g_string_append_printf(text, "\033[1;%dm%s\033[0m", colours[level], level_words(level));
    else
        g_string_append(text, level_words(level));
}

static int print_text(const char *address, const GPtrArray *findings, bool is_good)
{
    g_autofree char *safe_address = say_safe(address);
    GString *text = g_string_new(NULL);
    int code;

    for (guint i = 0; i < findings->len; i++) {
        const struct beacon_finding *finding = g_ptr_array_index(findings, i);
        g_autofree char *safe = say_safe(finding->text);

        put_level(text, finding->level);
        g_string_append_printf(text, "  %s: %s\n", finding->subject, safe);
    }
    if (is_good)
        g_string_append_printf(text, _("%s can be used.\n"), safe_address);
    else
        g_string_append_printf(text, _("%s cannot be used before that is mended.\n"), safe_address);
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static bool are_good(const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++)
        if (((const struct beacon_finding *)g_ptr_array_index(findings, i))->level ==
            BEACON_FINDING_BAD)
            return false;
    return findings->len > 0;
}

static int run(const struct command *command, int argc, char *argv[])
{
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    struct operands operands;
    const char *address;
    GPtrArray *findings;
    bool is_good;
    int code;

    if (!command_parse(command, options, argc, argv, 0, 1, &operands, &code))
        return code;
    address = operands.count > 0 ? operands.values[0] : "auto";
    findings = beacon_radio_diagnose(address);
    is_good = are_good(findings);
    code =
        is_json ? print_json(address, findings, is_good) : print_text(address, findings, is_good);
    g_ptr_array_unref(findings);
    return code == EXIT_RAN && !is_good ? EXIT_NO : code;
}

const struct command command_radio_diagnose = {
    .group = "radio",
    .name = "diagnose",
    .operands = N_("[RADIO] [--json]"),
    .summary = N_("whether a radio can be used, and what is in the way"),
    .description = N_(
        "Looks, without changing anything, at what stands between us and a radio (auto by\n"
        "default), and says what to do about it, and what is lost on that way. Of auto it looks\n"
        "at the radio that auto would be. Exit code 1 if it cannot be used as it is.\n"
        "\n"
        "With --json: {\"radio\",\"good\",\"findings\":[{\"level\",\"subject\",\"text\"}, ...]};\n"
        "level is good, note or bad."),
    .examples = "  beacon radio diagnose\n"
                "  beacon radio diagnose bluez:hci0\n"
                "  beacon radio diagnose hci:hci1 --json\n",
    .run = run,
};
