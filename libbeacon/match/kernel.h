/* SPDX-License-Identifier: MIT */
/* The kernels: SHA-256 over many chains at once, and which of them might be in a log. */
#ifndef BCN_MATCH_KERNEL_H
#define BCN_MATCH_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* Arrays of groups always hold a whole number of BCN_PAD_LANES chains: 4 groups. */
#define BCN_GROUP_LANES 16
#define BCN_PAD_LANES   64

/* Chains side by side: word[w][k] is digest word w of the group's chain k, as a number (the
 * digest's bytes are its big-endian form). */
struct bcn_group {
    _Alignas(64) uint32_t word[8][BCN_GROUP_LANES];
};

/*
 * A blocked Bloom filter of 2^(32 - shift) dwords, shift 15 … 31. A fingerprint f may be present if
 * dwords[f >> shift] has the bits f & 31, (f >> 5) & 31 and (f >> 10) & 31 all set.
 */
struct bcn_filter {
    const uint32_t *dwords;
    unsigned shift;
};

/* What the filter knows an identifier by: its bytes 4, 6, 5, 7, from digest words 4 and 5. */
static inline uint32_t bcn_fingerprint(uint32_t word4, uint32_t word5)
{
    return (word4 & UINT32_C(0xFF00FF00)) | ((word5 >> 8) & UINT32_C(0x00FF00FF));
}

/*
 * One instruction set's way to advance chains.
 *
 * Both calls work on chains k < count, in arrays of groups padded to BCN_PAD_LANES: what lies in
 * the padding may be overwritten with anything, what lies behind it is not touched. With a filter
 * they also probe each new digest, and write the indices that may be present to ret_hits,
 * ascending; padding never hits. They return the number of hits, 0 without a filter. ret_hits has
 * room for count indices (what lies behind those returned is undefined), and may be NULL without a
 * filter.
 */
struct bcn_kernel {
    const char *name;
    unsigned lanes;    /* chains in flight at once */
    uint32_t features; /* BCN_CPU_… bits, all needed */

    /* chains[k] = SHA-256(chains[k]), a message of 32 bytes. */
    size_t (*next)(struct bcn_group *chains, size_t count, const struct bcn_filter *filter,
                   uint32_t *ret_hits);

    /* chains[k] = SHA-256(keys[k] || salt), a message of 45 bytes (protocol 1.4). The arrays must
     * not overlap. */
    size_t (*first)(const struct bcn_group *keys, struct bcn_group *chains, size_t count,
                    const struct bcn_filter *filter, uint32_t *ret_hits);
};

/* The kernels compiled in, best first, whether or not this machine can run them; never empty. */
const struct bcn_kernel *const *bcn_kernels(size_t *ret_count);

/*
 * The best kernel for a machine with these features (bcn_cpu_detect), or, with a name, that one.
 * NULL when the one named is unknown, was not compiled in, or needs more than the machine has.
 */
const struct bcn_kernel *bcn_kernel_choose(uint32_t features, const char *name);

#endif
