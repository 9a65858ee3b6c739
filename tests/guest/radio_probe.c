/* SPDX-License-Identifier: MIT */
/*
 * Opens one radio, does with it what its arguments say, and prints what comes of it, a JSON object
 * a line. Ends with SIGTERM or SIGINT; SIGUSR1: prints what it holds, descriptors and memory.
 *
 *   radio_probe ADDRESS [WORD]…
 *
 *   scan, active, monitor   scans: passively, actively, by bluetoothd's monitor
 *   advertise[=SECONDS]     an Android phone's advertisement; another identifier after so long,
 *                           each with its number, 1, 2, …, in its last byte
 *   iphone                  advertises as an iPhone with the app open
 *   identifier=HEX          the first of the identifiers, and the one that is served
 *   connectable, serve      be visited
 *   visit                   visits whoever is heard and looks like an iPhone, once each address
 *   visit=ADDRESS           visits this one when it has been heard
 *   take                    the adapter from bluetoothd, with hci:
 *   for=SECONDS             ends by itself
 */
#include <beacon/radio.h>
#include <glib-unix.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    beacon_radio *radio;
    GMainLoop *loop;
    GHashTable *visited; /* address texts */
    struct beacon_identifier identifier;
    gint64 rotate_us;     /* 0: never */
    gboolean is_scanning; /* as it was printed */
    gboolean scan, active, monitor, advertise, iphone, connectable, serve, visit, take;
    const char *visit_address;
};

static void print_hex(const char *name, const guint8 *bytes, gsize size)
{
    printf(", \"%s\": \"", name);
    for (gsize i = 0; i < size; i++)
        printf("%02X", bytes[i]);
    printf("\"");
}

static void print_text(const char *name, const char *text)
{
    char *escaped = g_strescape(text, NULL); /* ours are in ASCII, and of one line */
    printf(", \"%s\": \"%s\"", name, escaped);
    g_free(escaped);
}

static void begin(const char *event)
{
    printf("{\"time\": %.3f, \"event\": \"%s\"", (double)g_get_monotonic_time() / 1e6, event);
}

static void end(void)
{
    printf("}\n");
    fflush(stdout);
}

static void print_address(const struct beacon_address *address)
{
    char text[BEACON_ADDRESS_TEXT_SIZE];
    beacon_address_to_text(address, text);
    print_text("address", text);
    print_text("type", address->type == BEACON_ADDRESS_RANDOM ? "random" : "public");
}

/* ---- What is heard ---- */

static const char *const results[] = {"read",    "unreachable", "stalled", "lost",
                                      "foreign", "protected",   "dropped"};

/* Who could not be read is tried again. */
static void was_visited(const struct beacon_visit *visit, gpointer user)
{
    struct probe *probe = user;
    char text[BEACON_ADDRESS_TEXT_SIZE];
    beacon_address_to_text(&visit->address, text);
    if (visit->result != BEACON_VISIT_READ)
        g_hash_table_remove(probe->visited, text);
    begin("visit");
    print_address(&visit->address);
    print_text("result", results[visit->result]);
    print_hex("identifier", visit->identifier.bytes, sizeof visit->identifier.bytes);
    end();
}

static void consider_visit(struct probe *probe, const struct beacon_address *address, gboolean asks)
{
    char text[BEACON_ADDRESS_TEXT_SIZE];
    beacon_address_to_text(address, text);
    if (probe->visit_address != NULL)
        asks = g_ascii_strcasecmp(text, probe->visit_address) == 0;
    if (!asks || !probe->visit || g_hash_table_contains(probe->visited, text))
        return;
    g_hash_table_add(probe->visited, g_strdup(text));
    beacon_radio_visit(probe->radio, address, 0, was_visited, probe);
}

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    static const char *const kinds[] = {"other", "android", "iphone open", "iphone background"};
    struct beacon_advert_info info;
    beacon_advert_recognise(packet->data, packet->size, &info);
    begin("packet");
    print_address(&packet->address);
    printf(", \"rssi\": %d", packet->rssi_dbm);
    print_hex("data", packet->data, packet->size);
    print_text("kind", kinds[info.kind]);
    if (info.kind == BEACON_ADVERT_ANDROID)
        print_hex("identifier", info.identifier.bytes, sizeof info.identifier.bytes);
    end();
    consider_visit(user, &packet->address,
                   info.kind == BEACON_ADVERT_IPHONE_OPEN ||
                       info.kind == BEACON_ADVERT_IPHONE_BACKGROUND);
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    (void)user;
    begin("health");
    print_text("state", beacon_radio_state_text(health->state));
    print_text("step", beacon_radio_step_text(health->step));
    printf(", \"scanning\": %s, \"advertising\": %s", health->scanning ? "true" : "false",
           health->advertising ? "true" : "false");
    print_text("text", health->text);
    end();
}

