/* SPDX-License-Identifier: MIT */
/* Statements of a scenario, line by line. */
#include "air/draft.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void bcn_draft_init(struct bcn_draft *draft)
{
    *draft = (struct bcn_draft){
        .seed = 1,
        .start_us = INT64_C(1597017600) * BCN_SECOND, /* 2020-08-10T00:00:00Z, a Monday */
        .length_us = 10 * BCN_MINUTE,
        .slots_per_day = BEACON_SLOTS_PER_DAY,
        .law = {.exponent = 2.0,
                .loss = 0.45,
                .model_db = 4.0,
                .body_db = 6.0,
                .fast_db = 4.0,
                .memory_us = 8 * BCN_SECOND},
        .entries = g_array_new(FALSE, TRUE, sizeof(struct bcn_draft_entry)),
        .receivers = g_array_new(FALSE, TRUE, sizeof(struct bcn_draft_receiver)),
        .checks = g_array_new(FALSE, TRUE, sizeof(struct bcn_draft_check)),
    };
}

static void clear_entry(const struct bcn_draft_entry *entry)
{
    if (entry->phone) {
        g_free(entry->phone->name);
        g_free(entry->phone->replayed);
        g_array_unref(entry->phone->path);
        g_array_unref(entry->phone->states);
    }
    if (entry->crowd)
        g_array_unref(entry->crowd->mix);
    g_free(entry->phone);
    g_free(entry->crowd);
}

void bcn_draft_clear(struct bcn_draft *draft)
{
    for (guint i = 0; i < draft->entries->len; i++)
        clear_entry(&g_array_index(draft->entries, struct bcn_draft_entry, i));
    for (guint i = 0; i < draft->receivers->len; i++) {
        struct bcn_draft_receiver *receiver =
            &g_array_index(draft->receivers, struct bcn_draft_receiver, i);

        g_free(receiver->name);
        g_free(receiver->carrier);
        g_array_unref(receiver->values.away);
        g_array_unref(receiver->values.deaf);
    }
    for (guint i = 0; i < draft->checks->len; i++)
        g_free(g_array_index(draft->checks, struct bcn_draft_check, i).name);
    g_array_unref(draft->entries);
    g_array_unref(draft->receivers);
    g_array_unref(draft->checks);
}

bool bcn_draft_kind(struct bcn_words *words, enum beacon_air_kind *ret_kind)
{
    GString *expected;

    for (int i = 0; i < BEACON_AIR_KINDS; i++)
        if (bcn_words_take(words, bcn_kinds[i].name)) {
            *ret_kind = (enum beacon_air_kind)i;
            return true;
        }
    expected = g_string_new("a kind (");
    for (int i = 0; i < BEACON_AIR_KINDS; i++)
        g_string_append_printf(expected, "%s%s", i > 0 ? ", " : "", bcn_kinds[i].name);
    g_string_append_c(expected, ')');
    bcn_words_fail(words, expected->str);
    g_string_free(expected, TRUE);
    return false;
}

bool bcn_draft_position(struct bcn_words *words, struct bcn_point *ret_point)
{
    ret_point->y_m = 0.0;
    return bcn_words_metres(words, &ret_point->x_m) &&
           (!bcn_words_take(words, "/") || bcn_words_metres(words, &ret_point->y_m));
}

bool bcn_draft_span(struct bcn_words *words, struct bcn_draft_span *span)
{
    span->has_from = span->has_to = true;
    if (!bcn_words_expect(words, "from") || !bcn_words_duration(words, 0, &span->from_us) ||
        !bcn_words_expect(words, "to") || !bcn_words_duration(words, 0, &span->to_us))
        return false;
    return span->to_us > span->from_us ||
           bcn_words_complain(
               words, "expected the time after \"to\" to be later than that after \"from\"");
}

static bool take_cycle(struct bcn_words *words, struct bcn_tuning *to)
{
    return bcn_words_duration(words, 100000, &to->on_us) && bcn_words_expect(words, "/") &&
           bcn_words_duration(words, 0, &to->off_us);
}

static bool take_address_change(struct bcn_words *words, struct bcn_tuning *to)
{
    if (bcn_words_take(words, "never"))
        to->address_us = BCN_ADDRESS_NEVER;
    else if (!bcn_words_expect(words, "every"))
        return false;
    else if (bcn_words_take(words, "burst"))
        to->address_us = BCN_ADDRESS_BURST;
    else
        return bcn_words_duration(words, BCN_SECOND, &to->address_us);
    return true;
}

