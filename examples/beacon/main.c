/* SPDX-License-Identifier: MIT */
/* beacon: the command-line tool, a table of subcommands. */
#include "command.h"
#include "output.h"
#include "text.h"

#include <beacon/base.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
                               _("Exit codes:\n"
                                 "  0  it ran, whatever it found\n"
                                 "  1  the answer is no (commands that verify, check or measure)\n"
                                 "  2  not how the command is called\n"
                                 "  3  bad input: what was read is not as it should be\n"
                                 "  4  could not read, write or listen, or had no memory\n"
                                 "  5  the radio failed"));
    code = output_text(help);
    g_string_free(help, TRUE);
    return code;
}

static int show_version(void)
{
    GString *text = g_string_new(NULL);
    int code;

    g_string_printf(text, "beacon %s\n", beacon_version());
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static bool is_group(const char *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_strcmp0(commands[i]->group, word) == 0)
            return true;
    return false;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int wrong_call(const char *format, const char *word)
{
    if (format != NULL)
        message(format, word);
    message(_("type '%s --help' for help"), "beacon");
    return EXIT_USAGE;
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
    if (is_help(argv[1]))
        return show_help(NULL);
    if (strcmp(argv[1], "--version") == 0)
        return show_version();
    if (!is_group(argv[1]))
        return run_command(NULL, argc - 1, argv + 1);
    if (argc < 3)
        return wrong_call(_("a command is missing after %s"), argv[1]);
    if (is_help(argv[2]))
        return show_help(argv[1]);
    return run_command(argv[1], argc - 2, argv + 2);
}

/*
 * Whoever starts us with a standard stream closed would have the next file opened take its place,
 * and then be written to. The places are taken by something that cannot be used.
 */
static void hold_standard_streams(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void speak_locally(void)
{
    const char *directory = getenv("BEACON_LOCALEDIR");

    if (directory == NULL || *directory == '\0')
        directory = BEACON_LOCALEDIR;
    setlocale(LC_ALL, "");
    bindtextdomain("beacon", directory);
    bindtextdomain("libbeacon", directory);
    bind_textdomain_codeset("beacon", "UTF-8");
    bind_textdomain_codeset("libbeacon", "UTF-8");
    textdomain("beacon");
}

int main(int argc, char *argv[])
{
    hold_standard_streams();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of writing, with an exit code */
    speak_locally();
    return dispatch(argc, argv);
}
