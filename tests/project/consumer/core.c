/* SPDX-License-Identifier: MIT */
/* A program of somebody else's that uses libbeacon as installed. */
#include <beacon/advert.h>
#include <beacon/base.h>
#include <beacon/encounter.h>
#include <beacon/identity.h>
#include <beacon/match.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    /* Of the protocol's vectors: name S, day 0, slot 0. */
    const char *key_text = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    struct beacon_daily_key key;
    struct beacon_identifier identifiers[BEACON_SLOTS_PER_DAY];
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];
    char narrow =
        (int)strlen(key_text); /* warned about only by flags that are not this program's */

    if (beacon_daily_key_from_hex(key_text, strlen(key_text), &key) < 0)
        return 1;
    if (beacon_identifiers_of_day(&key, BEACON_SLOTS_PER_DAY, identifiers) < 0)
        return 1;
    beacon_identifier_to_hex(&identifiers[0], text);
    printf("libbeacon %s: %s\n", beacon_version(), text);
    return narrow == 64 && strcmp(text, "130CEA6472130C185D8643DF") == 0 ? 0 : 1;
}
