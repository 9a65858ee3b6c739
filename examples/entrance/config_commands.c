/* SPDX-License-Identifier: MIT */
/* beacon-entrance check-config and pin: what is in force, and the PIN of the page. */
#include "command.h"
#include "say.h"
#include "settings.h"
#include "web.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* ---- check-config ---- */

static int print_settings(const struct settings_flags *flags)
{
    GError *error = NULL;
    g_autofree char *text = settings_text(flags, &error);

    if (text != NULL)
        return say_out(text) ? EXIT_RAN : EXIT_IO;
    return said(error, settings_exit_code(error));
}

static int run_check_config(const struct command *command, int argc, char *argv[])
{
    struct settings_flags *flags = settings_flags_new(SETTINGS_ALL, NULL);
    int code;

    if (command_parse_options(command, settings_flags_options(flags), argc, argv, &code))
        code = print_settings(flags);
    settings_flags_free(flags);
    return code;
}

const struct command command_check_config = {
    .name = "check-config",
    .operands = N_("[OPTION...]"),
    .summary = N_("each setting, and where it comes from"),
    .description =
        N_("Prints each setting and where it comes from: a flag, the environment, the\n"
           "file, or neither. What it prints is a file that says the same. Where something\n"
           "is wrong it names the line; exit code 3, of a flag 2, and 4 if the file cannot\n"
           "be read."),
    .examples = "  beacon-entrance check-config\n"
                "  beacon-entrance check-config --config new.conf && cp new.conf "
                "/etc/beacon-entrance.conf\n",
    .run = run_check_config,
};

/* ---- pin ---- */

/* One line of standard input, not shown where that is a terminal. */
static bool read_pin(char *ret_pin, gsize size)
{
    struct termios before, silent;
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    bool is_read;

    if (is_terminal) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        fputs(_("PIN: "), stderr);
    }
    is_read = fgets(ret_pin, (int)size, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (is_read)
        ret_pin[strcspn(ret_pin, "\r\n")] = '\0';
    return is_read;
}

static int fail_input(const char *text)
{
    say("%s", text);
    return EXIT_INPUT;
}

static int write_pin(const struct settings_flags *flags)
{
    GError *error = NULL;
    struct settings *settings = settings_read(flags, &error);
    char pin[64] = "";
    int code = EXIT_RAN;

    if (settings == NULL)
        return said(error, settings_exit_code(error));
    if (*settings->web_pin_file == '\0')
        code = fail_input(_("the settings name no file for the PIN: web-pin-file"));
    else if (!read_pin(pin, sizeof pin))
        code = fail_input(_("expected the PIN on standard input"));
    else if (!web_pin_write(settings->web_pin_file, pin, &error))
        code = said(error, g_error_matches(error, WEB_ERROR, WEB_ERROR_IO) ? EXIT_IO : EXIT_INPUT);
    explicit_bzero(pin, sizeof pin);
    settings_free(settings);
    return code;
}

static int run_pin(const struct command *command, int argc, char *argv[])
{
    struct settings_flags *flags = settings_flags_new(SETTINGS_WEB, NULL);
    int code;

    if (command_parse_options(command, settings_flags_options(flags), argc, argv, &code))
        code = write_pin(flags);
    settings_flags_free(flags);
    return code;
}

const struct command command_pin = {
    .name = "pin",
    .operands = N_("[OPTION...]"),
    .summary = N_("set the PIN by which a guard works over the network"),
    .description =
        N_("Reads a PIN of at least six digits, and keeps its hash in the file that the\n"
           "settings name. The page over TLS asks for it."),
    .examples = "  beacon-entrance pin\n",
    .run = run_pin,
};
