/* SPDX-License-Identifier: MIT */
/*
 * The tally's file, an SQLite database, written and read.
 *
 * It has a write-ahead log with synchronous=FULL: a visit is one append and one wait for the disk,
 * which spares the card and the guard, a torn end is told by its checksum when the power comes
 * back, and a report that reads keeps nobody from writing.
 */
#include "tally_file.h"

#include "say.h"
#include "tally_database.h"
#include "tally_schema.h"

#include <math.h>

struct tally_file {
    struct tally_database *database;
    sqlite3 *sqlite; /* of the database */
    guint reading;   /* begun and not ended */
};

struct tally_file *tally_file_open(const char *path, const struct tally_options *options,
                                   GError **error)
{
    struct tally_database *database = tally_database_open(path, options, error);
    struct tally_file *file;

    if (database == NULL)
        return NULL;
    file = g_new0(struct tally_file, 1);
    file->database = database;
    file->sqlite = tally_database_sqlite(database);
    return file;
}

struct tally_file *tally_file_free(struct tally_file *file)
{
    if (file == NULL)
        return NULL;
    tally_database_free(file->database);
    g_free(file);
    return NULL;
}

static gboolean failed(struct tally_file *file, GError **error)
{
    return tally_database_failed(file->database, error);
}

static gboolean run(struct tally_file *file, const char *sql, GError **error)
{
    return sqlite3_exec(file->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK || failed(file, error);
}

static sqlite3_stmt *prepare(struct tally_file *file, const char *sql, GError **error)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(file->sqlite, sql, -1, &statement, NULL) != SQLITE_OK)
        failed(file, error);
    return statement;
}

/* The next row of the answer? FALSE at its end, and with an error. */
static gboolean next(struct tally_file *file, sqlite3_stmt *statement, gboolean *ret_good,
                     GError **error)
{
    int code = sqlite3_step(statement);

    *ret_good = code == SQLITE_ROW || code == SQLITE_DONE || failed(file, error);
    return code == SQLITE_ROW;
}

/* Runs a statement that answers nothing, and makes it ready for the next values. */
static gboolean step(struct tally_file *file, sqlite3_stmt *statement, GError **error)
{
    gboolean is_done = sqlite3_step(statement) == SQLITE_DONE || failed(file, error);

    sqlite3_reset(statement);
    return is_done;
}

static gboolean begin(struct tally_file *file, GError **error)
{
    return run(file, "BEGIN IMMEDIATE", error);
}

/* Ends what was begun: as good as it went, or as if it had never been. */
static gboolean end(struct tally_file *file, gboolean is_good, GError **error)
{
    if (is_good)
        is_good = run(file, "COMMIT", error);
    if (!is_good && !sqlite3_get_autocommit(file->sqlite))
        sqlite3_exec(file->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return is_good;
}

static gboolean ask_integer(struct tally_file *file, const char *sql, gint64 *ret_value,
                            GError **error)
{
    sqlite3_stmt *statement = prepare(file, sql, error);
    gboolean is_good = FALSE;

    if (statement != NULL && next(file, statement, &is_good, error))
        *ret_value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return is_good;
}

/* A row that was voided in the file and lost from memory with the power had an id, too. */
gboolean tally_file_next_id(struct tally_file *file, gint64 *ret_id, GError **error)
{
    return ask_integer(file,
                       "SELECT 1 + max((SELECT coalesce(max(seq), 0) FROM sqlite_sequence),"
                       " (SELECT coalesce(max(id), 0) FROM voided))",
                       ret_id, error);
}

gboolean tally_file_state(struct tally_file *file, gint64 id, enum tally_row_state *ret_state,
                          GError **error)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM voided WHERE id = %" G_GINT64_FORMAT ") THEN %d"
        " WHEN EXISTS (SELECT 1 FROM visit WHERE id = %" G_GINT64_FORMAT ") THEN %d"
        " WHEN %" G_GINT64_FORMAT " BETWEEN 1 AND (SELECT max(seq) FROM sqlite_sequence) THEN %d"
        " ELSE %d END",
        id, TALLY_ROW_VOIDED, id, TALLY_ROW_THERE, id, TALLY_ROW_CONDENSED, TALLY_ROW_ABSENT);
    gint64 state = TALLY_ROW_ABSENT;

    if (!ask_integer(file, sql, &state, error))
        return FALSE;
    *ret_state = (enum tally_row_state)state;
    return TRUE;
}

