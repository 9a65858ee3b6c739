/* SPDX-License-Identifier: MIT */
/* The statements of a scenario that make devices: one phone, or a crowd. */
#include "air/draft.h"

#include <string.h>

static bool take_path(struct bcn_draft_phone *phone, struct bcn_words *words)
{
    enum { POINTS = 10000 };

    do {
        struct bcn_waypoint point;
        guint length = phone->path->len;

        if (!bcn_words_duration(words, 0, &point.time_us) ||
            !bcn_draft_position(words, &point.point))
            return false;
        if (length > 0 &&
            point.time_us <= g_array_index(phone->path, struct bcn_waypoint, length - 1).time_us)
            return bcn_words_complain(words, "expected the times of a path to rise");
        if (length == POINTS)
            return bcn_words_complain(words, "expected at most 10000 points in a path");
        g_array_append_val(phone->path, point);
    } while (bcn_words_take(words, ","));
    return phone->path->len > 1 ||
           bcn_words_complain(words, "expected a path of two points or more");
}

static bool take_then(struct bcn_draft_phone *phone, struct bcn_words *words)
{
    struct bcn_draft_state state;
    guint count = phone->states->len;

    if (!bcn_draft_kind(words, &state.kind) || !bcn_words_expect(words, "at") ||
        !bcn_words_duration(words, 1, &state.from_us))
        return false;
    if (state.kind == BEACON_AIR_NODE || phone->kind == BEACON_AIR_NODE ||
        state.kind == BEACON_AIR_FORGER || phone->kind == BEACON_AIR_FORGER)
        return bcn_words_complain(words, "expected nodes and forgers to stay what they are");
    if (count > 0 &&
        state.from_us <= g_array_index(phone->states, struct bcn_draft_state, count - 1).from_us)
        return bcn_words_complain(words, "expected the times after \"then\" to rise");
    g_array_append_val(phone->states, state);
    return true;
}

static bool is_forger(const struct bcn_draft_phone *phone, const struct bcn_words *words)
{
    return phone->kind == BEACON_AIR_FORGER ||
           bcn_words_complain(words, "expected this of a forger only");
}

#define EXPECTED_RATE "a whole number from 1 to 100000"

/* new N per second */
static bool take_new(struct bcn_draft_phone *phone, struct bcn_words *words)
{
    return is_forger(phone, words) &&
           bcn_words_whole(words, 1, 100000, EXPECTED_RATE, &phone->forgery.rate) &&
           bcn_words_expect(words, "per") && bcn_words_expect(words, "second");
}

/* identifiers N at M per second */
static bool take_identifiers(struct bcn_draft_phone *phone, struct bcn_words *words)
{
    int64_t each;

    if (!is_forger(phone, words) ||
        !bcn_words_whole(words, 1, 100000, EXPECTED_RATE, &phone->forgery.identifiers) ||
        !bcn_words_expect(words, "at") ||
        !bcn_words_whole(words, 1, 100000, EXPECTED_RATE, &each) ||
        !bcn_words_expect(words, "per") || !bcn_words_expect(words, "second"))
        return false;
    phone->forgery.rate = each * phone->forgery.identifiers;
    return phone->forgery.rate <= 100000 ||
           bcn_words_complain(words, "expected at most 100000 packets a second of one forger");
}

/* replaying NAME [after T] */
static bool take_replaying(struct bcn_draft_phone *phone, struct bcn_words *words)
{
    struct bcn_word name;

    if (!is_forger(phone, words) || !bcn_words_name(words, "the name of a phone", &name))
        return false;
    g_free(phone->replayed);
    phone->replayed = g_strndup(name.text, name.length);
    return !bcn_words_take(words, "after") ||
           bcn_words_duration(words, 0, &phone->forgery.delay_us);
}

static bool take_clock(struct bcn_draft_phone *phone, struct bcn_words *words)
{
    const int64_t day_us = BEACON_DAY_MS * 1000;

    phone->has_clock = true;
    return bcn_words_duration(words, -day_us, &phone->clock_us) &&
           (phone->clock_us <= day_us ||
            bcn_words_complain(words, "expected a clock off by at most 24 h"));
}

/* As people write it: the most significant byte first. */
static bool take_address(struct bcn_draft_phone *phone, struct bcn_words *words)
{
    uint8_t bytes[6];

    if (!bcn_words_hex(words, "an address such as C0:11:22:33:44:55", ':', bytes, sizeof(bytes)))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        phone->address[i] = bytes[sizeof(bytes) - 1 - i];
    phone->has_address = true;
    return true;
}

