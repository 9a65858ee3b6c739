/* SPDX-License-Identifier: MIT */
/* Listens on any radio and says which Bluezone phones are there: listen hci:hci0, or sim:FILE. */
#include <beacon/radio.h>

#include <stdio.h>

struct listener {
    GMainLoop *loop;
    GHashTable *heard; /* identifiers, as text */
};

/* A phone is told once, when it is first heard. */
static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct listener *listener = user;
    struct beacon_advert_info info;
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_advert_recognise(packet->data, packet->size, &info);
    if (info.kind != BEACON_ADVERT_ANDROID)
        return;
    beacon_identifier_to_hex(&info.identifier, text);
    if (g_hash_table_add(listener->heard, g_strdup(text)))
        printf("%s at %d dBm\n", text, packet->rssi_dbm);
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    struct listener *listener = user;

    printf("%s: %s\n", beacon_radio_state_text(health->state), health->text);
    if (health->state == BEACON_RADIO_ENDED)
        g_main_loop_quit(listener->loop);
}

int main(int argc, char **argv)
{
    struct listener listener = {
        .loop = g_main_loop_new(NULL, FALSE),
        .heard = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    const struct beacon_radio_listener calls = {
        .on_packet = on_packet, .on_health = on_health, .user = &listener};
    const struct beacon_radio_options options = {.size = sizeof options, .speed = -1};
    const struct beacon_radio_scan scan = {.size = sizeof scan}; /* without a pause */
    GError *error = NULL;
    beacon_radio *radio = beacon_radio_open(argc > 1 ? argv[1] : "auto", &options, &calls, &error);
    gboolean listens = radio != NULL && beacon_radio_scan(radio, &scan, &error);

    if (listens)
        g_main_loop_run(listener.loop);
    else
        fprintf(stderr, "%s\n", error->message);
    beacon_radio_free(radio); /* and the controller is silent */
    printf("%u phones\n", g_hash_table_size(listener.heard));
    g_clear_error(&error);
    g_hash_table_unref(listener.heard);
    g_main_loop_unref(listener.loop);
    return listens ? 0 : 1;
}
