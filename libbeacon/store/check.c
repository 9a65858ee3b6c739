/* SPDX-License-Identifier: MIT */
/* Looks whether a store is whole, and what is in it. */
#include "store/fail.h"
#include "store/store.h"
#include "store/text.h"

#include <beacon/identity.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNKS_AT_ONCE 256

static void note_problem(struct beacon_store_report *report, const char *words)
{
    if (report->first_problem[0] == '\0')
        g_strlcpy(report->first_problem, words, sizeof(report->first_problem));
}

static void note_chunk(struct beacon_store_report *report, const struct bcn_store_head *head)
{
    guint64 *const rows[] = {&report->sightings, &report->encounters, &report->undated};

    report->chunks++;
    *rows[head->kind] += head->count;
}

/* Some chunks, in one short transaction; the number behind the last, 0 at the end. */
static bool check_some(beacon_store *store, struct beacon_store_report *report, guint64 *next,
                       GError **error)
{
    enum bcn_store_found found = BCN_STORE_FAILED;
    struct bcn_store_scan scan;
    guint64 behind = 0;
    GError *problem = NULL;

    if (bcn_store_scan_numbers(&scan, &store->reader, &store->seal, *next, CHUNKS_AT_ONCE, error))
        while ((found = bcn_store_scan_next(&scan, error)) > BCN_STORE_END) {
            behind = scan.id + 1;
            if (found == BCN_STORE_CHUNK) {
                note_chunk(report, &scan.head);
                continue;
            }
            report->damaged_chunks++;
            bcn_store_fail_damaged(&store->reader, scan.id, &problem);
            note_problem(report, problem->message);
            g_clear_error(&problem);
        }
    bcn_store_scan_end(&scan);
    *next = behind;
    return found == BCN_STORE_END;
}

static bool check_chunks(beacon_store *store, struct beacon_store_report *report, GError **error)
{
    GError *problem = NULL;
    guint64 next = 0;
    bool is_good;

    do
        is_good = check_some(store, report, &next, &problem);
    while (is_good && next > 0);
    if (is_good)
        return true;
    if (!g_error_matches(problem, BEACON_STORE_ERROR, BEACON_STORE_ERROR_DAMAGED)) {
        g_propagate_error(error, problem);
        return false;
    }
    report->damaged_chunks++; /* at least one, where the pages end to make sense */
    note_problem(report, problem->message);
    g_error_free(problem);
    return true;
}

/* SQLite's own check of pages and index: one row, "ok", or what is wrong. */
static bool check_database(beacon_store *store, struct beacon_store_report *report, GError **error)
{
    GError *problem = NULL;
    sqlite3_stmt *statement =
        bcn_store_prepare(&store->reader, "PRAGMA integrity_check(1)", &problem);
    const int step = statement ? bcn_store_step(&store->reader, statement, &problem) : -1;
    const char *words = step == 1 ? (const char *)sqlite3_column_text(statement, 0) : NULL;

    report->database_is_whole = words && strcmp(words, "ok") == 0;
    if (words && !report->database_is_whole)
        note_problem(report, words);
    if (problem)
        note_problem(report, problem->message);
    sqlite3_finalize(statement);
    if (problem && !g_error_matches(problem, BEACON_STORE_ERROR, BEACON_STORE_ERROR_DAMAGED)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    return true;
}

gboolean beacon_store_check(beacon_store *store, struct beacon_store_report *ret_report,
                            GError **error)
{
    struct beacon_store_report report = {0};
    bool is_checked;

    g_mutex_lock(&store->reading);
    is_checked = check_database(store, &report, error) && check_chunks(store, &report, error);
    g_mutex_unlock(&store->reading);
    if (is_checked)
        *ret_report = report;
    return is_checked;
}

static guint64 size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (guint64)status.st_size : 0;
}

/* One number about the chunks. */
static bool ask(beacon_store *store, const char *sql, gint64 first, guint64 *ret_number,
                GError **error)
{
    gint64 number;
    bool is_known;

    g_mutex_lock(&store->reading);
    is_known = bcn_store_number(&store->reader, sql, first, 0, 0, &number, error);
    g_mutex_unlock(&store->reading);
    *ret_number = is_known ? (guint64)number : 0;
    return is_known;
}

