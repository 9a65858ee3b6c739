/* SPDX-License-Identifier: MIT */
/* beacon: the command-line tool, a table of subcommands. */
#include "command.h"
#include "output.h"
#include "program.h"
#include "text.h"

#include <string.h>

static const struct command *const commands[] = {
    &command_identity_new,
    &command_identity_show,
    &command_identity_table,
    &command_identity_report,
    &command_derive,
    &command_advert_encode,
    &command_advert_decode,
    &command_match,
    &command_keys_new,
    &command_keys_pack,
    &command_keys_unpack,
    &command_keys_info,
    &command_keys_sign,
    &command_keys_verify,
    &command_advertise,
    &command_scan,
    &command_run,
    &command_log_show,
    &command_log_export,
    &command_log_import,
    &command_log_purge,
    &command_log_check,
    &command_log_salvage,
    &command_radio_list,
    &command_radio_diagnose,
    &command_sim,
};

/* "identity new", for the list of commands. */
static char *command_words(const struct command *command)
{
    return command->group != NULL ? g_strdup_printf("%s %s", command->group, command->name)
                                  : g_strdup(command->name);
}

static void append_commands(GString *help, const char *group)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *words = command_words(commands[i]);

        if (group == NULL || g_strcmp0(commands[i]->group, group) == 0)
            g_string_append_printf(help, "  %-18s%s\n", words, _(commands[i]->summary));
    }
}

static int show_help(const char *group)
{
    GString *help = g_string_new(NULL);
    int code;

    if (group != NULL)
        g_string_append_printf(help, "%s beacon %s %s\n\n%s\n", _("Usage:"), group,
                               _("COMMAND [OPTION...]"), _("Commands:"));
    else
        g_string_append_printf(
            help, "%s beacon %s\n\n%s\n\n%s\n", _("Usage:"), _("COMMAND [OPTION...]"),
            _("Identifiers that phones send over Bluetooth, and who met whom."), _("Commands:"));
    append_commands(help, group);
    g_string_append_printf(help, "\n%s\n", _("'beacon COMMAND --help' tells more of a command."));
    if (group == NULL)
        g_string_append_printf(help, "\n%s\n\n%s\n", _("'beacon --version' prints the version."),
                               exit_codes_text());
    code = output_text(help);
    g_string_free(help, TRUE);
    return code;
}

static bool is_group(const char *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_strcmp0(commands[i]->group, word) == 0)
            return true;
    return false;
}

static int run_command(const char *group, int argc, char *argv[])
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_strcmp0(commands[i]->group, group) == 0 && strcmp(commands[i]->name, argv[0]) == 0)
            return commands[i]->run(commands[i], argc, argv);
    return wrong_call(_("unknown command: %s"), argv[0]);
}

static int dispatch(int argc, char *argv[])
{
    if (argc < 2)
        return wrong_call(_("a command is missing"), NULL);
    if (asks_for_help(argv[1]))
        return show_help(NULL);
    if (strcmp(argv[1], "--version") == 0)
        return program_version();
    if (!is_group(argv[1]))
        return run_command(NULL, argc - 1, argv + 1);
    if (argc < 3)
        return wrong_call(_("a command is missing after %s"), argv[1]);
    if (asks_for_help(argv[2]))
        return show_help(argv[1]);
    return run_command(argv[1], argc - 2, argv + 2);
}

int main(int argc, char *argv[])
{
    program_begin();
    return dispatch(argc, argv);
}
