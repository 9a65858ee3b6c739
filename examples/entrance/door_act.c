/* SPDX-License-Identifier: MIT */
/* What a door may be asked for. Every refusal says why, in words for the guard. */
#include "door_own.h"

#include "say.h"
#include "tongue.h"

#define COUNT_MAX 999

G_DEFINE_QUARK(door - error - quark, door_error)

static gboolean refuse(GError **error, enum door_error code, const char *text)
{
    g_set_error_literal(error, DOOR_ERROR, (gint)code, text);
    return FALSE;
}

static gboolean not_now(GError **error, const char *text)
{
    return refuse(error, DOOR_ERROR_NOT_NOW, text);
}

gboolean door_is_checking(const struct door *door)
{
    struct checkpoint_view view;

    checkpoint_view(door->checkpoint, &view);
    return view.phase == CHECKPOINT_LISTENING || view.phase == CHECKPOINT_ASKING ||
           view.phase == CHECKPOINT_OPENED;
}

/* ---- A check ---- */

static gboolean begin(struct door *door, GError **error)
{
    struct checkpoint_time now = door_now(door);

    if (door->calibrator != NULL)
        return not_now(error, _("a calibration is under way"));
    return checkpoint_begin(door->checkpoint, &now) || not_now(error, _("a check is under way"));
}

static gboolean opened(struct door *door, GError **error)
{
    struct checkpoint_time now = door_now(door);
    struct checkpoint_view view;

    if (!checkpoint_opened(door->checkpoint, &now))
        return not_now(error, _("no check is under way"));
    checkpoint_view(door->checkpoint, &view);
    if (door->lines != NULL)
        lines_opened(door->lines, now.wall_us, view.check);
    return TRUE;
}

static gboolean later(struct door *door, GError **error)
{
    struct checkpoint_time now = door_now(door);

    return checkpoint_later(door->checkpoint, &now) || not_now(error, _("no check is under way"));
}

/* ---- Rows ---- */

static gboolean is_recent(struct door *door, gint64 length_us)
{
    return door->row.id != 0 && beacon_clock_monotonic_us(door->clock) - door->row_us < length_us;
}

/* What was meant for one row shall not reach another that has come meanwhile. */
static gboolean another_row(GError **error)
{
    return not_now(error, _("somebody else has come meanwhile; nothing was changed"));
}

static gboolean undo(struct door *door, gint64 id, GError **error)
{
    if (id != 0 && id != door->row.id)
        return another_row(error);
    if (!is_recent(door, DOOR_UNDO_US))
        return not_now(error, _("there is nothing to undo: a row can be for 10 seconds"));
    if (!tally_void(door->tally, door->row.id, error))
        return FALSE;
    door->row.id = 0;
    door_sum(door);
    return TRUE;
}

static gboolean is_note_sound(const struct door_note *note)
{
    return note->installed >= INSTALLED_UNKNOWN && note->installed <= INSTALLED_NO &&
           !(note->exempt && note->installed != INSTALLED_UNKNOWN &&
             note->installed != INSTALLED_NO);
}

static void put_note(struct tally_row *row, const struct door_note *note)
{
    row->installed = note->installed;
    row->installed_seen = note->installed_seen != FALSE;
    row->told = note->told != FALSE;
    row->helped = note->helped != FALSE;
    row->exempt = note->exempt != FALSE;
    row->declined = note->declined != FALSE;
}

static gboolean amend_row(struct door *door, gint64 id, const struct door_note *note,
                          GError **error)
{
    struct tally_row row = door->row;

    if (!is_recent(door, DOOR_AMEND_US))
        return not_now(error,
                       _("there is no row to add that to: a row can be amended for a minute"));
    if (id != row.id)
        return another_row(error);
    put_note(&row, note);
    row.id = tally_replace(door->tally, door->row.id, &row, error);
    if (row.id == 0)
        return FALSE;
    door->row = row;
    door_sum(door);
    return TRUE;
}

static gboolean amend_check(struct door *door, const struct door_note *note, GError **error)
{
    if (!door_is_checking(door))
        return not_now(error, _("no check is under way"));
    door->note = *note;
    return note->exempt || note->declined ? later(door, error) : TRUE;
}

static gboolean amend(struct door *door, gint64 id, const struct door_note *note, GError **error)
{
    if (!is_note_sound(note))
        return refuse(error, DOOR_ERROR_INPUT,
                      _("whoever has no smartphone cannot have installed the app"));
    return id == 0 ? amend_check(door, note, error) : amend_row(door, id, note, error);
}

static gboolean by_hand(struct door *door, const struct door_action *action, GError **error)
{
    struct tally_row row = {.verdict = VERDICT_NONE, .count = action->count, .by_hand = TRUE};

    if (action->count < 1 || action->count > COUNT_MAX)
        return refuse(error, DOOR_ERROR_INPUT, _("expected a count from 1 to 999"));
    if (!is_note_sound(&action->note))
        return refuse(error, DOOR_ERROR_INPUT,
                      _("whoever has no smartphone cannot have installed the app"));
    put_note(&row, &action->note);
    door_add_row(door, &row);
    return TRUE;
}

/* ---- How it goes on ---- */

static gboolean set_mode(struct door *door, enum check_mode mode, GError **error)
{
    struct checkpoint_time now = door_now(door);

    if ((guint)mode >= MODES)
        return refuse(error, DOOR_ERROR_INPUT, _("there is no such mode"));
    if (door->calibrator != NULL)
        return not_now(error, _("a calibration is under way"));
    if (door_is_checking(door))
        return not_now(error, _("a check is under way"));
    door->mode = mode;
    checkpoint_set_mode(door->checkpoint, mode, &now);
    return TRUE;
}

