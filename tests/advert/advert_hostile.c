/* SPDX-License-Identifier: MIT */
/* Every truncation of every published packet, and every value of every byte of it, in blocks of
 * exactly their size, against the oracle. */
#include <beacon/advert.h>

#include "advert/bytes.h"
#include "advert/oracle.h"
#include "check_main.h"
#include "size.h"
#include "vectors.h"

#define VECTORS 5

static struct bytes packets[VECTORS];

static void load_packets(void)
{
    FILE *file = fopen(BEACON_TEST_DATA "/vectors.txt", "r");
    struct vector vector;
    size_t count = 0;

    ck_assert_ptr_nonnull(file);
    while (vectors_next(file, "ADV", &vector)) {
        ck_assert_uint_lt(count, VECTORS);
        packets[count++] = bytes_of_hex(vector.fields[5]);
    }
    ck_assert_uint_eq(count, VECTORS);
    fclose(file);
}

static void free_packets(void)
{
    for (size_t i = 0; i < VECTORS; i++)
        bytes_free(&packets[i]);
}

static struct beacon_advert_info assert_agrees(const uint8_t *data, size_t size)
{
    struct bytes exact = bytes_copy(data, size);
    struct beacon_advert_info info, expected = oracle_recognise(data, size);

    beacon_advert_recognise(exact.data, exact.size, &info);
    ck_assert(oracle_same(&info, &expected));
    bytes_free(&exact);
    return info;
}

START_TEST(every_truncation_is_judged_by_what_is_left)
{
    const struct bytes *packet = &packets[_i];
    struct beacon_ad_walk walk = beacon_ad_walk(packet->data, packet->size);
    struct beacon_ad_field field;
    bool whole[BEACON_ADVERT_SIZE_MAX + 1] = {[0] = true}; /* cut between structures */

    while (beacon_ad_next(&walk, &field) == 1)
        whole[field.value + field.size - packet->data] = true;
    for (size_t size = 0; size <= packet->size; size++)
        ck_assert(assert_agrees(packet->data, size).truncated == !whole[size]);
}
END_TEST

START_TEST(every_value_of_every_byte_is_judged)
{
    const struct bytes *packet = &packets[_i];
    uint8_t changed[BEACON_ADVERT_SIZE_MAX];

    for (size_t at = 0; at < packet->size; at++) {
        memcpy(changed, packet->data, packet->size);
        for (unsigned int octet = 0; octet < 256; octet++) {
            changed[at] = (uint8_t)octet;
            assert_agrees(changed, packet->size);
        }
    }
}
END_TEST

START_TEST(every_truncation_of_every_wrong_length_is_judged)
{
    const struct bytes *packet = &packets[_i];
    struct beacon_ad_walk walk = beacon_ad_walk(packet->data, packet->size);
    struct beacon_ad_field field;
    uint8_t changed[BEACON_ADVERT_SIZE_MAX];

    while (beacon_ad_next(&walk, &field) == 1) {
        memcpy(changed, packet->data, packet->size);
        for (unsigned int length = 0; length < 256; length += TEST_PART(1, 5)) {
            changed[field.value - 2 - packet->data] = (uint8_t)length;
            for (size_t size = 0; size <= packet->size; size++)
                assert_agrees(changed, size);
        }
    }
}
END_TEST

/* All data of one byte and of two. */
START_TEST(all_short_data_is_judged)
{
    for (unsigned int first = 0; first < 256; first++) {
        assert_agrees((const uint8_t[]){(uint8_t)first}, 1);
        for (unsigned int second = 0; second < 256; second += TEST_PART(1, 5))
            assert_agrees((const uint8_t[]){(uint8_t)first, (uint8_t)second}, 2);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("advert_hostile");
    TCase *tests = tcase_create("advert_hostile");

    tcase_add_checked_fixture(tests, load_packets, free_packets);
    tcase_add_loop_test(tests, every_truncation_is_judged_by_what_is_left, 0, VECTORS);
    tcase_add_loop_test(tests, every_value_of_every_byte_is_judged, 0, VECTORS);
    tcase_add_loop_test(tests, every_truncation_of_every_wrong_length_is_judged, 0, VECTORS);
    tcase_add_test(tests, all_short_data_is_judged);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
