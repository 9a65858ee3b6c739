/* SPDX-License-Identifier: MIT */
/* Marks text for translation without needing gettext. */
#ifndef BCN_BASE_TEXT_H
#define BCN_BASE_TEXT_H

#define N_(text) (text)

#endif
