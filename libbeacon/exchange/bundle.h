/* SPDX-License-Identifier: MIT */
/* A bundle's header and records between memory and bytes, for its reader and its writer. */
#ifndef BCN_EXCHANGE_BUNDLE_H
#define BCN_EXCHANGE_BUNDLE_H

#include <beacon/bundle.h>

/* Records that are read, hashed and written at once. */
#define BCN_BUNDLE_BLOCK 1024

void bcn_bundle_encode_header(const struct beacon_bundle_info *info,
                              uint8_t ret_bytes[BEACON_BUNDLE_HEADER_SIZE]);

/* NULL and the info, or the name of the first field that is wrong; *ret_expected then says what it
 * should be, untranslated. */
const char *bcn_bundle_decode_header(const uint8_t bytes[BEACON_BUNDLE_HEADER_SIZE],
                                     struct beacon_bundle_info *ret_info,
                                     const char **ret_expected);

/* The same checks on an info that is to be written. */
const char *bcn_bundle_check_info(const struct beacon_bundle_info *info, const char **ret_expected);

/* What beacon_published_key_check would have had in place of what it refused, untranslated. */
const char *bcn_bundle_expected_of(int error);

void bcn_bundle_encode_record(const struct beacon_published_key *key,
                              uint8_t ret_bytes[BEACON_BUNDLE_RECORD_SIZE]);

/* NULL and the key, or what was expected of it, untranslated. */
const char *bcn_bundle_decode_record(const uint8_t bytes[BEACON_BUNDLE_RECORD_SIZE],
                                     struct beacon_published_key *ret_key);

#endif
