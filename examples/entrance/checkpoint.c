/* SPDX-License-Identifier: MIT */
/* The check at the door: what comes in, and the time that passes. */
#include "checkpoint_own.h"

#include <sodium.h>
#include <string.h>

#define FLOOD_MADE   300 /* new transmitters within */
#define FLOOD_PUSHED 20  /* or such as had to push out others, within */
#define FLOOD_US     (10 * SECOND_US)
#define FLOOD_LONG   (30 * SECOND_US)

/* ---- Time ---- */

static void measure_flood(struct checkpoint *checkpoint)
{
    const struct transmitters *transmitters = &checkpoint->transmitters;
    gint64 now = checkpoint->now.monotonic_us;
    if (transmitters->made - checkpoint->made_before > FLOOD_MADE ||
        transmitters->pushed - checkpoint->pushed_before > FLOOD_PUSHED) {
        checkpoint->flooded_until_us = now + FLOOD_LONG;
        hearing_flood(&checkpoint->hearing);
    }
    if (is_flooded(checkpoint))
        checkpoint->check.was_flooded = TRUE;
    if (now - checkpoint->flood_us < FLOOD_US)
        return;
    checkpoint->flood_us = now;
    checkpoint->made_before = transmitters->made;
    checkpoint->pushed_before = transmitters->pushed;
}

static void keep_time(struct checkpoint *checkpoint)
{
    const struct checkpoint_time *now = &checkpoint->now;
    gboolean hears = checkpoint->hearing.is_ready && checkpoint->hearing.scans;
    guint events = slot_keys_tick(&checkpoint->keys, now->monotonic_us, now->wall_us, now->clock);
    if ((events & (SLOT_FORGOT | SLOT_TURNED)) != 0)
        transmitters_forget(&checkpoint->transmitters, &checkpoint->keys, checkpoint_become_ghost,
                            checkpoint);
    checkpoint_drop_ghosts(checkpoint);
    hearing_tick(&checkpoint->hearing, now->monotonic_us);
    counts_tick(checkpoint->counts, now->monotonic_us, now->wall_us, now->clock, hears);
    measure_flood(checkpoint);
    if (checkpoint->visit.is_under_way && now->monotonic_us >= checkpoint->visit.until_us)
        checkpoint_end_visit(checkpoint);
    checkpoint->ticked_us = now->monotonic_us;
}

/* Between packets that come close together nothing is due but the phases. */
static void advance(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    gint64 earliest = MAX(now->monotonic_us, checkpoint->now.monotonic_us);
    checkpoint->now = *now;
    checkpoint->now.monotonic_us = earliest;
    if (earliest - checkpoint->ticked_us >= SECOND_US / 4)
        keep_time(checkpoint);
    hearing_tick(&checkpoint->hearing, earliest);
    checkpoint_go_on(checkpoint);
}

/* ---- In ---- */

static enum nearness nearness_of(const struct checkpoint *checkpoint, guint8 platform, gint8 dbm)
{
    if (!is_calibrated(checkpoint) || dbm == BEACON_RSSI_ABSENT)
        return NEARNESS_FAR;
    if (dbm >= checkpoint->gates[platform].gate_dbm)
        return NEARNESS_NEAR;
    return dbm >= checkpoint->calibration.platform[platform].line_dbm - 15.0 ? NEARNESS_MIDDLE
                                                                             : NEARNESS_FAR;
}

static void hear_phone(struct checkpoint *checkpoint, const struct beacon_radio_packet *packet,
                       const struct beacon_advert_info *info)
{
    gboolean is_android = info->kind == BEACON_ADVERT_ANDROID;
    enum beacon_platform platform = is_android ? BEACON_PLATFORM_ANDROID : BEACON_PLATFORM_IPHONE;
    if (is_android)
        counts_heard(checkpoint->counts, &info->identifier, packet->time_us,
                     nearness_of(checkpoint, (guint8)platform, packet->rssi_dbm));
    if (packet->rssi_dbm == BEACON_RSSI_ABSENT)
        return;
    struct transmitter *transmitter =
        transmitters_hear(&checkpoint->transmitters, &checkpoint->keys,
                          is_android ? info->identifier.bytes : packet->address.bytes,
                          is_android ? sizeof info->identifier.bytes : sizeof packet->address.bytes,
                          platform, now_ms(checkpoint), packet->rssi_dbm, SILENT_MS);
    if (transmitter->came_back) {
        checkpoint_leave(transmitter);
        transmitter->visit = VISIT_NOT_ASKED;
    }
    if (!is_calibrated(checkpoint))
        return;
    double level = level_of(checkpoint, transmitter);
    if (is_checking(checkpoint))
        checkpoint_note_best(checkpoint, transmitter);
    if (level == LEVEL_NONE)
        return;
    checkpoint_follow(checkpoint, transmitter, level);
    checkpoint_judge(checkpoint, transmitter, level, packet);
}

static void note_level(struct checkpoint *checkpoint, gint8 dbm)
{
    if (dbm == BEACON_RSSI_ABSENT) {
        checkpoint->levelless++;
        return;
    }
    checkpoint->levelless = 0;
    checkpoint->level_us = checkpoint->now.monotonic_us;
}

