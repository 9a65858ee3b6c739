/* SPDX-License-Identifier: MIT */
/* The holder's own identity: a base key in guarded memory, and the day's identifiers kept beside
 * it. */
#include <beacon/identity.h>

#include "base/civil.h"
#include "base/hex.h"
#include "base/secret.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct beacon_identity {
    struct beacon_dated_key base;   /* its day is the base day */
    struct beacon_dated_key recent; /* the daily key derived last */
    int64_t table_day;
    uint32_t slots_per_day;
    bool has_table;
    struct beacon_identifier table[BEACON_SLOTS_PER_DAY_MAX]; /* of table_day */
};

/* An identity without a key yet, in guarded memory. */
static int identity_alloc(int64_t base_day, uint32_t slots_per_day, beacon_identity **ret_identity)
{
    beacon_identity *identity;

    if (beacon_slots_per_day_check(slots_per_day) != 0)
        return BEACON_ESLOTS;
    if (base_day < BEACON_TIME_MIN_MS / BEACON_DAY_MS ||
        base_day >= BEACON_TIME_END_MS / BEACON_DAY_MS)
        return BEACON_ERANGE;
    if (sodium_init() < 0)
        return BEACON_ENOTSUP;
    identity = sodium_malloc(sizeof(*identity));
    if (!identity)
        return BEACON_ENOMEM;
    identity->base.day = base_day;
    identity->slots_per_day = slots_per_day;
    identity->has_table = false;
    *ret_identity = identity;
    return 0;
}

int beacon_identity_generate(int64_t base_day, uint32_t slots_per_day,
                             beacon_identity **ret_identity)
{
    beacon_identity *identity;
    int error = identity_alloc(base_day, slots_per_day, &identity);

    if (error != 0)
        return error;
    randombytes_buf(&identity->base.key, sizeof(identity->base.key));
    bcn_secret_copy(&identity->recent, &identity->base, sizeof(identity->recent));
    *ret_identity = identity;
    return 0;
}

int beacon_identity_new(const struct beacon_base_key *key, int64_t base_day, uint32_t slots_per_day,
                        beacon_identity **ret_identity)
{
    beacon_identity *identity;
    int error = identity_alloc(base_day, slots_per_day, &identity);

    if (error != 0)
        return error;
    bcn_secret_copy(&identity->base.key, key, sizeof(identity->base.key));
    bcn_secret_copy(&identity->recent, &identity->base, sizeof(identity->recent));
    *ret_identity = identity;
    return 0;
}

beacon_identity *beacon_identity_free(beacon_identity *identity)
{
    sodium_free(identity); /* wipes */
    return NULL;
}

int64_t beacon_identity_base_day(const beacon_identity *identity)
{
    return identity->base.day;
}

uint32_t beacon_identity_slots_per_day(const beacon_identity *identity)
{
    return identity->slots_per_day;
}

/* Brings `recent` to a day: onward from where it stands if it can, else from the base key. */
static int move_to_day(beacon_identity *identity, int64_t day)
{
    if (day < identity->base.day)
        return BEACON_EPAST;
    if ((uint64_t)day - (uint64_t)identity->base.day > BEACON_RATCHET_DAYS_MAX)
        return BEACON_ERANGE;
    if (day < identity->recent.day)
        bcn_secret_copy(&identity->recent, &identity->base, sizeof(identity->recent));
    return beacon_dated_key_advance(&identity->recent, day);
}

static int fill_table(beacon_identity *identity, int64_t day)
{
    int error;

    if (identity->has_table && identity->table_day == day)
        return 0;
    error = move_to_day(identity, day);
    if (error != 0)
        return error;
    error =
        beacon_identifiers_of_day(&identity->recent.key, identity->slots_per_day, identity->table);
    identity->has_table = error == 0;
    identity->table_day = day;
    return error;
}

int beacon_identity_at(beacon_identity *identity, int64_t time_ms,
                       struct beacon_identifier *ret_identifier, struct beacon_slot *ret_slot)
{
    struct beacon_slot slot;
    int error = beacon_slot_at(time_ms, identity->slots_per_day, &slot);

    if (error == 0)
        error = fill_table(identity, slot.day);
    if (error != 0)
        return error;
    *ret_identifier = identity->table[slot.index];
    if (ret_slot)
        *ret_slot = slot;
    return 0;
}

