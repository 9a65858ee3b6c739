/* SPDX-License-Identifier: MIT */
/* How sightings are joined and judged, for a receiver that listens by a duty cycle. */
#include "exposure_rule.h"

#include <glib.h>

/* Of the library (encounter.h), which allows a day at most. */
static const gint64 scan_ms = 40000, gap_counted_ms = 300000, join_ms = 600000;

struct beacon_encounter_rule exposure_rule(struct beacon_cycle cycle)
{
    struct beacon_encounter_rule rule = {.size = sizeof rule};
    const gint64 on_ms = cycle.on_ms, off_ms = cycle.off_ms, period_ms = on_ms + off_ms;

    if (off_ms == 0)
        return rule;
    rule.scan_ms = MIN(on_ms, scan_ms);
    rule.scan_pause_ms = MIN(off_ms, BEACON_DAY_MS);
    rule.gap_counted_ms = MIN(MAX(period_ms, gap_counted_ms), BEACON_DAY_MS);
    rule.join_ms = MIN(MAX(2 * period_ms, join_ms), BEACON_DAY_MS);
    return rule;
}
