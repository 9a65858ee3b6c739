/* SPDX-License-Identifier: MIT */
/* To be built. */
#include "radio/face.h"

void bcn_record_stop(beacon_radio *radio)
{
    radio->record = NULL;
}

void bcn_face_passed(beacon_radio *face, gboolean received, const guint8 *bytes, gsize size)
{
    (void)face, (void)received, (void)bytes, (void)size;
}

gboolean beacon_radio_record(beacon_radio *radio, const char *path, GError **error)
{
    (void)radio;
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_UNSUPPORTED, "%s", path);
    return FALSE;
}
