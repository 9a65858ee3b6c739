/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 of many messages side by side, lane k of every vector belonging to message k. The file
 * that includes this says what a vector is:
 *
 *   vec, VEC_LANES          the type, and its 32-bit lanes
 *   STREAMS                 vectors worked on at once, 1 or 2: one's latency hides behind the other
 *   vec_load, vec_store     from and to VEC_LANES words in memory
 *   vec_set(n)              n in every lane
 *   vec_add, vec_xor3, vec_ch, vec_maj, vec_ror(x, n), vec_shr(x, n)
 *
 * A file that has small pieces of other work says so as well, and makes its own function run; the
 * others say how they probe (see run.h).
 *
 *   BESIDE(work, i)         what else to do in each of rounds 32 … 63, i counting from 0: it costs
 * next to nothing there, where only the vectors' arithmetic is short
 */
#include "each.h"
#include "sha256.h"

#define LANES (STREAMS * VEC_LANES)

#ifdef BESIDE
#define HAS_RUN
#else
struct work;
#define BESIDE(work, i) (void)(work)
#endif

/* A stream at work. */
struct lanes {
    vec v[8]; /* the working variables: in round t, a is v[-t % 8], b is v[(1 - t) % 8], … */
    vec *w;   /* the last 16 message words */
};

INLINE vec lanes_sigma0(vec x)
{
    return vec_xor3(vec_ror(x, 7), vec_ror(x, 18), vec_shr(x, 3));
}

INLINE vec lanes_sigma1(vec x)
{
    return vec_xor3(vec_ror(x, 17), vec_ror(x, 19), vec_shr(x, 10));
}

/* Round t. h is what the round adds to the functions of the other variables: h, word, constant. */
INLINE void lanes_round(struct lanes *x, unsigned t, vec h)
{
    vec a = x->v[-t % 8], b = x->v[(1 - t) % 8], c = x->v[(2 - t) % 8];
    vec e = x->v[(4 - t) % 8], f = x->v[(5 - t) % 8], g = x->v[(6 - t) % 8];
    vec sum1 = vec_xor3(vec_ror(e, 6), vec_ror(e, 11), vec_ror(e, 25));
    vec sum0 = vec_xor3(vec_ror(a, 2), vec_ror(a, 13), vec_ror(a, 22));
    vec t1 = vec_add(vec_add(h, vec_ch(e, f, g)), sum1);

    x->v[(3 - t) % 8] = vec_add(x->v[(3 - t) % 8], t1);
    x->v[(7 - t) % 8] = vec_add(vec_add(t1, vec_maj(a, b, c)), sum0);
}

/* Round 0, where every variable is known but the message word. */
INLINE void lanes_round0(struct lanes *x, vec w)
{
    const uint32_t t1 = BCN_H7 + BCN_SUM1(BCN_H4) + BCN_CH(BCN_H4, BCN_H5, BCN_H6) + bcn_k[0];
    const uint32_t t2 = BCN_SUM0(BCN_H0) + BCN_MAJ(BCN_H0, BCN_H1, BCN_H2);

    x->v[0] = vec_set(BCN_H0);
    x->v[1] = vec_set(BCN_H1);
    x->v[2] = vec_set(BCN_H2);
    x->v[3] = vec_add(w, vec_set(BCN_H3 + t1));
    x->v[4] = vec_set(BCN_H4);
    x->v[5] = vec_set(BCN_H5);
    x->v[6] = vec_set(BCN_H6);
    x->v[7] = vec_add(w, vec_set(t1 + t2));
}

/* Rounds 0 … 15: a message word from memory, then the tail. */
INLINE void lanes_begin(struct lanes *x, unsigned t, const uint32_t *in,
                        const struct bcn_tail *tail)
{
    if (t < 8)
        x->w[t] = vec_load(in + t * BCN_GROUP_LANES);
    if (t == 0)
        lanes_round0(x, x->w[0]);
    else if (t < 4)
        lanes_round(x, t, vec_add(x->w[t], vec_set(bcn_h[7 - t] + bcn_k[t])));
    else if (t < 8)
        lanes_round(x, t, vec_add(vec_add(x->v[(7 - t) % 8], x->w[t]), vec_set(bcn_k[t])));
    else
        lanes_round(x, t, vec_add(x->v[(7 - t) % 8], vec_set(tail->word[t - 8] + bcn_k[t])));
}

