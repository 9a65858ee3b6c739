/* SPDX-License-Identifier: MIT */
/* Calendar dates (proleptic Gregorian, UTC) as days since 1970-01-01, and back. */
#ifndef BCN_BASE_CIVIL_H
#define BCN_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

struct bcn_civil {
    int year;           /* 1 … 9999 */
    unsigned int month; /* 1 … 12 */
    unsigned int day;   /* 1 … 31 */
};

/* False, with `ret_day` untouched, for a date that no calendar has. */
bool bcn_day_of_civil(struct bcn_civil date, int64_t *ret_day);

/* For days that fall in the years 1 … 9999. */
struct bcn_civil bcn_civil_of_day(int64_t day);

#endif