void checkpoint_packet(struct checkpoint *checkpoint, const struct beacon_radio_packet *packet)
{
    struct checkpoint_time now = {packet->monotonic_us, packet->time_us, checkpoint->now.clock};
    const struct calibration *calibration = &checkpoint->calibration;
    struct beacon_advert_info info;
    advance(checkpoint, &now);
    note_level(checkpoint, packet->rssi_dbm);
    gint64 monotonic_us = checkpoint->now.monotonic_us;
    if (!is_flooded(checkpoint))
        hearing_packet(&checkpoint->hearing, monotonic_us,
                       slot_keys_hash(&checkpoint->keys, FALSE, packet->address.bytes,
                                      sizeof packet->address.bytes),
                       checkpoint->keys.epoch);
    if (calibration->has_reference && packet->rssi_dbm != BEACON_RSSI_ABSENT &&
        beacon_address_equal(&packet->address, &calibration->reference))
        hearing_reference(&checkpoint->hearing, monotonic_us, packet->rssi_dbm);
    beacon_advert_recognise(packet->data, packet->size, &info);
    if (info.kind != BEACON_ADVERT_OTHER)
        hear_phone(checkpoint, packet, &info);
    sodium_memzero(&info.identifier, sizeof info.identifier);
}

void checkpoint_health(struct checkpoint *checkpoint, const struct beacon_radio_health *health,
                       const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    checkpoint->is_lost = health->state == BEACON_RADIO_LOST || health->state == BEACON_RADIO_ENDED;
    hearing_health(&checkpoint->hearing, health->state == BEACON_RADIO_READY, health->scanning,
                   checkpoint->now.monotonic_us);
}

void checkpoint_visited(struct checkpoint *checkpoint, const struct beacon_visit *visit,
                        const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    checkpoint_take_answer(checkpoint, visit);
}

void checkpoint_visits_deafen(struct checkpoint *checkpoint, gboolean deafen)
{
    checkpoint->hearing.visits_deafen = deafen;
}

void checkpoint_tick(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    checkpoint->now.clock = now->clock;
    advance(checkpoint, now);
}

void checkpoint_calibrate(struct checkpoint *checkpoint, const struct calibration *calibration)
{
    memset(&checkpoint->calibration, 0, sizeof checkpoint->calibration);
    memset(checkpoint->greens, 0, sizeof checkpoint->greens);
    if (calibration == NULL)
        return;
    checkpoint->calibration = *calibration;
    for (int i = 0; i < CALIBRATION_PLATFORMS; i++)
        calibration_gates(calibration, (enum beacon_platform)i, &checkpoint->gates[i]);
}

void checkpoint_set_mode(struct checkpoint *checkpoint, enum check_mode mode,
                         const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    if (is_checking(checkpoint))
        checkpoint_put_off(checkpoint);
    checkpoint->mode = mode;
    checkpoint->phase = CHECKPOINT_IDLE;
}

gboolean checkpoint_begin(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    if (is_checking(checkpoint))
        return FALSE;
    if (checkpoint->mode != MODE_ATTENDED)
        checkpoint_count_person(checkpoint);
    else
        checkpoint_start(checkpoint, FALSE);
    return TRUE;
}

gboolean checkpoint_opened(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    if (!is_checking(checkpoint))
        return FALSE;
    if (checkpoint->phase == CHECKPOINT_OPENED)
        return TRUE;
    checkpoint->phase = CHECKPOINT_OPENED;
    checkpoint->check.opened_us = checkpoint->now.monotonic_us;
    checkpoint->check.opened_wall_us = checkpoint->now.wall_us;
    hearing_begin(&checkpoint->hearing, checkpoint->now.monotonic_us);
    return TRUE;
}

gboolean checkpoint_later(struct checkpoint *checkpoint, const struct checkpoint_time *now)
{
    advance(checkpoint, now);
    if (!is_checking(checkpoint))
        return FALSE;
    checkpoint_put_off(checkpoint);
    return TRUE;
}

/* ---- Made and unmade ---- */

static void on_slot(const struct counts_slot *slot, gpointer user)
{
    const struct checkpoint *checkpoint = user;
    if (checkpoint->listener.on_slot != NULL)
        checkpoint->listener.on_slot(slot, checkpoint->listener.user);
}

struct checkpoint *checkpoint_new(const struct checkpoint_options *options,
                                  const struct calibration *calibration,
                                  const struct checkpoint_listener *listener,
                                  const struct checkpoint_time *now)
{
    struct checkpoint *checkpoint = g_new0(struct checkpoint, 1);
    if (options != NULL)
        memcpy(&checkpoint->options, options, MIN(options->size, sizeof *options));
    options = &checkpoint->options;
    checkpoint->listener = *listener;
    checkpoint->now = *now;
    checkpoint->start_us = checkpoint->flood_us = now->monotonic_us;
    checkpoint->green_us = checkpoint->level_us = -1;
    checkpoint->mode = options->mode;
    slot_keys_init(&checkpoint->keys, options->slots_per_day, options->random,
                   options->random_user);
    hearing_init(&checkpoint->hearing, now->monotonic_us);
    checkpoint->counts = counts_new(options->slots_per_day, on_slot, checkpoint, options->random,
                                    options->random_user);
    checkpoint_calibrate(checkpoint, calibration);
    keep_time(checkpoint);
    return checkpoint;
}

struct checkpoint *checkpoint_free(struct checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return NULL;
    counts_free(checkpoint->counts);
    sodium_memzero(checkpoint, sizeof *checkpoint);
    g_free(checkpoint);
    return NULL;
}

gsize checkpoint_size(void)
{
    return sizeof(struct checkpoint) + counts_size();
}
