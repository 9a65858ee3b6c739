/* SPDX-License-Identifier: MIT */
/* The kernel for any processor, and the specification of the others: FIPS 180-4 to the letter. */
#include "probe.h"
#include "sha256.h"

/* One block (6.2.2): eight words of message, the tail, and the digest to the message's column. */
static void compress(const uint32_t *message, uint32_t *digest, const struct bcn_tail *tail)
{
    uint32_t a = BCN_H0, b = BCN_H1, c = BCN_H2, d = BCN_H3;
    uint32_t e = BCN_H4, f = BCN_H5, g = BCN_H6, h = BCN_H7;
    uint32_t w[64];

    for (unsigned t = 0; t < 8; t++)
        w[t] = message[t * BCN_GROUP_LANES];
    for (unsigned t = 8; t < 16; t++)
        w[t] = tail->word[t - 8];
    for (unsigned t = 16; t < 64; t++)
        w[t] = BCN_SIGMA1(w[t - 2]) + w[t - 7] + BCN_SIGMA0(w[t - 15]) + w[t - 16];

    for (unsigned t = 0; t < 64; t++) {
        uint32_t t1 = h + BCN_SUM1(e) + BCN_CH(e, f, g) + bcn_k[t] + w[t];
        uint32_t t2 = BCN_SUM0(a) + BCN_MAJ(a, b, c);

        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }

    digest[0 * BCN_GROUP_LANES] = BCN_H0 + a;
    digest[1 * BCN_GROUP_LANES] = BCN_H1 + b;
    digest[2 * BCN_GROUP_LANES] = BCN_H2 + c;
    digest[3 * BCN_GROUP_LANES] = BCN_H3 + d;
    digest[4 * BCN_GROUP_LANES] = BCN_H4 + e;
    digest[5 * BCN_GROUP_LANES] = BCN_H5 + f;
    digest[6 * BCN_GROUP_LANES] = BCN_H6 + g;
    digest[7 * BCN_GROUP_LANES] = BCN_H7 + h;
}

static void hash(const struct bcn_group *messages, struct bcn_group *digests, size_t lanes,
                 const struct bcn_tail *tail)
{
    for (size_t lane = 0; lane < lanes; lane++)
        compress(&messages->word[0][lane], &digests->word[0][lane], tail);
}

#define GROUPS 1
#define probe  bcn_probe
#include "run.h"

BCN_KERNEL(portable, 1, 0);
