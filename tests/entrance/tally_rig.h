/* SPDX-License-Identifier: MIT */
/* What tests of the tally share: a folder to work in, a row to begin from, times in Vietnam. */
#ifndef TALLY_RIG_H
#define TALLY_RIG_H

#include "tally.h"

#include <check.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
/* 2020-08-10, a Monday, 00:00 in Vietnam, which is seven hours before UTC and has no summer time.
 */
#define MONDAY_MS (INT64_C(1596992400000))
#define VIETNAM   "Asia/Ho_Chi_Minh"

struct rig {
    char *folder, *path;
    struct tally *tally;
};

/* In memory where the system has a place for that, for every row waits for its disk. */
static inline struct rig rig_new(void)
{
    const char *place = g_access("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir();
    struct rig rig = {.folder = g_build_filename(place, "tally-XXXXXX", NULL)};

    ck_assert_ptr_nonnull(g_mkdtemp(rig.folder));
    rig.path = g_build_filename(rig.folder, "tally.db", NULL);
    return rig;
}

/* On a machine whose clock is not set yet. */
static inline struct tally *rig_open_early(struct rig *rig, const char *vfs)
{
    struct tally_options options = {.size = sizeof(options), .vfs = vfs, .timezone = VIETNAM};
    GError *error = NULL;

    rig->tally = tally_open(rig->path, &options, &error);
    ck_assert_msg(rig->tally != NULL, "%s", error != NULL ? error->message : "");
    return rig->tally;
}

static inline struct tally *rig_open_with(struct rig *rig, const char *vfs)
{
    tally_settle(rig_open_early(rig, vfs), TRUE, 0);
    return rig->tally;
}

static inline struct tally *rig_open(struct rig *rig)
{
    return rig_open_with(rig, NULL);
}

static inline struct tally *rig_reader(const struct rig *rig)
{
    struct tally_options options = {
        .size = sizeof(options), .read_only = TRUE, .timezone = VIETNAM};
    GError *error = NULL;
    struct tally *reader = tally_open(rig->path, &options, &error);

    ck_assert_msg(reader != NULL, "%s", error != NULL ? error->message : "");
    return reader;
}

static inline void rig_remove(struct rig *rig)
{
    GDir *dir = g_dir_open(rig->folder, 0, NULL);
    const char *name;

    rig->tally = tally_free(rig->tally);
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(rig->folder, name, NULL);

        g_unlink(path);
    }
    g_dir_close(dir);
    ck_assert_int_eq(g_rmdir(rig->folder), 0);
    g_free(rig->folder);
    g_free(rig->path);
}

/* A member of staff who comes in and is heard. */
static inline struct tally_row row_at(gint64 time_ms)
{
    return (struct tally_row){.time_ms = time_ms,
                              .clock = CLOCK_SET,
                              .direction = DIRECTION_IN,
                              .person = PERSON_STAFF,
                              .mode = MODE_ATTENDED,
                              .verdict = VERDICT_HEARD,
                              .platform = BEACON_PLATFORM_ANDROID,
                              .proof = PROOF_REFERENCE,
                              .seconds = 2,
                              .calibration = 1,
                              .count = 1};
}

struct both {
    struct tally_sums staff, visitors;
};

static inline struct both sum(struct tally *tally, gint64 from_ms, gint64 to_ms)
{
    struct both both;

    ck_assert(tally_sum(tally, from_ms, to_ms, &both.staff, &both.visitors, NULL));
    return both;
}

static inline void append_row(const struct tally_row *row, gpointer rows)
{
    g_array_append_val((GArray *)rows, *row);
}

static inline GArray *all_rows(struct tally *tally)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct tally_row));

    ck_assert(tally_rows(tally, 0, G_MAXINT64 / 2, append_row, rows, NULL));
    return rows;
}

static inline void append_hour(const struct tally_hour *hour, gpointer hours)
{
    g_array_append_val((GArray *)hours, *hour);
}

static inline GArray *hours_of(struct tally *tally, gint64 from_ms, gint64 to_ms)
{
    GArray *hours = g_array_new(FALSE, FALSE, sizeof(struct tally_hour));

    ck_assert(tally_hours(tally, from_ms, to_ms, append_hour, hours, NULL));
    return hours;
}

#endif
