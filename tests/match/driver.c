/* SPDX-License-Identifier: MIT */
/*
 * Runs the matching engine on cases read from standard input, for oracle.py to compare. It begins
 * with the line "kernels <name>…", those that run here. A case is
 *
 *     case strict | case <tolerance in ms>
 *     s <time in ms> <identifier>                        any number of sightings
 *     k <daily key> <slots a day> <start ms> <end ms>    any number of keys
 *     run
 *
 * and is answered, once for each kernel in that order, by "m <index of key> <time in ms>
 * <identifier> <start of slot in ms>" for each match, then "done <identifiers covered> <matches
 * counted>".
 */
#include <beacon/match.h>

#include "base/cpu.h"
#include "match/kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGHTINGS_MAX 200000
#define KEYS_MAX      20000

static struct beacon_sighting sightings[SIGHTINGS_MAX];
static struct beacon_published_key keys[KEYS_MAX];

static void fail(const char *what)
{
    fprintf(stderr, "match_driver: %s\n", what);
    exit(EXIT_FAILURE);
}

static int print_match(const struct beacon_match *match, void *user)
{
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];

    (void)user;
    beacon_identifier_to_hex(&match->sighting->identifier, text);
    printf("m %zu %" PRId64 " %s %" PRId64 "\n", match->key_index, match->sighting->time_ms, text,
           match->slot_start_ms);
    return 0;
}

static void run_case(const struct beacon_matcher_options *options, size_t sighting_count,
                     size_t key_count)
{
    const struct beacon_match_listener listener = {.size = sizeof(listener),
                                                   .on_match = print_match};
    struct beacon_match_counters counters = {0};
    beacon_matcher *matcher;

    if (beacon_matcher_new(sightings, sighting_count, options, &matcher) != 0)
        fail("the log was refused");
    if (beacon_matcher_run(matcher, keys, key_count, &listener, &counters) != 0)
        fail("the keys were refused");
    beacon_matcher_free(matcher);
    printf("done %" PRIu64 " %" PRIu64 "\n", counters.identifiers, counters.matches);
}

/* The kernels that run here; the last is NULL. */
static const char *kernels[16];

static void find_kernels(void)
{
    size_t count, usable = 0;
    const struct bcn_kernel *const *all = bcn_kernels(&count);

    printf("kernels");
    for (size_t i = 0; i < count && usable < 15; i++) {
        if (!bcn_kernel_choose(bcn_cpu_detect(), all[i]->name))
            continue;
        kernels[usable++] = all[i]->name;
        printf(" %s", all[i]->name);
    }
    printf("\n");
    fflush(stdout);
}

static void run_with_every_kernel(struct beacon_matcher_options options, size_t sighting_count,
                                  size_t key_count)
{
    for (size_t i = 0; kernels[i]; i++) {
        options.kernel = kernels[i];
        run_case(&options, sighting_count, key_count);
    }
    fflush(stdout);
}

static void read_sighting(const char *line, struct beacon_sighting *ret_sighting)
{
    struct beacon_sighting sighting = {.rssi_dbm = -60, .tx_power_dbm = BEACON_TX_POWER_ABSENT};
    char text[32];

    if (sscanf(line, "s %" SCNd64 " %24s", &sighting.time_ms, text) != 2 ||
        beacon_identifier_from_hex(text, strlen(text), &sighting.identifier) != 0)
        fail(line);
    *ret_sighting = sighting;
}

static void read_key(const char *line, struct beacon_published_key *ret_key)
{
    struct beacon_published_key key = {.reserved = 0};
    char text[80];

    if (sscanf(line, "k %64s %" SCNu32 " %" SCNd64 " %" SCNd64, text, &key.slots_per_day,
               &key.start_ms, &key.end_ms) != 4 ||
        beacon_daily_key_from_hex(text, strlen(text), &key.daily_key) != 0)
        fail(line);
    *ret_key = key;
}

int main(void)
{
    struct beacon_matcher_options options = {.size = sizeof(options)};
    size_t sighting_count = 0, key_count = 0;
    char line[256];

    find_kernels();
    while (fgets(line, sizeof(line), stdin)) {
        if (strncmp(line, "case ", 5) == 0) {
            options.strict = strcmp(line, "case strict\n") == 0;
            options.tolerance_ms = options.strict ? 0 : atoll(line + 5);
            sighting_count = key_count = 0;
        } else if (line[0] == 's' && sighting_count < SIGHTINGS_MAX) {
            read_sighting(line, &sightings[sighting_count++]);
        } else if (line[0] == 'k' && key_count < KEYS_MAX) {
            read_key(line, &keys[key_count++]);
        } else if (strcmp(line, "run\n") == 0) {
            run_with_every_kernel(options, sighting_count, key_count);
        } else {
            fail(line);
        }
    }
    return EXIT_SUCCESS;
}
