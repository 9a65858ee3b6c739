/* SPDX-License-Identifier: MIT */
/* What every kernel knows of SHA-256 (FIPS 180-4): its constants, and those of our two messages. */
#ifndef BCN_MATCH_KERNEL_SHA256_H
#define BCN_MATCH_KERNEL_SHA256_H

#include <stdint.h>

/* Section 5.3.3: the hash before the first block. */
#define BCN_H0 UINT32_C(0x6a09e667)
#define BCN_H1 UINT32_C(0xbb67ae85)
#define BCN_H2 UINT32_C(0x3c6ef372)
#define BCN_H3 UINT32_C(0xa54ff53a)
#define BCN_H4 UINT32_C(0x510e527f)
#define BCN_H5 UINT32_C(0x9b05688c)
#define BCN_H6 UINT32_C(0x1f83d9ab)
#define BCN_H7 UINT32_C(0x5be0cd19)

static const uint32_t bcn_h[8] = {
    BCN_H0, BCN_H1, BCN_H2, BCN_H3, BCN_H4, BCN_H5, BCN_H6, BCN_H7,
};

/* Section 4.2.2: the constants of the rounds. */
// clang-format off
_Alignas(16) static const uint32_t bcn_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
// clang-format on

#define BCN_ROR(x, n)    ((x) >> (n) | (x) << (32 - (n)))
#define BCN_SIGMA0(x)    (BCN_ROR(x, 7) ^ BCN_ROR(x, 18) ^ (x) >> 3)
#define BCN_SIGMA1(x)    (BCN_ROR(x, 17) ^ BCN_ROR(x, 19) ^ (x) >> 10)
#define BCN_SUM0(x)      (BCN_ROR(x, 2) ^ BCN_ROR(x, 13) ^ BCN_ROR(x, 22))
#define BCN_SUM1(x)      (BCN_ROR(x, 6) ^ BCN_ROR(x, 11) ^ BCN_ROR(x, 25))
#define BCN_CH(x, y, z)  (((x) & (y)) ^ (~(x) & (z)))
#define BCN_MAJ(x, y, z) (((x) & (y)) ^ ((x) & (z)) ^ ((y) & (z)))

/*
 * Both messages fill one block, and both end in eight words known beforehand: for the next link of
 * a chain the padding alone, for the first the salt and the padding.
 */
struct bcn_tail {
    _Alignas(16) uint32_t word[8]; /* message words 8 … 15 */
    uint32_t schedule[16]; /* what they alone put into message words 16 … 31 (6.2.2, step 1) */
};

#define BCN_TAIL(w8, w9, w10, w11, w12, w13, w14, w15)                                             \
    {                                                                                              \
        {w8, w9, w10, w11, w12, w13, w14, w15},                                                    \
        {                                                                                          \
            BCN_SIGMA1(w14) + w9, BCN_SIGMA1(w15) + w10, w11, w12, w13, w14, w15, BCN_SIGMA0(w8),  \
                BCN_SIGMA0(w9) + w8, BCN_SIGMA0(w10) + w9, BCN_SIGMA0(w11) + w10,                  \
                BCN_SIGMA0(w12) + w11, BCN_SIGMA0(w13) + w12, BCN_SIGMA0(w14) + w13,               \
                BCN_SIGMA0(w15) + w14, w15                                                         \
        }                                                                                          \
    }

/* A message of 32 bytes: a one bit, and the length in bits. */
static const struct bcn_tail bcn_tail_next =
    BCN_TAIL(UINT32_C(0x80000000), UINT32_C(0), UINT32_C(0), UINT32_C(0), UINT32_C(0), UINT32_C(0),
             UINT32_C(0), UINT32_C(256));

/* A message of 45 bytes that ends in "bluzonesubkey". */
static const struct bcn_tail bcn_tail_first =
    BCN_TAIL(UINT32_C(0x626c757a), UINT32_C(0x6f6e6573), UINT32_C(0x75626b65), UINT32_C(0x79800000),
             UINT32_C(0), UINT32_C(0), UINT32_C(0), UINT32_C(360));

#endif
