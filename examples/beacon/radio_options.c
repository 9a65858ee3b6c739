/* SPDX-License-Identifier: MIT */
/* Options that commands with a radio share, and how they are read. */
#include "radio_options.h"

#include "radio_words.h"
#include "text.h"
#include "times.h"

#include <string.h>

#define DAY_MS  86400000
#define YEAR_MS (INT64_C(366) * DAY_MS)

bool option_radio(const struct command *command, char **values, const char **ret_address)
{
    if (!option_once(command, "--radio", values, ret_address))
        return false;
    if (*ret_address == NULL)
        *ret_address = "auto";
    return true;
}

bool cycle_parse(const char *text, struct beacon_cycle *ret_cycle)
{
    const char *slash = strchr(text, '/');
    g_autofree char *on = NULL;
    gint64 on_ms, off_ms;

    if (strcmp(text, "full") == 0) {
        *ret_cycle = BEACON_CYCLE_FULL;
        return true;
    }
    if (slash == NULL)
        return false;
    on = g_strndup(text, (gsize)(slash - text));
    if (!seconds_parse(on, DAY_MS, &on_ms) || on_ms == 0 ||
        !seconds_parse(slash + 1, DAY_MS, &off_ms))
        return false;
    *ret_cycle = (struct beacon_cycle){.on_ms = (guint32)on_ms, .off_ms = (guint32)off_ms};
    return true;
}

bool option_cycle(const struct command *command, char **values, struct beacon_cycle *ret_cycle)
{
    const char *text;

    *ret_cycle = (struct beacon_cycle){0};
    if (!option_once(command, "--cycle", values, &text))
        return false;
    if (text == NULL || cycle_parse(text, ret_cycle))
        return true;
    usage_error(command, _("--cycle %s: expected full, or seconds on and off, such as 15/15"),
                text);
    return false;
}

bool option_listening(const struct command *command, char **values, struct beacon_cycle *ret_cycle)
{
    const char *text;

    *ret_cycle = BEACON_CYCLE_FULL;
    if (!option_once(command, "--cycle", values, &text))
        return false;
    if (text == NULL || cycle_parse(text, ret_cycle))
        return true;
    if (strcmp(text, "phone") == 0) {
        *ret_cycle = BEACON_CYCLE_PHONE_SCAN;
        return true;
    }
    usage_error(command,
                _("--cycle %s: expected full, phone, or seconds on and off, such as 40/260"), text);
    return false;
}

bool option_duration(const struct command *command, char **values, gint64 *ret_us)
{
    const char *text;
    gint64 ms = 0;

    if (!option_once(command, "--for", values, &text))
        return false;
    if (text != NULL && (!seconds_parse(text, YEAR_MS, &ms) || ms == 0)) {
        usage_error(command, _("--for %s: expected seconds, more than 0 and a year at most"), text);
        return false;
    }
    *ret_us = ms * 1000;
    return true;
}

bool option_interval(const struct command *command, const char *option, char **values, guint32 min,
                     guint32 max, guint32 *ret_us)
{
    const char *text;
    guint64 ms = 0;

    if (!option_once(command, option, values, &text))
        return false;
    if (text != NULL && (!number_parse(text, max, &ms) || ms < min)) {
        usage_error(command, _("%s %s: expected whole milliseconds from %u to %u"), option, text,
                    min, max);
        return false;
    }
    *ret_us = (guint32)(ms * 1000);
    return true;
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

bool option_speed(const struct command *command, char **values, const char *address,
                  double *ret_speed)
{
    const char *text;

    *ret_speed = 0;
    if (!option_once(command, "--speed", values, &text))
        return false;
    if (text == NULL)
        return true;
    if (!parse_speed(text, ret_speed)) {
        usage_error(command, _("--speed %s: expected max, or a number from 0.001 to 1000000"),
                    text);
        return false;
    }
    if (address_is_replay(address))
        return true;
    usage_error(command, _("--speed is for capture: and sim: only"));
    return false;
}

bool option_settings(const struct command *command, char **values, const char *address,
                     struct beacon_radio_options *options)
{
    options->settings = (const char *const *)values;
    if (values == NULL || g_str_has_prefix(address, "sim:"))
        return true;
    usage_error(command, _("--set is for sim: only"));
    return false;
}