/* "id, time, replaces, clock, …" */
static void append_visit_columns(GString *sql)
{
    g_string_append(sql, "id, time, replaces");
    for (gsize i = 0; i < TALLY_COLUMNS; i++)
        g_string_append_printf(sql, ", %s", tally_columns[i].name);
}

enum { COLUMN_ID, COLUMN_TIME, COLUMN_REPLACES, COLUMN_FIRST };

/* A row that came to the disk although its writing was said to have failed stands there already. */
static sqlite3_stmt *prepare_insert(struct tally_file *file, GError **error)
{
    GString *sql = g_string_new("INSERT INTO visit (");
    sqlite3_stmt *statement;

    append_visit_columns(sql);
    g_string_append(sql, ") VALUES (?, ?, ?");
    for (gsize i = 0; i < TALLY_COLUMNS; i++)
        g_string_append(sql, ", ?");
    g_string_append(sql, ") ON CONFLICT (id) DO NOTHING");
    statement = prepare(file, sql->str, error);
    g_string_free(sql, TRUE);
    return statement;
}

static gboolean insert(struct tally_file *file, sqlite3_stmt *statement,
                       const struct tally_row *row, GError **error)
{
    sqlite3_bind_int64(statement, 1 + COLUMN_ID, row->id);
    sqlite3_bind_int64(statement, 1 + COLUMN_TIME, row->time_ms / 1000);
    if (row->replaces != 0)
        sqlite3_bind_int64(statement, 1 + COLUMN_REPLACES, row->replaces);
    else
        sqlite3_bind_null(statement, 1 + COLUMN_REPLACES);
    for (gsize i = 0; i < TALLY_COLUMNS; i++)
        sqlite3_bind_int64(statement, 1 + COLUMN_FIRST + (int)i, tally_column_get(row, i));
    return step(file, statement, error);
}

static gboolean write_op(struct tally_file *file, sqlite3_stmt *add, sqlite3_stmt *voids,
                         const struct tally_op *op, GError **error)
{
    gint64 voided = op->is_void ? op->row.id : op->row.replaces;

    if (!op->is_void && !insert(file, add, &op->row, error))
        return FALSE;
    if (voided == 0)
        return TRUE;
    sqlite3_bind_int64(voids, 1, voided);
    return step(file, voids, error);
}

gboolean tally_file_write(struct tally_file *file, const GArray *ops, GError **error)
{
    sqlite3_stmt *add = prepare_insert(file, error), *voids = NULL;
    gboolean is_good = FALSE;

    if (add != NULL)
        voids = prepare(file, "INSERT OR IGNORE INTO voided VALUES (?)", error);
    if (voids != NULL && begin(file, error)) {
        is_good = TRUE;
        for (guint i = 0; i < ops->len && is_good; i++)
            is_good = write_op(file, add, voids, &g_array_index(ops, struct tally_op, i), error);
        is_good = end(file, is_good, error);
    }
    sqlite3_finalize(voids);
    sqlite3_finalize(add);
    return is_good;
}

static gint64 thousandths(double value)
{
    return (gint64)llround(CLAMP(value, 0, 1e12) * 1000);
}

gboolean tally_file_write_slots(struct tally_file *file, const GArray *slots, GError **error)
{
    sqlite3_stmt *statement = prepare(file, "INSERT OR REPLACE INTO slot VALUES (?, ?, ?)", error);
    gboolean is_good = FALSE;

    if (statement != NULL && begin(file, error)) {
        is_good = TRUE;
        for (guint i = 0; i < slots->len && is_good; i++) {
            const struct tally_slot *slot = &g_array_index(slots, struct tally_slot, i);

            sqlite3_bind_int64(statement, 1, slot->start_s);
            sqlite3_bind_int64(statement, 2, thousandths(slot->visits));
            sqlite3_bind_int64(statement, 3, thousandths(slot->variance));
            is_good = step(file, statement, error);
        }
        is_good = end(file, is_good, error);
    }
    sqlite3_finalize(statement);
    return is_good;
}

