/* SPDX-License-Identifier: MIT */
/* The real page on a made-up door, which standard input scripts: one order a line, each answered
 * by "ok …" on standard output, where what was done at the door is told too. */
#include "settings.h"
#include "web.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCHES = 4 };

struct door {
    struct door_view view;
    beacon_clock *clock;
    struct {
        door_watch_fn *fn;
        gpointer user;
    } watches[WATCHES];
    char *refusal; /* what the next action is refused with */
    struct tally *tally;
    struct settings *settings;
    guint acts;
};

static struct door door;
static GMainLoop *loop;

/* ---- The door ---- */

GQuark door_error_quark(void)
{
    return g_quark_from_static_string("rig-door-error");
}

const struct door_view *door_view(struct door *of)
{
    return &of->view;
}

char *door_trouble(struct door *of)
{
    return g_strdup(of->view.trouble);
}

gboolean door_act(struct door *of, const struct door_action *action, GError **error)
{
    if (of->refusal != NULL) {
        g_set_error_literal(error, DOOR_ERROR, DOOR_ERROR_NOT_NOW, of->refusal);
        g_clear_pointer(&of->refusal, g_free);
        return FALSE;
    }
    of->acts++;
    printf("act %d person=%d direction=%d mode=%d count=%u installed=%d seen=%d told=%d helped=%d "
           "exempt=%d declined=%d row=%d\n",
           (int)action->act, (int)action->person, (int)action->direction, (int)action->mode,
           action->count, (int)action->note.installed, action->note.installed_seen,
           action->note.told, action->note.helped, action->note.exempt, action->note.declined,
           (int)action->row);
    fflush(stdout);
    return TRUE;
}

guint door_watch(struct door *of, door_watch_fn *fn, gpointer user)
{
    for (guint i = 0; i < WATCHES; i++)
        if (of->watches[i].fn == NULL) {
            of->watches[i].fn = fn;
            of->watches[i].user = user;
            return i + 1;
        }
    g_assert_not_reached();
}

void door_unwatch(struct door *of, guint watch)
{
    of->watches[watch - 1].fn = NULL;
}

struct tally *door_tally(struct door *of)
{
    return of->tally;
}

beacon_clock *door_clock(struct door *of)
{
    return of->clock;
}

const char *door_calibration_text(guint step, enum language language)
{
    (void)step;
    return language == LANGUAGE_EN ? "Leave the spot empty." : "Để ô trống.";
}

static void changed(void)
{
    door.view.change++;
    for (guint i = 0; i < WATCHES; i++)
        if (door.watches[i].fn != NULL)
            door.watches[i].fn(&door, door.watches[i].user);
}

/* ---- Orders ---- */

/* "NAME=NUMBER" of the view. */
static gboolean set(const char *name, double number)
{
    struct door_view *view = &door.view;
    int whole = (int)number;

    if (strcmp(name, "phase") == 0)
        view->phase = (enum door_phase)whole;
    else if (strcmp(name, "progress") == 0)
        view->progress = number;
    else if (strcmp(name, "verdict") == 0)
        view->verdict = (enum verdict)whole;
    else if (strcmp(name, "reason") == 0)
        view->reason = (enum reason)whole;
    else if (strcmp(name, "mode") == 0)
        view->mode = (enum check_mode)whole;
    else if (strcmp(name, "person") == 0)
        view->person = (enum person)whole;
    else if (strcmp(name, "direction") == 0)
        view->direction = (enum direction)whole;
    else if (strcmp(name, "row") == 0)
        view->last_row = whole;
    else if (strcmp(name, "can_undo") == 0)
        view->can_undo = whole;
    else if (strcmp(name, "hears") == 0)
        view->hears = whole;
    else if (strcmp(name, "simulated") == 0)
        view->is_simulated = whole;
    else if (strcmp(name, "deaf") == 0)
        view->is_deaf = whole;
    else if (strcmp(name, "step") == 0)
        view->calibration_step = (guint)whole;
    else if (strcmp(name, "left") == 0)
        view->calibration_left_s = number;
    else if (strcmp(name, "heard") == 0)
        view->visitors.heard = (guint64)whole;
    else
        return FALSE;
    return TRUE;
}

static void order_set(char **words)
{
    for (char **word = words; *word != NULL; word++) {
        char *equals = strchr(*word, '=');

        if (equals == NULL) {
            printf("bad %s\n", *word);
            return;
        }
        *equals = '\0';
        if (!set(*word, g_ascii_strtod(equals + 1, NULL))) {
            printf("bad %s\n", *word);
            return;
        }
    }
    changed();
    puts("ok");
}

static void add_rows(gint64 time_ms, enum verdict verdict, const char *count)
{
    const struct tally_row row = {
        .time_ms = time_ms,
        .clock = CLOCK_SET,
        .person = PERSON_VISITOR,
        .verdict = verdict,
        .count = (guint)g_ascii_strtoull(count, NULL, 10),
    };

    if (row.count > 0)
        tally_add(door.tally, &row);
}

/* START_MS HEARD OTHERS: an hour of visitors. */
static void order_hour(char **words)
{
    gint64 start_ms = g_ascii_strtoll(words[0], NULL, 10);

    add_rows(start_ms, VERDICT_HEARD, words[1]);
    add_rows(start_ms, VERDICT_NOT_HEARD, words[2]);
    tally_note_visits(door.tally, start_ms, g_ascii_strtod(words[1], NULL) + 3, 2);
    puts("ok");
}

