/* SPDX-License-Identifier: MIT */
/* How a subcommand's options are read and its help is shown. */
#include "command.h"

#include "say.h"

#include <string.h>

static void say_where_help_is(const struct command *command)
{
    say(_("type 'beacon-entrance %s --help' for help"), command->name);
}

int usage_error(const struct command *command, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    say("%s", text);
    say_where_help_is(command);
    return EXIT_USAGE;
}

int said(GError *error, int code)
{
    say("%s", error->message);
    g_error_free(error);
    return code;
}

/* "--radio RADIO", as the list of options shows it. */
static char *option_title(const GOptionEntry *option)
{
    if (option->arg_description == NULL)
        return g_strdup_printf("--%s", option->long_name);
    return g_strdup_printf("--%s %s", option->long_name, _(option->arg_description));
}

static void append_option(GString *help, const GOptionEntry *option)
{
    enum { COLUMN = 24 };
    g_autofree char *title = option_title(option);
    glong width = g_utf8_strlen(title, -1);

    g_string_append_printf(help, "  %s%*s%s\n", title, width < COLUMN ? (int)(COLUMN - width) : 2,
                           "", _(option->description));
}

static int show_help(const struct command *command, const GOptionEntry options[])
{
    static const GOptionEntry help_option = {.long_name = "help",
                                             .description = N_("show this help")};
    GString *help = g_string_new(NULL);
    bool is_good;

    g_string_append_printf(help, "%s beacon-entrance %s %s\n\n%s\n\n%s\n", _("Usage:"),
                           command->name, _("[OPTION...]"), _(command->description), _("Options:"));
    for (const GOptionEntry *option = options; option->long_name != NULL; option++)
        append_option(help, option);
    append_option(help, &help_option);
    g_string_append_printf(help, "\n%s\n%s", _("Examples:"), command->examples);
    is_good = say_out(help->str);
    g_string_free(help, TRUE);
    return is_good ? EXIT_RAN : EXIT_IO;
}

bool command_parse(const struct command *command, const GOptionEntry options[], int argc,
                   char *argv[], int *ret_exit)
{
    gboolean is_help = FALSE;
    const GOptionEntry help_option[] = {
        {.long_name = "help", .short_name = 'h', .arg = G_OPTION_ARG_NONE, .arg_data = &is_help},
        {.long_name = NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, options, NULL);
    g_option_context_add_main_entries(context, help_option, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        *ret_exit = usage_error(command, "%s", error->message);
    else if (is_help)
        *ret_exit = show_help(command, options);
    else if (argc > 1)
        *ret_exit =
            usage_error(command, _("%s takes options only, not: %s"), command->name, argv[1]);
    else
        return true;
    return false;
}

bool option_once(const struct command *command, const char *option, char **values,
                 const char **ret_value)
{
    *ret_value = values != NULL ? values[0] : NULL;
    if (values == NULL || values[1] == NULL)
        return true;
    usage_error(command, _("%s may be given only once"), option);
    return false;
}

bool option_speed(const struct command *command, char **values, double *ret_speed)
{
    const char *text;
    char *end;

    *ret_speed = 0;
    if (!option_once(command, "--speed", values, &text))
        return false;
    if (text == NULL)
        return true;
    if (strcmp(text, "max") == 0) {
        *ret_speed = -1;
        return true;
    }
    *ret_speed = g_ascii_strtod(text, &end);
    if (g_ascii_isdigit(*text) && *end == '\0' && *ret_speed >= 0.001 && *ret_speed <= 1e6)
        return true;
    usage_error(command, _("--speed %s: expected max, or a number from 0.001 to 1000000"), text);
    return false;
}
