/* SPDX-License-Identifier: MIT */
/* From the sightings of one contact to encounters: windows, scan instances, minutes, nearness. */
#include <beacon/encounter.h>

#include <string.h>

static const struct beacon_encounter_rule defaults = {.size = sizeof(defaults),
                                                      .join_ms = 600000,
                                                      .scan_ms = 40000,
                                                      .gap_counted_ms = 300000,
                                                      .close_ms = 900000,
                                                      .close_distance_m = 2.0};

static bool is_duration(int64_t duration_ms)
{
    return duration_ms >= 0 && duration_ms <= BEACON_DAY_MS;
}

static int check_rule(const struct beacon_encounter_rule *rule)
{
    if (rule->size < sizeof(*rule) || !is_duration(rule->join_ms) || !is_duration(rule->scan_ms) ||
        !is_duration(rule->gap_counted_ms) || !is_duration(rule->scan_pause_ms) ||
        !is_duration(rule->close_ms) ||
        !(rule->close_distance_m >= 0 && rule->close_distance_m <= 1000))
        return BEACON_EINVAL;
    return 0;
}

static void put_default_ms(int64_t *member, int64_t otherwise)
{
    if (*member == 0)
        *member = otherwise;
}

/* The rule with every zero replaced by what it stands for. */
static struct beacon_encounter_rule complete(const struct beacon_encounter_rule *given)
{
    struct beacon_encounter_rule rule = *given;

    put_default_ms(&rule.join_ms, defaults.join_ms);
    put_default_ms(&rule.scan_ms, defaults.scan_ms);
    put_default_ms(&rule.gap_counted_ms, defaults.gap_counted_ms);
    put_default_ms(&rule.close_ms, defaults.close_ms);
    if (!(rule.close_distance_m > 0))
        rule.close_distance_m = defaults.close_distance_m;
    if (rule.near_android_dbm == 0)
        rule.near_android_dbm =
            beacon_rssi_expected_dbm(BEACON_PLATFORM_ANDROID, rule.close_distance_m);
    if (rule.near_iphone_dbm == 0)
        rule.near_iphone_dbm =
            beacon_rssi_expected_dbm(BEACON_PLATFORM_IPHONE, rule.close_distance_m);
    return rule;
}

int beacon_encounter_begin(struct beacon_encounter_builder *builder,
                           const struct beacon_encounter_rule *rule)
{
    if (!rule)
        rule = &defaults;
    if (check_rule(rule) != 0)
        return BEACON_EINVAL;
    memset(builder, 0, sizeof(*builder));
    builder->rule = complete(rule);
    return 0;
}

static void open_instance(struct beacon_encounter_builder *builder, int64_t start_ms,
                          int64_t attributed_ms)
{
    builder->instance.start_ms = start_ms;
    builder->instance.attributed_ms = attributed_ms;
    builder->instance.level_sum_dbm = 0;
    builder->instance.level_count = 0;
}

/* Adds what the instance stands for to its encounter. */
static void close_instance(struct beacon_encounter_builder *builder)
{
    builder->encounter.duration_ms += builder->instance.attributed_ms;
    if (builder->instance.level_count > 0 && builder->instance.level_sum_dbm >= 0)
        builder->encounter.near_ms += builder->instance.attributed_ms;
}

static void open_encounter(struct beacon_encounter_builder *builder, int64_t start_ms)
{
    builder->encounter = (struct beacon_encounter){
        .start_ms = start_ms, .end_ms = start_ms, .rssi_max_dbm = BEACON_RSSI_ABSENT};
    open_instance(builder, start_ms, builder->rule.scan_pause_ms);
}

static struct beacon_encounter close_encounter(struct beacon_encounter_builder *builder)
{
    close_instance(builder);
    builder->encounter.close = builder->encounter.near_ms >= builder->rule.close_ms;
    return builder->encounter;
}

static void add_level(struct beacon_encounter_builder *builder,
                      const struct beacon_sighting *sighting)
{
    struct beacon_encounter *encounter = &builder->encounter;
    int8_t near_dbm = sighting->platform == BEACON_PLATFORM_IPHONE ? builder->rule.near_iphone_dbm
                                                                   : builder->rule.near_android_dbm;

    if (sighting->rssi_dbm == BEACON_RSSI_ABSENT)
        return;
    builder->instance.level_sum_dbm += sighting->rssi_dbm - near_dbm;
    builder->instance.level_count++;
    if (encounter->rssi_count == 0 || sighting->rssi_dbm > encounter->rssi_max_dbm)
        encounter->rssi_max_dbm = sighting->rssi_dbm;
    encounter->rssi_sum_dbm += sighting->rssi_dbm;
    encounter->rssi_count++;
}

/* Adds a sighting that comes `gap_ms` after the last one of the same encounter. */
static void join(struct beacon_encounter_builder *builder, const struct beacon_sighting *sighting,
                 int64_t gap_ms)
{
    const struct beacon_encounter_rule *rule = &builder->rule;

    if (sighting->time_ms - builder->instance.start_ms <= rule->scan_ms) {
        builder->instance.attributed_ms += gap_ms;
    } else {
        close_instance(builder);
        open_instance(builder, sighting->time_ms,
                      gap_ms < rule->gap_counted_ms ? gap_ms : rule->gap_counted_ms);
    }
    builder->encounter.end_ms = sighting->time_ms;
}

int beacon_encounter_add(struct beacon_encounter_builder *builder,
                         const struct beacon_sighting *sighting,
                         struct beacon_encounter *ret_finished)
{
    struct beacon_encounter *encounter = &builder->encounter;
    uint64_t gap_ms = (uint64_t)sighting->time_ms - (uint64_t)encounter->end_ms;
    int finished = 0;

    if (encounter->sightings > 0 && sighting->time_ms < encounter->end_ms)
        return BEACON_EINVAL;
    if (encounter->sightings > 0 && gap_ms > (uint64_t)builder->rule.join_ms) {
        *ret_finished = close_encounter(builder);
        encounter->sightings = 0;
        finished = 1;
    }
    if (encounter->sightings == 0)
        open_encounter(builder, sighting->time_ms);
    else
        join(builder, sighting, (int64_t)gap_ms);
    encounter->sightings++;
    add_level(builder, sighting);
    return finished;
}

int beacon_encounter_end(struct beacon_encounter_builder *builder,
                         struct beacon_encounter *ret_finished)
{
    if (builder->encounter.sightings == 0)
        return 0;
    *ret_finished = close_encounter(builder);
    builder->encounter.sightings = 0;
    return 1;
}
