/* SPDX-License-Identifier: MIT */
/* Timelines: order, repeatability, and figures that closed forms give. */
#include <beacon/air.h>

#include "check_main.h"

#include <math.h>
#include <string.h>

static beacon_air *parse(const char *text)
{
    GError *error = NULL;
    beacon_air *air = beacon_air_parse(text, strlen(text), "test", NULL, &error);

    ck_assert_msg(air != NULL, "%s", error ? error->message : "no error");
    return air;
}

struct tally {
    uint64_t fates[4];
    double sum, squares; /* of levels */
    GArray *emissions;
};

static void tally(const struct beacon_air_emission *emission, gpointer user)
{
    struct tally *counts = user;

    counts->fates[emission->fate]++;
    if (emission->fate == BEACON_AIR_ARRIVED) {
        counts->sum += emission->rssi_dbm;
        counts->squares += (double)emission->rssi_dbm * emission->rssi_dbm;
    }
    if (counts->emissions)
        g_array_append_val(counts->emissions, *emission);
}

static struct tally run(const char *text)
{
    beacon_air *air = parse(text);
    struct tally counts = {.emissions =
                               g_array_new(FALSE, FALSE, sizeof(struct beacon_air_emission))};
    struct beacon_air_event event;
    gint64 last_us = 0;

    beacon_air_set_truth(air, tally, &counts);
    while (beacon_air_next(air, &event)) {
        ck_assert_int_ge(event.time_us, last_us);
        last_us = event.time_us;
    }
    beacon_air_free(air);
    return counts;
}

START_TEST(loses_the_share_it_is_told_to)
{
    struct tally counts = run("length 2 h\nphone a iphone-open at 1 m\nbody-fading 0 dB\n");
    double sent = (double)(counts.fates[BEACON_AIR_ARRIVED] + counts.fates[BEACON_AIR_LOST]);
    double share = (double)counts.fates[BEACON_AIR_LOST] / sent;

    /* 7200 s / (152.5 + 5) ms, give or take four deviations of advDelay's sum; of the share too. */
    ck_assert_double_eq_tol(sent, 7200.0 / 0.1575, 4.0 * 0.00289 * sqrt(7200.0 / 0.1575) / 0.1575);
    ck_assert_double_eq_tol(share, 0.45, 4.0 * sqrt(0.45 * 0.55 / sent));
    ck_assert_uint_eq(counts.fates[BEACON_AIR_WEAK], 0);
    g_array_unref(counts.emissions);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tcase = tcase_create("timeline");

    tcase_add_test(tcase, loses_the_share_it_is_told_to);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
