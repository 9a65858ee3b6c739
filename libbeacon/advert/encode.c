/* SPDX-License-Identifier: MIT */
/* What phones send: the Android form and the iPhone's two. */
#include "advert/wire.h"

#include <string.h>

static void append(struct beacon_advert *advert, enum bcn_ad_type type, const void *value,
                   size_t size)
{
    uint8_t *structure = advert->bytes + advert->size;

    structure[0] = (uint8_t)(1 + size);
    structure[1] = (uint8_t)type;
    memcpy(structure + 2, value, size);
    advert->size = (uint8_t)(advert->size + 2 + size);
}

static void begin(struct beacon_advert *advert, uint8_t flags)
{
    memset(advert, 0, sizeof(*advert));
    append(advert, BCN_AD_FLAGS, &flags, sizeof(flags));
}

void beacon_advert_android(const struct beacon_identifier *identifier,
                           struct beacon_advert *ret_advert)
{
    static const uint8_t service[] = {BCN_LITTLE_ENDIAN_16(BEACON_SERVICE_UUID16)};
    uint8_t block[BCN_COMPANY_SIZE + BEACON_IDENTIFIER_SIZE] = {
        BCN_LITTLE_ENDIAN_16(BEACON_COMPANY_ID)};

    memcpy(block + BCN_COMPANY_SIZE, identifier->bytes, sizeof(identifier->bytes));
    begin(ret_advert, 0x02);
    append(ret_advert, BCN_AD_MANUFACTURER, block, sizeof(block));
    append(ret_advert, BCN_AD_UUIDS16_ALL, service, sizeof(service));
}

void beacon_advert_iphone_open(struct beacon_advert *ret_advert)
{
    static const uint8_t service[] = {BCN_IPHONE_SERVICE_BYTES};
    static const char name[] = "Bluezone";

    begin(ret_advert, 0x1A);
    append(ret_advert, BCN_AD_UUIDS128_ALL, service, sizeof(service));
    append(ret_advert, BCN_AD_NAME_ALL, name, strlen(name));
}

void beacon_advert_iphone_background(const uint8_t others[16], struct beacon_advert *ret_advert)
{
    uint8_t block[BCN_COMPANY_SIZE + 1 + BCN_OVERFLOW_MAP_SIZE] = {
        BCN_LITTLE_ENDIAN_16(BEACON_APPLE_COMPANY_ID), BEACON_APPLE_OVERFLOW};
    uint8_t *map = block + BCN_COMPANY_SIZE + 1;

    if (others)
        memcpy(map, others, BCN_OVERFLOW_MAP_SIZE);
    map[BEACON_OVERFLOW_BYTE] |= BEACON_OVERFLOW_MASK;
    begin(ret_advert, 0x1A);
    append(ret_advert, BCN_AD_MANUFACTURER, block, sizeof(block));
}
