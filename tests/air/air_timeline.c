/* SPDX-License-Identifier: MIT */
/* Timelines: figures that closed forms give, order, repeatability, truth and packets, identifiers
 * and addresses. Seeds are fixed; each bound is four standard deviations or more. */
#include "heard.h"

#include "check_main.h"

#include <math.h>

#define SECOND INT64_C(1000000)

/* Of the scenario below: as the first machine had it, and every other must. */
#define BUSY_EVENTS 88914
#define BUSY_DIGEST G_GUINT64_CONSTANT(0xB6250F3E5C3043C2)

static double share_of(guint64 part, guint64 whole)
{
    return (double)part / (double)whole;
}

START_TEST(loses_the_share_it_is_told_to)
{
    struct heard heard = heard_in("length 2 h\nphone a iphone-open at 1 m\nbody-fading 0 dB\n");
    double sent = heard.truth->len;

    /* 7200 s / (152.5 + 5) ms, advDelay being uniform on 10 ms: deviation 2.89 ms. */
    ck_assert_double_eq_tol(sent, 7200.0 / 0.1575, 4.0 * 0.00289 * sqrt(7200.0 / 0.1575) / 0.1575);
    ck_assert_double_eq_tol(share_of(heard.fates[BEACON_AIR_LOST], heard.truth->len), 0.45,
                            4.0 * sqrt(0.45 * 0.55 / sent));
    ck_assert_uint_eq(heard.fates[BEACON_AIR_WEAK], 0);
    heard_clear(&heard);
}
END_TEST

/* Mean and deviation of the levels that arrived at a distance, without slow fading. */
static void levels_at(double distance_m, double *ret_mean, double *ret_deviation)
{
    g_autofree char *text =
        g_strdup_printf("length 1 h\nloss 0 %%\nbody-fading 0 dB\nreceiver floor -127 dBm\n"
                        "phone a iphone-open at %d cm offset 0 dB\n",
                        (int)(distance_m * 100.0 + 0.5));
    struct heard heard = heard_in(text);
    double sum = 0.0, squares = 0.0, count = heard.truth->len;

    for (guint i = 0; i < heard.truth->len; i++) {
        sum += heard_truth(&heard, i)->rssi_dbm;
        squares += pow(heard_truth(&heard, i)->rssi_dbm, 2.0);
    }
    *ret_mean = sum / count;
    *ret_deviation = sqrt(squares / count - *ret_mean * *ret_mean);
    heard_clear(&heard);
}

START_TEST(levels_fall_with_the_square_of_the_distance)
{
    static const double distances_m[] = {0.1, 0.5, 1.0, 2.0, 10.0, 30.0};

    for (size_t i = 0; i < G_N_ELEMENTS(distances_m); i++) {
        double mean, deviation;

        levels_at(distances_m[i], &mean, &deviation);
        ck_assert_double_eq_tol(mean, -49.0 - 20.0 * log10(distances_m[i]),
                                4.0 * 4.0 / sqrt(22857.0));
        /* Rounding to whole dBm adds a twelfth to the variance. */
        ck_assert_double_eq_tol(deviation, sqrt(16.0 + 1.0 / 12.0),
                                4.0 * 4.0 / sqrt(2.0 * 22857.0));
    }
}
END_TEST

/* The correlation of levels a lag apart, by the pairs of truths that are that far apart. */
static double correlation(const struct heard *heard, gint64 lag_us, double mean)
{
    double products = 0.0, squares = 0.0;
    guint j = 0, pairs = 0;

    for (guint i = 0; i < heard->truth->len; i++) {
        while (j < heard->truth->len &&
               heard_truth(heard, j)->time_us < heard_truth(heard, i)->time_us + lag_us)
            j++;
        if (j == heard->truth->len)
            break;
        products +=
            (heard_truth(heard, i)->rssi_dbm - mean) * (heard_truth(heard, j)->rssi_dbm - mean);
        squares += pow(heard_truth(heard, i)->rssi_dbm - mean, 2.0);
        pairs++;
    }
    return products / squares;
}

