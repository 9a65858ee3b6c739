/* SPDX-License-Identifier: MIT */
/* Other people's SHA-256, one message at a time. */
#ifndef BENCH_HASHER_H
#define BENCH_HASHER_H

#include <stddef.h>
#include <stdint.h>

typedef void hash_fn(const uint8_t message[], size_t size, uint8_t ret_digest[32]);

hash_fn hash_libsodium;

/* NULL where OpenSSL was not there when this was built. */
extern hash_fn *const hash_openssl;

#endif
