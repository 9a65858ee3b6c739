/* SPDX-License-Identifier: MIT */
/* What beacon advertise tells of itself, as lines or as JSON. */
#include "advertise_words.h"

#include "json.h"
#include "radio_words.h"
#include "text.h"
#include "times.h"

#include <string.h>

static void begin_event(struct json *json, gint64 time_ms, const char *event)
{
    json_begin(json);
    json_open_object(json);
    json_named_integer(json, "time_ms", time_ms);
    json_named_string(json, "event", event);
}

static void end_event(struct json *json, struct live_output *output)
{
    g_autofree char *line = NULL;

    json_close_object(json);
    line = json_take(json);
    live_output_bytes(output, line, strlen(line));
}

static void put_rotation_json(struct live_output *output, const struct rotation *rotation,
                              const char *address)
{
    struct json json;

    begin_event(&json, rotation->time_ms, "rotation");
    json_named_identifier(&json, "identifier", &rotation->identifier);
    json_name(&json, "address");
    if (address_is_known(&rotation->address))
        json_string(&json, address);
    else
        json_null(&json);
    json_name(&json, "gap_ms");
    if (rotation->is_first)
        json_null(&json);
    else
        json_tenths(&json, rotation->gap_us / 100);
    end_event(&json, output);
}

static char *rotation_line(const struct rotation *rotation, const char *address)
{
    g_autofree char *time = time_local(rotation->time_ms, "%H:%M:%S");
    char identifier[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_identifier_to_hex(&rotation->identifier, identifier);
    if (rotation->is_first)
        return g_strdup_printf(_("%s  %s  on the air, from address %s\n"), time, identifier,
                               address);
    return g_strdup_printf(_("%s  %s  from address %s, after %.1f ms off the air\n"), time,
                           identifier, address, (double)rotation->gap_us / 1000);
}

void advertise_put_rotation(struct live_output *output, const struct rotation *rotation,
                            bool is_json)
{
    g_autofree char *address = address_words(&rotation->address, false);
    g_autofree char *line = NULL;

    if (is_json) {
        put_rotation_json(output, rotation, address);
        return;
    }
    line = rotation_line(rotation, address);
    live_output_text(output, line);
}

void advertise_put_health(struct live_output *output, const struct beacon_radio_health *health,
                          gint64 time_ms)
{
    struct json json;

    begin_event(&json, time_ms, "health");
    json_named_string(&json, "state", beacon_radio_state_text(health->state));
    json_named_string(&json, "step", beacon_radio_step_text(health->step));
    json_named_string(&json, "text", health->text);
    end_event(&json, output);
}