START_TEST(body_fading_remembers_eight_seconds)
{
    struct heard heard =
        heard_in("length 20 h\nloss 0 %\nfast-fading 0 dB\nreceiver floor -127 dBm\n"
                 "phone a iphone-open at 1 m offset 0 dB\n");
    double sum = 0.0, squares = 0.0, mean;

    for (guint i = 0; i < heard.truth->len; i++) {
        sum += heard_truth(&heard, i)->rssi_dbm;
        squares += pow(heard_truth(&heard, i)->rssi_dbm, 2.0);
    }
    mean = sum / heard.truth->len;
    /* 20 h hold 72000 s / (2 · 8 s) = 4500 independent levels. */
    ck_assert_double_eq_tol(mean, -49.0, 4.0 * 6.0 / sqrt(4500.0));
    ck_assert_double_eq_tol(sqrt(squares / heard.truth->len - mean * mean), 6.0,
                            4.0 * 6.0 / sqrt(9000.0));
    ck_assert_double_eq_tol(correlation(&heard, 2 * SECOND, mean), exp(-0.25), 4.0 / sqrt(4500.0));
    ck_assert_double_eq_tol(correlation(&heard, 8 * SECOND, mean), exp(-1.0), 4.0 / sqrt(4500.0));
    ck_assert_double_eq_tol(correlation(&heard, 40 * SECOND, mean), exp(-5.0), 4.0 / sqrt(4500.0));
    heard_clear(&heard);
}
END_TEST

START_TEST(intervals_are_the_interval_and_a_uniform_delay)
{
    struct heard heard = heard_in("length 1 h\nphone a iphone-open at 1 m\n");
    guint bins[10] = {0}, count = heard.truth->len - 1;

    for (guint i = 0; i < count; i++) {
        gint64 delay_us =
            heard_truth(&heard, i + 1)->time_us - heard_truth(&heard, i)->time_us - 152500;

        ck_assert_int_ge(delay_us, 0);
        ck_assert_int_le(delay_us, 10000);
        bins[MIN(delay_us / 1000, 9)]++;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bins); i++)
        ck_assert_double_eq_tol(bins[i], count / 10.0, 4.0 * sqrt(count * 0.09));
    heard_clear(&heard);
}
END_TEST

/* Of seconds, how many had advertisements; at a phase that is drawn, so give or take two a change.
 */
static void check_duty(const char *kind, double on_s, double off_s)
{
    g_autofree char *text = g_strdup_printf("length 9 h\nphone a %s at 1 m\n", kind);
    struct heard heard = heard_in(text);
    double cycles = 9.0 * 3600.0 / (on_s + off_s);
    guint bursts = 1;
    gint64 begin_us = heard_truth(&heard, 0)->time_us;

    for (guint i = 1; i < heard.truth->len; i++) {
        gint64 gap_us = heard_truth(&heard, i)->time_us - heard_truth(&heard, i - 1)->time_us;
        gint64 length_us = heard_truth(&heard, i - 1)->time_us - begin_us;

        if (gap_us <= 110000)
            continue;
        ck_assert_double_eq_tol((double)gap_us / 1e6, off_s, 0.13);
        ck_assert(bursts == 1 || fabs((double)length_us / 1e6 - on_s) < 0.13);
        begin_us = heard_truth(&heard, i)->time_us;
        bursts++;
    }
    ck_assert_double_eq_tol(bursts, cycles, 1.5);
    /* A burst begins within 10 ms, and ends anywhere between two advertisements 105 ms apart. */
    ck_assert_double_eq_tol(heard.truth->len / cycles, (on_s - 0.005) / 0.105 + 0.5,
                            2.0 * on_s / 0.105 / cycles);
    heard_clear(&heard);
}

START_TEST(cycles_are_on_and_off_as_long_as_they_say)
{
    check_duty("android-background", 15.0, 15.0);
    check_duty("android-open", 150.0, 5.0);
    check_duty("android-doze", 540.0, 540.0);
    check_duty("android-background cycle 150 s / 60 s", 150.0, 60.0);
}
END_TEST

START_TEST(models_differ_by_four_decibels)
{
    struct heard heard = heard_in(
        "length 2 s\nloss 0 %\nfast-fading 0 dB\nbody-fading 0 dB\nreceiver floor -127 dBm\n"
        "4000 phones staying at 1 m: 100 % iphone-open\n");
    g_autofree int8_t *levels = g_new0(int8_t, 4000);
    double sum = 0.0, squares = 0.0;

    for (guint i = 0; i < heard.truth->len; i++)
        levels[heard_truth(&heard, i)->device] = heard_truth(&heard, i)->rssi_dbm;
    for (guint i = 0; i < 4000; i++) {
        ck_assert_int_ne(levels[i], 0);
        sum += levels[i];
        squares += (double)levels[i] * levels[i];
    }
    sum /= 4000.0;
    ck_assert_double_eq_tol(sum, -49.0, 4.0 * 4.0 / sqrt(4000.0));
    ck_assert_double_eq_tol(sqrt(squares / 4000.0 - sum * sum), sqrt(16.0 + 1.0 / 12.0),
                            4.0 * 4.0 / sqrt(8000.0));
    heard_clear(&heard);
}
END_TEST