/* The earliest and latest time of a day. */
static bool find_ends(beacon_store *store, gint64 day, gint64 *ret_first, gint64 *ret_last,
                      GError **error)
{
    GArray *rows = bcn_store_rows_of_day(store, day, error);

    if (!rows)
        return false;
    *ret_first = *ret_last =
        rows->len > 0 ? g_array_index(rows, struct beacon_store_row, 0).sighting.time_ms : 0;
    for (guint i = 1; i < rows->len; i++) {
        const gint64 time_ms = g_array_index(rows, struct beacon_store_row, i).sighting.time_ms;

        *ret_first = MIN(*ret_first, time_ms);
        *ret_last = MAX(*ret_last, time_ms);
    }
    bcn_store_rows_free(rows);
    return true;
}

static bool find_span(beacon_store *store, struct beacon_store_info *info, GError **error)
{
    guint64 first, last;
    gint64 ignored;

    if (info->sightings == 0)
        return true;
    return ask(store, "SELECT min(day) FROM chunk WHERE kind = ?", BCN_STORE_SIGHTING, &first,
               error) &&
           ask(store, "SELECT max(day) FROM chunk WHERE kind = ?", BCN_STORE_SIGHTING, &last,
               error) &&
           find_ends(store, (gint64)first, &info->oldest_ms, &ignored, error) &&
           find_ends(store, (gint64)last, &ignored, &info->newest_ms, error);
}

gboolean beacon_store_info(beacon_store *store, struct beacon_store_info *ret_info, GError **error)
{
    static const char rows_of_kind[] = "SELECT sum(rows) FROM chunk WHERE kind = ?";
    char *wal = g_strconcat(store->path, "-wal", NULL);
    struct beacon_store_info info = {.version = BEACON_STORE_VERSION,
                                     .bytes = size_of(store->path) + size_of(wal),
                                     .retention_days = store->retention_days};
    guint64 is_due;
    bool is_known = ask(store, rows_of_kind, BCN_STORE_SIGHTING, &info.sightings, error) &&
                    ask(store, rows_of_kind, BCN_STORE_ENCOUNTER, &info.encounters, error) &&
                    ask(store, rows_of_kind, BCN_STORE_UNDATED, &info.undated, error) &&
                    ask(store, "SELECT count(*) FROM chunk", 0, &info.chunks, error) &&
                    ask(store, "SELECT purge_is_due FROM store", 0, &is_due, error) &&
                    find_span(store, &info, error);

    g_free(wal);
    if (!is_known)
        return FALSE;
    info.purge_is_due = is_due != 0;
    *ret_info = info;
    return TRUE;
}

static bool list_days(beacon_store *store, GArray *days, GError **error)
{
    sqlite3_stmt *statement = bcn_store_prepare(
        &store->reader,
        "SELECT day, sum(rows) FILTER (WHERE kind = 0), sum(rows) FILTER (WHERE kind = 1) "
        "FROM chunk WHERE kind IN (0, 1) GROUP BY day ORDER BY day",
        error);
    int step;

    if (!statement)
        return false;
    while ((step = bcn_store_step(&store->reader, statement, error)) == 1) {
        const struct beacon_store_day day = {
            .day = sqlite3_column_int64(statement, 0),
            .sightings = (guint64)sqlite3_column_int64(statement, 1),
            .encounters = (guint64)sqlite3_column_int64(statement, 2)};

        g_array_append_val(days, day);
    }
    sqlite3_finalize(statement);
    return step == 0;
}

GArray *beacon_store_days(beacon_store *store, GError **error)
{
    GArray *days = g_array_new(FALSE, FALSE, sizeof(struct beacon_store_day));
    bool is_known;

    g_mutex_lock(&store->reading);
    is_known = list_days(store, days, error);
    g_mutex_unlock(&store->reading);
    if (is_known)
        return days;
    g_array_unref(days);
    return NULL;
}
