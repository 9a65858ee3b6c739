/* SPDX-License-Identifier: MIT */
/*
 * EACH(step): a step on each stream s < STREAMS (1, 2 or 4), written out, since gcc leaves short
 * loops standing at -O2, and with them in memory what should be in registers.
 */
#ifndef BCN_MATCH_KERNEL_EACH_H
#define BCN_MATCH_KERNEL_EACH_H

#define INLINE static inline __attribute__((always_inline))

#define EACH_ONE(number, step)                                                                     \
    {                                                                                              \
        enum { s = number };                                                                       \
        step;                                                                                      \
    }

#if STREAMS == 1
#define EACH(step)                                                                                 \
    do {                                                                                           \
        EACH_ONE(0, step)                                                                          \
    } while (0)
#elif STREAMS == 2
#define EACH(step)                                                                                 \
    do {                                                                                           \
        EACH_ONE(0, step)                                                                          \
        EACH_ONE(1, step)                                                                          \
    } while (0)
#else
#define EACH(step)                                                                                 \
    do {                                                                                           \
        EACH_ONE(0, step)                                                                          \
        EACH_ONE(1, step)                                                                          \
        EACH_ONE(2, step)                                                                          \
        EACH_ONE(3, step)                                                                          \
    } while (0)
#endif

#endif
