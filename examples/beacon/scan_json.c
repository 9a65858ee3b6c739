/* SPDX-License-Identifier: MIT */
/* beacon scan: a reception as a line of JSON. */
#include "json.h"
#include "radio_words.h"
#include "scan_outputs.h"

#include <string.h>

void scan_put_json(struct live_output *output, const struct reception *reception, bool is_full)
{
    g_autofree char *address = address_words(&reception->address, is_full), *line = NULL;
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_named_integer(&json, "time_ms", reception->time_ms);
    json_named_string(&json, "kind", kind_name(reception->kind));
    if (reception->has_identifier)
        json_named_identifier(&json, "identifier", &reception->identifier);
    json_name(&json, "rssi_dbm");
    if (reception->rssi_dbm != BEACON_RSSI_ABSENT)
        json_integer(&json, reception->rssi_dbm);
    else
        json_null(&json);
    json_named_string(&json, "address", address);
    json_close_object(&json);
    line = json_take(&json);
    live_output_bytes(output, line, strlen(line));
}
