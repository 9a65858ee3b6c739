/* SPDX-License-Identifier: MIT */
/* Orders and thins logs in place: a radix sort that moves each sighting to its bucket, whatever the
 * input. */
#include <beacon/encounter.h>

#include <string.h>

#define BUCKETS 256

/* Fewer sightings than this are sorted by insertion. */
#define FEW 40

/* Which bucket a sighting belongs to: by 8 bits of its time, or by a byte of its identifier. */
struct digit {
    bool by_time;
    uint64_t min; /* time counted from here, and */
    int shift;    /* divided by 2^shift, is 0 … 255 */
    size_t byte;
};

static unsigned int bucket_of(const struct digit *digit, const struct beacon_sighting *sighting)
{
    if (digit->by_time)
        return (unsigned int)(((uint64_t)sighting->time_ms - digit->min) >> digit->shift);
    return sighting->identifier.bytes[digit->byte];
}

/* The room to distribute in, one for all depths of the recursion: 7 kB of stack do for any log. */
struct bounds {
    size_t next[BUCKETS];
    size_t ends[BUCKETS];
};

/* Moves every sighting to its bucket; the buckets then stand one after the other. */
static void distribute(struct beacon_sighting sightings[], size_t count, const struct digit *digit,
                       struct bounds *bounds)
{
    size_t *next = bounds->next, *ends = bounds->ends, sum = 0;

    memset(ends, 0, sizeof(bounds->ends));
    for (size_t i = 0; i < count; i++)
        ends[bucket_of(digit, &sightings[i])]++;
    if (ends[bucket_of(digit, &sightings[0])] == count)
        return;
    for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
        next[bucket] = sum;
        sum += ends[bucket];
        ends[bucket] = sum;
    }
    for (unsigned int bucket = 0; bucket < BUCKETS; bucket++) {
        while (next[bucket] < ends[bucket]) {
            struct beacon_sighting moving = sightings[next[bucket]];
            unsigned int home;

            while ((home = bucket_of(digit, &moving)) != bucket) {
                struct beacon_sighting displaced = sightings[next[home]];

                sightings[next[home]++] = moving;
                moving = displaced;
            }
            sightings[next[bucket]++] = moving;
        }
    }
}

/* Where the bucket that begins at `start` ends. */
static size_t bucket_end(const struct beacon_sighting sightings[], size_t count, size_t start,
                         const struct digit *digit)
{
    unsigned int bucket = bucket_of(digit, &sightings[start]);
    size_t end = start + 1;

    while (end < count && bucket_of(digit, &sightings[end]) == bucket)
        end++;
    return end;
}

/* By identifier, or not, then by time. */
static bool is_before(const struct beacon_sighting *a, const struct beacon_sighting *b,
                      bool by_identifier)
{
    int order = by_identifier ? memcmp(&a->identifier, &b->identifier, sizeof(a->identifier)) : 0;

    return order != 0 ? order < 0 : a->time_ms < b->time_ms;
}

static void insertion_sort(struct beacon_sighting sightings[], size_t count, bool by_identifier)
{
    for (size_t i = 1; i < count; i++) {
        struct beacon_sighting moving = sightings[i];
        size_t at = i;

        for (; at > 0 && is_before(&moving, &sightings[at - 1], by_identifier); at--)
            sightings[at] = sightings[at - 1];
        sightings[at] = moving;
    }
}

/* The digit that splits a log's span of time into buckets; false if it is in order already. */
static bool choose_digit(const struct beacon_sighting sightings[], size_t count,
                         struct digit *ret_digit)
{
    int64_t min = sightings[0].time_ms, max = min;
    bool sorted = true;

    for (size_t i = 1; i < count; i++) {
        int64_t time_ms = sightings[i].time_ms;

        sorted &= sightings[i - 1].time_ms <= time_ms;
        min = time_ms < min ? time_ms : min;
        max = time_ms > max ? time_ms : max;
    }
    *ret_digit = (struct digit){.by_time = true, .min = (uint64_t)min};
    while (((uint64_t)max - (uint64_t)min) >> ret_digit->shift >= BUCKETS)
        ret_digit->shift++;
    return !sorted;
}

/* Each call splits its span of time by 256, so the recursion is at most 8 deep. */
static void sort_by_time(struct beacon_sighting sightings[], size_t count, struct bounds *bounds)
{
    struct digit digit;

    if (count < FEW) {
        insertion_sort(sightings, count, false);
        return;
    }
    if (!choose_digit(sightings, count, &digit))
        return;
    distribute(sightings, count, &digit, bounds);
    if (digit.shift == 0)
        return;
    for (size_t start = 0, end; start < count; start = end) {
        end = bucket_end(sightings, count, start, &digit);
        sort_by_time(sightings + start, end - start, bounds);
    }
}

void beacon_sightings_sort(struct beacon_sighting sightings[], size_t count)
{
    struct bounds bounds;

    sort_by_time(sightings, count, &bounds);
}

/* By identifier from its byte `byte` on, then by time; at most 12 deep, and then 8. */
static void sort_by_identifier(struct beacon_sighting sightings[], size_t count, size_t byte,
                               struct bounds *bounds)
{
    const struct digit digit = {.byte = byte};

    if (count < FEW) {
        insertion_sort(sightings, count, true);
        return;
    }
    if (byte == BEACON_IDENTIFIER_SIZE) {
        sort_by_time(sightings, count, bounds);
        return;
    }
    distribute(sightings, count, &digit, bounds);
    for (size_t start = 0, end; start < count; start = end) {
        end = bucket_end(sightings, count, start, &digit);
        sort_by_identifier(sightings + start, end - start, byte + 1, bounds);
    }
}

static bool same_identifier(const struct beacon_sighting *a, const struct beacon_sighting *b)
{
    return memcmp(&a->identifier, &b->identifier, sizeof(a->identifier)) == 0;
}

size_t beacon_sightings_deduplicate(struct beacon_sighting sightings[], size_t count,
                                    int64_t gap_ms)
{
    struct bounds bounds;
    size_t kept = 0;

    sort_by_identifier(sightings, count, 0, &bounds);
    for (size_t i = 0; i < count; i++) {
        const struct beacon_sighting *last = kept ? &sightings[kept - 1] : NULL;

        if (!last || !same_identifier(last, &sightings[i]) || gap_ms <= 0 ||
            (uint64_t)sightings[i].time_ms - (uint64_t)last->time_ms >= (uint64_t)gap_ms)
            sightings[kept++] = sightings[i];
    }
    sort_by_time(sightings, kept, &bounds);
    return kept;
}
