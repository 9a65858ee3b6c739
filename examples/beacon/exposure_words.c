/* SPDX-License-Identifier: MIT */
/* Exposures and encounters in words, for a person. */
#include "exposure_words.h"

#include "text.h"
#include "times.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_colour(void)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return (no_colour == NULL || *no_colour == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO) == 1;
}

void put_coloured(GString *text, enum colour colour, const char *words)
{
    if (has_colour())
        g_string_append_printf(text, "\033[1;%dm%s\033[0m", (int)colour, words);
    else
        g_string_append(text, words);
}

double exposure_minutes(gint64 ms)
{
    return (double)ms / 60000;
}

int exposure_mean_dbm(const struct beacon_encounter *exposure)
{
    if (exposure->rssi_count == 0)
        return BEACON_RSSI_ABSENT;
    return (int)(exposure->rssi_sum_dbm / (gint64)exposure->rssi_count);
}

/* "2020-08-08 12:56:31 to 13:14:03 +07:00", with the day again when it is another. */
static void put_span(GString *text, int64_t start_ms, int64_t end_ms)
{
    g_autofree char *start_day = time_local(start_ms, "%Y-%m-%d");
    g_autofree char *end_day = time_local(end_ms, "%Y-%m-%d");
    g_autofree char *start = time_local(start_ms, "%Y-%m-%d %H:%M:%S");
    g_autofree char *end = time_local(
        end_ms, strcmp(start_day, end_day) == 0 ? "%H:%M:%S %:z" : "%Y-%m-%d %H:%M:%S %:z");

    g_string_append_printf(text, _("%s to %s"), start, end);
}

static void put_signal(GString *text, const struct beacon_encounter *exposure)
{
    if (exposure->rssi_count == 0) {
        g_string_append(text, _("signal strength unknown"));
        return;
    }
    g_string_append_printf(text, _("signal %d dBm at most, %.0f on average"),
                           exposure->rssi_max_dbm,
                           (double)exposure->rssi_sum_dbm / (double)exposure->rssi_count);
}

void put_exposure(GString *text, const struct beacon_encounter *exposure)
{
    g_string_append(text, "  ");
    put_span(text, exposure->start_ms, exposure->end_ms);
    g_string_append(text, "\n    ");
    g_string_append_printf(text, _("%.1f minutes, near for %.1f of them; "),
                           exposure_minutes(exposure->duration_ms),
                           exposure_minutes(exposure->near_ms));
    put_signal(text, exposure);
    g_string_append(text, ": ");
    if (exposure->close)
        put_coloured(text, RED, _("close contact"));
    else
        put_coloured(text, YELLOW, _("no close contact"));
    g_string_append(text, "\n");
}

void put_listening(GString *text)
{
    g_string_append(text, _("Minutes are those of a phone that listened all the time. If it did so "
                            "now and then, say how:\n--cycle phone, as the app does.\n"));
}
