/* SPDX-License-Identifier: MIT */
/* The rule of matching with nothing clever in it: key by key, slot by slot, through the public
 * calls of identity. */
#ifndef PLAIN_ENGINE_H
#define PLAIN_ENGINE_H

#include <beacon/match.h>

/* Reports every sighting, in order of time in `log`, that is of the key, as the engine would. */
void plain_match(const struct beacon_sighting log[], size_t count, int64_t tolerance_ms,
                 const struct beacon_published_key *key, size_t key_index,
                 const struct beacon_match_listener *listener);

#endif
