/* SPDX-License-Identifier: MIT */
/* What a check or a salvage found, in words or as JSON. */
#ifndef TOOL_LOG_REPORT_H
#define TOOL_LOG_REPORT_H

#include <beacon/store.h>

#include <stdbool.h>

/* Whether nothing is amiss. */
bool log_report_is_whole(const struct beacon_store_report *report);

/* Prints it, below a line of the caller's or (NULL) one that says whether it is whole; an exit
 * code.
 */
int log_report_print(const struct beacon_store_report *report, const char *headline, bool is_json);

#endif
