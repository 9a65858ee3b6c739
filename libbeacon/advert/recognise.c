/* SPDX-License-Identifier: MIT */
/* The recogniser: one pass over the structures collects evidence, which is then judged. */
#include "advert/walk.h"
#include "advert/wire.h"

#include <string.h>

/* What has been seen of each kind. */
struct evidence {
    bool service;              /* UUID 0x4E56, in whatever width */
    const uint8_t *identifier; /* of the first block that holds one */
    bool iphone_service;
    bool overflow_bit;
    int8_t tx_power_dbm;
};

/* Whether a list of UUIDs, each of `width` bytes, has this one; a remainder too short is ignored.
 */
static inline bool lists(const struct beacon_ad_field *field, const uint8_t *uuid, size_t width)
{
    for (size_t at = 0; width <= field->size - at; at += width)
        if (memcmp(field->value + at, uuid, width) == 0)
            return true;
    return false;
}

static void see_uuids16(struct evidence *seen, const struct beacon_ad_field *field)
{
    static const uint8_t service[] = {BCN_LITTLE_ENDIAN_16(BEACON_SERVICE_UUID16)};

    seen->service |= lists(field, service, sizeof(service));
}

static void see_uuids32(struct evidence *seen, const struct beacon_ad_field *field)
{
    static const uint8_t service[] = {BCN_LITTLE_ENDIAN_16(BEACON_SERVICE_UUID16), 0x00, 0x00};

    seen->service |= lists(field, service, sizeof(service));
}

static void see_uuids128(struct evidence *seen, const struct beacon_ad_field *field)
{
    static const uint8_t iphone_service[] = {BCN_IPHONE_SERVICE_BYTES};
    static const uint8_t service[] = {BCN_SERVICE_128_BYTES};

    seen->service |= lists(field, service, sizeof(service));
    seen->iphone_service |= lists(field, iphone_service, sizeof(iphone_service));
}

static void see_manufacturer(struct evidence *seen, const struct beacon_ad_field *field)
{
    unsigned int company;
    const uint8_t *content;
    size_t size;

    if (field->size < BCN_COMPANY_SIZE)
        return;
    company = field->value[0] | (unsigned int)field->value[1] << 8;
    content = field->value + BCN_COMPANY_SIZE;
    size = field->size - BCN_COMPANY_SIZE;
    if (company == BEACON_APPLE_COMPANY_ID) {
        /* Apple's blocks may hold several messages, so what follows the map is no objection. */
        if (size >= 1 + BCN_OVERFLOW_MAP_SIZE && content[0] == BEACON_APPLE_OVERFLOW)
            seen->overflow_bit |= (content[1 + BEACON_OVERFLOW_BYTE] & BEACON_OVERFLOW_MASK) != 0;
    } else if (company == BEACON_COMPANY_ID && size == BEACON_IDENTIFIER_SIZE &&
               !seen->identifier) {
        seen->identifier = content;
    }
}

static void see(struct evidence *seen, const struct beacon_ad_field *field)
{
    switch (field->type) {
    case BCN_AD_UUIDS16_SOME:
    case BCN_AD_UUIDS16_ALL:
        see_uuids16(seen, field);
        break;
    case BCN_AD_UUIDS32_SOME:
    case BCN_AD_UUIDS32_ALL:
        see_uuids32(seen, field);
        break;
    case BCN_AD_UUIDS128_SOME:
    case BCN_AD_UUIDS128_ALL:
        see_uuids128(seen, field);
        break;
    case BCN_AD_MANUFACTURER:
        see_manufacturer(seen, field);
        break;
    case BCN_AD_TX_POWER:
        if (field->size == 1 && seen->tx_power_dbm == BEACON_TX_POWER_ABSENT)
            seen->tx_power_dbm = (int8_t)field->value[0];
        break;
    default:
        break;
    }
}

static enum beacon_advert_kind judge(const struct evidence *seen)
{
    if (seen->service && seen->identifier)
        return BEACON_ADVERT_ANDROID;
    if (seen->iphone_service)
        return BEACON_ADVERT_IPHONE_OPEN;
    if (seen->overflow_bit)
        return BEACON_ADVERT_IPHONE_BACKGROUND;
    return BEACON_ADVERT_OTHER;
}

void beacon_advert_recognise(const uint8_t *data, size_t size, struct beacon_advert_info *ret_info)
{
    struct evidence seen = {.tx_power_dbm = BEACON_TX_POWER_ABSENT};
    struct beacon_ad_walk walk = {.data = data, .size = size};
    struct beacon_ad_field field;
    int more;

    while ((more = bcn_ad_step(&walk, &field)) == 1)
        see(&seen, &field);
    memset(ret_info, 0, sizeof(*ret_info));
    ret_info->kind = judge(&seen);
    if (ret_info->kind == BEACON_ADVERT_ANDROID)
        memcpy(ret_info->identifier.bytes, seen.identifier, BEACON_IDENTIFIER_SIZE);
    ret_info->tx_power_dbm = seen.tx_power_dbm;
    ret_info->truncated = more == BEACON_ETRUNCATED;
}
