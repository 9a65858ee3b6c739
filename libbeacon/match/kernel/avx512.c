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

/*
 * Probing in three steps. A filter's dwords are looked up one by one, beside the rounds of the
 * batch that follows: a gather, or all of them in a row, would stop the arithmetic for as long as
 * it takes.
 */
struct work {
    _Alignas(64) uint32_t fingerprint[BCN_GROUP_LANES * STREAMS];
    uint32_t at[BCN_GROUP_LANES * STREAMS];
    uint32_t found[BCN_GROUP_LANES * STREAMS];
    const uint32_t *dwords;
};

#define BESIDE(work, i) ((work)->found[i] = (work)->dwords[(work)->at[i]])

#include "lanes.h"

_Static_assert(LANES == 32 && VEC_LANES == BCN_GROUP_LANES, "a lookup a round, a stream a group");

/* What to look up for digests. */
INLINE void probe_begin(struct work *work, const struct bcn_group *digests, unsigned shift)
{
    for (unsigned s = 0; s < STREAMS; s++) {
        vec word4 = vec_load(digests[s].word[4]), word5 = vec_load(digests[s].word[5]);
        vec f = vec_ch(vec_set(0xFF00FF00), word4, vec_shr(word5, 8)); /* bcn_fingerprint */

        vec_store(work->fingerprint + s * VEC_LANES, f);
        vec_store(work->at + s * VEC_LANES, _mm512_srl_epi32(f, _mm_cvtsi32_si128((int)shift)));
    }
}

/* 1 << (n % 32) in every lane. */
INLINE vec bit(vec n)
{
    return _mm512_rolv_epi32(vec_set(1), n);
}

/*
 * Whether what was looked up holds the fingerprints of chains k … k + LANES - 1, as far as they are
 * less than count. Without a branch for hits, which come too seldom to be foreseen.
 */
INLINE size_t probe_end(const struct work *work, size_t k, size_t count, uint32_t *ret_hits)
{
    const vec lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    size_t n = 0;

    for (unsigned s = 0; s < STREAMS && k < count; s++, k += VEC_LANES) {
        vec f = vec_load(work->fingerprint + s * VEC_LANES);
        vec bits = vec_or3(bit(f), bit(vec_shr(f, 5)), bit(vec_shr(f, 10)));
        vec missing = _mm512_andnot_si512(vec_load(work->found + s * VEC_LANES), bits);
        vec index = vec_add(lane, vec_set(k));
        __mmask16 hits = _mm512_testn_epi32_mask(missing, missing);

        if (k + VEC_LANES <= count) {
            /* No more than k hits before these: there is room for a whole vector. */
            _mm512_storeu_si512(ret_hits + n, _mm512_maskz_compress_epi32(hits, index));
        } else {
            hits = (__mmask16)(hits & ((1U << (count - k)) - 1));
            _mm512_mask_compressstoreu_epi32(ret_hits + n, hits, index);
        }
        n += (size_t)__builtin_popcount(hits);
    }
    return n;
}

INLINE size_t run(const struct bcn_group *messages, struct bcn_group *digests, size_t count,
                  const struct bcn_tail *tail, const struct bcn_filter *filter, uint32_t *ret_hits)
{
    static const uint32_t nothing = 0;
    struct work work = {.dwords = filter ? filter->dwords : &nothing};
    size_t hits = 0, before = 0;

    for (size_t k = 0; k < count; before = k, k += LANES) {
        const struct bcn_group *in = &messages[k / BCN_GROUP_LANES];
        struct bcn_group *out = &digests[k / BCN_GROUP_LANES];

        lanes_compress((const uint32_t *[]){in[0].word[0], in[1].word[0]},
                       (uint32_t *[]){out[0].word[0], out[1].word[0]}, tail, &work);
        if (!filter)
            continue;
        if (k > 0)
            hits += probe_end(&work, before, count, ret_hits + hits);
        probe_begin(&work, out, filter->shift);
    }
    if (filter && count > 0) {
        for (unsigned i = 0; i < LANES; i++)
            BESIDE(&work, i);
        hits += probe_end(&work, before, count, ret_hits + hits);
    }
    return hits;
}

#include "calls.h"

BCN_KERNEL(avx512, LANES, BCN_CPU_AVX2 | BCN_CPU_AVX512F);
