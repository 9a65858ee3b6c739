/* SPDX-License-Identifier: MIT */
/* Nodes on one simulated air and one clock that goes by hand, each with a log of its own. */
#include "world.h"

#include <check.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

void world_begin(struct world *world, const char *scenario)
{
    world->folder = g_dir_make_tmp("node-XXXXXX", NULL);
    ck_assert_ptr_nonnull(world->folder);
    world->air = g_build_filename(world->folder, "world.air", NULL);
    ck_assert(g_file_set_contents(world->air, scenario, -1, NULL));
    world->clock = beacon_clock_new_virtual(NULL, WORLD_START_MS * 1000, BEACON_CLOCK_BY_HAND);
    world->is_clock_right = true;
    if (world->slots_per_day == 0)
        world->slots_per_day = BEACON_SLOTS_PER_DAY;
}

static void remove_folder(const char *path)
{
    GDir *folder = g_dir_open(path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        g_unlink(file);
    }
    g_dir_close(folder);
    g_rmdir(path);
}

void world_stop(struct world_node *node)
{
    g_autoptr(GError) error = NULL;

    if (node->store == NULL)
        return;
    node_end(node->node);
    node->node = node_free(node->node);
    node->radio = beacon_radio_free(node->radio);
    ck_assert_msg(beacon_store_close(g_steal_pointer(&node->store), &error), "%s",
                  error != NULL ? error->message : "");
}

void world_end(struct world *world)
{
    for (guint i = 0; i < world->count; i++) {
        struct world_node *node = &world->nodes[i];

        world_stop(node);
        beacon_identity_free(node->next);
        g_free(node->log);
        g_free(node->identity_path);
    }
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    beacon_clock_unref(world->clock);
    remove_folder(world->folder);
    g_free(world->folder);
    g_free(world->air);
}

/* ---- A node's surroundings ---- */

static struct world *current; /* one at a time */

static void look(beacon_identity **ret_identity, void *user)
{
    struct world_node *node = user;

    if (node->next != NULL)
        *ret_identity = g_steal_pointer(&node->next);
}

static bool is_clock_right(void *user)
{
    (void)user;
    return current->is_clock_right;
}

static void on_problem(const char *text, void *user)
{
    struct world_node *node = user;

    (void)text;
    node->problems++;
}

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct world_node *node = user;

    if (current->on_packet != NULL)
        current->on_packet(current, (guint)(node - current->nodes), packet);
    node_heard(node->node, packet);
}

static void on_rotation(const struct beacon_advert *advert, const struct beacon_address *address,
                        gint64 gap_us, gpointer user)
{
    struct world_node *node = user;

    (void)advert, (void)address, (void)gap_us;
    node_rotated(node->node);
}

