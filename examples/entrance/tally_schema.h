/* SPDX-License-Identifier: MIT */
/* What the tally's database may hold: small integers in named ranges, and nothing else. */
#ifndef ENTRANCE_TALLY_SCHEMA_H
#define ENTRANCE_TALLY_SCHEMA_H

#include "tally_sums.h"

#define TALLY_SCHEMA_VERSION 1
#define TALLY_APPLICATION_ID 0x427a5479 /* tells a tally from other databases: "BzTy" */

/* A member of struct tally_row that a visit's row has, beside id, time and replaces. */
struct tally_column {
    const char *name;
    gsize offset; /* of 4 bytes */
    guint32 min, max;
};

#define TALLY_SECONDS_MAX 3600 /* longer checks count as that long */

#define TALLY_COLUMNS 18
extern const struct tally_column tally_columns[TALLY_COLUMNS];
guint32 tally_column_get(const struct tally_row *row, gsize column);
void tally_column_set(struct tally_row *row, gsize column, guint32 value);

/* The statements that make the tables; the caller frees them. */
char *tally_schema_sql(void);

#endif
