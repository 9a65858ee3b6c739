/* SPDX-License-Identifier: MIT */
/* Keeps what proves that the receiver hears. */
#include "hearing.h"

#include <math.h>
#include <string.h>

#define SECOND_US ((gint64)G_USEC_PER_SEC)
#define BUCKET_US (10 * SECOND_US)
#define SPAN_US   (2 * SECOND_US)

/* e^-9.2 is one in ten thousand: so seldom is silence that long by chance. */
#define SILENCE 9.2

#define REFERENCE_SHARE   0.3
#define REFERENCE_WITHIN  6.0
#define REFERENCE_AT_ONCE 12.0
/* Fading of some seconds is longer than a short window: the level is judged over this time. Bodies
 * that fade by 8 dB move the mean of a minute by 6 dB every now and then, that of two minutes
 * hardly ever. */
#define REFERENCE_LEVEL_US (120 * SECOND_US)

#define TRAFFIC_PACKETS 20
#define TRAFFIC_PARTS   3

void hearing_init(struct hearing *hearing, gint64 now_us)
{
    memset(hearing, 0, sizeof *hearing);
    hearing->start_us = hearing->now_us = hearing->bucket_us = now_us;
    hearing->last_packet_us = now_us;
    hearing_begin(hearing, now_us);
}

static void set_on(struct hearing *hearing)
{
    hearing->is_on =
        hearing->is_ready && hearing->scans && !(hearing->is_visiting && hearing->visits_deafen);
    if (!hearing->is_on)
        hearing->bucket_is_whole = FALSE;
}

void hearing_health(struct hearing *hearing, gboolean is_ready, gboolean scans, gint64 now_us)
{
    gboolean was_on = hearing->is_on;
    hearing_tick(hearing, now_us);
    hearing->is_ready = is_ready;
    hearing->scans = scans;
    set_on(hearing);
    if (hearing->is_on && !was_on) /* its silence begins now */
        hearing->last_packet_us = now_us;
}

void hearing_visiting(struct hearing *hearing, gboolean is_visiting, gint64 now_us)
{
    hearing_tick(hearing, now_us);
    hearing->is_visiting = is_visiting;
    set_on(hearing);
}

static int by_size(const void *a, const void *b)
{
    guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
    return (x > y) - (x < y);
}

static gint64 silence_limit_us(const struct hearing *hearing)
{
    guint32 sorted[HEARING_BUCKETS];
    if (hearing->bucket_count < HEARING_BUCKETS / 10)
        return 0;
    memcpy(sorted, hearing->buckets, sizeof sorted);
    qsort(sorted, hearing->bucket_count, sizeof *sorted, by_size);
    double rate = sorted[hearing->bucket_count / 20] / 10.0;
    return (gint64)(SILENCE / rate * 1e6);
}

static void end_bucket(struct hearing *hearing)
{
    if (hearing->bucket_is_whole && hearing->bucket_packets > 0) {
        hearing->buckets[hearing->bucket_next] = hearing->bucket_packets;
        hearing->bucket_next = (hearing->bucket_next + 1) % HEARING_BUCKETS;
        hearing->bucket_count = MIN(hearing->bucket_count + 1, HEARING_BUCKETS);
        hearing->silence_limit_us = silence_limit_us(hearing);
    }
    hearing->bucket_packets = 0;
    hearing->bucket_is_whole = hearing->is_on;
}

void hearing_tick(struct hearing *hearing, gint64 now_us)
{
    if (now_us <= hearing->now_us)
        return;
    if (hearing->is_on)
        hearing->effective_us += now_us - hearing->now_us;
    hearing->now_us = now_us;
    if (now_us - hearing->bucket_us < BUCKET_US)
        return;
    end_bucket(hearing);
    hearing->bucket_us += BUCKET_US;
    if (now_us - hearing->bucket_us >= BUCKET_US) { /* nobody called for a while */
        hearing->bucket_us = now_us;
        hearing->bucket_is_whole = FALSE;
    }
}

void hearing_flood(struct hearing *hearing)
{
    hearing->bucket_is_whole = FALSE;
}

/* Hashes by two keys differ though the address is the same: they are not compared. */
static void note_address(struct hearing_window *window, guint64 address_hash, guint32 epoch)
{
    if (window->packets == 1 || epoch != window->first_epoch) {
        window->first_address = address_hash;
        window->first_epoch = epoch;
    } else if (address_hash != window->first_address) {
        window->has_two = TRUE;
    }
}

static void note_in_window(struct hearing_window *window, gint64 now_us)
{
    gint64 second = (now_us - window->begin_us) / SECOND_US;
    if (second < 64)
        window->seconds |= G_GUINT64_CONSTANT(1) << second;
    window->packets++;
    window->worst_silence_us = MAX(window->worst_silence_us, now_us - window->last_us);
    window->last_us = now_us;
}

void hearing_packet(struct hearing *hearing, gint64 now_us, guint64 address_hash, guint32 epoch)
{
    hearing_tick(hearing, now_us);
    hearing->last_packet_us = hearing->now_us;
    hearing->bucket_packets++;
    note_in_window(&hearing->window, hearing->now_us);
    note_address(&hearing->window, address_hash, epoch);
}

