/* SPDX-License-Identifier: MIT */
/* Looks whether a store is whole, and what is in it. */
#include "store/fail.h"
#include "store/store.h"
#include "store/text.h"

#include <beacon/identity.h>
#include <string.h>
#include <sys/stat.h>

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

static void note_damage(struct beacon_store_report *report, const struct bcn_store_scan *scan,
                        enum bcn_store_found found)
{
    GError *problem = NULL;

    report->damaged_chunks++;
    bcn_store_scan_fail(scan, found, &problem);
    note_problem(report, problem->message);
    g_error_free(problem);
}

/* One kind and day, in one transaction. */
static bool check_day(beacon_store *store, struct beacon_store_report *report, guint kind,
                      gint64 day, GError **error)
{
    enum bcn_store_found found = BCN_STORE_FAILED;
    struct bcn_store_scan scan;

    if (bcn_store_scan_day(&scan, &store->reader, &store->seal, kind, day, error))
        while ((found = bcn_store_scan_next(&scan, error)) > BCN_STORE_END) {
            if (found == BCN_STORE_CHUNK)
                note_chunk(report, &scan.head);
            else
                note_damage(report, &scan, found);
        }
    bcn_store_scan_end(&scan);
    return found == BCN_STORE_END;
}

static bool check_kind(beacon_store *store, struct beacon_store_report *report, guint kind,
                       GError **error)
{
    gint64 day = 0;

    for (;; day++) {
        if (!bcn_store_next_day(&store->reader, kind, day, &day, error))
            return false;
        if (day == G_MAXINT64)
            return true;
        if (!check_day(store, report, kind, day, error))
            return false;
    }
}

/* What SQLite calls damaged is a finding, not a failure; false: a failure. */
static bool take_problem(struct beacon_store_report *report, GError *problem, GError **error)
{
    if (!g_error_matches(problem, BEACON_STORE_ERROR, BEACON_STORE_ERROR_DAMAGED)) {
        g_propagate_error(error, problem);
        return false;
    }
    note_problem(report, problem->message);
    g_error_free(problem);
    return true;
}

static bool check_chunks(beacon_store *store, struct beacon_store_report *report, GError **error)
{
    for (guint kind = 0; kind < BCN_STORE_KINDS; kind++) {
        GError *problem = NULL;

        if (check_kind(store, report, kind, &problem))
            continue;
        report->damaged_chunks++; /* at least one, where the pages end to make sense */
        if (!take_problem(report, problem, error))
            return false;
    }
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
    sqlite3_finalize(statement);
    return !problem || take_problem(report, problem, error);
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
    return ask(store, "SELECT min(id) FROM day WHERE id >> 24 = ?", BCN_STORE_SIGHTING, &first,
               error) &&
           ask(store, "SELECT max(id) FROM day WHERE id >> 24 = ?", BCN_STORE_SIGHTING, &last,
               error) &&
           find_ends(store, bcn_store_day_of_number(first << 32), &info->oldest_ms, &ignored,
                     error) &&
           find_ends(store, bcn_store_day_of_number(last << 32), &ignored, &info->newest_ms, error);
}

gboolean beacon_store_info(beacon_store *store, struct beacon_store_info *ret_info, GError **error)
{
    static const char rows_of_kind[] = "SELECT sum(rows) FROM day WHERE id >> 24 = ?";
    char *wal = g_strconcat(store->path, "-wal", NULL);
    struct beacon_store_info info = {.version = BEACON_STORE_VERSION,
                                     .bytes = size_of(store->path) + size_of(wal),
                                     .retention_days = store->retention_days};
    guint64 is_due;
    bool is_known = ask(store, rows_of_kind, BCN_STORE_SIGHTING, &info.sightings, error) &&
                    ask(store, rows_of_kind, BCN_STORE_ENCOUNTER, &info.encounters, error) &&
                    ask(store, rows_of_kind, BCN_STORE_UNDATED, &info.undated, error) &&
                    ask(store, "SELECT sum(chunks) FROM day", 0, &info.chunks, error) &&
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
    sqlite3_stmt *statement =
        bcn_store_prepare(&store->reader,
                          "SELECT id & 0xFFFFFF AS number, sum(rows) FILTER (WHERE id >> 24 = 0), "
                          "sum(rows) FILTER (WHERE id >> 24 = 1) FROM day WHERE id >> 24 < 2 "
                          "GROUP BY number ORDER BY number",
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
