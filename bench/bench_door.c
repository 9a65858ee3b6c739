/* SPDX-License-Identifier: MIT */
/*
 * The entrance check as it runs at a door: the real program on a controller that hears a thousand
 * advertisements a second, its tally on the disk, its page open in three browsers. What it costs,
 * and how soon after the deciding advertisement a browser has the verdict.
 */
#include "bench.h"

#include "radio_peer.h"
#include "random.h"

#include <beacon/advert.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef BENCH_ENTRANCE

#define BROWSERS   3
#define STRANGERS  64 /* who send in turn */
#define STREET_US  1000
#define PHONE_US   100000
#define ROUNDS     7
#define ROUND_S    2
#define CHECKS     7
#define LIMIT_S    20
#define APART_S    4 /* from a verdict to the next phone: it is shown for 2.5 s */
#define FAR_DBM    -85
#define NEAR_DBM   -45
#define PACKET_MAX 64

static const char calibration[] = "[calibration]\nversion=1\nnumber=1\ntime_ms=0\nassumed=false\n"
                                  "[android]\ngate_dbm=-58\nspot_dbm=-50\nline_dbm=-80\n"
                                  "measured=true\n[iphone]\ngate_dbm=-43\nspot_dbm=-35\n"
                                  "line_dbm=-65\nmeasured=false\n";

struct packet {
    guint8 bytes[PACKET_MAX];
    gsize size;
};

struct door {
    char *folder, *tally, *calibration, *errors;
    struct radio_peer *peer;
    GPid process;
    guint16 port;
    struct packet strangers[STRANGERS];
    struct packet phones[CHECKS], gone[CHECKS]; /* on the spot, and far away afterwards */
    GThread *street;
    gint is_over;      /* atomic */
    gint phone;        /* atomic: the one on the spot, or -1 */
    gint passed;       /* atomic: how many have been there */
    gint64 sent_us[2]; /* when the phone last sent, and the time before; under the lock */
    GMutex lock;
    GThread *browsers[BROWSERS];
    int sockets[BROWSERS];
    GAsyncQueue *verdicts; /* of gint64: moments at which the first browser had one */
};

static gint64 now_us(void)
{
    return (gint64)(1e6 * machine_wall_seconds());
}

/* ---- The air ---- */

/* LE Advertising Report of one (Bluetooth Core 5.3, vol 4 part E, 7.7.65.2). */
static void make_packet(struct packet *packet, struct random_source *random, gint8 rssi_dbm)
{
    guint8 *at = packet->bytes;
    struct beacon_identifier identifier;
    struct beacon_advert advert;

    random_fill(random, &identifier, sizeof(identifier));
    beacon_advert_android(&identifier, &advert);
    *at++ = 4;
    *at++ = 0x3E;
    *at++ = (guint8)(12 + advert.size);
    *at++ = 0x02;
    *at++ = 1;
    *at++ = 0; /* ADV_IND */
    *at++ = 1; /* a random address, resolvable by its form */
    random_fill(random, at, 6);
    at[5] = (guint8)((at[5] & 0x3F) | 0x40);
    at += 6;
    *at++ = advert.size;
    memcpy(at, advert.bytes, advert.size);
    at += advert.size;
    *at++ = (guint8)rssi_dbm;
    packet->size = (gsize)(at - packet->bytes);
}

static void send_phone(struct door *door, gint phone)
{
    g_mutex_lock(&door->lock);
    door->sent_us[1] = door->sent_us[0];
    door->sent_us[0] = now_us();
    g_mutex_unlock(&door->lock);
    radio_peer_send(door->peer, door->phones[phone].bytes, door->phones[phone].size, 1);
}

/* Those that were on the spot before. */
static void send_gone(const struct door *door, gint count)
{
    for (gint i = 0; i < count; i++)
        radio_peer_send(door->peer, door->gone[i].bytes, door->gone[i].size, 1);
}

static gpointer be_the_street(gpointer user)
{
    struct door *door = user;
    gint64 due_us = now_us();

    for (guint i = 0; !g_atomic_int_get(&door->is_over); i++) {
        const struct packet *stranger = &door->strangers[i % STRANGERS];
        const gint phone = g_atomic_int_get(&door->phone);
        gint64 left_us;

        radio_peer_send(door->peer, stranger->bytes, stranger->size, 1);
        if (i % (PHONE_US / STREET_US) == 0) {
            send_gone(door, g_atomic_int_get(&door->passed));
            if (phone >= 0)
                send_phone(door, phone);
        }
        due_us += STREET_US;
        left_us = due_us - now_us();
        if (left_us > 0)
            g_usleep((gulong)left_us);
    }
    return NULL;
}

