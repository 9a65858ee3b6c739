/* SPDX-License-Identifier: MIT */
/* What capability words mean, of machines that need not be this one. */
#include "base/cpu.h"

#include "check_main.h"

/* The bits of the manuals, by name. */
#define SSSE3   (UINT32_C(1) << 9)
#define SSE41   (UINT32_C(1) << 19)
#define OSXSAVE (UINT32_C(1) << 27)
#define AVX     (UINT32_C(1) << 28)
#define LEAF1   (SSSE3 | SSE41 | OSXSAVE | AVX)

#define AVX2    (UINT32_C(1) << 5)
#define AVX512F (UINT32_C(1) << 16)
#define SHA     (UINT32_C(1) << 29)
#define LEAF7   (AVX2 | AVX512F | SHA)

static const uint32_t everything = BCN_CPU_SSE41 | BCN_CPU_SHA | BCN_CPU_AVX2 | BCN_CPU_AVX512F;

START_TEST(a_processor_with_everything)
{
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7, 0xE7), everything);
    ck_assert_uint_eq(bcn_cpu_x86(UINT32_MAX, UINT32_MAX, UINT64_MAX), everything);
    ck_assert_uint_eq(bcn_cpu_x86(0, 0, 0), 0);
    ck_assert_uint_eq(bcn_cpu_x86(~LEAF1, ~LEAF7, UINT64_MAX), 0);
}
END_TEST

/* Registers that the operating system does not keep may not be used. */
START_TEST(the_system_keeps_the_registers)
{
    const uint32_t without = everything & ~(uint32_t)BCN_CPU_AVX512F;
    const uint32_t neither = BCN_CPU_SSE41 | BCN_CPU_SHA;

    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7, 0x07), without);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7, 0xC7), without); /* the masks */
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7, 0xA7), without); /* the upper halves */
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7, 0x67), without); /* the upper sixteen */
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7, 0xE3), neither);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7, 0xE5), neither);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7, 0), neither);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1 & ~OSXSAVE, LEAF7, 0xE7), neither);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1 & ~AVX, LEAF7, 0xE7), neither);
}
END_TEST

START_TEST(each_bit_counts)
{
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1 & ~SSSE3, LEAF7, 0xE7),
                      everything & ~(uint32_t)BCN_CPU_SSE41);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1 & ~SSE41, LEAF7, 0xE7),
                      everything & ~(uint32_t)BCN_CPU_SSE41);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7 & ~SHA, 0xE7), everything & ~(uint32_t)BCN_CPU_SHA);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7 & ~AVX2, 0xE7),
                      everything & ~(uint32_t)BCN_CPU_AVX2);
    ck_assert_uint_eq(bcn_cpu_x86(LEAF1, LEAF7 & ~AVX512F, 0xE7),
                      everything & ~(uint32_t)BCN_CPU_AVX512F);
}
END_TEST

START_TEST(arm_words)
{
    ck_assert_uint_eq(bcn_cpu_arm64(0), 0);
    ck_assert_uint_eq(bcn_cpu_arm64(1U << 1), BCN_CPU_NEON);
    ck_assert_uint_eq(bcn_cpu_arm64(1U << 1 | 1U << 6), BCN_CPU_NEON | BCN_CPU_SHA2);
    ck_assert_uint_eq(bcn_cpu_arm64(~(UINT64_C(1) << 1 | UINT64_C(1) << 6)), 0);
    ck_assert_uint_eq(bcn_cpu_arm(1U << 12), BCN_CPU_NEON);
    ck_assert_uint_eq(bcn_cpu_arm(~(UINT64_C(1) << 12)), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpu");
    TCase *tests = tcase_create("cpu");

    tcase_add_test(tests, a_processor_with_everything);
    tcase_add_test(tests, the_system_keeps_the_registers);
    tcase_add_test(tests, each_bit_counts);
    tcase_add_test(tests, arm_words);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
