/* SPDX-License-Identifier: MIT */
/* beacon match: what was found, for machines. */
#include "exposure_json.h"
#include "json.h"
#include "match.h"

/* The record or the line within the file, or no record: all of it. */
static void put_place(struct json *json, const struct refused *refused)
{
    if (refused->line > 0) {
        json_named_integer(json, "line", (gint64)refused->line);
    } else if (refused->record > 0) {
        json_named_integer(json, "record", (gint64)refused->record);
    } else {
        json_name(json, "record");
        json_null(json);
    }
}

static void put_refused(struct json *json, const struct refused *refused)
{
    json_open_object(json);
    json_named_string(json, "file", refused->path);
    put_place(json, refused);
    json_name(json, "field");
    if (refused->field != NULL)
        json_string(json, refused->field);
    else
        json_null(json);
    json_named_string(json, "expected", refused->expected);
    json_named_string(json, "message", refused->message);
    json_close_object(json);
}

static void put_met(struct json *json, const struct found *found, const struct met *met)
{
    char key[2 * BEACON_KEY_SIZE + 1];

    beacon_daily_key_to_hex(&met->daily_key, key);
    json_open_object(json);
    json_named_integer(json, "record", (gint64)met->record);
    json_named_string(json, "daily_key", key);
    json_named_integer(json, "sightings", (gint64)met->sightings);
    json_named_integer(json, "first_ms", met->first_ms);
    json_named_integer(json, "last_ms", met->last_ms);
    json_name(json, "exposures");
    json_open_array(json);
    for (guint i = 0; i < met->exposures; i++)
        json_exposure(
            json, &g_array_index(found->exposures, struct beacon_encounter, met->exposures_at + i));
    json_close_array(json);
    json_close_object(json);
}

int found_print_json(const struct found *found)
{
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_named_integer(&json, "keys", (gint64)found->keys);
    json_named_integer(&json, "identifiers", (gint64)found->identifiers);
    json_named_integer(&json, "sightings", (gint64)found->sightings);
    json_name(&json, "refused");
    json_open_array(&json);
    for (guint i = 0; i < found->refused->len; i++)
        put_refused(&json, &g_array_index(found->refused, struct refused, i));
    json_close_array(&json);
    json_name(&json, "matches");
    json_open_array(&json);
    for (guint i = 0; i < found->met->len; i++)
        put_met(&json, found, &g_array_index(found->met, struct met, i));
    json_close_array(&json);
    json_close_object(&json);
    return json_end(&json);
}
