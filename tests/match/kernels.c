/* SPDX-License-Identifier: MIT */
/*
 * Every kernel this machine can run against the portable one, and that one against libsodium; the
 * memory around what a kernel is given is watched. BEACON_KERNEL or the argument names the only one
 * to be tried.
 */
#include <beacon/identity.h>

#include "base/cpu.h"
#include "check_main.h"
#include "size.h"
#include "match/kernel.h"
#include "vectors.h"

#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#define SKIPPED 77 /* the exit status that says so */

/* Lengths tried: four times the padding and three more, and room for their padding. */
#define COUNT_MAX  (4 * BCN_PAD_LANES + 3)
#define LANES_MAX  (5 * BCN_PAD_LANES)
#define GROUPS_MAX (LANES_MAX / BCN_GROUP_LANES)

static const struct bcn_kernel *usable[16];
static size_t usable_count;

/* Memory that ends at a page no one may touch, as the one before it; the rest of it is a canary. */
struct fence {
    uint8_t *start, *end;
    uint8_t *data;
    size_t size;
};

#define CANARY 0xA5

static struct fence fence_new(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = (size + page - 1) / page * page;
    uint8_t *base =
        mmap(NULL, inner + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_ne(base, MAP_FAILED);
    ck_assert_int_eq(mprotect(base, page, PROT_NONE), 0);
    ck_assert_int_eq(mprotect(base + page + inner, page, PROT_NONE), 0);
    return (struct fence){.start = base + page, .end = base + page + inner};
}

/* `size` bytes that end `slack` bytes before the forbidden page. */
static void *fence_place(struct fence *fence, size_t size, size_t slack)
{
    memset(fence->start, CANARY, (size_t)(fence->end - fence->start));
    fence->data = fence->end - slack - size;
    fence->size = size;
    return fence->data;
}

static bool is_canary(const uint8_t *from, const uint8_t *to)
{
    return from == to || (*from == CANARY && memcmp(from, from + 1, (size_t)(to - from) - 1) == 0);
}

static void fence_check(const struct fence *fence)
{
    if (!is_canary(fence->start, fence->data) || !is_canary(fence->data + fence->size, fence->end))
        ck_abort_msg("written outside of what was given");
}

static void fence_free(struct fence *fence)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    munmap(fence->start - page, (size_t)(fence->end - fence->start) + 2 * page);
}

/* What every test works on: messages, their digests by the portable kernel, and what a filter knows
 * those by. Index 0 is for `next`, 1 for `first`. */
static struct bcn_group messages[GROUPS_MAX];
static struct bcn_group digests[2][GROUPS_MAX];
static uint32_t fingerprints[2][LANES_MAX];
static struct fence in_fence, out_fence, hits_fence, filter_fence;

/* Repeatable, and as good as chance here. */
static uint32_t random_word(void)
{
    static uint64_t state = 0x9E3779B97F4A7C15;

    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 32);
}

static uint32_t *word_of(struct bcn_group *groups, size_t k, unsigned w)
{
    return &groups[k / BCN_GROUP_LANES].word[w][k % BCN_GROUP_LANES];
}

static void put_bytes(struct bcn_group *groups, size_t k, const uint8_t bytes[32])
{
    for (unsigned w = 0; w < 8; w++)
        *word_of(groups, k, w) = (uint32_t)bytes[4 * w] << 24 | (uint32_t)bytes[4 * w + 1] << 16 |
                                 (uint32_t)bytes[4 * w + 2] << 8 | bytes[4 * w + 3];
}

static void get_bytes(struct bcn_group *groups, size_t k, uint8_t ret_bytes[32])
{
    for (unsigned i = 0; i < 32; i++)
        ret_bytes[i] = (uint8_t)(*word_of(groups, k, i / 4) >> (24 - 8 * (i % 4)));
}

static size_t padded(size_t count)
{
    return (count + BCN_PAD_LANES - 1) / BCN_PAD_LANES * BCN_PAD_LANES;
}

