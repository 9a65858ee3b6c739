/* SPDX-License-Identifier: MIT */
/* beacon-entrance run: the door, its screens, and whoever started it. */
#include "auto.h"
#include "command.h"
#include "door.h"
#include "lines.h"
#include "notify.h"
#include "patient.h"
#include "played_again.h"
#include "run_door.h"
#include "say.h"
#include "scenario_guard.h"
#include "screen.h"
#include "settings.h"
#include "tongue.h"
#include "web.h"
#include "zone.h"

#include <glib-unix.h>

#include <signal.h>
#include <string.h>

struct wishes {
    gboolean is_json, is_auto, has_guard, keeps;
    char **speed, **statements;
};

struct run {
    const struct wishes *wishes;
    struct settings *settings;
    const char *radio;
    gboolean is_replay;
    double speed;
    struct door *door;
    struct web *web;
    struct screen *screen;
    struct scenario_guard *guard;
    struct notify *notify;
    struct patient *patient;
    struct lines *lines;
    GMainLoop *loop;
    int code;
    guint watch;
    guint signals[3];
    guint watchdog;
    enum door_phase phase; /* that was told last */
    char *radio_text;
    GTimeZone *zone;
};

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

static void stop(struct run *run, int code)
{
    if (run->code == EXIT_RAN)
        run->code = code;
    if (run->loop != NULL)
        g_main_loop_quit(run->loop);
}

static gboolean on_signal(gpointer user)
{
    stop(user, EXIT_RAN);
    return G_SOURCE_CONTINUE;
}

static void on_quit(gpointer user)
{
    stop(user, EXIT_RAN);
}

static void on_broken(gpointer user)
{
    stop(user, EXIT_IO);
}

/* ---- What is told as it goes ---- */

static gboolean is_talking(const struct run *run)
{
    return run->screen == NULL && !run->wishes->is_json;
}

/* A made-up person's verdict. Of real ones nothing is printed unasked: a log would keep the moment;
 * with --json, to the second. */
static void print_verdict(struct run *run, const struct door_view *view)
{
    enum language language = run->settings->language;
    g_autofree char *time = zone_text(run->zone, view->time_ms, "%H:%M:%S");
    const char *why =
        view->verdict == VERDICT_CANNOT_TELL ? words_reason(view->reason, language) : "";
    g_autofree char *line =
        g_strdup_printf("%s  %s %s%s%s\n", time, words_icon(view->verdict),
                        words_verdict(view->verdict, language), *why != '\0' ? " · " : "", why);

    if (!say_out(line))
        stop(run, EXIT_IO);
}

static void tell_radio(struct run *run, const struct door_view *view)
{
    if (g_strcmp0(run->radio_text, view->radio_text) == 0)
        return;
    g_free(run->radio_text);
    run->radio_text = g_strdup(view->radio_text);
    notify_status(run->notify, view->radio_text);
    if (is_talking(run))
        say("%s: %s", run->radio, view->radio_text);
}

static void on_change(struct door *door, gpointer user)
{
    struct run *run = user;
    const struct door_view *view = door_view(door);

    if (view->phase == DOOR_SHOWING && run->phase != DOOR_SHOWING && run->is_replay &&
        is_talking(run))
        print_verdict(run, view);
    run->phase = view->phase;
    tell_radio(run, view);
    if (view->is_over) /* of a replay a good end; of a stream it is none */
        stop(run, run->is_replay ? EXIT_RAN : EXIT_RADIO);
}

static gboolean on_watchdog(gpointer user)
{
    struct run *run = user;

    notify_alive(run->notify);
    return G_SOURCE_CONTINUE;
}

/* ---- The scenario's guard ---- */

static gboolean guard_begins(gpointer user)
{
    struct run *run = user;
    const struct door_action action = {.act = DOOR_DO_BEGIN};

    return door_act(run->door, &action, NULL);
}

static void guard_saw_it_open(gpointer user)
{
    struct run *run = user;
    const struct door_action action = {.act = DOOR_DO_OPENED};

    door_act(run->door, &action, NULL);
}

