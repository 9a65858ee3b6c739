/* SPDX-License-Identifier: MIT */
/* Words that several commands need. */
#ifndef TOOL_TEXT_H
#define TOOL_TEXT_H

#include "say.h"

/* A number for ngettext, which takes an unsigned long: the last digits decide, and no number
 * becomes 1. */
static inline unsigned long plural(guint64 number)
{
    return (unsigned long)(number < 1000000 ? number : 1000000 + number % 1000000);
}

/* What an error of the core library means, translated. */
const char *error_text(int error);

#endif