gboolean tally_file_write_alive(struct tally_file *file, const GArray *spans, GError **error)
{
    sqlite3_stmt *statement =
        prepare(file,
                "INSERT INTO alive VALUES (?, ?)"
                " ON CONFLICT (start) DO UPDATE SET until = max(until, excluded.until)",
                error);
    gboolean is_good = FALSE;

    if (statement != NULL && begin(file, error)) {
        is_good = TRUE;
        for (guint i = 0; i < spans->len && is_good; i++) {
            const struct tally_alive *span = &g_array_index(spans, struct tally_alive, i);

            sqlite3_bind_int64(statement, 1, span->start_s);
            sqlite3_bind_int64(statement, 2, span->end_s);
            is_good = step(file, statement, error);
        }
        is_good = end(file, is_good, error);
    }
    sqlite3_finalize(statement);
    return is_good;
}

gboolean tally_file_begin_reading(struct tally_file *file, GError **error)
{
    if (file->reading == 0 && !run(file, "BEGIN", error))
        return FALSE;
    file->reading++;
    return TRUE;
}

void tally_file_end_reading(struct tally_file *file)
{
    if (--file->reading == 0)
        end(file, TRUE, NULL);
}

static void read_row(sqlite3_stmt *statement, struct tally_row *ret_row)
{
    *ret_row = (struct tally_row){
        .id = sqlite3_column_int64(statement, COLUMN_ID),
        .time_ms = sqlite3_column_int64(statement, COLUMN_TIME) * 1000,
        .replaces = sqlite3_column_int64(statement, COLUMN_REPLACES),
    };
    for (gsize i = 0; i < TALLY_COLUMNS; i++)
        tally_column_set(ret_row, i,
                         (guint32)sqlite3_column_int64(statement, COLUMN_FIRST + (int)i));
    ret_row->voided = sqlite3_column_int(statement, COLUMN_FIRST + TALLY_COLUMNS);
}

/* A row as the tables allow it; a damaged or made-up file may hold others. */
static gboolean check_row(struct tally_file *file, const struct tally_row *row, GError **error)
{
    for (gsize i = 0; i < TALLY_COLUMNS; i++) {
        guint32 value = tally_column_get(row, i);

        if (value < tally_columns[i].min || value > tally_columns[i].max)
            return tally_database_is_damaged(file->database, error);
    }
    return TRUE;
}

static sqlite3_stmt *prepare_span(struct tally_file *file, const char *sql, gint64 from_s,
                                  gint64 to_s, GError **error)
{
    sqlite3_stmt *statement = prepare(file, sql, error);

    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, from_s);
        sqlite3_bind_int64(statement, 2, to_s);
    }
    return statement;
}

gboolean tally_file_rows(struct tally_file *file, gint64 from_s, gint64 to_s, tally_row_fn *fn,
                         gpointer user, GError **error)
{
    GString *sql = g_string_new("SELECT ");
    sqlite3_stmt *statement;
    gboolean is_good = FALSE;

    append_visit_columns(sql);
    g_string_append(sql, ", id IN (SELECT id FROM voided) FROM visit"
                         " WHERE time >= ? AND time < ? ORDER BY id");
    statement = prepare_span(file, sql->str, from_s, to_s, error);
    while (statement != NULL && next(file, statement, &is_good, error)) {
        struct tally_row row;

        read_row(statement, &row);
        is_good = check_row(file, &row, error);
        if (!is_good)
            break;
        fn(&row, user);
    }
    sqlite3_finalize(statement);
    g_string_free(sql, TRUE);
    return is_good;
}

static void append_sum_columns(GString *sql)
{
    for (gsize i = 0; i < TALLY_SUM_COLUMNS; i++)
        g_string_append_printf(sql, ", \"%s\"", tally_sum_columns[i].name);
}

gboolean tally_file_hours(struct tally_file *file, gint64 from_s, gint64 to_s,
                          tally_file_hour_fn *fn, gpointer user, GError **error)
{
    GString *sql = g_string_new("SELECT start, person");
    sqlite3_stmt *statement;
    gboolean is_good = FALSE;

    append_sum_columns(sql);
    g_string_append(sql, " FROM hour WHERE start >= ? AND start < ? ORDER BY start, person");
    statement = prepare_span(file, sql->str, from_s, to_s, error);
    while (statement != NULL && next(file, statement, &is_good, error)) {
        struct tally_sums sums;

        for (gsize i = 0; i < TALLY_SUM_COLUMNS; i++)
            *tally_sum_at(&sums, i) = (guint64)MAX(sqlite3_column_int64(statement, 2 + (int)i), 0);
        fn(sqlite3_column_int64(statement, 0),
           sqlite3_column_int(statement, 1) == PERSON_STAFF ? PERSON_STAFF : PERSON_VISITOR, &sums,
           user);
    }
    sqlite3_finalize(statement);
    g_string_free(sql, TRUE);
    return is_good;
}