START_TEST(tray_floor_and_deafness_weaken)
{
    static const char plain[] = "length 60 s\nloss 0 %\nfast-fading 0 dB\nbody-fading 0 dB\nphone "
                                "in iphone-open at 20 cm offset 0 dB\n"
                                "phone out iphone-open at 40 cm offset 0 dB\nreceiver tray 25 dB "
                                "deaf 20 dB from 30 s to 60 s floor -80 dBm";
    struct heard heard = heard_in(plain);

    for (guint i = 0; i < heard.truth->len; i++) {
        const struct beacon_air_emission *truth = heard_truth(&heard, i);
        bool is_late = (truth->time_us / SECOND) % 60 >= 30;
        int expected = (truth->device == 0 ? -35 : -41 - 25) - (is_late ? 20 : 0);

        ck_assert_int_eq(truth->rssi_dbm, expected);
        ck_assert_int_eq(truth->fate, expected < -80 ? BEACON_AIR_WEAK : BEACON_AIR_ARRIVED);
    }
    ck_assert_uint_gt(heard.fates[BEACON_AIR_WEAK], 0);
    heard_clear(&heard);
}
END_TEST

static const char busy[] =
    "seed 5\nstart 2020-08-10T23:50:00Z\nlength 25 min\nreceiver a tray 20 dB away from 5 min to 6 "
    "min\n"
    "receiver b on walker floor -90 dBm\nclocks 20 % off by 60 s\n"
    "phone walker android-open path 0 s 1 m, 5 min 9 m / 3 m, 20 min 2 m\n"
    "phone forger1 forger at 1 m from 100 s to 105 s new 200 per second\n"
    "phone forger2 forger at 1 m from 110 s to 115 s identifiers 10 at 10 per second\n"
    "phone forger3 forger at 1 m from 300 s to 400 s replaying walker after 2 s\n"
    "phone doze android-doze at 3 m then android-open at 10 min\n"
    "20 people checked in 10 min from 2 min opening after 3 s: 45 % android-background, 15 % "
    "android-silent, "
    "20 % iphone-background, 10 % no-app, 10 % bluetooth-off\n"
    "10 devices staying at 2 m to 9 m: 20 % gaen, 20 % ibeacon, 20 % eddystone, 20 % earbuds, 10 % "
    "iphone-same-bit, "
    "10 % iphone-other-bit\n"
    "10 people passing in 20 min at 2 m: 100 % iphone-stalling\n"
    "10 people visiting in 20 min for 4 min at 1 m to 4 m: 100 % android-background";

static guint64 mix(guint64 digest, guint64 number)
{
    for (int i = 0; i < 8; i++, number >>= 8)
        digest = (digest ^ (number & 0xFF)) * G_GUINT64_CONSTANT(0x100000001B3);
    return digest;
}

static guint64 digest_of(const struct heard *heard)
{
    guint64 digest = G_GUINT64_CONSTANT(0xCBF29CE484222325);

    for (guint i = 0; i < heard->events->len; i++) {
        const struct beacon_air_event *event = heard_event(heard, i);

        digest = mix(digest, (guint64)event->time_us);
        digest = mix(digest, (guint64)event->type << 32 | event->receiver << 20 | event->device);
        digest = mix(digest, (guint64)(guint8)event->packet.rssi_dbm);
        for (guint j = 0; j < event->packet.advert.size; j++)
            digest = mix(digest, event->packet.advert.bytes[j]);
        for (guint j = 0; j < 6; j++)
            digest = mix(digest, event->packet.address[j]);
    }
    return digest;
}

START_TEST(every_machine_has_the_same_timeline)
{
    struct heard first = heard_in(busy), second = heard_in(busy);

    ck_assert_uint_eq(digest_of(&first), digest_of(&second));
    ck_assert_uint_eq(first.events->len, BUSY_EVENTS);
    ck_assert_uint_eq(digest_of(&first), BUSY_DIGEST);
    heard_clear(&first);
    heard_clear(&second);
}
END_TEST

