/* SPDX-License-Identifier: MIT */
/* To be built. */
#include "radio/transport.h"

struct bcn_transport *bcn_transport_user(const char *adapter, gboolean take, GError **error)
{
    (void)take;
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED, "%s", adapter);
    return NULL;
}
