/* SPDX-License-Identifier: MIT */
/* What the tally's database may hold: small integers in named ranges, and nothing else. */
#include "tally_schema.h"

#include <string.h>

#define COLUMN(name, min, max)                                                                     \
    {                                                                                              \
#name, offsetof(struct tally_row, name), min, max                                          \
    }

const struct tally_column tally_columns[TALLY_COLUMNS] = {
    COLUMN(clock, 0, CLOCK_SET),
    COLUMN(direction, 0, DIRECTION_OUT),
    COLUMN(person, 0, PERSON_VISITOR),
    COLUMN(mode, 0, MODES - 1),
    COLUMN(verdict, 0, VERDICTS - 1),
    COLUMN(reason, 0, REASONS - 1),
    COLUMN(platform, 0, BEACON_PLATFORM_IPHONE),
    COLUMN(proof, 0, PROOFS - 1),
    COLUMN(seconds, 0, TALLY_SECONDS_MAX),
    COLUMN(calibration, 0, 9999),
    COLUMN(count, 1, 999),
    COLUMN(installed, 0, INSTALLED_NO),
    COLUMN(installed_seen, 0, 1),
    COLUMN(told, 0, 1),
    COLUMN(helped, 0, 1),
    COLUMN(exempt, 0, 1),
    COLUMN(declined, 0, 1),
    COLUMN(by_hand, 0, 1),
};

guint32 tally_column_get(const struct tally_row *row, gsize column)
{
    guint32 value;

    memcpy(&value, (const char *)row + tally_columns[column].offset, sizeof(value));
    return value;
}

void tally_column_set(struct tally_row *row, gsize column, guint32 value)
{
    memcpy((char *)row + tally_columns[column].offset, &value, sizeof(value));
}

/* Rows are appended and never changed; they go only as a whole, once hours stand for them. */
static void append_visit(GString *sql)
{
    g_string_append(sql, "CREATE TABLE visit (\n"
                         "  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
                         "  time INTEGER NOT NULL CHECK (time >= 0 AND time % 300 = 0),\n");
    for (gsize i = 0; i < TALLY_COLUMNS; i++)
        g_string_append_printf(sql, "  %s INTEGER NOT NULL CHECK (%s BETWEEN %u AND %u),\n",
                               tally_columns[i].name, tally_columns[i].name, tally_columns[i].min,
                               tally_columns[i].max);
    g_string_append(sql, "  replaces INTEGER UNIQUE CHECK (replaces BETWEEN 1 AND id - 1)\n"
                         ") STRICT;\n"
                         "CREATE INDEX visit_time ON visit (time);\n"
                         "CREATE TABLE voided (id INTEGER PRIMARY KEY CHECK (id > 0)) STRICT;\n"
                         "CREATE TRIGGER visit_stays BEFORE UPDATE ON visit BEGIN\n"
                         "  SELECT RAISE(ABORT, 'a visit is never changed');\n"
                         "END;\n"
                         "CREATE TRIGGER voided_stays BEFORE UPDATE ON voided BEGIN\n"
                         "  SELECT RAISE(ABORT, 'what is void stays so');\n"
                         "END;\n"
                         "CREATE TRIGGER visit_is_condensed BEFORE DELETE ON visit\n"
                         "WHEN old.time >= (SELECT max(until) FROM condensed) BEGIN\n"
                         "  SELECT RAISE(ABORT, 'a visit is voided, not removed');\n"
                         "END;\n");
}

/* is_clean: no byte is left of the rows that were removed. */
static void append_hours(GString *sql)
{
    g_string_append(sql, "CREATE TABLE condensed (\n"
                         "  one INTEGER PRIMARY KEY CHECK (one = 1),\n"
                         "  until INTEGER NOT NULL CHECK (until >= 0 AND until % 300 = 0),\n"
                         "  is_clean INTEGER NOT NULL CHECK (is_clean IN (0, 1))\n"
                         ") STRICT;\n"
                         "INSERT INTO condensed VALUES (1, 0, 1);\n"
                         "CREATE TABLE hour (\n"
                         "  start INTEGER NOT NULL,\n"
                         "  person INTEGER NOT NULL CHECK (person BETWEEN 0 AND 1),\n");
    for (gsize i = 0; i < TALLY_SUM_COLUMNS; i++)
        g_string_append_printf(sql, "  \"%s\" INTEGER NOT NULL CHECK (\"%s\" >= 0),\n",
                               tally_sum_columns[i].name, tally_sum_columns[i].name);
    g_string_append(sql, "  PRIMARY KEY (start, person)\n"
                         ") STRICT, WITHOUT ROWID;\n");
}

/* Visits and variances are in thousandths. */
static void append_radio(GString *sql)
{
    g_string_append(sql, "CREATE TABLE slot (\n"
                         "  start INTEGER PRIMARY KEY CHECK (start >= 0 AND start % 900 = 0),\n"
                         "  visits INTEGER NOT NULL CHECK (visits >= 0),\n"
                         "  variance INTEGER NOT NULL CHECK (variance >= 0)\n"
                         ") STRICT;\n"
                         "CREATE TABLE hour_slots (\n"
                         "  start INTEGER PRIMARY KEY,\n"
                         "  slots INTEGER NOT NULL CHECK (slots > 0),\n"
                         "  visits INTEGER NOT NULL CHECK (visits >= 0),\n"
                         "  variance INTEGER NOT NULL CHECK (variance >= 0)\n"
                         ") STRICT;\n"
                         "CREATE TABLE alive (\n"
                         "  start INTEGER PRIMARY KEY CHECK (start >= 0),\n"
                         "  until INTEGER NOT NULL CHECK (until >= start)\n"
                         ") STRICT;\n");
}

char *tally_schema_sql(void)
{
    GString *sql = g_string_new(NULL);

    append_visit(sql);
    append_hours(sql);
    append_radio(sql);
    return g_string_free(sql, FALSE);
}