START_TEST(truth_and_packets_are_the_same_story)
{
    struct heard heard = heard_in(busy);
    guint next = 0;

    for (guint i = 0; i < heard.truth->len; i++) {
        const struct beacon_air_emission *truth = heard_truth(&heard, i);
        const struct beacon_air_event *event;

        if (truth->fate != BEACON_AIR_ARRIVED)
            continue;
        while (heard_event(&heard, next)->type != BEACON_AIR_PACKET)
            next++;
        event = heard_event(&heard, next++);
        ck_assert_int_eq(event->time_us, truth->time_us);
        ck_assert_uint_eq(event->device, truth->device);
        ck_assert_uint_eq(event->receiver, truth->receiver);
        ck_assert_int_eq(event->packet.rssi_dbm, truth->rssi_dbm);
        ck_assert_mem_eq(event->packet.address, truth->address, 6);
    }
    for (; next < heard.events->len; next++)
        ck_assert_int_ne(heard_event(&heard, next)->type, BEACON_AIR_PACKET);
    for (guint i = 1; i < heard.events->len; i++)
        ck_assert_int_ge(heard_event(&heard, i)->time_us, heard_event(&heard, i - 1)->time_us);
    ck_assert_uint_gt(heard.fates[BEACON_AIR_AWAY], 0);
    heard_clear(&heard);
}
END_TEST

/* Asking for the truth, in either form, changes nothing. */
START_TEST(truth_costs_the_timeline_nothing)
{
    struct heard asked = heard_in(busy);
    beacon_air *air = heard_parse(busy);
    FILE *file = tmpfile();
    struct heard quiet = {.events = g_array_new(FALSE, FALSE, sizeof(struct beacon_air_event))};
    struct beacon_air_event event;

    beacon_air_begin_truth(air, file);
    while (beacon_air_next(air, &event))
        g_array_append_val(quiet.events, event);
    ck_assert(beacon_air_finish_truth(air, NULL));
    ck_assert_uint_eq(digest_of(&quiet), digest_of(&asked));
    beacon_air_free(air);
    fclose(file);
    g_array_unref(quiet.events);
    heard_clear(&asked);
}
END_TEST

static enum beacon_advert_kind expected_kind(enum beacon_air_kind kind)
{
    switch (kind) {
    case BEACON_AIR_ANDROID_OPEN:
    case BEACON_AIR_ANDROID_BACKGROUND:
    case BEACON_AIR_ANDROID_DOZE:
    case BEACON_AIR_FORGER:
        return BEACON_ADVERT_ANDROID;
    case BEACON_AIR_IPHONE_OPEN:
        return BEACON_ADVERT_IPHONE_OPEN;
    case BEACON_AIR_IPHONE_BACKGROUND:
    case BEACON_AIR_IPHONE_STALLING:
    case BEACON_AIR_IPHONE_REFUSING:
    case BEACON_AIR_IPHONE_SAME_BIT:
        return BEACON_ADVERT_IPHONE_BACKGROUND;
    default:
        return BEACON_ADVERT_OTHER;
    }
}

START_TEST(every_packet_is_recognised_as_what_it_is)
{
    beacon_air *air = heard_parse(busy);
    struct heard heard = heard_to_end(air);
    guint seen[BEACON_AIR_KINDS] = {0};
    guint next = 0;

    for (guint i = 0; i < heard.truth->len; i++) {
        const struct beacon_air_emission *truth = heard_truth(&heard, i);
        const struct beacon_air_event *event;
        struct beacon_advert_info info;

        if (truth->fate != BEACON_AIR_ARRIVED)
            continue;
        while (heard_event(&heard, next)->type != BEACON_AIR_PACKET)
            next++;
        event = heard_event(&heard, next++);
        beacon_advert_recognise(event->packet.advert.bytes, event->packet.advert.size, &info);
        ck_assert_int_eq(info.kind, expected_kind(truth->kind));
        ck_assert(!info.truncated);
        if (info.kind == BEACON_ADVERT_ANDROID)
            ck_assert_mem_eq(info.identifier.bytes, truth->identifier.bytes,
                             BEACON_IDENTIFIER_SIZE);
        seen[truth->kind]++;
    }
    ck_assert_uint_gt(seen[BEACON_AIR_GAEN], 0);
    ck_assert_uint_gt(seen[BEACON_AIR_EARBUDS], 0);
    ck_assert_uint_gt(seen[BEACON_AIR_FORGER], 0);
    ck_assert_uint_gt(seen[BEACON_AIR_IPHONE_OTHER_BIT], 0);
    heard_clear(&heard);
    beacon_air_free(air);
}
END_TEST

