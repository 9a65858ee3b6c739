/* SPDX-License-Identifier: MIT */
/* The kernel for the SHA extensions of x86. */
#include "probe.h"

#include <immintrin.h>

typedef __m128i vec;

#define vec_load(p)     _mm_load_si128((const __m128i *)(const void *)(p))
#define vec_store(p, x) _mm_store_si128((__m128i *)(void *)(p), x)
#define vec_add(x, y)   _mm_add_epi32(x, y)

/* Lowest element first; Intel writes the halves the other way round, ABEF and CDGH. */
static const unsigned order[2][4] = {{5, 4, 1, 0}, {7, 6, 3, 2}};

static inline void vec_transpose(vec rows[4])
{
    vec low01 = _mm_unpacklo_epi32(rows[0], rows[1]), high01 = _mm_unpackhi_epi32(rows[0], rows[1]);
    vec low23 = _mm_unpacklo_epi32(rows[2], rows[3]), high23 = _mm_unpackhi_epi32(rows[2], rows[3]);

    rows[0] = _mm_unpacklo_epi64(low01, low23);
    rows[1] = _mm_unpackhi_epi64(low01, low23);
    rows[2] = _mm_unpacklo_epi64(high01, high23);
    rows[3] = _mm_unpackhi_epi64(high01, high23);
}

/* Two rounds an instruction, each of which leaves in one half what was in the other. */
static inline void four_rounds(vec state[2], vec wk)
{
    state[1] = _mm_sha256rnds2_epu32(state[1], state[0], wk);
    state[0] = _mm_sha256rnds2_epu32(state[0], state[1], _mm_shuffle_epi32(wk, 0x0E));
}

static inline vec four_words(vec w0, vec w1, vec w2, vec w3)
{
    vec seven_before = _mm_alignr_epi8(w3, w2, 4);

    return _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), seven_before), w3);
}

#define probe bcn_probe
#include "chains.h"

BCN_KERNEL(shani, STREAMS, BCN_CPU_SHA | BCN_CPU_SSE41);
