/* SPDX-License-Identifier: MIT */
/*
 * Which of the two ways to match is the cheaper one for keys of a phase.
 *
 * Both derive the same identifiers, so what is compared is the work beside that. The march pays for
 * each slot of the phase, however many keys share it: for putting the sightings of its window into
 * a filter, where each sighting comes up once for every window that holds it, and for lanes that
 * stay empty. The sweep pays for each identifier, which goes to memory and back, and for reading
 * sightings: once those of all the keys' days, and, because tables begin and end within a day,
 * those of one more day and both tolerances for each table filled.
 *
 * The costs are in nanoseconds, measured on one processor (Zen 5, avx512). Only their proportions
 * matter, and a choice that is wrong where both ways cost about the same costs little. The estimate
 * takes the log as even over the keys' time, and leaves pruning out.
 */
#include "match/choice.h"

#include "match/sweep.h"

#define MARCH_SIGHTING   4.0   /* into a filter, per window */
#define MARCH_SLOT       300.0 /* clearing the filter, and lanes in vain */
#define SWEEP_SIGHTING   2.5   /* through the filter, per reading */
#define SWEEP_IDENTIFIER 5.0   /* into the table and its filter, and compared */
#define SWEEP_DAY        100.0 /* queued, given a lane, and its ratchet turned */
#define CLEARLY          1.25  /* where they are close the march, whose cost is known best */

/* What there is to do for the keys of a phase. */
struct work {
    int64_t first_ms, last_ms; /* all their time */
    double marched_ms;         /* the time in which there are keys: without gaps, and once */
    double identifiers;
    double days; /* of keys */
};

static struct work work_of(const struct bcn_run *run, const uint32_t indices[], size_t count)
{
    struct work work = {.first_ms = run->chunk[indices[0]].start_ms, .last_ms = INT64_MIN};

    for (size_t i = 0; i < count; i++) {
        const struct beacon_published_key *key = &run->chunk[indices[i]];
        const int64_t length_ms = BEACON_DAY_MS / key->slots_per_day;
        const int64_t from_ms = key->start_ms > work.last_ms ? key->start_ms : work.last_ms;

        work.identifiers += (double)((key->end_ms - key->start_ms) / length_ms + 1);
        work.days += (double)((key->end_ms - key->start_ms) / BEACON_DAY_MS + 1);
        if (key->end_ms + length_ms <= from_ms)
            continue;
        work.marched_ms += (double)(key->end_ms + length_ms - from_ms);
        work.last_ms = key->end_ms + length_ms;
    }
    return work;
}

bool bcn_choose_sweep(const struct bcn_run *run, const uint32_t indices[], size_t count)
{
    const struct work work = work_of(run, indices, count);
    const double length_ms = (double)(BEACON_DAY_MS / run->chunk[indices[0]].slots_per_day);
    const double around_ms = 2.0 * (double)run->matcher->tolerance_ms;
    const double span_ms = (double)(work.last_ms - work.first_ms) + around_ms;
    struct bcn_window window = run->window;
    double sightings, reread, march, sweep;

    bcn_window_move(run->matcher, &window, work.first_ms - run->matcher->tolerance_ms,
                    work.last_ms + run->matcher->tolerance_ms);
    sightings = (double)(window.end - window.first);
    reread = ((double)BEACON_DAY_MS + around_ms) / span_ms;
    if (reread > 1.0)
        reread = 1.0;
    reread *= work.identifiers / BCN_SWEEP_IDENTIFIERS + work.days / BCN_SWEEP_DAYS;
    march = sightings * (length_ms + around_ms) / length_ms * MARCH_SIGHTING +
            work.marched_ms / length_ms * MARCH_SLOT;
    sweep = sightings * (1.0 + reread) * SWEEP_SIGHTING + work.identifiers * SWEEP_IDENTIFIER +
            work.days * SWEEP_DAY;
    return sweep * CLEARLY < march;
}
