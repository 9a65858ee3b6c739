/* SPDX-License-Identifier: MIT */
/* Words that several commands need. */
#include "text.h"

#include <beacon/base.h>

const char *error_text(int error)
{
    return dgettext("libbeacon", beacon_error_text(error));
}
