/* SPDX-License-Identifier: MIT */
/* What level to expect at what distance. */
#include <beacon/encounter.h>

#include <math.h>

/* At 1 m: an Android phone sends at some -15 dBm, an iPhone at some 0 dBm (protocol 2.1 and 5). */
#define ANDROID_AT_1_M -64.0
#define IPHONE_AT_1_M  -49.0

int8_t beacon_rssi_expected_dbm(enum beacon_platform platform, double distance_m)
{
    double at_1_m = platform == BEACON_PLATFORM_IPHONE ? IPHONE_AT_1_M : ANDROID_AT_1_M;
    double level = round(at_1_m - 20.0 * log10(distance_m));

    if (!(level < 20.0)) /* not a number too: a distance that is none */
        return 20;
    return level < -127.0 ? -127 : (int8_t)level;
}
