/* SPDX-License-Identifier: MIT */
/* Numbers that look random and are the same on every machine: splitmix64. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct random_source {
    uint64_t state;
};

static inline uint64_t random_mix(uint64_t number)
{
    number = (number ^ number >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ number >> 27) * UINT64_C(0x94D049BB133111EB);
    return number ^ number >> 31;
}

static inline uint64_t random_next(struct random_source *source)
{
    return random_mix(source->state += UINT64_C(0x9E3779B97F4A7C15));
}

/* A number below `limit`, which is small beside 2^64. */
static inline uint64_t random_below(struct random_source *source, uint64_t limit)
{
    return random_next(source) % limit;
}

static inline void random_fill(struct random_source *source, void *memory, size_t size)
{
    unsigned char *bytes = memory;

    for (size_t done = 0; done < size; done += 8) {
        const uint64_t number = random_next(source);

        memcpy(bytes + done, &number, size - done < 8 ? size - done : 8);
    }
}

#endif
