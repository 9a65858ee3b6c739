/* SPDX-License-Identifier: MIT */
/* One line of a scenario as words, and values with their units. */
#include "air/words.h"

#include <beacon/air.h>

#include <string.h>

#define MILLION INT64_C(1000000)

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool ends_word(const char *line, gsize length, gsize at)
{
    char c = line[at];

    if (c == ':')
        return at + 1 == length || is_space(line[at + 1]) || line[at + 1] == '#';
    return is_space(c) || c == ',' || c == '/' || c == '%' || c == '#';
}

void bcn_words_split(struct bcn_words *words, const char *line, gsize length)
{
    gsize at = 0;

    g_array_set_size(words->words, 0);
    words->next = 0;
    while (at < length && line[at] != '#') {
        struct bcn_word word = {.text = line + at, .length = 1};

        if (is_space(line[at])) {
            at++;
            continue;
        }
        if (!ends_word(line, length, at))
            while (at + word.length < length && !ends_word(line, length, at + word.length))
                word.length++;
        g_array_append_val(words->words, word);
        at += word.length;
    }
}

bool bcn_words_at_end(const struct bcn_words *words)
{
    return words->next == words->words->len;
}

struct bcn_word bcn_words_peek(const struct bcn_words *words)
{
    return bcn_words_at_end(words) ? (struct bcn_word){.text = "", .length = 0}
                                   : g_array_index(words->words, struct bcn_word, words->next);
}

bool bcn_word_is(struct bcn_word word, const char *text)
{
    return strlen(text) == word.length && memcmp(word.text, text, word.length) == 0;
}

bool bcn_words_take(struct bcn_words *words, const char *text)
{
    bool is_it = !bcn_words_at_end(words) && bcn_word_is(bcn_words_peek(words), text);

    if (is_it)
        words->next++;
    return is_it;
}