int bcn_draft_tuning(struct bcn_words *words, struct bcn_changes *changes)
{
    unsigned tuned;
    bool is_good;

    if (bcn_words_take(words, "level")) {
        tuned = BCN_TUNED_LEVEL;
        is_good = bcn_words_dbm(words, &changes->to.level_dbm);
    } else if (bcn_words_take(words, "interval")) {
        tuned = BCN_TUNED_INTERVAL;
        is_good = bcn_words_duration(words, 20000, &changes->to.interval_us);
    } else if (bcn_words_take(words, "cycle")) {
        tuned = BCN_TUNED_CYCLE;
        is_good = take_cycle(words, &changes->to);
    } else if (bcn_words_take(words, "addresses")) {
        tuned = BCN_TUNED_ADDRESS;
        is_good = take_address_change(words, &changes->to);
    } else if (bcn_words_take(words, "answers")) {
        tuned = BCN_TUNED_ANSWER;
        is_good = bcn_words_expect(words, "after") &&
                  bcn_words_duration(words, 0, &changes->to.answer_us);
    } else {
        return 0;
    }
    changes->tuned |= tuned;
    return is_good ? 1 : -1;
}

static bool take_seed(struct bcn_draft *draft, struct bcn_words *words)
{
    int64_t seed;

    if (!bcn_words_whole(words, 0, INT64_C(999999999999), "a whole number from 0 to 999999999999",
                         &seed))
        return false;
    draft->seed = (uint64_t)seed;
    return true;
}

static bool take_start(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_instant(words, &draft->start_us);
}

static bool take_length(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_duration(words, 1, &draft->length_us);
}

static bool take_slots(struct bcn_draft *draft, struct bcn_words *words)
{
    static const char expected[] =
        "slots a day: 1 to 1440, and a divisor of the day's milliseconds";
    guint start = words->next;
    int64_t slots;

    if (!bcn_words_whole(words, 1, BEACON_SLOTS_PER_DAY_MAX, expected, &slots))
        return false;
    if (beacon_slots_per_day_check((uint32_t)slots) != 0) {
        words->next = start;
        return bcn_words_fail(words, expected);
    }
    draft->slots_per_day = (uint32_t)slots;
    return true;
}

static bool take_loss(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_percent(words, &draft->law.loss);
}

static bool take_exponent(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_number(words, 0.0, 6.0, "an exponent from 0 to 6", &draft->law.exponent);
}

static bool take_model(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_decibels(words, 0.0, 30.0, &draft->law.model_db);
}

static bool take_body(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_decibels(words, 0.0, 30.0, &draft->law.body_db);
}

static bool take_memory(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_duration(words, 0, &draft->law.memory_us);
}

static bool take_fast(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_decibels(words, 0.0, 30.0, &draft->law.fast_db);
}

static bool take_clocks(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_percent(words, &draft->clocks_share) && bcn_words_expect(words, "off") &&
           bcn_words_expect(words, "by") && bcn_words_duration(words, 0, &draft->clocks_us) &&
           (draft->clocks_us <= 24 * 60 * BCN_MINUTE ||
            bcn_words_complain(words, "expected clocks to be off by at most 24 h"));
}

static bool take_kind(struct bcn_draft *draft, struct bcn_words *words)
{
    enum beacon_air_kind kind;
    int taken;

    if (!bcn_draft_kind(words, &kind))
        return false;
    while ((taken = bcn_draft_tuning(words, &draft->kinds[kind])) > 0)
        ;
    return taken == 0;
}

static bool take_check(struct bcn_draft *draft, struct bcn_words *words)
{
    struct bcn_draft_check check = {.line = words->line, .file = words->name};
    struct bcn_word name;

    if (!bcn_words_name(words, "the name of a phone", &name) || !bcn_draft_span(words, &check.span))
        return false;
    check.name = g_strndup(name.text, name.length);
    g_array_append_val(draft->checks, check);
    return true;
}

