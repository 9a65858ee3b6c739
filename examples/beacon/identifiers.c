/* SPDX-License-Identifier: MIT */
/* A day's identifiers, shown as a table or as JSON. */
#include "identifiers.h"

#include "json.h"
#include "output.h"
#include "times.h"

static int print_json(const struct beacon_identifier identifiers[], uint32_t slots_per_day,
                      int64_t start_ms)
{
    int64_t slot_ms = BEACON_DAY_MS / slots_per_day;
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_name(&json, "identifiers");
    json_open_array(&json);
    for (uint32_t slot = 0; slot < slots_per_day; slot++) {
        json_open_object(&json);
        json_named_integer(&json, "slot", slot);
        json_named_identifier(&json, "identifier", &identifiers[slot]);
        json_named_integer(&json, "start_ms", start_ms + slot * slot_ms);
        json_named_integer(&json, "end_ms", start_ms + (slot + 1) * slot_ms);
        json_close_object(&json);
    }
    json_close_array(&json);
    json_close_object(&json);
    return json_end(&json);
}

static int print_text(const struct beacon_identifier identifiers[], uint32_t slots_per_day,
                      int64_t start_ms)
{
    int64_t slot_ms = BEACON_DAY_MS / slots_per_day;
    GString *text = g_string_new(NULL);
    int code;

    for (uint32_t slot = 0; slot < slots_per_day; slot++) {
        char hex[2 * BEACON_IDENTIFIER_SIZE + 1];
        g_autofree char *start = time_local(start_ms + slot * slot_ms, TIME_FORMAT_ISO);

        beacon_identifier_to_hex(&identifiers[slot], hex);
        g_string_append_printf(text, "%4u  %s  %s\n", slot, start, hex);
    }
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

int identifiers_print(const struct beacon_identifier identifiers[], uint32_t slots_per_day,
                      int64_t start_ms, bool is_json)
{
    return is_json ? print_json(identifiers, slots_per_day, start_ms)
                   : print_text(identifiers, slots_per_day, start_ms);
}