static void guard_sends_aside(gpointer user)
{
    struct run *run = user;
    const struct door_action action = {.act = DOOR_DO_LATER};

    door_act(run->door, &action, NULL);
}

static int start_guard(struct run *run)
{
    const struct scenario_taps taps = {.begin = guard_begins,
                                       .opened = guard_saw_it_open,
                                       .later = guard_sends_aside,
                                       .user = run};
    GError *error = NULL;

    if (!run->wishes->has_guard)
        return EXIT_RAN;
    run->guard =
        scenario_guard_new(run->radio + strlen("sim:"), NULL, door_clock(run->door), &taps, &error);
    return run->guard != NULL ? EXIT_RAN : scenario_error(error);
}

/* ---- Begin ---- */

static void start_lines(struct run *run)
{
    FILE *stream = stdout; /* a replay can wait for its reader */

    if (!run->wishes->is_json)
        return;
    if (!run->is_replay) {
        run->patient = patient_new(on_broken, run);
        stream = patient_stream(run->patient);
    }
    run->lines = lines_new(stream);
    if (!run->is_replay)
        lines_round(run->lines);
}

static int start_door(struct run *run)
{
    const struct run_door_wishes wishes = {.radio = run->radio,
                                           .is_memory = run->is_replay && !run->wishes->keeps,
                                           .is_made_up = run->is_replay && !run->wishes->keeps,
                                           .waits_for_tap = run->wishes->has_guard,
                                           .speed = run->speed,
                                           .waits_for_radio = run->notify != NULL,
                                           .lines = run->lines};
    int code = run_door_open(&wishes, run->settings, &run->door);

    if (code != EXIT_RAN)
        return code;
    /* What was wrong until now, an administrator read; from here on it is staff. */
    tongue_own(run->settings->language);
    run->watch = door_watch(run->door, on_change, run);
    return EXIT_RAN;
}

static int start_web(struct run *run)
{
    const struct settings *settings = run->settings;
    const struct web_options options = {
        .size = sizeof options,
        .listen = settings->web_listen,
        .listen_tls = settings->web_listen_tls,
        .certificate = settings->web_certificate,
        .key = settings->web_key,
        .pin_file = settings->web_pin_file,
        .listen_totals = settings->web_listen_totals,
        .hosts = settings->web_hosts,
        .code = settings->install_url,
        .unit = settings->organisation,
        .language = settings->language,
        .timezone = settings->timezone,
        .settings = settings,
    };
    GError *error = NULL;

    if (*settings->web_listen == '\0' && *settings->web_listen_tls == '\0' &&
        *settings->web_listen_totals == '\0')
        return EXIT_RAN;
    run->web = web_new(run->door, &options, &error);
    if (run->web == NULL)
        return said(error, g_error_matches(error, WEB_ERROR, WEB_ERROR_LISTEN) ||
                                   g_error_matches(error, WEB_ERROR, WEB_ERROR_IO)
                               ? EXIT_IO
                               : EXIT_INPUT);
    return EXIT_RAN;
}

static void start_screen(struct run *run)
{
    const struct screen_options options = {.size = sizeof options,
                                           .language = run->settings->language,
                                           .has_bell = run->settings->bell,
                                           .timezone = run->settings->timezone,
                                           .on_quit = on_quit,
                                           .user = run};

    if (run->settings->terminal && !run->wishes->is_json && screen_is_possible())
        run->screen = screen_new(run->door, &options);
    else if (run->web != NULL && web_local_uri(run->web) != NULL)
        say(_("the door's page: %s"), web_local_uri(run->web));
}

static int start(struct run *run)
{
    int code;

    start_lines(run);
    code = start_door(run);
    if (code == EXIT_RAN)
        code = start_guard(run);
    if (code == EXIT_RAN)
        code = start_web(run);
    if (code == EXIT_RAN)
        start_screen(run);
    return code;
}

/* ---- The run ---- */

