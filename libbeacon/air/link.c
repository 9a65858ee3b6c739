/* SPDX-License-Identifier: MIT */
/* What a receiver hears of what is sent: path loss, fading, loss. */
#include "air/model.h"

#include "air/arithmetic.h"

/* Nearer than this, the law of distance means nothing (an antenna is some centimetres long). */
#define NEAREST_M 0.05

double bcn_distance_m(struct bcn_point a, struct bcn_point b)
{
    double x = a.x_m - b.x_m, y = a.y_m - b.y_m;

    return bcn_sqrt(x * x + y * y);
}

bool bcn_receiver_place(const struct bcn_receiver *receiver, int64_t time_us,
                        struct bcn_point *ret_point)
{
    if (receiver->carrier)
        return bcn_device_place(receiver->carrier, time_us, ret_point);
    *ret_point = receiver->point;
    return true;
}

static double spans_db(const GArray *spans, int64_t time_us)
{
    double db = 0.0;

    for (guint i = 0; i < spans->len; i++) {
        const struct bcn_span *span = &g_array_index(spans, struct bcn_span, i);

        if (time_us >= span->from_us && time_us < span->to_us)
            db += span->db;
    }
    return db;
}

bool bcn_receiver_is_away(const struct bcn_receiver *receiver, int64_t time_us)
{
    return spans_db(receiver->away, time_us) > 0.0;
}

double bcn_level_dbm(const struct bcn_law *law, const struct bcn_receiver *receiver,
                     const struct bcn_device *device, const struct bcn_state *state,
                     double distance_m, int64_t time_us)
{
    double level = state->tuning.level_dbm + device->model_db - spans_db(receiver->deaf, time_us);

    if (distance_m > receiver->spot_m)
        level -= receiver->tray_db;
    return level - law->exponent * bcn_decibel(distance_m < NEAREST_M ? NEAREST_M : distance_m);
}

/* Fading by bodies: normal, with a correlation of e^(−t/memory) after a time t (an
 * Ornstein-Uhlenbeck process, stepped exactly). */
static double step_body(const struct bcn_law *law, struct bcn_link *link, int64_t time_us)
{
    double keeps = 0.0;

    if (link->body_us != INT64_MIN && law->memory_us > 0)
        keeps = bcn_exp(-(double)(time_us - link->body_us) / (double)law->memory_us);
    link->body_db = keeps * link->body_db +
                    bcn_sqrt(1.0 - keeps * keeps) * law->body_db * bcn_random_normal(&link->random);
    link->body_us = time_us;
    return link->body_db;
}

static int8_t round_level(double level)
{
    if (level <= -127.0)
        return -127;
    if (level >= 20.0)
        return 20;
    return (int8_t)((int)(level + 127.5) - 127); /* to the nearest; what is cast is positive */
}

enum beacon_air_fate bcn_link_carry(const struct bcn_law *law, const struct bcn_receiver *receiver,
                                    struct bcn_link *link, const struct bcn_emission *emission,
                                    double distance_m, int8_t *ret_rssi_dbm)
{
    double level;

    if (bcn_random_unit(&link->random) < law->loss)
        return BEACON_AIR_LOST;
    level = bcn_level_dbm(law, receiver, emission->device, emission->state, distance_m,
                          emission->time_us);
    level += step_body(law, link, emission->time_us);
    level += law->fast_db * bcn_random_normal(&link->random);
    *ret_rssi_dbm = round_level(level);
    if (bcn_receiver_is_away(receiver, emission->time_us))
        return BEACON_AIR_AWAY;
    return level < receiver->floor_dbm ? BEACON_AIR_WEAK : BEACON_AIR_ARRIVED;
}