/* What the library's identity has at a slot: an implementation of the same text, by another way. */
static void check_identifier(const beacon_air *air, const struct beacon_air_emission *truth)
{
    struct beacon_base_key key;
    beacon_identity *identity;
    struct beacon_identifier identifier;
    struct beacon_slot slot;
    gint64 base_day, time_ms = truth->time_us / 1000;

    beacon_air_base_key(air, truth->device, &key, &base_day);
    ck_assert_int_eq(beacon_identity_new(&key, base_day, 96, &identity), 0);
    ck_assert_int_eq(beacon_identity_at(identity, truth->slot.start_ms, &identifier, &slot), 0);
    ck_assert_mem_eq(identifier.bytes, truth->identifier.bytes, BEACON_IDENTIFIER_SIZE);
    ck_assert(slot.day == truth->slot.day && slot.index == truth->slot.index);
    ck_assert_int_eq(slot.end_ms, truth->slot.end_ms);
    ck_assert(truth->is_stale == (time_ms < slot.start_ms || time_ms >= slot.end_ms));
    beacon_identity_free(identity);
}

START_TEST(identifiers_derive_from_their_phones_keys)
{
    beacon_air *air = heard_parse(busy);
    struct heard heard = heard_to_end(air);
    guint stale = 0, checked = 0;

    for (guint i = 0; i < heard.truth->len; i += 7) {
        const struct beacon_air_emission *truth = heard_truth(&heard, i);

        if (!truth->has_identifier || truth->kind == BEACON_AIR_FORGER)
            continue;
        check_identifier(air, truth);
        stale += truth->is_stale ? 1 : 0;
        checked++;
    }
    ck_assert_uint_gt(checked, 1000);
    ck_assert_uint_gt(stale, 10);
    heard_clear(&heard);
    beacon_air_free(air);
}
END_TEST

/* Of the protocol's vectors (12.1): base C, day 0, slots 23 and 24. */
START_TEST(a_given_key_says_what_the_vectors_say)
{
    struct heard heard =
        heard_in("start 2020-08-08T05:59:00Z\nlength 2 min\nphone c android-background at 1 m "
                 "key 4C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084 base-day "
                 "2020-08-07 cycle 1 s / 0 s\n");
    struct beacon_daily_key base;
    struct beacon_identifier identifiers[96];

    ck_assert_int_eq(
        beacon_daily_key_from_hex(
            "4C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084", 64, &base),
        0);
    beacon_daily_key_next(&base, &base); /* of the base day's next day */
    ck_assert_int_eq(beacon_identifiers_of_day(&base, 96, identifiers), 0);
    for (guint i = 0; i < heard.truth->len; i++) {
        const struct beacon_air_emission *truth = heard_truth(&heard, i);
        guint slot = truth->slot.index;

        ck_assert(slot == 23 || slot == 24);
        ck_assert_mem_eq(truth->identifier.bytes, identifiers[slot].bytes, BEACON_IDENTIFIER_SIZE);
    }
    ck_assert_uint_eq(heard_truth(&heard, 0)->slot.index, 23);
    ck_assert_uint_eq(heard_truth(&heard, heard.truth->len - 1)->slot.index, 24);
    heard_clear(&heard);
}
END_TEST

/* A burst keeps the identifier that was current, by the phone's clock, when it began. */
START_TEST(bursts_over_the_edge_say_the_old_identifier)
{
    struct heard heard =
        heard_in("length 40 min\nphone a android-open at 1 m\nphone late android-background "
                 "at 1 m clock -60 s\nphone i iphone-open at 1 m\n");
    guint stale[3] = {0};

    for (guint i = 0; i < heard.truth->len; i++) {
        const struct beacon_air_emission *truth = heard_truth(&heard, i);
        gint64 late_us = truth->time_us - truth->slot.end_ms * 1000;

        if (!truth->is_stale)
            continue;
        stale[truth->device]++;
        if (truth->device == 0)
            ck_assert_int_lt(late_us, 150 * SECOND);
        else
            ck_assert_int_lt(late_us, 75 * SECOND);
    }
    ck_assert_uint_gt(stale[0], 0);
    ck_assert_uint_gt(stale[1], 500);
    ck_assert_uint_eq(stale[2], 0);
    heard_clear(&heard);
}
END_TEST

static guint count_addresses(const struct heard *heard, guint32 device, bool *ret_with_identifier)
{
    guint changes = 0;
    const struct beacon_air_emission *last = NULL;

    *ret_with_identifier = false;
    for (guint i = 0; i < heard->truth->len; i++) {
        const struct beacon_air_emission *truth = heard_truth(heard, i);

        if (truth->device != device)
            continue;
        if (last && memcmp(last->address, truth->address, 6) != 0) {
            changes++;
            *ret_with_identifier |= memcmp(&last->identifier, &truth->identifier, 12) != 0;
        }
        last = truth;
    }
    return changes;
}

