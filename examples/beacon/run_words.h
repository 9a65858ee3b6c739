/* SPDX-License-Identifier: MIT */
/* How a node does, in words or as JSON. */
#ifndef TOOL_RUN_WORDS_H
#define TOOL_RUN_WORDS_H

#include "node.h"

/* One line without its end; the caller frees it. */
char *run_status_words(const struct node_status *status, const struct beacon_radio_health *health);

/* One line with its end; the caller frees it. */
char *run_status_json(const struct node_status *status, const struct beacon_radio_health *health,
                      gint64 time_ms);

#endif
