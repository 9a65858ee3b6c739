/* SPDX-License-Identifier: MIT */
/* One door: its parts, put together and driven by one clock. */
#define _GNU_SOURCE /* memmem */
#include "door_own.h"

#include "clock_set.h"
#include "say.h"
#include "zone.h"

#include <string.h>

#define SECOND_US G_USEC_PER_SEC
#define RING_US   (SECOND_US / 10)
#define REOPEN_US (5 * SECOND_US)

struct checkpoint_time door_now(struct door *door)
{
    return (struct checkpoint_time){
        .monotonic_us = beacon_clock_monotonic_us(door->clock),
        .wall_us = beacon_clock_wall_us(door->clock),
        .clock = door->quality,
    };
}

/* ---- Time ---- */

static void on_tick(gpointer user)
{
    struct door *door = user;

    door->tick = 0;
    door_tick(door);
}

static gboolean is_ring_moving(const struct door *door)
{
    return door_is_checking(door) || door->calibrator != NULL;
}

/* The next tick: when the checkpoint wants it, when the ring moves, and once a second. Never at
 * once: the context has others to serve. */
static void arrange_tick(struct door *door)
{
    gint64 now_us = beacon_clock_monotonic_us(door->clock);
    gint64 due_us = now_us + (is_ring_moving(door) ? MIN(door->ring_us, SECOND_US) : SECOND_US);

    due_us = MIN(due_us, MAX(checkpoint_due_us(door->checkpoint), now_us + 1000));
    if (door->tick != 0 && door->tick_due_us <= due_us && door->tick_due_us > now_us)
        return;
    beacon_clock_cancel(door->clock, &door->tick);
    door->tick_due_us = due_us;
    door->tick = beacon_clock_after(door->clock, due_us - now_us, on_tick, door);
}

static void watch_radio(struct door *door);

void door_tick(struct door *door)
{
    struct checkpoint_time now;

    door_check_clock(door);
    watch_radio(door);
    now = door_now(door);
    checkpoint_tick(door->checkpoint, &now);
    if (door->calibrator != NULL) {
        calibrator_tick(door->calibrator, now.monotonic_us);
        if (calibrator_step(door->calibrator) == CALIBRATION_DONE)
            door_finish_calibration(door);
        else if (calibrator_is_left(door->calibrator))
            door_give_up_calibration(door);
    }
    door_tell_alive(door);
    door_refresh(door);
    arrange_tick(door);
}

/* ---- The radio ---- */

/* Apple's manufacturer data: type 2, 21 bytes, UUID, major, minor, and a level at one metre. */
static void look_for_ibeacon(struct door *door, const struct beacon_radio_packet *packet)
{
    guint8 wanted[26] = {0x1A, 0xFF, 0x4C, 0x00, 0x02, 0x15};
    const struct door_ibeacon *ibeacon = &door->ibeacon;

    memcpy(wanted + 6, ibeacon->uuid, sizeof ibeacon->uuid);
    wanted[22] = (guint8)(ibeacon->major >> 8);
    wanted[23] = (guint8)ibeacon->major;
    wanted[24] = (guint8)(ibeacon->minor >> 8);
    wanted[25] = (guint8)ibeacon->minor;
    if (memmem(packet->data, packet->size, wanted, sizeof wanted) == NULL)
        return;
    door->reference = packet->address;
    door->has_reference = TRUE;
}

static void on_packet(const struct beacon_radio_packet *packet, gpointer user)
{
    struct door *door = user;
    gboolean was_checking = door_is_checking(door);

    if (door->has_ibeacon)
        look_for_ibeacon(door, packet);
    checkpoint_packet(door->checkpoint, packet);
    if (door->calibrator != NULL)
        calibrator_packet(door->calibrator, packet);
    if (door->is_news || was_checking != door_is_checking(door))
        door_refresh(door);
    arrange_tick(door);
}

static void tell_health(struct door *door, const struct beacon_radio_health *health)
{
    struct checkpoint_time now = door_now(door);

    checkpoint_health(door->checkpoint, health, &now);
    door->is_scanning = health->scanning;
    door_set_text(door, &door->radio_text, health->text);
    door->view.is_over = health->state == BEACON_RADIO_ENDED;
    if (door->lines != NULL) {
        struct checkpoint_view view;

        checkpoint_view(door->checkpoint, &view);
        lines_health(door->lines, now.wall_us, health, &view);
    }
}

static void on_health(const struct beacon_radio_health *health, gpointer user)
{
    struct door *door = user;

    if (door->checkpoint == NULL) /* while it is being opened; it is asked then */
        return;
    if (health->state == BEACON_RADIO_READY && door->radio != NULL)
        checkpoint_visits_deafen(door->checkpoint, (beacon_radio_capabilities(door->radio) &
                                                    BEACON_RADIO_SCANS_ON_VISITS) == 0);
    tell_health(door, health);
    door->is_news = TRUE;
    door_refresh(door);
    arrange_tick(door);
}

