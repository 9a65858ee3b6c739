/* SPDX-License-Identifier: MIT */
/* How sightings are joined and judged, for a receiver that listens by a duty cycle. */
#ifndef TOOL_EXPOSURE_RULE_H
#define TOOL_EXPOSURE_RULE_H

#include <beacon/encounter.h>
#include <beacon/radio.h>

/*
 * The rule for a history that was recorded by this cycle (all zero: full). What comes before an
 * encounter's first sighting may have fallen into a pause, which the rule counts, so that the
 * minutes are right on average; a cycle longer than the app's stretches what a gap may be.
 */
struct beacon_encounter_rule exposure_rule(struct beacon_cycle cycle);

#endif
