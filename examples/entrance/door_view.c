/* SPDX-License-Identifier: MIT */
/* What a door shows, and to whom it tells that it has changed. */
#include "door_own.h"

#include "say.h"

#include <math.h>
#include <string.h>

#define DRIFT_DB 6.0

void door_set_text(struct door *door, char **text, const char *new_text)
{
    if (g_strcmp0(*text, new_text) == 0)
        return;
    g_free(*text);
    *text = g_strdup(new_text);
    door->is_news = TRUE;
}

/* ---- Trouble ---- */

static char *disk_trouble(struct door *door)
{
    struct tally_health health = tally_health(door->tally);

    if (health.lost > 0)
        return g_strdup_printf(dngettext("beacon-entrance", "%u row was lost: memory is full",
                                         "%u rows were lost: memory is full",
                                         (gulong)MIN(health.lost, G_MAXUINT32)),
                               (guint)MIN(health.lost, G_MAXUINT32));
    if (health.problem != NULL)
        return g_strdup_printf(_("the disk: %s; rows that wait in memory: %u"), health.problem,
                               health.waiting);
    return NULL;
}

static char *clock_trouble(struct door *door)
{
    if (door->quality == CLOCK_SET)
        return NULL;
    return g_strdup_printf(_("the clock is not set: rows are in memory only, and lost with the "
                             "power (%u); connect a network with a time server"),
                           tally_health(door->tally).waiting);
}

static guint capabilities(const struct door *door)
{
    return door->radio != NULL ? beacon_radio_capabilities(door->radio) : 0;
}

static char *radio_trouble(const struct door *door, const struct checkpoint_view *view)
{
    if (door->radio == NULL)
        return NULL; /* the radio's own text says it */
    if ((capabilities(door) & BEACON_RADIO_TELLS_RSSI) == 0)
        return g_strdup(_("this radio measures no signal strength: near cannot be told from far"));
    if ((capabilities(door) & BEACON_RADIO_HEARS_EVERYTHING) == 0)
        return g_strdup(_("beside bluetoothd too little is heard for a verdict: give the adapter "
                          "to the check (hci:)"));
    if (view->is_flooded)
        return g_strdup(_("a flood of transmitters: verdicts are held back"));
    return NULL;
}

static char *calibration_trouble(const struct door *door, const struct checkpoint_view *view)
{
    if (door->calibration.number == 0)
        return g_strdup(_("this spot is not calibrated: no verdict on a person until it is"));
    if (!calibration_separates(&door->calibration))
        return g_strdup(_("the spot cannot be told from the line: use a tray, move the line, or "
                          "count shares only"));
    if (fabs(view->green_drift_db) > DRIFT_DB)
        return g_strdup_printf(_("phones on the spot have drifted by %+.0f dB: calibrate again"),
                               view->green_drift_db);
    return NULL;
}

static char *trouble_of(struct door *door, const struct checkpoint_view *view)
{
    char *text = disk_trouble(door);

    if (text == NULL)
        text = clock_trouble(door);
    if (text == NULL)
        text = radio_trouble(door, view);
    return text != NULL ? text : calibration_trouble(door, view);
}

static void find_trouble(struct door *door, const struct checkpoint_view *view)
{
    g_autofree char *text = trouble_of(door, view);

    door_set_text(door, &door->trouble, text);
}

char *door_trouble(struct door *door)
{
    struct checkpoint_view view;

    checkpoint_view(door->checkpoint, &view);
    return trouble_of(door, &view);
}

/* ---- The view ---- */

static enum door_phase phase_of(const struct door *door, const struct checkpoint_view *view)
{
    static const enum door_phase phases[] = {
        [CHECKPOINT_IDLE] = DOOR_IDLE,       [CHECKPOINT_LISTENING] = DOOR_LISTENING,
        [CHECKPOINT_ASKING] = DOOR_ASKING,   [CHECKPOINT_OPENED] = DOOR_OPENED,
        [CHECKPOINT_SHOWING] = DOOR_SHOWING,
    };

    return door->calibrator != NULL ? DOOR_CALIBRATING : phases[view->phase];
}

static struct door_note note_of(const struct tally_row *row)
{
    return (struct door_note){
        .installed = row->installed,
        .installed_seen = row->installed_seen,
        .told = row->told,
        .helped = row->helped,
        .exempt = row->exempt,
        .declined = row->declined,
    };
}

static void show_row(struct door *door, struct door_view *view, gint64 now_us)
{
    gint64 age_us = now_us - door->row_us;

    if (door->row.id != 0 && age_us < DOOR_AMEND_US) {
        view->last_row = door->row.id;
        view->can_undo = age_us < DOOR_UNDO_US;
        view->note = note_of(&door->row);
    }
    if (door_is_checking(door))
        view->note = door->note;
}

/* Slots that are over are in the tally; the one under way is as far as it is. */
static void show_visits(const struct door *door, struct door_counts *counts)
{
    struct counts_sum all =
        counts_after(checkpoint_counts(door->checkpoint),
                     MAX(door->visits.last_slot_us, door->day_start_ms * 1000 - 1),
                     door->visits.visits, door->visits.variance);

    counts->visits = all.visits;
    counts->visits_low = MAX(all.visits - all.band, 0);
    counts->visits_high = all.visits + all.band;
}