/* A round with its message word new. */
INLINE void lanes_word(struct lanes *x, unsigned i, const uint32_t *k, vec w)
{
    x->w[i] = w;
    lanes_round(x, i, vec_add(vec_add(x->v[(7 - i) % 8], w), vec_set(k[i])));
}

/* Rounds 16 … 31, i less 16: whatever comes from the tail alone is in its schedule. */
INLINE void lanes_middle(struct lanes *x, unsigned i, const struct bcn_tail *tail)
{
    vec w = i < 8 ? x->w[i] : lanes_sigma1(x->w[i - 2]);

    if (i < 7 || i == 15)
        w = vec_add(w, lanes_sigma0(x->w[(i + 1) % 16]));
    if (i >= 7)
        w = vec_add(w, x->w[(i + 9) % 16]);
    if (i >= 2 && i < 8)
        w = vec_add(w, lanes_sigma1(x->w[i - 2]));
    if (tail->schedule[i] != 0)
        w = vec_add(w, vec_set(tail->schedule[i]));
    lanes_word(x, i, bcn_k + 16, w);
}

/* Rounds 32 … 63, i modulo 16. */
INLINE void lanes_end(struct lanes *x, unsigned i, const uint32_t *k)
{
    vec w = vec_add(x->w[i], x->w[(i + 9) % 16]);

    w = vec_add(w, lanes_sigma0(x->w[(i + 1) % 16]));
    w = vec_add(w, lanes_sigma1(x->w[(i + 14) % 16]));
    lanes_word(x, i, k, w);
}

/* Adds the hash before the block, and stores word j of the digests. */
INLINE void lanes_finish(struct lanes *x, unsigned j, uint32_t *out)
{
    vec_store(out + j * BCN_GROUP_LANES, vec_add(x->v[j], vec_set(bcn_h[j])));
}

/* Eight steps in a row, written out for the reason given in each.h. */
#define EIGHT(step, i)                                                                             \
    step((i) + 0);                                                                                 \
    step((i) + 1);                                                                                 \
    step((i) + 2);                                                                                 \
    step((i) + 3);                                                                                 \
    step((i) + 4);                                                                                 \
    step((i) + 5);                                                                                 \
    step((i) + 6);                                                                                 \
    step((i) + 7)
#define BEGIN(i)  EACH(lanes_begin(&x[s], i, in[s], tail))
#define MIDDLE(i) EACH(lanes_middle(&x[s], i, tail))
#define END(i)                                                                                     \
    EACH(lanes_end(&x[s], i, k));                                                                  \
    BESIDE(work, (unsigned)(k - bcn_k) - 32 + (i))
#define FINISH(i) EACH(lanes_finish(&x[s], i, out[s]))

/* The digests of LANES messages, each word of them BCN_GROUP_LANES behind the one before. */
INLINE void lanes_compress(const uint32_t *const in[STREAMS], uint32_t *const out[STREAMS],
                           const struct bcn_tail *tail, struct work *work)
{
    struct lanes x[STREAMS];
    vec words[STREAMS][16];

    EACH(x[s].w = words[s]);
    EIGHT(BEGIN, 0);
    EIGHT(BEGIN, 8);
    EIGHT(MIDDLE, 0);
    EIGHT(MIDDLE, 8);
    for (const uint32_t *k = bcn_k + 32; k < bcn_k + 64; k += 16) {
        EIGHT(END, 0);
        EIGHT(END, 8);
    }
    EIGHT(FINISH, 0);
}

#ifndef HAS_RUN

#define GROUPS 1

INLINE void hash(const struct bcn_group *messages, struct bcn_group *digests, size_t lanes,
                 const struct bcn_tail *tail)
{
    for (size_t k = 0; k < lanes; k += LANES) {
        const uint32_t *in[STREAMS];
        uint32_t *out[STREAMS];

        EACH(in[s] = &messages->word[0][k + s * VEC_LANES]);
        EACH(out[s] = &digests->word[0][k + s * VEC_LANES]);
        lanes_compress(in, out, tail, NULL);
    }
}

#include "run.h"

#endif