static void watch_signals(struct run *run)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ending_signals); i++) {
        struct sigaction action;

        /* nohup, and shells that put us in the background, have some ignored: that stays so. */
        if (sigaction(ending_signals[i], NULL, &action) < 0 || action.sa_handler != SIG_IGN)
            run->signals[i] = g_unix_signal_add(ending_signals[i], on_signal, run);
    }
}

static void go_on(struct run *run)
{
    gint64 alive_us = notify_watchdog_us(run->notify);

    if (alive_us > 0)
        run->watchdog = g_timeout_add((guint)MAX(alive_us / 1000, 1), on_watchdog, run);
    notify_ready(run->notify);
    on_change(run->door, run);
    if (run->code == EXIT_RAN && !door_view(run->door)->is_over)
        g_main_loop_run(run->loop);
    notify_stopping(run->notify);
}

/* ---- The end ---- */

static void print_sums(const struct run *run)
{
    const struct door_view *view = door_view(run->door);
    const struct tally_sums *a = &view->staff, *b = &view->visitors;
    g_autofree char *text = g_strdup_printf(
        _("In %u, out %u: heard %u, cannot tell %u, not heard %u, unchecked %u, exempt %u. By the "
          "radio's own counting %.0f to %.0f visits with an Android phone.\n"),
        (guint)(a->in + b->in), (guint)(a->out + b->out), (guint)(a->heard + b->heard),
        (guint)(a->cannot_tell + b->cannot_tell), (guint)(a->not_heard + b->not_heard),
        (guint)(a->unchecked + b->unchecked), (guint)(a->exempt + b->exempt),
        view->counts.visits_low, view->counts.visits_high);

    say_out(text);
}

static void end_lines(struct run *run)
{
    if (run->lines != NULL) {
        if (run->door != NULL)
            door_end_lines(run->door);
        if (!lines_ok(run->lines) && run->code == EXIT_RAN)
            run->code = EXIT_IO;
        lines_free(run->lines);
    }
    if (run->patient != NULL && !patient_free(run->patient) && run->code == EXIT_RAN)
        run->code = EXIT_IO;
}

/* The screens first, then the air; signals last: a second one shall not keep us from leaving it. */
static void end(struct run *run)
{
    gboolean had_screen = run->screen != NULL;

    screen_free(run->screen);
    if (run->code == EXIT_RADIO && run->door != NULL && !is_talking(run))
        say("%s: %s", run->radio, door_view(run->door)->radio_text);
    web_free(run->web);
    scenario_guard_free(run->guard);
    if (run->door != NULL) {
        if (run->code == EXIT_RAN && !run->wishes->is_json && (run->is_replay || had_screen))
            print_sums(run);
        door_unwatch(run->door, run->watch);
    }
    end_lines(run);
    door_free(run->door);
    if (run->watchdog != 0)
        g_source_remove(run->watchdog);
    for (gsize i = 0; i < G_N_ELEMENTS(run->signals); i++)
        if (run->signals[i] != 0)
            g_source_remove(run->signals[i]);
    g_main_loop_unref(run->loop);
    notify_free(run->notify);
    g_time_zone_unref(run->zone);
    g_free(run->radio_text);
}

static int run_door(struct run *run)
{
    int code = run->is_replay && run->wishes->keeps
                   ? played_again(run->settings, run->wishes->has_guard)
                   : EXIT_RAN;

    if (code != EXIT_RAN)
        return code;
    run->notify = notify_new();
    run->loop = g_main_loop_new(NULL, FALSE);
    run->phase = DOOR_IDLE;
    run->zone = zone_new(run->settings->timezone);
    watch_signals(run);
    code = start(run);
    if (code == EXIT_RAN)
        go_on(run);
    else
        run->code = code;
    end(run);
    return run->code;
}

/* ---- The call ---- */

static int run_auto(const struct run *run)
{
    const struct auto_options options = {.size = sizeof options,
                                         .radio = run->radio,
                                         .settings = (const char *const *)run->wishes->statements,
                                         .mode = run->settings->mode,
                                         .json = run->wishes->is_json,
                                         .language = run->settings->language,
                                         .speed = run->speed};
    GError *error = NULL;

    return auto_run(&options, &error) ? EXIT_RAN : scenario_error(error);
}

