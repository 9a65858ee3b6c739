/* SPDX-License-Identifier: MIT */
/* A program of somebody else's that uses libbeacon-radio as installed. */
#include <beacon/air.h>

#include <stdio.h>

int main(void)
{
    const char *name = beacon_air_kind_name(BEACON_AIR_ANDROID_OPEN);

    if (name == NULL || beacon_air_kind_name((enum beacon_air_kind)BEACON_AIR_KINDS) != NULL)
        return 1;
    printf("%s\n", name);
    return 0;
}
