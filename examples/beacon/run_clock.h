/* SPDX-License-Identifier: MIT */
/* Is the machine's clock right? A Pi has none of its own that would know the time after a start. */
#ifndef TOOL_RUN_CLOCK_H
#define TOOL_RUN_CLOCK_H

#include <stdbool.h>

struct run_clock {
    bool is_trusted;  /* somebody said so, or time is a file's */
    const char *flag; /* believe this file alone; or NULL */
};

bool run_clock_is_right(const struct run_clock *clock);

#endif
