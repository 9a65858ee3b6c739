/* SPDX-License-Identifier: MIT */
/* The tally: rows are given a number, rounded, and written, or wait in memory until they can be. */
#include "tally_state.h"

#include "say.h"
#include "tally_schema.h"

#include <string.h>

/* What memory holds while the disk is full or the clock unknown: weeks of a busy door. */
enum { WAITING_MAX = 10000, NOTES_MAX = 2000 };
enum { BATCH = 256 }; /* written at once */

/* Noted once a minute; a longer silence is time in which it was not running. */
enum { ALIVE_GAP_S = 150 };

static GTimeZone *open_zone(const char *name, GError **error)
{
    GTimeZone *zone =
        name != NULL && *name != '\0' ? g_time_zone_new_identifier(name) : g_time_zone_new_local();

    if (zone == NULL)
        g_set_error(error, TALLY_ERROR, TALLY_ERROR_ZONE,
                    _("%s: unknown time zone; expected such as Asia/Ho_Chi_Minh or +07:00"), name);
    return zone;
}

static struct tally *new_tally(const struct tally_options *options)
{
    struct tally *tally = g_new0(struct tally, 1);

    tally->is_reader = options->read_only;
    tally->condense_days = options->condense_days != 0 ? options->condense_days : 30;
    tally->waiting = g_array_new(FALSE, FALSE, sizeof(struct tally_op));
    tally->slots = g_array_new(FALSE, FALSE, sizeof(struct tally_slot));
    tally->alive = g_array_new(FALSE, FALSE, sizeof(struct tally_alive));
    return tally;
}

struct tally *tally_open(const char *path, const struct tally_options *options, GError **error)
{
    struct tally_options own = {.size = sizeof(own)};
    struct tally *tally;

    if (options != NULL)
        memcpy(&own, options, MIN(options->size, sizeof(own)));
    tally = new_tally(&own);
    tally->zone = open_zone(own.timezone, error);
    if (tally->zone != NULL)
        tally->file = tally_file_open(path, &own, error);
    if (tally->file == NULL || !tally_file_next_id(tally->file, &tally->next_id, error))
        return tally_free(tally);
    return tally;
}

/* ---- What waits ---- */

/* Keeps what went wrong, for health; takes the error, NULL being none. */
static void set_problem(struct tally *tally, GError *error)
{
    g_clear_pointer(&tally->problem, g_free);
    if (error != NULL)
        tally->problem = g_strdup(error->message);
    g_clear_error(&error);
}

struct tally_row tally_row_rounded(const struct tally_row *row)
{
    struct tally_row rounded = *row;

    rounded.time_ms = MAX(row->time_ms, 0) / TALLY_STEP_MS * TALLY_STEP_MS;
    rounded.seconds = MIN(row->seconds, TALLY_SECONDS_MAX);
    return rounded;
}

/* Whether something that waits makes the row void. */
static gboolean is_voided_in_memory(const struct tally *tally, gint64 id)
{
    for (guint i = 0; i < tally->waiting->len; i++) {
        const struct tally_op *op = &g_array_index(tally->waiting, struct tally_op, i);

        if ((op->is_void ? op->row.id : op->row.replaces) == id)
            return TRUE;
    }
    return FALSE;
}

/* It can be moved to its true time only while it waits. */
static gboolean waits_for_clock(const struct tally_op *op)
{
    return !op->is_void && op->row.clock == CLOCK_UNKNOWN;
}

static gboolean may_be_written(const struct tally_op *op, gboolean forced)
{
    return forced || !waits_for_clock(op);
}

/* The first of those that may be written, as they will stand in the file. */
static GArray *take_batch(struct tally *tally, gboolean forced, guint size)
{
    GArray *batch = g_array_new(FALSE, FALSE, sizeof(struct tally_op));

    for (guint i = 0; i < tally->waiting->len && batch->len < size; i++) {
        const struct tally_op *waiting = &g_array_index(tally->waiting, struct tally_op, i);
        struct tally_op op;

        if (!may_be_written(waiting, forced))
            continue;
        op = (struct tally_op){waiting->is_void, tally_row_rounded(&waiting->row)};
        g_array_append_val(batch, op);
    }
    return batch;
}

static void drop_batch(struct tally *tally, gboolean forced, guint count)
{
    guint kept = 0;

    for (guint i = 0; i < tally->waiting->len; i++) {
        struct tally_op op = g_array_index(tally->waiting, struct tally_op, i);

        if (count > 0 && may_be_written(&op, forced))
            count--;
        else
            g_array_index(tally->waiting, struct tally_op, kept++) = op;
    }
    g_array_set_size(tally->waiting, kept);
}

/*
 * Writes what may be written, all that waits when it is `forced`, piece by piece; FALSE and a
 * problem when the disk does not take it. A disk that did not take the last is tried with one.
 */