void hearing_reference(struct hearing *hearing, gint64 now_us, gint8 dbm)
{
    gint64 number = (now_us - hearing->start_us) / SPAN_US + 1;
    struct hearing_span *span = &hearing->reference[number % HEARING_SPANS];
    if (span->number != number)
        *span = (struct hearing_span){.number = number};
    span->sum_dbm += dbm;
    span->packets++;
    hearing->window.reference_packets++;
    hearing->window.reference_sum_dbm += dbm;
}

gboolean hearing_is_deaf(const struct hearing *hearing)
{
    gint64 limit = hearing->silence_limit_us;
    if (!hearing->is_ready || !hearing->scans)
        return TRUE;
    return limit > 0 && hearing->now_us - hearing->last_packet_us > limit;
}

void hearing_begin(struct hearing *hearing, gint64 now_us)
{
    hearing->window = (struct hearing_window){
        .begin_us = now_us, .last_us = now_us, .effective_us = hearing->effective_us};
}

gint64 hearing_window_us(const struct hearing *hearing)
{
    return hearing->effective_us - hearing->window.effective_us;
}

/* Packets of the reference in the last so many microseconds, and their mean level. */
static double reference_level(const struct hearing *hearing, gint64 last_us, guint *ret_packets)
{
    gint64 first = (hearing->now_us - last_us - hearing->start_us) / SPAN_US + 1;
    gint64 sum = 0;
    guint packets = 0;
    for (guint i = 0; i < HEARING_SPANS; i++)
        if (hearing->reference[i].number != 0 && hearing->reference[i].number >= first) {
            sum += hearing->reference[i].sum_dbm;
            packets += hearing->reference[i].packets;
        }
    *ret_packets = packets;
    return packets == 0 ? -200.0 : (double)sum / packets;
}

/* Weaker is deafer. Much stronger is another beacon, or another place: then nothing is known. */
static gboolean is_level(const struct calibration *calibration, double dbm, double below_db)
{
    return dbm >= calibration->reference_dbm - below_db &&
           dbm <= calibration->reference_dbm + REFERENCE_AT_ONCE;
}

gboolean hearing_has_reference(const struct hearing *hearing, const struct calibration *calibration)
{
    guint packets;
    if (!calibration->has_reference || !hearing->is_on)
        return FALSE;
    double last = reference_level(hearing, 10 * SECOND_US, &packets);
    double expected = 10e3 / MAX(calibration->reference_interval_ms, 1.0);
    return packets >= REFERENCE_SHARE * expected &&
           is_level(calibration, last, REFERENCE_AT_ONCE) &&
           is_level(calibration, reference_level(hearing, REFERENCE_LEVEL_US, &packets),
                    REFERENCE_WITHIN);
}

static gboolean proves_by_reference(const struct hearing *hearing,
                                    const struct calibration *calibration)
{
    const struct hearing_window *window = &hearing->window;
    guint packets;
    double expected =
        (double)hearing_window_us(hearing) / 1000.0 / MAX(calibration->reference_interval_ms, 1.0);
    if (window->reference_packets == 0 || window->reference_packets < REFERENCE_SHARE * expected)
        return FALSE;
    double now = (double)window->reference_sum_dbm / window->reference_packets;
    return is_level(calibration, now, REFERENCE_AT_ONCE) &&
           is_level(calibration, reference_level(hearing, REFERENCE_LEVEL_US, &packets),
                    REFERENCE_WITHIN);
}

/* Something in each third of the window. */
static gboolean is_spread(const struct hearing *hearing)
{
    const struct hearing_window *window = &hearing->window;
    gint64 seconds = (hearing->now_us - window->begin_us) / SECOND_US;
    gint64 last = CLAMP(seconds, TRAFFIC_PARTS, 63);
    for (gint64 part = 0; part < TRAFFIC_PARTS; part++) {
        gint64 from = last * part / TRAFFIC_PARTS, to = last * (part + 1) / TRAFFIC_PARTS;
        guint64 bits = ((G_GUINT64_CONSTANT(1) << to) - 1) & ~((G_GUINT64_CONSTANT(1) << from) - 1);
        if ((window->seconds & bits) == 0)
            return FALSE;
    }
    return TRUE;
}

static gboolean proves_by_traffic(const struct hearing *hearing)
{
    const struct hearing_window *window = &hearing->window;
    return window->packets >= TRAFFIC_PACKETS && window->has_two && is_spread(hearing);
}

enum proof hearing_proof(const struct hearing *hearing, const struct calibration *calibration,
                         gboolean green_lately)
{
    const struct hearing_window *window = &hearing->window;
    gint64 limit = hearing->silence_limit_us;
    gint64 silence = MAX(window->worst_silence_us, hearing->now_us - window->last_us);
    if (hearing_is_deaf(hearing) || (limit > 0 && silence > limit))
        return PROOF_NONE;
    /* Where there is a reference beacon, nothing else will do: others are heard by a receiver that
     * has lost 20 dB too. */
    if (calibration->has_reference)
        return proves_by_reference(hearing, calibration) ? PROOF_REFERENCE : PROOF_NONE;
    return green_lately && proves_by_traffic(hearing) ? PROOF_TRAFFIC : PROOF_NONE;
}
