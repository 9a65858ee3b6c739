/* SPDX-License-Identifier: MIT */
/* Which of the instruction sets that matter here the processor and the operating system offer. */
#ifndef BCN_BASE_CPU_H
#define BCN_BASE_CPU_H

#include <stdint.h>

enum bcn_cpu {
    BCN_CPU_SSE41 = 1 << 0, /* and SSSE3 */
    BCN_CPU_SHA = 1 << 1,
    BCN_CPU_AVX2 = 1 << 2,    /* and the system keeps the upper halves of the registers */
    BCN_CPU_AVX512F = 1 << 3, /* and the system keeps all of the 32 registers and the masks */
    BCN_CPU_NEON = 1 << 4,
    BCN_CPU_SHA2 = 1 << 5,
};

/*
 * From what CPUID answers (leaf 1 ecx; leaf 7, sub-leaf 0, ebx) and the register XCR0, which can be
 * read, and counts, only where leaf 1 ecx has OSXSAVE (Intel SDM volume 1, 13.3, 14.3 and 15.2).
 */
uint32_t bcn_cpu_x86(uint32_t leaf1_ecx, uint32_t leaf7_ebx, uint64_t xcr0);

/* From the word that Linux hands to a process, AT_HWCAP: 64-bit and 32-bit ARM number its bits
 * apart. */
uint32_t bcn_cpu_arm64(uint64_t hwcap);
uint32_t bcn_cpu_arm(uint64_t hwcap);

/* Of the machine this runs on; 0 where that cannot be told. */
uint32_t bcn_cpu_detect(void);

#endif
