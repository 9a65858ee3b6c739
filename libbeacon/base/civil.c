/* SPDX-License-Identifier: MIT */
/* Calendar dates (proleptic Gregorian, UTC) as days since 1970-01-01, and back. */
#include "base/civil.h"

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned int days_in_month(int year, unsigned int month)
{
    static const unsigned char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* The first of January, from the leap days of the years before. */
static int64_t day_of_year(int year)
{
    int64_t before = year - 1;

    return before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

bool bcn_day_of_civil(struct bcn_civil date, int64_t *ret_day)
{
    int64_t day;

    if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_in_month(date.year, date.month))
        return false;
    day = day_of_year(date.year) + date.day - 1;
    for (unsigned int month = 1; month < date.month; month++)
        day += days_in_month(date.year, month);
    *ret_day = day;
    return true;
}

struct bcn_civil bcn_civil_of_day(int64_t day)
{
    struct bcn_civil date = {.year = (int)(1970 + day / 366), .month = 1, .day = 1};
    int64_t rest;

    if (day < 0)
        date.year = (int)(1969 + day / 365);
    while (day_of_year(date.year + 1) <= day)
        date.year++;
    rest = day - day_of_year(date.year);
    while (rest >= days_in_month(date.year, date.month)) {
        rest -= days_in_month(date.year, date.month);
        date.month++;
    }
    date.day = (unsigned int)rest + 1;
    return date;
}