static gboolean set_person(struct door *door, enum person person, GError **error)
{
    if (person != PERSON_STAFF && person != PERSON_VISITOR)
        return refuse(error, DOOR_ERROR_INPUT, _("expected staff or visitor"));
    door->person = person;
    return TRUE;
}

static gboolean set_direction(struct door *door, enum direction direction, GError **error)
{
    if (direction != DIRECTION_IN && direction != DIRECTION_OUT)
        return refuse(error, DOOR_ERROR_INPUT, _("expected in or out"));
    door->direction = direction;
    return TRUE;
}

/* ---- Calibration ---- */

/* The checkpoint goes on hearing, and begins no check of its own accord, nor visits anybody. */
static void hold_checks(struct door *door, gboolean hold)
{
    struct checkpoint_time now = door_now(door);

    checkpoint_set_mode(door->checkpoint, hold ? MODE_WALK_THROUGH : door->mode, &now);
}

static gboolean calibrate(struct door *door, GError **error)
{
    if (door->calibrator != NULL)
        return not_now(error, _("a calibration is under way"));
    if (door_is_checking(door))
        return not_now(error, _("a check is under way"));
    door->calibrator = calibrator_new(door->calibration.number != 0 ? &door->calibration : NULL,
                                      door->has_reference ? &door->reference : NULL);
    hold_checks(door, TRUE);
    return TRUE;
}

static gboolean no_calibration(GError **error)
{
    return not_now(error, _("no calibration is under way"));
}

static gboolean next_step(struct door *door, GError **error)
{
    if (door->calibrator == NULL)
        return no_calibration(error);
    return calibrator_next(door->calibrator, beacon_clock_monotonic_us(door->clock)) ||
           not_now(error, _("this step is being measured"));
}

static gboolean skip_steps(struct door *door, GError **error)
{
    if (door->calibrator == NULL)
        return no_calibration(error);
    return calibrator_skip(door->calibrator) ||
           not_now(error, _("only the steps with an iPhone can be left out"));
}

static void end_calibration(struct door *door)
{
    door->calibrator = calibrator_free(door->calibrator);
    hold_checks(door, FALSE);
}

static gboolean stop_calibrating(struct door *door, GError **error)
{
    if (door->calibrator == NULL)
        return no_calibration(error);
    end_calibration(door);
    return TRUE;
}

void door_set_reference_level(const struct door *door, struct calibration *calibration)
{
    if (door->reference_dbm != 0 && calibration->has_reference)
        calibration->reference_dbm = door->reference_dbm;
}

/* One that cannot be kept is in force all the same; that it will not be after a restart is told. */
static void put_in_force(struct door *door, const struct calibration *calibration)
{
    g_autofree char *text = calibration_text(calibration);
    g_autoptr(GError) error = NULL;

    door->calibration = *calibration;
    checkpoint_calibrate(door->checkpoint, calibration);
    if (door->calibration_path != NULL &&
        !calibration_save(calibration, door->calibration_path, &error)) {
        g_autofree char *both = g_strdup_printf("%s\n%s", text, error->message);

        door_set_text(door, &door->notice, both);
        return;
    }
    door_set_text(door, &door->notice, text);
}

void door_finish_calibration(struct door *door)
{
    struct calibration calibration;
    g_autoptr(GError) error = NULL;

    if (calibrator_finish(door->calibrator,
                          door->quality == CLOCK_SET ? beacon_clock_wall_us(door->clock) / 1000 : 0,
                          &calibration, &error)) {
        door_set_reference_level(door, &calibration);
        put_in_force(door, &calibration);
    } else {
        door_set_text(door, &door->notice, error->message);
    }
    end_calibration(door);
}

void door_give_up_calibration(struct door *door)
{
    end_calibration(door);
    door_set_text(door, &door->notice,
                  _("the calibration has ended: nobody went on with it for ten minutes"));
}

/* ---- All of it ---- */

static gboolean act(struct door *door, const struct door_action *action, GError **error)
{
    switch (action->act) {
    case DOOR_DO_BEGIN:
        return begin(door, error);
    case DOOR_DO_OPENED:
        return opened(door, error);
    case DOOR_DO_LATER:
        return later(door, error);
    case DOOR_DO_UNDO:
        return undo(door, action->row, error);
    case DOOR_DO_AMEND:
        return amend(door, action->row, &action->note, error);
    case DOOR_DO_BY_HAND:
        return by_hand(door, action, error);
    case DOOR_DO_PERSON:
        return set_person(door, action->person, error);
    case DOOR_DO_DIRECTION:
        return set_direction(door, action->direction, error);
    case DOOR_DO_MODE:
        return set_mode(door, action->mode, error);
    case DOOR_DO_CALIBRATE:
        return calibrate(door, error);
    case DOOR_DO_NEXT_STEP:
        return next_step(door, error);
    case DOOR_DO_SKIP_STEPS:
        return skip_steps(door, error);
    case DOOR_DO_STOP_CALIBRATING:
        return stop_calibrating(door, error);
    }
    return refuse(error, DOOR_ERROR_INPUT, _("there is no such action"));
}

gboolean door_act(struct door *door, const struct door_action *action, GError **error)
{
    gboolean is_done;
    gpointer before;

    if (door->notice != NULL)
        door_set_text(door, &door->notice, NULL);
    is_done = act(door, action, error);
    before = tongue_of_program(); /* a refusal is for who asked, what follows for all screens */
    if (is_done) {
        door->is_news = TRUE;
        door_tick(door);
    } else {
        door_refresh(door);
    }
    tongue_back(before);
    return is_done;
}

const char *door_calibration_text(guint step, enum language language)
{
    return calibration_step_text((enum calibration_step)MIN(step, CALIBRATION_STEPS - 1), language);
}
