/* SPDX-License-Identifier: MIT */
/* What the recogniser answers: the published packets, each rule on either side, and what is read
 * along the way. */
#include <beacon/advert.h>

#include "advert/bytes.h"
#include "check_main.h"
#include "vectors.h"

#define FLAGS      "020102"
#define IDENTIFIER "B9A665D754FE65E665D76A45"
#define BLOCK      "0FFFB522" IDENTIFIER
#define UUID       "0303564E"
#define IPHONE     "1107 67A607ADD1172FA1C44BF573564E0000"
#define OVERFLOW   "14FF4C0001 08000000000000000000000000000000"

static struct beacon_advert_info recognise(const char *hex)
{
    struct bytes bytes = bytes_of_hex(hex);
    struct beacon_advert_info info;

    memset(&info, 0x5A, sizeof(info));
    beacon_advert_recognise(bytes.data, bytes.size, &info);
    bytes_free(&bytes);
    return info;
}

static void assert_kind(const char *hex, enum beacon_advert_kind kind)
{
    struct beacon_advert_info info = recognise(hex);

    ck_assert_msg(info.kind == kind, "%s: kind %d, not %d", hex, (int)info.kind, (int)kind);
}

static void assert_identifier(const struct beacon_advert_info *info, const char *hex)
{
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_identifier_to_hex(&info->identifier, text);
    ck_assert_str_eq(text, hex);
}

START_TEST(every_published_packet_is_recognised)
{
    FILE *file = fopen(BEACON_TEST_DATA "/vectors.txt", "r");
    struct vector vector;
    int lines = 0;

    ck_assert_ptr_nonnull(file);
    while (vectors_next(file, "ADV", &vector)) {
        struct beacon_advert_info info = recognise(vector.fields[5]);
        const char *sender = vector.fields[1];

        if (strcmp(sender, "android") == 0) {
            char identifier[25] = {0};

            ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
            memcpy(identifier, vector.fields[5] + 14, 24); /* protocol 2.2: offset 7 */
            assert_identifier(&info, identifier);
        } else {
            ck_assert_int_eq(info.kind, strcmp(sender, "iphone-foreground") == 0
                                            ? BEACON_ADVERT_IPHONE_OPEN
                                            : BEACON_ADVERT_IPHONE_BACKGROUND);
            assert_identifier(&info, "000000000000000000000000");
        }
        ck_assert_int_eq(info.tx_power_dbm, BEACON_TX_POWER_ABSENT);
        ck_assert(!info.truncated);
        lines++;
    }
    ck_assert_int_eq(lines, 5);
    fclose(file);
}
END_TEST

START_TEST(order_does_not_matter)
{
    static const char *const parts[] = {FLAGS, BLOCK, UUID, "03AB0000"};

    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            for (int c = 0; c < 4; c++) {
                int d = 6 - a - b - c;
                char hex[128];

                if (a == b || a == c || b == c)
                    continue;
                snprintf(hex, sizeof(hex), "%s%s%s%s", parts[a], parts[b], parts[c], parts[d]);
                assert_kind(hex, BEACON_ADVERT_ANDROID);
            }
}
END_TEST

START_TEST(any_flags_will_do)
{
    assert_kind(BLOCK UUID, BEACON_ADVERT_ANDROID);
    for (unsigned int flags = 0; flags < 256; flags++) {
        char hex[128];

        snprintf(hex, sizeof(hex), "0201%02X" BLOCK UUID, flags);
        assert_kind(hex, BEACON_ADVERT_ANDROID);
    }
}
END_TEST

/* One structure of each type in front: the kind stays, whatever the type. */
START_TEST(unknown_types_are_skipped)
{
    for (unsigned int type = 0; type < 256; type++) {
        char hex[128];

        snprintf(hex, sizeof(hex), "03%02X1234" BLOCK UUID, type);
        assert_kind(hex, BEACON_ADVERT_ANDROID);
    }
}
END_TEST

/*
 * Each type with the UUID as its value: the lists, and no other type, say what service it is. The
 * short UUID in full ends as its shorter forms do, so a list of any width has it as an entry.
 */