START_TEST(addresses_change_by_a_timer_of_their_own)
{
    struct heard heard = heard_in("length 2 h\nphone a android-background at 1 m\nphone b "
                                  "android-background at 1 m addresses every burst\n"
                                  "phone c android-background at 1 m addresses never\nphone d "
                                  "ibeacon at 1 m address C0:11:22:33:44:55\n");
    bool is_in_step;

    ck_assert_uint_eq(count_addresses(&heard, 0, &is_in_step), 8);
    ck_assert(!is_in_step);
    ck_assert_double_eq_tol(count_addresses(&heard, 1, &is_in_step), 240.0, 1.0);
    ck_assert_uint_eq(count_addresses(&heard, 2, &is_in_step), 0);
    ck_assert_uint_eq(count_addresses(&heard, 3, &is_in_step), 0);
    for (guint i = 0; i < heard.events->len; i++) {
        const struct beacon_air_packet *packet = &heard_event(&heard, i)->packet;

        if (heard_event(&heard, i)->device == 3)
            ck_assert_mem_eq(packet->address, "\x55\x44\x33\x22\x11\xC0", 6);
        else
            ck_assert_uint_eq(packet->address[5] >> 6, 1);
        ck_assert(packet->is_connectable == (heard_event(&heard, i)->device != 3));
        ck_assert_int_eq(packet->tx_power_dbm, BEACON_TX_POWER_ABSENT);
    }
    heard_clear(&heard);
}
END_TEST

static guint distinct_identifiers(const struct heard *heard, guint32 device, guint *ret_sent)
{
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint count;

    *ret_sent = 0;
    for (guint i = 0; i < heard->truth->len; i++) {
        const struct beacon_air_emission *truth = heard_truth(heard, i);
        char text[2 * BEACON_IDENTIFIER_SIZE + 1];

        if (truth->device != device)
            continue;
        beacon_identifier_to_hex(&truth->identifier, text);
        g_hash_table_add(seen, g_strdup(text));
        ++*ret_sent;
    }
    count = g_hash_table_size(seen);
    g_hash_table_unref(seen);
    return count;
}

START_TEST(forgers_flood_and_replay)
{
    struct heard heard = heard_in(
        "start 2020-08-10T00:05:00Z\nlength 60 s\nphone flood forger at 1 m new 1000 per second\n"
        "phone few forger at 1 m identifiers 100 at 10 per second\n"
        "phone victim android-open at 5 m cycle 60 s / 0 s\nphone echo "
        "forger at 1 m replaying victim\n");
    guint sent;

    ck_assert_uint_eq(distinct_identifiers(&heard, 0, &sent), sent);
    ck_assert_double_eq_tol(sent, 60000.0, 600.0);
    ck_assert_uint_eq(distinct_identifiers(&heard, 1, &sent), 100);
    ck_assert_double_eq_tol(sent, 60000.0, 600.0);
    ck_assert_uint_eq(distinct_identifiers(&heard, 3, &sent), 1);
    ck_assert_double_eq_tol(sent, 600.0, 30.0);
    heard_clear(&heard);
}
END_TEST

/* What one device does is the same with or without another, and with a longer scenario. */
START_TEST(devices_leave_each_other_as_they_are)
{
    struct heard alone = heard_in("length 10 min\nphone a android-background at 2 m\n");
    struct heard together =
        heard_in("length 12 min\nphone b iphone-open at 1 m\n5 people staying at 1 m: 100 % "
                 "android-open\nphone a android-background at 2 m\n");
    guint at = 0;

    for (guint i = 0; i < together.truth->len && at < alone.truth->len; i++) {
        const struct beacon_air_emission *one = heard_truth(&together, i),
                                         *other = heard_truth(&alone, at);

        if (one->device != 6)
            continue;
        ck_assert_int_eq(one->time_us, other->time_us);
        ck_assert_int_eq(one->fate, other->fate);
        ck_assert_mem_eq(&one->identifier, &other->identifier, sizeof(one->identifier));
        ck_assert(one->fate == BEACON_AIR_LOST || one->rssi_dbm == other->rssi_dbm);
        at++;
    }
    ck_assert_uint_eq(at, alone.truth->len);
    heard_clear(&alone);
    heard_clear(&together);
}
END_TEST