static bool take_away(struct bcn_draft_receiver *receiver, struct bcn_words *words)
{
    GArray *away = receiver->values.away;
    struct bcn_draft_span span;
    struct bcn_span value = {.db = 1.0};

    if (!bcn_draft_span(words, &span))
        return false;
    if (away->len > 0 && span.from_us <= g_array_index(away, struct bcn_span, away->len - 1).to_us)
        return bcn_words_complain(words, "expected times away in order and apart from each other");
    value.from_us = span.from_us;
    value.to_us = span.to_us;
    g_array_append_val(away, value);
    return true;
}

static bool take_deaf(struct bcn_draft_receiver *receiver, struct bcn_words *words)
{
    struct bcn_draft_span span;
    struct bcn_span value;

    if (!bcn_words_decibels(words, 0.0, 100.0, &value.db) || !bcn_draft_span(words, &span))
        return false;
    value.from_us = span.from_us;
    value.to_us = span.to_us;
    g_array_append_val(receiver->values.deaf, value);
    return true;
}

static bool take_carrier(struct bcn_draft_receiver *receiver, struct bcn_words *words)
{
    struct bcn_word name;

    if (!bcn_words_name(words, "the name of a phone", &name))
        return false;
    g_free(receiver->carrier);
    receiver->carrier = g_strndup(name.text, name.length);
    return true;
}

static bool is_receiver_option(struct bcn_word word)
{
    static const char *const options[] = {"at",    "on",      "tray", "spot",
                                          "floor", "without", "away", "deaf"};

    for (guint i = 0; i < G_N_ELEMENTS(options); i++)
        if (bcn_word_is(word, options[i]))
            return true;
    return false;
}

static bool take_spot(struct bcn_receiver *receiver, struct bcn_words *words)
{
    return bcn_words_metres(words, &receiver->spot_m) &&
           (receiver->spot_m >= 0.0 ||
            bcn_words_complain(words, "expected a spot of no less than 0 m"));
}

static bool take_receiver_option(struct bcn_draft_receiver *receiver, struct bcn_words *words)
{
    struct bcn_receiver *values = &receiver->values;

    if (bcn_words_take(words, "at"))
        return bcn_draft_position(words, &values->point);
    if (bcn_words_take(words, "on"))
        return take_carrier(receiver, words);
    if (bcn_words_take(words, "tray"))
        return bcn_words_decibels(words, 0.0, 60.0, &values->tray_db);
    if (bcn_words_take(words, "spot"))
        return take_spot(values, words);
    if (bcn_words_take(words, "floor"))
        return bcn_words_dbm(words, &values->floor_dbm);
    if (bcn_words_take(words, "away"))
        return take_away(receiver, words);
    if (bcn_words_take(words, "deaf"))
        return take_deaf(receiver, words);
    if (bcn_words_take(words, "without") && bcn_words_expect(words, "rssi")) {
        values->has_rssi = false;
        return true;
    }
    return *words->error == NULL &&
           bcn_words_fail(words, "at, on, tray, spot, floor, away, deaf or without rssi");
}

static struct bcn_draft_receiver *receiver_named(struct bcn_draft *draft,
                                                 const struct bcn_words *words,
                                                 struct bcn_word name)
{
    struct bcn_draft_receiver made = {
        .line = words->line,
        .file = words->name,
        .values = {.spot_m = 0.3, .floor_dbm = -95.0, .has_rssi = true}};

    for (guint i = 0; i < draft->receivers->len; i++)
        if (bcn_word_is(name, g_array_index(draft->receivers, struct bcn_draft_receiver, i).name))
            return &g_array_index(draft->receivers, struct bcn_draft_receiver, i);
    made.name = g_strndup(name.text, name.length);
    made.values.away = g_array_new(FALSE, FALSE, sizeof(struct bcn_span));
    made.values.deaf = g_array_new(FALSE, FALSE, sizeof(struct bcn_span));
    g_array_append_val(draft->receivers, made);
    return &g_array_index(draft->receivers, struct bcn_draft_receiver, draft->receivers->len - 1);
}

static bool take_receiver(struct bcn_draft *draft, struct bcn_words *words)
{
    enum { MOST = 64 };
    struct bcn_word name = {.text = "receiver", .length = strlen("receiver")};
    struct bcn_draft_receiver *receiver;

    if (!bcn_words_at_end(words) && !is_receiver_option(bcn_words_peek(words)) &&
        !bcn_words_name(words, "a receiver's name or an option of it", &name))
        return false;
    receiver = receiver_named(draft, words, name);
    while (!bcn_words_at_end(words))
        if (!take_receiver_option(receiver, words))
            return false;
    return draft->receivers->len <= MOST ||
           bcn_words_complain(words, "expected at most 64 receivers");
}

