/* SPDX-License-Identifier: MIT */
/* The kernel for AVX2: eight lanes; a second stream would not fit into sixteen registers. */
#include "probe.h"

#include <immintrin.h>

typedef __m256i vec;

#define VEC_LANES 8
#define STREAMS   1

#define vec_load(p)       _mm256_load_si256((const __m256i *)(const void *)(p))
#define vec_store(p, x)   _mm256_store_si256((__m256i *)(void *)(p), x)
#define vec_set(n)        _mm256_set1_epi32((int)(n))
#define vec_add(x, y)     _mm256_add_epi32(x, y)
#define vec_xor(x, y)     _mm256_xor_si256(x, y)
#define vec_and(x, y)     _mm256_and_si256(x, y)
#define vec_shr(x, n)     _mm256_srli_epi32(x, n)
#define vec_ror(x, n)     _mm256_or_si256(_mm256_srli_epi32(x, n), _mm256_slli_epi32(x, 32 - (n)))
#define vec_xor3(x, y, z) vec_xor(vec_xor(x, y), z)
#define vec_ch(x, y, z)   vec_xor(vec_and(vec_xor(y, z), x), z)
/* y ^ z is the x ^ y of the round before. */
#define vec_maj(x, y, z) vec_xor(vec_and(vec_xor(x, y), vec_xor(y, z)), y)

#define probe bcn_probe
#include "lanes.h"

BCN_KERNEL(avx2, LANES, BCN_CPU_AVX2);
