/* SPDX-License-Identifier: MIT */
/* Exposures and encounters, for machines. */
#include "exposure_json.h"

/* A division rounded to the nearest, halves away from zero; `by` is positive. */
static gint64 divide(gint64 number, gint64 by)
{
    return number < 0 ? -((-number + by / 2) / by) : (number + by / 2) / by;
}

void json_exposure(struct json *json, const struct beacon_encounter *exposure)
{
    json_open_object(json);
    json_named_integer(json, "start_ms", exposure->start_ms);
    json_named_integer(json, "end_ms", exposure->end_ms);
    json_named_integer(json, "sightings", (gint64)exposure->sightings);
    json_name(json, "minutes");
    json_tenths(json, divide(exposure->duration_ms, 6000));
    json_name(json, "rssi_max_dbm");
    if (exposure->rssi_count > 0)
        json_integer(json, exposure->rssi_max_dbm);
    else
        json_null(json);
    json_name(json, "rssi_mean_dbm");
    if (exposure->rssi_count > 0)
        json_tenths(json, divide(10 * exposure->rssi_sum_dbm, (gint64)exposure->rssi_count));
    else
        json_null(json);
    json_name(json, "close");
    json_boolean(json, exposure->close);
    json_close_object(json);
}
