/* SPDX-License-Identifier: MIT */
/* What options of several commands may be. */
#include "command.h"

#include "text.h"
#include "times.h"

#include <beacon/identity.h>

#include <inttypes.h>

int library_error(const char *what, int error)
{
    say("%s: %s", what, error_text(error));
    return error == BEACON_ENOMEM ? EXIT_IO : EXIT_INPUT;
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
