/* SPDX-License-Identifier: MIT */
/* A day's identifiers, shown as a table or as JSON. */
#ifndef TOOL_IDENTIFIERS_H
#define TOOL_IDENTIFIERS_H

#include <beacon/base.h>

#include <stdbool.h>

/* Slot 0 begins at start_ms. Returns an exit code. */
int identifiers_print(const struct beacon_identifier identifiers[], uint32_t slots_per_day,
                      int64_t start_ms, bool is_json);

#endif