/* ---- Browsers ---- */

static int ask(const struct door *door, const char *path)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(door->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    g_autofree char *request =
        g_strdup_printf("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", path, door->port);
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (descriptor < 0 || connect(descriptor, (const void *)&address, sizeof(address)) < 0 ||
        send(descriptor, request, strlen(request), MSG_NOSIGNAL) != (gssize)strlen(request))
        fail("the door's page does not answer");
    return descriptor;
}

static gboolean is_verdict(const char *event)
{
    return strstr(event, "\"phase\":\"showing\"") != NULL &&
           strstr(event, "\"verdict\":\"heard\"") != NULL;
}

/* The first browser's clock stops at each new verdict. */
static void take_event(struct door *door, const char *event, gboolean *was_showing)
{
    const gboolean shows = is_verdict(event);

    if (strstr(event, "\"phase\"") == NULL)
        return; /* a sign of life alone */
    if (shows && !*was_showing)
        g_async_queue_push(door->verdicts, g_memdup2(&(gint64){now_us()}, sizeof(gint64)));
    *was_showing = shows;
}

struct browser {
    struct door *door;
    guint number;
};

static gpointer browse(gpointer user)
{
    struct browser *browser = user;
    g_autoptr(GString) text = g_string_new(NULL);
    gboolean was_showing = FALSE;
    char bytes[16384];
    gssize count;

    while ((count = recv(browser->door->sockets[browser->number], bytes, sizeof(bytes), 0)) > 0) {
        char *end;

        if (browser->number > 0)
            continue;
        g_string_append_len(text, bytes, count);
        while ((end = strstr(text->str, "\n\n")) != NULL) {
            *end = '\0';
            take_event(browser->door, text->str, &was_showing);
            g_string_erase(text, 0, end + 2 - text->str);
        }
    }
    g_free(browser);
    return NULL;
}

static void open_browsers(struct door *door)
{
    for (guint i = 0; i < BROWSERS; i++) {
        struct browser *browser = g_new(struct browser, 1);

        *browser = (struct browser){door, i};
        door->sockets[i] = ask(door, "/events");
        door->browsers[i] = g_thread_new("browser", browse, browser);
    }
}

static void close_browsers(struct door *door)
{
    for (guint i = 0; i < BROWSERS; i++) {
        shutdown(door->sockets[i], SHUT_RDWR);
        g_thread_join(door->browsers[i]);
        close(door->sockets[i]);
    }
}

/* ---- The program ---- */

/* In the child: it ends with us, however we end. */
static void prepare_child(gpointer errors)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (!freopen(errors, "w", stderr) || !freopen("/dev/null", "w", stdout))
        _exit(127);
}

/* "the door's page: http://127.0.0.1:PORT/" */
static gboolean find_port(struct door *door)
{
    g_autofree char *text = NULL;
    const char *at;

    if (!g_file_get_contents(door->errors, &text, NULL, NULL))
        return FALSE;
    at = strstr(text, "http://127.0.0.1:");
    if (at == NULL || strchr(at, '\n') == NULL)
        return FALSE;
    door->port = (guint16)strtoul(at + strlen("http://127.0.0.1:"), NULL, 10);
    return door->port != 0;
}

static void start_program(struct door *door)
{
    const gint64 end_us = now_us() + LIMIT_S * G_USEC_PER_SEC;
    const char *words[] = {BENCH_ENTRANCE,
                           "--radio",
                           radio_peer_address(door->peer),
                           "--tally-file",
                           door->tally,
                           "--calibration-file",
                           door->calibration,
                           "--web-listen",
                           "127.0.0.1:0",
                           NULL};
    g_auto(GStrv) argv = g_strdupv((char **)(guintptr)words);

    if (!g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, prepare_child, door->errors,
                       &door->process, NULL))
        fail("%s cannot be started", BENCH_ENTRANCE);
    while (!find_port(door)) {
        if (now_us() > end_us)
            fail("%s told no page within %d s", BENCH_ENTRANCE, LIMIT_S);
        g_usleep(10000);
    }
}

static struct door *door_begin(void)
{
    struct door *door = g_new0(struct door, 1);
    struct random_source random = {1};

