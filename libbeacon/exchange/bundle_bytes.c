/* SPDX-License-Identifier: MIT */
/* A bundle's header and records between memory and bytes, for its reader and its writer. */
#include "exchange/bundle.h"

#include "base/text.h"

#include <string.h>

#define VERSION     1
#define FLAG_SIGNED 1

static const uint8_t magic[8] = {BEACON_BUNDLE_FIRST_BYTE, 'B', 'Z', 'K', '\r', '\n', 0x1A, '\n'};

static void store_le(uint8_t *bytes, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t load_le(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;

    for (size_t i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    uint8_t any = 0;

    for (size_t i = 0; i < size; i++)
        any |= bytes[i];
    return any == 0;
}

static bool is_region(const char region[BEACON_BUNDLE_REGION_MAX + 1])
{
    size_t length = strnlen(region, BEACON_BUNDLE_REGION_MAX + 1);

    if (length < 1 || length > BEACON_BUNDLE_REGION_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(region[i]) && region[i] != '-')
            return false;
    return true;
}

const char *bcn_bundle_check_info(const struct beacon_bundle_info *info, const char **ret_expected)
{
    const uint64_t overhead = BEACON_BUNDLE_HEADER_SIZE + BEACON_BUNDLE_TRAILER_SIZE;

    if (info->records > ((uint64_t)INT64_MAX - overhead) / BEACON_BUNDLE_RECORD_SIZE) {
        *ret_expected = N_("a number of records that a file can hold");
        return "records";
    }
    if (info->created_s < BEACON_TIME_MIN_MS / 1000 ||
        info->created_s >= BEACON_TIME_END_MS / 1000) {
        *ret_expected = N_("a time in the years 2020 to 2100");
        return "created";
    }
    if (info->expires_s <= info->created_s || info->expires_s >= BEACON_TIME_END_MS / 1000) {
        *ret_expected = N_("a time after the creation, up to the year 2100");
        return "expires";
    }
    if (!is_region(info->region)) {
        *ret_expected = N_("1 to 16 letters, digits or hyphens");
        return "region";
    }
    return NULL;
}

void bcn_bundle_encode_header(const struct beacon_bundle_info *info,
                              uint8_t ret_bytes[BEACON_BUNDLE_HEADER_SIZE])
{
    memset(ret_bytes, 0, BEACON_BUNDLE_HEADER_SIZE);
    memcpy(ret_bytes, magic, sizeof(magic));
    store_le(ret_bytes + 8, VERSION, 2);
    store_le(ret_bytes + 10, BEACON_BUNDLE_HEADER_SIZE, 2);
    store_le(ret_bytes + 12, BEACON_BUNDLE_RECORD_SIZE, 2);
    store_le(ret_bytes + 14, info->is_signed ? FLAG_SIGNED : 0, 2);
    store_le(ret_bytes + 16, info->records, 8);
    store_le(ret_bytes + 24, (uint64_t)info->created_s, 8);
    store_le(ret_bytes + 32, (uint64_t)info->expires_s, 8);
    memcpy(ret_bytes + 40, info->region, strnlen(info->region, BEACON_BUNDLE_REGION_MAX));
    memcpy(ret_bytes + 56, info->signer.bytes, sizeof(info->signer.bytes));
}

/* The fields that have one right value. */
static const char *check_frame(const uint8_t *bytes, const char **ret_expected)
{
    if (memcmp(bytes, magic, sizeof(magic)) != 0) {
        *ret_expected = N_("the first bytes of a key bundle");
        return "magic";
    }
    if (load_le(bytes + 8, 2) != VERSION) {
        *ret_expected = N_("version 1, the only one known here");
        return "version";
    }
    if (load_le(bytes + 10, 2) != BEACON_BUNDLE_HEADER_SIZE) {
        *ret_expected = N_("a header of 128 bytes");
        return "header size";
    }
    if (load_le(bytes + 12, 2) != BEACON_BUNDLE_RECORD_SIZE) {
        *ret_expected = N_("records of 56 bytes");
        return "record size";
    }
    if (load_le(bytes + 14, 2) > FLAG_SIGNED) {
        *ret_expected = N_("no flag but bit 0, signed");
        return "flags";
    }
    if (!all_zero(bytes + 88, 40)) {
        *ret_expected = N_("zero bytes");
        return "reserved";
    }
    return NULL;
}

const char *bcn_bundle_decode_header(const uint8_t bytes[BEACON_BUNDLE_HEADER_SIZE],
                                     struct beacon_bundle_info *ret_info, const char **ret_expected)
{
    const char *wrong = check_frame(bytes, ret_expected);
    struct beacon_bundle_info info = {.records = load_le(bytes + 16, 8),
                                      .created_s = (int64_t)load_le(bytes + 24, 8),
                                      .expires_s = (int64_t)load_le(bytes + 32, 8),
                                      .is_signed = load_le(bytes + 14, 2) == FLAG_SIGNED};
    size_t length;

    if (wrong)
        return wrong;
    memcpy(info.region, bytes + 40, BEACON_BUNDLE_REGION_MAX);
    memcpy(info.signer.bytes, bytes + 56, sizeof(info.signer.bytes));
    wrong = bcn_bundle_check_info(&info, ret_expected);
    if (wrong)
        return wrong;
    length = strlen(info.region);
    if (!all_zero(bytes + 40 + length, BEACON_BUNDLE_REGION_MAX - length)) {
        *ret_expected = N_("1 to 16 letters, digits or hyphens");
        return "region";
    }
    if (!info.is_signed && !all_zero(info.signer.bytes, sizeof(info.signer.bytes))) {
        *ret_expected = N_("zero bytes, since the bundle is not signed");
        return "signer";
    }
    *ret_info = info;
    return NULL;
}

const char *bcn_bundle_expected_of(int error)
{
    switch (error) {
    case BEACON_ESLOTS:
        return N_("a whole number of slots that divides the day, 1 to 1440");
    case BEACON_ESPAN:
        return N_("an end not before the start and at most 400 days after it");
    default:
        return N_("times in the years 2020 to 2100");
    }
}

void bcn_bundle_encode_record(const struct beacon_published_key *key,
                              uint8_t ret_bytes[BEACON_BUNDLE_RECORD_SIZE])
{
    memcpy(ret_bytes, key->daily_key.bytes, sizeof(key->daily_key.bytes));
    store_le(ret_bytes + 32, key->slots_per_day, 4);
    store_le(ret_bytes + 36, 0, 4);
    store_le(ret_bytes + 40, (uint64_t)key->start_ms, 8);
    store_le(ret_bytes + 48, (uint64_t)key->end_ms, 8);
}

const char *bcn_bundle_decode_record(const uint8_t bytes[BEACON_BUNDLE_RECORD_SIZE],
                                     struct beacon_published_key *ret_key)
{
    struct beacon_published_key key = {.slots_per_day = (uint32_t)load_le(bytes + 32, 4),
                                       .start_ms = (int64_t)load_le(bytes + 40, 8),
                                       .end_ms = (int64_t)load_le(bytes + 48, 8)};
    int error = beacon_published_key_check(&key);

    if (error != 0)
        return bcn_bundle_expected_of(error);
    if (!all_zero(bytes + 36, 4))
        return N_("zero bytes");
    memcpy(key.daily_key.bytes, bytes, sizeof(key.daily_key.bytes));
    *ret_key = key;
    return NULL;
}
