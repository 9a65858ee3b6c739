/* SPDX-License-Identifier: MIT */
/* Reads the capability words of the machine, and says what they mean. */
#include "cpu.h"

#include <stdbool.h>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__linux__) && (defined(__aarch64__) || defined(__arm__))
#include <sys/auxv.h>
#endif

/* CPUID leaf 1, ecx. */
#define LEAF1_SSSE3   (UINT32_C(1) << 9)
#define LEAF1_SSE41   (UINT32_C(1) << 19)
#define LEAF1_OSXSAVE (UINT32_C(1) << 27)
#define LEAF1_AVX     (UINT32_C(1) << 28)

/* CPUID leaf 7, ebx. */
#define LEAF7_AVX2    (UINT32_C(1) << 5)
#define LEAF7_AVX512F (UINT32_C(1) << 16)
#define LEAF7_SHA     (UINT32_C(1) << 29)

/* XCR0: SSE and AVX; the masks, the upper halves of registers 0 … 15, and registers 16 … 31. */
#define XCR0_AVX    UINT64_C(0x06)
#define XCR0_AVX512 UINT64_C(0xE6)

uint32_t bcn_cpu_x86(uint32_t leaf1_ecx, uint32_t leaf7_ebx, uint64_t xcr0)
{
    uint64_t kept = leaf1_ecx & LEAF1_OSXSAVE ? xcr0 : 0;
    bool avx = (leaf1_ecx & LEAF1_AVX) && (kept & XCR0_AVX) == XCR0_AVX;
    uint32_t features = 0;

    if ((leaf1_ecx & LEAF1_SSSE3) && (leaf1_ecx & LEAF1_SSE41))
        features |= BCN_CPU_SSE41;
    if (leaf7_ebx & LEAF7_SHA)
        features |= BCN_CPU_SHA;
    if (avx && (leaf7_ebx & LEAF7_AVX2))
        features |= BCN_CPU_AVX2;
    if (avx && (leaf7_ebx & LEAF7_AVX512F) && (kept & XCR0_AVX512) == XCR0_AVX512)
        features |= BCN_CPU_AVX512F;
    return features;
}

/* Linux, arch/arm64/include/uapi/asm/hwcap.h. */
uint32_t bcn_cpu_arm64(uint64_t hwcap)
{
    const uint64_t asimd = UINT64_C(1) << 1, sha2 = UINT64_C(1) << 6;

    return (hwcap & asimd ? BCN_CPU_NEON : 0) | (hwcap & sha2 ? BCN_CPU_SHA2 : 0);
}

/* Linux, arch/arm/include/uapi/asm/hwcap.h. */
uint32_t bcn_cpu_arm(uint64_t hwcap)
{
    const uint64_t neon = UINT64_C(1) << 12;

    return hwcap & neon ? BCN_CPU_NEON : 0;
}

#if defined(__x86_64__)

/* Only where OSXSAVE is set: the instruction is undefined elsewhere. */
static uint64_t read_xcr0(void)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

uint32_t bcn_cpu_detect(void)
{
    uint32_t eax, ebx, ecx, edx, leaf1_ecx;

    if (!__get_cpuid(1, &eax, &ebx, &leaf1_ecx, &edx) ||
        !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
        return 0;
    return bcn_cpu_x86(leaf1_ecx, ebx, leaf1_ecx & LEAF1_OSXSAVE ? read_xcr0() : 0);
}

#elif defined(__linux__) && defined(__aarch64__)

uint32_t bcn_cpu_detect(void)
{
    return bcn_cpu_arm64(getauxval(AT_HWCAP));
}

#elif defined(__linux__) && defined(__arm__)

uint32_t bcn_cpu_detect(void)
{
    return bcn_cpu_arm(getauxval(AT_HWCAP));
}

#else

uint32_t bcn_cpu_detect(void)
{
    return 0;
}

#endif