    door->folder = g_dir_make_tmp("beacon-bench-XXXXXX", NULL);
    door->tally = g_build_filename(door->folder, "tally.db", NULL);
    door->calibration = g_build_filename(door->folder, "calibration", NULL);
    door->errors = g_build_filename(door->folder, "errors", NULL);
    if (!g_file_set_contents(door->calibration, calibration, -1, NULL))
        fail("%s cannot be written", door->calibration);
    for (guint i = 0; i < STRANGERS; i++)
        make_packet(&door->strangers[i], &random, FAR_DBM);
    for (guint i = 0; i < CHECKS; i++) {
        make_packet(&door->phones[i], &random, NEAR_DBM);
        door->gone[i] = door->phones[i];
        door->gone[i].bytes[door->gone[i].size - 1] = (guint8)(gint8)FAR_DBM;
    }
    door->phone = -1;
    g_mutex_init(&door->lock);
    door->verdicts = g_async_queue_new_full(g_free);
    door->peer = radio_peer_new();
    start_program(door);
    door->street = g_thread_new("street", be_the_street, door);
    open_browsers(door);
    return door;
}

static void remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_rmdir(folder);
}

static void door_end(struct door *door)
{
    g_atomic_int_set(&door->is_over, 1);
    g_thread_join(door->street);
    kill(door->process, SIGTERM);
    waitpid(door->process, NULL, 0);
    close_browsers(door);
    radio_peer_free(door->peer);
    remove_folder(door->folder);
    g_async_queue_unref(door->verdicts);
    g_mutex_clear(&door->lock);
    g_free(door->errors);
    g_free(door->calibration);
    g_free(door->tally);
    g_free(door->folder);
    g_free(door);
}

/* ---- Measures ---- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of all its threads. */
static double program_seconds(const struct door *door)
{
    struct timespec time;
    clockid_t clock;

    if (clock_getcpuclockid(door->process, &clock) != 0 || clock_gettime(clock, &time) != 0)
        fail("the door has ended");
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void measure_load(struct session *session, const struct door *door, guint rounds)
{
    double loads[ROUNDS];

    for (guint i = 0; i < rounds; i++) {
        double wall = machine_wall_seconds(), used = program_seconds(door);

        g_usleep(ROUND_S * G_USEC_PER_SEC);
        wall = machine_wall_seconds() - wall;
        loads[i] = 100 * (program_seconds(door) - used) / wall;
    }
    qsort(loads, rounds, sizeof(*loads), compare_doubles);
    report_note(session->report,
                "door: a thousand advertisements a second, page open in %d browsers: %.2f %% of a "
                "core (%.2f to %.2f in %u rounds of %d s)",
                BROWSERS, loads[rounds / 2], loads[0], loads[rounds - 1], rounds, ROUND_S);
}

/* A phone comes, a check begins by itself, and a browser has the verdict. */
static double time_verdict(struct door *door, guint phone)
{
    gint64 *shown_us;
    double latency_ms;

    g_atomic_int_set(&door->phone, (gint)phone);
    shown_us = g_async_queue_timeout_pop(door->verdicts, LIMIT_S * G_USEC_PER_SEC);
    if (!shown_us)
        fail("the door gave no verdict within %d s", LIMIT_S);
    g_mutex_lock(&door->lock);
    latency_ms = 1e-3 * (double)(*shown_us - door->sent_us[door->sent_us[0] > *shown_us]);
    g_mutex_unlock(&door->lock);
    g_atomic_int_set(&door->phone, -1);
    g_atomic_int_set(&door->passed, (gint)phone + 1);
    g_free(shown_us);
    g_usleep(APART_S * G_USEC_PER_SEC);
    return latency_ms;
}

static void measure_verdicts(struct session *session, struct door *door, guint checks)
{
    double latencies[CHECKS];

    for (guint i = 0; i < checks; i++)
        latencies[i] = time_verdict(door, i);
    qsort(latencies, checks, sizeof(*latencies), compare_doubles);
    report_note(session->report,
                "door: from the deciding advertisement to the verdict in a browser %.1f ms (median "
                "of %u, %.1f to %.1f)",
                latencies[checks / 2], checks, latencies[0], latencies[checks - 1]);
}

void bench_door(struct session *session)
{
    const gboolean is_short = options_size(session->options.logs, ROUNDS * 1000) < 1000;
    struct door *door;

    if (!session_wants(session, SUBJECT_DOOR))
        return;
    door = door_begin();
    measure_verdicts(session, door, is_short ? 1 : CHECKS);
    measure_load(session, door, is_short ? 1 : ROUNDS);
    door_end(door);
    session->report->has_figures = true;
}

#else

void bench_door(struct session *session)
{
    report_note(session->report, "door: beacon-entrance is not built");
}

#endif
