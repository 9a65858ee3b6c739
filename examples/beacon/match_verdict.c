/* SPDX-License-Identifier: MIT */
/* beacon match: what was found, for a person. */
#include "command.h"
#include "match.h"
#include "output.h"
#include "text.h"
#include "times.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum colour { RED = 31, GREEN = 32, YELLOW = 33 };

static bool has_colour(void)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return (no_colour == NULL || *no_colour == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO) == 1;
}

static void put_coloured(GString *text, enum colour colour, const char *words)
{
    if (has_colour())
        g_string_append_printf(text, "\033[1;%dm%s\033[0m", (int)colour, words);
    else
        g_string_append(text, words);
}

static bool any_close(const struct found *found)
{
    for (guint i = 0; i < found->exposures->len; i++)
        if (g_array_index(found->exposures, struct beacon_encounter, i).close)
            return true;
    return false;
}

/* The sentence that matters, first. */
static void put_headline(GString *text, const struct found *found)
{
    if (found->identifiers == 0 || found->sightings == 0)
        put_coloured(text, YELLOW, _("Nothing was compared: the lists or the history are empty."));
    else if (found->met->len == 0 && found->refused->len > 0)
        put_coloured(text, YELLOW,
                     _("Nothing matched, but not everything could be compared; see below."));
    else if (found->met->len == 0)
        put_coloured(text, GREEN,
                     _("Nothing matched: none of the listed phones is in this history."));
    else if (any_close(found))
        put_coloured(text, RED,
                     _("Close contact: a listed phone was near for long enough to matter."));
    else
        put_coloured(text, YELLOW,
                     _("A listed phone was met, but not near for long enough to be a close "
                       "contact."));
    g_string_append(text, "\n");
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

static void put_exposure(GString *text, const struct beacon_encounter *exposure)
{
    g_string_append(text, "  ");
    put_span(text, exposure->start_ms, exposure->end_ms);
    g_string_append(text, "\n    ");
    g_string_append_printf(text, _("%.1f minutes, near for %.1f of them; "),
                           (double)exposure->duration_ms / 60000,
                           (double)exposure->near_ms / 60000);
    put_signal(text, exposure);
    g_string_append(text, ": ");
    if (exposure->close)
        put_coloured(text, RED, _("close contact"));
    else
        put_coloured(text, YELLOW, _("no close contact"));
    g_string_append(text, "\n");
}

static void put_met(GString *text, const struct found *found, const struct met *met)
{
    g_string_append_printf(text,
                           ngettext("\nRecord %" PRIu64 ": %" PRIu64 " sighting, ",
                                    "\nRecord %" PRIu64 ": %" PRIu64 " sightings, ",
                                    plural(met->sightings)),
                           met->record, met->sightings);
    if (met->first_slot == met->last_slot)
        g_string_append_printf(text, _("slot %" PRIu64 "\n"), met->first_slot);
    else
        g_string_append_printf(text, _("slots %" PRIu64 " to %" PRIu64 "\n"), met->first_slot,
                               met->last_slot);
    for (guint i = 0; i < met->exposures; i++)
        put_exposure(
            text, &g_array_index(found->exposures, struct beacon_encounter, met->exposures_at + i));
}

/* What was compared with what, so that "nothing" cannot hide an empty file. */
static void put_extent(GString *text, const struct found *found)
{
    g_autofree char *keys = g_strdup_printf(
        ngettext("%" PRIu64 " record", "%" PRIu64 " records", plural(found->keys)), found->keys);
    g_autofree char *identifiers = g_strdup_printf(
        ngettext("%" PRIu64 " identifier", "%" PRIu64 " identifiers", plural(found->identifiers)),
        found->identifiers);
    g_autofree char *sightings = g_strdup_printf(
        ngettext("%" PRIu64 " sighting", "%" PRIu64 " sightings", plural(found->sightings)),
        found->sightings);

    g_string_append_printf(text, _("\nCompared: %s (%s) with %s.\n"), keys, identifiers, sightings);
    if (found->tolerance_ms == 0)
        g_string_append(text, _("Time: exactly as the original app compares it.\n"));
    else
        g_string_append_printf(text, _("Time: up to %g seconds early or late.\n"),
                               (double)found->tolerance_ms / 1000);
}

/* What the words mean; the figures are the library's own. */
static void put_meaning(GString *text)
{
    g_string_append_printf(
        text,
        _("Near: the mean signal of a scan is %d dBm or stronger (%d from an iPhone, where the\n"
          "kind of phone is known), as is usual within 2 metres. Walls, pockets and bodies change\n"
          "it, so this is an estimate. Close contact: near for 15 minutes or more in one "
          "meeting.\n"),
        beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, 2.0),
        beacon_rssi_expected_dbm(BEACON_PLATFORM_IPHONE, 2.0));
}

static void put_refused(GString *text, const struct found *found)
{
    guint count = found->refused->len;

    if (count == 0)
        return;
    g_string_append_printf(text,
                           ngettext("\n%u record or line was refused and not compared:\n",
                                    "\n%u records or lines were refused and not compared:\n",
                                    count),
                           count);
    for (guint i = 0; i < count; i++) {
        g_autofree char *safe = text_safe(g_array_index(found->refused, struct refused, i).message);

        g_string_append_printf(text, "  %s\n", safe);
    }
}

int found_print_verdict(const struct found *found)
{
    GString *text = g_string_new(NULL);
    int code;

    put_headline(text, found);
    for (guint i = 0; i < found->met->len; i++)
        put_met(text, found, &g_array_index(found->met, struct met, i));
    put_extent(text, found);
    if (found->met->len > 0)
        put_meaning(text);
    else
        g_string_append(text, _("A history holds only what this phone heard; it is no proof that "
                                "nobody was met.\n"));
    put_refused(text, found);
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}
