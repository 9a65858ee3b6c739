/* SPDX-License-Identifier: MIT */
/* Sums over visits: how a row counts, and what share they make. */
#include "tally_sums.h"

static guint64 *verdict_sum(struct tally_sums *sums, const struct tally_row *row)
{
    if (row->exempt)
        return &sums->exempt;
    switch (row->verdict) {
    case VERDICT_HEARD:
        return &sums->heard;
    case VERDICT_CANNOT_TELL:
        return &sums->cannot_tell;
    case VERDICT_NOT_HEARD:
        return &sums->not_heard;
    case VERDICT_NONE:
        break;
    }
    return row->direction == DIRECTION_OUT ? &sums->left_unchecked : &sums->unchecked;
}

static void add_installed(struct tally_sums *sums, const struct tally_row *row)
{
    switch (row->installed) {
    case INSTALLED_BEFORE:
        sums->installed_before += row->count;
        break;
    case INSTALLED_ON_THE_SPOT:
        sums->installed_on_the_spot += row->count;
        break;
    case INSTALLED_NO:
        sums->installed_no += row->count;
        break;
    case INSTALLED_UNKNOWN:
        break;
    }
}

static guint64 count_if(const struct tally_row *row, gboolean holds)
{
    return holds ? row->count : 0;
}

void tally_sums_add_row(struct tally_sums *sums, const struct tally_row *row)
{
    sums->total += row->count;
    *(row->direction == DIRECTION_OUT ? &sums->out : &sums->in) += row->count;
    *verdict_sum(sums, row) += row->count;
    sums->told += count_if(row, row->told);
    sums->helped += count_if(row, row->helped);
    sums->declined += count_if(row, row->declined);
    sums->by_hand += count_if(row, row->by_hand);
    sums->clock_unknown += count_if(row, row->clock == CLOCK_UNKNOWN);
    add_installed(sums, row);
    sums->reasons[row->reason] += row->count;
}

#define SUM(name)                                                                                  \
    {                                                                                              \
#name, offsetof(struct tally_sums, name)                                                   \
    }
#define REASON_SUM(name, reason)                                                                   \
    {                                                                                              \
        "reason_" name, offsetof(struct tally_sums, reasons) + (reason) * sizeof(guint64)          \
    }

const struct tally_sum_column tally_sum_columns[TALLY_SUM_COLUMNS] = {
    SUM(total),
    SUM(in),
    SUM(out),
    SUM(heard),
    SUM(cannot_tell),
    SUM(not_heard),
    SUM(unchecked),
    SUM(left_unchecked),
    SUM(told),
    SUM(helped),
    SUM(exempt),
    SUM(declined),
    SUM(by_hand),
    SUM(clock_unknown),
    SUM(installed_before),
    SUM(installed_on_the_spot),
    SUM(installed_no),
    REASON_SUM("none", REASON_NONE),
    REASON_SUM("open_the_app", REASON_OPEN_THE_APP),
    REASON_SUM("one_at_a_time", REASON_ONE_AT_A_TIME),
    REASON_SUM("not_hearing", REASON_NOT_HEARING),
    REASON_SUM("iphone_silent", REASON_IPHONE_SILENT),
    REASON_SUM("too_many", REASON_TOO_MANY),
    REASON_SUM("no_levels", REASON_NO_LEVELS),
    REASON_SUM("uncalibrated", REASON_UNCALIBRATED),
    REASON_SUM("put_off", REASON_PUT_OFF),
};

G_STATIC_ASSERT(sizeof(struct tally_sums) == TALLY_SUM_COLUMNS * sizeof(guint64));

guint64 *tally_sum_at(struct tally_sums *sums, gsize column)
{
    return (guint64 *)(void *)((char *)sums + tally_sum_columns[column].offset);
}

void tally_sums_add(struct tally_sums *sums, const struct tally_sums *more)
{
    struct tally_sums copy = *more;

    for (gsize i = 0; i < TALLY_SUM_COLUMNS; i++)
        *tally_sum_at(sums, i) += *tally_sum_at(&copy, i);
}

gboolean tally_share(const struct tally_sums *sums, struct tally_share *ret_share)
{
    guint64 high = sums->heard + sums->cannot_tell + sums->unchecked;

    *ret_share =
        (struct tally_share){.n = high + sums->not_heard, .low = sums->heard, .high = high};
    return ret_share->n > 0;
}