static void order(char **words)
{
    guint count = g_strv_length(words);

    if (count >= 1 && strcmp(words[0], "set") == 0)
        order_set(words + 1);
    else if (count == 2 && strcmp(words[0], "advance") == 0) {
        beacon_clock_advance(door.clock, g_ascii_strtoll(words[1], NULL, 10) * G_USEC_PER_SEC);
        door.view.time_ms = beacon_clock_wall_us(door.clock) / 1000;
        changed();
        puts("ok");
    } else if (count == 4 && strcmp(words[0], "hour") == 0)
        order_hour(words + 1);
    else if (count >= 2 && strcmp(words[0], "refuse") == 0) {
        door.refusal = g_strdup(words[1]);
        puts("ok");
    } else if (count == 1 && strcmp(words[0], "acts") == 0)
        printf("ok %u\n", door.acts);
    else
        printf("bad %s\n", count > 0 ? words[0] : "");
    fflush(stdout);
}

static void on_line(GObject *source, GAsyncResult *result, gpointer user)
{
    GDataInputStream *input = G_DATA_INPUT_STREAM(source);
    char *line = g_data_input_stream_read_line_finish(input, result, NULL, NULL);
    char **words;

    (void)user;
    if (line == NULL) {
        g_main_loop_quit(loop);
        return;
    }
    words = g_strsplit(line, " ", -1);
    order(words);
    g_strfreev(words);
    g_free(line);
    g_data_input_stream_read_line_async(input, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
}

static void begin(void)
{
    const struct tally_options how = {.size = sizeof how, .timezone = "Asia/Ho_Chi_Minh"};
    gint64 start_us = G_GINT64_CONSTANT(1596592800000000); /* 2020-08-05 02:00 UTC */

    door.clock = beacon_clock_new_virtual(NULL, start_us, BEACON_CLOCK_BY_HAND);
    door.tally = tally_open(NULL, &how, NULL);
    door.settings = settings_read(NULL, NULL);
    door.view = (struct door_view){
        .time_ms = start_us / 1000,
        .clock = CLOCK_SET,
        .person = PERSON_VISITOR,
        .hears = TRUE,
        .radio_text = "listening on <hci0>",
        .is_calibrated = TRUE,
        .calibration = 1,
        .calibration_steps = 9,
        .visitors = {.total = 41, .in = 41, .heard = 30, .cannot_tell = 4, .not_heard = 7},
        .staff = {.total = 17, .in = 15, .out = 2, .heard = 15, .not_heard = 2},
        .counts = {.near = 2,
                   .middle = 3,
                   .far = 6,
                   .visits_low = 40,
                   .visits = 44,
                   .visits_high = 49,
                   .is_counting = TRUE},
    };
}

int main(int argc, char **argv)
{
    static struct web_options options = {.size = sizeof options};
    gint connections = 0, idle = 0;
    gboolean english = FALSE;
    const GOptionEntry entries[] = {
        {"listen", 0, 0, G_OPTION_ARG_STRING, &options.listen, NULL, NULL},
        {"tls", 0, 0, G_OPTION_ARG_STRING, &options.listen_tls, NULL, NULL},
        {"totals", 0, 0, G_OPTION_ARG_STRING, &options.listen_totals, NULL, NULL},
        {"certificate", 0, 0, G_OPTION_ARG_STRING, &options.certificate, NULL, NULL},
        {"key", 0, 0, G_OPTION_ARG_STRING, &options.key, NULL, NULL},
        {"pin-file", 0, 0, G_OPTION_ARG_STRING, &options.pin_file, NULL, NULL},
        {"hosts", 0, 0, G_OPTION_ARG_STRING, &options.hosts, NULL, NULL},
        {"code", 0, 0, G_OPTION_ARG_STRING, &options.code, NULL, NULL},
        {"unit", 0, 0, G_OPTION_ARG_STRING, &options.unit, NULL, NULL},
        {"connections", 0, 0, G_OPTION_ARG_INT, &connections, NULL, NULL},
        {"idle", 0, 0, G_OPTION_ARG_INT, &idle, NULL, NULL},
        {"english", 0, 0, G_OPTION_ARG_NONE, &english, NULL, NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new(NULL);
    GInputStream *input;
    GDataInputStream *lines;
    struct web *web;
    GError *error = NULL;

    setlocale(LC_ALL, "");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return EXIT_FAILURE;
    }
    g_option_context_free(context);
    if (argc == 4 && strcmp(argv[1], "pin") == 0) {
        if (web_pin_write(argv[2], argv[3], &error))
            return EXIT_SUCCESS;
        fprintf(stderr, "%s\n", error->message);
        return EXIT_FAILURE;
    }
    if (argc == 2 && strcmp(argv[1], "poster") == 0) {
        struct poster_options poster = {
            .size = sizeof poster, .code = options.code, .unit = options.unit};

        if (poster_write(stdout, &poster, &error))
            return EXIT_SUCCESS;
        fprintf(stderr, "%s\n", error->message);
        return EXIT_FAILURE;
    }
    begin();
    options.settings = door.settings;
    options.timezone = "Asia/Ho_Chi_Minh";
    options.connections = (guint)connections;
    options.idle_s = (guint)idle;
    options.language = english ? LANGUAGE_EN : LANGUAGE_VI;
    web = web_new(&door, &options, &error);
    if (web == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return EXIT_FAILURE;
    }
    printf("local %s\ntls %s\ntotals %s\n", web_local_uri(web), web_tls_uri(web),
           web_totals_uri(web));
    fflush(stdout);
    input = g_unix_input_stream_new(0, FALSE);
    lines = g_data_input_stream_new(input);
    g_data_input_stream_read_line_async(lines, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
    loop = g_main_loop_new(NULL, FALSE);
    g_main_loop_run(loop);
    web_free(web);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_object_unref(lines);
    g_object_unref(input);
    g_main_loop_unref(loop);
    tally_free(door.tally);
    settings_free(door.settings);
    beacon_clock_unref(door.clock);
    g_free(door.refusal);
    return EXIT_SUCCESS;
}
