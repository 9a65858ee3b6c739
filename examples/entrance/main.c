/* SPDX-License-Identifier: MIT */
/* beacon-entrance: the check at a door, a table of subcommands. */
#include "command.h"
#include "program.h"
#include "say.h"

#include <string.h>
#include <sys/stat.h>

static const struct command *const commands[] = {
    &command_run,    &command_calibrate,    &command_diagnose, &command_report,
    &command_poster, &command_check_config, &command_pin,
};

static int show_help(void)
{
    GString *help = g_string_new(NULL);
    bool is_good;

    g_string_append_printf(
        help, "%s beacon-entrance %s\n\n%s\n\n%s\n", _("Usage:"), _("[COMMAND] [OPTION...]"),
        _("At an office door: is Bluezone running on the phone that lies on the spot?"),
        _("Commands:"));
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(help, "  %-14s%s\n", commands[i]->name, _(commands[i]->summary));
    g_string_append_printf(
        help, "\n%s\n\n%s\n%s\n%s\n",
        _("Without a command, 'run'. 'beacon-entrance COMMAND --help' tells more of one."),
        _("Examples:"),
        "  beacon-entrance\n"
        "  beacon-entrance diagnose\n"
        "  beacon-entrance --radio sim:examples/air/rush.air --guard --speed 20\n"
        "  beacon-entrance report --from 2020-08-10 --to 2020-08-14 >report.html\n",
        exit_codes_text());
    is_good = say_out(help->str);
    g_string_free(help, TRUE);
    return is_good ? EXIT_RAN : EXIT_IO;
}

static int dispatch(int argc, char *argv[])
{
    if (argc >= 2 && asks_for_help(argv[1]))
        return show_help();
    if (argc >= 2 && strcmp(argv[1], "--version") == 0)
        return program_version();
    if (argc < 2 || argv[1][0] == '-')
        return command_run.run(&command_run, argc, argv);
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i]->name, argv[1]) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    return wrong_call(_("unknown command: %s"), argv[1]);
}

int main(int argc, char *argv[])
{
    program_begin();
    program_forbid_core_dumps(); /* what was heard of strangers' phones shall not lie in one */
    umask(umask(0077) | 0027);   /* a tally is the office's business alone */
    return dispatch(argc, argv);
}