/* A key of the node's own, and the file in which 'beacon identity report' finds it. */
static void make_identity(const struct world *world, struct world_node *node)
{
    struct beacon_base_key key = {{0}};
    char text[BEACON_IDENTITY_TEXT_MAX];
    size_t length;

    memset(key.bytes, node->receiver[0], sizeof key.bytes);
    ck_assert_int_eq(beacon_identity_new(&key,
                                         beacon_day_of(WORLD_START_MS) - BEACON_BASE_DAY_OFFSET,
                                         world->slots_per_day, &node->next),
                     0);
    beacon_identity_to_text(node->next, text, &length);
    ck_assert(g_file_set_contents_full(node->identity_path, text, (gssize)length,
                                       G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void derive(struct world_node *node, gint64 time_ms)
{
    beacon_identity *identity = NULL;
    g_autofree char *text = NULL;
    gsize length;

    ck_assert(g_file_get_contents(node->identity_path, &text, &length, NULL));
    ck_assert_int_eq(beacon_identity_from_text(text, length, &identity), 0);
    ck_assert_int_eq(beacon_identity_at(identity, time_ms, &node->identifier, &node->slot), 0);
    beacon_identity_free(identity);
}

struct beacon_identifier world_identifier(struct world_node *node, gint64 time_ms)
{
    if (time_ms < node->slot.start_ms || time_ms >= node->slot.end_ms)
        derive(node, time_ms);
    return node->identifier;
}

void world_compare(struct world *world, guint node, const struct beacon_radio_packet *packet)
{
    struct beacon_advert_info info;
    struct beacon_identifier expected;

    if (node != 1)
        return;
    beacon_advert_recognise(packet->data, packet->size, &info);
    expected = world_identifier(&world->nodes[0], beacon_clock_wall_us(world->clock) / 1000);
    if (memcmp(&expected, &info.identifier, sizeof expected) == 0)
        world->said.right++;
    else
        world->said.wrong++;
}

static void open_radio(struct world *world, struct world_node *node)
{
    const struct beacon_radio_listener listener = {
        .on_packet = on_packet, .on_rotation = on_rotation, .user = node};
    const struct beacon_radio_options options = {.size = sizeof options, .clock = world->clock};
    g_autofree char *address = g_strdup_printf("sim:%s#%s", world->air, node->receiver);
    g_autoptr(GError) error = NULL;

    node->radio = beacon_radio_open(address, &options, &listener, &error);
    ck_assert_msg(node->radio != NULL, "%s", error != NULL ? error->message : "");
}

static void open_log(const struct world *world, struct world_node *node)
{
    const struct beacon_store_options options = {.size = sizeof options,
                                                 .access = BEACON_STORE_CREATE,
                                                 .vfs = world->vfs,
                                                 .monotonic_us = world->monotonic_us};
    g_autoptr(GError) error = NULL;

    node->store = beacon_store_open(node->log, &options, &error);
    ck_assert_msg(node->store != NULL, "%s", error != NULL ? error->message : "");
}

static void start_node(struct world *world, struct world_node *node)
{
    const struct node_options options = {
        .clock = world->clock,
        .store = node->store,
        .identity = {.look = look, .user = node},
        .boot = {{1, 2, 3}},
        .scan = world->scan,
        .advertise = world->advertise,
        .is_in_place = !world->has_threads,
        .is_clock_right = is_clock_right,
        .on_problem = on_problem,
        .user = node,
    };
    g_autoptr(GError) error = NULL;

    node->node = node_new(&options);
    ck_assert_msg(node_begin(node->node, node->radio, &error), "%s",
                  error != NULL ? error->message : "");
}

struct world_node *world_add(struct world *world, const char *receiver)
{
    struct world_node *node = &world->nodes[world->count++];

    current = world;
    node->receiver = receiver;
    node->log = g_strdup_printf("%s/%s.log", world->folder, receiver);
    node->identity_path = g_strdup_printf("%s/%s.identity", world->folder, receiver);
    make_identity(world, node);
    open_radio(world, node);
    open_log(world, node);
    start_node(world, node);
    return node;
}

void world_advance(struct world *world, gint64 us)
{
    for (; us > 0; us -= G_TIME_SPAN_SECOND) {
        beacon_clock_advance(world->clock, MIN(us, G_TIME_SPAN_SECOND));
        while (g_main_context_iteration(NULL, FALSE))
            continue;
    }
}

/* ---- Afterwards ---- */

char *world_tool(int code, const char *word, ...)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autofree char *errors = NULL;
    g_autoptr(GError) error = NULL;
    char *output = NULL;
    int status = 0;
    va_list more;

    g_ptr_array_add(words, (gpointer)(guintptr)g_getenv("BEACON"));
    va_start(more, word);
    for (; word != NULL; word = va_arg(more, const char *))
        g_ptr_array_add(words, (gpointer)(guintptr)word);
    va_end(more);
    g_ptr_array_add(words, NULL);
    ck_assert_msg(g_spawn_sync(NULL, (char **)words->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                               &output, &errors, &status, &error),
                  "%s", error != NULL ? error->message : "");
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == code, "%d: %s", status, errors);
    return output;
}

struct beacon_store_info world_log_info(const struct world_node *node)
{
    struct beacon_store_info info;
    beacon_store *store = beacon_store_open(node->log, NULL, NULL);

    ck_assert_ptr_nonnull(store);
    ck_assert(beacon_store_info(store, &info, NULL));
    beacon_store_free(store);
    return info;
}
