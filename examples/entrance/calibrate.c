/* SPDX-License-Identifier: MIT */
/* beacon-entrance calibrate: the guided two minutes, line by line. */
#include "calibration.h"
#include "command.h"
#include "door.h"
#include "run_door.h"
#include "say.h"
#include "tongue.h"

#include <glib-unix.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

struct guide {
    const struct settings *settings;
    struct door *door;
    GMainLoop *loop;
    int code;
    guint watch, input, signals[2];
    guint told_step; /* from 1; 0: none */
    struct calibration before;
    gboolean is_ending;
};

static const int ending_signals[] = {SIGINT, SIGTERM};

static void end(struct guide *guide, int code)
{
    guide->is_ending = TRUE;
    guide->code = code;
    g_main_loop_quit(guide->loop);
}

static gboolean on_signal(gpointer user)
{
    end(user, EXIT_NO);
    return G_SOURCE_CONTINUE;
}

/* ---- Answers ---- */

/* One letter at a time, so that what is typed ahead waits for its step. */
static gboolean on_input(gint descriptor, GIOCondition condition, gpointer user)
{
    struct guide *guide = user;
    struct door_action action = {.act = DOOR_DO_NEXT_STEP};
    g_autoptr(GError) error = NULL;
    char key;

    (void)condition;
    if (read(descriptor, &key, 1) != 1) {
        say(_("standard input has ended before the calibration"));
        guide->input = 0;
        end(guide, EXIT_NO);
        return G_SOURCE_REMOVE;
    }
    if (key == 'k')
        action.act = DOOR_DO_SKIP_STEPS;
    else if (key != '\n')
        return G_SOURCE_CONTINUE;
    guide->input = 0; /* asked for again when a step waits */
    if (!door_act(guide->door, &action, &error))
        say("%s", error->message);
    return G_SOURCE_REMOVE;
}

static void ask_again(struct guide *guide, const struct door_view *view)
{
    if (view->calibration_left_s == 0 && guide->input == 0)
        guide->input = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, guide);
}

/* ---- Steps ---- */

static void tell_step(struct guide *guide, const struct door_view *view)
{
    g_autofree char *text = NULL;

    if (guide->told_step == view->calibration_step + 1)
        return;
    guide->told_step = view->calibration_step + 1;
    text =
        g_strdup_printf("%u/%u  %s\n", guide->told_step, view->calibration_steps,
                        door_calibration_text(view->calibration_step, guide->settings->language));
    if (!say_out(text))
        end(guide, EXIT_IO);
}

/* A new one, and in force. */
static gboolean is_kept(const struct guide *guide, const struct door_view *view,
                        const struct calibration *kept)
{
    return kept->number == view->calibration &&
           (kept->number != guide->before.number || kept->time_ms != guide->before.time_ms);
}

static void finish(struct guide *guide, const struct door_view *view)
{
    struct calibration kept;
    gboolean is_good = calibration_load(guide->settings->calibration_file, &kept, NULL) &&
                       is_kept(guide, view, &kept) && calibration_separates(&kept);
    g_autofree char *text =
        g_strdup_printf("%s\n", view->notice != NULL ? view->notice : view->radio_text);

    end(guide, say_out(text) ? (is_good ? EXIT_RAN : EXIT_NO) : EXIT_IO);
}

static void on_change(struct door *door, gpointer user)
{
    struct guide *guide = user;
    const struct door_view *view = door_view(door);

    if (guide->is_ending)
        return;
    if (view->phase != DOOR_CALIBRATING || view->is_over) {
        finish(guide, view);
        return;
    }
    tell_step(guide, view);
    ask_again(guide, view);
}

/* ---- The call ---- */

static void guide_through(struct guide *guide)
{
    const struct door_action begin = {.act = DOOR_DO_CALIBRATE};

    if (!calibration_load(guide->settings->calibration_file, &guide->before, NULL))
        memset(&guide->before, 0, sizeof guide->before);
    for (gsize i = 0; i < G_N_ELEMENTS(ending_signals); i++)
        guide->signals[i] = g_unix_signal_add(ending_signals[i], on_signal, guide);
    say_out(_("Enter when it is so; k and Enter where no iPhone is at hand; Ctrl-C to end.\n"));
    door_act(guide->door, &begin, NULL);
    guide->watch = door_watch(guide->door, on_change, guide);
    on_change(guide->door, guide);
    if (!guide->is_ending)
        g_main_loop_run(guide->loop);
    door_unwatch(guide->door, guide->watch);
    if (guide->input != 0)
        g_source_remove(guide->input);
}

static int calibrate(const struct settings_flags *flags, double speed)
{
    struct guide guide = {.code = EXIT_RAN};
    GError *error = NULL;
    struct settings *settings = settings_read(flags, &error);
    struct run_door_wishes wishes = {.is_memory = TRUE, .speed = speed};

    if (settings == NULL)
        return said(error, settings_exit_code(error));
    guide.settings = settings;
    wishes.radio = settings->radio;
    guide.code = run_door_open(&wishes, settings, &guide.door);
    if (guide.code == EXIT_RAN) {
        tongue_own(settings->language);
        guide.loop = g_main_loop_new(NULL, FALSE);
        guide_through(&guide);
        door_free(guide.door);
        for (gsize i = 0; i < G_N_ELEMENTS(guide.signals); i++)
            g_source_remove(guide.signals[i]);
        g_main_loop_unref(guide.loop);
    }
    settings_free(settings);
    return guide.code;
}

static int run_command(const struct command *command, int argc, char *argv[])
{
    char **speed_text = NULL;
    const GOptionEntry own[] = {
        {"speed", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &speed_text,
         N_("sim, capture: that many seconds to a real one"), N_("N")},
        {.long_name = NULL},
    };
    struct settings_flags *flags =
        settings_flags_new(SETTINGS_GENERAL | SETTINGS_RADIO | SETTINGS_CHECK, own);
    double speed;
    int code;

    if (command_parse_options(command, settings_flags_options(flags), argc, argv, &code))
        code = option_speed(command, speed_text, &speed) ? calibrate(flags, speed) : EXIT_USAGE;
    settings_flags_free(flags);
    g_strfreev(speed_text);
    return code;
}

const struct command command_calibrate = {
    .name = "calibrate",
    .operands = N_("[OPTION...]"),
    .summary = N_("measure the spot and the waiting line: two minutes, guided"),
    .description =
        N_("Asks for a phone on the spot and at the line, and measures. What it comes to\n"
           "is kept, and holds from the next start of the check; while the check runs, [c] on its\n"
           "screen does the same. Exit code 1 if the spot cannot be told from the line."),
    .examples = "  beacon-entrance calibrate\n"
                "  beacon-entrance calibrate --radio hci:hci1\n",
    .run = run_command,
};
