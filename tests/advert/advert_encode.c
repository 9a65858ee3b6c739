/* SPDX-License-Identifier: MIT */
/* What the encoders write, byte for byte as the protocol's vectors have it. */
#include <beacon/advert.h>

#include "advert/bytes.h"
#include "check_main.h"
#include "vectors.h"

static const char vectors_path[] = BEACON_TEST_DATA "/vectors.txt";

/* The published identifier of a base, day and slot. */
static struct beacon_identifier published(const char *name, const char *day, const char *slot)
{
    FILE *file = fopen(vectors_path, "r");
    struct beacon_identifier identifier;
    struct vector vector;

    ck_assert_ptr_nonnull(file);
    while (vectors_next(file, "ID", &vector)) {
        if (strcmp(vector.fields[1], name) != 0 || strcmp(vector.fields[2], day) != 0 ||
            strcmp(vector.fields[3], slot) != 0)
            continue;
        ck_assert_int_eq(beacon_identifier_from_hex(vector.fields[5], 24, &identifier), 0);
        fclose(file);
        return identifier;
    }
    ck_abort_msg("no identifier %s %s %s", name, day, slot);
}

static void encode(const struct vector *vector, struct beacon_advert *ret_advert)
{
    const uint8_t others[16] = {[14] = 0x02};
    const char *sender = vector->fields[1];

    if (strcmp(sender, "android") == 0) {
        struct beacon_identifier identifier =
            published(vector->fields[2], vector->fields[3], vector->fields[4]);

        beacon_advert_android(&identifier, ret_advert);
    } else if (strcmp(sender, "iphone-foreground") == 0) {
        beacon_advert_iphone_open(ret_advert);
    } else if (strcmp(sender, "iphone-background") == 0) {
        beacon_advert_iphone_background(NULL, ret_advert);
    } else {
        ck_assert_str_eq(sender, "iphone-background-other-app-too");
        beacon_advert_iphone_background(others, ret_advert);
    }
}

START_TEST(every_published_packet_is_encoded)
{
    FILE *file = fopen(vectors_path, "r");
    struct vector vector;
    int lines = 0;

    ck_assert_ptr_nonnull(file);
    while (vectors_next(file, "ADV", &vector)) {
        struct bytes expected = bytes_of_hex(vector.fields[5]);
        struct beacon_advert advert;

        memset(&advert, 0x5A, sizeof(advert));
        encode(&vector, &advert);
        ck_assert_uint_eq(advert.size, expected.size);
        ck_assert_mem_eq(advert.bytes, expected.data, expected.size);
        for (size_t i = expected.size; i < sizeof(advert.bytes); i++)
            ck_assert_uint_eq(advert.bytes[i], 0);
        bytes_free(&expected);
        lines++;
    }
    ck_assert_int_eq(lines, 5);
    fclose(file);
}
END_TEST

START_TEST(every_bit_of_other_apps_is_kept)
{
    for (size_t bit = 0; bit < 128; bit++) {
        uint8_t others[16] = {0}, expected[16] = {0x08};
        struct beacon_advert advert;

        others[bit / 8] = (uint8_t)(1 << bit % 8);
        expected[bit / 8] |= others[bit / 8];
        beacon_advert_iphone_background(others, &advert);
        ck_assert_uint_eq(advert.size, 24);
        ck_assert_mem_eq(advert.bytes + 8, expected, sizeof(expected));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("advert_encode");
    TCase *tests = tcase_create("advert_encode");

    tcase_add_test(tests, every_published_packet_is_encoded);
    tcase_add_test(tests, every_bit_of_other_apps_is_kept);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