static void setup(void)
{
    const struct bcn_kernel *portable = bcn_kernel_choose(0, "portable");

    for (size_t k = 0; k < LANES_MAX; k++)
        for (unsigned w = 0; w < 8; w++)
            *word_of(messages, k, w) = random_word();
    memcpy(digests[0], messages, sizeof(messages));
    portable->next(digests[0], LANES_MAX, NULL, NULL);
    portable->first(messages, digests[1], LANES_MAX, NULL, NULL);

    for (unsigned call = 0; call < 2; call++)
        for (size_t k = 0; k < LANES_MAX; k++) {
            struct beacon_sub_key sub_key;
            struct beacon_identifier id;

            get_bytes(digests[call], k, sub_key.bytes);
            beacon_sub_key_identifier(&sub_key, &id);
            fingerprints[call][k] = (uint32_t)id.bytes[4] << 24 | (uint32_t)id.bytes[6] << 16 |
                                    (uint32_t)id.bytes[5] << 8 | id.bytes[7];
        }

    in_fence = fence_new(sizeof(messages) + sizeof(struct bcn_group));
    out_fence = fence_new(sizeof(messages) + sizeof(struct bcn_group));
    hits_fence = fence_new(COUNT_MAX * sizeof(uint32_t));
    filter_fence = fence_new((sizeof(uint32_t) << 17) + 64);
}

static void teardown(void)
{
    fence_free(&in_fence);
    fence_free(&out_fence);
    fence_free(&hits_fence);
    fence_free(&filter_fence);
}

static bool present(const struct bcn_filter *filter, uint32_t f)
{
    uint32_t need =
        UINT32_C(1) << (f & 31) | UINT32_C(1) << (f >> 5 & 31) | UINT32_C(1) << (f >> 10 & 31);

    return (filter->dwords[f >> filter->shift] & need) == need;
}

static void insert(uint32_t *dwords, unsigned shift, uint32_t f)
{
    dwords[f >> shift] |=
        UINT32_C(1) << (f & 31) | UINT32_C(1) << (f >> 5 & 31) | UINT32_C(1) << (f >> 10 & 31);
}

/*
 * One call on the first `count` messages. The padding holds messages too, and so would hit where
 * theirs do. Digests, hits and everything around them must be as they should. (Assertions of Check
 * are too slow for what is repeated this often: it writes down each that holds.)
 */
static void try(const struct bcn_kernel *kernel, unsigned call, size_t count, size_t slack,
                const struct bcn_filter *filter)
{
    size_t size = padded(count) / BCN_GROUP_LANES * sizeof(struct bcn_group);
    struct bcn_group *keys = fence_place(&in_fence, size, slack);
    struct bcn_group *chains = fence_place(&out_fence, size, slack);
    uint32_t *hits = fence_place(&hits_fence, count * sizeof(*hits), 0);
    size_t hit_count, expected = 0;

    memcpy(call ? keys : chains, messages, size);
    hit_count = call ? kernel->first(keys, chains, count, filter, filter ? hits : NULL)
                     : kernel->next(chains, count, filter, filter ? hits : NULL);

    for (size_t k = 0; k < count; k++) {
        for (unsigned w = 0; w < 8; w++)
            if (*word_of(chains, k, w) != *word_of(digests[call], k, w))
                ck_abort_msg("%s, %s of %zu: word %u of chain %zu", kernel->name,
                             call ? "first" : "next", count, w, k);
        if (!filter || !present(filter, fingerprints[call][k]))
            continue;
        if (expected >= hit_count || hits[expected] != k)
            ck_abort_msg("%s, %s of %zu: chain %zu does not hit", kernel->name,
                         call ? "first" : "next", count, k);
        expected++;
    }
    if (hit_count != expected)
        ck_abort_msg("%s, %s of %zu: %zu hits, not %zu", kernel->name, call ? "first" : "next",
                     count, hit_count, expected);
    if (call && memcmp(keys, messages, size) != 0)
        ck_abort_msg("%s, first of %zu: the keys have changed", kernel->name, count);
    fence_check(&in_fence);
    fence_check(&out_fence);
    fence_check(&hits_fence);
}

/* An empty filter that ends `slack` bytes before the forbidden page. */
static struct bcn_filter filter_place(unsigned bits, size_t slack, uint32_t **ret_dwords)
{
    size_t size = sizeof(uint32_t) << bits;

    *ret_dwords = fence_place(&filter_fence, size, slack);
    memset(*ret_dwords, 0, size);
    return (struct bcn_filter){.dwords = *ret_dwords, .shift = 32 - bits};
}

START_TEST(portable_is_sha256)
{
    static const char salt[] = "bluzonesubkey";

    for (size_t k = 0; k < LANES_MAX; k++) {
        uint8_t message[32 + 13], expected[32], digest[32];

        get_bytes(messages, k, message);
        memcpy(message + 32, salt, 13);
        for (unsigned call = 0; call < 2; call++) {
            crypto_hash_sha256(expected, message, call ? 45 : 32);
            get_bytes(digests[call], k, digest);
            ck_assert_mem_eq(digest, expected, 32);
        }
    }
}
END_TEST

