/* SPDX-License-Identifier: MIT */
/* Does with an adapter what its arguments say, one after the other, for the guest's cases. */
#include "radio/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT_S = 20 };

static struct {
    struct bcn_transport *transport;
    gboolean is_gone, is_cycled, is_late;
    int reset_status; /* -1 before the answer */
} probe = {.reset_status = -1};

static void fail(const char *what)
{
    printf("failed: %s\n", what);
    exit(1);
}

/* HCI_Reset's Command Complete (Core 5.3, vol 4 part E, 7.7.14). */
static void received(gpointer user, const guint8 *packet, gsize size)
{
    (void)user;
    if (size >= 7 && packet[0] == BCN_H4_EVENT && packet[1] == 0x0E && packet[4] == 0x03 &&
        packet[5] == 0x0C)
        probe.reset_status = packet[6];
}

static void gone(gpointer user, const char *text)
{
    (void)user;
    probe.is_gone = TRUE;
    printf("gone: %s\n", text);
}

static void cycled(gpointer user)
{
    (void)user;
    probe.is_cycled = TRUE;
    puts("cycled");
}

static const struct bcn_transport_events events = {received, gone};

static gboolean is_late(gpointer user)
{
    (void)user;
    probe.is_late = TRUE;
    return G_SOURCE_REMOVE;
}

static void run_until(const gboolean *flag, const char *what)
{
    probe.is_late = FALSE;
    guint timer = g_timeout_add_seconds(LIMIT_S, is_late, NULL);
    while (!*flag && !probe.is_late)
        g_main_context_iteration(NULL, TRUE);
    if (!*flag)
        fail(what);
    g_source_remove(timer);
}

/* ---- What can be asked for ---- */

static void make(const char *adapter, gboolean take)
{
    GError *error = NULL;
    probe.transport = bcn_transport_user(adapter, take, &error);
    if (probe.transport == NULL)
        fail(error->message);
    probe.transport->events = &events;
    probe.transport->context = g_main_context_default();
}

static void use(const char *adapter)
{
    make(adapter, FALSE);
}

static void take(const char *adapter)
{
    make(adapter, TRUE);
}

static gboolean try_open(void)
{
    GError *error = NULL;
    gboolean is_open = probe.transport->class->open(probe.transport, &error);
    if (is_open)
        puts("opened");
    else
        printf("refused (%d): %s\n", error->code, error->message);
    if (is_open && probe.transport->note != NULL)
        printf("note: %s\n", probe.transport->note);
    g_clear_error(&error);
    return is_open;
}

static void open_it(const char *unused)
{
    (void)unused;
    if (!try_open())
        exit(3);
}

/* Until it can be had again: as the ladder does. */
static void reopen(const char *unused)
{
    (void)unused;
    for (int i = 0; i < 10 * LIMIT_S; i++) {
        GError *error = NULL;
        if (probe.transport->class->open(probe.transport, &error)) {
            puts("opened again");
            return;
        }
        g_clear_error(&error);
        g_usleep(G_USEC_PER_SEC / 10);
    }
    fail("it could not be opened again");
}

static void reset(const char *unused)
{
    static const guint8 packet[] = {BCN_H4_COMMAND, 0x03, 0x0C, 0};
    (void)unused;
    probe.reset_status = -1;
    if (!probe.transport->class->send(probe.transport, packet, sizeof packet))
        fail("reset could not be sent");
    while (probe.reset_status < 0)
        if (!probe.transport->class->wait(probe.transport, LIMIT_S * 1000))
            fail("reset was not answered");
    printf("reset: %d\n", probe.reset_status);
}

static void close_it(const char *unused)
{
    (void)unused;
    probe.transport->class->close(probe.transport);
    puts("closed");
}

static void cycle(const char *unused)
{
    (void)unused;
    probe.is_cycled = FALSE;
    probe.transport->class->cycle(probe.transport, cycled);
    run_until(&probe.is_cycled, "it was not cycled");
}

static void wait_gone(const char *unused)
{
    (void)unused;
    run_until(&probe.is_gone, "it did not go");
    probe.is_gone = FALSE;
}

/* Waits for a line, so that a script can do something meanwhile. */
static void wait_for_line(const char *unused)
{
    char line[16];
    (void)unused;
    puts("waiting");
    if (read(STDIN_FILENO, line, sizeof line) <= 0)
        exit(4);
}

static void list(const char *unused)
{
    (void)unused;
    GError *error = NULL;
    GArray *adapters = beacon_radio_adapters(&error);
    if (adapters == NULL)
        fail(error->message);
    for (guint i = 0; i < adapters->len; i++) {
        const struct beacon_adapter *one = &g_array_index(adapters, struct beacon_adapter, i);
        char address[BEACON_ADDRESS_TEXT_SIZE];
        beacon_address_to_text(&one->address, address);
        printf("%s %s %s%s\n", one->name, address, one->up ? "up" : "down",
               one->held ? " held" : "");
    }
    g_array_unref(adapters);
}

static void diagnose(const char *address)
{
    static const char *const levels[] = {"good", "note", "bad"};
    GPtrArray *findings = beacon_radio_diagnose(address);
    for (guint i = 0; i < findings->len; i++) {
        const struct beacon_finding *finding = g_ptr_array_index(findings, i);
        printf("%s %s: %s\n", levels[finding->level], finding->subject, finding->text);
    }
    g_ptr_array_unref(findings);
}

static const struct order {
    const char *name;
    gboolean takes_word;
    void (*run)(const char *word);
} orders[] = {
    {"use", TRUE, use},         {"take", TRUE, take},         {"open", FALSE, open_it},
    {"reset", FALSE, reset},    {"close", FALSE, close_it},   {"cycle", FALSE, cycle},
    {"gone", FALSE, wait_gone}, {"reopen", FALSE, reopen},    {"line", FALSE, wait_for_line},
    {"list", FALSE, list},      {"diagnose", TRUE, diagnose},
};

static const struct order *find_order(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(orders); i++)
        if (strcmp(orders[i].name, name) == 0)
            return &orders[i];
    fprintf(stderr, "user_probe: %s: no such order\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        const struct order *order = find_order(argv[i]);
        const char *word = order->takes_word ? argv[++i] : NULL;
        if (order->takes_word && word == NULL)
            return 2;
        order->run(word);
    }
    if (probe.transport != NULL)
        probe.transport->class->free(probe.transport);
    return 0;
}
