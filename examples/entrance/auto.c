/* SPDX-License-Identifier: MIT */
/* A scenario from its start to its end, through the real radio face. */
#include "auto.h"
#include "checkpoint.h"
#include "lines.h"
#include "scenario_guard.h"
#include "scenario_calibration.h"

#include <beacon/air.h>
#include <glib/gi18n.h>
#include <string.h>

#define TICK_US (100 * (gint64)1000)

struct run {
    const struct auto_options *options;
    FILE *output;
    GMainLoop *loop;
    beacon_clock *clock;
    beacon_radio *radio;
    struct checkpoint *checkpoint;
    struct lines *lines; /* NULL: words */
    struct scenario_guard *guard;
    guint timer;
    gint64 told_us; /* of its health */
    guint64 verdicts[VERDICTS];
};

static struct checkpoint_time now(const struct run *run)
{
    return (struct checkpoint_time){
        .monotonic_us = beacon_clock_monotonic_us(run->clock),
        .wall_us = beacon_clock_wall_us(run->clock),
        .clock = CLOCK_SET,
    };
}

/* ---- What comes out ---- */

static void on_begin(guint64 check, gboolean by_itself, gint64 time_us, gpointer user)
{
    struct run *run = user;
    if (run->lines != NULL)
        lines_check(run->lines, time_us, check, by_itself);
}

static void print_result(struct run *run, const struct checkpoint_result *result)
{
    enum language language = run->options->language;
    GDateTime *time = g_date_time_new_from_unix_utc(result->end_us / G_USEC_PER_SEC);
    char *text = g_date_time_format(time, "%H:%M:%S");
    fprintf(run->output, "%s %s %s %5.1f s %s\n", text, words_icon(result->verdict),
            words_verdict(result->verdict, language), result->seconds,
            words_reason(result->reason, language));
    g_free(text);
    g_date_time_unref(time);
}

static void on_result(const struct checkpoint_result *result, gpointer user)
{
    struct run *run = user;
    run->verdicts[result->verdict]++;
    if (run->lines != NULL)
        lines_result(run->lines, result);
    else
        print_result(run, result);
}

static void on_slot(const struct counts_slot *slot, gpointer user)
{
    struct run *run = user;
    if (run->lines != NULL)
        lines_slot(run->lines, beacon_clock_wall_us(run->clock), slot);
}

static void tell_health(struct run *run)
{
    struct beacon_radio_health health = beacon_radio_health(run->radio);
    struct checkpoint_view view;
    run->told_us = beacon_clock_monotonic_us(run->clock);
    checkpoint_view(run->checkpoint, &view);
    if (run->lines != NULL)
        lines_health(run->lines, beacon_clock_wall_us(run->clock), &health, &view);
}

static void finish(struct run *run)
{
    if (run->lines != NULL)
        lines_summary(run->lines, beacon_clock_wall_us(run->clock),
                      checkpoint_counts(run->checkpoint));
    else
        fprintf(run->output, _("heard %llu, cannot tell %llu, not heard %llu, put off %llu\n"),
                (unsigned long long)run->verdicts[VERDICT_HEARD],
                (unsigned long long)run->verdicts[VERDICT_CANNOT_TELL],
                (unsigned long long)run->verdicts[VERDICT_NOT_HEARD],
                (unsigned long long)run->verdicts[VERDICT_NONE]);
}

/* ---- The radio ---- */

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    checkpoint_packet(((struct run *)user)->checkpoint, packet);
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    struct run *run = user;
    struct checkpoint_time time = now(run);
    checkpoint_health(run->checkpoint, health, &time);
    tell_health(run);
    if (health->state != BEACON_RADIO_ENDED)
        return;
    finish(run);
    g_main_loop_quit(run->loop);
}

static void on_visited(const struct beacon_visit *visit, gpointer user)
{
    struct run *run = user;
    struct checkpoint_time time = now(run);
    checkpoint_visited(run->checkpoint, visit, &time);
}

static gboolean on_visit(const struct beacon_address *address, gint64 remember_until_us,
                         gpointer user)
{
    struct run *run = user;
    return beacon_radio_visit(run->radio, address, remember_until_us, on_visited, run);
}

/* ---- Time, and the guard ---- */