/* The protocol's published chains: each base and day in a lane, slot by slot. */
START_TEST(published_chains_come_out)
{
    const struct bcn_kernel *kernel = usable[_i];
    struct bcn_group keys[BCN_PAD_LANES / BCN_GROUP_LANES], chains[BCN_PAD_LANES / BCN_GROUP_LANES];
    static struct vector vectors[128];
    FILE *file = fopen(BEACON_TEST_DATA "/vectors.txt", "r");
    size_t count = 0, checked = 0;

    ck_assert_ptr_nonnull(file);
    memset(keys, 0, sizeof(keys));
    while (count < BCN_PAD_LANES && vectors_next(file, "ID", &vectors[count])) {
        struct beacon_daily_key key = vectors_key(
            BEACON_TEST_DATA "/vectors.txt", vectors[count].fields[1], vectors[count].fields[2]);

        put_bytes(keys, count++, key.bytes);
    }
    fclose(file);
    ck_assert_uint_ge(count, 32);

    kernel->first(keys, chains, count, NULL, NULL);
    for (long slot = 0; slot < 144; slot++) {
        for (size_t k = 0; k < count; k++) {
            struct beacon_daily_key expected;
            uint8_t sub_key[32];

            if (strtol(vectors[k].fields[3], NULL, 10) != slot)
                continue;
            ck_assert_int_eq(beacon_daily_key_from_hex(vectors[k].fields[4], 64, &expected), 0);
            get_bytes(chains, k, sub_key);
            ck_assert_mem_eq(sub_key, expected.bytes, 32);
            checked++;
        }
        kernel->next(chains, count, NULL, NULL);
    }
    ck_assert_uint_eq(checked, count);
}
END_TEST

START_TEST(every_count_without_filter)
{
    for (unsigned call = 0; call < 2; call++)
        for (size_t count = 1; count <= COUNT_MAX; count += TEST_PART(1, 5)) {
            try(usable[_i], call, count, 0, NULL);
            try(usable[_i], call, count, sizeof(struct bcn_group), NULL);
        }
}
END_TEST

START_TEST(nothing_is_touched_for_no_chains)
{
    const struct bcn_kernel *kernel = usable[_i];
    struct bcn_group *none = fence_place(&out_fence, 0, 0);
    uint32_t *hits = fence_place(&hits_fence, 0, 0);
    struct bcn_filter filter = {.dwords = fence_place(&filter_fence, 0, 0), .shift = 31};

    ck_assert_uint_eq(kernel->next(none, 0, &filter, hits), 0);
    ck_assert_uint_eq(kernel->first(none, none, 0, &filter, hits), 0);
    fence_check(&out_fence);
    fence_check(&hits_fence);
}
END_TEST

/* A filter that knows one digest at a time, of the padding too. */
START_TEST(every_lane_hits_alone)
{
    const struct bcn_kernel *kernel = usable[_i];
    size_t count_max = 4 * (kernel->lanes > 16 ? kernel->lanes : 16) + 3;

    for (unsigned call = 0; call < 2; call++)
        for (size_t count = 1; count <= count_max; count++) {
            uint32_t *dwords;
            struct bcn_filter filter = filter_place(17, 0, &dwords);

            for (size_t k = 0; k < padded(count); k++) {
                uint32_t f = fingerprints[call][k];

                insert(dwords, filter.shift, f);
                try(kernel, call, count, 0, &filter);
                dwords[f >> filter.shift] = 0;
            }
        }
}
END_TEST

START_TEST(all_lanes_hit_or_none)
{
    const struct bcn_kernel *kernel = usable[_i];

    for (unsigned call = 0; call < 2; call++)
        for (size_t count = 1; count <= COUNT_MAX; count += TEST_PART(1, 5)) {
            uint32_t *dwords;
            struct bcn_filter filter = filter_place(1 + (unsigned)count % 17, 0, &dwords);

            try(kernel, call, count, 0, &filter);
            memset(dwords, 0xFF, filter_fence.size);
            try(kernel, call, count, 0, &filter);
        }
}
END_TEST

/* Filters of every size, aligned to no more than a dword, that know half of the digests and more.
 */
