/* SPDX-License-Identifier: MIT */
/* What a door writes down: rows, slots, that it lives; and the sums of today. */
#include "door_own.h"

#include <math.h>

#define ALIVE_US  (60 * G_USEC_PER_SEC)
#define SETTLE_US (5 * G_USEC_PER_SEC)
/* Shorter pauses are none: some radios do not scan while an iPhone is asked. */
#define PAUSE_US (5 * G_USEC_PER_SEC)

/* ---- The clock ---- */

static gboolean is_set(const struct door *door)
{
    return door->clock_is_set == NULL || door->clock_is_set(door->clock_user);
}

static gint64 ahead_us(struct door *door)
{
    return beacon_clock_wall_us(door->clock) - beacon_clock_monotonic_us(door->clock);
}

/* Once it is known to be right it stays so: a server out of reach makes no clock wrong. */
void door_check_clock(struct door *door)
{
    if (door->quality == CLOCK_SET || !is_set(door))
        return;
    door->quality = CLOCK_SET;
    tally_settle(door->tally, TRUE, (ahead_us(door) - door->ahead_us) / 1000);
    door->ahead_us = ahead_us(door);
    door->is_news = TRUE;
    door_sum(door);
}

/* Of a row. Before the clock is set, all rows are told by one wrong clock, so that one offset mends
 * them, however often it is moved meanwhile. */
static gint64 row_time_ms(struct door *door)
{
    return (door->quality == CLOCK_SET ? beacon_clock_wall_us(door->clock)
                                       : beacon_clock_monotonic_us(door->clock) + door->ahead_us) /
           1000;
}

/* ---- Sums of today ---- */

static void find_today(struct door *door, gint64 now_ms)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now_ms / 1000);
    g_autoptr(GDateTime) now = utc != NULL ? g_date_time_to_timezone(utc, door->zone) : NULL;
    g_autoptr(GDateTime) start = NULL, end = NULL;
    gint year, month, day;

    if (now == NULL) /* a clock beyond all calendars */
        return;
    g_date_time_get_ymd(now, &year, &month, &day);
    start = g_date_time_new(door->zone, year, month, day, 0, 0, 0);
    end = g_date_time_add_days(start, 1);
    door->day_start_ms = g_date_time_to_unix(start) * 1000;
    door->day_end_ms = g_date_time_to_unix(end) * 1000;
}

static void add_hour(const struct tally_hour *hour, gpointer user)
{
    struct door_visits *visits = user;
    double deviation = hour->visits_band / 1.96;

    if (!hour->is_counted)
        return;
    visits->visits += hour->visits;
    visits->variance += deviation * deviation;
}

void door_sum(struct door *door)
{
    gint64 now_ms = row_time_ms(door);

    if (now_ms < door->day_start_ms || now_ms >= door->day_end_ms)
        find_today(door, now_ms);
    door->visits.visits = door->visits.variance = 0;
    /* What cannot be read is told by the tally's health. */
    tally_sum(door->tally, door->day_start_ms, door->day_end_ms, &door->staff, &door->visitors,
              NULL);
    tally_hours(door->tally, door->day_start_ms, door->day_end_ms, add_hour, &door->visits, NULL);
    door->is_news = TRUE;
}

/* ---- Rows ---- */

void door_add_row(struct door *door, const struct tally_row *row)
{
    struct tally_row added = *row;

    added.time_ms = row_time_ms(door);
    added.clock = door->quality;
    added.direction = door->direction;
    added.person = door->person;
    added.mode = door->mode;
    added.id = tally_add(door->tally, &added);
    door->row = added;
    door->row_us = beacon_clock_monotonic_us(door->clock);
    door_sum(door);
}

/* An exempt person, or one who declines, is not put off: there is nothing to wait for. */
static enum reason reason_of(const struct checkpoint_result *result, const struct door_note *note)
{
    return result->reason == REASON_PUT_OFF && (note->exempt || note->declined) ? REASON_NONE
                                                                                : result->reason;
}

void door_take_result(struct door *door, const struct checkpoint_result *result)
{
    const struct door_note *note = &door->note;
    const struct tally_row row = {
        .verdict = result->verdict,
        .reason = reason_of(result, note),
        .platform = result->platform,
        .proof = result->proof,
        .seconds = (guint)lround(CLAMP(result->seconds, 0, 3600)),
        .calibration = result->calibration,
        .count = 1,
        .installed = note->installed,
        .installed_seen = note->installed_seen,
        .told = note->told,
        .helped = note->helped,
        .exempt = note->exempt,
        .declined = note->declined,
    };

    if (door->calibrator == NULL)
        door_add_row(door, &row);
    door->note = (struct door_note){.installed = INSTALLED_UNKNOWN};
}

/* ---- What the radio counts, and that we live ---- */

void door_take_slot(struct door *door, const struct counts_slot *slot)
{
    if (!slot->is_counted)
        return;
    tally_note_visits(door->tally, slot->start_us / 1000, slot->visits, slot->variance);
    door->visits.last_slot_us = slot->start_us;
    door_sum(door);
}

/* A disk that was full may have room again. */
static void settle(struct door *door, gint64 now_us)
{
    struct tally_health health = tally_health(door->tally);

    if (now_us - door->settled_us < SETTLE_US || (health.waiting == 0 && health.problem == NULL))
        return;
    door->settled_us = now_us;
    tally_settle(door->tally, door->quality == CLOCK_SET, 0);
}

/* Once a day, and not while somebody stands at the spot. An unset clock must not say what is old.
 */
static void condense(struct door *door)
{
    if (door->quality != CLOCK_SET || door->condensed_ms == door->day_start_ms ||
        door_is_checking(door))
        return;
    /* What cannot be is tried again in a minute; the tally's health tells of the disk. */
    if (tally_condense(door->tally, row_time_ms(door), NULL))
        door->condensed_ms = door->day_start_ms;
}

/* Noted once a minute, and when it changes: an adapter that is out for twenty seconds shall not
 * fall between two notes. */
static void note_hearing(struct door *door, gint64 now_us, gboolean is_due)
{
    struct checkpoint_view view;
    gboolean hears;

    checkpoint_view(door->checkpoint, &view);
    if (!view.is_deaf)
        door->heard_us = now_us;
    hears = !view.is_deaf || (door->is_hearing && now_us - door->heard_us < PAUSE_US);
    if (hears == door->is_hearing && !is_due)
        return;
    if (hears || door->is_hearing)
        tally_note_alive(door->tally, row_time_ms(door) - (now_us - door->heard_us) / 1000, TRUE);
    if (!hears)
        tally_note_alive(door->tally, row_time_ms(door), FALSE);
    door->is_hearing = hears;
}

void door_tell_alive(struct door *door)
{
    gint64 now_us = beacon_clock_monotonic_us(door->clock);
    gboolean is_due = door->alive_us == 0 || now_us - door->alive_us >= ALIVE_US;

    settle(door, now_us);
    note_hearing(door, now_us, is_due);
    if (!is_due)
        return;
    door->alive_us = now_us;
    door_sum(door);
    condense(door);
}