static bool take_phone_option(struct bcn_draft_phone *phone, struct bcn_words *words)
{
    int tuned = bcn_draft_tuning(words, &phone->changes);

    if (tuned != 0)
        return tuned > 0;
    if (bcn_words_take(words, "at"))
        return phone->has_point = true, bcn_draft_position(words, &phone->point);
    if (bcn_words_take(words, "from"))
        return phone->span.has_from = true, bcn_words_duration(words, 0, &phone->span.from_us);
    if (bcn_words_take(words, "to"))
        return phone->span.has_to = true, bcn_words_duration(words, 1, &phone->span.to_us);
    if (bcn_words_take(words, "path"))
        return take_path(phone, words);
    if (bcn_words_take(words, "then"))
        return take_then(phone, words);
    if (bcn_words_take(words, "offset"))
        return phone->has_offset = true, bcn_words_decibels(words, -60.0, 60.0, &phone->offset_db);
    if (bcn_words_take(words, "clock"))
        return take_clock(phone, words);
    if (bcn_words_take(words, "key"))
        return phone->has_key = true, bcn_words_hex(words, "64 hexadecimal digits", '\0',
                                                    phone->base_key.bytes, BEACON_KEY_SIZE);
    if (bcn_words_take(words, "base-day"))
        return phone->has_base_day = true, bcn_words_date(words, &phone->base_day);
    if (bcn_words_take(words, "address"))
        return take_address(phone, words);
    if (bcn_words_take(words, "new"))
        return take_new(phone, words);
    if (bcn_words_take(words, "identifiers"))
        return take_identifiers(phone, words);
    if (bcn_words_take(words, "replaying"))
        return take_replaying(phone, words);
    return bcn_words_fail(words,
                          "an option of a phone: at, from, to, path, then, level, offset, clock, "
                          "interval, cycle, addresses, answers, key, base-day, address, new, "
                          "identifiers or replaying");
}

bool bcn_draft_phone(struct bcn_draft *draft, struct bcn_words *words)
{
    struct bcn_draft_entry entry = {.line = words->line, .file = words->name};
    struct bcn_draft_phone *phone = g_new0(struct bcn_draft_phone, 1);
    struct bcn_word name;

    entry.phone = phone;
    phone->path = g_array_new(FALSE, FALSE, sizeof(struct bcn_waypoint));
    phone->states = g_array_new(FALSE, FALSE, sizeof(struct bcn_draft_state));
    g_array_append_val(draft->entries, entry);
    if (!bcn_words_name(words, "a name of letters, digits, -, _ and ., at most 40", &name))
        return false;
    phone->name = g_strndup(name.text, name.length);
    if (!bcn_draft_kind(words, &phone->kind))
        return false;
    while (!bcn_words_at_end(words))
        if (!take_phone_option(phone, words))
            return false;
    if (phone->has_point && phone->path->len > 0)
        return bcn_words_complain(words, "expected \"at\" or \"path\", not both");
    if (phone->path->len > 0 && (phone->span.has_from || phone->span.has_to))
        return bcn_words_complain(words, "expected a path to say itself from when to when");
    return phone->has_point || phone->path->len > 0 ||
           bcn_words_complain(words, "expected where the phone is: \"at\" or \"path\"");
}

static bool take_activity(struct bcn_draft_crowd *crowd, struct bcn_words *words)
{
    static const char *const activities[] = {"checked", "staying", "passing", "visiting"};

    if (!bcn_words_take(words, "people") && !bcn_words_take(words, "phones") &&
        !bcn_words_take(words, "devices"))
        return bcn_words_fail(words, "people, phones or devices");
    for (guint i = 0; i < G_N_ELEMENTS(activities); i++)
        if (bcn_words_take(words, activities[i])) {
            crowd->activity = (enum bcn_activity)i;
            return true;
        }
    return bcn_words_fail(words, "what they do: checked, staying, passing or visiting");
}