START_TEST(only_lists_of_services_count)
{
    for (unsigned int type = 0; type < 256; type++) {
        char hex[128];

        snprintf(hex, sizeof(hex), BLOCK "03%02X564E", type);
        assert_kind(hex, type == 2 || type == 3 ? BEACON_ADVERT_ANDROID : BEACON_ADVERT_OTHER);
        snprintf(hex, sizeof(hex), BLOCK "05%02X564E0000", type);
        assert_kind(hex, type >= 2 && type <= 5 ? BEACON_ADVERT_ANDROID : BEACON_ADVERT_OTHER);
        snprintf(hex, sizeof(hex), BLOCK "11%02XFB349B5F8000008000100000564E0000", type);
        assert_kind(hex, type >= 2 && type <= 7 ? BEACON_ADVERT_ANDROID : BEACON_ADVERT_OTHER);
        snprintf(hex, sizeof(hex), "11%02X67A607ADD1172FA1C44BF573564E0000", type);
        assert_kind(hex, type == 6 || type == 7 ? BEACON_ADVERT_IPHONE_OPEN : BEACON_ADVERT_OTHER);
    }
}
END_TEST

START_TEST(an_identifier_is_12_bytes_of_our_company)
{
    assert_kind("0EFFB522 B9A665D754FE65E665D76A" UUID, BEACON_ADVERT_OTHER);
    assert_kind("0FFFB522 B9A665D754FE65E665D76A45" UUID, BEACON_ADVERT_ANDROID);
    assert_kind("10FFB522 B9A665D754FE65E665D76A4500" UUID, BEACON_ADVERT_OTHER);
    assert_kind("0FFFB422 B9A665D754FE65E665D76A45" UUID, BEACON_ADVERT_OTHER);
    assert_kind("0FFFB523 B9A665D754FE65E665D76A45" UUID, BEACON_ADVERT_OTHER);
    assert_kind("0FFF22B5 B9A665D754FE65E665D76A45" UUID, BEACON_ADVERT_OTHER);
}
END_TEST

START_TEST(block_and_uuid_are_both_needed)
{
    assert_kind(FLAGS BLOCK, BEACON_ADVERT_OTHER);
    assert_kind(FLAGS UUID, BEACON_ADVERT_OTHER);
    assert_kind(FLAGS BLOCK "0303574E", BEACON_ADVERT_OTHER);
    assert_kind(FLAGS BLOCK "03034E56", BEACON_ADVERT_OTHER);
}
END_TEST

START_TEST(an_identifier_without_its_uuid_is_not_given_away)
{
    struct beacon_advert_info info = recognise(FLAGS BLOCK);

    assert_identifier(&info, "000000000000000000000000");
    info = recognise(BLOCK IPHONE);
    ck_assert_int_eq(info.kind, BEACON_ADVERT_IPHONE_OPEN);
    assert_identifier(&info, "000000000000000000000000");
}
END_TEST

START_TEST(the_uuid_stands_at_any_place_of_any_list)
{
    assert_kind(BLOCK "0703 564E 6FFD 0F18", BEACON_ADVERT_ANDROID);
    assert_kind(BLOCK "0703 6FFD 0F18 564E", BEACON_ADVERT_ANDROID);
    assert_kind(BLOCK "0303 6FFD 0302 564E", BEACON_ADVERT_ANDROID);
    assert_kind(BLOCK "0905 6FFD0000 564E0000", BEACON_ADVERT_ANDROID);
    assert_kind("2107 000102030405060708090A0B0C0D0E0F 67A607ADD1172FA1C44BF573564E0000",
                BEACON_ADVERT_IPHONE_OPEN);
}
END_TEST

