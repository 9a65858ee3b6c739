/* SPDX-License-Identifier: MIT */
/* The guided calibration: what each step hears, and gates out of it. */
#include "calibration.h"

#include <glib/gi18n.h>
#include <sodium.h>
#include <string.h>

#define SECOND_US ((gint64)G_USEC_PER_SEC)

#define LEVEL_FIRST (-127)
#define LEVELS      148 /* to 20 dBm */
#define HEARD_MAX   64
#define LEAST       10 /* packets in a step, from one phone */
#define ASSUMED_DB  15.0
/* Nobody is there any more. */
#define LEFT_US (600 * SECOND_US)
/* Closer together, two packets are one advertisement on two channels. */
#define SAME_EVENT_US 15000

struct histogram {
    guint count;
    guint16 levels[LEVELS];
};

/* One transmitter in a step, by a keyed hash. */
struct heard {
    guint64 hash;
    struct histogram histogram;
};

struct calibrator {
    guint8 key[crypto_shorthash_KEYBYTES];
    guint previous;
    gboolean has_reference;
    struct beacon_address reference;
    enum calibration_step step;
    gboolean measures, too_little, skipped;
    gint64 now_us, until_us;
    gboolean has_begun;
    gint64 tapped_us; /* the last, or when time began */
    struct heard heard[HEARD_MAX];
    guint heard_count;
    guint64 phone; /* that was on the spot */
    struct histogram spot[CALIBRATION_PLATFORMS], line[CALIBRATION_PLATFORMS];
    struct histogram reference_levels;
    gint64 reference_us, reference_first_us;
    gint64 reference_gap_us; /* the shortest between two of its packets */
};

static const struct {
    const char *vi, *en;
} texts[CALIBRATION_STEPS + 1] = {
    [CALIBRATION_EMPTY] = {"Để trống ô, không ai đứng gần, rồi tiếp tục (20 giây).",
                           "Leave the spot empty, nobody near it, and go on (20 s)."},
    [CALIBRATION_ANDROID_FLAT] = {"Mở Bluezone trên máy Android, đặt nằm trên ô, rồi tiếp tục "
                                  "(10 giây).",
                                  "Open Bluezone on an Android phone, lay it on the spot, and go "
                                  "on (10 s)."},
    [CALIBRATION_ANDROID_HAND] = {"Cầm máy Android trên ô như khách, rồi tiếp tục (10 giây).",
                                  "Hold the Android phone on the spot as a visitor does, and go "
                                  "on (10 s)."},
    [CALIBRATION_ANDROID_LINE_FACING] = {"Cầm máy Android đứng ở vạch chờ, mặt hướng về ô, rồi "
                                         "tiếp tục (10 giây).",
                                         "Stand at the waiting line with the Android phone, facing "
                                         "the spot, and go on (10 s)."},
    [CALIBRATION_ANDROID_LINE_TURNED] = {"Vẫn ở vạch chờ, quay lưng lại, rồi tiếp tục (10 giây).",
                                         "Still at the line, turn your back, and go on (10 s)."},
    [CALIBRATION_IPHONE_FLAT] = {"Mở Bluezone trên iPhone, đặt nằm trên ô, rồi tiếp tục; không có "
                                 "iPhone thì bỏ qua.",
                                 "Open Bluezone on an iPhone, lay it on the spot, and go on; "
                                 "skip if there is none."},
    [CALIBRATION_IPHONE_HAND] = {"Cầm iPhone trên ô như khách, rồi tiếp tục (10 giây).",
                                 "Hold the iPhone on the spot as a visitor does, and go on "
                                 "(10 s)."},
    [CALIBRATION_IPHONE_LINE_FACING] = {"Cầm iPhone đứng ở vạch chờ, mặt hướng về ô, rồi tiếp tục "
                                        "(10 giây).",
                                        "Stand at the waiting line with the iPhone, facing the "
                                        "spot, and go on (10 s)."},
    [CALIBRATION_IPHONE_LINE_TURNED] = {"Vẫn ở vạch chờ, quay lưng lại, rồi tiếp tục (10 giây).",
                                        "Still at the line, turn your back, and go on (10 s)."},
    [CALIBRATION_DONE] = {"Hiệu chỉnh xong.", "The calibration is done."},
};

