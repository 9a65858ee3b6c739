/* SPDX-License-Identifier: MIT */
/* The terminal that standard output may be. */
#ifndef TOOL_TERMINAL_H
#define TOOL_TERMINAL_H

#include <stdbool.h>

/* Whether lines can be written over. */
bool terminal_is_live(void);

/* Whether colours are wanted there (NO_COLOR). */
bool terminal_has_colour(void);

/* Its size now; 24 lines of 80 where it does not say. */
void terminal_size(int *ret_lines, int *ret_columns);

#endif