static gboolean write_waiting(struct tally *tally, gboolean forced)
{
    guint size = tally->problem != NULL ? 1 : BATCH, count;
    GError *error = NULL;

    do {
        GArray *batch = take_batch(tally, forced, size);

        count = batch->len;
        if (count > 0 && tally_file_write(tally->file, batch, &error))
            drop_batch(tally, forced, count);
        g_array_unref(batch);
        size = BATCH;
    } while (count > 0 && error == NULL);
    set_problem(tally, error);
    return tally->problem == NULL;
}

/* FALSE: there is no room, and it is lost. */
static gboolean put(struct tally *tally, const struct tally_op *op)
{
    if (tally->waiting->len >= WAITING_MAX)
        write_waiting(tally, TRUE);
    if (tally->waiting->len >= WAITING_MAX) {
        tally->lost++;
        return FALSE;
    }
    g_array_append_val(tally->waiting, *op);
    write_waiting(tally, FALSE);
    return TRUE;
}

static void check_row(const struct tally_row *row)
{
    for (gsize i = 0; i < TALLY_COLUMNS; i++) {
        guint32 value = tally_column_get(row, i);

        g_assert(tally_columns[i].offset == offsetof(struct tally_row, seconds) ||
                 (value >= tally_columns[i].min && value <= tally_columns[i].max));
    }
}

/* From the time that an unset clock told to the true one. */
static void move_row(struct tally_row *row, gint64 offset_ms)
{
    if (row->clock == CLOCK_SET)
        return;
    row->time_ms += offset_ms;
    row->clock = CLOCK_SET;
}

static gint64 add(struct tally *tally, const struct tally_row *row, gint64 replaces)
{
    struct tally_op op = {.row = *row};

    g_assert(!tally->is_reader);
    check_row(row);
    op.row.id = tally->next_id;
    op.row.replaces = replaces;
    op.row.voided = FALSE;
    if (tally->clock_is_set)
        move_row(&op.row, tally->offset_ms); /* one that was seen before, amended */
    if (!put(tally, &op))
        return 0;
    return tally->next_id++;
}

gint64 tally_add(struct tally *tally, const struct tally_row *row)
{
    return add(tally, row, 0);
}

static gboolean is_waiting(const struct tally *tally, gint64 id)
{
    for (guint i = 0; i < tally->waiting->len; i++) {
        const struct tally_op *op = &g_array_index(tally->waiting, struct tally_op, i);

        if (!op->is_void && op->row.id == id)
            return TRUE;
    }
    return FALSE;
}

/* Whether the row can be made void; else an error that says why not. */
static gboolean check_can_void(struct tally *tally, gint64 id, GError **error)
{
    enum tally_row_state state = TALLY_ROW_ABSENT;
    const char *why;

    if (is_waiting(tally, id))
        state = TALLY_ROW_THERE;
    else if (!tally_file_state(tally->file, id, &state, error))
        return FALSE;
    if (is_voided_in_memory(tally, id))
        state = TALLY_ROW_VOIDED;
    if (state == TALLY_ROW_THERE)
        return TRUE;
    why = state == TALLY_ROW_VOIDED      ? _("this visit is voided already")
          : state == TALLY_ROW_CONDENSED ? _("this visit is too old: only its hour is kept")
                                         : _("there is no such visit");
    g_set_error_literal(error, TALLY_ERROR, TALLY_ERROR_ROW, why);
    return FALSE;
}

static void set_no_room(GError **error)
{
    g_set_error_literal(error, TALLY_ERROR, TALLY_ERROR_IO,
                        _("the disk is full, and so is the memory for what waits"));
}

gboolean tally_void(struct tally *tally, gint64 id, GError **error)
{
    struct tally_op op = {.is_void = TRUE, .row.id = id, .row.count = 1};

    g_assert(!tally->is_reader);
    if (!check_can_void(tally, id, error))
        return FALSE;
    if (put(tally, &op))
        return TRUE;
    set_no_room(error);
    return FALSE;
}

gint64 tally_replace(struct tally *tally, gint64 id, const struct tally_row *row, GError **error)
{
    gint64 new_id;

    if (!check_can_void(tally, id, error))
        return 0;
    new_id = add(tally, row, id);
    if (new_id == 0)
        set_no_room(error);
    return new_id;
}

/* ---- Notes ---- */

/* The disk takes what it is given, unless rows that it did not take are still to be tried. */
static void note_written(struct tally *tally)
{
    for (guint i = 0; i < tally->waiting->len; i++)
        if (may_be_written(&g_array_index(tally->waiting, struct tally_op, i), FALSE))
            return;
    set_problem(tally, NULL);
}

static gboolean write_slots(struct tally *tally)
{
    GError *error = NULL;

    if (tally->slots->len == 0)
        return TRUE;
    if (!tally_file_write_slots(tally->file, tally->slots, &error)) {
        set_problem(tally, error);
        return FALSE;
    }
    g_array_set_size(tally->slots, 0);
    note_written(tally);
    return TRUE;
}

static struct tally_alive *last_alive(struct tally *tally)
{
    return &g_array_index(tally->alive, struct tally_alive, tally->alive->len - 1);
}

