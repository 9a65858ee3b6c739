/* SPDX-License-Identifier: MIT */
/* What tests of the door share: a folder, a scenario, a clock that goes by hand. */
#ifndef OPEN_DOOR_H
#define OPEN_DOOR_H

#include "door.h"

#include <check.h>
#include <glib/gstdio.h>
#include <string.h>

#define SECOND_US G_USEC_PER_SEC
/* 2020-08-10, a Monday, 08:00 in Vietnam. */
#define START_US (INT64_C(1597021200) * SECOND_US)
#define START    "2020-08-10T01:00:00Z"
#define VIETNAM  "Asia/Ho_Chi_Minh"

/* The office's own beacon, in the tray, and who sits about. */
#define ROOM                                                                                       \
    "seed 5\nstart " START "\nlength 20 min\nreceiver door tray 25 dB\n"                           \
    "phone reference ibeacon at 25 cm level -75 dBm address C0:11:22:33:44:55 offset 0 dB\n"       \
    "4 people staying at 4 m to 8 m: 100 % android-background\n"

struct door_rig {
    char *folder, *scenario, *radio, *tally, *calibration;
    beacon_clock *clock;
    struct calibration assumed;
    struct tally_options tally_with;
    struct door_options options;
    struct door *door;
};

static inline void rig_assume(struct door_rig *rig)
{
    const struct calibration_assumption tray = {.tray_db = 25};
    const struct beacon_address reference = {.bytes = {0xC0, 0x11, 0x22, 0x33, 0x44, 0x55},
                                             .type = BEACON_ADDRESS_RANDOM};

    calibration_assume(&tray, &rig->assumed);
    rig->assumed.number = MAX(rig->assumed.number, 1);
    rig->assumed.has_reference = TRUE;
    rig->assumed.reference = reference;
    rig->assumed.reference_dbm = -63;
    rig->assumed.reference_interval_ms = 105;
}

static inline void rig_begin(struct door_rig *rig, const char *scenario)
{
    memset(rig, 0, sizeof *rig);
    rig->folder = g_dir_make_tmp("door-XXXXXX", NULL);
    ck_assert_ptr_nonnull(rig->folder);
    rig->scenario = g_build_filename(rig->folder, "door.air", NULL);
    rig->tally = g_build_filename(rig->folder, "tally.db", NULL);
    rig->calibration = g_build_filename(rig->folder, "calibration", NULL);
    rig->radio = g_strconcat("sim:", rig->scenario, NULL);
    ck_assert(g_file_set_contents(rig->scenario, scenario, -1, NULL));
    rig->clock = beacon_clock_new_virtual(NULL, START_US, BEACON_CLOCK_BY_HAND);
    rig_assume(rig);
    rig->tally_with = (struct tally_options){.size = sizeof rig->tally_with, .timezone = VIETNAM};
    rig->options = (struct door_options){.size = sizeof rig->options,
                                         .radio = rig->radio,
                                         .clock = rig->clock,
                                         .tally = rig->tally,
                                         .tally_with = &rig->tally_with,
                                         .assumed = &rig->assumed,
                                         .timezone = VIETNAM,
                                         .person = PERSON_VISITOR,
                                         .waits_for_tap = TRUE};
}

static inline void rig_open(struct door_rig *rig)
{
    GError *error = NULL;

    rig->door = door_new(&rig->options, &error);
    ck_assert_msg(rig->door != NULL, "%s", error != NULL ? error->message : "");
}

static inline void rig_close(struct door_rig *rig)
{
    rig->door = door_free(rig->door);
}

static inline void rig_end(struct door_rig *rig)
{
    GDir *dir;
    const char *name;

    rig_close(rig);
    dir = g_dir_open(rig->folder, 0, NULL);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(rig->folder, name, NULL);

        g_unlink(path);
    }
    g_dir_close(dir);
    ck_assert_int_eq(g_rmdir(rig->folder), 0);
    beacon_clock_unref(rig->clock);
    g_free(rig->folder);
    g_free(rig->scenario);
    g_free(rig->radio);
    g_free(rig->tally);
    g_free(rig->calibration);
}

/* Time passes, and whatever the context has to do is done on the way. */
static inline void rig_pass(struct door_rig *rig, double seconds)
{
    for (int i = 0; i < (int)(seconds * 10 + 0.5); i++) {
        beacon_clock_advance(rig->clock, SECOND_US / 10);
        while (g_main_context_iteration(NULL, FALSE))
            continue;
    }
}

static inline const struct door_view *rig_view(struct door_rig *rig)
{
    return door_view(rig->door);
}

/* Until a verdict is shown, for so long at most; the seconds it took. */
static inline double rig_pass_to_verdict(struct door_rig *rig, double limit_s)
{
    double seconds = 0;

    while (rig_view(rig)->phase != DOOR_SHOWING) {
        ck_assert_msg(seconds < limit_s, "no verdict in %.0f s", limit_s);
        rig_pass(rig, 0.1);
        seconds += 0.1;
    }
    return seconds;
}

static inline gboolean rig_try(struct door_rig *rig, const struct door_action *action,
                               GError **error)
{
    return door_act(rig->door, action, error);
}

static inline void rig_act(struct door_rig *rig, const struct door_action *action)
{
    GError *error = NULL;

    ck_assert_msg(rig_try(rig, action, &error), "%s", error != NULL ? error->message : "");
}

static inline void rig_do(struct door_rig *rig, enum door_do what)
{
    const struct door_action action = {.act = what};

    rig_act(rig, &action);
}

static inline void rig_refused(struct door_rig *rig, const struct door_action *action,
                               enum door_error code)
{
    GError *error = NULL;

    ck_assert(!rig_try(rig, action, &error));
    ck_assert(g_error_matches(error, DOOR_ERROR, (gint)code));
    ck_assert_str_ne(error->message, "");
    g_error_free(error);
}

static inline void rig_append_row(const struct tally_row *row, gpointer rows)
{
    g_array_append_val((GArray *)rows, *row);
}

/* All that were written; the caller unrefs them. */
static inline GArray *rig_rows(struct door_rig *rig)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct tally_row));

    ck_assert(tally_rows(door_tally(rig->door), 0, G_MAXINT64 / 2, rig_append_row, rows, NULL));
    return rows;
}

static inline struct tally_row rig_row(struct door_rig *rig, guint number)
{
    GArray *rows = rig_rows(rig);
    struct tally_row row;

    ck_assert_uint_gt(rows->len, number);
    row = g_array_index(rows, struct tally_row, number);
    g_array_unref(rows);
    return row;
}

#endif
