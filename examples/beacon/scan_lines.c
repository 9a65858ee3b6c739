/* SPDX-License-Identifier: MIT */
/* beacon scan: a reception as a line for a person, and the sum of all. */
#include "radio_words.h"
#include "scan_outputs.h"
#include "text.h"
#include "times.h"

#include <inttypes.h>

static char *rssi_words(gint8 rssi_dbm)
{
    if (rssi_dbm == BEACON_RSSI_ABSENT)
        return g_strdup("?");
    return g_strdup_printf("%d dBm", rssi_dbm);
}

void scan_put_line(struct live_output *output, const struct reception *reception, bool is_full)
{
    g_autofree char *time = time_local(reception->time_ms, "%H:%M:%S");
    g_autofree char *address = address_words(&reception->address, is_full);
    g_autofree char *rssi = rssi_words(reception->rssi_dbm), *line = NULL;
    char identifier[2 * BEACON_IDENTIFIER_SIZE + 1] = "-";

    if (reception->has_identifier)
        beacon_identifier_to_hex(&reception->identifier, identifier);
    line = g_strdup_printf("%s  %-24s  %8s  %s  %s\n", time, identifier, rssi, address,
                           kind_words(reception->kind));
    live_output_text(output, line);
}

static void put_kind(GString *text, enum beacon_advert_kind kind,
                     const struct heard_figures *figures)
{
    if (figures->packets == 0)
        return;
    g_string_append_printf(
        text,
        ngettext("  %s: %" PRIu64 " packet", "  %s: %" PRIu64 " packets", plural(figures->packets)),
        kind_words(kind), figures->packets);
    if (kind != BEACON_ADVERT_OTHER)
        g_string_append_printf(text,
                               ngettext(", %" PRIu64 " identifier", ", %" PRIu64 " identifiers",
                                        plural(figures->identifiers)),
                               figures->identifiers);
    g_string_append(text, "\n");
}

static void put_troubles(GString *text, const struct heard *heard,
                         const struct beacon_radio_counters *counters)
{
    if (heard->is_full)
        g_string_append(text, _("There were more identifiers than were counted.\n"));
    if (counters->visits > 0)
        g_string_append_printf(text,
                               _("iPhones asked: %" PRIu64 ", without an answer: %" PRIu64 "\n"),
                               counters->visits, counters->visits_failed);
    if (counters->deaf_us >= G_TIME_SPAN_SECOND / 10)
        g_string_append_printf(text, _("The radio was deaf for %.1f seconds of that time.\n"),
                               (double)counters->deaf_us / 1e6);
    if (counters->malformed > 0)
        g_string_append_printf(text,
                               ngettext("%" PRIu64 " report was damaged and not read.\n",
                                        "%" PRIu64 " reports were damaged and not read.\n",
                                        plural(counters->malformed)),
                               counters->malformed);
}

char *scan_summary(const struct heard *heard, const struct beacon_radio_health *health,
                   gint64 duration_us)
{
    static const enum beacon_advert_kind order[] = {
        BEACON_ADVERT_ANDROID, BEACON_ADVERT_IPHONE_OPEN, BEACON_ADVERT_IPHONE_BACKGROUND,
        BEACON_ADVERT_OTHER};
    GString *text = g_string_new(NULL);
    guint identifiers = g_hash_table_size(heard->identifiers);

    g_string_append_printf(text,
                           ngettext("%u identifier heard in %.1f seconds\n",
                                    "%u identifiers heard in %.1f seconds\n", identifiers),
                           identifiers, (double)duration_us / 1e6);
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++)
        put_kind(text, order[i], &heard->by_kind[order[i]]);
    put_troubles(text, heard, &health->counters);
    return g_string_free(text, FALSE);
}