const char *calibration_step_text(enum calibration_step step, enum language language)
{
    return language == LANGUAGE_EN ? texts[step].en : texts[step].vi;
}

/* ---- Levels ---- */

static void add(struct histogram *histogram, gint8 dbm)
{
    guint16 *level = &histogram->levels[CLAMP(dbm - LEVEL_FIRST, 0, LEVELS - 1)];
    if (*level == G_MAXUINT16)
        return;
    ++*level;
    histogram->count++;
}

static void add_all(struct histogram *to, const struct histogram *from)
{
    for (int i = 0; i < LEVELS; i++) {
        guint16 room = (guint16)(G_MAXUINT16 - to->levels[i]);
        to->levels[i] = (guint16)(to->levels[i] + MIN(room, from->levels[i]));
        to->count += MIN(room, from->levels[i]);
    }
}

/* The level that `percent` of the packets are at or below, at least one. */
static double percentile(const struct histogram *histogram, double percent)
{
    double wanted = MAX(1.0, histogram->count * percent / 100.0), below = 0;
    for (int i = 0; i < LEVELS; i++) {
        below += histogram->levels[i];
        if (below >= wanted)
            return LEVEL_FIRST + i;
    }
    return LEVEL_FIRST + LEVELS - 1;
}

/* ---- Steps ---- */

static enum beacon_platform platform_of(enum calibration_step step)
{
    if (step == CALIBRATION_EMPTY || step == CALIBRATION_DONE)
        return BEACON_PLATFORM_UNKNOWN;
    return step < CALIBRATION_IPHONE_FLAT ? BEACON_PLATFORM_ANDROID : BEACON_PLATFORM_IPHONE;
}

static gboolean is_on_spot(enum calibration_step step)
{
    return step == CALIBRATION_ANDROID_FLAT || step == CALIBRATION_ANDROID_HAND ||
           step == CALIBRATION_IPHONE_FLAT || step == CALIBRATION_IPHONE_HAND;
}

/* On the spot the strongest; at the line the same phone, or else again the strongest. */
static const struct heard *find_phone(const struct calibrator *calibrator)
{
    const struct heard *best = NULL;
    for (guint i = 0; i < calibrator->heard_count; i++) {
        const struct heard *one = &calibrator->heard[i];
        if (one->histogram.count < LEAST)
            continue;
        if (!is_on_spot(calibrator->step) && one->hash == calibrator->phone)
            return one;
        if (best == NULL || percentile(&one->histogram, 50) > percentile(&best->histogram, 50))
            best = one;
    }
    return best;
}

static gboolean take_phone(struct calibrator *calibrator)
{
    enum beacon_platform platform = platform_of(calibrator->step);
    const struct heard *phone = find_phone(calibrator);
    if (phone == NULL)
        return FALSE;
    if (is_on_spot(calibrator->step))
        calibrator->phone = phone->hash;
    add_all(is_on_spot(calibrator->step) ? &calibrator->spot[platform]
                                         : &calibrator->line[platform],
            &phone->histogram);
    return TRUE;
}

static gboolean take_step(struct calibrator *calibrator)
{
    if (calibrator->step == CALIBRATION_EMPTY)
        return !calibrator->has_reference || calibrator->reference_levels.count >= LEAST;
    return take_phone(calibrator);
}

static void end_step(struct calibrator *calibrator)
{
    calibrator->measures = FALSE;
    calibrator->too_little = !take_step(calibrator);
    if (!calibrator->too_little)
        calibrator->step++;
    sodium_memzero(calibrator->heard, sizeof calibrator->heard);
    calibrator->heard_count = 0;
}