START_TEST(a_uuid_is_whole_and_in_its_place)
{
    assert_kind(BLOCK "0503 00564E00", BEACON_ADVERT_OTHER);
    assert_kind(BLOCK "0403 564E56", BEACON_ADVERT_ANDROID);
    assert_kind(BLOCK "0403 005600", BEACON_ADVERT_OTHER);
    assert_kind(BLOCK "0203 56", BEACON_ADVERT_OTHER);
    assert_kind(BLOCK "0505 564E0100", BEACON_ADVERT_OTHER);
    assert_kind(BLOCK "0405 564E00", BEACON_ADVERT_OTHER);
    assert_kind("1007 67A607ADD1172FA1C44BF573564E00", BEACON_ADVERT_OTHER);
    assert_kind("1207 00 67A607ADD1172FA1C44BF573564E0000", BEACON_ADVERT_OTHER);
}
END_TEST

START_TEST(several_blocks_are_searched_and_the_first_identifier_counts)
{
    struct beacon_advert_info info;

    info = recognise("05FF4C001005 06FFE000010203" BLOCK UUID);
    ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
    assert_identifier(&info, IDENTIFIER);
    info = recognise("03FFB522 10FFB522 000000000000000000000000AA" BLOCK
                     "0FFFB522 130CEA6472130C185D8643DF" UUID);
    ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
    assert_identifier(&info, IDENTIFIER);
}
END_TEST

START_TEST(the_overflow_bit_is_tested_by_mask)
{
    for (unsigned int octet = 0; octet < 256; octet++) {
        char hex[128];

        snprintf(hex, sizeof(hex), "14FF4C0001 %02XFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", octet);
        assert_kind(hex, octet & 0x08 ? BEACON_ADVERT_IPHONE_BACKGROUND : BEACON_ADVERT_OTHER);
        snprintf(hex, sizeof(hex), "14FF4C0001 %02X000000000000000000000000000000", octet);
        assert_kind(hex, octet & 0x08 ? BEACON_ADVERT_IPHONE_BACKGROUND : BEACON_ADVERT_OTHER);
    }
}
END_TEST

START_TEST(the_bitmap_is_apples_and_whole)
{
    assert_kind("13FF4C0001 080000000000000000000000000000", BEACON_ADVERT_OTHER);
    assert_kind("14FF4C0001 08000000000000000000000000000000", BEACON_ADVERT_IPHONE_BACKGROUND);
    assert_kind("15FF4C0001 0800000000000000000000000000000000", BEACON_ADVERT_IPHONE_BACKGROUND);
    assert_kind("14FF4C0002 08000000000000000000000000000000", BEACON_ADVERT_OTHER);
    assert_kind("14FF4D0001 08000000000000000000000000000000", BEACON_ADVERT_OTHER);
    assert_kind("14FF4C0101 08000000000000000000000000000000", BEACON_ADVERT_OTHER);
    assert_kind("14FF4C0001 00000000000000000000000000000000" OVERFLOW,
                BEACON_ADVERT_IPHONE_BACKGROUND);
    assert_kind(OVERFLOW "14FF4C0001 00000000000000000000000000000000",
                BEACON_ADVERT_IPHONE_BACKGROUND);
}
END_TEST

START_TEST(the_earlier_kind_wins)
{
    assert_kind(OVERFLOW IPHONE UUID BLOCK, BEACON_ADVERT_ANDROID);
    assert_kind(OVERFLOW IPHONE UUID, BEACON_ADVERT_IPHONE_OPEN);
    assert_kind(OVERFLOW UUID, BEACON_ADVERT_IPHONE_BACKGROUND);
}
END_TEST

