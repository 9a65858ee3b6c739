/* SPDX-License-Identifier: MIT */
/* Exposures and encounters, for machines. */
#ifndef TOOL_EXPOSURE_JSON_H
#define TOOL_EXPOSURE_JSON_H

#include "json.h"

#include <beacon/encounter.h>

/* An object of its own, in an array or after a name. */
void json_exposure(struct json *json, const struct beacon_encounter *exposure);

#endif