/* That it scans, or no longer does, is told by no call of its own. */
static void watch_radio(struct door *door)
{
    struct beacon_radio_health health;

    if (door->radio == NULL)
        return;
    health = beacon_radio_health(door->radio);
    if (health.scanning != door->is_scanning)
        tell_health(door, &health);
}

static gboolean open_radio(struct door *door, GError **error)
{
    const struct beacon_radio_listener listener = {
        .on_packet = on_packet, .on_health = on_health, .user = door};

    door->radio = beacon_radio_open(door->address, &door->radio_options, &listener, error);
    if (door->radio == NULL)
        return FALSE;
    if (beacon_radio_scan(door->radio, &door->scan, error))
        return TRUE;
    door->radio = beacon_radio_free(door->radio);
    return FALSE;
}

/* What no waiting mends. */
static gboolean is_hopeless(const GError *error)
{
    return error->domain != BEACON_RADIO_ERROR || error->code == BEACON_RADIO_ERROR_ADDRESS ||
           error->code == BEACON_RADIO_ERROR_FORMAT ||
           error->code == BEACON_RADIO_ERROR_UNSUPPORTED;
}

static void on_reopen(gpointer user);

static void wait_for_radio(struct door *door, const GError *error)
{
    const struct beacon_radio_health health = {.state = BEACON_RADIO_LOST,
                                               .step = BEACON_RADIO_STEP_WAIT,
                                               .last_packet_us = -1,
                                               .text = error->message};

    tell_health(door, &health);
    door->reopen = beacon_clock_after(door->clock, REOPEN_US, on_reopen, door);
}

static void on_reopen(gpointer user)
{
    struct door *door = user;
    g_autoptr(GError) error = NULL;

    door->reopen = 0;
    if (!open_radio(door, &error))
        wait_for_radio(door, error);
    door_refresh(door);
    arrange_tick(door);
}

/* ---- What the checkpoint says ---- */

static void on_begin(guint64 check, gboolean by_itself, gint64 time_us, gpointer user)
{
    struct door *door = user;

    door->note = (struct door_note){.installed = INSTALLED_UNKNOWN};
    door->is_news = TRUE;
    if (door->lines != NULL)
        lines_check(door->lines, time_us, check, by_itself);
}

static void on_result(const struct checkpoint_result *result, gpointer user)
{
    struct door *door = user;

    door_take_result(door, result);
    if (door->lines != NULL)
        lines_result(door->lines, result);
}

static void on_slot(const struct counts_slot *slot, gpointer user)
{
    struct door *door = user;

    door_take_slot(door, slot);
    if (door->lines != NULL)
        lines_slot(door->lines, beacon_clock_wall_us(door->clock), slot);
}

static void on_visited(const struct beacon_visit *visit, gpointer user)
{
    struct door *door = user;
    struct checkpoint_time now = door_now(door);

    checkpoint_visited(door->checkpoint, visit, &now);
    door_refresh(door);
    arrange_tick(door);
}

static gboolean on_visit(const struct beacon_address *address, gint64 remember_until_us,
                         gpointer user)
{
    struct door *door = user;

    return door->radio != NULL &&
           beacon_radio_visit(door->radio, address, remember_until_us, on_visited, door);
}

static void make_checkpoint(struct door *door, const struct door_options *options)
{
    const struct checkpoint_listener listener = {.on_begin = on_begin,
                                                 .on_result = on_result,
                                                 .on_visit = on_visit,
                                                 .on_slot = on_slot,
                                                 .user = door};
    const struct checkpoint_options with = {.size = sizeof with,
                                            .slots_per_day = options->slots_per_day,
                                            .mode = options->mode,
                                            .waits_for_tap = options->waits_for_tap};
    struct checkpoint_time now = door_now(door);

    door->checkpoint = checkpoint_new(
        &with, door->calibration.number != 0 ? &door->calibration : NULL, &listener, &now);
}

/* ---- Open and close ---- */

static gboolean load_calibration(struct door *door, const struct door_options *options,
                                 GError **error)
{
    door->calibration_path = g_strdup(options->calibration);
    if (options->assumed != NULL)
        door->calibration = *options->assumed;
    if (options->calibration == NULL || !g_file_test(options->calibration, G_FILE_TEST_EXISTS))
        return TRUE;
    if (!calibration_load(options->calibration, &door->calibration, error))
        return FALSE;
    door_set_reference_level(door, &door->calibration);
    return TRUE;
}

