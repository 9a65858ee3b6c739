/* SPDX-License-Identifier: MIT */
/* beacon-entrance diagnose: what stands between this machine and a check, and what to do. */
#include "command.h"
#include "findings.h"
#include "say.h"

#include <string.h>
#include <yajl/yajl_gen.h>

static const char *const level_names[] = {[BEACON_FINDING_GOOD] = N_("good"),
                                          [BEACON_FINDING_NOTE] = N_("note"),
                                          [BEACON_FINDING_BAD] = N_("bad")};

static bool are_good(const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++)
        if (((const struct beacon_finding *)g_ptr_array_index(findings, i))->level ==
            BEACON_FINDING_BAD)
            return false;
    return true;
}

static bool print_text(const GPtrArray *findings)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < findings->len; i++) {
        const struct beacon_finding *finding = g_ptr_array_index(findings, i);
        g_auto(GStrv) lines = g_strsplit(finding->text, "\n", -1);

        for (guint j = 0; lines[j] != NULL; j++) {
            g_autofree char *safe = say_safe(lines[j]);

            if (j == 0)
                g_string_append_printf(text, "%s  %s: %s\n", _(level_names[finding->level]),
                                       finding->subject, safe);
            else if (*safe != '\0')
                g_string_append_printf(text, "      %s\n", safe);
        }
    }
    g_string_append(text, are_good(findings) ? _("The check can run here.\n")
                                             : _("The check cannot run before that is mended.\n"));
    return say_out(text->str);
}

/* ---- For machines ---- */

static void put_text(yajl_gen generator, const char *text)
{
    g_autofree char *safe = say_safe(text);

    yajl_gen_string(generator, (const unsigned char *)safe, strlen(safe));
}

static void put_finding(yajl_gen generator, const struct beacon_finding *finding)
{
    yajl_gen_map_open(generator);
    put_text(generator, "level");
    put_text(generator, level_names[finding->level]);
    put_text(generator, "subject");
    put_text(generator, finding->subject);
    put_text(generator, "text");
    put_text(generator, finding->text);
    yajl_gen_map_close(generator);
}

static bool print_json(const GPtrArray *findings)
{
    yajl_gen generator = yajl_gen_alloc(NULL);
    const unsigned char *bytes;
    size_t size;
    bool is_good;

    yajl_gen_map_open(generator);
    put_text(generator, "good");
    yajl_gen_bool(generator, are_good(findings));
    put_text(generator, "findings");
    yajl_gen_array_open(generator);
    for (guint i = 0; i < findings->len; i++)
        put_finding(generator, g_ptr_array_index(findings, i));
    yajl_gen_array_close(generator);
    yajl_gen_map_close(generator);
    yajl_gen_get_buf(generator, &bytes, &size);
    is_good = say_out_bytes((const char *)bytes, size, NULL) && say_out_bytes("\n", 1, NULL);
    yajl_gen_free(generator);
    return is_good;
}

/* ---- The call ---- */

static void add_radio(GPtrArray *findings, const char *radio)
{
    GPtrArray *of_radio = beacon_radio_diagnose(radio);

    for (guint i = 0; i < of_radio->len; i++) {
        const struct beacon_finding *finding = g_ptr_array_index(of_radio, i);

        findings_add(findings, finding->level, finding->subject, g_strdup(finding->text));
    }
    g_ptr_array_unref(of_radio);
}

/* Settings that cannot be read are a finding too, and the only one: all else hangs on them. */
static int diagnose(const struct settings_flags *flags, gboolean is_json)
{
    g_autoptr(GPtrArray) findings = g_ptr_array_new();
    GError *error = NULL;
    struct settings *settings = settings_read(flags, &error);
    bool is_printed;

    if (g_error_matches(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE))
        return said(error, EXIT_USAGE);
    if (settings == NULL) {
        findings_add(findings, BEACON_FINDING_BAD, "settings", g_strdup(error->message));
        g_error_free(error);
    } else {
        findings_add(findings, BEACON_FINDING_GOOD, "settings", g_strdup(_("can be read")));
        add_radio(findings, settings->radio);
        findings_of_clock(findings);
        findings_of_disk(findings, settings);
        findings_of_calibration(findings, settings);
        findings_of_page(findings, settings);
    }
    settings_free(settings);
    is_printed = is_json ? print_json(findings) : print_text(findings);
    return !is_printed ? EXIT_IO : are_good(findings) ? EXIT_RAN : EXIT_NO;
}

static int run_command(const struct command *command, int argc, char *argv[])
{
    gboolean is_json = FALSE;
    const GOptionEntry own[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    struct settings_flags *flags = settings_flags_new(SETTINGS_ALL & ~SETTINGS_REPORT, own);
    int code;

    if (command_parse_options(command, settings_flags_options(flags), argc, argv, &code))
        code = diagnose(flags, is_json);
    settings_flags_free(flags);
    return code;
}

const struct command command_diagnose = {
    .name = "diagnose",
    .operands = N_("[OPTION...]"),
    .summary = N_("what stands between this machine and a check, and what to do"),
    .description = N_(
        "Looks, without changing anything, at settings, radio, clock, disk, calibration and\n"
        "page. Exit code 1 if something is bad.\n"
        "\n"
        "With --json: {\"good\",\"findings\":[{\"level\",\"subject\",\"text\"}, ...]}; level is\n"
        "good, note or bad."),
    .examples = "  beacon-entrance diagnose\n"
                "  beacon-entrance diagnose --radio hci:hci1 --json\n",
    .run = run_command,
};
