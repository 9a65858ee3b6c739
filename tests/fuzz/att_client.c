/* SPDX-License-Identifier: MIT */
/* Any ACL packets to a link that reads the peer's identifier: it asks a bounded number of times,
 * its outcome is final, and it answers as a server all the while. */
#include "fuzz/link.h"
#include "fuzz/replay.h"

/* The MTU, by UUID, by service, the lists, and the value. */
#define REQUESTS_MAX (4 + BCN_ATT_ROUNDS_MAX)

static void outcome_is_final(const struct bcn_att_client *before,
                             const struct bcn_att_client *after)
{
    if (before->outcome == BCN_ATT_UNDERWAY)
        return;
    fuzz_require(after->outcome == before->outcome && after->awaiting == 0);
    fuzz_require(after->error == before->error);
    fuzz_require(memcmp(&after->identifier, &before->identifier, sizeof(before->identifier)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_link link;

    fuzz_link_begin(&link, BCN_L2CAP_CENTRAL, size > 0 ? data[0] : 0);
    bcn_gatt_read(&link.gatt, size > 0 && data[0] & 16);
    for (size_t at = 1; at < size;) {
        struct bcn_att_client before = link.gatt.client;
        unsigned int requests = link.requests;

        at += fuzz_link_packet(&link, data + at, size - at);
        outcome_is_final(&before, &link.gatt.client);
        fuzz_require(link.requests == requests || before.outcome == BCN_ATT_UNDERWAY);
    }
    fuzz_require(link.requests <= REQUESTS_MAX);
    fuzz_require(bcn_att_outcome_text(link.gatt.client.outcome) != NULL);
    return 0;
}
