/* SPDX-License-Identifier: MIT */
/* How a node does, in words or as JSON. */
#include "run_words.h"

#include "json.h"
#include "text.h"

#include <inttypes.h>

static bool is_sending(const struct node_status *status, const struct beacon_radio_health *health)
{
    return status->is_sending && health->state == BEACON_RADIO_READY;
}

static const char *sending_words(const struct node_status *status,
                                 const struct beacon_radio_health *health)
{
    if (!status->is_clock_right)
        return _("waiting for the right time");
    return is_sending(status, health) ? _("sending") : _("not sending");
}

static void put_kept(GString *text, const struct node_status *status)
{
    guint64 sightings = status->sightings + status->undated;

    g_string_append_printf(text, ngettext("; %u phone about", "; %u phones about", status->about),
                           status->about);
    g_string_append_printf(
        text,
        ngettext("; %" PRIu64 " sighting kept", "; %" PRIu64 " sightings kept", plural(sightings)),
        sightings);
    if (status->undated > 0)
        g_string_append_printf(text, _(", %" PRIu64 " of them before the time was known"),
                               status->undated);
    if (status->lost > 0)
        g_string_append_printf(text, _(", %" PRIu64 " lost"), status->lost);
}

char *run_status_words(const struct node_status *status, const struct beacon_radio_health *health)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s; %s", health->text, sending_words(status, health));
    put_kept(text, status);
    if (status->store.is_failing)
        g_string_append_printf(text, _("; the log cannot be written: %s"),
                               status->store.last_error);
    return g_string_free(text, FALSE);
}

static void put_named_boolean(struct json *json, const char *name, gboolean value)
{
    json_name(json, name);
    json_boolean(json, value);
}

char *run_status_json(const struct node_status *status, const struct beacon_radio_health *health,
                      gint64 time_ms)
{
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_named_integer(&json, "time_ms", time_ms);
    json_named_string(&json, "event", "status");
    json_named_string(&json, "state", beacon_radio_state_text(health->state));
    json_named_string(&json, "text", health->text);
    json_named_string(&json, "clock", status->is_clock_right ? "right" : "unknown");
    put_named_boolean(&json, "sending", is_sending(status, health));
    json_named_integer(&json, "about", status->about);
    json_named_integer(&json, "sightings", (gint64)status->sightings);
    json_named_integer(&json, "encounters", (gint64)status->encounters);
    json_named_integer(&json, "undated", (gint64)status->undated);
    json_named_integer(&json, "lost", (gint64)status->lost);
    json_named_integer(&json, "rotations", (gint64)status->rotations);
    json_named_integer(&json, "queued", (gint64)status->store.queued);
    json_named_integer(&json, "committed", (gint64)status->store.committed);
    put_named_boolean(&json, "store_failing", status->store.is_failing);
    json_close_object(&json);
    return json_take(&json);
}
