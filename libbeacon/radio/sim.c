/* SPDX-License-Identifier: MIT */
/* To be built. */
#include "radio/backend.h"

gint64 bcn_sim_start_us(const char *path, GError **error)
{
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED, "%s", path);
    return -1;
}

struct bcn_backend *bcn_backend_sim(const struct bcn_opening *opening, GError **error)
{
    bcn_sim_start_us(opening->rest, error);
    return NULL;
}