START_TEST(outages_checks_and_openings_are_told)
{
    struct heard heard = heard_in(
        "length 60 s\nreceiver away from 10 s to 20 s\nphone a android-silent at 20 cm then "
        "android-open at 30 s\ncheck a from 25 s to 50 s\n");
    static const struct {
        enum beacon_air_event_type type;
        int at_s;
    } expected[] = {{BEACON_AIR_RECEIVER_AWAY, 10},
                    {BEACON_AIR_RECEIVER_BACK, 20},
                    {BEACON_AIR_CHECK, 25},
                    {BEACON_AIR_OPENED, 30}};

    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        ck_assert_int_eq(heard_event(&heard, i)->type, expected[i].type);
        ck_assert_int_eq(heard_event(&heard, i)->time_us / SECOND % 60, expected[i].at_s);
    }
    ck_assert_int_eq(heard_event(&heard, 4)->type, BEACON_AIR_PACKET);
    ck_assert_int_ge(heard_event(&heard, 4)->time_us / SECOND % 60, 30);
    ck_assert_int_eq(heard_event(&heard, 2)->until_us / SECOND % 60, 50);
    ck_assert_int_eq(heard_event(&heard, 3)->kind, BEACON_AIR_ANDROID_OPEN);
    heard_clear(&heard);
}
END_TEST

START_TEST(people_who_are_checked_stand_on_the_spot_one_by_one)
{
    beacon_air *air = heard_parse(
        "length 30 min\n60 people checked in 25 min from 1 min: 50 % no-app, 50 % android-open\n");
    struct heard heard = heard_to_end(air);
    guint checks = 0, with_app = 0;

    for (guint i = 0; i < heard.events->len; i++) {
        const struct beacon_air_event *event = heard_event(&heard, i);

        if (event->type != BEACON_AIR_CHECK)
            continue;
        ck_assert_uint_eq(event->device, checks);
        checks++;
        with_app +=
            beacon_air_kind_at(air, event->device, event->time_us) == BEACON_AIR_ANDROID_OPEN;
        for (gint64 at_us = event->time_us; at_us < event->until_us; at_us += SECOND)
            for (guint32 device = 0; device < 60; device++) {
                double distance_m;

                if (beacon_air_distance(air, 0, device, at_us, &distance_m))
                    ck_assert(device == event->device ? distance_m <= 0.2001 : distance_m > 0.25);
            }
    }
    ck_assert_uint_eq(checks, 60);
    ck_assert_uint_eq(with_app, 30);
    heard_clear(&heard);
    beacon_air_free(air);
}
END_TEST

START_TEST(nodes_send_what_they_are_given_and_hear_each_other)
{
    beacon_air *air =
        heard_parse("length 20 s\nloss 0 %\nphone A node at 0 m\nphone B node at 1 m\n"
                    "receiver a on A\nreceiver b on B\n");
    struct beacon_air_packet packet = {.address = {1, 2, 3, 4, 5, 6},
                                       .advert = {.size = 1, .bytes = {0}}};
    struct beacon_air_event event;
    guint heard = 0;

    beacon_air_transmit(air, 0, beacon_air_start_us(air), &packet, 100000);
    while (beacon_air_next(air, &event)) {
        ck_assert_uint_eq(event.device, 0);
        ck_assert_uint_eq(event.receiver, 1);
        ck_assert_mem_eq(event.packet.address, packet.address, 6);
        if (++heard == 50)
            beacon_air_transmit(air, 0, event.time_us, NULL, 0);
    }
    ck_assert_uint_eq(heard, 50);
    beacon_air_free(air);
}
END_TEST

START_TEST(a_world_that_is_acted_upon_is_not_run_ahead_of)
{
    beacon_air *air = heard_parse("length 20 s\nloss 0 %\nphone A node at 0 m\n"
                                  "receiver door at 1 m\nreceiver a on A\n");
    const gint64 start_us = beacon_air_start_us(air);
    struct beacon_air_packet packet = {.advert = {.size = 1}};
    struct beacon_air_event event;
    guint32 carrier = 7;

    ck_assert(!beacon_air_receiver_carrier(air, 0, &carrier));
    ck_assert(beacon_air_receiver_carrier(air, 1, &carrier));
    ck_assert_uint_eq(carrier, 0);
    ck_assert(!beacon_air_next_until(air, start_us + 5 * SECOND, &event));
    ck_assert_int_gt(beacon_air_next_us(air), start_us + 5 * SECOND);
    beacon_air_transmit(air, 0, start_us + 5 * SECOND, &packet, 100000);
    ck_assert_int_le(beacon_air_next_us(air), start_us + 5 * SECOND + 10000);
    ck_assert(beacon_air_next_until(air, start_us + 6 * SECOND, &event));
    ck_assert_int_ge(event.time_us, start_us + 5 * SECOND);
    ck_assert_int_le(event.time_us, start_us + 5 * SECOND + 10000);
    ck_assert(!beacon_air_next_until(air, event.time_us + 99999, &event));
    beacon_air_free(air);
}
END_TEST

