/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 by instructions that work on one message, four messages at once: one's latency hides
 * behind the others'. The file that includes this says how it probes (see run.h) and what the
 * processor does:
 *
 *   vec                     four 32-bit words
 *   vec_load, vec_store     from and to memory, aligned to 16 bytes
 *   vec_add, vec_transpose(rows)
 *                           of four vectors
 *   order[2][4]             which working variables (a is 0) stand in the two halves of the state
 *   four_rounds(state, wk)  wk being their message words and constants
 *   four_words(w0, w1, w2, w3)
 *                           the next four message words after the sixteen given
 */
#define STREAMS 4

#include "each.h"
#include "sha256.h"

/* A message at work. */
struct chain {
    vec state[2];
    vec w[4]; /* the last 16 message words */
};

/* Words word[0] … word[3] of four messages side by side, as a vector for each message. */
INLINE void chains_gather(const uint32_t *words, const unsigned word[4], vec rows[4])
{
    EACH(rows[s] = vec_load(words + word[s] * BCN_GROUP_LANES));
    vec_transpose(rows);
}

INLINE void chains_scatter(uint32_t *words, const unsigned word[4], vec rows[4])
{
    vec_transpose(rows);
    EACH(vec_store(words + word[s] * BCN_GROUP_LANES, rows[s]));
}

/* The hash before the block, in the order of the state. */
INLINE vec chains_initial(const unsigned word[4])
{
    _Alignas(16)
        const uint32_t h[4] = {bcn_h[word[0]], bcn_h[word[1]], bcn_h[word[2]], bcn_h[word[3]]};

    return vec_load(h);
}

INLINE void chains_rounds(struct chain *x, unsigned i)
{
    four_rounds(x->state, vec_add(x->w[i % 4], vec_load(bcn_k + 4 * i)));
}

INLINE void chains_words(struct chain *x, unsigned i)
{
    x->w[i % 4] = four_words(x->w[i % 4], x->w[(i + 1) % 4], x->w[(i + 2) % 4], x->w[(i + 3) % 4]);
}

/* The digests of four messages side by side. */
INLINE void chains_compress(const uint32_t *in, uint32_t *out, const struct bcn_tail *tail)
{
    static const unsigned low[4] = {0, 1, 2, 3}, high[4] = {4, 5, 6, 7};
    const vec h[2] = {chains_initial(order[0]), chains_initial(order[1])};
    vec rows[4];
    struct chain x[4];

    chains_gather(in, low, rows);
    EACH(x[s].w[0] = rows[s]);
    chains_gather(in, high, rows);
    EACH(x[s].w[1] = rows[s]);
    EACH(x[s].w[2] = vec_load(tail->word));
    EACH(x[s].w[3] = vec_load(tail->word + 4));
    EACH(x[s].state[0] = h[0]);
    EACH(x[s].state[1] = h[1]);

#define ROUNDS(i) EACH(chains_rounds(&x[s], i))
#define WORDS(i)  EACH(chains_words(&x[s], i))
    ROUNDS(0);
    ROUNDS(1);
    ROUNDS(2);
    ROUNDS(3);
#define MORE(i)                                                                                    \
    WORDS(i);                                                                                      \
    ROUNDS(i)
    MORE(4);
    MORE(5);
    MORE(6);
    MORE(7);
    MORE(8);
    MORE(9);
    MORE(10);
    MORE(11);
    MORE(12);
    MORE(13);
    MORE(14);
    MORE(15);

    EACH(rows[s] = vec_add(x[s].state[0], h[0]));
    chains_scatter(out, order[0], rows);
    EACH(rows[s] = vec_add(x[s].state[1], h[1]));
    chains_scatter(out, order[1], rows);
}

#define GROUPS 1

INLINE void hash(const struct bcn_group *messages, struct bcn_group *digests, size_t lanes,
                 const struct bcn_tail *tail)
{
    for (size_t lane = 0; lane < lanes; lane += STREAMS)
        chains_compress(&messages->word[0][lane], &digests->word[0][lane], tail);
}

#include "run.h"