static gboolean each_slot(struct tally_file *file, const char *sql, gint64 from_s, gint64 to_s,
                          tally_file_slot_fn *fn, gpointer user, GError **error)
{
    sqlite3_stmt *statement = prepare_span(file, sql, from_s, to_s, error);
    gboolean is_good = FALSE;

    while (statement != NULL && next(file, statement, &is_good, error)) {
        struct tally_slot slot = {
            .start_s = sqlite3_column_int64(statement, 0),
            .visits = (double)sqlite3_column_int64(statement, 2) / 1000,
            .variance = (double)sqlite3_column_int64(statement, 3) / 1000,
        };

        fn(&slot, (guint)sqlite3_column_int(statement, 1), user);
    }
    sqlite3_finalize(statement);
    return is_good;
}

#define SINGLE_SLOTS "SELECT start, 1, visits, variance FROM slot WHERE start >= ?1 AND start < ?2"
#define ALL_SLOTS                                                                                  \
    SINGLE_SLOTS " UNION ALL SELECT start, slots, visits, variance FROM hour_slots"                \
                 " WHERE start >= ?1 AND start < ?2 ORDER BY 1"

gboolean tally_file_single_slots(struct tally_file *file, gint64 from_s, gint64 to_s,
                                 tally_file_slot_fn *fn, gpointer user, GError **error)
{
    return each_slot(file, SINGLE_SLOTS, from_s, to_s, fn, user, error);
}

gboolean tally_file_slots(struct tally_file *file, gint64 from_s, gint64 to_s,
                          tally_file_slot_fn *fn, gpointer user, GError **error)
{
    return each_slot(file, ALL_SLOTS, from_s, to_s, fn, user, error);
}

gboolean tally_file_alive(struct tally_file *file, gint64 from_s, gint64 to_s,
                          tally_file_alive_fn *fn, gpointer user, GError **error)
{
    sqlite3_stmt *statement = prepare_span(
        file, "SELECT start, until FROM alive WHERE until > ?1 AND start < ?2 ORDER BY start",
        from_s, to_s, error);
    gboolean is_good = FALSE;

    while (statement != NULL && next(file, statement, &is_good, error)) {
        struct tally_alive span = {.start_s = sqlite3_column_int64(statement, 0),
                                   .end_s = sqlite3_column_int64(statement, 1)};

        fn(&span, user);
    }
    sqlite3_finalize(statement);
    return is_good;
}

gboolean tally_file_condensed_until(struct tally_file *file, gint64 *ret_until_s, GError **error)
{
    *ret_until_s = 0;
    return ask_integer(file, "SELECT max(until) FROM condensed", ret_until_s, error);
}

/* ---- Condensing ---- */

static sqlite3_stmt *prepare_hour(struct tally_file *file, GError **error)
{
    GString *sql = g_string_new("INSERT INTO hour (start, person");
    sqlite3_stmt *statement;

    append_sum_columns(sql);
    g_string_append(sql, ") VALUES (?, ?");
    for (gsize i = 0; i < TALLY_SUM_COLUMNS; i++)
        g_string_append(sql, ", ?");
    g_string_append(sql, ") ON CONFLICT (start, person) DO UPDATE SET ");
    for (gsize i = 0; i < TALLY_SUM_COLUMNS; i++)
        g_string_append_printf(sql, "%s\"%s\" = \"%s\" + excluded.\"%s\"", i > 0 ? ", " : "",
                               tally_sum_columns[i].name, tally_sum_columns[i].name,
                               tally_sum_columns[i].name);
    statement = prepare(file, sql->str, error);
    g_string_free(sql, TRUE);
    return statement;
}

