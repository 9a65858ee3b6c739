/* SPDX-License-Identifier: MIT */
/* Sums over visits: how a row counts, and the columns in which sums of an hour are kept. */
#ifndef ENTRANCE_TALLY_SUMS_H
#define ENTRANCE_TALLY_SUMS_H

#include "tally.h"

/* As if the row were not voided. */
void tally_sums_add_row(struct tally_sums *sums, const struct tally_row *row);

struct tally_sum_column {
    const char *name;
    gsize offset;
};

#define TALLY_SUM_COLUMNS (17 + REASONS)
extern const struct tally_sum_column tally_sum_columns[TALLY_SUM_COLUMNS];
guint64 *tally_sum_at(struct tally_sums *sums, gsize column);

#endif
