/* SPDX-License-Identifier: MIT */
/* A simulated air. */
#include <beacon/air.h>

GQuark beacon_air_error_quark(void)
{
    return g_quark_from_static_string("beacon-air-error-quark");
}

const char *beacon_air_kind_name(enum beacon_air_kind kind)
{
    static const char *const names[] = {
        "android-open",    "android-background",
        "android-doze",    "android-silent",
        "iphone-open",     "iphone-background",
        "iphone-stalling", "iphone-refusing",
        "iphone-same-bit", "iphone-other-bit",
        "no-app",          "bluetooth-off",
        "no-phone",        "gaen",
        "ibeacon",         "eddystone",
        "earbuds",         "forger",
    };

    G_STATIC_ASSERT(G_N_ELEMENTS(names) == BEACON_AIR_KINDS);
    return (unsigned)kind < G_N_ELEMENTS(names) ? names[kind] : NULL;
}