static void show_counts(const struct door *door, const struct checkpoint_view *heard,
                        struct door_counts *counts)
{
    counts->near = heard->now.near;
    counts->middle = heard->now.middle;
    counts->far = heard->now.far;
    counts->is_counting = heard->now.is_counting;
    show_visits(door, counts);
}

static void show_calibration(const struct door *door, struct door_view *view)
{
    view->calibration = door->calibration.number;
    view->is_calibrated = door->calibration.number != 0;
    view->calibration_steps = CALIBRATION_STEPS;
    if (door->calibrator == NULL)
        return;
    view->calibration_step = (guint)calibrator_step(door->calibrator);
    view->calibration_left_s = calibrator_left_s(door->calibrator);
}

/* Bytes between the fields are zero, so that views can be compared whole. */
static void make_view(struct door *door, const struct checkpoint_view *heard,
                      struct door_view *view)
{
    struct checkpoint_time now = door_now(door);

    memset(view, 0, sizeof *view);
    view->change = door->view.change;
    view->is_over = door->view.is_over;
    view->time_ms = now.wall_us / 1000;
    view->clock = door->quality;
    view->phase = phase_of(door, heard);
    view->progress = heard->progress;
    view->verdict = heard->phase == CHECKPOINT_SHOWING ? heard->verdict : VERDICT_NONE;
    view->reason = heard->reason;
    view->platform = heard->platform;
    view->mode = door->mode;
    view->person = door->person;
    view->direction = door->direction;
    view->hears = heard->hears;
    view->is_deaf = heard->is_deaf;
    view->is_simulated = door->is_replay;
    view->radio_text = door->radio_text != NULL ? door->radio_text : "";
    view->trouble = door->trouble;
    view->notice = door->notice;
    view->staff = door->staff;
    view->visitors = door->visitors;
    show_row(door, view, now.monotonic_us);
    show_calibration(door, view);
    show_counts(door, heard, &view->counts);
}

/* ---- Who watches ---- */

static void forget_gone(struct door *door)
{
    for (guint i = door->watchers->len; i-- > 0;)
        if (g_array_index(door->watchers, struct door_watcher, i).fn == NULL)
            g_array_remove_index(door->watchers, i);
}

static void tell_watchers(struct door *door)
{
    gboolean is_outermost = !door->is_telling;

    door->view.change++;
    door->told_us = beacon_clock_monotonic_us(door->clock);
    door->is_telling = TRUE;
    /* A watcher may act, watch, and unwatch. */
    for (guint i = 0; i < door->watchers->len; i++) {
        struct door_watcher watcher = g_array_index(door->watchers, struct door_watcher, i);

        if (watcher.fn != NULL)
            watcher.fn(door, watcher.user);
    }
    if (!is_outermost)
        return;
    door->is_telling = FALSE;
    forget_gone(door);
}

guint door_watch(struct door *door, door_watch_fn *fn, gpointer user)
{
    struct door_watcher watcher = {.id = ++door->last_watch, .fn = fn, .user = user};

    g_array_append_val(door->watchers, watcher);
    return watcher.id;
}

void door_unwatch(struct door *door, guint watch)
{
    for (guint i = 0; i < door->watchers->len; i++) {
        struct door_watcher *watcher = &g_array_index(door->watchers, struct door_watcher, i);

        if (watcher->id == watch)
            watcher->fn = NULL;
    }
    if (!door->is_telling)
        forget_gone(door);
}

/* ---- Changes ---- */

/* What may wait until the ring moves on. */
static void drop_soft(struct door_view *view)
{
    view->change = 0;
    view->time_ms /= 60000;
    view->progress = 0;
    view->calibration_left_s = view->calibration_left_s > 0;
    memset(&view->counts, 0, sizeof view->counts);
}

static gboolean has_changed(const struct door_view *a, const struct door_view *b)
{
    return a->progress != b->progress || a->calibration_left_s != b->calibration_left_s ||
           memcmp(&a->counts, &b->counts, sizeof a->counts) != 0;
}

static gboolean has_news(const struct door_view *a, const struct door_view *b)
{
    struct door_view hard_a, hard_b;

    memcpy(&hard_a, a, sizeof hard_a);
    memcpy(&hard_b, b, sizeof hard_b);
    drop_soft(&hard_a);
    drop_soft(&hard_b);
    return memcmp(&hard_a, &hard_b, sizeof hard_a) != 0;
}

static gboolean may_move_ring(struct door *door)
{
    return beacon_clock_monotonic_us(door->clock) - door->told_us >= door->ring_us;
}

void door_refresh(struct door *door)
{
    struct checkpoint_view heard;
    struct door_view view;

    checkpoint_view(door->checkpoint, &heard);
    find_trouble(door, &heard);
    make_view(door, &heard, &view);
    door->is_news |= has_news(&view, &door->view);
    door->is_stirred |= has_changed(&view, &door->view);
    memcpy(&door->view, &view, sizeof view);
    if (!door->is_news && !(door->is_stirred && may_move_ring(door)))
        return;
    door->is_news = door->is_stirred = FALSE;
    tell_watchers(door);
}

const struct door_view *door_view(struct door *door)
{
    return &door->view;
}
