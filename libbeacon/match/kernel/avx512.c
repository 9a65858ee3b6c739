/* SPDX-License-Identifier: MIT */
/* The kernel for AVX-512, its foundation alone: twice sixteen lanes. */
#include "match/kernel.h"

#include <immintrin.h>

typedef __m512i vec;

#define VEC_LANES 16
#define STREAMS   2

#define vec_load(p)       _mm512_load_si512(p)
#define vec_store(p, x)   _mm512_store_si512(p, x)
#define vec_set(n)        _mm512_set1_epi32((int)(n))
#define vec_add(x, y)     _mm512_add_epi32(x, y)
#define vec_shr(x, n)     _mm512_srli_epi32(x, n)
#define vec_ror(x, n)     _mm512_ror_epi32(x, n)
#define vec_xor3(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define vec_ch(x, y, z)   _mm512_ternarylogic_epi32(x, y, z, 0xCA)
#define vec_maj(x, y, z)  _mm512_ternarylogic_epi32(x, y, z, 0xE8)
#define vec_or3(x, y, z)  _mm512_ternarylogic_epi32(x, y, z, 0xFE)

/* 1 << (n % 32) in every lane. */
static inline vec bit(vec n)
{
    return _mm512_rolv_epi32(vec_set(1), n);
}

/*
 * See run.h. Without a branch for hits, which come too seldom to be foreseen: a mistake would throw
 * away what has been done of the next batch.
 */
static inline size_t probe(const struct bcn_group *group, size_t k, size_t count,
                           const struct bcn_filter *filter, uint32_t *ret_hits)
{
    const vec lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    vec word4 = vec_load(group->word[4]), word5 = vec_load(group->word[5]);
    vec f = vec_ch(vec_set(0xFF00FF00), word4, vec_shr(word5, 8)); /* bcn_fingerprint */
    vec bits = vec_or3(bit(f), bit(vec_shr(f, 5)), bit(vec_shr(f, 10)));
    vec at = _mm512_srl_epi32(f, _mm_cvtsi32_si128((int)filter->shift));
    vec missing = _mm512_andnot_si512(_mm512_i32gather_epi32(at, filter->dwords, 4), bits);
    vec index = vec_add(lane, vec_set(k));
    __mmask16 hits = _mm512_testn_epi32_mask(missing, missing);

    if (k + VEC_LANES <= count) {
        /* No more than k hits before these: there is room for a whole vector. */
        _mm512_storeu_si512(ret_hits, _mm512_maskz_compress_epi32(hits, index));
    } else {
        hits = (__mmask16)(hits & ((1U << (count - k)) - 1));
        _mm512_mask_compressstoreu_epi32(ret_hits, hits, index);
    }
    return (size_t)__builtin_popcount(hits);
}

#include "lanes.h"

BCN_KERNEL(avx512, LANES, BCN_CPU_AVX2 | BCN_CPU_AVX512F);