START_TEST(every_size_of_filter)
{
    const struct bcn_kernel *kernel = usable[_i];
    const size_t slacks[] = {0, 4, 60};

    for (unsigned call = 0; call < 2; call++)
        for (unsigned bits = 1; bits <= 17; bits++)
            for (unsigned i = 0; i < 3; i++) {
                uint32_t *dwords;
                struct bcn_filter filter = filter_place(bits, slacks[i], &dwords);

                for (size_t k = 0; k < LANES_MAX; k++)
                    if (random_word() % 2)
                        insert(dwords, filter.shift, fingerprints[call][k]);
                for (unsigned noise = random_word() % 3 << bits; noise > 0; noise--)
                    dwords[random_word() >> filter.shift] |= UINT32_C(1) << random_word() % 32;
                for (size_t count = 1 + i; count <= COUNT_MAX; count += 29)
                    try(kernel, call, count, 0, &filter);
            }
}
END_TEST

/* Each of the three bits counts: a filter that lacks one of them does not know the digest. */
START_TEST(two_bits_are_not_enough)
{
    const struct bcn_kernel *kernel = usable[_i];

    for (unsigned call = 0; call < 2; call++)
        for (size_t k = 0; k < COUNT_MAX; k++)
            for (unsigned bit = 0; bit < 3; bit++) {
                uint32_t f = fingerprints[call][k], *dwords;
                struct bcn_filter filter = filter_place(1, 0, &dwords);

                memset(dwords, 0xFF, filter_fence.size);
                dwords[f >> filter.shift] &= ~(UINT32_C(1) << (f >> 5 * bit & 31));
                try(kernel, call, COUNT_MAX, 0, &filter);
            }
}
END_TEST

/* As many chains as an engine may hand over. */
START_TEST(a_long_batch_equals_portable)
{
    const struct bcn_kernel *portable = bcn_kernel_choose(0, "portable");
    const size_t count = 70001, size = padded(count) / BCN_GROUP_LANES * sizeof(struct bcn_group);
    struct bcn_group *expected = aligned_alloc(64, size), *chains = aligned_alloc(64, size);
    uint32_t *expected_hits = malloc(count * sizeof(uint32_t));
    uint32_t *hits = malloc(count * sizeof(uint32_t)), dwords[256];
    struct bcn_filter filter = {.dwords = dwords, .shift = 24};

    for (unsigned i = 0; i < 256; i++)
        dwords[i] = random_word() & random_word();
    for (size_t k = 0; k < padded(count); k++)
        for (unsigned w = 0; w < 8; w++)
            *word_of(expected, k, w) = *word_of(chains, k, w) = random_word();
    for (unsigned round = 0; round < 2; round++) {
        size_t expected_count = portable->next(expected, count, &filter, expected_hits);

        ck_assert_uint_gt(expected_count, 0);
        ck_assert_uint_eq(usable[_i]->next(chains, count, &filter, hits), expected_count);
        ck_assert_mem_eq(hits, expected_hits, expected_count * sizeof(uint32_t));
        for (size_t k = 0; k < count; k++)
            for (unsigned w = 0; w < 8; w++)
                if (*word_of(chains, k, w) != *word_of(expected, k, w))
                    ck_abort_msg("word %u of chain %zu", w, k);
    }
    free(expected);
    free(chains);
    free(expected_hits);
    free(hits);
}
END_TEST

START_TEST(the_choice_is_the_best_usable)
{
    size_t count;
    const struct bcn_kernel *const *kernels = bcn_kernels(&count);

    ck_assert_str_eq(kernels[count - 1]->name, "portable");
    ck_assert_ptr_eq(bcn_kernel_choose(UINT32_MAX, NULL), kernels[0]);
    ck_assert_ptr_eq(bcn_kernel_choose(0, NULL), kernels[count - 1]);
    ck_assert_ptr_null(bcn_kernel_choose(UINT32_MAX, "mmx"));
    ck_assert_ptr_null(bcn_kernel_choose(UINT32_MAX, ""));
    for (size_t i = 0; i < count; i++) {
        uint32_t features = kernels[i]->features;

        ck_assert_ptr_eq(bcn_kernel_choose(features, kernels[i]->name), kernels[i]);
        for (uint32_t bit = 1; bit != 0; bit <<= 1) {
            const struct bcn_kernel *chosen = bcn_kernel_choose(UINT32_MAX & ~bit, NULL);

            ck_assert_uint_eq(chosen->features & bit, 0);
            if (features & bit)
                ck_assert_ptr_null(bcn_kernel_choose(features & ~bit, kernels[i]->name));
        }
    }
}
END_TEST

