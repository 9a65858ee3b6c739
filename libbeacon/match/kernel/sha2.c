/* SPDX-License-Identifier: MIT */
/* The kernel for the SHA-2 instructions of arm64. */
#include "probe.h"

#include <arm_neon.h>

typedef uint32x4_t vec;

#define vec_load(p)     vld1q_u32(p)
#define vec_store(p, x) vst1q_u32(p, x)
#define vec_add(x, y)   vaddq_u32(x, y)

static const unsigned order[2][4] = {{0, 1, 2, 3}, {4, 5, 6, 7}};

static inline void vec_transpose(vec rows[4])
{
    uint64x2_t even01 = vreinterpretq_u64_u32(vtrn1q_u32(rows[0], rows[1]));
    uint64x2_t even23 = vreinterpretq_u64_u32(vtrn1q_u32(rows[2], rows[3]));
    uint64x2_t odd01 = vreinterpretq_u64_u32(vtrn2q_u32(rows[0], rows[1]));
    uint64x2_t odd23 = vreinterpretq_u64_u32(vtrn2q_u32(rows[2], rows[3]));

    rows[0] = vreinterpretq_u32_u64(vtrn1q_u64(even01, even23));
    rows[1] = vreinterpretq_u32_u64(vtrn1q_u64(odd01, odd23));
    rows[2] = vreinterpretq_u32_u64(vtrn2q_u64(even01, even23));
    rows[3] = vreinterpretq_u32_u64(vtrn2q_u64(odd01, odd23));
}

static inline void four_rounds(vec state[2], vec wk)
{
    vec abcd = state[0];

    state[0] = vsha256hq_u32(abcd, state[1], wk);
    state[1] = vsha256h2q_u32(state[1], abcd, wk);
}

static inline vec four_words(vec w0, vec w1, vec w2, vec w3)
{
    return vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3);
}

#define probe bcn_probe
#include "chains.h"

BCN_KERNEL(sha2, STREAMS, BCN_CPU_NEON | BCN_CPU_SHA2);