/* Ready comes before it, and of it no call tells. */
static gboolean print_scanning(gpointer user)
{
    struct probe *probe = user;
    gboolean is_scanning = beacon_radio_health(probe->radio).scanning;
    if (is_scanning != probe->is_scanning) {
        probe->is_scanning = is_scanning;
        begin(is_scanning ? "scans" : "scans no more");
        end();
    }
    return G_SOURCE_CONTINUE;
}

static void on_rotation(const struct beacon_advert *advert, const struct beacon_address *address,
                        gint64 gap_us, gpointer user)
{
    (void)user;
    begin("rotation");
    print_address(address);
    print_hex("data", advert->bytes, advert->size);
    printf(", \"gap_us\": %" G_GINT64_FORMAT, gap_us);
    end();
}

/* ---- What is said ---- */

static gboolean payload(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                        gpointer user)
{
    struct probe *probe = user;
    guint8 *number = &probe->identifier.bytes[sizeof probe->identifier.bytes - 1];
    *ret_until_us = probe->rotate_us > 0 ? time_us + probe->rotate_us : G_MAXINT64 / 2;
    *number = (guint8)(*number + 1);
    if (probe->iphone)
        beacon_advert_iphone_open(ret_advert);
    else
        beacon_advert_android(&probe->identifier, ret_advert);
    return TRUE;
}

static gboolean value(gint64 time_us, struct beacon_identifier *ret_identifier, gpointer user)
{
    (void)time_us;
    *ret_identifier = ((struct probe *)user)->identifier;
    return TRUE;
}

/* ---- Orders ---- */

static gboolean take_identifier(struct probe *probe, const char *hex)
{
    if (strlen(hex) != 2 * sizeof probe->identifier.bytes)
        return FALSE;
    for (gsize i = 0; i < sizeof probe->identifier.bytes; i++) {
        gint high = g_ascii_xdigit_value(hex[2 * i]), low = g_ascii_xdigit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return FALSE;
        probe->identifier.bytes[i] = (guint8)(high << 4 | low);
    }
    return TRUE;
}

static gboolean quit(gpointer user)
{
    g_main_loop_quit(((struct probe *)user)->loop);
    return G_SOURCE_REMOVE;
}

static gboolean take_word(struct probe *probe, const char *word)
{
    const struct {
        const char *word;
        gboolean *wish;
    } wishes[] = {
        {"scan", &probe->scan},       {"active", &probe->active},
        {"monitor", &probe->monitor}, {"advertise", &probe->advertise},
        {"iphone", &probe->iphone},   {"connectable", &probe->connectable},
        {"serve", &probe->serve},     {"visit", &probe->visit},
        {"take", &probe->take},
    };
    const char *equals = strchr(word, '=');
    gsize size = equals != NULL ? (gsize)(equals - word) : strlen(word);
    const char *rest = equals != NULL ? equals + 1 : NULL;
    gboolean known = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(wishes); i++)
        if (strlen(wishes[i].word) == size && strncmp(word, wishes[i].word, size) == 0)
            known = *wishes[i].wish = TRUE;
    if (rest == NULL)
        return known;
    if (strncmp(word, "advertise=", 10) == 0)
        probe->rotate_us = (gint64)(g_ascii_strtod(rest, NULL) * 1e6);
    else if (strncmp(word, "visit=", 6) == 0)
        probe->visit_address = rest;
    else if (strncmp(word, "for=", 4) == 0)
        g_timeout_add((guint)(g_ascii_strtod(rest, NULL) * 1000), quit, probe);
    else
        return strncmp(word, "identifier=", 11) == 0 && take_identifier(probe, rest);
    return TRUE;
}

