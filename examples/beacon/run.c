/* SPDX-License-Identifier: MIT */
/* beacon run: a node that lives by itself, on a radio, a log and an identity's file. */
#include "run.h"

#include "command.h"
#include "files.h"
#include "live_output.h"
#include "node.h"
#include "radio_session.h"
#include "radio_words.h"
#include "run_clock.h"
#include "run_identity.h"
#include "run_notify.h"
#include "run_words.h"
#include "terminal.h"
#include "text.h"

#include <string.h>

struct run {
    const struct run_request *request;
    struct radio_session session;
    struct live_output output;
    struct run_notify notify;
    struct run_clock clock;
    struct run_identity identity;
    beacon_store *store;
    struct node *node;
    guint status, soon; /* timers */
    bool is_table;      /* one line, written over */
    bool is_told_ready;
};

/* ---- What is told ---- */

static gint64 now_ms(const struct run *run)
{
    return beacon_clock_wall_us(beacon_radio_clock(run->session.radio)) / 1000;
}

/* What would need a second line could not be written over. */
static char *cut_to_width(const char *words)
{
    int lines, columns;

    terminal_size(&lines, &columns);
    return g_utf8_substring(words, 0, MIN(g_utf8_strlen(words, -1), columns - 1));
}

static void put_words(struct run *run, const char *words)
{
    g_autofree char *cut = run->is_table ? cut_to_width(words) : NULL;
    g_autofree char *line =
        cut != NULL ? g_strdup_printf("\r\033[K%s", cut) : g_strdup_printf("%s\n", words);

    live_output_text(&run->output, line);
}

static void put_status(struct run *run)
{
    struct beacon_radio_health health = beacon_radio_health(run->session.radio);
    struct node_status status;
    g_autofree char *words = NULL;

    node_status(run->node, &status);
    words = run_status_words(&status, &health);
    run_notify_status(&run->notify, words);
    if (run->request->is_json) {
        g_autofree char *line = run_status_json(&status, &health, now_ms(run));

        live_output_bytes(&run->output, line, strlen(line));
    } else {
        put_words(run, words);
    }
}

static void on_status(gpointer user)
{
    struct run *run = user;

    put_status(run);
    run->status = beacon_clock_after(beacon_radio_clock(run->session.radio),
                                     run->request->status_us, on_status, run);
}

static void on_soon(gpointer user)
{
    struct run *run = user;

    run->soon = 0;
    put_status(run);
}

/* Soon: what changed may change again in the same breath. */
static void on_change(void *user)
{
    struct run *run = user;

    if (run->soon == 0)
        run->soon = beacon_clock_after(beacon_radio_clock(run->session.radio),
                                       G_TIME_SPAN_MILLISECOND, on_soon, run);
}

static void on_problem(const char *text, void *user)
{
    (void)user;
    say("%s", text);
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    struct run *run = user;

    if (health->state == BEACON_RADIO_READY && !run->is_told_ready) {
        run->is_told_ready = true;
        run_notify_tell(&run->notify, "READY=1");
    }
    if (run->node != NULL && health->state != BEACON_RADIO_ENDED)
        on_change(run);
}

static void on_output_broken(void *user)
{
    struct run *run = user;

    radio_session_stop(&run->session, EXIT_IO);
}

/* ---- The radio's ---- */

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    const struct run *run = user;

    if (run->node != NULL)
        node_heard(run->node, packet);
}

static void on_rotation(const struct beacon_advert *advert, const struct beacon_address *address,
                        gint64 gap_us, gpointer user)
{
    const struct run *run = user;

    (void)advert, (void)address, (void)gap_us;
    if (run->node != NULL)
        node_rotated(run->node);
}

static bool is_clock_right(void *user)
{
    const struct run *run = user;

    return run_clock_is_right(&run->clock);
}

/* ---- The run ---- */

static int make_node(struct run *run)
{
    const struct run_request *request = run->request;
    struct node_options options = {
        .clock = beacon_radio_clock(run->session.radio),
        .store = run->store,
        .identity = run_identity_source(&run->identity),
        .scan = request->scan,
        .advertise = request->advertise,
        .is_iphone = request->is_iphone,
        .is_in_place = run->session.is_replay,
        .is_clock_right = is_clock_right,
        .on_change = on_change,
        .on_problem = on_problem,
        .user = run,
    };
    GError *error = NULL;

    run->clock =
        (struct run_clock){.is_trusted = request->is_clock_trusted || run->session.is_replay,
                           .flag = request->clock_flag};
    if (!beacon_store_boot_current(&options.boot, &error))
        return store_error(error);
    run->node = node_new(&options);
    return EXIT_RAN;
}

static void begin_outputs(struct run *run)
{
    run->is_table = !run->request->is_json && terminal_is_live();
    run->output = (struct live_output){
        .is_patient = run->session.is_replay, .on_broken = on_output_broken, .user = run};
    live_output_begin(&run->output);
    run->status = beacon_clock_after(beacon_radio_clock(run->session.radio), 0, on_status, run);
}

static int end_outputs(struct run *run)
{
    beacon_clock *clock = beacon_radio_clock(run->session.radio);

    beacon_clock_cancel(clock, &run->status);
    beacon_clock_cancel(clock, &run->soon);
    put_status(run);
    if (run->is_table)
        live_output_bytes(&run->output, "\n", 1);
    return live_output_end(&run->output);
}

/* With the node made; the radio is left to be closed. */
static int live(struct run *run)
{
    GError *error = NULL;

    begin_outputs(run);
    if (node_begin(run->node, run->session.radio, &error)) {
        run_identity_watch(&run->identity, run->node);
        radio_session_run(&run->session);
        run_identity_end(&run->identity);
    } else {
        radio_session_stop(&run->session, radio_error(error));
    }
    run_notify_tell(&run->notify, "STOPPING=1");
    node_end(run->node);
    beacon_store_flush(run->store, NULL); /* of its failure, the closing tells */
    return end_outputs(run);
}

static int run_session(struct run *run)
{
    const struct beacon_radio_listener listener = {
        .on_packet = on_packet, .on_rotation = on_rotation, .on_health = on_health, .user = run};
    int output_code = EXIT_RAN;
    int code = radio_session_open(&run->session, &run->request->radio, &listener);

    if (code != EXIT_RAN)
        return code;
    code = make_node(run);
    if (code == EXIT_RAN)
        output_code = live(run);
    else
        radio_session_stop(&run->session, code);
    run->node = node_free(run->node);
    code = radio_session_close(&run->session);
    return code != EXIT_RAN ? code : output_code;
}

static int run_with_store(struct run *run)
{
    const struct run_request *request = run->request;
    int code = store_place_open(&request->place, BEACON_STORE_CREATE,
                                (guint)request->retention_days, &run->store);
    int close_code;

    if (code != EXIT_RAN)
        return code;
    run_notify_begin(&run->notify);
    code = run_session(run);
    close_code = code == EXIT_RAN ? store_place_close(run->store) : store_place_abandon(run->store);
    run_notify_end(&run->notify);
    return code != EXIT_RAN ? code : close_code;
}

/* Files first: a radio that is on the air already shall not wait for a wrong name. */
int run_node(const struct run_request *request)
{
    struct run run = {.request = request, .identity = {.path = request->identity}};
    int code = secrets_guard();

    if (code == EXIT_RAN)
        code = run_identity_load(&run.identity);
    if (code == EXIT_RAN)
        code = run_with_store(&run);
    run_identity_end(&run.identity);
    return code;
}