static gboolean write_sums(struct tally_file *file, sqlite3_stmt *statement, gint64 start_s,
                           enum person person, const struct tally_sums *sums, GError **error)
{
    struct tally_sums copy = *sums;

    if (sums->total == 0)
        return TRUE;
    sqlite3_bind_int64(statement, 1, start_s);
    sqlite3_bind_int(statement, 2, (int)person);
    for (gsize i = 0; i < TALLY_SUM_COLUMNS; i++)
        sqlite3_bind_int64(statement, 3 + (int)i, (gint64)*tally_sum_at(&copy, i));
    return step(file, statement, error);
}

static gboolean write_hour_slots(struct tally_file *file, sqlite3_stmt *statement,
                                 const struct tally_condensed_hour *hour, GError **error)
{
    if (hour->slots == 0)
        return TRUE;
    sqlite3_bind_int64(statement, 1, hour->start_s);
    sqlite3_bind_int64(statement, 2, hour->slots);
    sqlite3_bind_int64(statement, 3, thousandths(hour->visits));
    sqlite3_bind_int64(statement, 4, thousandths(hour->variance));
    return step(file, statement, error);
}

static gboolean write_hours(struct tally_file *file, const GArray *hours, GError **error)
{
    sqlite3_stmt *sums = prepare_hour(file, error), *slots = NULL;
    gboolean is_good = FALSE;

    if (sums != NULL)
        slots = prepare(file,
                        "INSERT INTO hour_slots VALUES (?, ?, ?, ?) ON CONFLICT (start) DO UPDATE"
                        " SET slots = slots + excluded.slots, visits = visits + excluded.visits,"
                        " variance = variance + excluded.variance",
                        error);
    is_good = slots != NULL;
    for (guint i = 0; i < hours->len && is_good; i++) {
        const struct tally_condensed_hour *hour =
            &g_array_index(hours, struct tally_condensed_hour, i);

        is_good = write_sums(file, sums, hour->start_s, PERSON_STAFF, &hour->staff, error) &&
                  write_sums(file, sums, hour->start_s, PERSON_VISITOR, &hour->visitors, error) &&
                  write_hour_slots(file, slots, hour, error);
    }
    sqlite3_finalize(slots);
    sqlite3_finalize(sums);
    return is_good;
}

/* The moment is set first: it lets rows go that lie before it. */
static gboolean remove_rows(struct tally_file *file, gint64 until_s, GError **error)
{
    g_autofree char *sql = g_strdup_printf(
        "UPDATE condensed SET until = max(until, %" G_GINT64_FORMAT "), is_clean = 0;"
        "DELETE FROM voided WHERE id IN (SELECT id FROM visit WHERE time < %" G_GINT64_FORMAT ");"
        "DELETE FROM visit WHERE time < %" G_GINT64_FORMAT ";"
        "DELETE FROM slot WHERE start < %" G_GINT64_FORMAT,
        until_s, until_s, until_s, until_s);

    return run(file, sql, error);
}

/*
 * Pages that were freed are zeroed already (secure_delete); making the file anew leaves nothing
 * between the rows that stay either, and the log is cut to nothing once it is all in the file.
 */
static gboolean clean(struct tally_file *file, GError **error)
{
    gint64 is_clean = 0;

    if (!ask_integer(file, "SELECT min(is_clean) FROM condensed", &is_clean, error))
        return FALSE;
    if (is_clean)
        return TRUE;
    return run(file, "VACUUM", error) && tally_database_empty_log(file->database, error) &&
           run(file, "UPDATE condensed SET is_clean = 1", error);
}

gboolean tally_file_condense(struct tally_file *file, gint64 until_s, const GArray *hours,
                             GError **error)
{
    g_autofree char *sql =
        g_strdup_printf("SELECT EXISTS (SELECT 1 FROM visit WHERE time < %" G_GINT64_FORMAT ")"
                        " OR EXISTS (SELECT 1 FROM slot WHERE start < %" G_GINT64_FORMAT ")",
                        until_s, until_s);
    gint64 is_due = FALSE;

    if (!ask_integer(file, sql, &is_due, error))
        return FALSE;
    if (is_due) {
        if (!begin(file, error) ||
            !end(file, write_hours(file, hours, error) && remove_rows(file, until_s, error), error))
            return FALSE;
    }
    return clean(file, error);
}
