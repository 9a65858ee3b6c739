/* SPDX-License-Identifier: MIT */
/* The walk over advertising data: what it yields, where it ends, what it refuses. */
#include <beacon/advert.h>

#include "advert/bytes.h"
#include "check_main.h"

/* Walks to the end; `types` and `sizes` of the structures must be these, and the end `end` twice.
 */
static void assert_walk(const char *hex, const uint8_t types[], const size_t sizes[], size_t count,
                        int end)
{
    struct bytes bytes = bytes_of_hex(hex);
    struct beacon_ad_walk walk = beacon_ad_walk(bytes.data, bytes.size);
    struct beacon_ad_field field;

    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(beacon_ad_next(&walk, &field), 1);
        ck_assert_uint_eq(field.type, types[i]);
        ck_assert_uint_eq(field.size, sizes[i]);
    }
    memset(&field, 0x5A, sizeof(field));
    for (int again = 0; again < 2; again++) {
        ck_assert_int_eq(beacon_ad_next(&walk, &field), end);
        ck_assert_uint_eq(field.type, 0x5A);
    }
    bytes_free(&bytes);
}

START_TEST(the_android_form_has_three_structures)
{
    assert_walk("020102 0FFFB522B9A665D754FE65E665D76A45 0303564E",
                (const uint8_t[]){0x01, 0xFF, 0x03}, (const size_t[]){1, 14, 2}, 3, 0);
}
END_TEST

START_TEST(values_point_into_the_data)
{
    struct bytes bytes = bytes_of_hex("020106 0303564E");
    struct beacon_ad_walk walk = beacon_ad_walk(bytes.data, bytes.size);
    struct beacon_ad_field field;

    ck_assert_int_eq(beacon_ad_next(&walk, &field), 1);
    ck_assert_ptr_eq(field.value, bytes.data + 2);
    ck_assert_int_eq(beacon_ad_next(&walk, &field), 1);
    ck_assert_ptr_eq(field.value, bytes.data + 5);
    bytes_free(&bytes);
}
END_TEST

START_TEST(nothing_holds_nothing)
{
    struct beacon_ad_walk walk = beacon_ad_walk(NULL, 0);
    struct beacon_ad_field field;

    ck_assert_int_eq(beacon_ad_next(&walk, &field), 0);
    assert_walk("", NULL, NULL, 0, 0);
}
END_TEST

START_TEST(a_zero_length_byte_ends_the_significant_part)
{
    assert_walk("00", NULL, NULL, 0, 0);
    assert_walk("00 020106", NULL, NULL, 0, 0);
    assert_walk("020106 00 FFFF", (const uint8_t[]){0x01}, (const size_t[]){1}, 1, 0);
}
END_TEST

START_TEST(a_value_may_be_empty)
{
    assert_walk("01AB", (const uint8_t[]){0xAB}, (const size_t[]){0}, 1, 0);
    assert_walk("01AB 01FF", (const uint8_t[]){0xAB, 0xFF}, (const size_t[]){0, 0}, 2, 0);
}
END_TEST

START_TEST(a_structure_longer_than_what_is_left_is_truncated)
{
    assert_walk("01", NULL, NULL, 0, BEACON_ETRUNCATED);
    assert_walk("0201", NULL, NULL, 0, BEACON_ETRUNCATED);
    assert_walk("FF", NULL, NULL, 0, BEACON_ETRUNCATED);
    assert_walk("020106 0409414C", (const uint8_t[]){0x01}, (const size_t[]){1}, 1,
                BEACON_ETRUNCATED);
    assert_walk("020106 0309414C", (const uint8_t[]){0x01, 0x09}, (const size_t[]){1, 2}, 2, 0);
}
END_TEST

/* The longest data that extended advertising carries, as 6 structures of 256 bytes and one of 114.
 */
START_TEST(extended_data_is_walked_to_its_end)
{
    struct bytes bytes = {.data = calloc(1650, 1), .size = 1650};
    struct beacon_ad_walk walk;
    struct beacon_ad_field field;

    for (size_t at = 0; at < bytes.size; at += 256)
        bytes.data[at] = (uint8_t)(bytes.size - at < 256 ? bytes.size - at - 1 : 255);
    walk = beacon_ad_walk(bytes.data, bytes.size);
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(beacon_ad_next(&walk, &field), 1);
        ck_assert_uint_eq(field.size, 254);
    }
    ck_assert_int_eq(beacon_ad_next(&walk, &field), 1);
    ck_assert_uint_eq(field.size, 112);
    ck_assert_int_eq(beacon_ad_next(&walk, &field), 0);
    bytes_free(&bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("advert_walk");
    TCase *tests = tcase_create("advert_walk");

    tcase_add_test(tests, the_android_form_has_three_structures);
    tcase_add_test(tests, values_point_into_the_data);
    tcase_add_test(tests, nothing_holds_nothing);
    tcase_add_test(tests, a_zero_length_byte_ends_the_significant_part);
    tcase_add_test(tests, a_value_may_be_empty);
    tcase_add_test(tests, a_structure_longer_than_what_is_left_is_truncated);
    tcase_add_test(tests, extended_data_is_walked_to_its_end);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
