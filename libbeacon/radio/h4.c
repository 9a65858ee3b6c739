/* SPDX-License-Identifier: MIT */
/* To be built. */
#include "radio/backend.h"

struct bcn_backend *bcn_backend_h4(const struct bcn_opening *opening, GError **error)
{
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED, "%s", opening->rest);
    return NULL;
}