static void set_radio_options(struct door *door, const struct door_options *options)
{
    door->address = g_strdup(options->radio != NULL ? options->radio : "auto");
    door->is_replay =
        g_str_has_prefix(door->address, "sim:") || g_str_has_prefix(door->address, "capture:");
    door->radio_options = (struct beacon_radio_options){
        .size = sizeof door->radio_options, .take = options->take, .speed = options->speed};
    door->scan = (struct beacon_radio_scan){.size = sizeof door->scan,
                                            .interval_us = options->scan_interval_us,
                                            .window_us = options->scan_window_us};
    if (options->clock != NULL)
        door->clock = beacon_clock_ref(options->clock);
    else if (!door->is_replay)
        door->clock = beacon_clock_new(NULL);
    door->radio_options.clock = door->clock;
    door->ring_us = options->speed > 0 ? (gint64)(RING_US * MAX(options->speed, 1)) : RING_US;
}

static void set_clock(struct door *door, const struct door_options *options)
{
    if (door->clock == NULL)
        door->clock = beacon_clock_ref(beacon_radio_clock(door->radio));
    door->clock_is_set = options->clock_is_set;
    door->clock_user = options->clock_user;
    if (door->clock_is_set == NULL && !beacon_clock_is_virtual(door->clock))
        door->clock_is_set = clock_is_set;
    door->ahead_us = beacon_clock_wall_us(door->clock) - beacon_clock_monotonic_us(door->clock);
    door->quality = CLOCK_UNKNOWN;
}

/* The radio may be awaited, if its being away is all that is wrong. */
static gboolean open_first(struct door *door, const struct door_options *options, GError **error,
                           GError **ret_awaited)
{
    if (open_radio(door, ret_awaited))
        return TRUE;
    if (options->waits_for_radio && door->clock != NULL && !is_hopeless(*ret_awaited))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(ret_awaited));
    return FALSE;
}

static void set_wishes(struct door *door, const struct door_options *options)
{
    door->zone = zone_new(options->timezone);
    door->mode = options->mode;
    door->person = options->person;
    door->direction = options->direction;
    door->lines = options->lines;
    door->has_reference = options->reference != NULL;
    if (options->reference != NULL)
        door->reference = *options->reference;
    door->has_ibeacon = options->ibeacon != NULL;
    if (options->ibeacon != NULL)
        door->ibeacon = *options->ibeacon;
    door->reference_dbm = options->reference_dbm;
    door->watchers = g_array_new(FALSE, FALSE, sizeof(struct door_watcher));
}

static void begin(struct door *door, const struct door_options *options)
{
    make_checkpoint(door, options);
    if (door->lines != NULL)
        lines_start(door->lines, beacon_clock_wall_us(door->clock), door->address, door->mode,
                    options->slots_per_day != 0 ? options->slots_per_day : 96,
                    door->calibration.number != 0 ? &door->calibration : NULL);
    if (door->radio != NULL) {
        struct beacon_radio_health health = beacon_radio_health(door->radio);

        tell_health(door, &health);
    }
}

struct door *door_new(const struct door_options *options, GError **error)
{
    struct door *door = g_new0(struct door, 1);
    g_autoptr(GError) awaited = NULL;

    set_wishes(door, options);
    set_radio_options(door, options);
    if (!load_calibration(door, options, error))
        return door_free(door);
    door->tally = tally_open(options->tally, options->tally_with, error);
    if (door->tally == NULL || !open_first(door, options, error, &awaited))
        return door_free(door);
    set_clock(door, options);
    begin(door, options);
    if (awaited != NULL)
        wait_for_radio(door, awaited);
    door_sum(door);
    door_tick(door);
    return door;
}

struct door *door_free(struct door *door)
{
    if (door == NULL)
        return NULL;
    if (door->clock != NULL) {
        beacon_clock_cancel(door->clock, &door->tick);
        beacon_clock_cancel(door->clock, &door->reopen);
    }
    door->radio = beacon_radio_free(door->radio);
    calibrator_free(door->calibrator);
    checkpoint_free(door->checkpoint);
    tally_free(door->tally);
    beacon_clock_unref(door->clock);
    g_clear_pointer(&door->zone, g_time_zone_unref);
    g_array_unref(door->watchers);
    g_free(door->address);
    g_free(door->calibration_path);
    g_free(door->radio_text);
    g_free(door->trouble);
    g_free(door->notice);
    g_free(door);
    return NULL;
}

void door_end_lines(struct door *door)
{
    lines_summary(door->lines, beacon_clock_wall_us(door->clock),
                  checkpoint_counts(door->checkpoint));
}

struct tally *door_tally(struct door *door)
{
    return door->tally;
}

beacon_clock *door_clock(struct door *door)
{
    return door->clock;
}
