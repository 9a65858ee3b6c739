/* SPDX-License-Identifier: MIT */
/* One run over a batch: what the ways to match have in common. */
#include "match/run.h"

int bcn_run_report(struct bcn_run *run, uint32_t index, const struct beacon_sighting *sighting,
                   int64_t slot_start_ms)
{
    const struct beacon_match match = {
        .key_index = run->chunk_from + index, .sighting = sighting, .slot_start_ms = slot_start_ms};

    run->counters->matches++;
    return run->listener->on_match(&match, run->listener->user) == 0 ? 0 : BEACON_ECANCELED;
}

int bcn_run_tell_progress(struct bcn_run *run)
{
    const struct beacon_match_listener *listener = run->listener;

    if (!listener->on_progress)
        return 0;
    if (listener->on_progress(run->covered, run->covered_total, listener->user) != 0)
        return BEACON_ECANCELED;
    return 0;
}

uint32_t bcn_slots_asked(const struct beacon_published_key *key, int64_t day_start_ms)
{
    const int64_t length_ms = BEACON_DAY_MS / key->slots_per_day;
    const int64_t slots = (key->end_ms - day_start_ms) / length_ms + 1;

    return slots < key->slots_per_day ? (uint32_t)slots : key->slots_per_day;
}

uint32_t bcn_slots_worth(const beacon_matcher *matcher, struct bcn_window *day,
                         int64_t day_start_ms, int64_t length_ms, uint32_t slots)
{
    const int64_t reach_ms = matcher->tolerance_ms + length_ms;
    int64_t last_ms;

    if (!matcher->prune)
        return slots;
    bcn_window_move(matcher, day, day_start_ms - matcher->tolerance_ms,
                    day_start_ms + (int64_t)(slots - 1) * length_ms + reach_ms);
    if (day->first == day->end)
        return 0;
    /* The last slot whose window, opening at slot start - tolerance, holds the last sighting. */
    last_ms = matcher->sightings[day->end - 1].time_ms + matcher->tolerance_ms - day_start_ms;
    return last_ms / length_ms + 1 < slots ? (uint32_t)(last_ms / length_ms + 1) : slots;
}