gboolean calibrator_next(struct calibrator *calibrator, gint64 monotonic_us)
{
    gint64 seconds = calibrator->step == CALIBRATION_EMPTY ? 20 : 10;
    if (calibrator->measures || calibrator->step == CALIBRATION_DONE)
        return FALSE;
    if (calibrator->step == CALIBRATION_EMPTY) {
        memset(&calibrator->reference_levels, 0, sizeof calibrator->reference_levels);
        calibrator->reference_gap_us = G_MAXINT64;
    }
    calibrator->too_little = FALSE;
    calibrator->measures = TRUE;
    calibrator->has_begun = TRUE;
    calibrator->now_us = calibrator->tapped_us = monotonic_us;
    calibrator->until_us = monotonic_us + seconds * SECOND_US;
    return TRUE;
}

gboolean calibrator_skip(struct calibrator *calibrator)
{
    if (platform_of(calibrator->step) != BEACON_PLATFORM_IPHONE || calibrator->measures)
        return FALSE;
    calibrator->skipped = TRUE;
    calibrator->too_little = FALSE;
    calibrator->step = CALIBRATION_DONE;
    return TRUE;
}

void calibrator_tick(struct calibrator *calibrator, gint64 monotonic_us)
{
    calibrator->now_us = MAX(calibrator->now_us, monotonic_us);
    if (!calibrator->has_begun)
        calibrator->tapped_us = calibrator->now_us;
    calibrator->has_begun = TRUE;
    if (calibrator->measures && calibrator->now_us >= calibrator->until_us)
        end_step(calibrator);
}

/* ---- Packets ---- */

static void hear_reference(struct calibrator *calibrator, const struct beacon_radio_packet *packet)
{
    struct histogram *levels = &calibrator->reference_levels;
    gint64 gap = packet->monotonic_us - calibrator->reference_us;
    if (levels->count > 0 && gap >= SAME_EVENT_US)
        calibrator->reference_gap_us = MIN(calibrator->reference_gap_us, gap);
    calibrator->reference_us = packet->monotonic_us;
    add(levels, packet->rssi_dbm);
}

static struct heard *find_heard(struct calibrator *calibrator, const void *bytes, gsize size)
{
    guint64 hash = 0;
    guint at = 0;
    crypto_shorthash((guint8 *)&hash, bytes, size, calibrator->key);
    while (at < calibrator->heard_count && calibrator->heard[at].hash != hash)
        at++;
    if (at == HEARD_MAX)
        return NULL;
    if (at == calibrator->heard_count) {
        calibrator->heard[at] = (struct heard){.hash = hash};
        calibrator->heard_count++;
    }
    return &calibrator->heard[at];
}

static void hear_phone(struct calibrator *calibrator, const struct beacon_radio_packet *packet)
{
    enum beacon_platform wanted = platform_of(calibrator->step);
    struct beacon_advert_info info;
    struct heard *heard = NULL;
    beacon_advert_recognise(packet->data, packet->size, &info);
    if (wanted == BEACON_PLATFORM_ANDROID && info.kind == BEACON_ADVERT_ANDROID)
        heard = find_heard(calibrator, info.identifier.bytes, sizeof info.identifier.bytes);
    if (wanted == BEACON_PLATFORM_IPHONE &&
        (info.kind == BEACON_ADVERT_IPHONE_OPEN || info.kind == BEACON_ADVERT_IPHONE_BACKGROUND))
        heard = find_heard(calibrator, packet->address.bytes, sizeof packet->address.bytes);
    if (heard != NULL)
        add(&heard->histogram, packet->rssi_dbm);
}