static void on_tick(gpointer user)
{
    struct run *run = user;
    struct checkpoint_time time = now(run);
    checkpoint_tick(run->checkpoint, &time);
    if (time.monotonic_us - run->told_us >= (gint64)G_USEC_PER_SEC)
        tell_health(run);
    gint64 due = checkpoint_due_us(run->checkpoint) - time.monotonic_us;
    run->timer = beacon_clock_after(run->clock, CLAMP(due, 1, TICK_US), on_tick, run);
}

static gboolean tap_begin(gpointer user)
{
    struct run *run = user;
    struct checkpoint_time time = now(run);
    return checkpoint_begin(run->checkpoint, &time);
}

static void tap_opened(gpointer user)
{
    struct run *run = user;
    struct checkpoint_time time = now(run);
    struct checkpoint_view view;
    if (!checkpoint_opened(run->checkpoint, &time) || run->lines == NULL)
        return;
    checkpoint_view(run->checkpoint, &view);
    lines_opened(run->lines, time.wall_us, view.check);
}

static void tap_later(gpointer user)
{
    struct run *run = user;
    struct checkpoint_time time = now(run);
    checkpoint_later(run->checkpoint, &time);
}

/* ---- Begin and end ---- */

static void make_checkpoint(struct run *run, const struct calibration *calibration,
                            guint slots_per_day)
{
    const struct checkpoint_options options = {
        .size = sizeof options,
        .slots_per_day = slots_per_day,
        .mode = run->options->mode,
        .waits_for_tap = TRUE,
    };
    const struct checkpoint_listener listener = {on_begin, on_result, on_visit, on_slot, run};
    struct checkpoint_time time = now(run);
    run->checkpoint = checkpoint_new(&options, calibration, &listener, &time);
    if (!run->options->json)
        return;
    run->lines = lines_new(run->output);
    lines_start(run->lines, time.wall_us, run->options->radio, run->options->mode, slots_per_day,
                calibration);
}

static gboolean open_radio(struct run *run, GError **error)
{
    const struct beacon_radio_options options = {
        .size = sizeof options, .clock = run->clock, .settings = run->options->settings};
    const struct beacon_radio_listener listener = {
        .on_packet = on_packet, .on_health = on_health, .user = run};
    const struct beacon_radio_scan scan = {.size = sizeof scan};
    run->radio = beacon_radio_open(run->options->radio, &options, &listener, error);
    return run->radio != NULL && beacon_radio_scan(run->radio, &scan, error);
}

static gboolean play(struct run *run, const char *path, GError **error)
{
    const struct scenario_taps taps = {tap_begin, tap_opened, tap_later, run};
    if (!open_radio(run, error))
        return FALSE;
    run->guard = scenario_guard_new(path, run->options->settings, run->clock, &taps, error);
    if (run->guard == NULL)
        return FALSE;
    on_tick(run);
    g_main_loop_run(run->loop);
    if (run->lines == NULL ? fflush(run->output) == 0 : lines_ok(run->lines))
        return TRUE;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, _("not all lines could be written"));
    return FALSE;
}

static void clean_up(struct run *run)
{
    beacon_clock_cancel(run->clock, &run->timer);
    scenario_guard_free(run->guard);
    beacon_radio_free(run->radio);
    checkpoint_free(run->checkpoint);
    lines_free(run->lines);
    g_main_loop_unref(run->loop);
    beacon_clock_unref(run->clock);
}

static gboolean run_scenario(struct run *run, const char *path, GError **error)
{
    const struct auto_options *options = run->options;
    struct calibration assumed;
    beacon_air *air = beacon_air_load(path, options->settings, error);
    if (air == NULL)
        return FALSE;
    gint64 start_us = beacon_air_start_us(air);
    guint slots_per_day = beacon_air_slots_per_day(air);
    beacon_air_free(air);
    if (options->calibration == NULL &&
        !scenario_calibration(path, options->settings, &assumed, error))
        return FALSE;
    run->loop = g_main_loop_new(NULL, FALSE);
    run->clock = beacon_clock_new_virtual(
        NULL, start_us, options->speed > 0 ? options->speed : BEACON_CLOCK_AT_ONCE);
    make_checkpoint(run, options->calibration != NULL ? options->calibration : &assumed,
                    slots_per_day);
    gboolean done = play(run, path, error);
    clean_up(run);
    return done;
}

gboolean auto_run(const struct auto_options *options, GError **error)
{
    struct run run = {.options = options, .output = options->output};
    g_assert(g_str_has_prefix(options->radio, "sim:"));
    if (run.output == NULL)
        run.output = stdout;
    return run_scenario(&run, options->radio + strlen("sim:"), error);
}
