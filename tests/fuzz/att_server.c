/* SPDX-License-Identifier: MIT */
/* Any ACL packets to a link that serves: each is answered by one well-formed frame at most, none
 * longer than the MTU, and nothing is ever asked. */
#include "fuzz/link.h"
#include "fuzz/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_link link;

    fuzz_link_begin(&link, BCN_L2CAP_PERIPHERAL, size > 0 ? data[0] : 0);
    for (size_t at = 1; at < size;)
        at += fuzz_link_packet(&link, data + at, size - at);
    fuzz_require(link.requests == 0);
    fuzz_require(link.gatt.server.mtu >= 23 && link.gatt.server.mtu <= 247);
    fuzz_require(link.gatt.client.outcome == BCN_ATT_UNDERWAY);
    return 0;
}
