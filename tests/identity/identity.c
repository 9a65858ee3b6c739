/* SPDX-License-Identifier: MIT */
/* Keys, chains, slots and the holder's handle, against the published vectors and the protocol's
 * table of mistakes. */
#include <beacon/identity.h>

#include "base/civil.h"
#include "check_main.h"
#include "vectors.h"

#include <sodium.h>

static const char vectors_path[] = BEACON_TEST_DATA "/vectors.txt";

static FILE *open_vectors(void)
{
    FILE *file = fopen(vectors_path, "r");

    ck_assert_ptr_nonnull(file);
    return file;
}

static beacon_identity *identity_of_c(uint32_t slots_per_day)
{
    struct beacon_daily_key key = vectors_key(vectors_path, "C", "0");
    struct beacon_base_key base_key;
    beacon_identity *identity;

    memcpy(&base_key, &key, sizeof(base_key));
    ck_assert_int_eq(beacon_identity_new(&base_key, VECTORS_BASE_DAY, slots_per_day, &identity), 0);
    return identity;
}

static void assert_identifier(const struct beacon_identifier *identifier, const char *hex)
{
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_identifier_to_hex(identifier, text);
    ck_assert_str_eq(text, hex);
}

START_TEST(every_published_daily_key_follows_from_its_base)
{
    FILE *file = open_vectors();
    struct vector vector;
    int lines = 0;

    while (vectors_next(file, "KEY", &vector)) {
        struct beacon_dated_key key = {.day = 0};
        char text[2 * BEACON_KEY_SIZE + 1];

        key.key = vectors_key(vectors_path, vector.fields[1], "0");
        ck_assert_int_eq(beacon_dated_key_advance(&key, atoi(vector.fields[2])), 0);
        ck_assert_int_eq(key.day, atoi(vector.fields[2]));
        beacon_daily_key_to_hex(&key.key, text);
        ck_assert_str_eq(text, vector.fields[3]);
        lines++;
    }
    ck_assert_int_eq(lines, 9);
    fclose(file);
}
END_TEST

START_TEST(every_published_identifier_follows_from_its_daily_key)
{
    FILE *file = open_vectors();
    struct vector vector;
    int lines = 0;

    while (vectors_next(file, "ID", &vector)) {
        struct beacon_daily_key key = vectors_key(vectors_path, vector.fields[1], vector.fields[2]);
        struct beacon_identifier table[144];
        struct beacon_sub_key sub_key;
        struct beacon_daily_key as_key; /* to be written in hex */
        char text[2 * BEACON_KEY_SIZE + 1];
        int slot = atoi(vector.fields[3]);

        beacon_sub_key_first(&key, &sub_key);
        for (int i = 0; i < slot; i++)
            beacon_sub_key_next(&sub_key, &sub_key);
        memcpy(&as_key, &sub_key, sizeof(as_key));
        beacon_daily_key_to_hex(&as_key, text);
        ck_assert_str_eq(text, vector.fields[4]);
        ck_assert_int_eq(beacon_identifiers_of_day(&key, 144, table), 0);
        assert_identifier(&table[slot], vector.fields[5]);
        lines++;
    }
    ck_assert_int_eq(lines, 53);
    fclose(file);
}
END_TEST

START_TEST(every_published_moment_has_its_identifier)
{
    FILE *file = open_vectors();
    struct vector vector;
    int lines = 0;

    while (vectors_next(file, "AT", &vector)) {
        beacon_identity *identity = identity_of_c((uint32_t)atoi(vector.fields[2]));
        struct beacon_identifier identifier;
        struct beacon_slot slot;
        int64_t time_ms = atoll(vector.fields[3]);

        ck_assert_int_eq(beacon_identity_at(identity, time_ms, &identifier, &slot), 0);
        ck_assert_int_eq(slot.day - VECTORS_BASE_DAY, atoi(vector.fields[4]));
        ck_assert_int_eq(slot.index, atoi(vector.fields[5]));
        ck_assert(slot.start_ms <= time_ms && time_ms < slot.end_ms);
        assert_identifier(&identifier, vector.fields[6]);
        beacon_identity_free(identity);
        lines++;
    }
    ck_assert_int_eq(lines, 32);
    fclose(file);
}
END_TEST

/* The mistakes of the protocol's section 12.4: each way of going wrong, done here by hand, and what
 * it gives. */