/* Past spans are forgotten once they are written; the one that goes on is kept. */
static gboolean write_alive(struct tally *tally)
{
    GError *error = NULL;

    if (tally->alive->len == 0)
        return TRUE;
    if (!tally_file_write_alive(tally->file, tally->alive, &error)) {
        set_problem(tally, error);
        return FALSE;
    }
    note_written(tally);
    tally->alive_s = last_alive(tally)->end_s;
    g_array_remove_range(tally->alive, 0, tally->alive->len - (tally->is_alive ? 1 : 0));
    return TRUE;
}

/* What memory cannot hold goes, the oldest first. */
static void bound(GArray *notes)
{
    if (notes->len > NOTES_MAX)
        g_array_remove_range(notes, 0, notes->len - NOTES_MAX);
}

void tally_note_visits(struct tally *tally, gint64 slot_start_ms, double visits, double variance)
{
    struct tally_slot slot = {
        .start_s = MAX(slot_start_ms, 0) / 1000 / TALLY_SLOT_S * TALLY_SLOT_S,
        .visits = visits,
        .variance = variance,
    };

    g_assert(!tally->is_reader && visits >= 0 && variance >= 0);
    g_array_append_val(tally->slots, slot);
    bound(tally->slots);
    if (tally->clock_is_set)
        write_slots(tally);
}

void tally_note_alive(struct tally *tally, gint64 now_ms, gboolean hears)
{
    gint64 now_s = MAX(now_ms, 0) / 1000;
    gboolean was_alive = tally->is_alive;

    g_assert(!tally->is_reader);
    tally->is_alive = hears;
    if (was_alive && hears && now_s >= last_alive(tally)->end_s &&
        now_s - last_alive(tally)->end_s <= ALIVE_GAP_S) {
        last_alive(tally)->end_s = now_s;
    } else if (hears) {
        struct tally_alive span = {now_s, now_s};

        g_array_append_val(tally->alive, span);
        tally->alive_s = 0;
        bound(tally->alive);
    }
    if (tally->clock_is_set && tally->alive->len > 0 &&
        (was_alive != hears || tally->alive->len > 1 ||
         last_alive(tally)->end_s - tally->alive_s >= TALLY_STEP_S))
        write_alive(tally);
}

/* ---- The clock ---- */

static void move_rows(struct tally *tally)
{
    for (guint i = 0; i < tally->waiting->len; i++) {
        struct tally_op *op = &g_array_index(tally->waiting, struct tally_op, i);

        if (!op->is_void)
            move_row(&op->row, tally->offset_ms);
    }
}

static void move_notes(struct tally *tally)
{
    gint64 offset_s = tally->offset_ms / 1000;

    for (guint i = 0; i < tally->alive->len; i++) {
        struct tally_alive *span = &g_array_index(tally->alive, struct tally_alive, i);

        span->start_s = MAX(span->start_s + offset_s, 0);
        span->end_s = MAX(span->end_s + offset_s, span->start_s);
    }
    for (guint i = 0; i < tally->slots->len; i++) {
        struct tally_slot *slot = &g_array_index(tally->slots, struct tally_slot, i);

        slot->start_s = MAX(slot->start_s + offset_s, 0) / TALLY_SLOT_S * TALLY_SLOT_S;
    }
}

void tally_settle(struct tally *tally, gboolean clock_is_set, gint64 offset_ms)
{
    gboolean had_problem = tally->problem != NULL;

    g_assert(!tally->is_reader);
    if (clock_is_set && !tally->clock_is_set) {
        tally->clock_is_set = TRUE;
        tally->offset_ms = offset_ms;
        move_rows(tally);
        move_notes(tally);
    }
    if (write_waiting(tally, FALSE) && tally->clock_is_set && write_slots(tally) &&
        (tally->alive->len > 1 || had_problem))
        write_alive(tally);
}

/* ---- Health and end ---- */

struct tally_health tally_health(struct tally *tally)
{
    return (struct tally_health){
        .on_disk = tally->waiting->len == 0,
        .waiting = tally->waiting->len,
        .lost = tally->lost,
        .problem = tally->problem,
    };
}

/* Times before the clock was set say nothing of when it heard, and go; rows say that somebody came,
 * and stay. */
static void write_all(struct tally *tally)
{
    write_waiting(tally, TRUE);
    if (!tally->clock_is_set)
        return;
    tally->is_alive = FALSE;
    write_slots(tally);
    write_alive(tally);
}

struct tally *tally_free(struct tally *tally)
{
    if (tally == NULL)
        return NULL;
    if (tally->file != NULL && !tally->is_reader)
        write_all(tally);
    tally_file_free(tally->file);
    g_clear_pointer(&tally->zone, g_time_zone_unref);
    g_array_unref(tally->waiting);
    g_array_unref(tally->slots);
    g_array_unref(tally->alive);
    g_free(tally->problem);
    g_free(tally);
    return NULL;
}
