/* SPDX-License-Identifier: MIT */
/* Runs a scenario to its end and keeps the truth and the events. */
#ifndef AIR_HEARD_H
#define AIR_HEARD_H

#include <beacon/air.h>

#include <check.h>
#include <string.h>

struct heard {
    GArray *truth;  /* of struct beacon_air_emission */
    GArray *events; /* of struct beacon_air_event */
    guint64 fates[4];
};

static inline beacon_air *heard_parse(const char *text)
{
    GError *error = NULL;
    beacon_air *air = beacon_air_parse(text, strlen(text), "test", NULL, &error);

    ck_assert_msg(air != NULL, "%s", error ? error->message : "no error");
    return air;
}

static inline void heard_take(const struct beacon_air_emission *emission, gpointer user)
{
    struct heard *heard = (struct heard *)user;

    heard->fates[emission->fate]++;
    g_array_append_val(heard->truth, *emission);
}

static inline struct heard heard_to_end(beacon_air *air)
{
    struct heard heard = {.truth = g_array_new(FALSE, FALSE, sizeof(struct beacon_air_emission)),
                          .events = g_array_new(FALSE, FALSE, sizeof(struct beacon_air_event))};
    struct beacon_air_event event;

    beacon_air_set_truth(air, heard_take, &heard);
    while (beacon_air_next(air, &event))
        g_array_append_val(heard.events, event);
    return heard;
}

static inline struct heard heard_in(const char *text)
{
    beacon_air *air = heard_parse(text);
    struct heard heard = heard_to_end(air);

    beacon_air_free(air);
    return heard;
}

static inline void heard_clear(struct heard *heard)
{
    g_array_unref(heard->truth);
    g_array_unref(heard->events);
}

#define heard_truth(heard, i) (&g_array_index((heard)->truth, struct beacon_air_emission, (i)))
#define heard_event(heard, i) (&g_array_index((heard)->events, struct beacon_air_event, (i)))

#endif