/* What real machines' capability words lead to, for the kernels of this processor. */
START_TEST(machines_get_their_kernel)
{
#if defined(__x86_64__)
    const uint32_t sse41 = UINT32_C(0x00080200), avx = UINT32_C(0x18080200);
    const uint32_t avx2 = UINT32_C(0x00000020), avx512 = UINT32_C(0x00010020);
    const uint32_t sha = UINT32_C(0x20000000);
    const struct {
        uint32_t features;
        const char *name;
    } machines[] = {
        {bcn_cpu_x86(avx, avx512 | sha, 0xE7), "avx512"},
        {bcn_cpu_x86(avx, avx512, 0xE7), "avx512"},
        {bcn_cpu_x86(avx, avx512 | sha, 0x07), "shani"}, /* the system does not keep AVX-512 */
        {bcn_cpu_x86(avx, avx512, 0x07), "avx2"},
        {bcn_cpu_x86(avx, avx2 | sha, 0x07), "shani"},
        {bcn_cpu_x86(avx, avx2, 0x07), "avx2"},
        {bcn_cpu_x86(avx, avx2, 0x03), "portable"}, /* nor AVX */
        {bcn_cpu_x86(sse41, sha, 0), "shani"},
        {bcn_cpu_x86(0, sha, 0), "portable"},
        {bcn_cpu_x86(sse41, 0, 0), "portable"},
    };
#elif defined(__aarch64__)
    const struct {
        uint32_t features;
        const char *name;
    } machines[] = {
        {bcn_cpu_arm64(0xFB), "sha2"}, /* Cortex-A76 of a Raspberry Pi 5 */
        {bcn_cpu_arm64(0x83), "neon"}, /* Cortex-A53 and A72 of the 3 and 4 */
        {bcn_cpu_arm64(0), "portable"},
    };
#elif defined(__arm__)
    const struct {
        uint32_t features;
        const char *name;
    } machines[] = {
        {bcn_cpu_arm(0x1000), "neon"},
        {bcn_cpu_arm(~UINT64_C(0x1000)), "portable"},
    };
#else
    const struct {
        uint32_t features;
        const char *name;
    } machines[] = {{0, "portable"}};
#endif
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
        ck_assert_str_eq(bcn_kernel_choose(machines[i].features, NULL)->name, machines[i].name);
}
END_TEST

/* Lists the kernels, and keeps those that can be run and are asked for. */
static void find_usable(const char *forced)
{
    uint32_t features = bcn_cpu_detect();
    size_t count;
    const struct bcn_kernel *const *kernels = bcn_kernels(&count);

    for (size_t i = 0; i < count; i++) {
        const struct bcn_kernel *kernel = kernels[i];
        bool can = bcn_kernel_choose(features, kernel->name) != NULL;
        bool may = !forced || strcmp(forced, kernel->name) == 0;

        if (can && may)
            usable[usable_count++] = kernel;
        if (can)
            printf("%-8s %s\n", kernel->name, may ? "runs" : "skipped: another is forced");
        else
            printf("%-8s skipped: this machine lacks features %#x\n", kernel->name,
                   (unsigned)(kernel->features & ~features));
    }
    fflush(stdout);
}

int main(int argc, char *argv[])
{
    const char *forced = argc > 1 ? argv[1] : getenv("BEACON_KERNEL");
    Suite *suite;
    TCase *tests;

    find_usable(forced);
    if (usable_count == 0) {
        printf("no kernel %s here\n", forced);
        return SKIPPED;
    }
    suite = suite_create("kernels");
    tests = tcase_create("kernels");
    tcase_set_timeout(tests, 300);
    tcase_add_unchecked_fixture(tests, setup, teardown);
    tcase_add_test(tests, portable_is_sha256);
    tcase_add_loop_test(tests, published_chains_come_out, 0, (int)usable_count);
    tcase_add_loop_test(tests, every_count_without_filter, 0, (int)usable_count);
    tcase_add_loop_test(tests, nothing_is_touched_for_no_chains, 0, (int)usable_count);
    tcase_add_loop_test(tests, every_lane_hits_alone, 0, (int)usable_count);
    tcase_add_loop_test(tests, all_lanes_hit_or_none, 0, (int)usable_count);
    tcase_add_loop_test(tests, every_size_of_filter, 0, (int)usable_count);
    tcase_add_loop_test(tests, two_bits_are_not_enough, 0, (int)usable_count);
    tcase_add_loop_test(tests, a_long_batch_equals_portable, 0, (int)usable_count);
    tcase_add_test(tests, the_choice_is_the_best_usable);
    tcase_add_test(tests, machines_get_their_kernel);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
