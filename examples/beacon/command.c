/* SPDX-License-Identifier: MIT */
/* How a subcommand's options are read and its help is shown. */
#include "command.h"

#include "output.h"
#include "text.h"
#include "times.h"

#include <beacon/identity.h>

#include <inttypes.h>
#include <string.h>

char *command_title(const struct command *command)
{
    return command->group != NULL ? g_strdup_printf("beacon %s %s", command->group, command->name)
                                  : g_strdup_printf("beacon %s", command->name);
}

static void say_where_help_is(const struct command *command)
{
    g_autofree char *title = command_title(command);

    message(_("type '%s --help' for help"), title);
}

int usage_error(const struct command *command, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    message("%s", text);
    say_where_help_is(command);
    return EXIT_USAGE;
}

int library_error(const char *what, int error)
{
    message("%s: %s", what, error_text(error));
    return error == BEACON_ENOMEM ? EXIT_IO : EXIT_INPUT;
}

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
    int code;

    g_string_append_printf(help, "%s %s %s\n\n%s\n\n%s\n", _("Usage:"), title, _(command->operands),
                           _(command->description), _("Options:"));
    for (const GOptionEntry *option = options; option->long_name != NULL; option++)
        append_option(help, option);
    append_option(help, &help_option);
    g_string_append_printf(help, "\n%s\n%s", _("Examples:"), command->examples);
    code = output_text(help);
    g_string_free(help, TRUE);
    return code;
}

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

bool option_once(const struct command *command, const char *option, char **values,
                 const char **ret_value)
{
    *ret_value = values != NULL ? values[0] : NULL;
    if (values == NULL || values[1] == NULL)
        return true;
    usage_error(command, _("%s may be given only once"), option);
    return false;
}

bool option_time(const struct command *command, const char *option, char **values, gint64 *ret_ms)
{
    const char *text;

    if (!option_once(command, option, values, &text))
        return false;
    if (text == NULL) {
        *ret_ms = g_get_real_time() / 1000;
        return true;
    }
    if (time_parse(text, ret_ms))
        return true;
    usage_error(command,
                _("%s: expected a time of the years 1970 to 2100, such as 1596866191, "
                  "1596866191387ms or 2020-08-08T05:56:31Z"),
                option);
    return false;
}

bool option_number(const struct command *command, const char *option, char **values,
                   const struct range *range, guint64 *ret_number)
{
    const char *text;

    if (!option_once(command, option, values, &text))
        return false;
    if (text == NULL) {
        *ret_number = range->otherwise;
        return true;
    }
    if (number_parse(text, range->max, ret_number) && *ret_number >= range->min)
        return true;
    usage_error(command, _("%s: expected a whole number from %" PRIu64 " to %" PRIu64), option,
                range->min, range->max);
    return false;
}

bool option_slots(const struct command *command, char **values, guint32 *ret_slots_per_day)
{
    static const struct range range = {
        .min = 1, .max = BEACON_SLOTS_PER_DAY_MAX, .otherwise = BEACON_SLOTS_PER_DAY};
    guint64 slots;

    if (!option_number(command, "--slots", values, &range, &slots))
        return false;
    if (beacon_slots_per_day_check((guint32)slots) < 0) {
        usage_error(command, "--slots: %s", error_text(BEACON_ESLOTS));
        return false;
    }
    *ret_slots_per_day = (guint32)slots;
    return true;
}
