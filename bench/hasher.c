/* SPDX-License-Identifier: MIT */
/* Other people's SHA-256, one message at a time. */
#define OPENSSL_API_COMPAT 0x10100000L /* its fast interface, without a warning */
#include "hasher.h"

#include <sodium.h>

void hash_libsodium(const uint8_t message[], size_t size, uint8_t ret_digest[32])
{
    crypto_hash_sha256(ret_digest, message, size);
}

#ifdef BENCH_OPENSSL
#include <openssl/sha.h>

static void hash_with_openssl(const uint8_t message[], size_t size, uint8_t ret_digest[32])
{
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Update(&context, message, size);
    SHA256_Final(ret_digest, &context);
}

hash_fn *const hash_openssl = hash_with_openssl;
#else
hash_fn *const hash_openssl = NULL;
#endif
