/* SPDX-License-Identifier: MIT */
/* Whether what is about to be played was played into this tally before. */
#ifndef ENTRANCE_PLAYED_AGAIN_H
#define ENTRANCE_PLAYED_AGAIN_H

#include "settings.h"

/*
 * Looks at the tally for visits of the day that a replay begins. Where there are some, a scenario's
 * guard would record them a second time: EXIT_INPUT, after a message; without a guard it is only
 * said. Otherwise EXIT_RAN, also where radio or tally cannot be opened: that is told when they are.
 */
int played_again(const struct settings *settings, gboolean has_guard);

#endif
