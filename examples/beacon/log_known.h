/* SPDX-License-Identifier: MIT */
/* Which rows of a history a log has already. */
#ifndef TOOL_LOG_KNOWN_H
#define TOOL_LOG_KNOWN_H

#include <beacon/store.h>

/*
 * Replaces each row by the log's own where that has one: with the same identifiers and RSSI, at the
 * same time; of a history in seconds within that second; and of one in milliseconds at the second
 * itself, as an earlier history in seconds left it (of one sender a phone keeps no two rows in a
 * second). A history says less of a sighting than a log: not its milliseconds perhaps, nor the
 * platform. Each row of the log stands for one. The rows are of one UTC day. False with an error of
 * the store.
 */
bool log_known(beacon_store *store, struct beacon_store_row rows[], guint count, bool is_in_seconds,
               GError **error);

#endif
