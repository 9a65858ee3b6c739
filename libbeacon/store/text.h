/* SPDX-License-Identifier: MIT */
/* Texts in the language of the process, from the libraries' gettext domain. */
#ifndef BCN_STORE_TEXT_H
#define BCN_STORE_TEXT_H

#include "base/text.h"

#include <glib.h>

#define _(text) g_dgettext("libbeacon", (text))

#endif
