/* SPDX-License-Identifier: MIT */
/* Hexadecimal text and error texts. */
#include <beacon/base.h>

#include "check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(every_octet_survives_hex)
{
    for (unsigned int octet = 0; octet < 256; octet++) {
        struct beacon_identifier identifier, back;
        char text[2 * BEACON_IDENTIFIER_SIZE + 1], expected[3];

        memset(identifier.bytes, (int)octet, sizeof(identifier.bytes));
        beacon_identifier_to_hex(&identifier, text);
        snprintf(expected, sizeof(expected), "%02X", octet);
        ck_assert_mem_eq(text, expected, 2);
        ck_assert_uint_eq(strlen(text), 24);
        ck_assert_int_eq(beacon_identifier_from_hex(text, 24, &back), 0);
        ck_assert_mem_eq(&back, &identifier, sizeof(back));
    }
}
END_TEST

START_TEST(only_hex_digits_are_taken)
{
    for (int c = 0; c < 256; c++) {
        struct beacon_identifier identifier;
        char text[24];
        bool is_digit = c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL;

        memset(text, '0', sizeof(text));
        text[23] = (char)c;
        ck_assert_int_eq(beacon_identifier_from_hex(text, 24, &identifier),
                         is_digit ? 0 : BEACON_EHEX);
    }
}
END_TEST

START_TEST(length_is_exact_and_failure_writes_nothing)
{
    struct beacon_daily_key key;
    const char *digits = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF0";

    memset(&key, 0x5A, sizeof(key));
    ck_assert_int_eq(beacon_daily_key_from_hex(digits, 63, &key), BEACON_EHEX);
    ck_assert_int_eq(beacon_daily_key_from_hex(digits, 65, &key), BEACON_EHEX);
    ck_assert_uint_eq(key.bytes[0], 0x5A);
    ck_assert_int_eq(beacon_daily_key_from_hex(digits, 64, &key), 0);
    ck_assert_uint_eq(key.bytes[31], 0xFF);
}
END_TEST

START_TEST(every_error_has_its_own_text)
{
    for (int a = 0; a >= BEACON_ENOSPACE; a--)
        for (int b = a - 1; b >= BEACON_ENOSPACE - 1; b--)
            ck_assert_str_ne(beacon_error_text(a), beacon_error_text(b));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *tests = tcase_create("base");

    tcase_add_test(tests, every_octet_survives_hex);
    tcase_add_test(tests, only_hex_digits_are_taken);
    tcase_add_test(tests, length_is_exact_and_failure_writes_nothing);
    tcase_add_test(tests, every_error_has_its_own_text);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
