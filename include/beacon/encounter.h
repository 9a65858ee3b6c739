/* SPDX-License-Identifier: MIT */
/* The sighting, and how sightings become encounters: de-duplication, windows, minutes, nearness,
 * close contact. */
#ifndef BEACON_ENCOUNTER_H
#define BEACON_ENCOUNTER_H

#include <beacon/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One identifier, heard once. A plain value of 24 bytes: logs are arrays of it. */
struct beacon_sighting {
    int64_t time_ms; /* of reception, UTC */
    struct beacon_identifier identifier;
    int8_t rssi_dbm;     /* or BEACON_RSSI_ABSENT */
    int8_t tx_power_dbm; /* as the sender stated it, or BEACON_TX_POWER_ABSENT */
    uint8_t platform;    /* of the sender: enum beacon_platform */
    uint8_t reserved;    /* 0 */
};

/*
 * Puts sightings in order of time, in place, without allocating and with less than 8 kB of stack.
 * Those of one instant come in any order, the same one each time for the same input. A log that is
 * in order already costs one pass, and no log more than eight.
 */
BEACON_API void beacon_sightings_sort(struct beacon_sighting sightings[], size_t count);

/*
 * Thins a log as the app does (protocol 4.5): of each identifier a sighting is kept only when it
 * comes at least `gap_ms` after the last one kept. Works in place without allocating, on any order;
 * what is kept stands at the front in order of time, and the number kept is returned; what lies
 * behind is of no use. With a gap of 0 or less everything is kept. Of one identifier at one instant
 * any sighting may be the one kept. Stack as for sorting; no log costs more than 28 passes. The
 * app's gap is BEACON_DEDUPLICATE_MS.
 */
#define BEACON_DEDUPLICATE_MS 5000

BEACON_API size_t beacon_sightings_deduplicate(struct beacon_sighting sightings[], size_t count,
                                               int64_t gap_ms);

/*
 * How sightings of one contact are joined and judged. Zero means the default for every member;
 * `size` is sizeof(struct beacon_encounter_rule), or the rule pointer is NULL.
 *
 * Minutes. The receiver does not listen all the time (the app: 40 s of every 300 s), so time is
 * attributed per scan instance, as in Google's and Apple's Exposure Notification
 * (ScanInstance.secondsSinceLastScan, at most 5 minutes): an instance is a run of sightings within
 * `scan_ms` of its first; it stands for its own length and for the time since the last sighting of
 * the instance before, counted to at most `gap_counted_ms`. The first instance of an encounter has
 * none before it and stands for its own length and `scan_pause_ms`: leave that 0 to claim only what
 * was heard; a receiver that knows its own duty cycle puts its pause there, which makes the sum
 * right on average.
 *
 * Nearness. An instance is near when the mean of its sightings' RSSI (those that have one) is at or
 * above the level of its sender's platform. Levels are the usual ones of a phone in the hand at
 * `close_distance_m`; they are estimates, walls and bodies change them by 10 dB and more.
 *
 * Close contact. The time attributed to near instances reaches `close_ms`.
 */
struct beacon_encounter_rule {
    size_t size;
    int64_t join_ms;         /* longest gap within an encounter; default 600 000: one scan missed */
    int64_t scan_ms;         /* longest scan instance; default 40 000, as the app scans */
    int64_t gap_counted_ms;  /* most a gap counts for; default 300 000: the app's scan period */
    int64_t scan_pause_ms;   /* counted before an encounter's first instance; default 0 */
    int64_t close_ms;        /* near so long is a close contact; default 900 000: 15 minutes */
    double close_distance_m; /* default 2.0; ignored for a platform whose level is given */
    int8_t near_android_dbm; /* near at or above; default by distance: -70 at 2 m */
    int8_t near_iphone_dbm;  /* default by distance: -55 at 2 m, iPhones being 15 dB stronger */
    int8_t reserved[6];
};

/*
 * The RSSI to expect from a phone at `distance_m` metres (more than 0), rounded to dBm: -64 at 1 m
 * from an Android phone or an unknown one, -49 from an iPhone, less 20 dB for each tenfold distance
 * (free space). At 2 m that is the -70 dBm above which the app's radar draws a strong dot
 * (protocol 7.1). The result is held within -127 … 20; for a distance that is not more than 0 it is
 * 20, which no phone reaches.
 */
BEACON_API int8_t beacon_rssi_expected_dbm(enum beacon_platform platform, double distance_m);

/* A stretch of time during which one contact was heard. */
struct beacon_encounter {
    int64_t start_ms;     /* first sighting */
    int64_t end_ms;       /* last sighting */
    int64_t duration_ms;  /* attributed, by the rule above */
    int64_t near_ms;      /* the part of it spent near */
    uint64_t sightings;   /* how many it was made of */
    uint64_t rssi_count;  /* how many of them had an RSSI */
    int64_t rssi_sum_dbm; /* of those; mean = sum / count */
    int8_t rssi_max_dbm;  /* or BEACON_RSSI_ABSENT */
    bool close;           /* a close contact */
};

/* clang-format off */
/*
 * Turns the sightings of one contact, fed in order of time, into encounters. Plain data of fixed
 * size, no allocation; the members are private.
 *
 *     struct beacon_encounter_builder builder;
 *     beacon_encounter_begin(&builder, NULL);
 *     for each sighting:
 *         if (beacon_encounter_add(&builder, sighting, &encounter) == 1)
 *             use(encounter);
 *     if (beacon_encounter_end(&builder, &encounter) == 1)
 *         use(encounter);
 *
 * _begin: BEACON_EINVAL for a rule with a time below 0 or over a day, or with a distance that does
 * not lie between 0 and 1000 m, both included.
 *
 * _add: 1 when the sighting began a new encounter and the one before it is finished and written; 0
 * when it was joined (or is the first); BEACON_EINVAL when it lies before the previous one, which
 * is then not counted.
 *
 * _end: 1 and the last encounter, or 0 when there is none; the builder is then as after _begin.
 */
/* clang-format on */
struct beacon_encounter_builder {
    struct beacon_encounter_rule rule;
    struct beacon_encounter encounter;
    struct {
        int64_t start_ms;
        int64_t attributed_ms;
        int64_t level_sum_dbm; /* above the near level of each sighting's platform */
        uint64_t level_count;
    } instance;
};

BEACON_API int beacon_encounter_begin(struct beacon_encounter_builder *builder,
                                      const struct beacon_encounter_rule *rule);
BEACON_API int beacon_encounter_add(struct beacon_encounter_builder *builder,
                                    const struct beacon_sighting *sighting,
                                    struct beacon_encounter *ret_finished);
BEACON_API int beacon_encounter_end(struct beacon_encounter_builder *builder,
                                    struct beacon_encounter *ret_finished);

#ifdef __cplusplus
}
#endif

#endif