static bool is_call_sound(const struct command *command, const struct run *run)
{
    gboolean is_sim = g_str_has_prefix(run->radio, "sim:");

    if (!is_sim && (run->wishes->is_auto || run->wishes->has_guard))
        usage_error(command, _("a scenario's guard needs a scenario: --radio sim:FILE"));
    else if (!run->is_replay && run->speed != 0)
        usage_error(command, _("--speed is for capture: and sim: only"));
    else if (run->wishes->statements != NULL && !run->wishes->is_auto)
        usage_error(command, _("--set is for --auto only"));
    else
        return true;
    return false;
}

static int run_with(const struct command *command, const struct wishes *wishes,
                    const struct settings_flags *flags)
{
    struct run run = {.wishes = wishes};
    GError *error = NULL;
    int code = EXIT_USAGE;

    if (!option_speed(command, wishes->speed, &run.speed))
        return EXIT_USAGE;
    run.settings = settings_read(flags, &error);
    if (run.settings == NULL) {
        code = settings_exit_code(error);
        return said(error, code);
    }
    run.radio = run.settings->radio;
    run.is_replay = g_str_has_prefix(run.radio, "sim:") || g_str_has_prefix(run.radio, "capture:");
    if (is_call_sound(command, &run))
        code = wishes->is_auto ? run_auto(&run) : run_door(&run);
    settings_free(run.settings);
    return code;
}

static int run_command(const struct command *command, int argc, char *argv[])
{
    struct wishes wishes = {0};
    const GOptionEntry own[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &wishes.is_json,
         N_("print what happens as lines of JSON"), NULL},
        {"guard", 0, 0, G_OPTION_ARG_NONE, &wishes.has_guard,
         N_("sim: a guard taps as the scenario says"), NULL},
        {"speed", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &wishes.speed,
         N_("sim, capture: that many seconds to a real one, or max"), N_("N")},
        {"keep", 0, 0, G_OPTION_ARG_NONE, &wishes.keeps,
         N_("sim, capture: use the tally and calibration all the same"), NULL},
        {"auto", 0, 0, G_OPTION_ARG_NONE, &wishes.is_auto,
         N_("sim: no page, no screen, a guard, at once; for tests"), NULL},
        {"set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &wishes.statements,
         N_("a further statement of the scenario (with --auto)"), N_("STATEMENT")},
        {.long_name = NULL},
    };
    struct settings_flags *flags = settings_flags_new(SETTINGS_ALL & ~SETTINGS_REPORT, own);
    int code;

    if (command_parse_options(command, settings_flags_options(flags), argc, argv, &code))
        code = run_with(command, &wishes, flags);
    settings_flags_free(flags);
    g_strfreev(wishes.speed);
    g_strfreev(wishes.statements);
    return code;
}

const struct command command_run = {
    .name = "run",
    .operands = N_("[OPTION...]"),
    .summary = N_("the check at a door; what happens when no command is named"),
    .description =
        N_("Listens beside a marked spot, and says of the phone that lies there whether it sends\n"
           "Bluezone's signal. Staff use this terminal, or the page that is named at the start.\n"
           "Kept are outcomes alone: no name, no address, no signal.\n"
           "\n"
           "Without an adapter, --radio sim:FILE plays a scenario; its tally is not kept.\n"
           "An adapter that bluetoothd holds is taken meanwhile, and given back at the end.\n"
           "SIGTERM and SIGINT end it well."),
    .examples = "  beacon-entrance\n"
                "  beacon-entrance run --radio hci:hci1 --tally-file /var/lib/door.tally\n"
                "  beacon-entrance --radio sim:examples/air/rush.air --guard --speed 20\n"
                "  beacon-entrance --radio sim:examples/air/rush.air --auto --json\n",
    .run = run_command,
};