static void wrong_identifier(int mistake, struct beacon_identifier *ret)
{
    static const uint8_t right[12] = {0, 4, 8, 12, 16, 18, 20, 22, 24, 26, 28, 30};
    struct beacon_daily_key key = vectors_key(vectors_path, "S", "0");
    uint8_t input[80], hash[32];
    size_t size = 32;

    memcpy(input, key.bytes, 32);
    switch (mistake) {
    case 0: /* the salt with the "e" of blue */
        memcpy(input + 32, "bluezonesubkey", 14);
        size = 46;
        break;
    case 1: /* the salt in front */
        memcpy(input, "bluzonesubkey", 13);
        memcpy(input + 13, key.bytes, 32);
        size = 45;
        break;
    case 2: /* no salt */
        break;
    case 3: /* the text of the key in place of its bytes */
        beacon_daily_key_to_hex(&key, (char *)input);
        memcpy(input + 64, "bluzonesubkey", 13);
        size = 77;
        break;
    case 4: /* the salt's terminating NUL too */
        memcpy(input + 32, "bluzonesubkey", 14);
        size = 46;
        break;
    default:
        memcpy(input + 32, "bluzonesubkey", 13);
        size = 45;
        break;
    }
    crypto_hash_sha256(hash, input, size);
    if (mistake == 7) /* one hash too many */
        crypto_hash_sha256(hash, hash, sizeof(hash));
    for (size_t i = 0; i < 12; i++) /* the first 12 bytes; every second byte */
        ret->bytes[i] = hash[mistake == 5 ? i : mistake == 6 ? 2 * i : right[i]];
}

START_TEST(no_known_mistake_is_made)
{
    static const char *const wrong[8] = {"1413E2926489350D3BE36C5B", "6C7DE658F8E470A1CA6D1745",
                                         "636691BBF4A473B2ABB81B10", "4F49AEA163802C611E2D9A62",
                                         "48A94AC9E63B901F620D876E", "13C6BB550CB98253EA96A3AC",
                                         "13BB0C82EAA3640072130C18", "893DAE342437130CE5E23837"};
    struct beacon_daily_key key = vectors_key(vectors_path, "S", "0");
    struct beacon_identifier ours, mistaken;
    struct beacon_sub_key sub_key;
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_sub_key_first(&key, &sub_key);
    beacon_sub_key_identifier(&sub_key, &ours);
    beacon_identifier_to_hex(&ours, text);
    ck_assert_str_eq(text, "130CEA6472130C185D8643DF");
    wrong_identifier(_i, &mistaken);
    assert_identifier(&mistaken, wrong[_i]);
    ck_assert_str_ne(text, wrong[_i]);
}
END_TEST

START_TEST(slots_must_divide_the_day)
{
    struct beacon_slot slot;
    int accepted = 0;

    for (uint32_t n = 0; n <= 1500; n++) {
        bool good = n >= 1 && n <= 1440 && 86400000 % n == 0;

        ck_assert_int_eq(beacon_slots_per_day_check(n), good ? 0 : BEACON_ESLOTS);
        ck_assert_int_eq(beacon_slot_at(0, n, &slot), good ? 0 : BEACON_ESLOTS);
        accepted += good;
    }
    ck_assert_int_eq(accepted, 85);
    ck_assert_int_eq(beacon_slots_per_day_check(UINT32_MAX), BEACON_ESLOTS);
}
END_TEST

START_TEST(a_slot_owns_its_start_and_not_its_end)
{
    struct beacon_slot slot;

    ck_assert_int_eq(beacon_slot_at(899999, 96, &slot), 0);
    ck_assert(slot.day == 0 && slot.index == 0 && slot.start_ms == 0 && slot.end_ms == 900000);
    ck_assert_int_eq(beacon_slot_at(900000, 96, &slot), 0);
    ck_assert(slot.index == 1 && slot.start_ms == 900000);
    ck_assert_int_eq(beacon_slot_at(-1, 96, &slot), 0);
    ck_assert(slot.day == -1 && slot.index == 95 && slot.end_ms == 0);
    ck_assert_int_eq(beacon_day_of(-BEACON_DAY_MS), -1);
    ck_assert_int_eq(beacon_day_of(-BEACON_DAY_MS - 1), -2);
    ck_assert_int_eq(beacon_slot_at(INT64_MAX, 1, &slot), BEACON_ERANGE);
    ck_assert_int_eq(beacon_slot_at(INT64_MIN, 1440, &slot), BEACON_ERANGE);
}
END_TEST