static gboolean order(struct probe *probe, GError **error)
{
    struct beacon_radio_scan scan = {
        .size = sizeof scan,
        .active = probe->active,
        .monitor = probe->monitor,
    };
    struct beacon_radio_advertise advertise = {
        .size = sizeof advertise,
        .payload = payload,
        .user = probe,
        .not_connectable = !probe->connectable,
    };
    if ((probe->scan || probe->active || probe->monitor) &&
        !beacon_radio_scan(probe->radio, &scan, error))
        return FALSE;
    if ((probe->advertise || probe->iphone) &&
        !beacon_radio_advertise(probe->radio, &advertise, error))
        return FALSE;
    return !probe->serve || beacon_radio_serve(probe->radio, value, probe, error);
}

static void print_end(const struct probe *probe)
{
    struct beacon_radio_health health = beacon_radio_health(probe->radio);
    const struct beacon_radio_counters *c = &health.counters;
    begin("end");
    printf(", \"packets\": %" G_GUINT64_FORMAT ", \"rotations\": %" G_GUINT64_FORMAT
           ", \"refused\": %" G_GUINT64_FORMAT ", \"timeouts\": %" G_GUINT64_FORMAT
           ", \"reopenings\": %" G_GUINT64_FORMAT ", \"worst_gap_us\": %" G_GINT64_FORMAT
           ", \"capabilities\": %u",
           c->packets, c->rotations, c->refused, c->timeouts, c->reopenings, c->worst_gap_us,
           beacon_radio_capabilities(probe->radio));
    end();
}

/* With AddressSanitizer the allocator is its own, and it alone knows. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static gsize allocated_bytes(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL)
        return __sanitizer_get_current_allocated_bytes();
    return mallinfo2().uordblks;
}

static gboolean print_holdings(gpointer user)
{
    (void)user;
    guint descriptors = 0;
    GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
    while (dir != NULL && g_dir_read_name(dir) != NULL)
        descriptors++;
    if (dir != NULL)
        g_dir_close(dir);
    begin("holdings");
    printf(", \"descriptors\": %u, \"bytes\": %" G_GSIZE_FORMAT, descriptors, allocated_bytes());
    end();
    return G_SOURCE_CONTINUE;
}

static int fail(GError *error)
{
    begin("error");
    print_text("text", error->message);
    end();
    g_error_free(error);
    return EXIT_FAILURE;
}

static int run(struct probe *probe, const char *address)
{
    GError *error = NULL;
    struct beacon_radio_listener listener = {on_packet, on_health, on_rotation, probe};
    struct beacon_radio_options options = {
        .size = sizeof options, .take = probe->take, .visit_ms = 20000 /* the guest is slow */};
    probe->radio = beacon_radio_open(address, &options, &listener, &error);
    if (probe->radio == NULL)
        return fail(error);
    g_unix_signal_add(SIGTERM, quit, probe);
    g_unix_signal_add(SIGINT, quit, probe);
    g_unix_signal_add(SIGUSR1, print_holdings, NULL);
    int status = EXIT_SUCCESS;
    guint look = g_timeout_add(50, print_scanning, probe);
    if (order(probe, &error)) {
        g_main_loop_run(probe->loop);
        print_end(probe);
    } else {
        status = fail(error);
    }
    g_source_remove(look);
    gint64 before = g_get_monotonic_time();
    beacon_radio_free(probe->radio);
    begin("freed");
    printf(", \"took_us\": %" G_GINT64_FORMAT, g_get_monotonic_time() - before);
    end();
    return status;
}

int main(int argc, char **argv)
{
    struct probe probe = {.loop = g_main_loop_new(NULL, FALSE)};
    probe.visited = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 2; i < argc; i++)
        if (!take_word(&probe, argv[i])) {
            fprintf(stderr, "radio_probe: \"%s\" is no word of mine\n", argv[i]);
            return 2;
        }
    if (argc < 2) {
        fprintf(stderr, "radio_probe: expected a radio's address\n");
        return 2;
    }
    int status = run(&probe, argv[1]);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_hash_table_unref(probe.visited);
    g_main_loop_unref(probe.loop);
    return status;
}
