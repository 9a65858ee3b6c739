/* SPDX-License-Identifier: MIT */
/* The kinds of devices: what each is and how it behaves unless the scenario says otherwise. */
#include "air/model.h"

#define MS INT64_C(1000)

#define TIMER (15 * BCN_MINUTE)

/*
 * Levels at 1 m: Android sends with low power (protocol 2.1), an iPhone 15 dB more; iBeacon's is
 * what it says of itself. Others are assumed. Intervals: Android's LOW_LATENCY is 100 ms
 * (protocol 2.1). iOS does not publish its own; these are from the list that Apple recommends to
 * accessories (Accessory Design Guidelines, advertising interval), the slower one for the
 * background. Exposure Notification: 200 to 270 ms (its Bluetooth specification 1.2). iBeacon: 100
 * ms.
 */
/* clang-format off */
#define ANDROID(cycle_on, cycle_off) {-64.0, 100 * MS, (cycle_on) * BCN_SECOND, (cycle_off) * BCN_SECOND, TIMER, 300 * MS}
#define IPHONE(interval_us)          {-49.0, (interval_us), 0, 0, TIMER, 300 * MS}
#define SILENT                       {-64.0, 0, 0, 0, TIMER, 300 * MS}

const struct bcn_kind bcn_kinds[BEACON_AIR_KINDS] = {
    /*                                name                  tuning               address type                   connectable app  opened */
    [BEACON_AIR_ANDROID_OPEN]       = {"android-open",       ANDROID(150, 5),    BEACON_AIR_ADDRESS_RESOLVABLE, true,  true,  BEACON_AIR_ANDROID_OPEN},
    [BEACON_AIR_ANDROID_BACKGROUND] = {"android-background", ANDROID(15, 15),    BEACON_AIR_ADDRESS_RESOLVABLE, true,  true,  BEACON_AIR_ANDROID_OPEN},
    [BEACON_AIR_ANDROID_DOZE]       = {"android-doze",       ANDROID(540, 540),  BEACON_AIR_ADDRESS_RESOLVABLE, true,  true,  BEACON_AIR_ANDROID_OPEN},
    [BEACON_AIR_ANDROID_SILENT]     = {"android-silent",     SILENT,             BEACON_AIR_ADDRESS_RESOLVABLE, true,  true,  BEACON_AIR_ANDROID_OPEN},
    [BEACON_AIR_IPHONE_OPEN]        = {"iphone-open",        IPHONE(152500),     BEACON_AIR_ADDRESS_RESOLVABLE, true,  true,  BEACON_AIR_IPHONE_OPEN},
    [BEACON_AIR_IPHONE_BACKGROUND]  = {"iphone-background",  IPHONE(318750),     BEACON_AIR_ADDRESS_RESOLVABLE, true,  true,  BEACON_AIR_IPHONE_OPEN},
    [BEACON_AIR_IPHONE_STALLING]    = {"iphone-stalling",    IPHONE(318750),     BEACON_AIR_ADDRESS_RESOLVABLE, true,  true,  BEACON_AIR_IPHONE_STALLING},
    [BEACON_AIR_IPHONE_REFUSING]    = {"iphone-refusing",    IPHONE(318750),     BEACON_AIR_ADDRESS_RESOLVABLE, true,  true,  BEACON_AIR_IPHONE_REFUSING},
    [BEACON_AIR_IPHONE_SAME_BIT]    = {"iphone-same-bit",    IPHONE(318750),     BEACON_AIR_ADDRESS_RESOLVABLE, true,  false, BEACON_AIR_IPHONE_SAME_BIT},
    [BEACON_AIR_IPHONE_OTHER_BIT]   = {"iphone-other-bit",   IPHONE(318750),     BEACON_AIR_ADDRESS_RESOLVABLE, true,  false, BEACON_AIR_IPHONE_OTHER_BIT},
    [BEACON_AIR_NO_APP]             = {"no-app",             SILENT,             BEACON_AIR_ADDRESS_RESOLVABLE, false, false, BEACON_AIR_NO_APP},
    [BEACON_AIR_BLUETOOTH_OFF]      = {"bluetooth-off",      SILENT,             BEACON_AIR_ADDRESS_RESOLVABLE, false, true,  BEACON_AIR_BLUETOOTH_OFF},
    [BEACON_AIR_NO_PHONE]           = {"no-phone",           SILENT,             BEACON_AIR_ADDRESS_RESOLVABLE, false, false, BEACON_AIR_NO_PHONE},
    [BEACON_AIR_GAEN]               = {"gaen",               {-60.0, 250 * MS, 0, 0, TIMER, 0}, BEACON_AIR_ADDRESS_NON_RESOLVABLE, false, false, BEACON_AIR_GAEN},
    [BEACON_AIR_IBEACON]            = {"ibeacon",            {-59.0, 100 * MS, 0, 0, BCN_ADDRESS_NEVER, 0}, BEACON_AIR_ADDRESS_STATIC, false, false, BEACON_AIR_IBEACON},
    [BEACON_AIR_EDDYSTONE]          = {"eddystone",          {-62.0, 1000 * MS, 0, 0, BCN_ADDRESS_NEVER, 0}, BEACON_AIR_ADDRESS_STATIC, false, false, BEACON_AIR_EDDYSTONE},
    [BEACON_AIR_EARBUDS]            = {"earbuds",            {-65.0, 152500, 0, 0, BCN_ADDRESS_NEVER, 300 * MS}, BEACON_AIR_ADDRESS_PUBLIC, true, false, BEACON_AIR_EARBUDS},
    [BEACON_AIR_FORGER]             = {"forger",             {-64.0, 100 * MS, 0, 0, BCN_ADDRESS_NEVER, 300 * MS}, BEACON_AIR_ADDRESS_RESOLVABLE, true, false, BEACON_AIR_FORGER},
    [BEACON_AIR_NODE]               = {"node",               {-64.0, 0, 0, 0, BCN_ADDRESS_NEVER, 300 * MS}, BEACON_AIR_ADDRESS_RESOLVABLE, true, false, BEACON_AIR_NODE},
};
/* clang-format on */

const char *beacon_air_kind_name(enum beacon_air_kind kind)
{
    return (unsigned)kind < BEACON_AIR_KINDS ? bcn_kinds[kind].name : NULL;
}

void bcn_tuning_change(struct bcn_tuning *tuning, const struct bcn_changes *changes)
{
    if (changes->tuned & BCN_TUNED_LEVEL)
        tuning->level_dbm = changes->to.level_dbm;
    if (changes->tuned & BCN_TUNED_INTERVAL && tuning->interval_us > 0)
        tuning->interval_us = changes->to.interval_us;
    if (changes->tuned & BCN_TUNED_CYCLE) {
        tuning->on_us = changes->to.on_us;
        tuning->off_us = changes->to.off_us;
    }
    if (changes->tuned & BCN_TUNED_ADDRESS)
        tuning->address_us = changes->to.address_us;
    if (changes->tuned & BCN_TUNED_ANSWER)
        tuning->answer_us = changes->to.answer_us;
}