int beacon_identity_day(beacon_identity *identity, int64_t day,
                        struct beacon_identifier ret_identifiers[])
{
    int error = fill_table(identity, day);

    if (error != 0)
        return error;
    memcpy(ret_identifiers, identity->table, identity->slots_per_day * sizeof(identity->table[0]));
    return 0;
}

int beacon_identity_daily_key(beacon_identity *identity, int64_t day,
                              struct beacon_daily_key *ret_key)
{
    int error = move_to_day(identity, day);

    if (error != 0)
        return error;
    bcn_secret_copy(ret_key, &identity->recent.key, sizeof(*ret_key));
    return 0;
}

void beacon_identity_to_text(const beacon_identity *identity,
                             char ret_text[BEACON_IDENTITY_TEXT_MAX], size_t *ret_length)
{
    struct bcn_civil date = bcn_civil_of_day(identity->base.day);
    int head = snprintf(ret_text, BEACON_IDENTITY_TEXT_MAX,
                        "beacon-identity 1\n"
                        "base-day %04d-%02u-%02u\n"
                        "slots-per-day %" PRIu32 "\n"
                        "base-key ",
                        date.year, date.month, date.day, identity->slots_per_day);
    char *end = ret_text + head;

    bcn_hex_encode(identity->base.key.bytes, sizeof(identity->base.key.bytes), end);
    end += 2 * sizeof(identity->base.key.bytes);
    *end++ = '\n';
    *end = '\0';
    *ret_length = (size_t)(end - ret_text);
}

/* What is left to read of an identity's text. */
struct reader {
    const char *text;
    size_t length;
};

static bool take_literal(struct reader *reader, const char *literal)
{
    size_t length = strlen(literal);

    if (reader->length < length || memcmp(reader->text, literal, length) != 0)
        return false;
    reader->text += length;
    reader->length -= length;
    return true;
}

/* A number of min to max digits; no sign, no more. */
static bool take_number(struct reader *reader, size_t min, size_t max, unsigned int *ret_number)
{
    unsigned int number = 0;
    size_t digits = 0;

    while (digits < max && digits < reader->length && reader->text[digits] >= '0' &&
           reader->text[digits] <= '9')
        number = number * 10 + (unsigned int)(reader->text[digits++] - '0');
    if (digits < min)
        return false;
    reader->text += digits;
    reader->length -= digits;
    *ret_number = number;
    return true;
}

/* The lines before the key. */
static bool take_head(struct reader *reader, int64_t *ret_base_day, uint32_t *ret_slots_per_day)
{
    struct bcn_civil date;
    unsigned int year;

    if (!take_literal(reader, "beacon-identity 1\nbase-day ") ||
        !take_number(reader, 4, 4, &year) || !take_literal(reader, "-") ||
        !take_number(reader, 2, 2, &date.month) || !take_literal(reader, "-") ||
        !take_number(reader, 2, 2, &date.day) || !take_literal(reader, "\nslots-per-day ") ||
        !take_number(reader, 1, 4, ret_slots_per_day) || !take_literal(reader, "\nbase-key "))
        return false;
    date.year = (int)year;
    return bcn_day_of_civil(date, ret_base_day);
}

int beacon_identity_from_text(const char *text, size_t length, beacon_identity **ret_identity)
{
    const size_t digits = 2 * BEACON_KEY_SIZE;
    struct reader reader = {.text = text, .length = length};
    beacon_identity *identity;
    uint32_t slots_per_day;
    int64_t base_day;
    int error;

    if (!take_head(&reader, &base_day, &slots_per_day) || reader.length != digits + 1 ||
        reader.text[digits] != '\n')
        return BEACON_EFORMAT;
    error = identity_alloc(base_day, slots_per_day, &identity);
    if (error != 0)
        return error;
    if (!bcn_hex_decode(reader.text, digits, identity->base.key.bytes, BEACON_KEY_SIZE)) {
        beacon_identity_free(identity);
        return BEACON_EFORMAT;
    }
    bcn_secret_copy(&identity->recent, &identity->base, sizeof(identity->recent));
    *ret_identity = identity;
    return 0;
}
