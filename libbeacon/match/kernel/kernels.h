/* SPDX-License-Identifier: MIT */
/* The kernels, each in a file named after its instruction set; CMake decides which are compiled in.
 */
#ifndef BCN_MATCH_KERNEL_KERNELS_H
#define BCN_MATCH_KERNEL_KERNELS_H

#include "base/cpu.h"
#include "match/kernel.h"

extern const struct bcn_kernel bcn_kernel_avx512;
extern const struct bcn_kernel bcn_kernel_shani;
extern const struct bcn_kernel bcn_kernel_avx2;
extern const struct bcn_kernel bcn_kernel_sha2;
extern const struct bcn_kernel bcn_kernel_neon;
extern const struct bcn_kernel bcn_kernel_portable;

#endif
