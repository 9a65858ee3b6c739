/* SPDX-License-Identifier: MIT */
/* beacon match: what was found, for a person. */
#include "command.h"
#include "match.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>

static bool any_close(const struct found *found)
{
    for (guint i = 0; i < found->exposures->len; i++)
        if (g_array_index(found->exposures, struct beacon_encounter, i).close)
            return true;
    return false;
}

const char *found_headline(const struct found *found, enum colour *ret_colour)
{
    *ret_colour = YELLOW;
    if (found->identifiers == 0 || found->sightings == 0)
        return _("Nothing was compared: the lists or the history are empty.");
    if (found->met->len == 0 && found->refused->len > 0)
        return _("Nothing matched, but not everything could be compared; see below.");
    if (found->met->len == 0) {
        *ret_colour = GREEN;
        return _("Nothing matched: none of the listed phones is in this history.");
    }
    if (!any_close(found))
        return _("A listed phone was met, but not near for long enough to be a close "
                 "contact.");
    *ret_colour = RED;
    return _("Close contact: a listed phone was near for long enough to matter.");
}

/* The sentence that matters, first. */
static void put_headline(GString *text, const struct found *found)
{
    enum colour colour;
    const char *headline = found_headline(found, &colour);

    put_coloured(text, colour, headline);
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
        g_autofree char *safe = say_safe(g_array_index(found->refused, struct refused, i).message);

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
    if (found->met->len > 0) {
        put_meaning(text);
        if (found->is_listening_assumed)
            put_listening(text);
    } else {
        g_string_append(text, _("A history holds only what this phone heard; it is no proof that "
                                "nobody was met.\n"));
    }
    put_refused(text, found);
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}
