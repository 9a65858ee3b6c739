/* SPDX-License-Identifier: MIT */
/* How a subcommand's options are read and its help is shown. */
#include "command_line.h"

#include "say.h"

#include <string.h>

const char *exit_codes_text(void)
{
    return _("Exit codes:\n"
             "  0  it ran, whatever it found\n"
             "  1  the answer is no (commands that verify, check or measure)\n"
             "  2  not how the command is called\n"
             "  3  bad input: what was read is not as it should be\n"
             "  4  could not read, write or listen, or had no memory\n"
             "  5  the radio failed");
}

char *command_title(const struct command *command)
{
    return command->group != NULL ? g_strdup_printf(PROGRAM " %s %s", command->group, command->name)
                                  : g_strdup_printf(PROGRAM " %s", command->name);
}

bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* ---- What is wrong ---- */

static void say_where_help_is(const char *title)
{
    say(_("type '%s --help' for help"), title);
}

int usage_error(const struct command *command, const char *format, ...)
{
    g_autofree char *title = command_title(command);
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    say("%s", text);
    say_where_help_is(title);
    return EXIT_USAGE;
}

int wrong_call(const char *format, const char *word)
{
    if (format != NULL)
        say(format, word);
    say_where_help_is(PROGRAM);
    return EXIT_USAGE;
}

/* ---- Help ---- */

/* "--keys FILE", as the list of options shows it. */
static char *option_title(const GOptionEntry *option)
{
    g_autofree char *letter =
        option->short_name != 0 ? g_strdup_printf("-%c, ", option->short_name) : g_strdup("");

    if (option->arg_description == NULL)
        return g_strdup_printf("%s--%s", letter, option->long_name);
    return g_strdup_printf("%s--%s %s", letter, option->long_name, _(option->arg_description));
}

static void append_option(GString *help, const GOptionEntry *option)
{
    enum { COLUMN = 24 };
    g_autofree char *title = option_title(option);
    glong width = g_utf8_strlen(title, -1);

    if (option->flags & G_OPTION_FLAG_HIDDEN)
        return;
    g_string_append_printf(help, "  %s%*s%s\n", title, width < COLUMN ? (int)(COLUMN - width) : 2,
                           "", _(option->description));
}

static int show_help(const struct command *command, const GOptionEntry options[])
{
    static const GOptionEntry help_option = {
        .long_name = "help", .short_name = 'h', .description = N_("show this help")};
    g_autofree char *title = command_title(command);
    GString *help = g_string_new(NULL);
    bool is_shown;

    g_string_append_printf(help, "%s %s %s\n\n%s\n\n%s\n", _("Usage:"), title, _(command->operands),
                           _(command->description), _("Options:"));
    for (const GOptionEntry *option = options; option->long_name != NULL; option++)
        append_option(help, option);
    append_option(help, &help_option);
    g_string_append_printf(help, "\n%s\n%s", _("Examples:"), command->examples);
    is_shown = say_out(help->str);
    g_string_free(help, TRUE);
    return is_shown ? EXIT_RAN : EXIT_IO;
}

/* ---- Options ---- */

/*
 * What GOption left over: unknown options are refused, "--" ends options, the rest are operands.
 * Returns the first unknown option, or NULL.
 */
static const char *collect_operands(int argc, char *argv[], struct operands *ret_operands)
{
    bool is_option_possible = true;
    int count = 0;

    for (int i = 1; i < argc; i++) {
        if (is_option_possible && strcmp(argv[i], "--") == 0)
            is_option_possible = false;
        else if (is_option_possible && argv[i][0] == '-' && argv[i][1] != '\0')
            return argv[i];
        else
            argv[++count] = argv[i];
    }
    *ret_operands = (struct operands){.count = count, .values = argv + 1};
    return NULL;
}

bool command_parse(const struct command *command, const GOptionEntry options[], int argc,
                   char *argv[], int min, int max, struct operands *ret_operands, int *ret_exit)
{
    gboolean is_help = FALSE;
    const GOptionEntry help_option[] = {
        {.long_name = "help", .short_name = 'h', .arg = G_OPTION_ARG_NONE, .arg_data = &is_help},
        {.long_name = NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    const char *unknown;

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_ignore_unknown_options(context, TRUE);
    g_option_context_add_main_entries(context, options, NULL);
    g_option_context_add_main_entries(context, help_option, NULL);
    if (!g_option_context_parse(context, &argc, &argv, NULL)) {
        /* The only thing wrong that GOption can see here. */
        *ret_exit = usage_error(command, _("a value is missing after %s"), argv[argc - 1]);
        return false;
    }
    if (is_help) {
        *ret_exit = show_help(command, options);
        return false;
    }
    unknown = collect_operands(argc, argv, ret_operands);
    if (unknown != NULL) /* without its value, which may be a key */
        *ret_exit =
            usage_error(command, _("unknown option %.*s"), (int)strcspn(unknown, "="), unknown);
    else if (ret_operands->count < min)
        *ret_exit = usage_error(command, _("something is missing: %s"), _(command->operands));
    else if (ret_operands->count > max)
        *ret_exit = usage_error(command, _("too many words: expected %s"), _(command->operands));
    else
        return true;
    return false;
}

bool command_parse_options(const struct command *command, const GOptionEntry options[], int argc,
                           char *argv[], int *ret_exit)
{
    struct operands none;

    return command_parse(command, options, argc, argv, 0, 0, &none, ret_exit);
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

static bool parse_speed(const char *text, double *ret_speed)
{
    char *end;

    if (strcmp(text, "max") == 0) {
        *ret_speed = -1;
        return true;
    }
    if (!g_ascii_isdigit(*text) || strspn(text, "0123456789.") != strlen(text))
        return false;
    *ret_speed = g_ascii_strtod(text, &end);
    return *end == '\0' && *ret_speed >= 0.001 && *ret_speed <= 1e6;
}

bool option_speed(const struct command *command, char **values, double *ret_speed)
{
    const char *text;

    *ret_speed = 0;
    if (!option_once(command, "--speed", values, &text))
        return false;
    if (text == NULL || parse_speed(text, ret_speed))
        return true;
    usage_error(command, _("--speed %s: expected max, or a number from 0.001 to 1000000"), text);
    return false;
}
