/* SPDX-License-Identifier: MIT */
/* beacon-entrance: the check at a door, a table of subcommands. */
#include "command.h"
#include "say.h"

#include <beacon/base.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The leak check traces its own process. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_TRACED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_TRACED 1
#endif
#endif
#ifndef IS_TRACED
#define IS_TRACED 0
#endif

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
        _("Exit codes:\n"
          "  0  it ran, whatever it found\n"
          "  1  the answer is no (commands that verify, check or measure)\n"
          "  2  not how the command is called\n"
          "  3  bad input: what was read is not as it should be\n"
          "  4  could not read, write or listen, or had no memory\n"
          "  5  the radio failed"));
    is_good = say_out(help->str);
    g_string_free(help, TRUE);
    return is_good ? EXIT_RAN : EXIT_IO;
}

static int show_version(void)
{
    g_autofree char *text = g_strdup_printf("beacon-entrance %s\n", beacon_version());

    return say_out(text) ? EXIT_RAN : EXIT_IO;
}

static int dispatch(int argc, char *argv[])
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return show_help();
    if (argc >= 2 && strcmp(argv[1], "--version") == 0)
        return show_version();
    if (argc < 2 || argv[1][0] == '-')
        return command_run.run(&command_run, argc, argv);
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i]->name, argv[1]) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    say(_("unknown command: %s"), argv[1]);
    say(_("type 'beacon-entrance --help' for help"));
    return EXIT_USAGE;
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

/* What was heard of strangers' phones shall not lie in a core dump. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

    setrlimit(RLIMIT_CORE, &none);
    if (!IS_TRACED)
        prctl(PR_SET_DUMPABLE, 0);
}

static void speak_locally(void)
{
    const char *directory = getenv("BEACON_LOCALEDIR");

    if (directory == NULL || *directory == '\0')
        directory = BEACON_LOCALEDIR;
    setlocale(LC_ALL, "");
    bindtextdomain("beacon-entrance", directory);
    bindtextdomain("libbeacon", directory);
    bind_textdomain_codeset("beacon-entrance", "UTF-8");
    bind_textdomain_codeset("libbeacon", "UTF-8");
    textdomain("beacon-entrance");
}

int main(int argc, char *argv[])
{
    hold_standard_streams();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of writing, with an exit code */
    forbid_core_dumps();
    umask(umask(0077) | 0027); /* a tally is the office's business alone */
    speak_locally();
    return dispatch(argc, argv);
}
