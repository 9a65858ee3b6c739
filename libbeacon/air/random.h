/* SPDX-License-Identifier: MIT */
/* Numbers that look random and are the same on every machine: splitmix64, a stream for each
 * purpose. */
#ifndef BCN_AIR_RANDOM_H
#define BCN_AIR_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct bcn_random {
    uint64_t state;
};

/* What a stream is for: each device has one of each, so that more of one does not change another.
 */
enum bcn_stream {
    BCN_STREAM_NATURE = 1, /* what a device is: its key, model, phases */
    BCN_STREAM_EMISSION,   /* when it sends */
    BCN_STREAM_LINK,       /* what reaches one receiver */
    BCN_STREAM_ADDRESS,
    BCN_STREAM_DATA,
    BCN_STREAM_READ,
    BCN_STREAM_CROWD, /* how a member of a crowd moves, and which kind it is */
};

/* The finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
 * 2014): no two numbers give the same. */
static inline uint64_t bcn_mix(uint64_t number)
{
    number = (number ^ number >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ number >> 27) * UINT64_C(0x94D049BB133111EB);
    return number ^ number >> 31;
}

static inline uint64_t bcn_mix_in(uint64_t hash, uint64_t number)
{
    return bcn_mix(hash ^ bcn_mix(number + UINT64_C(0x9E3779B97F4A7C15)));
}

static inline struct bcn_random bcn_random_stream(uint64_t key, enum bcn_stream stream)
{
    return (struct bcn_random){bcn_mix_in(key, (uint64_t)stream)};
}

static inline uint64_t bcn_random_next(struct bcn_random *random)
{
    return bcn_mix(random->state += UINT64_C(0x9E3779B97F4A7C15));
}

/* In [0, 1), of 53 bits. */
static inline double bcn_random_unit(struct bcn_random *random)
{
    return (double)(bcn_random_next(random) >> 11) * 0x1p-53;
}

/* Below `limit`, which is small beside 2^64. */
static inline int64_t bcn_random_below(struct bcn_random *random, int64_t limit)
{
    return (int64_t)(bcn_random_next(random) % (uint64_t)limit);
}

/* Normally distributed, mean 0, deviation 1. */
double bcn_random_normal(struct bcn_random *random);

void bcn_random_fill(struct bcn_random *random, uint8_t *bytes, size_t size);

/* A key for a name. */
uint64_t bcn_hash_text(const char *text, size_t length);

#endif
