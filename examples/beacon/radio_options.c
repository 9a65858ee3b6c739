/* SPDX-License-Identifier: MIT */
/* Options that commands with a radio share, and how they are read. */
#include "radio_options.h"

#include "radio_words.h"
#include "text.h"
#include "times.h"

#include <string.h>

#define DAY_MS  86400000
#define YEAR_MS (INT64_C(366) * DAY_MS)

void radio_words_free(struct radio_words *words)
{
    g_strfreev(words->radio);
    g_strfreev(words->duration);
    g_strfreev(words->speed);
    g_strfreev(words->settings);
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

static bool option_duration(const struct command *command, char **values, gint64 *ret_us)
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

static bool option_replay_speed(const struct command *command, char **values, const char *address,
                                double *ret_speed)
{
    if (!option_speed(command, values, ret_speed))
        return false;
    if (*ret_speed == 0 || address_is_replay(address))
        return true;
    usage_error(command, _("--speed is for capture: and sim: only"));
    return false;
}

static bool option_settings(const struct command *command, char **values, const char *address)
{
    if (values == NULL || g_str_has_prefix(address, "sim:"))
        return true;
    usage_error(command, _("--set is for sim: only"));
    return false;
}

bool option_radio(const struct command *command, const struct radio_words *words,
                  struct radio_place *ret_place)
{
    struct radio_place place = {.options = {.size = sizeof place.options,
                                            .take = words->is_taking,
                                            .settings = (const char *const *)words->settings}};

    if (!option_once(command, "--radio", words->radio, &place.address))
        return false;
    if (place.address == NULL)
        place.address = "auto";
    if (!option_duration(command, words->duration, &place.duration_us) ||
        !option_replay_speed(command, words->speed, place.address, &place.options.speed) ||
        !option_settings(command, words->settings, place.address))
        return false;
    *ret_place = place;
    return true;
}

bool option_form(const struct command *command, char **values, gboolean *ret_is_iphone)
{
    const char *form;

    if (!option_once(command, "--form", values, &form))
        return false;
    *ret_is_iphone = g_strcmp0(form, "iphone") == 0;
    if (form == NULL || *ret_is_iphone || strcmp(form, "android") == 0)
        return true;
    usage_error(command, _("--form %s: expected android or iphone"), form);
    return false;
}
