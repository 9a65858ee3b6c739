/* SPDX-License-Identifier: MIT */
/* The kernel for the SHA extensions of x86: four chains, one's latency hidden behind the others'.
 */
#include "probe.h"
#include "sha256.h"

#include <immintrin.h>

#define CHAINS 4

/* A chain at work: the variables in the order the instructions want them, and 16 message words. */
struct chain {
    __m128i abef, cdgh;
    __m128i w[4];
};

/* A step on each chain s. */
#define EACH(step)                                                                                 \
    do {                                                                                           \
        {                                                                                          \
            enum { s = 0 };                                                                        \
            step;                                                                                  \
        }                                                                                          \
        {                                                                                          \
            enum { s = 1 };                                                                        \
            step;                                                                                  \
        }                                                                                          \
        {                                                                                          \
            enum { s = 2 };                                                                        \
            step;                                                                                  \
        }                                                                                          \
        {                                                                                          \
            enum { s = 3 };                                                                        \
            step;                                                                                  \
        }                                                                                          \
    } while (0)

#define INLINE static inline __attribute__((always_inline))

INLINE __m128i load(const uint32_t *words)
{
    return _mm_loadu_si128((const __m128i *)(const void *)words);
}

/* Four rounds; wk is their message words and constants. */
INLINE void rounds(struct chain *x, __m128i wk)
{
    x->cdgh = _mm_sha256rnds2_epu32(x->cdgh, x->abef, wk);
    x->abef = _mm_sha256rnds2_epu32(x->abef, x->cdgh, _mm_shuffle_epi32(wk, 0x0E));
}

/* Message words 4 i … 4 i + 3 from the sixteen before them. */
INLINE void schedule(struct chain *x, unsigned i)
{
    __m128i w = _mm_sha256msg1_epu32(x->w[i % 4], x->w[(i + 1) % 4]);
    __m128i seven = _mm_alignr_epi8(x->w[(i + 3) % 4], x->w[(i + 2) % 4], 4);

    x->w[i % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(w, seven), x->w[(i + 3) % 4]);
}

INLINE void begin(struct chain *x, const struct bcn_tail *tail)
{
    x->abef = _mm_set_epi32((int)BCN_H0, (int)BCN_H1, (int)BCN_H4, (int)BCN_H5);
    x->cdgh = _mm_set_epi32((int)BCN_H2, (int)BCN_H3, (int)BCN_H6, (int)BCN_H7);
    x->w[2] = load(tail->word);
    x->w[3] = load(tail->word + 4);
}

INLINE void finish(struct chain *x)
{
    x->abef =
        _mm_add_epi32(x->abef, _mm_set_epi32((int)BCN_H0, (int)BCN_H1, (int)BCN_H4, (int)BCN_H5));
    x->cdgh =
        _mm_add_epi32(x->cdgh, _mm_set_epi32((int)BCN_H2, (int)BCN_H3, (int)BCN_H6, (int)BCN_H7));
}

INLINE void transpose(__m128i r[4])
{
    __m128i low01 = _mm_unpacklo_epi32(r[0], r[1]), high01 = _mm_unpackhi_epi32(r[0], r[1]);
    __m128i low23 = _mm_unpacklo_epi32(r[2], r[3]), high23 = _mm_unpackhi_epi32(r[2], r[3]);

    r[0] = _mm_unpacklo_epi64(low01, low23);
    r[1] = _mm_unpackhi_epi64(low01, low23);
    r[2] = _mm_unpacklo_epi64(high01, high23);
    r[3] = _mm_unpackhi_epi64(high01, high23);
}

/* Words w … w + 3 of four chains side by side, as a vector for each chain. */
INLINE void gather(const uint32_t *words, unsigned w, __m128i ret_rows[4])
{
    EACH(ret_rows[s] = load(words + (w + s) * BCN_GROUP_LANES));
    transpose(ret_rows);
}

/* The converse: element i of each chain's vector to word w[i]. */
INLINE void scatter(uint32_t *words, __m128i rows[4], const unsigned w[4])
{
    transpose(rows);
    EACH(_mm_storeu_si128((__m128i *)(void *)(words + w[s] * BCN_GROUP_LANES), rows[s]));
}

/* Four digests, of chains side by side. */
INLINE void compress(const uint32_t *in, uint32_t *out, const struct bcn_tail *tail)
{
    static const unsigned feba[4] = {5, 4, 1, 0}, hgdc[4] = {7, 6, 3, 2};
    struct chain x[CHAINS];
    __m128i rows[CHAINS];

    gather(in, 0, rows);
    EACH(x[s].w[0] = rows[s]);
    gather(in, 4, rows);
    EACH(x[s].w[1] = rows[s]);
    EACH(begin(&x[s], tail));

#define ROUNDS(i)   EACH(rounds(&x[s], _mm_add_epi32(x[s].w[(i) % 4], load(bcn_k + 4 * (i)))))
#define SCHEDULE(i) EACH(schedule(&x[s], i))
    ROUNDS(0);
    ROUNDS(1);
    ROUNDS(2);
    ROUNDS(3);
#define BOTH(i)                                                                                    \
    SCHEDULE(i);                                                                                   \
    ROUNDS(i)
    BOTH(4);
    BOTH(5);
    BOTH(6);
    BOTH(7);
    BOTH(8);
    BOTH(9);
    BOTH(10);
    BOTH(11);
    BOTH(12);
    BOTH(13);
    BOTH(14);
    BOTH(15);

    EACH(finish(&x[s]));
    EACH(rows[s] = x[s].abef);
    scatter(out, rows, feba);
    EACH(rows[s] = x[s].cdgh);
    scatter(out, rows, hgdc);
}

INLINE void hash(const struct bcn_group *messages, struct bcn_group *digests, size_t lanes,
                 const struct bcn_tail *tail)
{
    for (size_t lane = 0; lane < lanes; lane += CHAINS)
        compress(&messages->word[0][lane], &digests->word[0][lane], tail);
}

#define GROUPS 1
#define probe  bcn_probe
#include "run.h"

BCN_KERNEL(shani, CHAINS, BCN_CPU_SHA | BCN_CPU_SSE41);
