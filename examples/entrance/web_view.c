/* SPDX-License-Identifier: MIT */
/* A moment of the door as JSON, for the pages: texts in both languages, no identifier, no level. */
#include "web_parts.h"

#include <string.h>

#include "json.h"
#include "tongue.h"
#include "zone.h"

static const char *phase_name(enum door_phase phase)
{
    static const char *const names[] = {
        [DOOR_IDLE] = "idle",       [DOOR_LISTENING] = "listening",
        [DOOR_ASKING] = "asking",   [DOOR_OPENED] = "opened",
        [DOOR_SHOWING] = "showing", [DOOR_CALIBRATING] = "calibrating",
    };
    return names[phase];
}

static void put_both(yajl_gen json, const char *name, const char *vi, const char *en)
{
    json_key(json, name);
    yajl_gen_map_open(json);
    json_put_text(json, "vi", vi);
    json_put_text(json, "en", en);
    yajl_gen_map_close(json);
}

static void put_verdict(yajl_gen json, const struct door_view *view)
{
    json_put_text(json, "verdict", words_verdict_name(view->verdict));
    json_put_text(json, "reason", words_reason_name(view->reason));
    json_put_text(json, "icon", words_icon(view->verdict));
    put_both(json, "title", words_verdict(view->verdict, LANGUAGE_VI),
             words_verdict(view->verdict, LANGUAGE_EN));
    put_both(json, "after", words_after(view->verdict, LANGUAGE_VI),
             words_after(view->verdict, LANGUAGE_EN));
    put_both(json, "advice", words_reason(view->reason, LANGUAGE_VI),
             words_reason(view->reason, LANGUAGE_EN));
}

static void put_note(yajl_gen json, const struct door_note *note)
{
    json_key(json, "note");
    yajl_gen_map_open(json);
    json_put_text(json, "installed", words_installed_name(note->installed));
    json_put_flag(json, "installed_seen", note->installed_seen);
    json_put_flag(json, "told", note->told);
    json_put_flag(json, "helped", note->helped);
    json_put_flag(json, "exempt", note->exempt);
    json_put_flag(json, "declined", note->declined);
    yajl_gen_map_close(json);
}

static void put_calibration(yajl_gen json, const struct door_view *view)
{
    if (view->phase != DOOR_CALIBRATING)
        return;
    json_key(json, "calibration");
    yajl_gen_map_open(json);
    json_put_number(json, "step", view->calibration_step);
    json_put_number(json, "steps", view->calibration_steps);
    json_put_decimal(json, "left_s", view->calibration_left_s, 2);
    put_both(json, "text", door_calibration_text(view->calibration_step, LANGUAGE_VI),
             door_calibration_text(view->calibration_step, LANGUAGE_EN));
    yajl_gen_map_close(json);
}

static void put_sums(yajl_gen json, const char *name, const struct tally_sums *sums)
{
    json_key(json, name);
    yajl_gen_map_open(json);
    json_put_number(json, "total", (gint64)sums->total);
    json_put_number(json, "in", (gint64)sums->in);
    json_put_number(json, "out", (gint64)sums->out);
    json_put_number(json, "heard", (gint64)sums->heard);
    json_put_number(json, "cannot_tell", (gint64)sums->cannot_tell);
    json_put_number(json, "not_heard", (gint64)sums->not_heard);
    json_put_number(json, "unchecked", (gint64)sums->unchecked);
    json_put_number(json, "exempt", (gint64)sums->exempt);
    yajl_gen_map_close(json);
}

static void put_counts(yajl_gen json, const struct door_counts *counts)
{
    if (!counts->is_counting)
        return;
    json_key(json, "counts");
    yajl_gen_map_open(json);
    json_put_number(json, "near", counts->near);
    json_put_number(json, "here", (gint64)counts->near + counts->middle + counts->far);
    json_put_decimal(json, "visits_low", counts->visits_low, 2);
    json_put_decimal(json, "visits", counts->visits, 2);
    json_put_decimal(json, "visits_high", counts->visits_high, 2);
    yajl_gen_map_close(json);
}

static void put_time(yajl_gen json, const struct web *web, const struct door_view *view)
{
    char *text = zone_text(web->timezone, view->time_ms, "%H:%M");

    json_put_text(json, "time", text);
    json_put_text(json, "clock", words_clock_name(view->clock));
    g_free(text);
}

static void put_state(yajl_gen json, const struct door_view *view)
{
    json_put_text(json, "phase", phase_name(view->phase));
    json_put_decimal(json, "progress", CLAMP(view->progress, 0, 1), 2);
    json_put_text(json, "mode", words_mode_name(view->mode));
    json_put_text(json, "person", words_person_name(view->person));
    json_put_text(json, "direction", words_direction_name(view->direction));
    json_put_number(json, "row", view->last_row);
    json_put_flag(json, "can_undo", view->can_undo);
    json_put_flag(json, "hears", view->hears);
    json_put_flag(json, "simulated", view->is_simulated);
    json_put_flag(json, "deaf", view->is_deaf);
    json_put_flag(json, "over", view->is_over);
    json_put_flag(json, "calibrated", view->is_calibrated);
    json_put_text(json, "radio", view->radio_text);
    json_put_text(json, "notice", view->notice);
}

static void put_trouble(yajl_gen json, struct door *door)
{
    char *texts[] = {[LANGUAGE_VI] = NULL, [LANGUAGE_EN] = NULL};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        gpointer before = tongue_of((enum language)i);

        texts[i] = door_trouble(door);
        tongue_back(before);
    }
    if (texts[LANGUAGE_VI] != NULL)
        put_both(json, "trouble", texts[LANGUAGE_VI], texts[LANGUAGE_EN]);
    else
        json_put_null(json, "trouble");
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

char *web_view_json(const struct web *web)
{
    const struct door_view *view = door_view(web->door);
    yajl_gen json = yajl_gen_alloc(NULL);

    yajl_gen_map_open(json);
    json_put_text(json, "start", web->start);
    put_time(json, web, view);
    put_state(json, view);
    put_trouble(json, web->door);
    put_verdict(json, view);
    put_note(json, &view->note);
    put_calibration(json, view);
    put_sums(json, "staff", &view->staff);
    put_sums(json, "visitors", &view->visitors);
    put_counts(json, &view->counts);
    yajl_gen_map_close(json);
    return json_end(json);
}