START_TEST(a_key_never_goes_back)
{
    struct beacon_dated_key key = {.day = 10}, before;
    beacon_identity *identity = identity_of_c(96);
    struct beacon_identifier identifier;
    struct beacon_daily_key daily_key;
    const int64_t base_ms = VECTORS_BASE_DAY * BEACON_DAY_MS;

    key.key = vectors_key(vectors_path, "C", "0");
    before = key;
    ck_assert_int_eq(beacon_dated_key_advance(&key, 9), BEACON_EPAST);
    ck_assert_int_eq(beacon_dated_key_advance(&key, INT64_MIN), BEACON_EPAST);
    ck_assert_int_eq(beacon_dated_key_advance(&key, 10 + BEACON_RATCHET_DAYS_MAX + 1),
                     BEACON_ERANGE);
    ck_assert_int_eq(beacon_dated_key_advance(&key, INT64_MAX), BEACON_ERANGE);
    ck_assert_mem_eq(&key, &before, sizeof(key));
    ck_assert_int_eq(beacon_dated_key_advance(&key, 10), 0);
    ck_assert_mem_eq(&key, &before, sizeof(key));

    ck_assert_int_eq(beacon_identity_at(identity, base_ms - 1, &identifier, NULL), BEACON_EPAST);
    ck_assert_int_eq(beacon_identity_at(identity, base_ms, &identifier, NULL), 0);
    ck_assert_int_eq(beacon_identity_daily_key(identity, VECTORS_BASE_DAY - 1, &daily_key),
                     BEACON_EPAST);
    ck_assert_int_eq(beacon_identity_at(identity, INT64_MAX / 2, &identifier, NULL), BEACON_ERANGE);
    beacon_identity_free(identity);
}
END_TEST

START_TEST(days_may_be_asked_in_any_order)
{
    beacon_identity *identity = identity_of_c(96);
    static const int days[] = {13, 1, 364, 0, 13};
    static const char *const first[] = {"41B19B1964C82564A4705032", "64C0D2707C49D2F0D5E3E348",
                                        "5D42A3BD478D8007B2552C3F", "29ABD013B41C90269332AB5D",
                                        "41B19B1964C82564A4705032"};

    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        struct beacon_identifier table[96];

        ck_assert_int_eq(beacon_identity_day(identity, VECTORS_BASE_DAY + days[i], table), 0);
        assert_identifier(&table[0], first[i]);
    }
    beacon_identity_free(identity);
}
END_TEST

START_TEST(a_fresh_identity_is_random)
{
    struct beacon_daily_key keys[2];

    for (int i = 0; i < 2; i++) {
        beacon_identity *identity;

        ck_assert_int_eq(beacon_identity_generate(20000, 96, &identity), 0);
        ck_assert_int_eq(beacon_identity_base_day(identity), 20000);
        ck_assert_uint_eq(beacon_identity_slots_per_day(identity), 96);
        ck_assert_int_eq(beacon_identity_daily_key(identity, 20000, &keys[i]), 0);
        ck_assert_ptr_null(beacon_identity_free(identity));
    }
    ck_assert_mem_ne(&keys[0], &keys[1], sizeof(keys[0]));
    ck_assert_ptr_null(beacon_identity_free(NULL));
}
END_TEST

START_TEST(an_identity_is_refused_outside_its_bounds)
{
    const int64_t first = BEACON_TIME_MIN_MS / BEACON_DAY_MS;
    const int64_t end = BEACON_TIME_END_MS / BEACON_DAY_MS;
    beacon_identity *identity = NULL;

    ck_assert_int_eq(beacon_identity_generate(first - 1, 96, &identity), BEACON_ERANGE);
    ck_assert_int_eq(beacon_identity_generate(end, 96, &identity), BEACON_ERANGE);
    ck_assert_int_eq(beacon_identity_generate(first, 97, &identity), BEACON_ESLOTS);
    ck_assert_ptr_null(identity);
    ck_assert_int_eq(beacon_identity_generate(first, 1440, &identity), 0);
    identity = beacon_identity_free(identity);
    ck_assert_int_eq(beacon_identity_generate(end - 1, 1, &identity), 0);
    beacon_identity_free(identity);
}
END_TEST

static const char text_of_c[] =
    "beacon-identity 1\n"
    "base-day 2020-08-08\n"
    "slots-per-day 96\n"
    "base-key 4C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084\n";

