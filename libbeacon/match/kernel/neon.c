/* SPDX-License-Identifier: MIT */
/* The kernel for NEON: two times four lanes, or four where there are but sixteen registers. */
#include "probe.h"

#include <arm_neon.h>

typedef uint32x4_t vec;

#define VEC_LANES 4
#if defined(__aarch64__)
#define STREAMS 2
#else
#define STREAMS 1
#endif

#define vec_load(p)       vld1q_u32(p)
#define vec_store(p, x)   vst1q_u32(p, x)
#define vec_set(n)        vdupq_n_u32(n)
#define vec_add(x, y)     vaddq_u32(x, y)
#define vec_shr(x, n)     vshrq_n_u32(x, n)
#define vec_ror(x, n)     vsriq_n_u32(vshlq_n_u32(x, 32 - (n)), x, n)
#define vec_xor3(x, y, z) veorq_u32(veorq_u32(x, y), z)
#define vec_ch(x, y, z)   vbslq_u32(x, y, z)
/* Where x and y differ, z decides. */
#define vec_maj(x, y, z) vbslq_u32(veorq_u32(x, y), z, y)

#define probe bcn_probe
#include "lanes.h"

BCN_KERNEL(neon, LANES, BCN_CPU_NEON);