static const struct {
    const char *word;
    bool (*take)(struct bcn_draft *draft, struct bcn_words *words);
} statements[] = {
    {"seed", take_seed},          {"start", take_start},      {"length", take_length},
    {"slots", take_slots},        {"loss", take_loss},        {"exponent", take_exponent},
    {"model-spread", take_model}, {"body-fading", take_body}, {"body-memory", take_memory},
    {"fast-fading", take_fast},   {"clocks", take_clocks},    {"kind", take_kind},
    {"receiver", take_receiver},  {"phone", bcn_draft_phone}, {"check", take_check},
};

static bool take_statement(struct bcn_draft *draft, struct bcn_words *words)
{
    struct bcn_word first = bcn_words_peek(words);

    for (guint i = 0; i < G_N_ELEMENTS(statements); i++)
        if (bcn_words_take(words, statements[i].word))
            return statements[i].take(draft, words);
    if (first.length > 0 && g_ascii_isdigit(first.text[0]))
        return bcn_draft_crowd(draft, words);
    return bcn_words_fail(words,
                          "a statement: seed, start, length, slots, loss, exponent, model-spread, "
                          "body-fading, body-memory, fast-fading, clocks, kind, receiver, phone, "
                          "check, or a number of people");
}

bool bcn_draft_statement(struct bcn_draft *draft, struct bcn_words *words)
{
    return bcn_words_at_end(words) ||
           (take_statement(draft, words) &&
            (bcn_words_at_end(words) ||
             bcn_words_fail(words, "the end of the line, or an option")));
}

bool bcn_draft_read(struct bcn_draft *draft, const char *text, gsize length, const char *name,
                    GError **error)
{
    GError *own = NULL;
    struct bcn_words words = {
        .name = name, .words = g_array_new(FALSE, FALSE, sizeof(struct bcn_word)), .error = &own};
    bool is_good = true;

    for (gsize at = 0; is_good && at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        gsize line = end ? (gsize)(end - text) - at : length - at;

        words.line++;
        bcn_words_split(&words, text + at, line);
        is_good = bcn_draft_statement(draft, &words);
        at += line + 1;
    }
    g_array_unref(words.words);
    if (own)
        g_propagate_error(error, own);
    return is_good;
}

static bool read_settings(struct bcn_draft *draft, const char *const *settings, GError **error)
{
    for (guint i = 0; settings && settings[i]; i++)
        if (!bcn_draft_read(draft, settings[i], strlen(settings[i]), "setting", error))
            return false;
    return true;
}

beacon_air *beacon_air_parse(const char *text, gsize length, const char *name,
                             const char *const *settings, GError **error)
{
    struct bcn_draft draft;
    beacon_air *air = NULL;

    if (length > BEACON_AIR_SCENARIO_MAX) {
        g_set_error(error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_SCENARIO,
                    "%s: expected at most %d bytes", name, BEACON_AIR_SCENARIO_MAX);
        return NULL;
    }
    bcn_draft_init(&draft);
    if (bcn_draft_read(&draft, text, length, name, error) && read_settings(&draft, settings, error))
        air = bcn_draft_build(&draft, error);
    bcn_draft_clear(&draft);
    return air;
}

/* As much as a scenario may have, and one byte more to notice that there is more. */
static char *read_file(const char *path, gsize *ret_length, GError **error)
{
    FILE *stream = fopen(path, "rbe");
    char *text = NULL;

    if (stream) {
        text = g_malloc(BEACON_AIR_SCENARIO_MAX + 1);
        *ret_length = fread(text, 1, BEACON_AIR_SCENARIO_MAX + 1, stream);
    }
    if (!stream || ferror(stream)) {
        g_set_error(error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_IO, "%s: could not be read: %s", path,
                    g_strerror(errno));
        g_clear_pointer(&text, g_free);
    }
    if (stream)
        fclose(stream);
    return text;
}

beacon_air *beacon_air_load(const char *path, const char *const *settings, GError **error)
{
    gsize length;
    char *text = read_file(path, &length, error);
    beacon_air *air = text ? beacon_air_parse(text, length, path, settings, error) : NULL;

    g_free(text);
    return air;
}
