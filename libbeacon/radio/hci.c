/* SPDX-License-Identifier: MIT */
/* To be built. */
#include "radio/backend.h"

struct bcn_backend *bcn_backend_hci(const struct bcn_opening *opening, GError **error)
{
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED, "%s", opening->rest);
    return NULL;
}

GArray *beacon_radio_adapters(GError **error)
{
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED, "adapters");
    return NULL;
}

GPtrArray *beacon_radio_diagnose(const char *address)
{
    (void)address;
    return g_ptr_array_new();
}
