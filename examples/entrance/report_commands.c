/* SPDX-License-Identifier: MIT */
/* beacon-entrance report and poster: what is printed on paper. */
#include "command.h"
#include "report.h"
#include "say.h"
#include "web.h"
#include "zone.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- report ---- */

struct asked {
    char **from, **to, **format, **separator, **output;
};

/* "2020-08-10", to the letter. */
static bool parse_date(const char *text, GDate *ret_date)
{
    guint year, month, day;
    int length = 0;

    if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
        sscanf(text, "%4u-%2u-%2u%n", &year, &month, &day, &length) != 3 || length != 10 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return false;
    g_date_set_dmy(ret_date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    return true;
}

static bool option_date(const struct command *command, const char *option, char **values,
                        GDate *ret_date)
{
    const char *text;

    if (!option_once(command, option, values, &text))
        return false;
    if (text == NULL || parse_date(text, ret_date))
        return true;
    usage_error(command, _("%s %s: expected a day such as 2020-08-10"), option, text);
    return false;
}

static bool option_format(const struct command *command, char **values,
                          enum report_format *ret_format)
{
    static const char *const names[] = {"html", "csv", "json", "text"};
    const char *text;

    if (!option_once(command, "--format", values, &text))
        return false;
    if (text == NULL)
        return true;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], text) == 0) {
            *ret_format = (enum report_format)i;
            return true;
        }
    usage_error(command, _("--format %s: expected html, csv, json or text"), text);
    return false;
}

static bool option_separator(const struct command *command, char **values,
                             enum report_format format, char *ret_separator)
{
    const char *text;

    if (!option_once(command, "--separator", values, &text))
        return false;
    if (text == NULL)
        return true;
    if (format != REPORT_CSV) {
        usage_error(command, _("--separator is for --format csv only"));
        return false;
    }
    if (strcmp(text, "tab") == 0 || strcmp(text, "\t") == 0)
        *ret_separator = '\t';
    else if (strcmp(text, ";") == 0 || strcmp(text, ",") == 0)
        *ret_separator = *text;
    else {
        usage_error(command, _("--separator %s: expected , or ; or tab"), text);
        return false;
    }
    return true;
}

/* This month so far. */
static void set_period(const struct settings *settings, struct report_options *options)
{
    GTimeZone *zone = zone_new(settings->timezone);
    g_autofree char *today = zone_text(zone, options->now_ms, "%Y-%m-%d");

    g_time_zone_unref(zone);
    g_date_clear(&options->from, 1);
    g_date_clear(&options->to, 1);
    if (!parse_date(today, &options->to))
        g_date_set_dmy(&options->to, 1, G_DATE_JANUARY, 1970);
    options->from = options->to;
    g_date_set_day(&options->from, 1);
}

static int put_report(const char *output, const char *text)
{
    GError *error = NULL;

    if (output == NULL || strcmp(output, "-") == 0)
        return say_out_bytes(text, strlen(text), NULL) ? EXIT_RAN : EXIT_IO;
    return report_save(output, text, &error) ? EXIT_RAN : said(error, EXIT_IO);
}

static int print_report(const struct settings *settings, const struct report_options *options,
                        const char *output)
{
    const struct tally_options how = {
        .size = sizeof how, .read_only = TRUE, .timezone = options->timezone};
    GError *error = NULL;
    struct tally *tally = tally_open(settings->tally_file, &how, &error);
    g_autofree char *text = tally != NULL ? report_make(tally, settings, options, &error) : NULL;
    int code;

    tally_free(tally);
    if (text != NULL)
        return put_report(output, text);
    code = error->domain == REPORT_ERROR                             ? EXIT_USAGE
           : g_error_matches(error, TALLY_ERROR, TALLY_ERROR_FORMAT) ? EXIT_INPUT
                                                                     : EXIT_IO;
    return said(error, code);
}