/* What a stranger wrote must not steer a terminal: anything but plain characters becomes '?'. */
static void append_plain(GString *message, const char *text, gsize length)
{
    enum { SHOWN = 40 };

    for (gsize i = 0; i < length && i < SHOWN; i++)
        g_string_append_c(message, text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
    if (length > SHOWN)
        g_string_append(message, "...");
}

static GString *start_message(const struct bcn_words *words)
{
    GString *message = g_string_new(NULL);

    append_plain(message, words->name, strlen(words->name));
    g_string_append_printf(message, ":%u: ", words->line);
    return message;
}

static bool finish_message(const struct bcn_words *words, GString *message)
{
    g_set_error_literal(words->error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_SCENARIO, message->str);
    g_string_free(message, TRUE);
    return false;
}

bool bcn_words_fail(const struct bcn_words *words, const char *expected)
{
    GString *message = start_message(words);
    struct bcn_word found = bcn_words_peek(words);

    g_string_append_printf(message, "expected %s, found ", expected);
    if (bcn_words_at_end(words)) {
        g_string_append(message, "the end of the line");
    } else {
        g_string_append_c(message, '"');
        append_plain(message, found.text, found.length);
        g_string_append_c(message, '"');
    }
    return finish_message(words, message);
}

bool bcn_words_complain(const struct bcn_words *words, const char *complaint)
{
    GString *message = start_message(words);

    g_string_append(message, complaint);
    return finish_message(words, message);
}

bool bcn_words_expect(struct bcn_words *words, const char *text)
{
    g_autofree char *expected = NULL;

    if (bcn_words_take(words, text))
        return true;
    expected = g_strdup_printf("\"%s\"", text);
    return bcn_words_fail(words, expected);
}

bool bcn_words_name(struct bcn_words *words, const char *expected, struct bcn_word *ret_name)
{
    struct bcn_word word = bcn_words_peek(words);

    if (word.length < 1 || word.length > 40)
        return bcn_words_fail(words, expected);
    for (gsize i = 0; i < word.length; i++)
        if (!g_ascii_isalnum(word.text[i]) && !strchr("-_.", word.text[i]))
            return bcn_words_fail(words, expected);
    *ret_name = word;
    words->next++;
    return true;
}

/* The digits before and after a point, in millionths; what follows them in the word is a unit. */
static bool read_decimal(struct bcn_word word, int64_t *ret_millionths, struct bcn_word *ret_unit)
{
    enum { DIGITS = 12, DECIMALS = 6 };
    gsize at = 0, digits = 0, decimals = 0;
    bool is_negative = word.length > 0 && word.text[0] == '-';
    int64_t value = 0;

    if (word.length > 0 && (word.text[0] == '-' || word.text[0] == '+'))
        at++;
    for (; at < word.length && g_ascii_isdigit(word.text[at]); at++, digits++) {
        if (digits == DIGITS)
            return false;
        value = value * 10 + (word.text[at] - '0');
    }
    if (digits > 0 && at < word.length && word.text[at] == '.')
        for (at++; at < word.length && g_ascii_isdigit(word.text[at]); at++, decimals++) {
            if (decimals == DECIMALS)
                return false;
            value = value * 10 + (word.text[at] - '0');
        }
    if (digits == 0 || word.text[at - 1] == '.')
        return false;
    for (; decimals < DECIMALS; decimals++)
        value *= 10;
    *ret_millionths = is_negative ? -value : value;
    *ret_unit = (struct bcn_word){.text = word.text + at, .length = word.length - at};
    return true;
}

struct unit {
    const char *name;
    int64_t factor;
};

/* A number and one of the units; the value times the unit's factor, in millionths. `units` ends
 * with an empty one. */
static bool take_quantity(struct bcn_words *words, const struct unit units[], const char *expected,
                          int64_t *ret_millionths)
{
    struct bcn_word unit;
    guint start = words->next;
    int64_t value;

    if (!read_decimal(bcn_words_peek(words), &value, &unit))
        return bcn_words_fail(words, expected);
    words->next++;
    if (unit.length == 0 && units[0].name) {
        unit = bcn_words_peek(words);
        words->next += bcn_words_at_end(words) ? 0 : 1;
    }
    if (unit.length == 0 && !units[0].name) {
        *ret_millionths = value;
        return true;
    }
    for (; units->name; units++)
        if (bcn_word_is(unit, units->name)) {
            if (value > INT64_MAX / units->factor || value < -(INT64_MAX / units->factor))
                break;
            *ret_millionths = value * units->factor;
            return true;
        }
    words->next = start;
    return bcn_words_fail(words, expected);
}

static const struct unit no_units[] = {{NULL, 0}};

bool bcn_words_number(struct bcn_words *words, double min, double max, const char *expected,
                      double *ret_number)
{
    guint start = words->next;
    int64_t millionths;
    double value;

    if (!take_quantity(words, no_units, expected, &millionths))
        return false;
    value = (double)millionths / 1e6;
    if (value < min || value > max) {
        words->next = start;
        return bcn_words_fail(words, expected);
    }
    *ret_number = value;
    return true;
}

bool bcn_words_whole(struct bcn_words *words, int64_t min, int64_t max, const char *expected,
                     int64_t *ret_number)
{
    guint start = words->next;
    int64_t millionths;

    if (!take_quantity(words, no_units, expected, &millionths))
        return false;
    if (millionths % MILLION != 0 || millionths / MILLION < min || millionths / MILLION > max) {
        words->next = start;
        return bcn_words_fail(words, expected);
    }
    *ret_number = millionths / MILLION;
    return true;
}

bool bcn_words_percent(struct bcn_words *words, double *ret_share)
{
    static const char expected[] = "a share from 0 % to 100 %, such as 45 %";
    guint start = words->next;
    double percent = 0.0;

    if (!bcn_words_number(words, 0.0, 100.0, expected, &percent))
        return false;
    if (!bcn_words_take(words, "%")) {
        words->next = start;
        return bcn_words_fail(words, expected);
    }
    *ret_share = percent / 100.0;
    return true;
}

bool bcn_words_duration(struct bcn_words *words, int64_t min_us, int64_t *ret_us)
{
    static const struct unit units[] = {{"us", 1},
                                        {"ms", 1000},
                                        {"s", MILLION},
                                        {"min", 60 * MILLION},
                                        {"h", 3600 * MILLION},
                                        {"d", 86400 * MILLION},
                                        {NULL, 0}};
    /* A day's microseconds times a million are within 64 bits for a hundred days. */
    static const char expected[] = "a time such as 150 ms, 15 s, 25 min or 8 h, of at most 90 d";
    const int64_t max_us = 90 * 86400 * MILLION;
    guint start = words->next;
    int64_t millionths;

    if (!take_quantity(words, units, expected, &millionths))
        return false;
    if (millionths / MILLION < min_us || millionths / MILLION > max_us) {
        words->next = start;
        return bcn_words_fail(
            words, min_us > 0 && millionths >= 0 ? "a longer time (and at most 90 d)" : expected);
    }
    *ret_us = millionths / MILLION;
    return true;
}

bool bcn_words_metres(struct bcn_words *words, double *ret_m)
{
    static const struct unit units[] = {{"cm", 1}, {"m", 100}, {NULL, 0}};
    static const char expected[] = "a length such as 20 cm or 1.5 m, of at most 10000 m";
    guint start = words->next;
    int64_t millionths;
    double metres;

    if (!take_quantity(words, units, expected, &millionths))
        return false;
    metres = (double)millionths / 1e8;
    if (metres < -10000.0 || metres > 10000.0) {
        words->next = start;
        return bcn_words_fail(words, expected);
    }
    *ret_m = metres;
    return true;
}

static bool take_level(struct bcn_words *words, const struct unit units[], double min, double max,
                       const char *expected, double *ret_level)
{
    guint start = words->next;
    int64_t millionths;
    double level;

    if (!take_quantity(words, units, expected, &millionths))
        return false;
    level = (double)millionths / 1e6;
    if (level < min || level > max) {
        words->next = start;
        return bcn_words_fail(words, expected);
    }
    *ret_level = level;
    return true;
}

bool bcn_words_decibels(struct bcn_words *words, double min, double max, double *ret_db)
{
    static const struct unit units[] = {{"dB", 1}, {NULL, 0}};
    g_autofree char *expected =
        g_strdup_printf("decibels from %d dB to %d dB, such as 4 dB", (int)min, (int)max);

    return take_level(words, units, min, max, expected, ret_db);
}

bool bcn_words_dbm(struct bcn_words *words, double *ret_dbm)
{
    static const struct unit units[] = {{"dBm", 1}, {NULL, 0}};

    return take_level(words, units, -127.0, 20.0, "a level from -127 dBm to 20 dBm", ret_dbm);
}

static bool take_calendar(struct bcn_words *words, const char *suffix, const char *expected,
                          int64_t *ret_unix_us)
{
    struct bcn_word word = bcn_words_peek(words);
    g_autofree char *text = g_strdup_printf("%.*s%s", (int)MIN(word.length, 40), word.text, suffix);
    g_autoptr(GDateTime) instant = NULL;
    int64_t seconds;

    /* GLib's reader takes other forms too: ours is the one with hyphens, and says its zone. */
    if (strlen(text) < 17 || text[4] != '-' || text[7] != '-' || text[10] != 'T')
        return bcn_words_fail(words, expected);
    instant = g_date_time_new_from_iso8601(text, NULL);
    if (!instant)
        return bcn_words_fail(words, expected);
    seconds = g_date_time_to_unix(instant);
    if (seconds < BEACON_TIME_MIN_MS / 1000 || seconds >= BEACON_TIME_END_MS / 1000)
        return bcn_words_fail(words, expected);
    *ret_unix_us = seconds * MILLION + g_date_time_get_microsecond(instant);
    words->next++;
    return true;
}

bool bcn_words_instant(struct bcn_words *words, int64_t *ret_unix_us)
{
    return take_calendar(words, "",
                         "an instant of the years 2020 to 2100 such as 2020-08-10T00:30:00Z",
                         ret_unix_us);
}

bool bcn_words_date(struct bcn_words *words, int64_t *ret_day)
{
    int64_t unix_us = 0;

    if (bcn_words_peek(words).length != strlen("2020-08-10"))
        return bcn_words_fail(words, "a day of the years 2020 to 2100 such as 2020-08-10");
    if (!take_calendar(words, "T00:00:00Z", "a day of the years 2020 to 2100 such as 2020-08-10",
                       &unix_us))
        return false;
    *ret_day = unix_us / (BEACON_DAY_MS * 1000);
    return true;
}

bool bcn_words_hex(struct bcn_words *words, const char *expected, char separator,
                   uint8_t *ret_bytes, gsize size)
{
    struct bcn_word word = bcn_words_peek(words);
    gsize step = separator != '\0' ? 3 : 2;

    if (word.length != size * step - (separator != '\0' ? 1 : 0))
        return bcn_words_fail(words, expected);
    for (gsize i = 0; i < size; i++) {
        int high = g_ascii_xdigit_value(word.text[i * step]);
        int low = g_ascii_xdigit_value(word.text[i * step + 1]);

        if (high < 0 || low < 0 ||
            (separator != '\0' && i + 1 < size && word.text[i * step + 2] != separator))
            return bcn_words_fail(words, expected);
        ret_bytes[i] = (uint8_t)(high * 16 + low);
    }
    words->next++;
    return true;
}