/* at M [to M] */
static bool take_range(struct bcn_draft_crowd *crowd, struct bcn_words *words)
{
    if (!bcn_words_metres(words, &crowd->near_m))
        return false;
    crowd->far_m = crowd->near_m;
    crowd->has_range = true;
    if (bcn_words_take(words, "to") && !bcn_words_metres(words, &crowd->far_m))
        return false;
    return (crowd->near_m >= 0.0 && crowd->far_m >= crowd->near_m) ||
           bcn_words_complain(words, "expected distances of 0 m or more, the nearer one first");
}

static bool take_crowd_option(struct bcn_draft_crowd *crowd, struct bcn_words *words)
{
    int tuned = bcn_draft_tuning(words, &crowd->changes);

    if (tuned != 0)
        return tuned > 0;
    if (bcn_words_take(words, "in"))
        return bcn_words_duration(words, 1, &crowd->within_us);
    if (bcn_words_take(words, "for"))
        return bcn_words_duration(words, 1, &crowd->for_us);
    if (bcn_words_take(words, "from"))
        return crowd->span.has_from = true, bcn_words_duration(words, 0, &crowd->span.from_us);
    if (bcn_words_take(words, "to"))
        return crowd->span.has_to = true, bcn_words_duration(words, 1, &crowd->span.to_us);
    if (bcn_words_take(words, "at"))
        return take_range(crowd, words);
    if (bcn_words_take(words, "opening"))
        return bcn_words_expect(words, "after") && bcn_words_duration(words, 1, &crowd->opening_us);
    return bcn_words_fail(words,
                          "an option of a crowd (in, for, from, to, at, opening, level, interval, "
                          "cycle, addresses, answers), or a colon and who they are");
}

static bool take_mix(struct bcn_draft_crowd *crowd, struct bcn_words *words)
{
    double sum = 0.0;

    do {
        struct bcn_draft_share share;

        if (!bcn_words_percent(words, &share.share) || !bcn_draft_kind(words, &share.kind))
            return false;
        if (share.kind == BEACON_AIR_NODE || share.kind == BEACON_AIR_FORGER)
            return bcn_words_complain(words, "expected nodes and forgers one by one, as phones");
        sum += share.share;
        g_array_append_val(crowd->mix, share);
    } while (bcn_words_take(words, ","));
    return (sum > 0.999999 && sum < 1.000001) ||
           bcn_words_complain(words, "expected shares that add up to 100 %");
}

static bool is_complete(const struct bcn_draft_crowd *crowd, const struct bcn_words *words)
{
    bool is_moving = crowd->activity != BCN_STAYING;

    if (is_moving && crowd->within_us == 0)
        return bcn_words_complain(words, "expected in what time they come: \"in 25 min\"");
    if (crowd->activity == BCN_VISITING && crowd->for_us == 0)
        return bcn_words_complain(words, "expected how long each stays: \"for 5 min\"");
    if (crowd->activity != BCN_CHECKED && !crowd->has_range)
        return bcn_words_complain(words, "expected how far away they are: \"at 1 m to 5 m\"");
    if (crowd->activity == BCN_CHECKED && crowd->within_us / crowd->count < BCN_SECOND)
        return bcn_words_complain(words, "expected a second or more for each check");
    if (crowd->activity != BCN_CHECKED && crowd->opening_us != 0)
        return bcn_words_complain(words, "expected \"opening\" of people who are checked only");
    return true;
}

static uint64_t hash_words(const struct bcn_words *words)
{
    uint64_t hash = 0;

    for (guint i = 0; i < words->words->len; i++) {
        struct bcn_word word = g_array_index(words->words, struct bcn_word, i);

        hash = bcn_mix_in(hash, bcn_hash_text(word.text, word.length));
    }
    return hash;
}

bool bcn_draft_crowd(struct bcn_draft *draft, struct bcn_words *words)
{
    struct bcn_draft_entry entry = {.line = words->line, .file = words->name};
    struct bcn_draft_crowd *crowd = g_new0(struct bcn_draft_crowd, 1);

    entry.crowd = crowd;
    crowd->mix = g_array_new(FALSE, FALSE, sizeof(struct bcn_draft_share));
    crowd->hash = hash_words(words);
    g_array_append_val(draft->entries, entry);
    if (!bcn_words_whole(words, 1, BEACON_AIR_DEVICES_MAX, "a number of people from 1 to 200000",
                         &crowd->count) ||
        !take_activity(crowd, words))
        return false;
    while (!bcn_words_take(words, ":"))
        if (!take_crowd_option(crowd, words))
            return false;
    return take_mix(crowd, words) && is_complete(crowd, words);
}
