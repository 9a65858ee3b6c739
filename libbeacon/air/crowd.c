/* SPDX-License-Identifier: MIT */
/* What the members of a crowd are and how each moves. */
#include "air/draft.h"

#include "air/arithmetic.h"

#define OUTSIDE_M 9.0 /* where people come from and go to */
#define STEP_MS   1.2 /* metres a second, walking */

/* The line in front of the spot: five places from 1.5 m to 5 m. */
#define PLACES      5
#define PLACE_M(n)  (1.5 + 0.875 * ((n)-1))
#define SPOT_NEAR_M 0.05
#define SPOT_FAR_M  0.2

static void add(GArray *path, int64_t time_us, double x_m, double y_m)
{
    struct bcn_waypoint point = {.time_us = time_us, .point = {.x_m = x_m, .y_m = y_m}};

    if (path->len > 0 && time_us <= g_array_index(path, struct bcn_waypoint, path->len - 1).time_us)
        point.time_us = g_array_index(path, struct bcn_waypoint, path->len - 1).time_us + 1;
    g_array_append_val(path, point);
}

static double draw_between(struct bcn_random *random, double low, double high)
{
    return low + (high - low) * bcn_random_unit(random);
}

/*
 * Each has a turn of the same length. While five others have theirs he moves up the line; at his
 * own turn's begin he is on the spot, and off it before the next one comes.
 */
static void add_check(const struct bcn_draft_crowd *crowd, int64_t member,
                      struct bcn_random *random, GArray *path, struct bcn_draft_span *ret_check)
{
    int64_t turn_us = crowd->within_us / crowd->count;
    int64_t step_us = MIN(2 * BCN_SECOND, turn_us / 4);
    int64_t from_us = crowd->span.from_us + member * turn_us;
    double spot_m = draw_between(random, SPOT_NEAR_M, SPOT_FAR_M);

    add(path, from_us - PLACES * turn_us - 5 * BCN_SECOND, OUTSIDE_M, 0.0);
    for (int place = PLACES; place >= 1; place--) {
        add(path, from_us - place * turn_us, PLACE_M(place), 0.0);
        add(path, from_us - (place - 1) * turn_us - step_us, PLACE_M(place), 0.0);
    }
    add(path, from_us, spot_m, 0.0);
    add(path, from_us + turn_us - 2 * step_us, spot_m, 0.0);
    add(path, from_us + turn_us - step_us, 0.3, 1.5);
    add(path, from_us + turn_us - step_us + 6 * BCN_SECOND, 0.3, OUTSIDE_M);
    *ret_check = (struct bcn_draft_span){
        .has_from = true, .from_us = from_us, .to_us = from_us + turn_us - 2 * step_us};
}

static void add_stay(int64_t from_us, int64_t to_us, double at_m, GArray *path)
{
    add(path, from_us, at_m, 0.0);
    add(path, to_us, at_m, 0.0);
}

/* Straight past, `at_m` away at the nearest. */
static void add_pass(int64_t from_us, double at_m, GArray *path)
{
    add(path, from_us, -OUTSIDE_M, at_m);
    add(path, from_us + (int64_t)(2.0 * OUTSIDE_M / STEP_MS * 1e6), OUTSIDE_M, at_m);
}

static void add_visit(int64_t from_us, int64_t for_us, double at_m, GArray *path)
{
    double way_m = at_m < OUTSIDE_M ? OUTSIDE_M - at_m : 0.0;
    int64_t way_us = MIN((int64_t)(way_m / STEP_MS * 1e6), for_us / 3);

    add(path, from_us, at_m + way_m, 0.0);
    add(path, from_us + way_us, at_m, 0.0);
    add(path, from_us + for_us - way_us, at_m, 0.0);
    add(path, from_us + for_us, at_m + way_m, 0.0);
}

GArray *bcn_crowd_path(const struct bcn_draft_crowd *crowd, int64_t member, int64_t length_us,
                       struct bcn_random *random, struct bcn_draft_span *ret_check)
{
    GArray *path = g_array_new(FALSE, FALSE, sizeof(struct bcn_waypoint));
    double at_m = draw_between(random, crowd->near_m, crowd->far_m);
    int64_t from_us = crowd->span.from_us;

    ret_check->has_from = false;
    if (crowd->within_us > 0)
        from_us += (int64_t)(bcn_random_unit(random) * (double)crowd->within_us);
    switch (crowd->activity) {
    case BCN_CHECKED:
        add_check(crowd, member, random, path, ret_check);
        break;
    case BCN_STAYING:
        add_stay(crowd->span.from_us, crowd->span.has_to ? crowd->span.to_us : length_us, at_m,
                 path);
        break;
    case BCN_PASSING:
        add_pass(from_us, at_m, path);
        break;
    case BCN_VISITING:
        add_visit(from_us, crowd->for_us, at_m, path);
        break;
    }
    return path;
}

/* How many of each kind: whole people, those left over going to the largest remainders. */
static void apportion(const struct bcn_draft_crowd *crowd, int64_t counts[], double remainders[])
{
    int64_t left = crowd->count;

    for (guint i = 0; i < crowd->mix->len; i++) {
        double exact =
            g_array_index(crowd->mix, struct bcn_draft_share, i).share * (double)crowd->count;

        counts[i] = MIN((int64_t)(exact + 1e-6), left);
        remainders[i] = exact - (double)counts[i];
        left -= counts[i];
    }
    for (; left > 0; left--) {
        guint largest = 0;

        for (guint i = 1; i < crowd->mix->len; i++)
            if (remainders[i] > remainders[largest])
                largest = i;
        counts[largest]++;
        remainders[largest] -= 1.0;
    }
}

enum beacon_air_kind *bcn_crowd_kinds(const struct bcn_draft_crowd *crowd,
                                      struct bcn_random *random)
{
    enum beacon_air_kind *kinds = g_new(enum beacon_air_kind, (gsize)crowd->count);
    int64_t *counts = g_new(int64_t, crowd->mix->len);
    double *remainders = g_new(double, crowd->mix->len);
    int64_t at = 0;

    apportion(crowd, counts, remainders);
    for (guint i = 0; i < crowd->mix->len; i++)
        for (int64_t j = 0; j < counts[i]; j++)
            kinds[at++] = g_array_index(crowd->mix, struct bcn_draft_share, i).kind;
    for (int64_t i = crowd->count - 1; i > 0; i--) {
        int64_t j = bcn_random_below(random, i + 1);
        enum beacon_air_kind kind = kinds[i];

        kinds[i] = kinds[j];
        kinds[j] = kind;
    }
    g_free(counts);
    g_free(remainders);
    return kinds;
}
