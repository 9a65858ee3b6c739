/* SPDX-License-Identifier: MIT */
/* Any bytes as advertising data: the walk stays inside, the recogniser agrees with the oracle and
 * with itself however the structures are ordered, and what is encoded is recognised. */
#include <beacon/advert.h>

#include "advert/oracle.h"
#include "fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

/* What may stand in memory after the data: nothing, all ones, and what would complete an Android
 * form. */
static const uint8_t tails[][4] = {{0}, {0xFF, 0xFF, 0xFF, 0xFF}, {0x03, 0x03, 0x56, 0x4E}};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static uint8_t *allocate(size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);

    require(bytes != NULL);
    return bytes;
}

static void walk_stays_inside(const uint8_t *data, size_t size)
{
    struct beacon_ad_walk walk = beacon_ad_walk(data, size);
    struct beacon_ad_field field, untouched;
    size_t offset = 0;
    int more;

    memset(&field, 0, sizeof(field));
    while ((more = beacon_ad_next(&walk, &field)) == 1) {
        require(field.type == data[offset + 1]);
        require(field.value == data + offset + 2);
        require(field.size <= 254 && field.size <= size - offset - 2);
        offset += 2 + field.size;
    }
    require(more == 0 || more == BEACON_ETRUNCATED);
    require((more == 0) == (offset == size || data[offset] == 0));
    untouched = field;
    require(beacon_ad_next(&walk, &field) == more);
    require(memcmp(&untouched, &field, sizeof(field)) == 0);
}

/* What follows in memory, or after a zero length byte, is no part of the data. */
static void ignores_what_follows(const uint8_t *data, size_t size,
                                 const struct beacon_advert_info *info)
{
    uint8_t *longer = allocate(size + 1 + sizeof(tails[0]));

    if (size > 0)
        memcpy(longer, data, size);
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        struct beacon_advert_info again;

        memcpy(longer + size, tails[i], sizeof(tails[i]));
        beacon_advert_recognise(longer, size, &again);
        require(oracle_same(info, &again));
        if (info->truncated)
            continue;
        longer[size] = 0;
        memcpy(longer + size + 1, tails[i], sizeof(tails[i]));
        beacon_advert_recognise(longer, size + 1 + sizeof(tails[i]), &again);
        require(oracle_same(info, &again));
    }
    free(longer);
}

/* The structures from last to first are the same kind of advertisement, and no longer cut. */
static void order_does_not_matter(const uint8_t *data, size_t size,
                                  const struct beacon_advert_info *info)
{
    uint8_t *reversed = allocate(size);
    struct beacon_ad_walk walk = beacon_ad_walk(data, size);
    struct beacon_ad_field field;
    struct beacon_advert_info again;
    size_t start = size;

    while (beacon_ad_next(&walk, &field) == 1) {
        start -= 2 + field.size;
        memcpy(reversed + start, field.value - 2, 2 + field.size);
    }
    beacon_advert_recognise(reversed + start, size - start, &again);
    require(again.kind == info->kind && !again.truncated);
    free(reversed);
}

/* Encodes, puts the data behind, and expects the kind that was encoded or an earlier one. */
static struct beacon_advert_info recognise_before(const struct beacon_advert *advert,
                                                  const uint8_t *data, size_t size)
{
    uint8_t *both = allocate(advert->size + size);
    struct beacon_advert_info info;

    memcpy(both, advert->bytes, advert->size);
    if (size > 0)
        memcpy(both + advert->size, data, size);
    beacon_advert_recognise(both, advert->size + size, &info);
    free(both);
    return info;
}

static void encoded_is_recognised(const uint8_t *data, size_t size)
{
    struct beacon_identifier identifier = {{0}};
    struct beacon_advert advert;
    struct beacon_advert_info info;
    uint8_t others[16] = {0};

    if (size > 0) {
        memcpy(identifier.bytes, data, size < 12 ? size : 12);
        memcpy(others, data, size < 16 ? size : 16);
    }
    beacon_advert_android(&identifier, &advert);
    info = recognise_before(&advert, data, size);
    require(info.kind == BEACON_ADVERT_ANDROID);
    require(memcmp(&info.identifier, &identifier, sizeof(identifier)) == 0);

    beacon_advert_iphone_open(&advert);
    info = recognise_before(&advert, NULL, 0);
    require(info.kind == BEACON_ADVERT_IPHONE_OPEN && !info.truncated);
    info = recognise_before(&advert, data, size);
    require(info.kind == BEACON_ADVERT_IPHONE_OPEN || info.kind == BEACON_ADVERT_ANDROID);

    beacon_advert_iphone_background(others, &advert);
    info = recognise_before(&advert, NULL, 0);
    require(info.kind == BEACON_ADVERT_IPHONE_BACKGROUND && !info.truncated);
    require(recognise_before(&advert, data, size).kind != BEACON_ADVERT_OTHER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beacon_advert_info info, expected = oracle_recognise(data, size);

    beacon_advert_recognise(data, size, &info);
    require(oracle_same(&info, &expected));
    walk_stays_inside(data, size);
    ignores_what_follows(data, size, &info);
    order_does_not_matter(data, size, &info);
    encoded_is_recognised(data, size);
    return 0;
}
