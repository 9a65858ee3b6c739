/* SPDX-License-Identifier: MIT */
/* What happens at the door as lines of JSON, for machines; of a live door and of a scenario alike.
 */
#ifndef ENTRANCE_LINES_H
#define ENTRANCE_LINES_H

#include "checkpoint.h"

#include <stdio.h>

/*
 * One object a line, each with "type" and "time_us" (the wall's, since 1970):
 *
 *   {"type":"start","time_us","radio","mode","slots_per_day","calibration":{"number","assumed",
 *    "android_gate_dbm","iphone_gate_dbm","margin_db","reference"}}     calibration null: none
 *   {"type":"check","time_us","check","by_itself"}                      a check begins
 *   {"type":"opened","time_us","check"}                                 the guard saw the app open
 *   {"type":"verdict","time_us","check","begin_us","opened_us","verdict","reason","platform",
 *    "proof","mode","by_itself","seconds","effective_s","calibration"}  opened_us null: not tapped;
 *                                     "verdict":"none","reason":"put_off": sent aside
 *   {"type":"person","time_us","mode"}                                  walk-through: one tap
 *   {"type":"slot","time_us","start_us","length_us","counted","visits","variance","first_heard",
 *    "still_heard","live","iphones"}
 *   {"type":"health","time_us","state","scanning","deaf","flooded","reference"}   when one changes
 *   {"type":"summary","time_us","checks","heard","cannot_tell","not_heard","put_off","visits",
 *    "visits_band"}                                                     the last line
 *
 * Verdicts, reasons, proofs, modes and platforms are words.h's names. Fields may be added.
 */
struct lines;

/* Writes to the stream, which stays the caller's, and flushes after each line. */
struct lines *lines_new(FILE *stream);
/* From now on times are rounded down to whole seconds: of real visitors no finer ones are told. */
void lines_round(struct lines *lines);
struct lines *lines_free(struct lines *lines); /* takes NULL, returns NULL */

void lines_start(struct lines *lines, gint64 time_us, const char *radio, enum check_mode mode,
                 guint slots_per_day, const struct calibration *calibration);
void lines_check(struct lines *lines, gint64 time_us, guint64 check, gboolean by_itself);
void lines_opened(struct lines *lines, gint64 time_us, guint64 check);
void lines_result(struct lines *lines, const struct checkpoint_result *result);
void lines_slot(struct lines *lines, gint64 time_us, const struct counts_slot *slot);
/* Writes only when something differs from what it wrote last. */
void lines_health(struct lines *lines, gint64 time_us, const struct beacon_radio_health *health,
                  const struct checkpoint_view *view);
/* counts: of the slots told, and of the one under way, which is added as far as it is. */
void lines_summary(struct lines *lines, gint64 time_us, const struct counts *counts);

/* FALSE: not all could be written. */
gboolean lines_ok(const struct lines *lines);

#endif