void calibrator_packet(struct calibrator *calibrator, const struct beacon_radio_packet *packet)
{
    calibrator_tick(calibrator, packet->monotonic_us);
    if (!calibrator->measures || packet->rssi_dbm == BEACON_RSSI_ABSENT)
        return;
    if (calibrator->step != CALIBRATION_EMPTY)
        hear_phone(calibrator, packet);
    else if (calibrator->has_reference &&
             beacon_address_equal(&packet->address, &calibrator->reference))
        hear_reference(calibrator, packet);
}

enum calibration_step calibrator_step(const struct calibrator *calibrator)
{
    return calibrator->step;
}

double calibrator_left_s(const struct calibrator *calibrator)
{
    if (!calibrator->measures)
        return 0.0;
    return (double)(calibrator->until_us - calibrator->now_us) / 1e6;
}

gboolean calibrator_is_left(const struct calibrator *calibrator)
{
    return calibrator->has_begun && calibrator->now_us - calibrator->tapped_us >= LEFT_US;
}

gboolean calibrator_heard_too_little(const struct calibrator *calibrator)
{
    return calibrator->too_little;
}

/* ---- The result ---- */

static struct calibration_levels measured(const struct histogram *spot,
                                          const struct histogram *line)
{
    return (struct calibration_levels){
        .gate_dbm = percentile(spot, 5),
        .spot_dbm = percentile(spot, 50),
        .line_dbm = percentile(line, 99),
        .measured = TRUE,
    };
}

static struct calibration_levels louder(const struct calibration_levels *levels, double db)
{
    return (struct calibration_levels){
        .gate_dbm = levels->gate_dbm + db,
        .spot_dbm = levels->spot_dbm + db,
        .line_dbm = levels->line_dbm + db,
    };
}

gboolean calibrator_finish(const struct calibrator *calibrator, gint64 time_ms,
                           struct calibration *ret_calibration, GError **error)
{
    if (calibrator->step != CALIBRATION_DONE) {
        g_set_error(error, CALIBRATION_ERROR, CALIBRATION_ERROR_STEPS,
                    _("the calibration is not done: step %d of %d is next"), calibrator->step + 1,
                    CALIBRATION_STEPS);
        return FALSE;
    }
    const struct calibration_levels android = measured(&calibrator->spot[BEACON_PLATFORM_ANDROID],
                                                       &calibrator->line[BEACON_PLATFORM_ANDROID]);
    *ret_calibration = (struct calibration){
        .number = MIN(calibrator->previous + 1, CALIBRATION_NUMBER_MAX),
        .time_ms = time_ms,
        .has_reference = calibrator->has_reference,
        .reference = calibrator->reference,
    };
    ret_calibration->platform[BEACON_PLATFORM_ANDROID] = android;
    ret_calibration->platform[BEACON_PLATFORM_IPHONE] =
        calibrator->skipped ? louder(&android, ASSUMED_DB)
                            : measured(&calibrator->spot[BEACON_PLATFORM_IPHONE],
                                       &calibrator->line[BEACON_PLATFORM_IPHONE]);
    if (calibrator->has_reference) {
        ret_calibration->reference_dbm = percentile(&calibrator->reference_levels, 50);
        ret_calibration->reference_interval_ms =
            CLAMP((double)calibrator->reference_gap_us / 1000.0, 10.0, 20000.0);
    }
    return TRUE;
}

struct calibrator *calibrator_new(const struct calibration *previous,
                                  const struct beacon_address *reference)
{
    struct calibrator *calibrator = g_new0(struct calibrator, 1);
    randombytes_buf(calibrator->key, sizeof calibrator->key);
    if (previous != NULL) {
        calibrator->previous = previous->number;
        calibrator->has_reference = previous->has_reference;
        calibrator->reference = previous->reference;
    }
    if (reference != NULL) {
        calibrator->has_reference = TRUE;
        calibrator->reference = *reference;
    }
    return calibrator;
}

struct calibrator *calibrator_free(struct calibrator *calibrator)
{
    if (calibrator == NULL)
        return NULL;
    sodium_memzero(calibrator, sizeof *calibrator);
    g_free(calibrator);
    return NULL;
}