static int report(const struct command *command, const struct asked *asked,
                  const struct settings_flags *flags)
{
    struct report_options options = {.size = sizeof options,
                                     .now_ms = g_get_real_time() / 1000,
                                     .format =
                                         isatty(STDOUT_FILENO) == 1 ? REPORT_TEXT : REPORT_HTML};
    GError *error = NULL;
    struct settings *settings = settings_read(flags, &error);
    const char *output;
    int code = EXIT_USAGE;

    if (settings == NULL)
        return said(error, settings_exit_code(error));
    set_period(settings, &options);
    options.language = settings->language;
    options.timezone = *settings->timezone != '\0' ? settings->timezone : NULL;
    if (option_date(command, "--from", asked->from, &options.from) &&
        option_date(command, "--to", asked->to, &options.to) &&
        option_format(command, asked->format, &options.format) &&
        option_separator(command, asked->separator, options.format, &options.separator) &&
        option_once(command, "--output", asked->output, &output))
        code = print_report(settings, &options, output);
    settings_free(settings);
    return code;
}

static int run_report(const struct command *command, int argc, char *argv[])
{
    struct asked asked = {0};
    const GOptionEntry own[] = {
        {"from", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &asked.from,
         N_("first day; otherwise the month's first"), N_("DAY")},
        {"to", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &asked.to, N_("last day; otherwise today"),
         N_("DAY")},
        {"format", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &asked.format,
         N_("html, csv, json or text; otherwise text on a terminal, else html"), N_("FORMAT")},
        {"separator", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &asked.separator,
         N_("with --format csv: , or ; or tab"), N_("SIGN")},
        {"output", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &asked.output,
         N_("the file to write, whole or not at all; otherwise standard output"), N_("FILE")},
        {.long_name = NULL},
    };
    struct settings_flags *flags =
        settings_flags_new(SETTINGS_GENERAL | SETTINGS_TALLY | SETTINGS_REPORT, own);
    int code;

    if (command_parse_options(command, settings_flags_options(flags), argc, argv, &code))
        code = report(command, &asked, flags);
    settings_flags_free(flags);
    g_strfreev(asked.from);
    g_strfreev(asked.to);
    g_strfreev(asked.format);
    g_strfreev(asked.separator);
    g_strfreev(asked.output);
    return code;
}

const struct command command_report = {
    .name = "report",
    .operands = N_("[OPTION...]"),
    .summary = N_("the report that is due, as a letter or a table"),
    .description = N_("Sums over some days, staff and visitors apart, in the layout that the\n"
                      "administration's letters have. It may be made while the check is running."),
    .examples = "  beacon-entrance report --from 2020-08-10 --to 2020-08-14 --output "
                "report.html\n"
                "  beacon-entrance report --format csv --separator ';' >report.csv\n",
    .run = run_report,
};

/* ---- poster ---- */

static int print_poster(const struct settings_flags *flags)
{
    GError *error = NULL;
    struct settings *settings = settings_read(flags, &error);
    struct poster_options options = {.size = sizeof options};
    int code = EXIT_RAN;

    if (settings == NULL)
        return said(error, settings_exit_code(error));
    options.code = *settings->install_url != '\0' ? settings->install_url : NULL;
    options.unit = *settings->organisation != '\0' ? settings->organisation : NULL;
    if (!poster_write(stdout, &options, &error))
        code = said(error, g_error_matches(error, WEB_ERROR, WEB_ERROR_IO) ? EXIT_IO : EXIT_INPUT);
    settings_free(settings);
    return code;
}

static int run_poster(const struct command *command, int argc, char *argv[])
{
    struct settings_flags *flags =
        settings_flags_new(SETTINGS_GENERAL | SETTINGS_WEB | SETTINGS_REPORT, NULL);
    int code;

    if (command_parse_options(command, settings_flags_options(flags), argc, argv, &code))
        code = print_poster(flags);
    settings_flags_free(flags);
    return code;
}

const struct command command_poster = {
    .name = "poster",
    .operands = N_("[OPTION...]"),
    .summary = N_("the poster for the door, with the code to install"),
    .description =
        N_("Writes a page to print on A4, in both languages: the spot, the waiting line,\n"
           "and the code, which is also shown in words."),
    .examples = "  beacon-entrance poster >poster.html\n",
    .run = run_poster,
};
