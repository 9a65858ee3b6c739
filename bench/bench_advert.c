/* SPDX-License-Identifier: MIT */
/* Advertisements recognised: what a street is full of, one in twenty ours. */
#include "bench.h"

#include "findings.h"

#include <beacon/advert.h>

#define ADVERTS 65536
#define ROUNDS  16 /* over all of them, in a run */
#define OURS    20 /* one in so many */

/* What is heard in a street that is not ours, whole; "##" stands for a byte that varies. */
static const char *const others[] = {
    "02011A0AFF4C001005####18####",                                   /* Apple, nearby */
    "02011A1AFF4C000C0E00##########################10050118######",   /* handoff */
    "02011A1AFF4C000215####################################0001C5",   /* iBeacon */
    "1EFF4C001219##################################################", /* Find My */
    "02011A14FF4C00010000############################",               /* overflow without our bit */
    "02011A020A0C0BFF4C001006####1E######",                           /* with TX power */
    "02011A03036FFD17166FFD########################################", /* Exposure Notification */
    "0303F3FE0C16F3FE##################",                             /* Google, nearby */
    "02010603032CFE06162CFE######",                                   /* Fast Pair */
    "1EFF0600010920################################################", /* Microsoft */
    "0201060303AAFE1516AAFE00EE############################0000",     /* Eddystone */
    "02010409094D692042616E643403030DFE0BFF5701################",     /* a band */
    "0201060716E0FE########110661##############################",     /* services of 128 bits */
    "0201061BFF75004204018060####################################01", /* a television */
    "02011A0FFFB522########################",         /* our company, not our service */
    "0201060303564E",                                 /* our service alone */
    "0201060FFF5A01########################0303564E", /* our service, another company */
    "0201061EFF4C0010####",                           /* cut */
};

struct street {
    struct beacon_advert adverts[ADVERTS];
    uint64_t kinds[4];        /* of one round, by what was put in */
    struct findings expected; /* of one round */
    uint64_t seen[4];         /* in a run */
    struct findings found;
};

static int digit(char character)
{
    return g_ascii_xdigit_value(character);
}

static void other_advert(const char *pattern, struct random_source *random,
                         struct beacon_advert *advert)
{
    advert->size = (uint8_t)(strlen(pattern) / 2);
    for (size_t i = 0; i < advert->size; i++)
        if (pattern[2 * i] == '#')
            advert->bytes[i] = (uint8_t)random_next(random);
        else
            advert->bytes[i] = (uint8_t)(digit(pattern[2 * i]) << 4 | digit(pattern[2 * i + 1]));
}

static enum beacon_advert_kind our_advert(struct street *street, struct random_source *random,
                                          struct beacon_advert *advert)
{
    struct beacon_identifier identifier;
    uint8_t bits[16];

    switch (random_below(random, 4)) {
    case 0:
        beacon_advert_iphone_open(advert);
        return BEACON_ADVERT_IPHONE_OPEN;
    case 1:
        random_fill(random, bits, sizeof(bits));
        beacon_advert_iphone_background(bits, advert);
        return BEACON_ADVERT_IPHONE_BACKGROUND;
    default:
        random_fill(random, &identifier, sizeof(identifier));
        beacon_advert_android(&identifier, advert);
        findings_add(&street->expected, 0, 0, &identifier);
        return BEACON_ADVERT_ANDROID;
    }
}

static void street_fill(struct street *street)
{
    struct random_source random = {1};

    for (size_t i = 0; i < ADVERTS; i++) {
        struct beacon_advert *advert = &street->adverts[i];
        enum beacon_advert_kind kind = BEACON_ADVERT_OTHER;

        if (random_below(&random, OURS) == 0)
            kind = our_advert(street, &random, advert);
        else
            other_advert(others[random_below(&random, G_N_ELEMENTS(others))], &random, advert);
        street->kinds[kind]++;
    }
}

static void street_prepare(void *state)
{
    struct street *street = state;

    memset(street->seen, 0, sizeof(street->seen));
    street->found = (struct findings){0};
}

static void street_run(void *state)
{
    struct street *street = state;

    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < ADVERTS; i++) {
            const struct beacon_advert *advert = &street->adverts[i];
            struct beacon_advert_info info;

            beacon_advert_recognise(advert->bytes, advert->size, &info);
            street->seen[info.kind]++;
            if (info.kind == BEACON_ADVERT_ANDROID)
                findings_add(&street->found, 0, 0, &info.identifier);
        }
}

static bool street_check(void *state)
{
    const struct street *street = state;

    for (size_t kind = 0; kind < G_N_ELEMENTS(street->seen); kind++)
        if (street->seen[kind] != ROUNDS * street->kinds[kind])
            return false;
    return street->found.count == ROUNDS * street->expected.count &&
           street->found.digest == ROUNDS * street->expected.digest;
}

void bench_advert(struct session *session)
{
    struct street *street = g_new0(struct street, 1);
    struct group *group = group_new("advert", "M/s");

    street_fill(street);
    if (session_wants(session, SUBJECT_RECOGNISE))
        group_add(group, SUBJECT_RECOGNISE, g_strdup("street ours=5%"),
                  (struct contender){.work = (double)ADVERTS * ROUNDS,
                                     .prepare = street_prepare,
                                     .run = street_run,
                                     .check = street_check,
                                     .state = street});
    group_measure(session, group);
    group_free(group);
    g_free(street);
}
