/* SPDX-License-Identifier: MIT */
/* Which of the two ways to match is the cheaper one for keys of a phase. */
#ifndef BCN_MATCH_CHOICE_H
#define BCN_MATCH_CHOICE_H

#include "match/run.h"

/* Whether keys of one phase, given as indices in the order of their starts, are better swept than
 * marched. */
bool bcn_choose_sweep(const struct bcn_run *run, const uint32_t indices[], size_t count);

#endif
