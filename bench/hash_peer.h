/* SPDX-License-Identifier: MIT */
/* Others who hash many short messages. */
#ifndef BENCH_HASH_PEER_H
#define BENCH_HASH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
    uint8_t bytes[32];
};

struct hash_peer {
    const char *name;
    const char *about;
    bool chained; /* each step hashes what the last one made; otherwise the same messages again */

    /* NULL when this build or this machine lacks it. */
    void *(*open)(const struct digest seeds[], size_t count);
    void (*prepare)(void *peer);
    void (*run)(void *peer, unsigned int steps);
    void (*result)(void *peer, struct digest ret_digests[]); /* after the last step */
    void (*close)(void *peer);
};

/* NULL behind the last. */
const struct hash_peer *hash_peer_at(size_t number);

/* Whether its library was there when this was built. */
bool hash_peer_is_built(const struct hash_peer *peer);

#endif
