/* SPDX-License-Identifier: MIT */
/* What the engine takes as a published key. */
#include <beacon/identity.h>
#include <beacon/match.h>

static bool is_believed(int64_t time_ms)
{
    return time_ms >= BEACON_TIME_MIN_MS && time_ms < BEACON_TIME_END_MS;
}

int beacon_published_key_check(const struct beacon_published_key *key)
{
    if (beacon_slots_per_day_check(key->slots_per_day) != 0)
        return BEACON_ESLOTS;
    if (!is_believed(key->start_ms) || !is_believed(key->end_ms))
        return BEACON_ERANGE;
    if (key->end_ms < key->start_ms || key->end_ms - key->start_ms > BEACON_SPAN_MAX_MS)
        return BEACON_ESPAN;
    return 0;
}

uint64_t beacon_published_key_slots(const struct beacon_published_key *key)
{
    if (beacon_published_key_check(key) != 0)
        return 0;
    return (uint64_t)((key->end_ms - key->start_ms) / (BEACON_DAY_MS / key->slots_per_day)) + 1;
}