static struct beacon_air_read read_device(beacon_air *air, guint32 device)
{
    struct beacon_air_event event;
    struct beacon_air_read read, again;

    do
        ck_assert(beacon_air_next(air, &event));
    while (event.type != BEACON_AIR_PACKET || event.device != device);
    beacon_air_read(air, 0, event.packet.address, event.time_us, &read);
    beacon_air_read(air, 0, event.packet.address, event.time_us, &again);
    ck_assert_mem_eq(&read, &again, sizeof(read));
    if (read.outcome != BEACON_AIR_READ_UNREACHABLE) {
        ck_assert_uint_eq(read.device, device);
        ck_assert_int_gt(read.connected_us, event.time_us);
    }
    return read;
}

START_TEST(reads_are_answered_as_each_iphone_would)
{
    static const enum beacon_air_read_outcome expected[] = {
        BEACON_AIR_READ_ANSWERED,          BEACON_AIR_READ_ANSWERED,
        BEACON_AIR_READ_STALLED,           BEACON_AIR_READ_REFUSED,
        BEACON_AIR_READ_NO_CHARACTERISTIC, BEACON_AIR_READ_NO_CHARACTERISTIC,
        BEACON_AIR_READ_UNREACHABLE};
    beacon_air *air = heard_parse("length 10 min\nphone a iphone-open at 1 m\nphone b "
                                  "iphone-background at 1 m\nphone c iphone-stalling at 1 m\n"
                                  "phone d iphone-refusing at 1 m\nphone e iphone-same-bit at 1 "
                                  "m\nphone f android-open at 1 m\n"
                                  "phone g ibeacon at 1 m\n");

    for (guint32 device = 0; device < G_N_ELEMENTS(expected); device++) {
        struct beacon_air_read read = read_device(air, device);
        struct beacon_air_emission truth = {.device = device, .time_us = read.answered_us};

        ck_assert_int_eq(read.outcome, expected[device]);
        ck_assert(read.size == (expected[device] == BEACON_AIR_READ_ANSWERED ? 12 : 0));
        if (read.size == 0)
            continue;
        ck_assert_int_eq(beacon_slot_at(read.answered_us / 1000, 96, &truth.slot), 0);
        memcpy(truth.identifier.bytes, read.value, 12);
        check_identifier(air, &truth);
    }
    beacon_air_free(air);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tcase = tcase_create("timeline");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, loses_the_share_it_is_told_to);
    tcase_add_test(tcase, levels_fall_with_the_square_of_the_distance);
    tcase_add_test(tcase, body_fading_remembers_eight_seconds);
    tcase_add_test(tcase, intervals_are_the_interval_and_a_uniform_delay);
    tcase_add_test(tcase, cycles_are_on_and_off_as_long_as_they_say);
    tcase_add_test(tcase, models_differ_by_four_decibels);
    tcase_add_test(tcase, tray_floor_and_deafness_weaken);
    tcase_add_test(tcase, every_machine_has_the_same_timeline);
    tcase_add_test(tcase, truth_and_packets_are_the_same_story);
    tcase_add_test(tcase, truth_costs_the_timeline_nothing);
    tcase_add_test(tcase, every_packet_is_recognised_as_what_it_is);
    tcase_add_test(tcase, identifiers_derive_from_their_phones_keys);
    tcase_add_test(tcase, a_given_key_says_what_the_vectors_say);
    tcase_add_test(tcase, bursts_over_the_edge_say_the_old_identifier);
    tcase_add_test(tcase, addresses_change_by_a_timer_of_their_own);
    tcase_add_test(tcase, forgers_flood_and_replay);
    tcase_add_test(tcase, devices_leave_each_other_as_they_are);
    tcase_add_test(tcase, outages_checks_and_openings_are_told);
    tcase_add_test(tcase, people_who_are_checked_stand_on_the_spot_one_by_one);
    tcase_add_test(tcase, nodes_send_what_they_are_given_and_hear_each_other);
    tcase_add_test(tcase, a_world_that_is_acted_upon_is_not_run_ahead_of);
    tcase_add_test(tcase, reads_are_answered_as_each_iphone_would);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