START_TEST(the_text_is_as_documented)
{
    beacon_identity *identity = identity_of_c(96), *back;
    char text[BEACON_IDENTITY_TEXT_MAX];
    struct beacon_identifier identifier;
    size_t length;

    beacon_identity_to_text(identity, text, &length);
    ck_assert_str_eq(text, text_of_c);
    ck_assert_uint_eq(length, strlen(text_of_c));
    ck_assert_int_eq(beacon_identity_from_text(text, length, &back), 0);
    ck_assert_int_eq(beacon_identity_base_day(back), VECTORS_BASE_DAY);
    ck_assert_int_eq(beacon_identity_at(back, INT64_C(1596866191387), &identifier, NULL), 0);
    assert_identifier(&identifier, "B9A665D754FE65E665D76A45");
    beacon_identity_free(back);
    beacon_identity_free(identity);
}
END_TEST

START_TEST(other_text_is_refused)
{
    const size_t length = strlen(text_of_c);
    beacon_identity *identity = NULL;
    char *text;

    for (size_t cut = 0; cut < length; cut++) {
        text = malloc(cut + 1);
        memcpy(text, text_of_c, cut);
        ck_assert_int_eq(beacon_identity_from_text(text, cut, &identity), BEACON_EFORMAT);
        free(text);
    }
    text = malloc(length + 1);
    for (size_t at = 0; at < length; at++) {
        memcpy(text, text_of_c, length + 1);
        text[at] = '\x01';
        ck_assert_int_ne(beacon_identity_from_text(text, length, &identity), 0);
    }
    memcpy(text, text_of_c, length);
    text[length] = '\n';
    ck_assert_int_eq(beacon_identity_from_text(text, length + 1, &identity), BEACON_EFORMAT);
    memcpy(text + 27, "2020-02-30", 10);
    ck_assert_int_eq(beacon_identity_from_text(text, length, &identity), BEACON_EFORMAT);
    memcpy(text + 27, "2019-12-31", 10);
    ck_assert_int_eq(beacon_identity_from_text(text, length, &identity), BEACON_ERANGE);
    memcpy(text + 27, "2020-08-08", 10);
    memcpy(text + 52, "97", 2);
    ck_assert_int_eq(beacon_identity_from_text(text, length, &identity), BEACON_ESLOTS);
    ck_assert_ptr_null(identity);
    free(text);
}
END_TEST

START_TEST(dates_agree_with_the_calendar)
{
    /* Days counted by: date -u -d 2020-02-29 +%s, divided by 86400. */
    static const struct {
        struct bcn_civil date;
        int64_t day;
    } known[] = {{{1, 1, 1}, -719162},     {{1900, 3, 1}, -25508}, {{1969, 12, 31}, -1},
                 {{1970, 1, 1}, 0},        {{2000, 2, 29}, 11016}, {{2020, 2, 29}, 18321},
                 {{2020, 12, 31}, 18627},  {{2100, 2, 28}, 47540}, {{2100, 3, 1}, 47541},
                 {{9999, 12, 31}, 2932896}};
    int64_t day;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct bcn_civil back = bcn_civil_of_day(known[i].day);

        ck_assert(bcn_day_of_civil(known[i].date, &day));
        ck_assert_int_eq(day, known[i].day);
        ck_assert(back.year == known[i].date.year && back.month == known[i].date.month &&
                  back.day == known[i].date.day);
    }
    ck_assert(!bcn_day_of_civil((struct bcn_civil){2021, 2, 29}, &day));
    ck_assert(!bcn_day_of_civil((struct bcn_civil){2100, 2, 29}, &day));
    ck_assert(!bcn_day_of_civil((struct bcn_civil){2020, 13, 1}, &day));
    ck_assert(!bcn_day_of_civil((struct bcn_civil){2020, 4, 31}, &day));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("identity");
    TCase *tests = tcase_create("identity");

    tcase_add_test(tests, every_published_daily_key_follows_from_its_base);
    tcase_add_test(tests, every_published_identifier_follows_from_its_daily_key);
    tcase_add_test(tests, every_published_moment_has_its_identifier);
    tcase_add_loop_test(tests, no_known_mistake_is_made, 0, 8);
    tcase_add_test(tests, slots_must_divide_the_day);
    tcase_add_test(tests, a_slot_owns_its_start_and_not_its_end);
    tcase_add_test(tests, a_key_never_goes_back);
    tcase_add_test(tests, days_may_be_asked_in_any_order);
    tcase_add_test(tests, a_fresh_identity_is_random);
    tcase_add_test(tests, an_identity_is_refused_outside_its_bounds);
    tcase_add_test(tests, the_text_is_as_documented);
    tcase_add_test(tests, other_text_is_refused);
    tcase_add_test(tests, dates_agree_with_the_calendar);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
