/* SPDX-License-Identifier: MIT */
/* Plays a scenario's checks with the tool's own words, for tests that need no screen: play --radio
 * sim:FILE --auto [--json] [--set STATEMENT]… */
#include "auto.h"

#include <stdlib.h>

int main(int argc, char *argv[])
{
    char *radio = NULL;
    char **settings = NULL;
    gboolean json = FALSE, plays = FALSE;
    const GOptionEntry entries[] = {
        {"radio", 0, 0, G_OPTION_ARG_STRING, &radio, "a scenario", "sim:FILE"},
        {"auto", 0, 0, G_OPTION_ARG_NONE, &plays, "runs its checks", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "lines for machines", NULL},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings, "one more statement", "STATEMENT"},
        {.long_name = NULL},
    };
    GOptionContext *context = g_option_context_new(NULL);
    GError *error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    gboolean is_parsed = g_option_context_parse(context, &argc, &argv, &error);
    g_option_context_free(context);
    if (!is_parsed || radio == NULL || !plays) {
        g_printerr("%s\n", is_parsed ? "expected --radio sim:FILE --auto" : error->message);
        g_clear_error(&error);
        return 2;
    }
    const struct auto_options options = {
        .size = sizeof options,
        .radio = radio,
        .settings = (const char *const *)settings,
        .json = json,
        .language = LANGUAGE_EN,
    };
    int code = auto_run(&options);
    g_strfreev(settings);
    g_free(radio);
    return code;
}
