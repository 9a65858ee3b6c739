/* SPDX-License-Identifier: MIT */
/* One line of a scenario as words, taken one after the other; what was found instead of what was
 * expected. */
#ifndef BCN_AIR_WORDS_H
#define BCN_AIR_WORDS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Words are parted by white space; each of , : / % is a word of its own, but a colon within a word
 * (a time of day, an address) belongs to it. A # begins a comment. */
struct bcn_words {
    const char *name; /* of the file */
    unsigned line;    /* counted from 1 */
    GArray *words;    /* of struct bcn_word */
    guint next;
    GError **error;
};

struct bcn_word {
    const char *text; /* points into the line, not terminated */
    gsize length;
};

/* Takes a line apart; words->words is emptied first. */
void bcn_words_split(struct bcn_words *words, const char *line, gsize length);

bool bcn_words_at_end(const struct bcn_words *words);

/* The next word, not taken; an empty one at the end. */
struct bcn_word bcn_words_peek(const struct bcn_words *words);
bool bcn_word_is(struct bcn_word word, const char *text);

/* Takes the next word if it is this one. */
bool bcn_words_take(struct bcn_words *words, const char *text);

/* Sets the error: "FILE:LINE: expected …, found …". Returns false. */
bool bcn_words_fail(const struct bcn_words *words, const char *expected);

/* Sets an error about the line as a whole. Returns false. */
bool bcn_words_complain(const struct bcn_words *words, const char *complaint);

/* Each takes a value with its unit, or fails. Numbers have at most six decimals. */
bool bcn_words_expect(struct bcn_words *words, const char *text);
bool bcn_words_name(struct bcn_words *words, const char *expected, struct bcn_word *ret_name);
bool bcn_words_whole(struct bcn_words *words, int64_t min, int64_t max, const char *expected,
                     int64_t *ret_number);
bool bcn_words_number(struct bcn_words *words, double min, double max, const char *expected,
                      double *ret_number);
bool bcn_words_percent(struct bcn_words *words, double *ret_share); /* 0 … 1 */
bool bcn_words_duration(struct bcn_words *words, int64_t min_us,
                        int64_t *ret_us); /* or a clock's offset */
bool bcn_words_metres(struct bcn_words *words, double *ret_m);
bool bcn_words_decibels(struct bcn_words *words, double min, double max, double *ret_db);
bool bcn_words_dbm(struct bcn_words *words, double *ret_dbm);
bool bcn_words_instant(struct bcn_words *words, int64_t *ret_unix_us);
bool bcn_words_date(struct bcn_words *words, int64_t *ret_day);
bool bcn_words_hex(struct bcn_words *words, const char *expected, char separator,
                   uint8_t *ret_bytes, gsize size);

#endif