START_TEST(tx_power_is_read_for_every_kind)
{
    ck_assert_int_eq(recognise("020AEB" BLOCK UUID).tx_power_dbm, -21);
    ck_assert_int_eq(recognise(IPHONE "020A0C").tx_power_dbm, 12);
    ck_assert_int_eq(recognise(OVERFLOW "020A00").tx_power_dbm, 0);
    ck_assert_int_eq(recognise("020A80").tx_power_dbm, -128);
    ck_assert_int_eq(recognise("020A01 020A02").tx_power_dbm, 1);
    ck_assert_int_eq(recognise("010A").tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert_int_eq(recognise("030A0405").tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert_int_eq(recognise("020A").tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert_int_eq(recognise("00 020A04").tx_power_dbm, BEACON_TX_POWER_ABSENT);
}
END_TEST

START_TEST(a_cut_structure_is_reported_and_the_rest_judged)
{
    struct beacon_advert_info info = recognise(BLOCK UUID "0909426C");

    ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
    assert_identifier(&info, IDENTIFIER);
    ck_assert(info.truncated);
    info = recognise(FLAGS UUID "0FFFB522 B9A665D754FE65E665D76A");
    ck_assert_int_eq(info.kind, BEACON_ADVERT_OTHER);
    ck_assert(info.truncated);
    ck_assert(!recognise(BLOCK UUID "00 0909426C").truncated);
}
END_TEST

START_TEST(what_follows_a_zero_length_byte_is_nothing)
{
    assert_kind(BLOCK "00" UUID, BEACON_ADVERT_OTHER);
    assert_kind(UUID "00" BLOCK, BEACON_ADVERT_OTHER);
    assert_kind("00" IPHONE, BEACON_ADVERT_OTHER);
    assert_kind(BLOCK UUID "00", BEACON_ADVERT_ANDROID);
}
END_TEST

START_TEST(nothing_is_not_ours)
{
    struct beacon_advert_info info;

    memset(&info, 0x5A, sizeof(info));
    beacon_advert_recognise(NULL, 0, &info);
    ck_assert_int_eq(info.kind, BEACON_ADVERT_OTHER);
    ck_assert_int_eq(info.tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert(!info.truncated);
}
END_TEST

/* The Android form behind 0, 1, 2 … bytes of other structures, up to all that extended advertising
 * carries. */
START_TEST(extended_data_is_judged_to_its_end)
{
    static const uint8_t form[] = {0x0F, 0xFF, 0xB5, 0x22, 0,    1,    2,    3,    4,    5,
                                   6,    7,    8,    9,    0x0A, 0x0B, 0x03, 0x03, 0x56, 0x4E};

    for (size_t before = 0; before + sizeof(form) <= 1650; before += 2) {
        struct bytes bytes = {.data = malloc(before + sizeof(form)), .size = before + sizeof(form)};
        struct beacon_advert_info info;

        for (size_t at = 0; at < before; at += 2) {
            bytes.data[at] = 1;
            bytes.data[at + 1] = 0xAB;
        }
        memcpy(bytes.data + before, form, sizeof(form));
        beacon_advert_recognise(bytes.data, bytes.size, &info);
        ck_assert_int_eq(info.kind, BEACON_ADVERT_ANDROID);
        ck_assert_mem_eq(info.identifier.bytes, form + 4, 12);
        bytes_free(&bytes);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("advert_recognise");
    TCase *tests = tcase_create("advert_recognise");

    tcase_add_test(tests, every_published_packet_is_recognised);
    tcase_add_test(tests, order_does_not_matter);
    tcase_add_test(tests, any_flags_will_do);
    tcase_add_test(tests, unknown_types_are_skipped);
    tcase_add_test(tests, only_lists_of_services_count);
    tcase_add_test(tests, an_identifier_is_12_bytes_of_our_company);
    tcase_add_test(tests, block_and_uuid_are_both_needed);
    tcase_add_test(tests, an_identifier_without_its_uuid_is_not_given_away);
    tcase_add_test(tests, the_uuid_stands_at_any_place_of_any_list);
    tcase_add_test(tests, a_uuid_is_whole_and_in_its_place);
    tcase_add_test(tests, several_blocks_are_searched_and_the_first_identifier_counts);
    tcase_add_test(tests, the_overflow_bit_is_tested_by_mask);
    tcase_add_test(tests, the_bitmap_is_apples_and_whole);
    tcase_add_test(tests, the_earlier_kind_wins);
    tcase_add_test(tests, tx_power_is_read_for_every_kind);
    tcase_add_test(tests, a_cut_structure_is_reported_and_the_rest_judged);
    tcase_add_test(tests, what_follows_a_zero_length_byte_is_nothing);
    tcase_add_test(tests, nothing_is_not_ours);
    tcase_add_test(tests, extended_data_is_judged_to_its_end);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
